"""Find the copies among volumes tonight: what is known, what is new, and what people decided."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from covid19_images.manifest import splits
from covid19_images.manifest.record import Record
from covid19_images.manifest.volume import VOLUMES_VERSION
from flows.collection.problems import Problem
from flows.collection.volumes import Volumes
from flows.night.carried import Carried, overlaid
from flows.night.compare.volume_decided import decided
from flows.night.compare.volumes import VolumesCompared, compare_volumes
from flows.night.compare.withdrawals import released
from flows.night.context import RunContext
from flows.text import names

_UNREAD = "a volume that was not compared with others: its files could not be read again"


def copies_of_volumes(
    context: RunContext,
    volumes: Volumes,
    records: Mapping[str, Sequence[Record]],
    kept: Carried,
    say: Callable[[str], None],
) -> VolumesCompared:
    """Return the copies among all volumes, as people decided about them.

    Args:
        context: Configuration, base state and cache paths.
        volumes: Those of tonight, with the pairs that were found before.
        records: All rows, by source.
        kept: What stays proposed of sources that were not visited; it is compared anew.
        say: Called with how far it is.
    """
    if not volumes.rows:  # most collections have pictures only
        return VolumesCompared(())
    base, config = context.base, context.config
    rows = [row for some in records.values() for row in some]
    problems = overlaid(base, kept).problems
    unread = {(p.source, p.file) for p in problems if p.kind == "not_compared"}
    before = (row for some in base.records.values() for row in some if row.status != "withdrawn")
    known = {row.key: row.blob for row in before}
    for row in base.volumes.rows:
        described = base.described.get(row.source)
        is_current = described is not None and described.volumes == VOLUMES_VERSION
        was_read = (row.source, _shown(row.volume)) not in unread
        known.pop("/".join(row.key), None)
        if is_current and was_read and row.source not in kept.since:
            known["/".join(row.key)] = row.files_sha256
    own = [released(splits.without_quarantine(row)) for row in rows]
    found = compare_volumes(context, volumes, own, known, say)
    pairs = decided(found.pairs, config.decisions.pairs, volumes, rows, config.order)
    return replace(found, pairs=pairs)


def not_compared(found: VolumesCompared) -> list[Problem]:
    """Return a problem for each volume that could not be compared."""
    keys = (key.partition("/") for key in sorted(found.unseen))
    return [Problem(source, _shown(name), 0, "not_compared", _UNREAD) for source, _, name in keys]


def _shown(volume: str) -> str:
    """Return a volume's name as `datasets/problems.csv` has it."""
    return names.shown_path(volume, names.NO_BLOB)
