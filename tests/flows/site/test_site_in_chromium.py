"""The site in a real browser, from a folder: search, filters, keys, axe, and without JavaScript."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from flows.site.build import build
from flows.site.write import write
from tests.flows.proposal.drawn_volume import drawn
from tests.flows.site.collection import RECORDS, many, row, site, whole
from tests.flows.site.releases import published
from tests.support.chromium import Open, axe_finds, chromium, reload
from tests.support.crossed import crossed

PAGES = (
    "index.html",
    "catalogue/index.html",
    "seen/index.html",
    "releases/index.html",
    "releases/2026.11.15/index.html",
    "sources/index.html",
    "review/index.html",
    "review/2026-11-23-dddddddddd.html",
    "volumes/index.html",
    "volumes/c19v-0000000000000003.html",
    "sources/clinic/index.html",
    "pictures/00/c19-0000000000000001.html",
    "pictures/00/c19-0000000000000005.html",
)
_NAMES = "#rows a:first-of-type"
_NASTY = "</option><img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """One browser for all tests of a module."""
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small collection's site, and one of 1,200 pictures beside it."""
    root = tmp_path_factory.mktemp("sites")
    nasty = row("journal", "z.png", 9, finding=(_NASTY,))
    small = whole((*RECORDS, nasty), published())
    shown = small.may_show | {"c19-0000000000000003"}
    small = replace(small, draw=lambda _volume: drawn(), may_show=shown)
    write(root / "small", build(small))
    write(root / "parts", build(replace(small, most_pages=1)))
    write(root / "large", build(site(many(1_200))))
    return root


@pytest.fixture
def opened(browser: Any, folder: Path) -> Iterator[Open]:
    """Open a page; afterwards hold that it was silent and asked for nothing outside."""
    contexts, requests, complaints = [], [], []

    def open_page(path: str, **options: Any) -> Any:
        context = browser.new_context(**({"viewport": {"width": 1100, "height": 900}} | options))
        contexts.append(context)
        tab = context.new_page()
        tab.on("request", lambda request: requests.append(request.url))
        tab.on("console", lambda words: complaints.append(words.text))
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        address, _, hash_ = path.partition("#")
        tab.goto((folder / address).as_uri() + (f"#{hash_}" if hash_ else ""))
        return tab

    yield open_page
    for context in contexts:
        context.close()
    assert [url for url in requests if not url.startswith(folder.as_uri())] == []
    assert complaints == []


def test_filters_meet_and_every_word_says_how_many(opened: Open) -> None:
    tab = opened("large/catalogue/index.html")
    expect(tab.locator("#count")).to_have_text("1,200 pictures")
    tab.get_by_label("Finding").select_option(label="COVID-19 (600)")
    tab.get_by_label("View").select_option(label="PA (150)")
    expect(tab.locator("#count")).to_have_text("150 pictures")
    expect(tab.get_by_label("Split").locator("option").nth(0)).to_have_text("all (150)")
    expect(tab.locator("#rows li")).to_have_count(50)
    expect(tab).to_have_url(re.compile("#finding=COVID-19&view=PA$"))
    reload(tab)
    expect(tab.locator("#count")).to_have_text("150 pictures")


def test_pages_show_every_picture_once(opened: Open) -> None:
    tab = opened("large/catalogue/index.html#view=PA")
    seen: list[str] = []
    for page in range(1, 7):
        expect(tab.locator("#where")).to_have_text(f"Page {page} of 6")
        seen += tab.locator(_NAMES).all_inner_texts()
        tab.get_by_role("button", name="Next").press("Enter")
    assert len(seen) == len(set(seen)) == 300


def test_search_finds_words_paths_and_ids(opened: Open) -> None:
    tab = opened("small/catalogue/index.html")
    tab.get_by_label("Path, words or id").fill("covid clinic")
    expect(tab.locator("#count")).to_have_text("2 pictures found")
    tab.get_by_label("Path, words or id").fill("c19-0000000000000005")
    expect(tab.locator("#rows li")).to_have_count(1)
    tab.locator(_NAMES).click()
    expect(tab.locator("h1")).to_contain_text("COVID-19")
    expect(tab.locator(".lead")).to_have_text("c19-0000000000000005")


def test_conflicts_and_copies_are_filters(opened: Open) -> None:
    tab = opened("small/catalogue/index.html#labels=sources+disagree")
    expect(tab.locator("#count")).to_have_text("3 pictures")
    tab.get_by_role("button", name="Clear").click()
    expect(tab.locator("#count")).to_have_text("6 pictures")
    expect(tab.get_by_label("Path, words or id")).to_be_focused()


def test_hostile_words_are_filtered_by_and_never_run(opened: Open) -> None:
    tab = opened("small/catalogue/index.html")
    tab.get_by_label("Finding").select_option(label=f"{_NASTY} (1)")
    expect(tab.locator("#rows")).to_contain_text(_NASTY)
    expect(tab.locator("img")).to_have_count(0)


def test_any_two_releases_are_compared_in_both_directions(opened: Open) -> None:
    tab = opened("small/releases/index.html")
    words = "From 2026.11.08 to 2026.11.15: 0 added, 2 changed, 1 no longer in it"
    expect(tab.locator("#sum")).to_have_text(words)
    tab.get_by_label("From").select_option("2026.11.01")
    expect(tab.locator("#sum")).to_contain_text("1 added, 1 changed, 1 no longer in it")
    expect(tab.locator("#changes")).to_contain_text("clinic/images/1.png finding, split, view")
    tab.get_by_label("From").select_option("2026.11.15")
    tab.get_by_label("To").select_option("2026.11.01")
    words = "From 2026.11.15 to 2026.11.01: 1 added, 1 changed, 1 no longer in it"
    expect(tab.locator("#sum")).to_have_text(words)
    expect(tab.locator("#changes h3").first).to_have_text("1 added")
    expect(tab.locator("#changes li").first).to_have_text("c19-0000000000000004")


def test_one_page_shows_every_picture_of_a_large_collection(opened: Open) -> None:
    tab = opened("parts/catalogue/index.html")
    tab.get_by_label("Path, words or id").fill("c19-0000000000000001")
    expect(tab.locator("#rows li")).to_have_count(1)
    tab.locator(_NAMES).click()
    expect(tab.locator(".lead")).to_have_text("c19-0000000000000001")
    tab.get_by_role("link", name="c19-0000000000000002").click()
    expect(tab.locator(".lead")).to_have_text("c19-0000000000000002")
    tab.goto(tab.url.partition("#")[0] + "#c19-00000000000000ff")
    expect(tab.get_by_role("status")).to_contain_text("No picture of the collection is called")


def test_a_part_that_is_missing_is_named(opened: Open, folder: Path) -> None:
    [*shards] = (folder / "large" / "catalogue" / "rows").iterdir()
    kept = {shard: shard.read_bytes() for shard in shards}
    for shard in shards:
        shard.write_text("")  # as half a copy of the site would have it
    try:
        tab = opened("large/catalogue/index.html")
        expect(tab.locator("#count")).to_contain_text("could not be loaded")
    finally:
        for shard, content in kept.items():
            shard.write_bytes(content)


def test_without_javascript_every_picture_can_be_reached(opened: Open) -> None:
    tab = opened("large/catalogue/index.html", java_script_enabled=False)
    expect(tab.locator("noscript p")).to_be_visible()
    expect(tab.locator("#search")).to_be_hidden()
    tab.get_by_role("link", name="journal").click()
    tab.get_by_role("navigation", name="Pages").get_by_role("link", name="3").click()
    expect(tab.locator("h1")).to_be_visible()
    expect(tab.locator("[aria-current=page]")).to_have_text("3")
    tab.locator(".list a").first.click()
    expect(tab.get_by_role("heading", name="What its source states")).to_be_visible()


def test_the_keyboard_alone_gets_to_a_picture(opened: Open) -> None:
    tab = opened("small/index.html")
    tab.keyboard.press("Tab")
    expect(tab.get_by_role("link", name="Skip to the content")).to_be_focused()
    tab.keyboard.press("Enter")
    tab.keyboard.press("Tab")
    expect(tab.get_by_role("link", name="Search the catalogue")).to_be_focused()
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/catalogue/index.html")
    tab.get_by_label("Path, words or id").focus()
    tab.keyboard.type("images/3")
    expect(tab.locator("#rows li")).to_have_count(1)
    for _ in range(12):  # ten filters and a button stand between
        tab.keyboard.press("Tab")
    expect(tab.locator(_NAMES)).to_be_focused()
    tab.keyboard.press("Enter")
    expect(tab.locator(".lead")).to_have_text("c19-0000000000000003")


def test_a_volume_is_shown_by_three_planes_with_sliders(opened: Open) -> None:
    tab = opened("small/volumes/c19v-0000000000000003.html")
    picture = tab.get_by_role("img", name="Axial plane")
    assert picture.bounding_box()["height"] * 12 == picture.evaluate("one => one.naturalHeight")
    tab.get_by_label("Axial plane").focus()
    tab.keyboard.press("Home")
    expect(tab.get_by_role("img", name="Axial plane 1 of 12")).to_be_visible()
    expect(tab.get_by_role("slider")).to_have_count(3)


def test_a_volume_without_javascript_is_its_middle_planes(opened: Open) -> None:
    tab = opened("small/volumes/c19v-0000000000000003.html", java_script_enabled=False)
    expect(tab.get_by_role("img", name="Axial plane 7 of 12")).to_be_visible()
    expect(tab.locator(".plane input").first).to_be_hidden()


@pytest.mark.parametrize(
    ("path", "width", "scheme"), crossed(PAGES, (390, 768, 1280), ("light", "dark"), fast=6)
)
def test_axe_finds_nothing(opened: Open, path: str, width: int, scheme: str) -> None:
    size = {"width": width, "height": 844}
    tab = opened(f"small/{path}", viewport=size, color_scheme=scheme)
    assert axe_finds(tab) == []
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
