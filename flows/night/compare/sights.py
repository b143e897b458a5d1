"""All pictures that a search may meet, of which most rows are not read."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, overload

import pyarrow as pa
import pyarrow.compute as pc

from covid19_images.manifest import splits
from covid19_images.manifest.record import Record
from covid19_images.manifest.spreadsheet import uncell
from flows.collection.lives import LEFT_REASONS, left_by_configuration
from flows.collection.manifest import Manifest
from flows.collection.questions import has, is_unread, texts
from flows.night.compare.withdrawals import released

_MOVED = ("held", "quarantined")  # by other rows
_SHOWN = ("active", "withdrawn", "excluded")
_EQUAL = ("sha256", "pixels_sha256")


class Sight(NamedTuple):
    """One picture.

    Attributes:
        key: Key of its row.
        blob: Its blob id.
        sha256: Digest of the file, where a new picture has the same.
        pixels_sha256: Digest of the pixels, where a new picture has the same.
        rows: Where its row is.
        at: The number of that row.
    """

    key: str
    blob: str
    sha256: str | None
    pixels_sha256: str | None
    rows: Sequence[Record]
    at: int

    @property
    def row(self) -> Record:
        """Return its row, as it is if nothing is known of other rows."""
        if isinstance(self.rows, Manifest):
            return alone(self.rows.one(self.at))
        return alone(self.rows[self.at])


def comparable(record: Record) -> bool:
    """Return whether a row has a picture that can be a duplicate; blank pictures cannot."""
    shows = bool(record.phash) and "blank" not in record.quality
    return record.status in _SHOWN and shows and not left_by_configuration(record)


def alone(row: Record) -> Record:
    """Return a row as it is if nothing is known of other rows."""
    return released(splits.without_quarantine(row)) if row.status in _MOVED else row


def sights(
    read: Sequence[Record],
    others: Iterable[Sequence[Record]],
    fresh: Iterable[Record],
) -> list[Sight]:
    """Return all pictures, sorted by key.

    Args:
        read: Rows that can be duplicates.
        others: The rows of further sources, which may be unread.
        fresh: Rows that were not compared yet.
    """
    equal = {name: {getattr(row, name) for row in fresh} - {None} for name in _EQUAL}
    found = list(_of_rows(read, equal))
    for rows in others:
        if isinstance(rows, Manifest) and is_unread(rows):
            found += _of_columns(rows, equal)
        else:
            found += _of_rows([one for row in rows if comparable(one := alone(row))], equal)
    return sorted(found, key=lambda one: one.key)


def _of_rows(rows: Sequence[Record], equal: Mapping[str, Collection[str]]) -> Iterator[Sight]:
    files, pixels = (equal[name] for name in _EQUAL)
    for at, row in enumerate(rows):
        sha256 = row.sha256 if row.sha256 in files else None
        pixels_sha256 = row.pixels_sha256 if row.pixels_sha256 in pixels else None
        yield Sight(row.key, row.blob, sha256, pixels_sha256, rows, at)


def _of_columns(rows: Manifest, equal: Mapping[str, Collection[str]]) -> Iterator[Sight]:
    numbers = pc.indices_nonzero(_comparable(rows.cells))
    found = rows.cells.select(["source", "path", "blob", *_EQUAL]).take(numbers)
    same = (
        pc.if_else(pc.is_in(found[name], value_set=texts(name, equal[name])), found[name], None)
        for name in _EQUAL
    )
    columns = [found["source"], found["path"], found["blob"], *same, numbers]
    for source, path, blob, file, pixels, at in zip(
        *(column.to_pylist() for column in columns), strict=True
    ):
        yield Sight(f"{source}/{uncell(path)}", blob, file, pixels, rows, at)


def _comparable(cells: pa.Table) -> pa.ChunkedArray:
    left = pc.and_(
        pc.equal(cells["status"], "withdrawn"),
        pc.is_in(cells["status_reason"], value_set=texts("status_reason", LEFT_REASONS)),
    )
    masks = (
        pc.is_in(cells["status"], value_set=pa.array([*_SHOWN, *_MOVED])),
        pc.not_equal(cells["phash"], ""),
        pc.invert(has(cells["quality"], "blank")),
    )
    mask = pc.invert(left)
    for other in masks:
        mask = pc.and_(mask, other)
    return mask


class RowsOf(Sequence[Record]):
    """The rows of pictures; one is read when it is asked for."""

    def __init__(self, seen: Sequence[Sight]) -> None:
        """Remember where they are.

        Args:
            seen: The pictures.
        """
        self._seen = seen

    @overload
    def __getitem__(self, at: int) -> Record: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[Record]: ...

    def __getitem__(self, at: int | slice) -> Record | Sequence[Record]:
        if isinstance(at, slice):
            return [one.row for one in self._seen[at]]
        return self._seen[at].row

    def __len__(self) -> int:
        return len(self._seen)


@dataclass(frozen=True, slots=True)
class Hashes(Mapping[str, str | None]):
    """The perceptual hashes of pictures by blob id; a row is read when its hash is asked for."""

    by_blob: Mapping[str, Sight]

    def __getitem__(self, blob: str) -> str | None:
        return self.by_blob[blob].row.phash

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_blob)

    def __len__(self) -> int:
        return len(self.by_blob)
