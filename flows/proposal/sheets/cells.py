"""Turn what changed into cells: pictures that belong together, and their captions."""

import io
from dataclasses import dataclass

from PIL import Image

from covid19_images.manifest.record import Record
from covid19_images.manifest.table import Change
from flows.proposal.changes import NewDuplicate
from flows.proposal.pictures import PairPictures, Pictures, Thumbnail
from flows.proposal.sheets.difference import difference


@dataclass(frozen=True, slots=True)
class Tile:
    """One picture in a cell; none where it could not be drawn.

    Attributes:
        picture: The picture.
        label: What it is, in a word or two.
        name: Which one it is; upstream's words.
    """

    picture: Image.Image | None
    label: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """Pictures that belong together, and lines about them."""

    tiles: tuple[Tile, ...]
    lines: tuple[str, ...] = ()


def opened(thumbnail: Thumbnail | None) -> Image.Image | None:
    """Read a picture that we wrote ourselves."""
    if thumbnail is None:
        return None
    with Image.open(io.BytesIO(thumbnail.webp)) as picture:
        return picture.convert("RGB")


def one(record: Record, pictures: Pictures) -> Cell:
    """Show one image with its labels."""
    facts = [
        record.view or "view not stated",
        record.modality,
        "copy" if record.duplicate_of else "",
    ]
    seen = " · ".join(word.replace("_", " ") for word in facts if word)
    tile = Tile(opened(pictures.thumbnails.get(record.blob)), finding(record), seen)
    return Cell((tile,), (record.path.rpartition("/")[2],))


def finding(record: Record) -> str:
    """Return the findings of an image as text."""
    return ", ".join(record.finding) or "finding not stated"


def changed(change: Change, pictures: Pictures) -> Cell:
    """Show an image before and after, and where it differs."""
    assert change.before is not None
    assert change.after is not None
    sides = change.before, change.after
    before, after = (opened(pictures.thumbnails.get(side.blob)) for side in sides)
    spots, caption = difference(before, after)
    tiles = (
        Tile(before, "before", _size(change.before)),
        Tile(after, "after", _size(change.after)),
        Tile(spots, "difference", caption),
    )
    folder, _, name = change.after.path.rpartition("/")
    return Cell(tiles, (name, folder, finding(change.after)))


def _size(record: Record) -> str:
    if record.width is None:
        return (record.status_reason or record.status).partition(":")[0]
    size = f"{record.width:,} x {record.height:,} px"
    return f"{size}, {record.bytes / 1000:,.0f} kB" if record.bytes else size


def pair(found: NewDuplicate, shown: PairPictures) -> Cell:
    """Show two copies laid on each other."""
    label, other = _roles(found)
    tiles = (
        Tile(opened(shown.copy), label, found.copy),
        Tile(opened(shown.original), other, found.original),
    )
    return Cell(tiles, (_evidence(found, registered=shown.registered),))


def _roles(found: NewDuplicate) -> tuple[str, str]:
    if found.pair.kind == "undecided":
        return "A", "B"
    if found.pair.kind == "part":
        return ("part", "whole") if found.kept == found.original else ("part or whole",) * 2
    if found.kept in (None, found.original):
        return "copy", "kept"
    return "copy", "another copy, not kept"


def _evidence(found: NewDuplicate, *, registered: bool) -> str:
    pair = found.pair
    facts: list[str] = [] if pair.kind == "undecided" else [pair.kind]
    facts += ["negative"] if pair.transform.endswith("inverted") else []
    if pair.hamming_bits is not None:
        facts.append(f"hashes {pair.hamming_bits} of 256 bits apart")
    if pair.inliers:  # none where the hashes gave the map
        facts.append(f"{pair.inliers} points agree")
    if pair.correlation is not None:
        facts.append(f"texture {pair.correlation:.2f}")
    return " · ".join([*facts, *([] if registered else ["not laid on each other"])])
