"""What people decided of findings, as a release carries it: statements with a name and a date."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from covid19_images.manifest.dataclass_csv import Table
from covid19_images.manifest.record import Record
from covid19_images.manifest.statements.exposures import exposures
from covid19_images.manifest.table import ManifestError

FILE = "decided.csv"


@dataclass(frozen=True, slots=True, order=True, kw_only=True)
class DecidedFinding:
    """What a person decided that one row's picture shows: a row of `decided.csv`.

    Attributes:
        key: The row, `source/path`.
        finding: The findings, in our words.
        by: Who decided.
        date: When.
    """

    key: str
    finding: tuple[str, ...]
    by: str
    date: dt.date


_TABLE = Table(DecidedFinding, FILE, error=ManifestError)
loads = _TABLE.loads


def dumps(decided: Iterable[DecidedFinding]) -> str:
    """Write `decided.csv`, sorted."""
    return _TABLE.dumps(sorted(decided))


def of_rows(
    records: Sequence[Record], images: Iterable[tuple[str, str, str, dt.date]]
) -> list[DecidedFinding]:
    """Return what was decided for each row: one decision holds for all copies of a picture.

    Args:
        records: All rows.
        images: Decisions as (image id, finding, who, when); of one picture the last counts.
    """
    last = {image: (finding, by, date) for image, finding, by, date in images}
    if not last:
        return []
    pictures: list[tuple[Record, ...]] = [(row,) for row in records if row.image_id in last]
    pictures += [some for some in exposures(records) if any(r.image_id in last for r in some)]
    found: dict[str, DecidedFinding] = {}
    for rows in pictures:
        image = next(str(row.image_id) for row in rows if row.image_id in last)
        finding, by, date = last[image]
        words = tuple(word.strip() for word in finding.split(";"))
        for row in rows:
            found[row.key] = DecidedFinding(key=row.key, finding=words, by=by, date=date)
    return list(found.values())
