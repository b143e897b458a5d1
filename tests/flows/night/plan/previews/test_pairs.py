"""Copies are laid on their originals: what is the same stands in the same place."""

import io

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from covid19_images.duplicates.verdict import Same, decide
from flows.collection.duplicates import Pair
from flows.night.compare.search import transform_of
from flows.night.plan.previews.pairs import LONGEST_PX, lay
from flows.proposal.changes import NewDuplicate
from flows.proposal.pictures import PairPictures, Thumbnail
from tests.covid19_images.duplicates.pictures import Grey, item, tissue

ORIGINAL = tissue(1, 900, 760)
COPIES = {
    "smaller": cv2.resize(ORIGINAL, (380, 450), interpolation=cv2.INTER_AREA),
    "squeezed": cv2.resize(ORIGINAL, (400, 300), interpolation=cv2.INTER_AREA),
    "mirrored": ORIGINAL[:, ::-1],
    "mirrored and smaller": cv2.resize(ORIGINAL[:, ::-1], (304, 360)),
    "upside down": ORIGINAL[::-1, ::-1],
    "a quarter turn": np.rot90(ORIGINAL),
    "cropped": ORIGINAL[90:, 60:700],
    "cropped and mirrored": ORIGINAL[90:, 60:700][:, ::-1],
}


def found(original: Grey, copy: Grey, names: tuple[str, str]) -> NewDuplicate:
    """Ask the engine for the map, as a night does."""
    items = [
        item(key, np.ascontiguousarray(g)) for key, g in zip(names, (original, copy), strict=True)
    ]
    verdict = decide(*items)
    assert isinstance(verdict, Same)
    a, b = sorted(names)
    pair = Pair(a=a, b=b, kind=verdict.kind, transform=transform_of(verdict.evidence))
    return NewDuplicate(names[1], names[0], pair)


def levels(made: Thumbnail) -> NDArray[np.float64]:
    return np.asarray(Image.open(io.BytesIO(made.webp)).convert("L"), np.float64)


def apart(made: PairPictures, rows: slice = slice(None), columns: slice = slice(None)) -> float:
    """Return the mean difference in grey levels within a part of the frame."""
    return float(np.abs(levels(made.copy) - levels(made.original))[rows, columns].mean())


@pytest.mark.parametrize("names", [("s/a", "s/b"), ("s/b", "s/a")], ids=["a kept", "b kept"])
@pytest.mark.parametrize("how", COPIES)
def test_a_copy_is_laid_on_its_original(how: str, names: tuple[str, str]) -> None:
    copy = COPIES[how]
    made = lay(copy, ORIGINAL, found(ORIGINAL, copy, names))
    assert made.registered
    assert (made.original.width, made.original.height) == (324, LONGEST_PX)
    assert (made.copy.width, made.copy.height) == (324, LONGEST_PX)
    inside = slice(60, -10), slice(40, -40)  # of what was not cut off
    unlaid = np.asarray(Image.fromarray(np.ascontiguousarray(copy)).resize((324, 384)), float)
    plain = np.abs(unlaid - levels(made.original))[inside].mean()
    assert apart(made, *inside) < max(3.5, plain / 4)


@pytest.mark.parametrize("how", ["mirrored", "upside down"])
def test_a_map_is_not_half_a_pixel_off(how: str) -> None:
    made = lay(COPIES[how], ORIGINAL, found(ORIGINAL, COPIES[how], ("s/a", "s/b")))
    assert apart(made) < 0.5


def test_what_a_copy_does_not_reach_is_a_quiet_grey() -> None:
    copy = COPIES["cropped"]
    made = lay(copy, ORIGINAL, found(ORIGINAL, copy, ("s/a", "s/b")))
    beyond = levels(made.copy)[:30, :]
    assert abs(beyond.mean() - 128) < 3
    assert beyond.std() < 3


def test_a_figure_is_laid_on_the_panel_that_was_cut_out_of_it() -> None:
    figure = np.full((900, 1600), 255, np.uint8)
    figure[:, :760], figure[:, 800:1560] = ORIGINAL, tissue(2, 900, 760)
    made = lay(figure, ORIGINAL, found(ORIGINAL, figure, ("s/a", "s/b")))
    assert apart(made, slice(8, -8), slice(8, -8)) < 4


@pytest.mark.parametrize("kind", ["bytes", "pixels"])
def test_equal_pictures_need_no_map(kind: str) -> None:
    pair = Pair(a="s/a", b="s/b", kind=kind)  # type: ignore[arg-type]
    made = lay(ORIGINAL, ORIGINAL, NewDuplicate("s/b", "s/a", pair))
    assert made.registered
    assert apart(made) < 1


def test_a_pair_that_only_a_person_saw_is_shown_side_by_side() -> None:
    pair = Pair(a="s/a", b="s/b", kind="annotated", decided_by="person")
    made = lay(tissue(7, 200, 400), ORIGINAL, NewDuplicate("s/b", "s/a", pair))
    assert not made.registered
    assert (made.copy.width, made.copy.height) == (made.original.width, made.original.height)
    middle = levels(made.copy)[made.copy.height // 2]
    assert middle.std() > 10


def test_a_negative_stays_a_negative() -> None:
    copy = 255 - ORIGINAL
    laid = found(ORIGINAL, copy, ("s/a", "s/b"))
    assert laid.pair.transform.endswith("inverted")
    made = lay(copy, ORIGINAL, laid)
    assert made.registered
    assert float(np.abs(255 - levels(made.copy) - levels(made.original)).mean()) < 3


def test_a_coloured_copy_of_a_grey_picture_keeps_its_colours() -> None:
    copy = np.stack([ORIGINAL] * 3, axis=-1)
    copy[100:200, 100:200] = 250, 0, 0
    grey = np.asarray(Image.fromarray(copy).convert("L"))
    made = lay(copy, ORIGINAL, found(ORIGINAL, grey, ("s/a", "s/b")))
    red = Image.open(io.BytesIO(made.copy.webp)).convert("RGB").getpixel((64, 64))
    assert isinstance(red, tuple)
    assert red[0] > 200
    assert red[1] < 80


def test_the_same_pair_gives_the_same_bytes() -> None:
    copy = COPIES["cropped and mirrored"]
    pair = found(ORIGINAL, copy, ("s/a", "s/b"))
    assert lay(copy, ORIGINAL, pair) == lay(copy, ORIGINAL, pair)
