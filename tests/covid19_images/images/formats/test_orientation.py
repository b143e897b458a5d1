"""Pictures stand upright, whichever way round they are stored."""

import io
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageOps

from covid19_images.images.decode import Picture, read
from covid19_images.images.fingerprint import Fingerprint, fingerprint
from tests.covid19_images.images.formats import files

TAG = 0x0112
VALUES = range(1, 9)
GREY = Image.fromarray(files.ramp())


def turned(value: int, kind: str, image: Image.Image = GREY, **options: Any) -> bytes:
    exif = Image.Exif()
    exif[TAG] = value
    return files.encode(image, kind, exif=exif, **options)


def picture(content: bytes) -> Picture:
    found = read(content)
    assert isinstance(found, Picture), found
    return found


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("value", VALUES)
def test_it_is_turned_as_viewers_turn_it(kind: str, value: int) -> None:
    options = {"lossless": True} if kind == "WEBP" else {}
    content = turned(value, kind, **options)
    with Image.open(io.BytesIO(content)) as image:
        expected = np.asarray(ImageOps.exif_transpose(image).convert("L"))
    found = picture(content)
    assert np.array_equal(found.grey(), expected)
    assert found.orientation == value
    assert found.is_as_stored == (value == 1)


@pytest.mark.parametrize("value", VALUES)
def test_deep_pictures_too(value: int) -> None:
    deep = files.ramp().astype(np.uint16) * 200
    plain = picture(turned(value, "PNG")).grey().astype(float)
    with Image.fromarray(deep) as image:
        grey = picture(turned(value, "PNG", image)).grey()
    assert np.corrcoef(grey.ravel(), plain.ravel())[0, 1] > 0.99
    for samples, planes in ((np.stack([deep] * 3, -1), "rgb"), (deep.astype("f8"), "minisblack")):
        out = io.BytesIO()
        tags = [(TAG, "H", 1, value, True)]
        tifffile.imwrite(out, samples, photometric=planes, extratags=tags, metadata=None)
        found = picture(out.getvalue())
        assert found.grey().shape == plain.shape
        assert np.corrcoef(found.grey().ravel(), plain.ravel())[0, 1] > 0.99


def test_the_manifest_says_so_and_the_hashes_are_of_the_upright_picture() -> None:
    stored, sideways = fingerprint(turned(1, "PNG")), fingerprint(turned(8, "PNG"))
    upright = fingerprint(files.encode(GREY.transpose(Image.Transpose.ROTATE_90), "PNG"))
    assert isinstance(stored, Fingerprint)
    assert isinstance(sideways, Fingerprint)
    assert isinstance(upright, Fingerprint)
    assert "turned" in sideways.quality
    assert "turned" not in stored.quality
    assert (sideways.width, sideways.height) == (stored.height, stored.width)
    assert sideways.pixels_sha256 == upright.pixels_sha256
    assert sideways.phash == upright.phash


def test_a_value_that_means_nothing_turns_nothing() -> None:
    for value in (0, 9, 60_000):
        assert picture(turned(value, "JPEG")).orientation == 1
