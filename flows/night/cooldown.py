"""Let upstream changes cool down: what was made in the last days waits, what is gone does not.

The age of a commit is what the commit itself claims. A claim that cannot be (no date, or one in
the future) counts as young. So a cooldown gives people time to notice a mistake or a break-in; it
is no defence against somebody who backdates commits.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from covid19_images.manifest.record import Record
from flows.night import listing as scans
from flows.night.listing import Scan
from flows.upstream import git, history, tree


@dataclass(frozen=True, slots=True)
class TipContents:
    """What a tip still holds, by path and by content.

    Attributes:
        paths: All paths.
        blobs: All object ids: a picture that only moved is not gone.
    """

    paths: Collection[str]
    blobs: Collection[str]

    def lacks(self, path: str, blob: str) -> bool:
        """Return whether a picture is gone."""
        return path not in self.paths and blob not in self.blobs


def newest_old_enough(clone: Path, pin: str | None, tip: str, latest: dt.date) -> str | None:
    """Find the newest commit after the pin, on the way to a tip, that is old enough.

    Args:
        clone: The bare clone.
        pin: Where we are; `None` for nowhere.
        tip: Where the upstream is.
        latest: The last day that is old enough (UTC).

    Raises:
        git.GitError: When the history cannot be read.
    """
    span = tip if pin is None else f"{pin}..{tip}"
    args = ("rev-list", "--first-parent", "--timestamp", span)
    for line in git.call(*args, folder=clone).decode().splitlines():
        seconds, _, commit = line.partition(" ")
        date = history.utc_date(int(seconds))
        if date is not None and date <= latest:
            return commit
    return None


def contents_of(clone: Path, tip: str) -> TipContents:
    """List what a tip holds.

    Raises:
        git.GitError: When its tree cannot be read.
    """
    entries = list(tree.entries(clone, tip))
    return TipContents({entry.path for entry in entries}, {entry.blob for entry in entries})


def gone(contents: TipContents, records: Sequence[Record]) -> bool:
    """Return whether a picture that is described has left the tip."""
    active = (record for record in records if record.status != "withdrawn")
    return any(contents.lacks(record.path, record.blob) for record in active)


def without_gone(
    found: Scan, contents: TipContents, records: Sequence[Record], date: dt.date | None
) -> Scan:
    """Remove from an older commit's pictures those that have left the tip since.

    Args:
        found: What the older commit holds.
        contents: What the tip contains.
        records: The rows that are described now.
        date: UTC date of the tip.
    """
    images = tuple(one for one in found.images if not contents.lacks(one.path, one.blob))
    if len(images) == len(found.images):
        return found
    there = found.paths.intersection(contents.paths)
    diff = scans.compare(records, images)
    return replace(found, images=images, diff=diff, date=date, paths=there)
