"""What comes through the border: pictures, or refusals with a reason."""

import gzip
import io
import re
import struct
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from covid19_images.images.decode import Limits, Picture, media_type, read
from covid19_images.images.refused import Refused
from tests.covid19_images.images.formats import files
from tests.support.examples import examples

KINDS = files.every_kind()


def picture(content: bytes) -> Picture:
    found = read(content)
    assert isinstance(found, Picture), found
    return found


def reason(content: bytes, **limits: int) -> str:
    found = read(content, limits=Limits(**limits))
    assert isinstance(found, Refused)
    return found.reason


@pytest.mark.parametrize("kind", KINDS)
def test_every_format_is_recognised_by_its_content(kind):
    """No name is given, and the type that is told begins like the kind."""
    found = picture(KINDS[kind])
    word = kind.split()[0].removesuffix("s")
    assert word in found.media_type
    assert found.media_type == media_type(KINDS[kind])
    assert (found.height, found.width) == (32, 40)
    assert found.grey().shape == (32, 40)
    assert found.grey().dtype == np.uint8


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK"])
def test_grey_of_8_bit_files_is_what_pil_converts_to(mode):
    """imagehash sees the same grey levels."""
    kind = {"CMYK": "JPEG", "PA": "TIFF"}.get(mode, "PNG")
    image = Image.fromarray(files.colours())
    image = image.convert("P").convert("PA") if mode == "PA" else image.convert(mode)
    if mode == "PA":
        image, kind = image.convert("LA"), "PNG"
    content = files.encode(image, kind)
    with Image.open(io.BytesIO(content)) as opened:
        assert np.array_equal(picture(content).grey(), np.asarray(opened.convert("L")))


@given(pixels=st.binary(min_size=48, max_size=48), kind=st.sampled_from(["PNG", "BMP", "WEBP"]))
def test_grey_equals_pil_for_any_colours(pixels, kind):
    """The property behind the equality of the perceptual hashes."""
    image = Image.frombytes("RGB", (4, 4), pixels)
    content = (
        files.encode(image, kind, lossless=True) if kind == "WEBP" else files.encode(image, kind)
    )
    assert np.array_equal(picture(content).grey(), np.asarray(image.convert("L")))


def test_16_bit_grey_is_rendered_by_its_real_range():
    """PIL's `convert("L")` would make it white."""
    samples = files.ramp().astype(np.uint16) * 3 + 1000
    found = picture(files.encode_deep(samples, ".png"))
    assert found.bit_depth == 16
    assert np.array_equal(found.samples[0], samples)
    assert found.grey().min() == 0
    assert found.grey().max() == 255


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("channels", [3, 4])
def test_16_bit_colour_keeps_all_its_bits(suffix, channels):
    """Pillow silently opens it as 8-bit."""
    deep = np.arange(32 * 40 * channels, dtype=np.uint16).reshape(32, 40, channels) * 11
    found = picture(files.encode_deep(deep, suffix))
    assert found.bit_depth == 16
    assert np.array_equal(found.samples[0], deep[..., [2, 1, 0, 3][:channels]])


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_the_true_depth_of_a_shallow_png_is_told(bits):
    """Its samples are 0..255 all the same."""
    row = b"\0" + bytes([0b00001111])
    header = struct.pack(">IIBBBBB", 8 // bits, 1, bits, 0, 0, 0, 0)
    found = picture(png(header, zlib.compress(row)))
    assert found.bit_depth == bits
    assert found.samples.dtype == np.uint8
    assert found.samples.max() == 255


def png(header: bytes, pixels: bytes) -> bytes:
    parts = [(b"IHDR", header), (b"IDAT", pixels), (b"IEND", b"")]
    chunks = [
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in parts
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def test_an_animation_and_pages_are_frames_and_the_first_one_stands_for_them():
    """As any viewer shows them, and as imagehash sees them."""
    for kind in ("gif animated", "tiff pages"):
        found = picture(KINDS[kind])
        assert found.frames == 3
        assert found.representative == 0
        assert not np.array_equal(found.grey(0), found.grey(1))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"patientid,finding\n1,COVID-19\n", "a text file"),
        (b"BMI,age\n27,50\n" * 9, "a text file"),
        (b"\n<!DOCTYPE html><title>404</title>", "HTML"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", "Git LFS pointer"),
        (b"/annex/objects/SHA256E-s5--00.png\n", "a git-annex pointer"),
        (bytes(range(256)) * 4, "no image format that is known"),
        (b"\0\0\0\x1cftypavif" + bytes(600), "an AVIF file"),
        (b"\0\0\0\x18ftypheic" + bytes(600), "a HEIC file"),
        (b"\xff\x0a" + bytes(600), "a JPEG XL file"),
        (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', "an SVG drawing"),
        (b"%PDF-1.7\n" + bytes(600), "a PDF"),
        (b"\xff\xd8\xff", "its header is broken, or of a rare kind"),
        (png(struct.pack(">IIBBBBB", 1, 1, 8, 3, 0, 0, 0), zlib.compress(b"\0\1")), "its palette"),
        (gzip.compress(b"patientid,finding\n", mtime=0), "holds no NIfTI volume"),
        (KINDS["jpeg"][:400], "cannot be decoded"),
        (KINDS["png"][:90], "cannot be decoded"),
        (KINDS["nifti"][:800], "truncated"),
        (KINDS["nifti gzip"][:-30], "cannot be decoded"),
        (png(struct.pack(">IIBBBBB", 10**5, 10**5, 8, 0, 0, 0, 0), b""), "limit of 100,000,000"),
        (png(struct.pack(">IIBBBBB", 10_001, 10_000, 8, 0, 0, 0, 0), b""), "10,001 x 10,000"),
    ],
    ids=[
        "empty",
        "table",
        "text that begins like BMP",
        "HTML",
        "pointer",
        "annex pointer",
        "noise",
        "AVIF",
        "HEIC",
        "JPEG XL",
        "SVG",
        "PDF",
        "three bytes of JPEG",
        "palette PNG without a palette",
        "gzip text",
        "cut JPEG",
        "cut PNG",
        "cut NIfTI",
        "cut gzip",
        "bomb",
        "over the limit",
    ],
)
def test_what_is_no_picture_is_refused_with_its_reason(content, says):
    """A maintainer reads the reason in the proposal."""
    assert says in reason(content)


def test_limits_are_checked_before_anything_is_decoded():
    """Each of them has its own sentence."""
    assert "bytes are more" in reason(KINDS["png"], max_bytes=100)
    assert "pixels are more" in reason(KINDS["dicom"], max_pixels=100)
    assert "frames are more" in reason(KINDS["nifti gzip"], max_frames=2)
    assert "samples are more" in reason(KINDS["gif animated"], max_samples=2000)


def test_a_reason_is_short_and_printable():
    """Upstream's bytes never reach a terminal or a page through it."""
    header = bytearray(KINDS["tiff"])
    for at in range(0, len(header) - 4, 7):
        found = read(bytes(header[:at]) + b"\x1b[31m" + bytes(header[at + 5 :]))
        if isinstance(found, Refused):
            assert re.fullmatch(r"[ -~]{1,200}", found.reason)


@settings(max_examples=examples(400), deadline=None)
@given(
    kind=st.sampled_from(sorted(KINDS)),
    keep=st.floats(0.05, 1),
    flips=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), max_size=8),
)
def test_broken_files_give_a_picture_or_a_refusal_and_nothing_else(kind, keep, flips):
    """Bytes are cut off and overwritten; no exception and no warning may come out."""
    content = bytearray(KINDS[kind][: max(4, int(len(KINDS[kind]) * keep))])
    for where, byte in flips:
        content[int(where * len(content))] = byte
    found = read(bytes(content), limits=Limits(max_pixels=10**6, max_samples=10**7))
    assert isinstance(found, Refused) or found.grey().shape == (found.height, found.width)


@pytest.mark.parametrize("kind", ["tiff lzw", "png 16 bit colour", "dicom"])
def test_nothing_is_written_to_the_terminal(kind, capfd):
    """Not even by the C libraries."""
    content = KINDS[kind]
    for at in range(100, len(content), len(content) // 60):
        read(content[:at] + b"\xff\xff\xff" + content[at + 3 :])
    assert capfd.readouterr() == ("", "")


def test_opencv_can_still_speak_afterwards():
    """Its log level is put back."""
    before = cv2.utils.logging.getLogLevel()
    read(KINDS["png 16 bit colour"])
    assert cv2.utils.logging.getLogLevel() == before


def test_a_later_frame_that_is_too_large_is_refused():
    # Found by `make fuzz`: Pillow looks at the size of a frame when it comes to it.
    content = bytearray(KINDS["gif animated"])
    at = content.rindex(b"\x2c\0\0\0\0" + struct.pack("<HH", 40, 32)) + 5
    content[at : at + 4] = struct.pack("<HH", 65535, 65535)
    assert "more pixels than the limit" in reason(bytes(content))


def test_what_a_library_quotes_from_a_broken_file_is_not_handed_on() -> None:
    content = bytearray(files.encode(Image.fromarray(files.ramp()), "PNG"))
    content[37:41] = b"DoeJ"  # the kind of a chunk, which Pillow quotes
    refusal = read(bytes(content))
    assert isinstance(refusal, Refused)
    assert "Doe" not in refusal.reason


def test_a_picture_with_broken_camera_data_is_a_picture_and_marked() -> None:
    picture = read(files.encode(Image.fromarray(files.ramp()), "WEBP", exif=b"Exif\0\0DOE^JANE"))
    assert isinstance(picture, Picture)
    assert picture.privacy == ("exif",)
