"""Pictures painted with rainbow maps are read as what was painted; other colours are left alone."""

import io
from functools import cache

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from covid19_images.duplicates import Item, Same, extract, find
from covid19_images.images.colour_maps import RAINBOWS, places
from covid19_images.images.fingerprint import fingerprint_and_grey
from covid19_images.images.refused import Refused
from tests.covid19_images.duplicates.pictures import mask, tissue

SEEDS = range(4)
Colours = NDArray[np.uint8]


def painted(grey: Colours, name: str) -> Colours:
    return np.ascontiguousarray(
        cv2.applyColorMap(grey, getattr(cv2, f"COLORMAP_{name.upper()}"))[..., ::-1]
    )


def described(key: str, pixels: Colours, *, quality: int | None = None) -> Item:
    """Describe a file as `read_folder` and a night do."""
    buffer = io.BytesIO()
    image = Image.fromarray(pixels)
    image.save(buffer, "JPEG", quality=quality) if quality else image.save(buffer, "PNG")
    both = fingerprint_and_grey(buffer.getvalue())
    assert not isinstance(both, Refused)
    found, grey = both
    return Item(
        key=key,
        source="set",
        phash=found.phash,
        width=found.width,
        height=found.height,
        quality=found.quality,
        modality="XR",
        features=extract(grey),
    )


@cache
def originals() -> tuple[Item, ...]:
    return tuple(described(f"own/{seed}", tissue(seed)) for seed in SEEDS)


def confirmed(copies: list[Item]) -> dict[tuple[str, str], str]:
    pairs = find([*originals(), *copies], [])
    return {(p.a, p.b): p.verdict.kind for p in pairs if isinstance(p.verdict, Same)}


@pytest.mark.parametrize("name", RAINBOWS)
def test_a_painted_copy_is_found_and_called_adjusted_and_nothing_else_is(name: str) -> None:
    copies = [described(f"copy/{seed}", painted(tissue(seed), name)) for seed in SEEDS]
    expected = {(f"copy/{seed}", f"own/{seed}"): "adjusted" for seed in SEEDS}
    assert confirmed(copies) == expected


@pytest.mark.parametrize("name", ["jet", "rainbow"])
def test_a_painted_copy_that_was_made_smaller_and_a_jpeg_is_found(name: str) -> None:
    small = [
        cv2.resize(painted(tissue(seed), name), (200, 230), interpolation=cv2.INTER_AREA)
        for seed in SEEDS
    ]
    copies = [described(f"copy/{seed}", np.asarray(small[seed]), quality=75) for seed in SEEDS]
    assert set(confirmed(copies)) == {(f"copy/{seed}", f"own/{seed}") for seed in SEEDS}


def test_what_was_painted_comes_back_and_letters_stay() -> None:
    grey = tissue(1)
    colours = painted(grey, "jet")
    cv2.rectangle(colours, (0, 0), (20, 20), (255, 255, 255), -1)
    found = places(colours)
    assert found is not None
    assert (found[:20, :20] == 255).all()
    assert np.abs(found[21:, 21:].astype(int) - grey[21:, 21:]).max() <= 4


def _mixed() -> Colours:
    """Return a photo's colours: of every hue, and pale and dark ones."""
    return np.stack([tissue(seed) for seed in (5, 6, 7)], -1)


def _arrows() -> Colours:
    picture = np.stack([tissue(1)] * 3, -1)
    cv2.arrowedLine(picture, (50, 50), (200, 200), (255, 0, 0), 12)
    return picture


def _stained() -> Colours:
    """Return a slice stained with two dyes, as pathologists see it."""
    pink, purple = np.array([235, 130, 180]), np.array([90, 50, 140])
    share = tissue(3)[..., None] / 255
    return np.asarray(pink * share + purple * (1 - share), np.uint8)


OTHERS = {
    "grey": lambda: np.stack([tissue(1)] * 3, -1),
    "a photo": _mixed,
    "arrows": _arrows,
    "a stain": _stained,
    "a mask in two colours": lambda: painted(mask(1), "jet"),
    "a map that grows brighter": lambda: np.ascontiguousarray(
        cv2.applyColorMap(tissue(1), cv2.COLORMAP_HOT)[..., ::-1]
    ),
    "tiny": lambda: painted(tissue(1)[:2, :2], "jet"),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_other_colours_are_those_of_no_rainbow(kind: str) -> None:
    assert places(np.ascontiguousarray(OTHERS[kind]())) is None


@pytest.mark.parametrize("kind", ["a photo", "arrows", "a stain"])
def test_copies_are_recognised_by_the_luminance_of_other_pictures(kind: str) -> None:
    pixels = OTHERS[kind]()
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    both = fingerprint_and_grey(buffer.getvalue())
    assert not isinstance(both, Refused)
    assert (both[1] == np.asarray(Image.fromarray(pixels).convert("L"))).all()
