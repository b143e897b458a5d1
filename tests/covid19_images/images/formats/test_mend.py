"""A whole picture is read, whatever stands beside it or is missing behind it."""

import io
import zlib

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from covid19_images.images.decode import Picture, Refused, read
from tests.covid19_images.images.formats import files

GREY = files.ramp()
PLAIN = files.encode(Image.fromarray(GREY), "PNG")
END = len(PLAIN) - 12  # where IEND begins


def chunk(name: bytes, data: bytes, *, wrong: bool = False) -> bytes:
    crc = zlib.crc32(name + data) ^ wrong
    return len(data).to_bytes(4) + name + data + crc.to_bytes(4)


def with_chunk(one: bytes, *, at: int = 33) -> bytes:
    return PLAIN[:at] + one + PLAIN[at:]


BOMB = zlib.compress(bytes(3 * 2**20))
BESIDE = {
    "a wrong sum of a text": chunk(b"tEXt", b"Title\0x", wrong=True),
    "a wrong sum of a time": chunk(b"tIME", bytes(7), wrong=True),
    "a wrong sum of a private chunk": chunk(b"prVt", b"x", wrong=True),
    "two megabytes of text": chunk(b"zTXt", b"Title\0\0" + BOMB),
    "international text": chunk(b"iTXt", b"Title\0\1\0\0\0" + BOMB),
    "a broken profile": chunk(b"iCCP", b"name\0\0not zlib"),
    "a profile of megabytes": chunk(b"iCCP", b"name\0\0" + BOMB),
    "a physical size of no size": chunk(b"pHYs", b""),
    "gamma of no size": chunk(b"gAMA", b"\0"),
}


@pytest.mark.parametrize("what", BESIDE)
@pytest.mark.parametrize("at", [33, END])
def test_what_stands_beside_a_png_does_not_matter(what: str, at: int) -> None:
    found = read(with_chunk(BESIDE[what], at=at))
    assert isinstance(found, Picture), found
    assert np.array_equal(found.grey(), GREY)


def test_words_that_were_taken_away_are_marked() -> None:
    found = read(with_chunk(BESIDE["two megabytes of text"]))
    assert isinstance(found, Picture)
    assert found.privacy == ("exif",)
    found = read(with_chunk(BESIDE["a wrong sum of a time"]))
    assert isinstance(found, Picture)
    assert found.privacy == ()


@pytest.mark.parametrize("name", [b"IDAT", b"IHDR"])
def test_a_broken_picture_is_refused(name: bytes) -> None:
    at = PLAIN.index(name) + 8
    broken = PLAIN[:at] + bytes([PLAIN[at] ^ 1]) + PLAIN[at + 1 :]
    assert isinstance(read(broken), Refused)


def test_a_cut_png_with_much_text_is_refused() -> None:
    whole = with_chunk(BESIDE["two megabytes of text"])
    assert isinstance(read(whole[:-40]), Refused)


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_jpeg_without_its_end_marker_is_read_and_a_cut_one_is_not(
    mode: str, progressive: bool
) -> None:
    image = Image.fromarray(GREY).resize((160, 120)).convert(mode)
    content = files.encode(image, "JPEG", quality=90, progressive=progressive)
    whole = read(content)
    assert isinstance(whole, Picture)
    for missing in (1, 2):
        found = read(content[:-missing])
        assert isinstance(found, Picture), found
        assert np.array_equal(found.grey(), whole.grey())
    for missing in (12, 40, 200, len(content) // 3):
        assert isinstance(read(content[:-missing]), Refused), missing


def test_a_picture_in_alpha_is_read_from_there() -> None:
    for ink in (0, 255):
        alpha = GREY if ink else 255 - GREY
        image = Image.merge("LA", [Image.new("L", (40, 32), ink), Image.fromarray(alpha)])
        for mode in ("LA", "RGBA"):
            found = read(files.encode(image.convert(mode), "PNG"))
            assert isinstance(found, Picture), found
            assert np.array_equal(found.grey(), GREY), (ink, mode)
            assert not found.is_as_stored


def test_a_picture_with_alpha_is_as_it_was() -> None:
    image = Image.fromarray(GREY).convert("RGBA")
    image.putalpha(Image.fromarray(GREY[::-1]))
    found = read(files.encode(image, "PNG"))
    assert isinstance(found, Picture)
    assert np.array_equal(found.grey(), GREY)
    assert found.samples.shape[3] == 4


def test_text_that_pillow_accepts_is_left_there() -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", "Jane Doe")
    out = io.BytesIO()
    Image.fromarray(GREY).save(out, "PNG", pnginfo=info)
    found = read(out.getvalue())
    assert isinstance(found, Picture)
    assert found.privacy == ("exif",)
