"""Thumbnails: small, without metadata, the same bytes every time."""

import io

import numpy as np
import pytest
from PIL import Image

from covid19_images.images.decode import Picture, read
from flows.night.plan.previews.thumbnails import LONGEST_PX, thumbnail
from flows.proposal.pictures import Thumbnail
from tests.support.pictures import encoded, picture


def chunks(webp: bytes) -> list[bytes]:
    """Name the chunks of a WebP file, by its container's own rules."""
    assert webp[:4] == b"RIFF"
    assert webp[8:12] == b"WEBP"
    names, at = [], 12
    while at < len(webp):
        size = int.from_bytes(webp[at + 4 : at + 8], "little")
        names.append(webp[at : at + 4])
        at += 8 + size + size % 2
    return names


def drawn(content: bytes) -> Thumbnail:
    found = read(content)
    assert isinstance(found, Picture)
    return thumbnail(found.levels())


def shown(made: Thumbnail) -> Image.Image:
    return Image.open(io.BytesIO(made.webp))


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((1000, 500), (256, 128)),
        ((500, 1000), (128, 256)),
        ((90, 40), (90, 40)),
        ((5000, 3), (256, 1)),
    ],
)
def test_the_longer_side_is_256_pixels_or_what_the_picture_has(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    made = drawn(encoded(picture(1, size=size)))
    assert (made.width, made.height) == shown(made).size == expected


def test_nothing_but_pixels_is_written() -> None:
    exif = Image.Exif()
    exif[0x010E] = "Jane Doe, born 1970"
    content = encoded(
        picture(1, size=(400, 300)),
        "JPEG",
        exif=exif,
        icc_profile=b"icc" * 50,
        comment=b"Jane",
        xmp=b"<x:xmpmeta/>",
    )
    made = drawn(content)
    assert chunks(made.webp) == [b"VP8 "]
    assert b"Jane" in content
    assert b"Jane" not in made.webp


def test_the_same_picture_gives_the_same_bytes() -> None:
    content = encoded(picture(3, size=(700, 600)))
    assert drawn(content) == drawn(content)


def test_colours_are_kept_and_alpha_is_ignored() -> None:
    red = np.zeros((40, 40, 4), np.uint8)
    red[..., 0], red[..., 3] = 250, 0
    colour = shown(drawn(encoded(Image.fromarray(red)))).getpixel((20, 20))
    assert isinstance(colour, tuple)
    assert colour[0] > 220
    assert colour[1] < 30


def test_deep_pictures_are_rendered_by_their_range() -> None:
    ramp = np.tile(np.arange(1000, 1256, dtype=np.uint16), (64, 1))
    made = np.asarray(shown(drawn(encoded(Image.fromarray(ramp)))).convert("L"))
    assert made[:, :4].max() < 20
    assert made[:, -4:].min() > 235
    assert chunks(drawn(encoded(Image.fromarray(ramp))).webp) == [b"VP8 "]


def test_a_thumbnail_looks_like_its_picture() -> None:
    original = picture(5, size=(1024, 768))
    made = shown(drawn(encoded(original))).convert("L")
    expected = original.resize((LONGEST_PX, 192), Image.Resampling.LANCZOS)
    apart = np.abs(np.asarray(made, float) - np.asarray(expected, float))
    assert apart.mean() < 3
