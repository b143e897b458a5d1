"""TIFF 6.0: every sample format and arrangement comes out as it was written, or is refused."""

import io
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray

from covid19_images.images.decode import Picture, Refused, read
from tests.covid19_images.images.formats import files

SCENE = np.add.outer(np.arange(32), np.arange(40)) / 70  # 0 to 1
LEVELS = SCENE * 255


def tiff(samples: NDArray[Any], **options: Any) -> bytes:
    out = io.BytesIO()
    tifffile.imwrite(out, samples, **options)
    return out.getvalue()


def stored(kind: str) -> NDArray[Any]:
    """Return the scene over the whole range of a type of sample."""
    if np.dtype(kind).kind == "f":
        return SCENE.astype(kind)
    limits = np.iinfo(kind)
    return (limits.min + SCENE * (float(limits.max) - limits.min) * 0.999).astype(kind)


def picture(content: bytes) -> Picture:
    found = read(content)
    assert isinstance(found, Picture), found
    return found


KINDS = ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8"]
COLOURS = {"photometric": "rgb"}


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", KINDS)
def test_grey_levels_of_every_kind(kind: str, order: str) -> None:
    found = picture(tiff(stored(kind), byteorder=order))
    assert np.abs(found.grey() - LEVELS).max() <= 2
    assert found.samples.dtype.isnative


@pytest.mark.parametrize("planes", ["contig", "separate"])
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "f2"])
def test_colours_of_every_kind_in_pixels_and_in_planes(kind: str, planes: str) -> None:
    axis = 0 if planes == "separate" else -1
    samples = np.stack([stored(kind)] * 3, axis)
    found = picture(tiff(samples, planarconfig=planes, **COLOURS))
    assert found.samples.shape == (1, *SCENE.shape, 3)
    assert np.abs(found.grey() - LEVELS).max() <= 2


@pytest.mark.parametrize("kind", ["i1", "u4", "f8"])
def test_white_may_be_the_least_sample(kind: str) -> None:
    found = picture(tiff(stored(kind), photometric="miniswhite"))
    assert np.abs(found.grey() - (255 - LEVELS)).max() <= 2


@pytest.mark.parametrize(
    "options", [{"compression": "zlib"}, {"tile": (16, 16)}, {"rowsperstrip": 5}]
)
def test_packed_tiles_and_strips(options: dict[str, Any]) -> None:
    for kind in ("i1", "u4", "f8"):
        assert np.abs(picture(tiff(stored(kind), **options)).grey() - LEVELS).max() <= 2


def test_what_was_not_measured_is_black() -> None:
    for kind in ("f4", "f8"):
        samples = stored(kind)
        samples[SCENE < 0.1] = np.nan
        grey = picture(tiff(samples)).grey()
        assert set(grey[SCENE < 0.1]) == {0}
        assert np.corrcoef(grey[SCENE > 0.2], SCENE[SCENE > 0.2])[0, 1] > 0.99


@pytest.mark.parametrize("kind", ["u1", "u2", "i1", "f8"])
@pytest.mark.parametrize("thumbnail_first", [True, False])
def test_a_thumbnail_is_not_the_picture(kind: str, thumbnail_first: bool) -> None:
    out = io.BytesIO()
    pages = [(stored(kind)[::4, ::4], 1), (stored(kind), 0)]
    with tifffile.TiffWriter(out) as writer:
        for samples, subfile in pages if thumbnail_first else reversed(pages):
            writer.write(np.ascontiguousarray(samples), subfiletype=subfile)
    found = picture(out.getvalue())
    assert found.frames == 1
    assert np.abs(found.grey() - LEVELS).max() <= 2


def test_deep_grey_levels_with_transparency_are_read() -> None:
    samples = np.stack([stored("u2"), np.full_like(stored("u2"), 2**16 - 1)], -1)
    found = picture(tiff(samples, extrasamples=["unassalpha"], planarconfig="contig"))
    assert np.array_equal(found.samples[0], samples)
    assert np.abs(found.grey() - LEVELS).max() <= 2


def test_pages_of_deep_colour_are_frames() -> None:
    samples = np.stack([np.stack([stored("u2") // n] * 3, -1) for n in (1, 2)])
    found = picture(tiff(samples, **COLOURS))
    assert found.samples.shape == (2, *SCENE.shape, 3)


@pytest.mark.parametrize(
    ("samples", "options", "reason"),
    [
        (SCENE.astype("c8"), {}, "no real numbers"),
        (np.stack([stored("u4")] * 4, -1), {"photometric": "separated"}, "neither grey levels"),
        (np.stack([stored("u1")] * 5, -1), {"planarconfig": "contig"}, "of 5 channels"),
    ],
)
def test_what_is_no_picture_is_refused(
    samples: NDArray[Any], options: dict[str, Any], reason: str
) -> None:
    found = read(tiff(samples, **options))
    assert isinstance(found, Refused)
    assert reason in found.reason


def test_a_broken_one_is_refused() -> None:
    for content in (tiff(stored("f8"))[:-500], tiff(stored("u4"))[:40]):
        assert isinstance(read(content), Refused)


def test_words_in_its_tags_are_marked() -> None:
    assert picture(tiff(stored("f8"), metadata=None)).privacy == ()
    assert picture(tiff(stored("f8"), metadata=None, description="Jane Doe")).privacy == ("exif",)


def test_an_ordinary_one_is_left_to_pillow() -> None:
    found = picture(tiff((SCENE * 255).astype("u1")))
    assert found.is_ordinary
    assert files.ramp().dtype == found.samples.dtype
