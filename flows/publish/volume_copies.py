"""Name in a release's CHANGES.md the copies among volumes that are new, or none any more."""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from covid19_images.manifest import volume, volume_pair
from covid19_images.manifest.volume_pair import VolumePairRow
from covid19_images.release.row import Row
from covid19_images.release.volumes import PAIR_TABLE, VOLUME_TABLE
from flows.proposal.volume_copies import lines, report_copies
from flows.publish import ReleaseError
from flows.publish.huggingface import Fetch
from flows.publish.select import Previous
from flows.text.plural import plural

_LISTED = 40


def section(folder: Path, rows: Iterable[Row], previous: Previous | None, fetch: Fetch) -> str:
    """Write the section of `CHANGES.md`; empty where nothing of it is new.

    What is in this release no more is counted only: it may have been taken down, and its name
    with it.

    Args:
        folder: Where the tables of this release are.
        rows: Its manifest, with names as they are published.
        previous: The release before.
        fetch: Gets a file of an earlier release.

    Raises:
        ReleaseError: The table of the release before is not what its index says.
    """
    before = _earlier(folder, previous, fetch) if previous else []
    report = report_copies(before, _pairs(folder))
    there = {row.record.key for row in rows} | _volumes(folder)
    named = [pair for pair in report.gone if {pair.a, pair.b} <= there]
    listed = [*lines(report_copies(named, ())), *lines(report_copies((), report.found))]
    lost = len(report.gone) - len(named)
    more = len(listed) - _LISTED
    text = listed[:_LISTED]
    text += [f"- … and {more:,} more"] if more > 0 else []
    text += [f"- With what is in it no more: {plural(lost, 'pairs')}"] if lost else []
    return "\n".join(["## Copies of volumes", "", *text, ""]) if text else ""


def _pairs(folder: Path) -> list[VolumePairRow]:
    file = folder / PAIR_TABLE
    return volume_pair.loads(file.read_text(encoding="utf-8")) if file.exists() else []


def _volumes(folder: Path) -> set[str]:
    file = folder / VOLUME_TABLE
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    return {"/".join(row.key) for row in volume.loads(text)} if text else set()


def _earlier(folder: Path, previous: Previous, fetch: Fetch) -> Sequence[VolumePairRow]:
    """Return the pairs of the release before; none where it has no table of them."""
    listed = [file for file in previous.index.files if file.name == PAIR_TABLE]
    if not listed:
        return []
    file, version = folder / f".earlier-{PAIR_TABLE}", previous.index.version
    fetch(version, PAIR_TABLE, file)
    content = file.read_bytes()
    file.unlink()
    if hashlib.sha256(content).hexdigest() != listed[0].sha256:
        raise ReleaseError(
            f"{PAIR_TABLE} of {version} is not what its index says. Nothing was published. Mend "
            "that first."
        )
    return volume_pair.loads(content.decode())
