"""What each source says of a picture: one statement a field and row, derived from the manifest."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from covid19_images.manifest.record import Record
from covid19_images.manifest.statements.compatible import FIELDS, value
from covid19_images.manifest.statements.exposures import exposures


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What one row says of one field of a picture.

    Attributes:
        key: The row, `source/path`.
        source: Who says it.
        field: The field.
        raw: The value as the source wrote it, where the manifest keeps that.
        value: The value in our words.
        basis: How it was determined, where that is known: `rt_pcr`, `publication`, `folder_name` …
        since: UTC date of the upstream commit that last changed the row.
    """

    key: str
    source: str
    field: str
    raw: str | None
    value: str
    basis: str | None
    since: dt.date | None


def statements(
    records: Iterable[Record], image: str, copies: Iterable[tuple[str, str]] = ()
) -> list[Statement]:
    """Return all statements of a picture, by field, then by row.

    Args:
        records: All rows.
        image: Key of one of the picture's rows, or an `image_id`.
        copies: Keys of confirmed copies beyond what `duplicate_of` says; no parts.

    Returns:
        The statements; none where no row has that name.
    """
    rows = list(records)
    several = exposures(rows, copies)
    named = [row for row in rows if image in (row.key, row.image_id)]
    keys = {row.key for row in named}
    picture = {row.key: row for some in several if keys & {r.key for r in some} for row in some}
    picture |= {row.key: row for row in named}
    found = [one for _, row in sorted(picture.items()) for one in _of_row(row)]
    return sorted(found, key=lambda one: (FIELDS.index(one.field), one.key))


def _of_row(row: Record) -> Iterator[Statement]:
    bases = {
        "finding": row.label_basis,
        "offset": row.offset_basis,
        "licence": row.licence_basis,
    }
    for field in FIELDS:
        stated = value(row, field)
        if stated and (field != "laterality" or row.duplicate_kind == "flipped"):
            yield Statement(
                key=row.key,
                source=row.source,
                field=field,
                raw=row.finding_raw if field == "finding" else None,
                value=stated,
                basis=bases.get(field),
                since=row.last_changed,
            )
