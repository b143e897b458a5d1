"""What leaves of a picture is the picture: nothing planted anywhere in a file gets out."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from covid19_images.images import decode
from covid19_images.images.decode import Picture
from covid19_images.images.fingerprint import pixels_sha256
from covid19_images.images.refused import Refused
from flows.publish.image import jpeg, png, privacy
from flows.publish.image.process import Processed, beside, members, process
from flows.publish.image.proof import foreign_parts
from flows.publish.shards import LAYERS
from tests.flows.publish.image.plants import chunk, planted
from tests.support.pictures import encoded, picture
from tests.support.pictures import png as png_file

IMAGE = "c19-0123456789abcdef"
FILES = Path(__file__).parents[5] / "shared" / "hostile" / "files"
CASES = {name: (word, content) for name, word, content in planted()}
# Each place with one word; with the other words it is the same place again.
FIRST_WORD = [
    pytest.param(name, marks=() if name.endswith("-0") else pytest.mark.slow) for name in CASES
]


def test_there_are_plants_enough_and_every_file_holds_its_own() -> None:
    assert len(CASES) >= 200
    unread = [n for n, (_, c) in CASES.items() if isinstance(decode.read(c), Refused)]
    assert len(unread) <= 30
    for name, (word, content) in CASES.items():
        # A palette image of ours holds 12 bytes of it at most, a NIfTI field 15.
        assert word[:12] in content or name.startswith(("png-second-palette", "png-palette")), name


@pytest.mark.parametrize("name", FIRST_WORD)
def test_nothing_of_a_plant_leaves_and_no_pixel_changes(name: str) -> None:
    word, content = CASES[name]
    before = decode.read(content)
    if isinstance(before, Refused):
        assert not _holds(before.reason.encode(), word)
        return
    done = process(content, IMAGE)
    assert isinstance(done, Processed)
    for frame in done.frames:
        for layer in LAYERS:
            for member, left in members(frame, layer, beside(frame, {})):
                assert not _holds(left, word)
                assert list(privacy.in_member(member, left)) == []
    if len(done.frames) == 1 and before.samples.dtype == np.uint8:
        after = decode.read(done.frames[0].kept)
        assert isinstance(after, Picture)
        assert pixels_sha256(after) == pixels_sha256(before)


def _holds(content: bytes, word: bytes) -> bool:
    """Return whether a file holds a planted word, or six bytes of it in a row."""
    return any(word[i : i + 6] in content for i in range(len(word) - 5))


@pytest.mark.parametrize("name", [n for n in CASES if n.startswith(("jpeg", "png"))])
def test_the_gate_stops_such_a_file(name: str) -> None:
    word, content = CASES[name]
    assert foreign_parts(content, decode.media_type(content))
    assert not any(_holds(words.encode(), word) for words in foreign_parts(content, "image/png"))


def test_given_files_are_stopped_and_cleaned() -> None:
    if not FILES.is_dir():
        pytest.skip("../shared/hostile is not here")
    for file in sorted(FILES.iterdir()):
        content = file.read_bytes()
        assert foreign_parts(content, decode.media_type(content)), file.name
        done = process(content, IMAGE)
        assert isinstance(done, Processed)
        assert foreign_parts(done.frames[0].kept, decode.media_type(done.frames[0].kept)) == []
        assert done.frames[0].ending == file.suffix[1:], f"{file.name} was written anew"


COLOURS = ["L", "RGB", "CMYK"]
OPTIONS = [{}, {"progressive": True}, {"optimize": True}, {"restart_marker_blocks": 3}]


@pytest.mark.parametrize("mode", COLOURS)
@pytest.mark.parametrize("options", OPTIONS)
def test_an_ordinary_jpeg_stays_byte_for_byte(mode: str, options: dict[str, int]) -> None:
    content = encoded(picture(1).convert(mode), "JPEG", **options)
    assert jpeg.bare(content) == content
    assert foreign_parts(content, "image/jpeg") == []


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_an_ordinary_png_stays_byte_for_byte(mode: str) -> None:
    image = picture(1).convert("RGB").quantize(16) if mode == "P" else None
    content = encoded(image or _as(picture(1), mode))
    assert png.bare(content) == content
    assert foreign_parts(content, "image/png") == []


def _as(image: Image.Image, mode: str) -> Image.Image:
    if mode == "I;16":
        return Image.fromarray(np.asarray(image).astype(np.uint16) * 257)
    return image.convert(mode)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_resolution_and_gamma_are_no_reason_to_write_pixels_anew(kind: str) -> None:
    content = encoded(picture(1), kind, dpi=(72, 72))
    if kind == "PNG":
        content = content[:33] + chunk(b"gAMA", b"\0\0\xb1\x8f") + content[33:]
    done = process(content, IMAGE)
    assert isinstance(done, Processed)
    assert len(done.frames[0].kept) == len(content) - (21 if kind == "PNG" else 0)


@pytest.mark.parametrize("place", range(1, 8))
def test_even_one_byte_behind_the_pixels_is_found(place: int) -> None:
    content = encoded(picture(1), "JPEG")
    with pytest.raises(ValueError, match=r"no pixel needs|extraneous"):
        jpeg.bare(content[:-2] + b"1950-03"[:place] + content[-2:])


def test_interlaced_pixels_are_counted() -> None:
    for width, height in [(1, 1), (2, 9), (7, 5), (33, 18)]:
        head = png.Header(width, height, 8, 2, 1)
        columns = [len(range(left, width, step)) for left, _, step, _ in _PASSES]
        rows = [len(range(top, height, step)) for _, top, _, step in _PASSES]
        wanted = sum(r * (1 + 3 * c) for r, c in zip(rows, columns, strict=True) if c)
        assert png.pixel_bytes(head) == wanted


_PASSES = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4)]
_PASSES += [(0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def test_a_gate_that_sees_another_kind_of_file_stops_it() -> None:
    assert foreign_parts(b"GIF89a", None) == ["neither PNG nor JPEG"]
    assert foreign_parts(png_file(1), "image/png") == []
    assert Image.open(io.BytesIO(png_file(1))).format == "PNG"
