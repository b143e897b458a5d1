"""Processing: what is shipped of every kind of file, and that it holds what the file held."""

import io
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from covid19_images.images import decode
from covid19_images.images.decode import Picture
from covid19_images.images.fingerprint import pixels_sha256
from covid19_images.images.resize import sized
from covid19_images.release.names import EIGHT_BIT
from flows.publish.image import jpeg
from flows.publish.image import png as png_parts
from flows.publish.image.process import Processed, beside, members, process
from flows.publish.image.proof import foreign_parts
from tests.covid19_images.images.formats.files import dicom, encode, every_kind, nifti, ramp, slices
from tests.support.crossed import crossed
from tests.support.pictures import encoded, picture, png

IMAGE = "c19-0123456789abcdef"


def made(content: bytes) -> Processed:
    done = process(content, IMAGE)
    assert isinstance(done, Processed)
    return done


def read(content: bytes) -> Picture:
    found = decode.read(content)
    assert isinstance(found, Picture)
    return found


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_ordinary_files_stay_byte_for_byte(kind: str) -> None:
    content = encoded(picture(1), kind)
    [frame] = made(content).frames
    assert frame.kept == content
    assert frame.rendering is None
    assert frame.ending == {"PNG": "png", "JPEG": "jpg"}[kind]


@pytest.mark.parametrize("kind", sorted(every_kind()))
def test_every_kind_becomes_png_or_jpeg_that_renders_as_before(kind: str) -> None:
    content = every_kind()[kind]
    before = read(content)
    done = made(content)
    for k, frame in enumerate(done.frames):
        index = k if len(done.frames) > 1 else None
        shown = read(frame.rendering or frame.kept).grey()
        assert (shown == before.grey(index)).all()
        assert Image.open(io.BytesIO(frame.kept)).format in ("PNG", "JPEG")
        for size, square in frame.squares.items():
            assert (read(square).grey() == sized(before.grey(index), size)).all()
            assert read(square).bit_depth == 8


@pytest.mark.parametrize("kind", crossed(sorted(every_kind()), fast=5))
def test_the_same_file_gives_the_same_bytes(kind: str) -> None:
    content = every_kind()[kind]
    assert made(content) == made(content)


@pytest.mark.parametrize("dtype", [np.int16, np.uint16])
def test_samples_of_16_bits_come_back_exactly(dtype: type) -> None:
    samples = slices(dtype)[0]
    [frame] = made(dicom(samples, RescaleSlope=2, RescaleIntercept=-1024)).frames
    stored = np.asarray(Image.open(io.BytesIO(frame.kept))).astype(np.float64)
    values = stored * frame.facts["value_step"] + frame.facts["value_offset"]
    assert (values == samples).all()
    assert (frame.facts["rescale_slope"], frame.facts["rescale_intercept"]) == (2, -1024)
    assert frame.rendering is not None


def test_infinite_samples_do_not_take_the_scale_from_the_others() -> None:
    samples = np.linspace(-3, 4, 3 * 32 * 40).reshape(3, 32, 40).astype(np.float32)
    samples[0, 1, 2], samples[1, 1, 2], samples[2, 1, 2] = np.inf, -np.inf, np.nan
    shipped = made(nifti(samples.T, np.diag([-1, -1, 1, 1])))
    for frame, plane in zip(shipped.frames, samples, strict=True):
        picture = read(frame.kept)
        step, offset = (float(str(frame.facts[name])) for name in ("value_step", "value_offset"))
        values, real = picture.samples[0] * step + offset, np.isfinite(plane)
        np.testing.assert_allclose(values[real], plane[real], atol=step)


def test_a_negative_is_rendered_as_it_should_look() -> None:
    content = dicom(ramp(), PhotometricInterpretation="MONOCHROME1")
    [frame] = made(content).frames
    assert frame.rendering is not None
    assert (read(frame.rendering).grey() == 255 - ramp()).all()
    assert frame.facts["black"] > frame.facts["white"]


def test_a_volume_becomes_slices_and_the_middle_one_stands_for_it() -> None:
    done = made(nifti(np.moveaxis(slices(frames=5), 0, -1)))
    assert [frame.stem for frame in done.frames] == [f"{IMAGE}-{k:04d}" for k in range(5)]
    assert done.member == f"{IMAGE}-0002.png"


@pytest.mark.parametrize("kind", ["BMP", "TIFF", "GIF", "WEBP"])
def test_other_formats_keep_their_pixels(kind: str) -> None:
    content = encode(
        Image.fromarray(ramp()), kind, **({"lossless": True} if kind == "WEBP" else {})
    )
    [frame] = made(content).frames
    assert pixels_sha256(read(frame.kept)) == pixels_sha256(read(content))


def test_names_and_order_are_those_of_webdataset() -> None:
    [frame] = made(dicom(slices()[0])).frames
    text = beside(frame, {"image_id": IMAGE, "width": None})
    assert [name for name, _ in members(frame, "images", text)] == [
        IMAGE + EIGHT_BIT,
        f"{IMAGE}.json",
        f"{IMAGE}.png",
    ]
    assert [name for name, _ in members(frame, "sized224", text)] == [
        f"{IMAGE}.json",
        f"{IMAGE}.png",
    ]
    assert "width" not in json.loads(text)


@given(st.data())
def test_copying_broken_files_gives_less_or_a_value_error(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(["JPEG", "PNG"]))
    content = bytearray(encoded(picture(1, size=(16, 16)), kind))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(content[: data.draw(st.integers(0, len(content)))])
    bare = jpeg.bare if kind == "JPEG" else png_parts.bare
    try:
        copied = bare(cut)
    except ValueError:
        return
    assert len(copied) <= len(cut)
    assert foreign_parts(copied, "image/jpeg" if kind == "JPEG" else "image/png") == []


def test_what_lies_behind_the_end_is_left_out() -> None:
    content = encoded(picture(1), "JPEG")
    assert jpeg.bare(content + b"behind the end") == content
    assert png_parts.bare(png(1) + b"behind the end") == png(1)


def test_what_is_no_picture_is_refused() -> None:
    done = process(b"no picture", IMAGE)
    assert isinstance(done, decode.Refused)
