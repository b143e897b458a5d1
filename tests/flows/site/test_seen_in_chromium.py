"""The page that knows pictures, in a real browser: Python's verdicts, honest words, no request."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps
from playwright.sync_api import expect

from covid19_images.images.fingerprint import Fingerprint, fingerprint, image_id
from flows.site.build import build
from flows.site.write import write
from tests.flows.site.collection import row, site
from tests.support.chromium import axe_finds, chromium
from tests.support.pictures import encoded as _encoded
from tests.support.pictures import picture

SIZES = ((64, 64), (64, 90), (150, 64), (333, 257), (40, 30), (701, 503))


def _picture(seed: int, size: tuple[int, int] = (300, 240)) -> Image.Image:
    return picture(seed, size=size)


def _printed(content: bytes) -> Fingerprint:
    found = fingerprint(content)
    assert isinstance(found, Fingerprint)
    return found


def _row(path: str, content: bytes, **cells: Any) -> Any:
    found = _printed(content)
    cells |= {name: getattr(found, name) for name in ("sha256", "pixels_sha256", "phash")}
    return row("clinic", path, 1, image_id=image_id(found.pixels_sha256), **cells)


GREY = _encoded(_picture(1))
COLOUR = _encoded(_picture(2).convert("RGB"), "JPEG", quality=90)
RED = np.zeros((200, 200, 3), np.uint8)
RED[..., 0] = np.add.outer(np.arange(200), np.arange(200)) // 2
HELD = {"grey.png": GREY, "colour.jpg": COLOUR, "red.png": _encoded(Image.fromarray(RED))}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of three pictures."""
    root = tmp_path_factory.mktemp("seen")
    rows = [_row(path, content, split="test") for path, content in HELD.items()]
    write(root / "site", build(site(tuple(rows), pairs=())))
    return root / "site"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """One browser for all tests of a module."""
    with chromium() as running:
        yield running


@pytest.fixture
def tab(browser: Any, folder: Path) -> Iterator[Any]:
    """The page; afterwards hold that it was silent and asked for nothing outside."""
    requests, complaints = [], []
    opened = browser.new_page()
    opened.on("request", lambda request: requests.append((request.method, request.url)))
    opened.on("console", lambda said: complaints.append(said.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.goto((folder / "seen/index.html").as_uri())
    yield opened
    opened.close()
    inside = folder.as_uri()
    assert [one for one in requests if one[0] != "GET" or not one[1].startswith(inside)] == []
    assert complaints == []


def _verdict(tab: Any, content: bytes, name: str = "mine.png") -> Any:
    file = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    tab.get_by_label("Pictures").set_input_files(file)
    found = tab.locator("#verdicts li").first
    expect(found).to_contain_text(name)
    expect(found.locator(".verdict")).not_to_have_text("Looking …")
    return found


def test_the_browser_computes_the_hash_of_python(tab: Any) -> None:
    for number, size in enumerate(SIZES):
        content = _encoded(_picture(number, size))
        drawn = tab.evaluate(
            """async (bytes) => {
              const blob = new Blob([new Uint8Array(bytes)]);
              const picture = await decoded(blob, new Uint8Array(bytes));
              const levels = greyLevels(picture.rgba);
              return hex(packed(perceptualBits(levels, picture.width, picture.height)));
            }""",
            list(content),
        )
        assert drawn == _printed(content).phash, size


@pytest.mark.parametrize("path", HELD)
def test_a_file_of_the_collection_is_known(tab: Any, path: str) -> None:
    found = _verdict(tab, HELD[path], path)
    expect(found).to_contain_text("Known")
    expect(found).to_contain_text("the same file · in test")
    name = image_id(_printed(HELD[path]).pixels_sha256)
    expect(found.get_by_role("link", name=name)).to_have_attribute(
        "href", f"../pictures/{name[4:6]}/{name}.html"
    )


@pytest.mark.parametrize("path", HELD)
def test_the_same_pixels_in_another_file_are_known(tab: Any, path: str) -> None:
    again = _encoded(Image.open(io.BytesIO(HELD[path])), "PNG", compress_level=1)
    expect(_verdict(tab, again)).to_contain_text("the same pixels")


def test_a_smaller_mirrored_negative_is_perhaps_known_and_never_more(tab: Any) -> None:
    other = ImageOps.invert(ImageOps.mirror(_picture(1).resize((200, 160))))
    found = _verdict(tab, _encoded(other, "JPEG", quality=75))
    expect(found).to_have_attribute("data-verdict", "perhaps")
    expect(found).to_contain_text("mirrored, negative")


def test_a_stranger_is_not_known(tab: Any) -> None:
    expect(_verdict(tab, _encoded(_picture(77)))).to_have_attribute("data-verdict", "new")


def test_a_blank_picture_and_a_file_that_is_none_are_said(tab: Any) -> None:
    blank = _encoded(Image.new("L", (300, 300), 7))
    expect(_verdict(tab, blank)).to_contain_text("a copy of nothing")
    named = _verdict(tab, b"\0" * 128 + b"DICM", "<img src=x onerror=alert(1)>.dcm")
    expect(named).to_contain_text("<img src=x")
    expect(named).to_contain_text("only its bytes were looked up")


def test_what_no_canvas_can_hold_exactly_is_never_known(tab: Any) -> None:
    levels = np.asarray(_picture(1))
    deep = _encoded(Image.fromarray(levels.astype(np.uint16) * 257))
    expect(_verdict(tab, deep)).to_have_attribute("data-verdict", "perhaps")
    clear = Image.fromarray(np.dstack([levels, np.full_like(levels, 200)]), "LA")
    expect(_verdict(tab, _encoded(clear), "clear.png")).not_to_have_attribute(
        "data-verdict", "known"
    )


def test_axe_finds_nothing_beside_verdicts(tab: Any) -> None:
    for content in (GREY, _encoded(_picture(1).resize((150, 120))), _encoded(_picture(78))):
        _verdict(tab, content)
    expect(tab.locator("#verdicts li")).to_have_count(3)
    assert axe_finds(tab) == []
