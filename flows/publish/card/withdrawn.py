"""List in the data card which pictures their owners withdrew, and which copies are held."""

from collections import Counter
from collections.abc import Iterable, Sequence

from covid19_images.manifest.record import Record, is_withdrawn
from flows.proposal.markdown import table
from flows.text.escape import code

_LISTED = 200
_MOST = 160  # characters of a cell
_LEAD = (
    "Their owners withdrew them, or they are copies or parts of a picture that was withdrawn or"
    " taken down. Their pictures are in no shard and no training set, `covid19-images update`"
    " removes them from a copy, and `covid19-images check` finds them in a folder."
)
_HEADER = ["image", "is", "why"]


def chapter(records: Iterable[Record]) -> list[str]:
    """Return the chapter's parts; none where nothing was withdrawn.

    Args:
        records: All rows of the release, with names as they are published.
    """
    found = [row for row in records if is_withdrawn(row)]
    if not found:
        return []
    return ["## Withdrawn pictures", _LEAD, f"{counted(found)}.", *_listed(found)]


def counted(found: Iterable[Record]) -> str:
    """Return how many were withdrawn and how many are held, in words."""
    counts = Counter(row.status for row in found)
    return f"{counts['withdrawn']:,} withdrawn upstream, {counts['held']:,} held as copies of such"


def _listed(found: Sequence[Record]) -> list[str]:
    rows = [
        [code(row.key, most=_MOST), row.status, code(row.status_reason or "", most=_MOST)]
        for row in sorted(found, key=lambda row: (row.status, row.key))[:_LISTED]
    ]
    left = len(found) - _LISTED
    return [table(_HEADER, rows), *([f"… and {left:,} more"] if left > 0 else [])]
