"""Write the shards of a release that are not published yet."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from covid19_images.manifest import whole
from covid19_images.manifest.record import Record
from covid19_images.release.index import Shard
from covid19_images.release.membership import Assignment, Member, assign
from covid19_images.release.row import Row
from flows.night.context import RunContext
from flows.publish import ReleaseError
from flows.publish.image.process import PROCESSING_VERSION, Cell, Processed, beside, members
from flows.publish.process import processed
from flows.publish.select import Previous, ReleasePlan
from flows.publish.shards import (
    LAYERS,
    MAX_SHARD_BYTES,
    File,
    Packed,
    Written,
    fill,
    next_number,
    shard_name,
)
from flows.upstream import git


@dataclass(frozen=True, slots=True)
class Built:
    """The shards of one source, published before or written now.

    Attributes:
        members: Which image is in which shard.
        mains: The member that stands for each image, by image id.
        written: The files written now, by name of the shard of images.
        kept: Shards published before that hold what they should.
    """

    members: tuple[Member, ...]
    mains: Mapping[str, str]
    written: tuple[Written, ...]
    kept: tuple[Shard, ...]


def build_source(
    context: RunContext,
    name: str,
    release_plan: ReleasePlan,
    previous: Previous | None,
    folder: Path,
    *,
    max_bytes: int = MAX_SHARD_BYTES,
) -> Built:
    """Build one source's shards, unless an earlier run that was killed has built them.

    Args:
        context: Where clones and limits are.
        name: The source.
        release_plan: What is wanted of it.
        previous: The release before.
        folder: Where tars go.
        max_bytes: The largest tar.

    Raises:
        ReleaseError: A picture cannot be had or read.
    """
    assignment = _assignment(name, release_plan, previous)
    used = [m.shard for m in previous.members] if previous else []
    used += [s.name for s in previous.index.shards] if previous else []
    start = next_number(s for s in used if s.rpartition("-")[0] == f"images-{name}")
    receipt = folder / f".{name}.built.json"
    asked = _digest(assignment, start, max_bytes)
    written = _receipt(receipt, asked, folder)
    if written is None:
        written = tuple(_write(context, name, release_plan, assignment, folder, start, max_bytes))
        _write_receipt(receipt, asked, written)
    in_use = {member.shard for members in assignment.kept.values() for member in members}
    kept = [s for s in previous.index.shards if _images_name(s) in in_use] if previous else []
    mains = {r.record.image_id or "": r.member or "" for r in _before(previous, name)}
    for one in written:
        mains |= one.mains
    found = [m for ms in assignment.kept.values() for m in ms]
    found += [m for one in written for m in one.members]
    return Built(tuple(sorted(found)), mains, written, tuple(kept))


def _before(previous: Previous | None, name: str) -> list[Row]:
    rows = previous.rows if previous else ()
    return [row for row in rows if row.record.source == name and row.member]


def _images_name(shard: Shard) -> str:
    return f"images-{shard.name.partition('-')[2]}" if shard.layer != "features" else ""


def _assignment(name: str, release_plan: ReleasePlan, previous: Previous | None) -> Assignment:
    before: Sequence[Member] = ()
    if previous and previous.index.processing == PROCESSING_VERSION:
        mine = {s.name for s in previous.index.shards if s.source == name}
        before = [member for member in previous.members if member.shard in mine]
    return assign(before, release_plan.wanted.get(name, {}))


def _digest(assignment: Assignment, start: int, max_bytes: int) -> str:
    inputs = [repr(sorted(assignment.rewritten.items())), repr(assignment.fresh)]
    inputs += [str(PROCESSING_VERSION), str(start), str(max_bytes)]
    return hashlib.sha256("\0".join(inputs).encode()).hexdigest()


def _write(
    context: RunContext,
    name: str,
    release_plan: ReleasePlan,
    assignment: Assignment,
    folder: Path,
    start: int,
    max_bytes: int,
) -> Iterator[Written]:
    jobs = [(shard, list(ms)) for shard, ms in sorted(assignment.rewritten.items())]
    fresh = [Member("", *one) for one in assignment.fresh]
    wanted = [m for _, ms in jobs for m in ms] + fresh
    if not wanted:
        return
    clone = context.clone(context.config.source(name))
    try:
        clone.fetch_blobs([member.blob for member in wanted])
    except git.GitError as error:
        raise ReleaseError(
            f"{name}: its pictures cannot be fetched: {error.stderr.strip()[-200:]} Nothing was "
            "published. Run again when the upstream answers."
        ) from None
    known = _facts(name, release_plan)
    asked = [(member.image_id, member.blob) for member in wanted]
    pictures = processed(
        clone.folder,
        asked,
        context.limits(),
        compute=context.config.policy.compute,
        allowance=context.allowance(),
    )
    packed = (
        _packed(member, known[member.image_id, member.blob], picture)
        for member, picture in zip(wanted, pictures, strict=True)
    )
    for shard, members_ in jobs:
        some = (next(packed) for _ in members_)
        yield from fill(folder, iter([shard]), some, max_bytes=10 * max_bytes)  # it only shrinks
    names = (shard_name(name, number) for number in range(start, 100_000))
    yield from fill(folder, names, packed, max_bytes=max_bytes)


def _facts(name: str, release_plan: ReleasePlan) -> dict[tuple[str, str], Record]:
    rows = [row.record for row in release_plan.rows if row.record.source == name]
    return {(r.image_id or "", r.blob): r for r in sorted(rows, key=lambda r: r.path, reverse=True)}


def _packed(member: Member, record: Record, picture: Processed) -> Packed:
    known: dict[str, Cell] = {
        "image_id": member.image_id,
        "source": record.source,
        "blob": member.blob,
        "sha256": record.sha256,
        "pixels_sha256": record.pixels_sha256,
        "media_type": record.media_type,
        "width": record.width,
        "height": record.height,
        "bit_depth": record.bit_depth,
        "licence": member.licence,
    }
    texts = [beside(frame, known) for frame in picture.frames]
    frames = list(zip(picture.frames, texts, strict=True))
    entries = {
        layer: [entry for frame, text in frames for entry in members(frame, layer, text)]
        for layer in LAYERS
    }
    return Packed(member, picture.member, entries)


def _receipt(file: Path, asked: str, folder: Path) -> tuple[Written, ...] | None:
    """Read what a killed run had finished; `None` unless all of it is still there."""
    if not file.exists():
        return None
    receipt = json.loads(file.read_text(encoding="utf-8"))
    if receipt["asked"] != asked:
        return None
    written = tuple(
        Written(
            tuple(Member(*m) for m in one["members"]),
            one["mains"],
            {layer: File(*f) for layer, f in one["files"].items()},
        )
        for one in receipt["written"]
    )
    files = [f for one in written for f in one.files.values()]
    whole = all(
        (folder / f.name).is_file() and (folder / f.name).stat().st_size == f.size for f in files
    )
    return written if whole else None


def _write_receipt(file: Path, asked: str, written: Sequence[Written]) -> None:
    inputs = {
        "asked": asked,
        "written": [
            {
                "members": [[m.shard, m.image_id, m.blob, m.licence] for m in one.members],
                "mains": dict(one.mains),
                "files": {k: [f.name, f.size, f.sha256] for k, f in one.files.items()},
            }
            for one in written
        ],
    }
    whole.write(file, json.dumps(inputs).encode())
