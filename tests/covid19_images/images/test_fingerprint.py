"""Hashes of files and of pictures, and what pixels tell for sure."""

import io
import subprocess

import imagehash
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from covid19_images.images.fingerprint import (
    Fingerprint,
    Headers,
    fingerprint,
    fingerprint_and_grey,
    image_id,
)
from covid19_images.images.refused import Refused
from tests.covid19_images.images.formats import files
from tests.support.crossed import crossed
from tests.support.upstream import Upstream, git

GREY, COLOURS = Image.fromarray(files.ramp(240, 300)), Image.fromarray(files.colours(240, 300))
NIGHTS = {"ieee8023": 12, "figure1": 6, "darshan": 60}  # a bundle, every n-th of its images


def taken(content: bytes) -> Fingerprint:
    found = fingerprint(content)
    assert isinstance(found, Fingerprint), found
    return found


def plain_phash(content: bytes) -> str:
    with Image.open(io.BytesIO(content)) as image:
        return str(imagehash.phash(image, hash_size=16))


@pytest.mark.parametrize(
    "kind",
    [
        "jpeg",
        "jpeg progressive",
        "jpeg cmyk",
        "png",
        "png 1 bit",
        "png palette",
        "png alpha",
        "tiff",
        "tiff pages",
        "bmp",
        "gif",
        "gif animated",
        "webp",
    ],
)
def test_the_perceptual_hash_is_the_value_imagehash_gives(kind):
    """Of every file PIL opens with 8 bits."""
    content = files.every_kind()[kind]
    assert taken(content).phash == plain_phash(content)


@given(
    pixels=st.binary(min_size=12, max_size=12),
    size=st.tuples(st.integers(3, 90), st.integers(3, 90)),
)
def test_the_perceptual_hash_is_imagehashs_for_any_picture(pixels, size):
    """Enlarged and reduced, in colour."""
    image = Image.frombytes("RGB", (2, 2), pixels).resize(size)
    content = files.encode(image, "PNG")
    assert taken(content).phash == plain_phash(content)


def test_the_perceptual_hash_of_other_files_is_that_of_the_grey_picture():
    """16-bit, DICOM and NIfTI."""
    for kind in ("png 16 bit", "dicom", "nifti gzip"):
        found = fingerprint_and_grey(files.every_kind()[kind])
        assert not isinstance(found, Refused)
        print_, grey = found
        assert print_.phash == str(imagehash.phash(Image.fromarray(grey), hash_size=16))


def test_the_same_picture_in_another_format_has_the_same_pixels():
    """Only the bytes differ."""
    prints = [taken(files.encode(GREY, kind)) for kind in ("PNG", "BMP", "TIFF", "GIF")]
    assert len({found.pixels_sha256 for found in prints}) == 1
    assert len({found.sha256 for found in prints}) == 4


def test_a_palette_and_its_colours_have_the_same_pixels():
    """How colours are coded is no part of the picture."""
    palette = COLOURS.quantize(50)
    content = files.encode(palette, "PNG")
    assert Image.open(io.BytesIO(content)).mode == "P"
    expanded = files.encode(palette.convert("RGB"), "PNG")
    assert taken(content).pixels_sha256 == taken(expanded).pixels_sha256


def test_big_endian_samples_have_the_same_pixels():
    """The order of bytes is no part of the picture."""
    samples = files.ramp().astype(np.uint16) * 90
    little, big = Image.fromarray(samples), Image.fromarray(samples.astype(">u2"))
    png, tiff = files.encode(little, "PNG"), files.encode(big, "TIFF")
    assert taken(png).pixels_sha256 == taken(tiff).pixels_sha256


@pytest.mark.parametrize(
    "other",
    [
        files.ramp().T.copy(),
        files.ramp()[::-1].copy(),
        files.ramp().astype(np.uint16),
        np.stack([files.ramp()] * 3, axis=-1),
    ],
    ids=["turned", "flipped", "deeper", "in colour"],
)
def test_size_channels_depth_and_samples_all_count(other):
    """Each of them makes another picture."""
    first = taken(files.encode(Image.fromarray(files.ramp()), "PNG"))
    assert first.pixels_sha256 != taken(files.encode(Image.fromarray(other), "PNG")).pixels_sha256


def test_a_negative_is_another_picture():
    """MONOCHROME1 changes what is seen, not what is stored."""
    stored = files.slices()[0]
    negative = files.dicom(stored, PhotometricInterpretation="MONOCHROME1")
    assert taken(files.dicom(stored)).pixels_sha256 != taken(negative).pixels_sha256


def test_hashes_are_frozen():
    """A change of these values needs another ALGORITHM_VERSION."""
    samples = np.arange(64, dtype=np.uint8).reshape(8, 8)
    found = taken(files.encode(Image.fromarray(samples), "PNG"))
    assert found.pixels_sha256 == (
        "7bcf2648035103f3bc7c01fcb8a28780c6af0546751b27274220ddb1ca0f3991"
    )
    assert found.phash == "ab517f01ff017f01ff017e01fe01fe01fe01fe01fe01fe01fe017e01fe01fe01"
    assert image_id(found.pixels_sha256) == f"c19-{found.pixels_sha256[:16]}"


def test_an_ordinary_picture_has_no_faults():
    """Grey and large enough; JPEG's own noise is not colour."""
    content = files.encode(GREY.convert("RGB"), "JPEG", quality=30)
    assert taken(content).quality == ()
    assert taken(content).privacy == ()
    assert taken(content).headers == Headers()


def test_a_blank_picture_is_told():
    """Every sample is the same, padding aside."""
    assert taken(files.encode(Image.new("RGB", (300, 300), "#777"), "JPEG")).quality == ("blank",)
    empty = np.full((240, 240), 12, np.int16)
    empty[:9] = -2000
    assert taken(files.dicom(empty, PixelPaddingValue=-2000)).quality == ("blank",)


def test_a_coloured_arrow_is_told():
    """It may be small."""
    picture = GREY.convert("RGB")
    picture.paste("red", (20, 20, 32, 28))
    assert taken(files.encode(picture, "PNG")).quality == ("colour",)


def test_a_small_picture_is_told():
    """Its shorter side counts."""
    assert taken(files.encode(GREY.resize((600, 223)), "PNG")).quality == ("low_resolution",)


def test_personal_metadata_is_told():
    """A day, a name, a place; what a camera says of its lens is not personal."""
    exif = Image.Exif()
    exif[0x0132] = "2020:03:13 10:00:00"
    assert taken(files.encode(GREY, "JPEG", exif=exif)).privacy == ("exif",)
    harmless = Image.Exif()
    harmless[0x0112] = 1
    assert taken(files.encode(GREY, "JPEG", exif=harmless)).privacy == ()
    place = Image.Exif()
    place.get_ifd(0x8825)[1] = "N"
    assert taken(files.encode(GREY, "JPEG", exif=place)).privacy == ("exif",)
    text = PngInfo()
    text.add_text("Author", "Jane Doe")
    assert taken(files.encode(GREY, "PNG", pnginfo=text)).privacy == ("exif",)
    written = PngInfo()
    written.add_text("Creation Time", "2020-03-14 10:00")
    assert taken(files.encode(GREY, "PNG", pnginfo=written)).privacy == ()


def test_a_broken_file_has_no_fingerprint():
    """The refusal is handed on."""
    assert isinstance(fingerprint(b"GIF89a"), Refused)
    assert isinstance(fingerprint_and_grey(b""), Refused)


def show(repository, path):
    return subprocess.run(
        ["git", "cat-file", "blob", f"HEAD:{path}"], cwd=repository, check=True, capture_output=True
    ).stdout


def blobs(bundles, tmp_path, name):
    repository = Upstream.from_bundle(bundles / f"{name}.bundle", tmp_path / f"{name}.git").folder
    paths = git(repository, "ls-tree", "-r", "--name-only", "-z", "HEAD").split("\0")
    return repository, [path for path in paths if path]


@pytest.mark.parametrize("name", crossed([*NIGHTS], fast=1))
def test_real_images_hash_as_imagehash_hashes_them(bundles, tmp_path, name):
    """A sample of each real set."""
    repository, paths = blobs(bundles, tmp_path, name)
    images = [path for path in paths if path.endswith((".jpg", ".jpeg", ".png"))]
    for path in images[:: NIGHTS[name]]:
        content = show(repository, path)
        assert taken(content).phash == plain_phash(content), path


def test_real_slices_tell_their_plane_and_no_identity(bundles, tmp_path):
    """DICOM files without extension; each slice is another picture."""
    repository, paths = blobs(bundles, tmp_path, "covid-19-pos-case")
    slices = [path for path in paths if "/IM" in path]
    found = [taken(show(repository, path)) for path in slices]
    assert len({one.pixels_sha256 for one in found}) == len(slices) == 60
    assert {one.headers.view for one in found} == {"AXIAL"}
    assert len({one.headers.series for one in found}) == 3
    assert len({one.headers.patient for one in found}) == 1
    assert {one.privacy for one in found} == {("dicom_identity",)}


def test_real_pointers_are_refused_for_what_they_are(bundles, tmp_path):
    """The volumes themselves are not in the repository."""
    repository, paths = blobs(bundles, tmp_path, "medseg")
    for path in (path for path in paths if path.endswith(".nii")):
        refused = fingerprint(show(repository, path))
        assert isinstance(refused, Refused)
        assert "Git LFS pointer" in refused.reason
