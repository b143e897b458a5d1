"""A JPEG has the samples that Pillow gives, whichever way it is read."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from covid19_images.images.decode import Picture, Refused, read
from covid19_images.images.formats import grey, jpeg, raster
from covid19_images.images.formats.picture import STANDARD
from tests.covid19_images.images.formats import files

RANDOM = np.random.default_rng(0)
COLOURS = Image.fromarray(RANDOM.integers(0, 256, (9, 11, 3), np.uint8)).resize((75, 61))
GREY = COLOURS.convert("L")
WRITTEN: dict[str, tuple[Image.Image, dict[str, Any]]] = {
    "grey": (GREY, {}),
    "grey, progressive": (GREY, {"progressive": True}),
    "colours": (COLOURS, {"quality": 50}),
    "colours at half the resolution both ways": (COLOURS, {"subsampling": "4:2:0"}),
    "colours at half the resolution across": (COLOURS, {"subsampling": "4:2:2"}),
    "colours at full resolution": (COLOURS, {"subsampling": "4:4:4", "progressive": True}),
    "red, green and blue as they are": (COLOURS, {"keep_rgb": True}),
    "grey in three channels": (GREY.convert("RGB"), {"restart_marker_blocks": 2}),
}
INKS = files.encode(COLOURS.convert("CMYK"), "JPEG")


def made(name: str) -> bytes:
    image, options = WRITTEN[name]
    return files.encode(image, "JPEG", **options)


@pytest.mark.parametrize("name", WRITTEN)
def test_a_sound_file_has_the_samples_that_pillow_gives(name: str) -> None:
    content = made(name)
    image = Image.open(io.BytesIO(content))
    samples = jpeg.samples(image, content)
    assert samples is not None
    assert np.array_equal(samples[0], np.asarray(image))


def test_inks_and_other_formats_are_left_to_pillow() -> None:
    for content in (INKS, files.encode(GREY, "PNG")):
        assert jpeg.samples(Image.open(io.BytesIO(content)), content) is None


def broken(content: bytes) -> list[bytes]:
    """Return a file with one byte changed, cut short, and with bytes behind it."""
    flipped = []
    for at in RANDOM.integers(2, len(content), 40).tolist():
        flipped.append(content[:at] + bytes([int(RANDOM.integers(256))]) + content[at + 1 :])
    cuts = RANDOM.integers(2, len(content), 10).tolist()
    return [*flipped, *(content[:at] for at in cuts), content[:-2], content + b"more"]


def seen(content: bytes) -> tuple[Any, ...] | str:
    found = read(content)
    if isinstance(found, Refused):
        return found.reason
    return found.samples.shape, found.samples.tobytes(), found.privacy, found.orientation


@pytest.mark.parametrize("name", ["grey, progressive", "colours at half the resolution both ways"])
def test_a_broken_file_ends_as_it_does_with_pillow(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = broken(made(name))
    ours = [seen(content) for content in some]
    monkeypatch.setattr(jpeg, "samples", lambda *_: None)
    assert ours == [seen(content) for content in some]
    assert len(set(map(type, ours))) == 2, "some are read and some refused"


def test_pillow_is_not_asked_for_the_pixels_of_a_sound_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(raster, "_samples", None)
    assert isinstance(raster.decode(made("colours"), "image/jpeg", STANDARD), Picture)


def test_grey_in_three_channels_is_its_own_luminance() -> None:
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    for plane in (np.dstack([levels] * 3), np.asarray(COLOURS)):
        with_pillow = np.asarray(Image.fromarray(plane).convert("L"))
        assert np.array_equal(grey.luminance(plane), with_pillow)


@pytest.mark.parametrize("channel", range(3))
def test_one_coloured_pixel_is_weighed(channel: int) -> None:
    plane = np.full((9, 9, 3), 100, np.uint8)
    plane[0, 8, channel] = 200
    assert grey.luminance(plane)[0, 8] != 100
    assert np.array_equal(grey.luminance(plane), np.asarray(Image.fromarray(plane).convert("L")))
