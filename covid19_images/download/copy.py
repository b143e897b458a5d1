"""A local copy of a release: what `covid19-images download` leaves in a folder.

DIR/index.json, manifest.csv, manifest.parquet …    the small files
DIR/shards/*.tar                                     images, by source and size
DIR/pointers/<first two digits>/<sha256>             images fetched from their owners
DIR/cache/                                           may be deleted at any time
"""

import json
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from covid19_images.download import places
from covid19_images.download.absent import absent
from covid19_images.images.sizes import SIZES_PX
from covid19_images.manifest.record import Record
from covid19_images.manifest.statements import conflicts, decided
from covid19_images.manifest.statements.conflicts import Conflict
from covid19_images.manifest.statements.decided import DecidedFinding
from covid19_images.manifest.table import ManifestError
from covid19_images.release import index as index_of
from covid19_images.release import row as rows
from covid19_images.release import tar
from covid19_images.release.index import Index, IndexFormatError
from covid19_images.release.names import EIGHT_BIT, is_whole, of_frame, sized_name
from covid19_images.release.row import Row
from covid19_images.release.volumes import MASKS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from covid19_images.images.decode import Picture

SHARDS, POINTERS = "shards", "pointers"


class LocalCopyError(Exception):
    """Raised for a local copy in which something is missing or wrong: what, and what to do."""


@dataclass(frozen=True)
class LocalCopy:
    """A release on this disk, whole or in part.

    Attributes:
        folder: Where it is.
        version: Which release it is.
        records: All rows of the manifest, of every status.
        rows: The same with what a release adds, by `record.key`.
        index: The release's table of contents.
        decided: What people decided of findings, by `record.key`.
        conflicts: What sources state of one picture that cannot both hold.
        is_streamed: Whether pictures are read where they are published.
    """

    is_streamed: ClassVar[bool] = False
    folder: Path
    version: str
    records: tuple[Record, ...]
    rows: Mapping[str, Row] = field(repr=False)
    index: Index = field(repr=False)
    decided: Mapping[str, DecidedFinding] = field(default_factory=dict, repr=False)
    conflicts: tuple[Conflict, ...] = field(default=(), repr=False)

    def encoded(
        self, record: Record, *, size: int | None = None, frame: int | None = None
    ) -> bytes | None:
        """Return an image as the bytes of a file.

        Args:
            record: One of `records`.
            size: Side of the square in pixels, for an 8-bit grey PNG by the rule of
                `covid19_images.images.resize`; the file itself by default.
            frame: Which slice of a volume; the middle one by default.

        Returns:
            The bytes: of a shard, where one holds the image, or as the upstream has it. `None`
            where this copy does not hold the image.
        """
        if size is None:
            return self._member(record, frame) or self._pointer(record)
        ready = self._sized_member(record, size, frame)
        if ready is not None:
            return ready
        from covid19_images.images import resize, write_png  # noqa: PLC0415  a download does without

        grey = self._grey(record, frame)
        return None if grey is None else write_png.write_png(resize.sized(grey, size))

    def array(
        self, record: Record, *, size: int | None = None, frame: int | None = None
    ) -> "NDArray[np.uint8]":
        """Return an image as 8-bit grey levels.

        Args:
            record: One of `records`.
            size: Side of the square in pixels; the picture's own size by default.
            frame: Which slice of a volume; the middle one by default.

        Returns:
            Grey levels, shape (height, width), or (size, size).

        Raises:
            LocalCopyError: This copy does not hold the image, or its file is broken.
        """
        ready = self._sized_member(record, size, frame) if size else None
        if ready is not None:
            return _decoded(ready, record).grey()
        from covid19_images.images import resize  # noqa: PLC0415  … likewise

        grey = self._grey(record, frame)
        if grey is None:
            raise LocalCopyError(absent(self.folder, self.rows[record.key]))
        return resize.sized(grey, size) if size else grey

    def facts(self, record: Record, *, frame: int | None = None) -> dict[str, Any] | None:
        """Return what a shard says of an image beside its picture, as the scale of its values.

        Args:
            record: One of `records`.
            frame: Which slice of a volume; the middle one by default.

        Returns:
            What docs/releases.md lists; `None` where no shard of this copy holds the image.
        """
        row = self.rows[record.key]
        if not row.shard or not row.member:
            return None
        stem = of_frame(row.member, record, frame).partition(".")[0]
        content = self._read(row.shard, f"{stem}.json")
        return None if content is None else dict(json.loads(content))

    @property
    def has_values(self) -> bool:
        """Return whether slices can be had with their values, and not as squares only."""
        return True

    def table(self, name: str) -> str:
        """Return the text of a table; empty where the release has none of that name."""
        if not self.index.has(name):
            return ""
        try:
            return (self.folder / name).read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            raise LocalCopyError(f"{self.folder / name} cannot be read: {error}") from None

    def mask_names(self) -> frozenset[str]:
        """Return the names of the files of masks that this copy has."""
        if not self.index.has(MASKS):
            return frozenset()
        place = places.tar_or_folder(self.folder, MASKS)
        try:
            return frozenset(places.names(place) if place.is_dir() else tar.spans(place))
        except (OSError, tarfile.TarError) as error:
            raise self._broken(self.folder / MASKS, error) from None

    def mask(self, member: str) -> bytes | None:
        """Return the file of a mask; `None` where there is none of that name."""
        if member not in self.mask_names():
            return None
        place = places.tar_or_folder(self.folder, MASKS)
        return places.unpacked(place, member) if place.is_dir() else self.member(place, member)

    def slices_ahead(self, frames: Sequence[tuple[Record, int | None]]) -> None:
        """Get slices ready that are asked for next: images, each with which slice of it."""

    def ahead(self, records: Sequence[Record], *, size: int | None = None) -> None:
        """Get pictures ready that are asked for next; on this disk all of them are."""

    def holds(self, record: Record) -> bool:
        """Return whether this copy has the image, in whatever form."""
        return bool(self.forms(record))

    def forms(self, record: Record) -> tuple[int | None, ...]:
        """Return the forms this copy has an image in: sides of squares, `None` for itself."""
        row = self.rows[record.key]
        if not row.shard or not row.member:
            return (None,) if self._pointer_file(record).is_file() else ()
        own: tuple[int | None, ...] = (None,) if row.shard in self._shards else ()
        return own + tuple(s for s in SIZES_PX if sized_name(row.shard, s) in self._shards)

    def member(self, file: Path, name: str) -> bytes | None:
        """Return a member of a tar; `None` where it has none of that name.

        Args:
            file: The tar.
            name: The member.

        Raises:
            LocalCopyError: The tar is not there, or broken.
        """
        try:
            return tar.read(file, name)
        except (OSError, tarfile.TarError) as error:
            raise self._broken(file, error) from None

    def _broken(self, file: Path, error: Exception) -> LocalCopyError:
        return LocalCopyError(
            f"{file} cannot be read ({error}). Run "
            f"`covid19-images verify {self.folder}` to see what is broken."
        )

    @cached_property
    def _shards(self) -> Mapping[str, Path]:
        return places.shards(self.folder, self.index)

    def _read(self, shard: str, member: str) -> bytes | None:
        place = self._shards.get(shard)
        if place is None:
            return None
        return places.unpacked(place, member) if place.is_dir() else self.member(place, member)

    def _member(self, record: Record, frame: int | None) -> bytes | None:
        row = self.rows[record.key]
        if not row.shard or not row.member:
            return None
        return self._read(row.shard, of_frame(row.member, record, frame))

    def _sized_member(self, record: Record, size: int, frame: int | None) -> bytes | None:
        row = self.rows[record.key]
        if size not in SIZES_PX or not row.shard or not row.member:
            return None
        if frame is not None and is_whole(row.member, record):
            return None  # of an animation, squares are made of the first frame only
        stem = of_frame(row.member, record, frame).partition(".")[0]
        return self._read(sized_name(row.shard, size), f"{stem}.png")

    def _pointer_file(self, record: Record) -> Path:
        digest = record.sha256 or "none"
        return self.folder / POINTERS / digest[:2] / digest

    def _pointer(self, record: Record) -> bytes | None:
        file = self._pointer_file(record)
        return file.read_bytes() if file.is_file() else None

    def _grey(self, record: Record, frame: int | None) -> "NDArray[np.uint8] | None":
        row = self.rows[record.key]
        if row.shard and row.member:
            member = of_frame(row.member, record, frame)
            if frame is not None and is_whole(member, record):
                content = self._read(row.shard, member)
                return None if content is None else _decoded(content, record).grey(frame)
            stem = member.partition(".")[0]
            content = self._read(row.shard, stem + EIGHT_BIT) or self._read(row.shard, member)
            if content is not None:
                return _decoded(content, record).grey()
        content = self._pointer(record)
        return None if content is None else _decoded(content, record).grey(frame)


def _decoded(content: bytes, record: Record) -> "Picture":
    from covid19_images.images import decode  # noqa: PLC0415  … likewise

    picture = decode.read(content)
    if isinstance(picture, decode.Refused):
        raise LocalCopyError(f"{record.key}: its bytes cannot be read: {picture.reason}.")
    return picture


def open_copy(folder: Path | str) -> LocalCopy:
    """Open a local copy of a release.

    Raises:
        LocalCopyError: There is none, or its index or manifest cannot be read.
    """
    folder = Path(folder)
    again, bad = f"Run `covid19-images download {folder}`.", f"The copy in {folder} cannot be read"
    other = "Name another folder, or move away what is in its place."
    try:
        index = index_of.loads((folder / index_of.INDEX).read_bytes())
        found = rows.loads((folder / index_of.MANIFEST).read_bytes().decode("utf-8"))
        people = decided.loads(_small(folder, index, decided.FILE) or decided.dumps([]))
        disputes = conflicts.loads(_small(folder, index, conflicts.FILE) or conflicts.dumps([]))
    except FileNotFoundError:
        raise LocalCopyError(f"There is no copy of the collection in {folder}. {again}") from None
    except OSError as error:  # a file where the folder should be, or the other way round
        raise LocalCopyError(f"{bad}: {error.strerror}. {other}") from None
    except UnicodeDecodeError:
        raise LocalCopyError(f"A table in {folder} is not UTF-8. {again}") from None
    except (IndexFormatError, ManifestError) as error:
        raise LocalCopyError(f"{bad}: {error} {again}") from None
    return LocalCopy(
        folder=folder,
        version=index.version,
        records=tuple(row.record for row in found),
        rows={row.record.key: row for row in found},
        index=index,
        decided={one.key: one for one in people},
        conflicts=tuple(disputes),
    )


def _small(folder: Path, index: Index, name: str) -> str:
    """Read a small file of a release; empty where the release is older than such files."""
    return (folder / name).read_bytes().decode("utf-8") if index.has(name) else ""
