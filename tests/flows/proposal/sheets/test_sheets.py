"""Contact sheets: bounded, the same bytes every time, and every picture in its place."""

import io
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from covid19_images.manifest.table import Change
from flows.collection.duplicates import Pair
from flows.night.plan.previews.thumbnails import encoded, thumbnail
from flows.proposal.changes import NewDuplicate, SourceChange
from flows.proposal.pictures import NO_PICTURES, PairPictures, Pictures, Thumbnail
from flows.proposal.sheets import MOST_BYTES, MOST_SHEETS, Sheet, sheets
from flows.proposal.sheets.cells import opened
from flows.proposal.sheets.layout import laid
from flows.proposal.sheets.pages import pages
from tests.flows.proposal.small_night import CHANGES, HOSTILE, hostile, row, source
from tests.support.crossed import crossed
from tests.support.pictures import picture

OUTCOME = CHANGES[0].outcome
KINDS = ("resized", "flipped", "cropped", "rotated")


@cache
def small(seed: int) -> Thumbnail:
    return encoded(picture(seed, size=(256, 200)))


@cache
def noise(seed: int) -> Thumbnail:
    random = np.random.default_rng(seed)
    return thumbnail(random.integers(0, 256, (256, 256, 3), dtype=np.uint8))


def rows(name: str, count: int, kind: str = "n"):
    found = ("COVID-19",), ("SARS",)
    return tuple(
        row(name, f"{kind}/{i:04}.png", blob=f"{name}{kind}{i}", finding=found[i % 2])
        for i in range(count)
    )


def night(name: str, count: int, few: int = 0) -> SourceChange:
    """Change much in one source."""
    new, gone = rows(name, count), rows(name, few, "g")
    after = rows(name, few, "m")
    copies = [
        NewDuplicate(b.key, a.key, Pair(a=a.key, b=b.key, kind=KINDS[i % 4]), a.key)  # type: ignore[arg-type]
        for i, (a, b) in enumerate(zip(gone, after, strict=True))
    ]
    asked = [replace(f, pair=replace(f.pair, kind="undecided"), kept=None) for f in copies]
    return SourceChange(
        source=source(name),
        outcome=OUTCOME,
        added=new,
        removed=gone,
        modified=tuple(Change(replace(m, blob=f"was{m.blob}"), m) for m in after),
        copies=tuple(copies),
        undecided=tuple(asked),
    )


def drawn(*changes: SourceChange, by=small) -> Pictures:
    """Draw everything, with a few dozen pictures taken in turn."""
    records = [r for c in changes for r in (*c.added, *c.removed)]
    records += [
        side for c in changes for row in c.modified for side in (row.before, row.after) if side
    ]
    pairs = [f for c in changes for f in (*c.copies, *c.undecided)]
    return Pictures(
        {record.blob: by(i % 37) for i, record in enumerate(records)},
        {(f.copy, f.original): PairPictures(by(i), by(i), True) for i, f in enumerate(pairs)},
    )


def shown(sheet: Sheet) -> Image.Image:
    return Image.open(io.BytesIO(sheet.content))


def markers(jpeg: bytes) -> list[int]:
    """Name the segments of a JPEG file before its samples."""
    found, at = [], 2
    while jpeg[at + 1] != 0xDA:
        found.append(jpeg[at + 1])
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    return found


@pytest.mark.slow
@pytest.mark.parametrize("by", [small, noise], ids=["smooth", "noise"])
def test_two_thousand_new_images_stay_within_bounds(by) -> None:
    changes = [night("large", 2000, 300), night("other", 700, 20), night("tiny", 1)]
    made = sheets(changes, drawn(*changes, by=by))
    assert 0 < len(made) <= MOST_SHEETS
    assert sum(len(sheet.content) for sheet in made) <= MOST_BYTES
    assert len({sheet.name for sheet in made}) == len(made)
    assert all(shown(sheet).width == 1200 for sheet in made)


def test_many_sources_share_the_sheets() -> None:
    changes = [night(f"source-{i:02}", 30, 1) for i in range(40)]
    made = sheets(changes, drawn(*changes))
    assert len(made) <= MOST_SHEETS
    assert sum(len(sheet.content) for sheet in made) <= MOST_BYTES
    new = [sheet for sheet in made if sheet.name.startswith("new")]
    for i in range(40):
        assert sum(f"source-{i:02}" in sheet.alt for sheet in new) == 1


def test_the_same_night_gives_the_same_bytes() -> None:
    changes = [night("a", 12, 4), night("b", 3, 2)]
    assert sheets(changes, drawn(*changes)) == sheets(changes, drawn(*changes))


def test_a_quiet_night_and_one_without_pictures_have_no_sheets() -> None:
    assert sheets(CHANGES[2:], NO_PICTURES) == ()
    assert sheets(CHANGES, NO_PICTURES) == ()


def test_sheets_are_jpeg_without_metadata() -> None:
    changes = [night("a", 30, 4)]
    for sheet in sheets(changes, drawn(*changes)):
        assert sheet.media_type == "image/jpeg"
        assert sheet.content[:2] == b"\xff\xd8"
        applications = {marker for marker in markers(sheet.content) if 0xE0 <= marker <= 0xFE}
        assert applications <= {0xE0}  # JFIF; no Exif, XMP, ICC profile or comment


def test_grey_sheets_are_written_in_grey_and_coloured_ones_in_colour() -> None:
    made = {
        sheet.name: shown(sheet).mode
        for sheet in sheets([night("a", 5, 1)], drawn(night("a", 5, 1)))
    }
    assert made["new-a.jpg"] == "L"
    coloured = sheets([night("a", 5)], drawn(night("a", 5), by=noise))
    assert shown(coloured[0]).mode == "RGB"


def test_a_sheet_says_what_it_shows_and_what_it_does_not() -> None:
    changes = [night("big", 200, 2), night("calm", 3)]
    made = {sheet.name: sheet for sheet in sheets(changes, drawn(*changes))}
    assert list(made) == [
        "to-decide.jpg",
        "new-big.jpg",
        "new2-big.jpg",
        "new3-big.jpg",
        "new-calm.jpg",
        "changed.jpg",
        "removed.jpg",
        "duplicates.jpg",
    ]
    assert made["new-calm.jpg"].alt == "3 new images of source calm: 2 COVID-19, 1 SARS"
    assert made["new-calm.jpg"].caption == "3 new images of source calm."
    shown_ = [int(made[name].caption.split()[0]) for name in made if "-big" in name]
    hidden = 200 - sum(shown_)
    assert hidden > 0
    for name in ("new-big.jpg", "new2-big.jpg", "new3-big.jpg"):
        assert made[name].caption.endswith(
            f"of 200 new images of source big. {hidden} more are not shown."
        )
    assert made["duplicates.jpg"].alt == (
        "2 duplicates of source big, side by side with what they are copies of: "
        "1 resized, 1 flipped"
    )
    assert made["changed.jpg"].alt == "2 changed images of source big, before, after and difference"


def test_what_is_shown_of_many_is_taken_from_all_of_them() -> None:
    changes = [night("big", 1000)]
    names = [
        int(cell.lines[0][:4])
        for page in pages(changes, drawn(*changes), most=10)
        for _, cells in page.sections
        for cell in cells
    ]
    assert len(names) == 75
    assert names == sorted(names, key=lambda n: (n % 2, n))  # same labels stand together
    assert max(names) > 970
    assert len({n // 100 for n in names}) == 10


@pytest.mark.parametrize("text", crossed([*HOSTILE], fast=8))
def test_what_upstream_writes_never_leaves_the_picture(text: str) -> None:
    change = hostile(text)
    shown_ = Pictures(
        {"0" * 40: small(1)},
        {(f.copy, f.original): PairPictures(small(1), small(1), False) for f in change.copies},
    )
    for sheet in sheets([change], shown_):
        for words in (sheet.name, sheet.alt, sheet.caption):
            assert not text.strip() or text.strip() not in words
            assert words.isprintable()


def _grey(image: Image.Image) -> NDArray[np.float64]:
    return np.asarray(image.convert("L"), np.float64)


def test_every_picture_stands_in_its_place() -> None:
    """Each box of each sheet as it was written is nearer to its own picture than to any other."""
    changes = [night("a", 20, 3), night("b", 3, 2)]
    pictures = drawn(*changes)
    every = [opened(small(i)) for i in range(37)]
    made = {sheet.name: shown(sheet) for sheet in sheets(changes, pictures)}
    for page in pages(changes, pictures, most=10):
        placed = laid(page).placed
        tiles = [tile for _, cells in page.sections for cell in cells for tile in cell.tiles]
        for tile, (_, (left, top, width, height)) in zip(tiles, placed, strict=True):
            if tile.label == "difference":
                continue
            box = made[f"{page.name}.jpg"].crop((left, top, left + width, top + height))
            assert tile.picture is not None
            apart = [
                np.abs(_grey(box) - _grey(one.resize(box.size))).mean() for one in every if one
            ]
            own = [one.tobytes() == tile.picture.tobytes() for one in every if one].index(True)
            assert int(np.argmin(apart)) == own
