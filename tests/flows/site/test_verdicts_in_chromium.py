"""The browser computes the features of Python, and says of copies and strangers what it says."""

import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps
from playwright.sync_api import expect

from covid19_images.duplicates.engine import find
from covid19_images.duplicates.features import Features, extract
from covid19_images.duplicates.keypoints import STEPS_PER_PX
from covid19_images.duplicates.picture import Item
from covid19_images.duplicates.verdict import Same
from covid19_images.images.fingerprint import Fingerprint, fingerprint_and_grey, image_id
from flows.site.build import build
from flows.site.write import write
from tests.covid19_images.duplicates.pictures import figure
from tests.flows.site.collection import row, site
from tests.support.chromium import chromium
from tests.support.pictures import encoded

Picture = Image.Image


def _picture(seed: int) -> Picture:
    """Draw something with texture of every size, as bones and vessels have it."""
    random = np.random.default_rng(seed)
    levels = np.full((240, 300), 40, np.float32)
    for size, strength in ((6, 60), (16, 45), (40, 30), (90, 15)):
        grain = random.random((size, size), np.float32)
        levels += strength * cv2.resize(grain, (300, 240), interpolation=cv2.INTER_CUBIC)
    return Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8))


def _jet(picture: Picture) -> Picture:
    painted = cv2.applyColorMap(np.asarray(picture), cv2.COLORMAP_JET)
    return Image.fromarray(np.ascontiguousarray(painted[..., ::-1]))


def _wider(picture: Picture) -> Picture:
    """Show what the figure cut off at both sides."""
    beside = np.asarray(_picture(95))[:, :70]
    return Image.fromarray(np.hstack([beside, np.asarray(picture), beside[:, ::-1]]))


CHANGES: Mapping[str, Callable[[Picture], Picture]] = {
    "smaller": lambda p: p.resize((200, 160)),
    "cropped": lambda p: p.crop((40, 30, 270, 220)),
    "framed": lambda p: ImageOps.expand(p, 50, 0),
    "turned a little": lambda p: p.rotate(6, Image.Resampling.BICUBIC),
    "mirrored, negative and cropped": lambda p: ImageOps.invert(
        ImageOps.mirror(p.crop((0, 0, 250, 220)))
    ),
    "painted": _jet,
    "half of another": lambda p: Image.fromarray(
        np.hstack([np.asarray(p)[:, :150], np.asarray(_picture(90))[:, :150]])
    ),
}
PANELS = [np.asarray(_picture(seed).resize((300, 240))) for seed in range(60, 64)]
HELD = {f"{seed}.png": encoded(_picture(seed)) for seed in range(4)} | {
    "figure.png": encoded(Image.fromarray(figure(PANELS[:2], PANELS[2:], gutter_px=8)))
}
NEW = {name: encoded(change(_picture(n % 4))) for n, (name, change) in enumerate(CHANGES.items())}
NEW |= {
    "a panel of the figure": encoded(_picture(61)),
    "more than the figure's panel": encoded(_wider(_picture(62))),
}
NEW |= {f"stranger {seed}": encoded(_picture(seed)) for seed in (91, 92, 93)}


def _item(key: str, content: bytes) -> Item:
    both = fingerprint_and_grey(content)
    assert isinstance(both, tuple)
    found, grey = both
    assert isinstance(found, Fingerprint)
    return Item(
        key=key,
        source=key.partition("/")[0],
        blob=found.sha256[:40],
        sha256=found.sha256,
        pixels_sha256=found.pixels_sha256,
        phash=found.phash,
        width=found.width,
        height=found.height,
        features=extract(grey),
    )


@pytest.fixture(scope="module")
def held() -> list[Item]:
    """The pictures of the collection."""
    return [_item(f"clinic/{path}", content) for path, content in HELD.items()]


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory, held: list[Item]) -> Iterator[Any]:
    """The page, of a collection whose features are known; it asks for nothing outside."""
    rows = [
        row(
            "clinic",
            item.key.removeprefix("clinic/"),
            1,
            **{name: getattr(item, name) for name in ("blob", "sha256", "pixels_sha256", "phash")},
            image_id=image_id(str(item.pixels_sha256)),
            licence="CC-BY-4.0",
        )
        for item in held
    ]
    features: dict[str, Features] = {item.blob: item.features for item in held}
    folder = tmp_path_factory.mktemp("verdicts") / "site"
    write(folder, build(replace(site(tuple(rows), pairs=()), features=lambda _: features)))
    complaints, requests = list[str](), list[str]()
    with chromium() as browser:
        opened = browser.new_page()
        opened.on("request", lambda request: requests.append(request.url))
        opened.on("console", lambda words: complaints.append(words.text))
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        opened.goto(Path(folder, "seen/index.html").as_uri())
        yield opened
    assert [url for url in requests if not url.startswith((folder.as_uri(), "blob:"))] == []
    assert complaints == []


def test_keypoints_and_codes_are_those_of_python(tab: Any) -> None:
    grey = np.asarray(_picture(0))
    wanted = extract(grey)
    points, codes, frame = tab.evaluate(
        """async ([packed, width, height]) => {
          const levels = Uint8Array.from(atob(packed), (c) => c.charCodeAt(0));
          const found = await extracted(levels, width, height);
          return [[...found.points], [...found.codes], [...found.frame.data]];
        }""",
        [base64.b64encode(grey.tobytes()).decode(), grey.shape[1], grey.shape[0]],
    )
    places = wanted.points.astype(np.float32) / STEPS_PER_PX
    near = np.linalg.norm(places[:, None] - np.reshape(points, (-1, 2))[None], axis=2) < 0.5
    bits = np.unpackbits(np.array(codes, np.uint8).reshape(-1, 24), axis=1)
    apart = (np.unpackbits(wanted.codes, axis=1)[:, None] != bits[None]).sum(2)
    assert len(places) > 100
    assert near.any(1).mean() > 0.97
    assert (np.where(near, apart, 192).min(1) <= 6).mean() > 0.95
    assert np.abs(wanted.picture().reshape(-1).astype(int) - frame).mean() < 0.5


def test_the_page_says_what_python_says(tab: Any, held: list[Item]) -> None:
    python = dict.fromkeys(NEW, "new")
    for pair in find([_item(f"yours:{name}", content) for name, content in NEW.items()], held):
        sides = {pair.a, pair.b}
        if len([key for key in sides if key.startswith("yours:")]) == 1:
            [name] = [key.removeprefix("yours:") for key in sides if key.startswith("yours:")]
            if python[name] != "known":
                python[name] = "known" if isinstance(pair.verdict, Same) else "perhaps"
    files = [
        {"name": f"file {n}.png", "mimeType": "image/png", "buffer": content}
        for n, content in enumerate(NEW.values())
    ]
    tab.get_by_label("Pictures").set_input_files(files)
    for n, verdict in enumerate(python.values()):
        found = tab.locator("#verdicts li").filter(has_text=f"file {n}.png")
        expect(found).to_have_attribute("data-verdict", verdict, timeout=60_000)
    assert list(python.values()).count("known") >= 8
    assert {python[name] for name in python if name.startswith("stranger")} == {"new"}


def test_what_was_done_to_a_copy_is_named(tab: Any) -> None:
    name = "mirrored, negative and cropped"
    file = {"name": "again.png", "mimeType": "image/png", "buffer": NEW[name]}
    tab.get_by_label("Pictures").set_input_files(file)
    found = tab.locator("#verdicts li").filter(has_text="again.png")
    expect(found).to_contain_text("mirrored, negative, cut or framed", timeout=60_000)
