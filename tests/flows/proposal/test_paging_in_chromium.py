"""2,600 new images of ten sources in a real browser: page by page, with marks that stay."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.flows.proposal import large_night, pictured_night
from tests.support.chromium import Open, axe_finds, reload
from tests.support.crossed import crossed

PAGES = 70  # ten sources: 260 new images are five pages and 20 more, 30 relabelled follow


@pytest.fixture(scope="module")
def night() -> str:
    """The page of that night."""
    return large_night.html()


@pytest.fixture(scope="module")
def smaller_night() -> str:
    """The page of a night of as many kinds, and two pages of images."""
    return large_night.html(6, relabelled=3)


def _expect_here(tab: Any, count: int) -> None:
    expect(tab.locator(".card:visible")).to_have_count(count)


def _expect_page(tab: Any, number: int, of: int = PAGES) -> None:
    expect(tab.locator("#page-number")).to_have_text(f"Page {number} of {of}")


def _expect_reviewed(tab: Any, words: str) -> None:
    expect(tab.locator("#reviewed-count")).to_have_text(words)


@pytest.mark.slow
def test_of_2600_images_one_page_is_laid_out(opened: Open, night: str) -> None:
    tab = opened(night)  # how long it takes: python -m benchmarks.review_page
    _expect_here(tab, 48)
    assert tab.evaluate("document.documentElement.scrollHeight") < 6_000
    assert tab.locator(".tile img").count() <= 48


WALKED = [pytest.param(60, 3, 20), pytest.param(260, 30, PAGES, marks=pytest.mark.slow)]


@pytest.mark.parametrize(("new", "relabelled", "pages"), WALKED)
def test_the_keyboard_alone_reviews_every_image(
    opened: Open, new: int, relabelled: int, pages: int
) -> None:
    tab = opened(large_night.html(new, relabelled=relabelled))
    _expect_page(tab, 1, pages)
    tab.keyboard.press("r")
    for _ in range(pages - 1):
        assert tab.locator("[data-here][data-mark]").first.bounding_box()["y"] < 900
        tab.keyboard.press("r")
    every = f"{10 * (new + relabelled):,}"
    _expect_reviewed(tab, f"{every} of {every} reviewed")
    expect(tab.locator("#page-said")).to_contain_text("Everything here is reviewed.")
    expect(tab.locator("a.done")).to_have_count(20)


@pytest.mark.parametrize(("new", "relabelled", "pages"), WALKED)
def test_every_image_is_on_one_page_in_the_order_of_source_and_kind(
    opened: Open, new: int, relabelled: int, pages: int
) -> None:
    tab = opened(large_night.html(new, relabelled=relabelled))
    seen: list[str] = []
    for _ in range(pages):
        seen += tab.locator("[data-here][data-mark]").evaluate_all(
            "all => all.map((card) => card.dataset.mark)"
        )
        tab.keyboard.press("n")
    every = tab.locator("[data-mark]").evaluate_all("all => all.map((card) => card.dataset.mark)")
    assert seen == every
    assert len(set(every)) == 10 * (new + relabelled)


def test_a_page_says_what_it_shows_and_tab_reaches_its_buttons(opened: Open, night: str) -> None:
    tab = opened(night)
    tab.get_by_role("button", name="Next page").focus()
    tab.keyboard.press("Enter")
    expect(tab.locator("#page-said")).to_have_text("clinic-a, New images")
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("button", name="Reviewed, go on")).to_be_focused()
    expect(tab.locator("#page-said")).to_have_text("48 marked as reviewed. clinic-a, New images")
    _expect_page(tab, 3)


def test_marks_outlive_the_page(opened: Open) -> None:
    tab = opened()
    tab.keyboard.press("r")
    _expect_reviewed(tab, "14 of 14 reviewed")
    reload(tab)
    _expect_reviewed(tab, "14 of 14 reviewed")
    undo = tab.locator("#unmark")  # it is of what was done since the page was opened
    expect(undo).to_have_attribute("aria-disabled", "true")


def test_what_changed_since_is_to_be_reviewed_again(opened: Open) -> None:
    text = pictured_night.html()
    tab = opened(text)
    tab.keyboard.press("r")
    _expect_reviewed(tab, "14 of 14 reviewed")
    relabelled = replace(pictured_night.NEW[0], finding=("MERS",))
    first = pictured_night.CHANGES[0]
    changed = replace(first, added=(relabelled, *first.added[1:]))
    again = pictured_night.html([changed, *pictured_night.CHANGES[1:]])
    Path(tab.evaluate("decodeURIComponent(location.pathname)")).write_text(
        again, encoding="utf-8", newline=""
    )
    reload(tab)
    _expect_reviewed(tab, "13 of 14 reviewed")
    tab.get_by_label("Not reviewed only").check()
    expect(tab.locator("[data-here][data-mark]")).to_have_count(1)
    expect(tab.locator("[data-here][data-mark]")).to_contain_text("MERS")


def test_a_mark_is_taken_back_by_undo_and_by_the_same_key(opened: Open, night: str) -> None:
    tab = opened(night)
    tab.keyboard.press("r")
    _expect_reviewed(tab, "48 of 2,900 reviewed")
    tab.locator("#unmark").click()
    _expect_reviewed(tab, "0 of 2,900 reviewed")
    tab.keyboard.press("r")
    tab.keyboard.press("p")
    expect(tab.get_by_role("button", name="Reviewed", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    tab.keyboard.press("r")
    _expect_page(tab, 2)
    _expect_reviewed(tab, "0 of 2,900 reviewed")


def test_a_kind_of_a_source_is_marked_at_once(opened: Open, night: str) -> None:
    tab = opened(night)
    whole = tab.get_by_role("button", name="Mark all as reviewed: clinic-a, New images")
    whole.click()
    _expect_reviewed(tab, "260 of 2,900 reviewed")
    expect(tab.get_by_role("row", name="clinic-a").locator("a.done")).to_have_text("260")
    tab.keyboard.press("r")  # this page is reviewed, so its marks are taken back
    _expect_reviewed(tab, "212 of 2,900 reviewed")


def test_what_is_reviewed_can_be_left_out(opened: Open, night: str) -> None:
    tab = opened(night)
    tab.get_by_role("link", name="30", exact=True).first.click()
    expect(tab).to_have_url(re.compile("#source=clinic-a&kind=relabelled$"))
    _expect_here(tab, 30)
    tab.get_by_label("Not reviewed only").check()
    tab.keyboard.press("r")
    expect(tab.get_by_text("Nothing matches these filters.")).to_be_visible()
    tab.get_by_role("button", name="Show everything").click()
    expect(tab.locator("#matches")).to_have_text("2,900 of 2,900 shown")
    _expect_reviewed(tab, "30 of 2,900 reviewed")


def test_filters_make_fewer_pages(opened: Open, night: str) -> None:
    tab = opened(night)
    tab.get_by_role("combobox", name="Source").select_option("journal")
    tab.get_by_role("combobox", name="Finding").select_option("SARS")
    _expect_page(tab, 1, of=2)
    expect(tab.locator("#matches")).to_have_text("65 of 2,900 shown")


def test_single_keys_can_be_switched_off(opened: Open, night: str) -> None:
    tab = opened(night)
    tab.keyboard.press("?")
    tab.get_by_label("Single keys act").uncheck()
    tab.keyboard.press("Escape")
    tab.keyboard.press("n")
    _expect_page(tab, 1)
    reload(tab)
    tab.keyboard.press("n")
    _expect_page(tab, 1)


@pytest.mark.parametrize(
    "kept", ["not json", "{}", "7", '["<img src=x>", null, 7, "short"]', '[["aaaaaaaaaaaa"]]']
)
def test_marks_that_another_file_stored_are_not_believed(opened: Open, kept: str) -> None:
    store = f"localStorage.setItem('covid19-images/reviewed', {json.dumps(kept)})"
    tab = opened(before=f"try {{ {store} }} catch {{}}")
    _expect_reviewed(tab, "0 of 14 reviewed")
    tab.keyboard.press("r")
    _expect_reviewed(tab, "14 of 14 reviewed")


def test_marks_work_where_a_browser_stores_nothing(opened: Open) -> None:
    refuse = "{ get() { throw new DOMException('no', 'SecurityError'); } }"
    tab = opened(before=f"Object.defineProperty(window, 'localStorage', {refuse})")
    tab.keyboard.press("r")
    _expect_reviewed(tab, "14 of 14 reviewed")


def _axe_walks(tab: Any, width: int) -> None:
    """Hold that axe finds nothing on the page, after marking and with the dialog open."""
    assert axe_finds(tab) == []
    tab.keyboard.press("r")
    tab.keyboard.press("p")
    tab.keyboard.press("?")
    assert axe_finds(tab) == []
    assert tab.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.slow
def test_axe_finds_nothing_among_2600_images(opened: Open, night: str) -> None:
    _axe_walks(opened(night, viewport={"width": 390, "height": 844}), 390)


@pytest.mark.parametrize(("width", "scheme"), crossed([390, 768, 1280], ["light", "dark"], fast=1))
def test_axe_finds_nothing(opened: Open, smaller_night: str, width: int, scheme: str) -> None:
    size = {"width": width, "height": 844}
    _axe_walks(opened(smaller_night, viewport=size, color_scheme=scheme), width)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_a_page_with_pairs(opened: Open, scheme: str) -> None:
    tab = opened(color_scheme=scheme)
    tab.keyboard.press("s")
    tab.keyboard.press("r")
    assert axe_finds(tab) == []


def test_without_javascript_every_card_is_there(opened: Open, night: str) -> None:
    tab = opened(night, java_script_enabled=False)
    _expect_here(tab, 2_900)
    for hidden in ("#pager", ".mark-all >> nth=0"):
        expect(tab.locator(hidden)).to_be_hidden()


def test_on_paper_every_card_is_there(opened: Open, tmp_path: Path) -> None:
    tab = opened(large_night.html(8, relabelled=0))
    _expect_here(tab, 48)
    tab.emulate_media(media="print")
    _expect_here(tab, 80)
    expect(tab.locator("#pager")).to_be_hidden()
