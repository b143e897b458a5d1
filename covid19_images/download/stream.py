"""A release that is read where it is published: small files are fetched, pictures when asked for.

Nothing is given that was not checked: the small files as a download checks them, each picture by
its own sha256, which is in a file that the release's proof names.
"""

import hashlib
import os
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import platformdirs

from covid19_images.download.cache import VARIABLE
from covid19_images.download.copy import LocalCopy, open_copy
from covid19_images.download.errors import OriginError
from covid19_images.download.kept import Kept, room_bytes
from covid19_images.download.lock import exclusive_lock
from covid19_images.download.origin import LATEST, origin, version_at
from covid19_images.download.progress import Progress, Silence
from covid19_images.download.ranges import Name, Ranges
from covid19_images.download.session import new_session
from covid19_images.download.small_files import MEMBERS, SmallFiles, fetch_proved
from covid19_images.download.transfer import room_for
from covid19_images.download.watch import Watch
from covid19_images.images.sizes import SIZES_PX
from covid19_images.manifest.record import Record
from covid19_images.release import spans as spans_of
from covid19_images.release.index import Index, Layer, Shard
from covid19_images.release.names import EIGHT_BIT, of_frame, sized_name
from covid19_images.release.spans import MASK_SPANS, Span, spans_name
from covid19_images.release.volumes import MASKS

_MEMORY_BYTES = 64 << 20
_LAYERS: Mapping[int | None, Layer] = {224: "sized224", 512: "sized512"}


class Remote:
    """Pictures of one layer of a release: in memory, on this disk, or where it is published."""

    def __init__(self, spans: Mapping[Name, Span], ranges: Ranges, kept: Kept) -> None:
        """Begin with nothing in memory.

        Args:
            spans: Where each picture stands.
            ranges: Reads them where they are published.
            kept: Those that were read before.
        """
        self.spans, self._ranges, self._kept = spans, ranges, kept
        self._memory: OrderedDict[Name, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, spans: Mapping[Name, Span], shards: Mapping[str, Shard]) -> "Remote":
        """Return the same for other files of the release."""
        return Remote(spans, self._ranges.of(shards), self._kept)

    def __getstate__(self) -> tuple[object, ...]:
        return self.spans, self._ranges, self._kept

    def __setstate__(self, state: tuple[Mapping[Name, Span], Ranges, Kept]) -> None:
        self.__init__(*state)  # type: ignore[misc]  # memory is not shared

    def read(self, name: Name) -> bytes | None:
        """Return a picture; `None` where the release has none of that name."""
        if name not in self.spans:
            return None
        with self._lock:
            self._fetch([name])
            return self._memory[name]

    def fetch(self, names: Sequence[Name]) -> None:
        """Read several at once, and keep them in memory until others need the room."""
        with self._lock:
            self._fetch(names)

    def _fetch(self, names: Sequence[Name]) -> None:
        missing = [self.spans[name] for name in names if name not in self._memory]
        here = {span: self._kept.get(span.sha256) for span in missing}
        found = {(s.shard, s.member): content for s, content in here.items() if content is not None}
        asked = [span for span, content in here.items() if content is None]
        read = self._ranges.read(asked) if asked else {}
        for name, content in read.items():
            self._kept.put(self.spans[name].sha256, content)
        self._memory |= found | read
        for name in names:
            self._memory.move_to_end(name)
        self._forget(len(set(names)))

    def _forget(self, least: int) -> None:
        """Forget what was asked for longest ago, but not what was asked for now."""
        size = sum(map(len, self._memory.values()))
        while size > _MEMORY_BYTES and len(self._memory) > least:
            size -= len(self._memory.popitem(last=False)[1])


@dataclass(frozen=True)
class StreamedCopy(LocalCopy):
    """A release that is read where it is published."""

    is_streamed: ClassVar[bool] = True
    remote: Remote = field(kw_only=True, repr=False)
    small: SmallFiles = field(kw_only=True, repr=False)
    layer: Layer = field(kw_only=True)

    @property
    def has_values(self) -> bool:
        """Return whether images are streamed, and not squares."""
        return self.layer == "images"

    def table(self, name: str) -> str:
        """Return the text of a table, fetched when it is first asked for."""
        return self.small.text(name)

    def mask_names(self) -> frozenset[str]:
        """Return the names of the files of masks, as their places are published."""
        return frozenset(member for _, member in self._masks.spans)

    def mask(self, member: str) -> bytes | None:
        """Return the file of a mask, read out of their tar where it is published."""
        return self._masks.read((MASKS, member))

    @cached_property
    def _masks(self) -> Remote:
        listed = {file.name: file for file in self.index.files}
        if MASKS not in listed or MASK_SPANS not in self.small.digests:
            return self.remote.of({}, {})
        one = listed[MASKS]
        tar = Shard(
            name=MASKS,
            layer="images",
            source="masks",
            images=0,
            size=one.size,
            sha256=one.sha256,
            first_published=self.version,
        )
        found = _checked(self.table(MASK_SPANS), MASK_SPANS, {MASKS: one.size})
        return self.remote.of(found, {MASKS: tar})

    def slices_ahead(self, frames: Sequence[tuple[Record, int | None]]) -> None:
        """Read slices of a volume at once, with the scale of their values."""
        names: set[Name] = set()
        for record, frame in frames:
            row = self.rows[record.key]
            if row.shard and row.member:
                member = of_frame(row.member, record, frame)
                names |= {(row.shard, member), (row.shard, f"{member.partition('.')[0]}.json")}
        self.remote.fetch(sorted(names & self.remote.spans.keys()))

    def ahead(self, records: Sequence[Record], *, size: int | None = None) -> None:
        """Read pictures at once that are asked for next."""
        names = [self._name(record, size) for record in records]
        self.remote.fetch([name for name in names if name in self.remote.spans])

    def forms(self, record: Record) -> tuple[int | None, ...]:
        """Return the forms in which the picture can be streamed."""
        sizes: tuple[int | None, ...] = (None, *_LAYERS)
        return tuple(size for size in sizes if self._name(record, size) in self.remote.spans)

    def _name(self, record: Record, size: int | None) -> Name:
        row = self.rows[record.key]
        shard, member = row.shard or "", row.member or ""
        stem = member.partition(".")[0]
        if size in SIZES_PX:
            return sized_name(shard, size), f"{stem}.png"
        rendering = (shard, stem + EIGHT_BIT)
        return rendering if rendering in self.remote.spans else (shard, member)

    def _read(self, shard: str, member: str) -> bytes | None:
        return self.remote.read((shard, member))


def open_stream(
    place: str | None = None,
    version: str = LATEST,
    *,
    size: int | None = None,
    progress: Progress | None = None,
    backoff_s: float = 1.0,
    loopback: bool = False,
) -> StreamedCopy:
    """Open a release where it is published.

    Args:
        place: Where from, as `--from` names it; the collection's own releases by default.
        version: Which release, such as `2026.11.23`.
        size: Side of the squares that are wanted; the images themselves where a release has none
            of that size.
        progress: Hears how it goes.
        backoff_s: The first wait after a connection broke, doubled each time.
        loopback: Whether the release may lead to services of this machine.

    Raises:
        ReleaseTroubleError: It cannot be had, or not be streamed.
    """
    session = new_session(backoff_s=backoff_s)
    there = origin(place, session, loopback=loopback)
    name = version_at(there, version)
    layer: Layer = _LAYERS.get(size, "images")
    top = _folder(place)
    with room_for(top), exclusive_lock(top, progress or Silence()):
        small, _ = fetch_proved(
            top,
            place,
            name,
            spans_name(layer),
            session,
            there,
            Watch(progress),
            is_latest=version == LATEST,
            loopback=loopback,
            backoff_s=backoff_s,
        )
    copy = open_copy(top / name)
    shards = {shard.name: shard for shard in copy.index.shards if shard.layer == layer}
    opened = session, there
    ranges = Ranges(place, shards, opened, loopback=loopback, backoff_s=backoff_s)
    remote = Remote(
        _spans(top / name, layer, copy.index), ranges, Kept(top / MEMBERS, room_bytes())
    )
    parts = copy.folder, copy.version, copy.records, copy.rows, copy.index
    given = copy.decided, copy.conflicts
    return StreamedCopy(*parts, *given, remote=remote, small=small, layer=layer)


def _folder(place: str | None) -> Path:
    """Return where small files of releases from a place are, and pictures that are kept."""
    named = os.environ.get(VARIABLE)
    base = Path(named) if named else platformdirs.user_cache_path("covid19-images", appauthor=False)
    return base / f"stream-{hashlib.sha256((place or '').encode()).hexdigest()[:16]}"


def _spans(folder: Path, layer: Layer, index: Index) -> dict[Name, Span]:
    name = spans_name(layer)
    sizes = {shard.name: shard.size for shard in index.shards}
    return _checked((folder / name).read_text(encoding="utf-8", errors="replace"), name, sizes)


def _checked(text: str, name: str, sizes: Mapping[str, int]) -> dict[Name, Span]:
    """Read the places of pictures, none of them beyond the end of its tar."""
    try:
        found = spans_of.loads(text, name=name)
    except ValueError as error:
        raise OriginError(f"{name} cannot be read: {error} Open an issue.") from None
    odd = next((s for s in found if s.offset + s.size > sizes.get(s.shard, 0)), None)
    if odd is not None:
        raise OriginError(f"{name} says that {odd.member} is beyond the end of {odd.shard}.")
    return {(span.shard, span.member): span for span in found}
