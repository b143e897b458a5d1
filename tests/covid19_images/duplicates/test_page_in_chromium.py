"""The page of copies, of `duplicates` and of `check`, in a real browser."""

from pathlib import Path

from covid19_images.duplicates.folder import RefusedFile
from covid19_images.duplicates.page import Row, Shown, draw
from tests.support.chromium import axe_finds, chromium

DOT = "data:image/gif;base64,R0lGODlhAQABAAAAACw="


def test_axe_finds_nothing_on_a_page_of_copies(tmp_path: Path) -> None:
    sides = Shown("a.png", "480 × 440", DOT, kept=True), Shown("set/b.png", "train, 9 × 9", DOT)
    rows = [Row("pixels", "the same pixels", sides), Row("resized", "the same hash", sides)]
    sentences = ["1 of your 2 pictures is in the collection.", "Compared with 67 pictures."]
    page = draw(
        "mine, beside the collection", sentences, rows, [RefusedFile("c.txt", "no picture")]
    )
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    with chromium() as browser:
        for scheme in ("light", "dark"):
            tab = browser.new_page(color_scheme=scheme, viewport={"width": 400, "height": 800})
            tab.goto((tmp_path / "page.html").as_uri())
            assert axe_finds(tab) == []
