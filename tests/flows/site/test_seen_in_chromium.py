"""The page that knows pictures, in a real browser: Python's verdicts, honest words, no request."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps
from playwright.sync_api import expect

from covid19_images.images.decode import read
from covid19_images.images.fingerprint import Fingerprint, fingerprint, image_id
from covid19_images.images.formats.picture import Picture
from flows.site.build import build
from flows.site.write import write
from tests.covid19_images.images.formats.files import dicom, without_preamble
from tests.flows.site.collection import row, site
from tests.support.chromium import axe_finds, chromium
from tests.support.pictures import encoded as _encoded
from tests.support.pictures import picture
from tests.support.server import serving

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
DEEP = np.asarray(_picture(3), np.int16) * 4 - 500
_SMALL = np.asarray(_picture(4, (40, 32)))
_HU = _SMALL.astype(np.int16) * 8 - 1000
_SHOWN: dict[str, tuple[Any, dict[str, Any]]] = {
    "a CT without a window": (_HU, {"RescaleSlope": 2, "RescaleIntercept": -24}),
    "neither": (_HU, {"Modality": "CR"}),
    "a window": (_HU, {"WindowCenter": [-600, 40], "WindowWidth": [1500, 400]}),
    "an exact window, dark on light": (
        _HU,
        {
            "WindowCenter": -500,
            "WindowWidth": 800,
            "VOILUTFunction": "LINEAR_EXACT",
            "PhotometricInterpretation": "MONOCHROME1",
        },
    ),
    "a curve": (_HU, {"WindowCenter": 0, "WindowWidth": 900, "VOILUTFunction": "SIGMOID"}),
    "a window beside all": (_HU, {"WindowCenter": 9000, "WindowWidth": 10, "Modality": "MR"}),
    "padding": (_HU, {"Modality": "CR", "PixelPaddingValue": int(_HU.min())}),
    "bytes": (_SMALL, {"Modality": "CR"}),
    "few bits": (_SMALL // 32, {"Modality": "CR", "BitsStored": 3, "HighBit": 2}),
    "frames": (np.stack([_HU, _HU[::-1], _HU // 2]), {"Modality": "CR"}),
    "unsigned": (_SMALL.astype(np.uint16) * 200, {"Modality": "DX"}),
}
DICOM = {name: dicom(samples, **words) for name, (samples, words) in _SHOWN.items()}
DICOM["no preamble"] = without_preamble(DICOM["a window"])
HELD = {"grey.png": GREY, "colour.jpg": COLOUR, "red.png": _encoded(Image.fromarray(RED))} | {
    "deep.dcm": dicom(DEEP)
}


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


@contextmanager
def _opened(browser: Any, inside: str) -> Iterator[Any]:
    """Open the page; afterwards hold that it was silent and asked for nothing outside."""
    requests, complaints = [], []
    opened = browser.new_page()
    opened.on("request", lambda request: requests.append((request.method, request.url)))
    opened.on("console", lambda words: complaints.append(words.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.goto(f"{inside}/seen/index.html")
    yield opened
    opened.close()
    assert [one for one in requests if one[0] != "GET" or not one[1].startswith(inside)] == []
    assert complaints == []


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """Where the site is served."""
    with serving(folder) as server:
        yield server.url


@pytest.fixture
def tab(browser: Any, address: str) -> Iterator[Any]:
    """The page of a server, which looks up in a worker."""
    with _opened(browser, address) as opened:
        yield opened


@pytest.fixture
def local(browser: Any, folder: Path) -> Iterator[Any]:
    """The page of a folder, which has the engine in itself."""
    with _opened(browser, folder.as_uri()) as opened:
        yield opened


def _verdict(tab: Any, content: bytes, name: str = "mine.png") -> Any:
    file = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    tab.get_by_label("Pictures").set_input_files(file)
    found = tab.locator("#verdicts li").first
    expect(found).to_contain_text(name)
    expect(found.locator(".verdict")).not_to_have_text("Looking …")
    return found


def test_the_browser_computes_the_hash_of_python(local: Any) -> None:
    for number, size in enumerate(SIZES):
        content = _encoded(_picture(number, size))
        drawn = local.evaluate(
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


@pytest.mark.parametrize("path", [path for path in HELD if not path.endswith(".dcm")])
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
    named = _verdict(tab, b"no picture", "<img src=x onerror=alert(1)>.txt")
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


def test_a_served_page_looks_up_in_a_worker_and_has_no_engine_itself(
    tab: Any,
) -> None:
    expect(_verdict(tab, _encoded(_picture(79)))).to_have_attribute("data-verdict", "new")
    assert [worker.url.rpartition("/")[2] for worker in tab.workers] == ["worker.js"]
    assert tab.evaluate("typeof verdict") == "undefined"


def test_a_dicom_file_is_known_by_its_samples_and_by_what_it_shows(tab: Any) -> None:
    found = _verdict(tab, dicom(DEEP, PatientID="other"), "again.dcm")
    expect(found).to_contain_text("the same pixels")
    found = _verdict(tab, dicom(np.asarray(_picture(1)), Modality="CR"), "shown.dcm")
    expect(found).to_have_attribute("data-verdict", "known")
    packed = dicom(DEEP, compress="1.2.840.10008.1.2.5")
    expect(_verdict(tab, packed, "packed.dcm")).to_contain_text("Its pixels are RLE")
    cut_off = _verdict(tab, dicom(DEEP)[:-100], "short.dcm")
    expect(cut_off).to_contain_text("The file ends before its pixels do")


def test_dicom_files_are_rendered_and_hashed_as_python_does(local: Any) -> None:
    for name, content in DICOM.items():
        picture = read(content)
        assert isinstance(picture, Picture), name
        levels, digests = local.evaluate(
            """async (bytes) => {
              const picture = await dicomPicture(new Uint8Array(bytes));
              const digests = await Promise.all(picture.digests.map((one) => one()));
              return [[...greyLevels(picture.rgba)], digests];
            }""",
            list(content),
        )
        assert levels == picture.grey().reshape(-1).tolist(), name
        assert digests == [_printed(content).pixels_sha256], name


def test_axe_finds_nothing_beside_verdicts(tab: Any) -> None:
    for content in (GREY, _encoded(_picture(1).resize((150, 120))), _encoded(_picture(78))):
        _verdict(tab, content)
    expect(tab.locator("#verdicts li")).to_have_count(3)
    assert axe_finds(tab) == []
