"""A small local copy of a release, written by hand."""

import io
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from covid19_images.images.fingerprint import fingerprint, image_id
from covid19_images.images.refused import Refused
from covid19_images.manifest.record import Record
from covid19_images.release import row
from covid19_images.release.index import Index, Shard, SmallFile
from covid19_images.release.row import Row

VERSION = "2026.11.23"


def record(path: str, content: bytes, *, source: str = "set", **cells: object) -> Record:
    """Describe a file as the bot would."""
    found = fingerprint(content)
    assert not isinstance(found, Refused)
    made = Record(
        source=source,
        path=path,
        blob=sha256(content).hexdigest()[:40],
        sha256=found.sha256,
        image_id=image_id(found.pixels_sha256),
        pixels_sha256=found.pixels_sha256,
        media_type=found.media_type,
        bytes=found.bytes,
        width=found.width,
        height=found.height,
        frames=found.frames,
        bit_depth=found.bit_depth,
        phash=found.phash,
        quality=found.quality,
    )
    return replace(made, **cells)  # type: ignore[arg-type]


def tar(members: Mapping[str, bytes]) -> bytes:
    """Pack members."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as packed:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            packed.addfile(member, io.BytesIO(content))
    return out.getvalue()


def small_file(name: str, content: bytes) -> SmallFile:
    """Describe a small file of a release."""
    return SmallFile(name=name, size=len(content), sha256=sha256(content).hexdigest())


def write_copy(
    folder: Path,
    found: Sequence[Row],
    shards: Mapping[str, Mapping[str, bytes]],
    tables: Mapping[str, bytes] | None = None,
) -> None:
    """Lay a local copy into a folder."""
    (folder / "shards").mkdir(parents=True)
    listed = []
    for name, members in shards.items():
        content = tar(members)
        (folder / "shards" / name).write_bytes(content)
        layer = name.partition("-")[0]
        listed.append(
            Shard(
                name=name,
                layer=layer,
                source="set",
                images=len(members),
                size=len(content),  # type: ignore[arg-type]
                sha256=sha256(content).hexdigest(),
                first_published=VERSION,
            )
        )
    files = tuple(small_file(name, content) for name, content in (tables or {}).items())
    index = Index(version=VERSION, shards=tuple(listed), files=files)
    for name, content in (tables or {}).items():
        (folder / name).write_bytes(content)
    (folder / "index.json").write_text(index.dumps(), encoding="utf-8")
    (folder / "manifest.csv").write_text(row.dumps(found), encoding="utf-8", newline="\n")
