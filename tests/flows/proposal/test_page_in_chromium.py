"""The page in a real browser: keys, filters, views and answers work, and nothing leaves it."""

import itertools
import re
import shlex
import tomllib
from typing import Any

import pytest
from playwright.sync_api import expect
from pydantic import ValidationError

from flows.config.load import Decisions
from tests.flows.proposal.pictured_night import NASTY, UNDECIDED, html
from tests.support.chromium import Open, reload


def _expect_position(tab: Any, words: str) -> None:
    expect(tab.locator("#position")).to_have_text(words)


def _expect_shown(tab: Any, count: int) -> None:
    expect(tab.locator(".item:not([hidden])")).to_have_count(count)


def _expect_hash(tab: Any, hash_: str) -> None:
    expect(tab).to_have_url(re.compile(re.escape(hash_) + "$"))


def test_j_and_k_walk_the_pairs(opened: Open) -> None:
    tab = opened()
    _expect_position(tab, "Pair 1 of 3")
    tab.keyboard.press("k")
    _expect_position(tab, "Pair 1 of 3")
    tab.keyboard.press("j")
    tab.keyboard.press("j")
    tab.keyboard.press("j")
    _expect_position(tab, "Pair 3 of 3")
    expect(tab.locator("#about")).to_contain_text("folders/train/1.jpeg is a copy of")
    pairs = tab.get_by_role("group", name="Compare a pair")
    expect(pairs.get_by_role("button", name="Next")).to_be_disabled()


def test_answers_become_decisions_that_the_bot_reads(opened: Open) -> None:
    tab = opened()
    tab.get_by_label("How they differ").select_option("cropped")
    tab.keyboard.press("s")
    expect(tab.get_by_role("status").first).to_contain_text("Answer recorded: same picture.")
    tab.keyboard.press("d")
    tab.get_by_label("Your name").fill('Ada "A" \\ Lovelace')
    written = tomllib.loads(tab.locator("#toml").input_value())["pairs"]
    [same] = Decisions.model_validate({"pairs": written[:1]}).pairs
    assert (same.a, same.b) == (UNDECIDED[0].copy, UNDECIDED[0].original)
    assert (same.verdict, same.kind, same.by) == ("same", "cropped", 'Ada "A" \\ Lovelace')
    # No row has such a path, and nobody may name one; the page writes it without harm all the same.
    assert (written[1]["a"], written[1]["verdict"]) == (f"folders/{NASTY}", "different")
    with pytest.raises(ValidationError):
        Decisions.model_validate({"pairs": written[1:]})
    assert str(same.date) == tab.evaluate("new Intl.DateTimeFormat('sv-SE').format(new Date())")


@pytest.mark.parametrize("kind", ["resized", "bytes"])
def test_a_duplicate_keeps_the_kind_that_was_found(opened: Open, kind: str) -> None:
    tab = opened(html().replace('"kind": "resized"', f'"kind": "{kind}"'))
    tab.get_by_role("button", name="Look at pair 3").click()
    expect(tab.get_by_label("How they differ")).to_be_hidden()
    tab.keyboard.press("s")
    [answer] = tomllib.loads(tab.locator("#toml").input_value())["pairs"]
    assert answer["kind"] == kind


def test_answers_become_commands_of_one_line_each(opened: Open) -> None:
    tab = opened()
    tab.keyboard.press("s")
    tab.keyboard.press("d")
    lines = tab.locator("#comment").input_value().splitlines()
    assert [shlex.split(line) for line in lines] == [
        ["/sync", "same", UNDECIDED[0].copy, UNDECIDED[0].original],
        ["/sync", "different", "c19-00000000000000aa", "c19-0000000000000002"],
    ]


def test_u_takes_an_answer_back(opened: Open) -> None:
    tab = opened()
    tab.keyboard.press("s")
    _expect_position(tab, "Pair 2 of 3")
    tab.keyboard.press("u")
    _expect_position(tab, "Pair 1 of 3")
    expect(tab.get_by_text("None yet.")).to_be_visible()
    tab.keyboard.press("u")
    expect(tab.locator("#said")).to_have_text("There is no answer to undo.")


def test_keys_do_nothing_while_somebody_types_or_holds_a_modifier(opened: Open) -> None:
    tab = opened()
    tab.keyboard.press("s")
    tab.get_by_label("Your name").press_sequentially("jksdu123?")
    expect(tab.get_by_label("Your name")).to_have_value("jksdu123?")
    tab.get_by_role("combobox", name="Source").press("d")
    tab.locator("h1").click()
    for chord in ("Control+d", "Alt+s", "Meta+j"):
        tab.keyboard.press(chord)
    _expect_position(tab, "Pair 2 of 3")
    assert tab.locator("#toml").input_value().count("[[pairs]]") == 1


def test_question_mark_explains_the_keys(opened: Open) -> None:
    tab = opened()
    tab.keyboard.press("?")
    dialog = tab.get_by_role("dialog", name="Keys")
    expect(dialog).to_contain_text("next pair")
    tab.keyboard.press("s")
    tab.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    _expect_position(tab, "Pair 1 of 3")


def test_side_by_side_shows_both_pictures(opened: Open) -> None:
    tab = opened()
    copy, original = tab.locator("#copy"), tab.locator("#original")
    expect(copy).to_have_attribute("alt", f"first: {UNDECIDED[0].copy}")
    assert copy.evaluate("image => image.decode().then(() => image.naturalWidth)") == 64
    assert copy.bounding_box()["x"] < original.bounding_box()["x"]
    assert copy.bounding_box()["y"] == original.bounding_box()["y"]


def test_blink_alternates_until_it_is_paused(opened: Open) -> None:
    tab = opened()
    tab.keyboard.press("2")
    copy, original = tab.locator("#copy"), tab.locator("#original")
    expect(copy).to_be_visible()
    expect(original).to_be_hidden()
    expect(original).to_be_visible()
    expect(copy).to_be_visible()
    assert copy.bounding_box() == original.bounding_box()
    tab.get_by_role("button", name="Pause").click()
    front = tab.locator("#front").inner_text()
    tab.wait_for_timeout(1000)
    expect(tab.locator("#front")).to_have_text(front)
    tab.get_by_role("button", name="Show the other").click()
    expect(tab.locator("#front")).not_to_have_text(front)


def test_blink_keeps_still_for_those_who_asked_for_less_motion(opened: Open) -> None:
    tab = opened(reduced_motion="reduce")
    tab.get_by_role("button", name="Blink").click()
    tab.wait_for_timeout(1000)
    expect(tab.locator("#front")).to_have_text("Shown: first")
    expect(tab.get_by_role("button", name="Pause")).to_be_hidden()
    tab.get_by_role("button", name="Show the other").click()
    expect(tab.locator("#front")).to_have_text("Shown: second")


def test_swipe_uncovers_the_original_by_mouse_and_by_key(opened: Open) -> None:
    tab = opened()
    tab.keyboard.press("3")
    slider = tab.get_by_role("slider", name="Swipe between the two")
    expect(tab.locator("figure.copy")).to_have_css("clip-path", "inset(0px 50% 0px 0px)")
    slider.press("ArrowRight")
    expect(tab.locator("figure.copy")).to_have_css("clip-path", "inset(0px 49% 0px 0px)")
    slider.press("Home")
    expect(tab.locator("figure.copy")).to_have_css("clip-path", "inset(0px 100% 0px 0px)")
    slider.press("j")
    _expect_position(tab, "Pair 2 of 3")


def test_a_pair_says_whether_it_is_laid_on_each_other(opened: Open) -> None:
    tab = opened()
    expect(tab.locator("#registered")).to_contain_text("Laid on each other")
    tab.keyboard.press("j")
    expect(tab.locator("#registered")).to_contain_text("Not laid on each other")


def test_filters_by_kind_source_and_finding_meet(opened: Open) -> None:
    tab = opened()
    everything = tab.locator(".item").count()
    tab.get_by_role("button", name=re.compile("^New images")).click()
    _expect_shown(tab, 9)
    tab.get_by_role("combobox", name="Source").select_option("journal")
    _expect_shown(tab, 6)
    expect(tab.get_by_role("combobox", name="Finding").locator("option[value=SARS]")).to_have_text(
        "SARS (3)"
    )
    tab.get_by_role("combobox", name="Finding").select_option("SARS")
    _expect_shown(tab, 3)
    expect(tab.locator("#matches")).to_have_text(f"3 of {everything} shown")
    expect(tab.get_by_role("heading", name="Pairs of pictures")).to_be_hidden()
    _expect_hash(tab, "#kind=new&source=journal&finding=SARS")
    reload(tab)
    _expect_shown(tab, 3)


def test_what_matches_nothing_says_so(opened: Open) -> None:
    tab = opened()
    everything = tab.locator(".item").count()
    tab.get_by_role("combobox", name="Finding").select_option("No finding")
    tab.get_by_role("combobox", name="Source").select_option("journal")
    expect(tab.get_by_text("Nothing matches these filters.")).to_be_visible()
    tab.keyboard.press("s")  # there is no pair to say it of
    tab.get_by_role("button", name="Show everything").click()
    _expect_shown(tab, everything)
    expect(tab.get_by_text("None yet.")).to_be_visible()


def test_the_numbers_of_the_summary_lead_to_what_they_count(opened: Open) -> None:
    tab = opened()
    tab.get_by_role("row", name="folders").get_by_role("link", name="1").first.click()
    _expect_hash(tab, "#source=folders&kind=changed")
    _expect_shown(tab, 1)


def test_skipping_to_the_changes_keeps_the_filters(opened: Open) -> None:
    tab = opened()
    tab.get_by_role("button", name=re.compile("^New images")).click()
    tab.keyboard.press("Shift+Tab")
    tab.get_by_role("link", name="Skip to the changes").press("Enter")
    _expect_shown(tab, 9)
    tab.get_by_role("combobox", name="Source").select_option("journal")
    _expect_shown(tab, 6)


def test_pairs_are_filtered_too(opened: Open) -> None:
    tab = opened()
    tab.get_by_role("button", name="Duplicates").click()
    _expect_position(tab, "Pair 1 of 1")
    expect(tab.locator("#about")).to_contain_text("is a copy of")


def test_hostile_words_are_shown_and_filtered_by_and_never_run(opened: Open) -> None:
    tab = opened(html().replace("SARS", "&lt;/option&gt;&lt;img src=x onerror=alert(1)&gt;"))
    expect(tab.locator("body")).to_contain_text('</script><b onclick="x">\'\\[U+202E]')
    tab.get_by_role("combobox", name="Finding").select_option(
        "</option><img src=x onerror=alert(1)>"
    )
    _expect_shown(tab, 3)


def test_answers_outlive_the_page(opened: Open) -> None:
    tab = opened()
    tab.keyboard.press("s")
    answer = re.compile('verdict = "same"')
    expect(tab.locator("#toml")).to_have_value(answer)
    reload(tab)
    expect(tab.locator("#toml")).to_have_value(answer)


@pytest.mark.parametrize(
    "kept", ["not json", "[]", '{"x": {"verdict": "\\"] evil", "date": ""}}', '{"x": null}']
)
def test_what_another_file_stored_is_not_believed(opened: Open, kept: str) -> None:
    store = f"localStorage.setItem('covid19-images/answers', {kept!r})"
    tab = opened(before=f"try {{ {store} }} catch {{}}")
    expect(tab.get_by_text("None yet.")).to_be_visible()


def test_a_browser_that_stores_nothing_is_enough(opened: Open) -> None:
    refuse = "{ get() { throw new DOMException('no', 'SecurityError'); } }"
    tab = opened(before=f"Object.defineProperty(window, 'localStorage', {refuse})")
    tab.keyboard.press("s")
    expect(tab.locator("#toml")).to_have_value(re.compile('verdict = "same"'))


def test_copying_asks_for_a_name_and_then_copies(opened: Open) -> None:
    tab = opened(permissions=["clipboard-read", "clipboard-write"])
    tab.keyboard.press("s")
    tab.get_by_role("button", name="Copy for the file").click()
    expect(tab.locator("#taken")).to_contain_text("Write your name first")
    expect(tab.get_by_label("Your name")).to_be_focused()
    tab.keyboard.type("Ada")
    tab.get_by_role("button", name="Copy for the file").click()
    expect(tab.locator("#taken")).to_have_text("Copied.")
    assert tab.evaluate("navigator.clipboard.readText()") == tab.locator("#toml").input_value()


def test_a_browser_that_keeps_the_clipboard_away_selects_the_text(opened: Open) -> None:
    tab = opened(before="Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    tab.keyboard.press("d")
    tab.get_by_role("button", name="Copy for the comment").click()
    expect(tab.locator("#taken")).to_contain_text("The text is selected")
    selected = tab.evaluate("getSelection().toString()")
    assert selected.strip() == tab.locator("#comment").input_value().strip()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1100])
def test_no_width_scrolls_the_page_sideways(opened: Open, width: int, scheme: str) -> None:
    tab = opened(viewport={"width": width, "height": 740}, color_scheme=scheme)
    for view in ("1", "2", "3"):
        tab.keyboard.press(view)
        assert tab.evaluate("document.documentElement.scrollWidth") <= width


def test_a_screen_reader_finds_its_way(opened: Open) -> None:
    tab = opened()
    tab.keyboard.press("s")
    for landmark in ("banner", "main", "contentinfo", "search"):
        expect(tab.get_by_role(landmark)).to_have_count(1)
    levels = tab.locator("h1, h2, h3, h4").evaluate_all(
        "all => all.filter(h => h.checkVisibility()).map(h => Number(h.tagName[1]))"
    )
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    snapshot = tab.locator("body").aria_snapshot()
    for nameless in (
        "- button\n",
        "- button:\n",
        "- img\n",
        "- textbox\n",
        "- combobox\n",
        "- link\n",
        "- link:\n",
    ):
        assert nameless not in snapshot
    for named in (
        'button "Same picture"',
        'button "Look at pair 2"',
        'textbox "Your name"',
        'img "Growth',
    ):
        assert named in snapshot


def test_without_javascript_the_words_and_links_are_there(opened: Open) -> None:
    tab = opened(java_script_enabled=False)
    expect(tab.locator("noscript p")).to_be_visible()
    expect(tab.get_by_text("images/1.png", exact=True).first).to_be_visible()
    expect(tab.get_by_text("one picture?").first).to_be_visible()
    for hidden in ("#filters", "#viewer", "#answers"):
        expect(tab.locator(hidden)).to_be_hidden()


def test_on_paper_every_picture_is_drawn(opened: Open) -> None:
    tab = opened()
    tab.emulate_media(media="print")
    tab.pdf()
    expect(tab.locator("[data-picture]")).to_have_count(0)
    expect(tab.locator("#filters")).to_be_hidden()
