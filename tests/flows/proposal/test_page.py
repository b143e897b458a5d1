"""The page of a proposal: complete, self-contained, and deaf to what upstream wrote."""

import base64
import hashlib
import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import jinja2
import numpy as np
import pytest
from PIL import Image

from flows.proposal import page
from flows.proposal.changes import SourceChange, headline
from flows.proposal.page.cards import Block, Card, CardPicture
from flows.proposal.page.marks import mark
from flows.proposal.pictures import Pictures, Thumbnail
from flows.text.templates import visible
from flows.upstream.outcome import Advanced
from tests.flows.proposal import large_night, pictured_night
from tests.flows.proposal.pictured_night import NASTY
from tests.flows.proposal.small_night import CHANGES, HOSTILE, JOURNAL, PAIR, RECORDS, hostile, row


class Seen(HTMLParser):
    """Collect the elements of a page, their attributes and their text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.inside: dict[str, str] = {}
        self._open = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        self._open = f"{tag} {dict(attrs).get('id') or ''}".strip()

    def handle_data(self, data: str) -> None:
        self.text += data
        self.inside[self._open] = self.inside.get(self._open, "") + data

    def links(self) -> list[str]:
        return [value or "" for name, value in self.attributes if name == "href"]


def _page(*changes: SourceChange, review_reasons: tuple[str, ...] = ()) -> str:
    return page.render(headline(changes), changes, RECORDS, [PAIR], review_reasons)


def test_the_page_says_everything_a_reviewer_needs() -> None:
    text = " ".join(Seen(_page(*CHANGES, review_reasons=("journal: look",))).text.split())
    for words in (
        "2 sources moved: 4 new images",
        "Waits for review. journal: look",
        "7 images in the collection after this, 1 pair of copies known",
        "gone: fatal: repository not found",
        "images/new.png",
        "images/a.png → images/moved/a.png",
        "finding: SARS → COVID-19, ARDS; sex: not stated → F",
        "folders/train/0.jpeg is a copy of journal/images/new.png: resized, 4 of 256 bits apart",
        "metadata.csv:7",
        "view is 'upside down'",
        "Not for policy or initial diagnosis",
    ):
        assert words in text


def test_the_page_asks_nothing_of_the_network_and_runs_only_its_own_script() -> None:
    text = pictured_night.html()
    seen = Seen(text)
    assert not {"iframe", "link", "object", "form", "base"} & set(seen.tags)
    assert seen.tags.count("script") == 3
    assert not [name for name, _ in seen.attributes if name.startswith("on") or name == "style"]
    assert not [value for name, value in seen.attributes if name == "src"]
    [policy] = [v for _, v in seen.attributes if v and v.startswith("default-src 'none'")]
    assert "unsafe" not in policy
    for tag in ("script", "style"):
        [own] = re.findall(rf"<{tag}(?: type=\"module\")?>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(own.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_every_picture_opens_at_its_pinned_commit() -> None:
    links = Seen(pictured_night.html()).links()
    at = "https://github.com/owner"
    assert f"{at}/journal/blob/{'b' * 40}/images/1.png" in links
    assert f"{at}/journal/blob/{'a' * 40}/images/gone.png" in links
    assert f"{at}/folders/blob/{'c' * 40}/train/edited.png" in links
    assert f"{at}/folders/blob/{'d' * 40}/train/edited.png" in links
    assert f"{at}/journal/compare/{'a' * 40}...{'b' * 40}" in links


def test_a_source_that_is_not_on_github_has_no_links() -> None:
    away = JOURNAL.model_copy(update={"url": "https://example.org/set.git"})
    changes = [replace(change, source=away) for change in pictured_night.CHANGES[:1]]
    links = Seen(pictured_night.html(changes)).links()
    assert [link for link in links if not link.startswith("#")] == []


@pytest.mark.parametrize("text", HOSTILE)
def test_what_upstream_wrote_is_shown_and_never_acts(text: str) -> None:
    seen, plain = Seen(_page(hostile(text))), Seen(_page(hostile("x")))
    assert seen.tags == plain.tags
    assert _without_links(seen) == _without_links(plain)
    assert all(re.match(r"#|https://github\.com/owner/journal/", link) for link in seen.links())
    assert visible(text) in " ".join(seen.text.split())


def _without_links(seen: Seen) -> list[tuple[str, str | None]]:
    """Leave out what follows from the words: where they link, and the name of their card."""
    return [(name, value) for name, value in seen.attributes if name not in ("href", "data-mark")]


def test_the_script_is_told_of_keys_exactly_and_no_key_ends_it() -> None:
    text = pictured_night.html()
    [raw] = re.findall(r'id="pair-data">(.*?)</script>', text, re.DOTALL)
    assert not set("<>&") & set(raw)
    keys = [tuple(pair["keys"]) for pair in json.loads(raw)]
    assert (f"folders/{NASTY}", "journal/images/3.png") in keys


def test_a_comment_never_carries_a_path_that_could_write_a_second_command() -> None:
    [raw] = re.findall(r'id="pair-data">(.*?)</script>', pictured_night.html(), re.DOTALL)
    names = {pair["keys"][0]: pair["names"] for pair in json.loads(raw)}
    assert names["folders/train/1.jpeg"] == ["folders/train/1.jpeg", "journal/images/1.png"]
    assert names[f"folders/{NASTY}"] == ["c19-00000000000000aa", "c19-0000000000000002"]


def test_what_is_to_be_decided_comes_first() -> None:
    [raw] = re.findall(r'id="pair-data">(.*?)</script>', pictured_night.html(), re.DOTALL)
    assert [pair["kind"] for pair in json.loads(raw)] == ["undecided", "undecided", "resized"]


def test_a_long_list_is_cut_and_says_so() -> None:
    gone = tuple(row("journal", f"images/{n}.png") for n in range(3200))
    text = _page(SourceChange(source=JOURNAL, outcome=Advanced("a", "b"), removed=gone))
    assert text.count("<li") == 3000
    assert "… and 200 more: see the manifest" in text


def test_lists_give_way_where_the_words_alone_would_be_too_long() -> None:
    gone = tuple(row("journal", f"{n}{'x' * 4000}.png") for n in range(2000))
    text = _page(SourceChange(source=JOURNAL, outcome=Advanced("a", "b"), removed=gone))
    assert len(text) < page.MAX_BYTES
    assert re.search(r"… and 1,[5-9][05]0 more: see the manifest", text)


def _grainy(seed: int, *, side: int = 256) -> Thumbnail:
    """Draw a picture that no encoder makes small."""
    grain = np.random.default_rng(seed).integers(0, 256, (side, side), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(grain).save(out, "WEBP", quality=70)
    return Thumbnail(out.getvalue(), side, side)


def _many(images: int) -> tuple[list[SourceChange], Pictures]:
    new = [row("journal", f"{n}.png", blob=f"{n:040x}") for n in range(images)]
    drawn = [_grainy(seed) for seed in range(4)]
    change = SourceChange(source=JOURNAL, outcome=Advanced("a", "b"), added=tuple(new))
    return [change], Pictures({r.blob: drawn[n % 4] for n, r in enumerate(new)})


def _embedded(text: str) -> list[Image.Image]:
    coded = json.loads(Seen(text).inside["script picture-data"])
    return [Image.open(io.BytesIO(base64.b64decode(one))) for one in coded]


def test_a_page_whose_pictures_fit_is_laid_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    laid_out: list[str | None] = []
    render = jinja2.Template.render

    def counted(self: jinja2.Template, *values: Any, **named: Any) -> str:
        laid_out.append(self.name)
        return render(self, *values, **named)

    monkeypatch.setattr(jinja2.Template, "render", counted)
    changes, pictures = _many(4)
    text = page.render("x", changes, [], [], (), pictures=pictures)
    assert len(_embedded(text)) == 4
    assert laid_out.count("page.html.j2") == 1


def test_many_pictures_are_made_smaller_before_any_is_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    changes, pictures = _many(40)
    as_drawn = page.render("x", changes, [], [], (), pictures=pictures)
    assert {one.size for one in _embedded(as_drawn)} == {(256, 256)}
    monkeypatch.setattr(page, "MAX_BYTES", len(as_drawn) // 2)
    text = page.render("x", changes, [], [], (), pictures=pictures)
    assert len(text.encode()) <= page.MAX_BYTES
    sizes = [one.size for one in _embedded(text)]
    assert len(sizes) == 40
    assert set(sizes) <= {(192, 192), (160, 160), (128, 128)}
    assert "pictures are in this page" not in text


def test_a_page_with_too_many_pictures_leaves_some_out_and_says_how_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(page, "MAX_BYTES", 200_000)
    changes, pictures = _many(60)
    text = page.render("x", changes, [], [], (), pictures=pictures)
    embedded = _embedded(text)
    assert 0.95 * page.MAX_BYTES < len(text.encode()) <= page.MAX_BYTES
    assert {one.size for one in embedded} == {(96, 96)}
    assert f"{len(embedded)} of 60 pictures are in this page" in text


def test_the_pictures_of_pairs_to_decide_are_left_out_last(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    there = len(pictured_night.html(pictures=Pictures()))
    monkeypatch.setattr(page, "MAX_BYTES", there + 40_000)
    blobs = pictured_night.PICTURES.thumbnails
    heavy = {blob: _grainy(seed) for seed, blob in enumerate(blobs)}
    text = pictured_night.html(pictures=replace(pictured_night.PICTURES, thumbnails=heavy))
    pairs = json.loads(Seen(text).inside["script pair-data"])
    assert [None in pair["pictures"] for pair in pairs] == [False, False, False]
    assert re.search(r"\d+ of 18 pictures are in this page", text)


def test_the_growth_of_the_collection_is_told_in_words_and_in_a_table() -> None:
    seen = Seen(pictured_night.html())
    assert "1 in 2020-01, 11 in 2020-05" in seen.inside["desc growth-said"]
    assert "path" in seen.tags


def test_the_same_night_gives_the_same_page() -> None:
    assert pictured_night.html() == pictured_night.html()


def test_a_page_of_2600_new_images_of_ten_sources_is_under_5_megabytes() -> None:
    text = large_night.html()
    assert len(text.encode()) < 5_000_000
    assert len(json.loads(Seen(text).inside["script picture-data"])) == 2600


def test_a_card_is_named_by_all_it_shows_and_by_nothing_else() -> None:
    block = Block("journal", "new", (), 2)
    card = Card("a.png", "COVID-19", tiles=(CardPicture("1" * 40, "a.png", None),))
    same = replace(card, tiles=(replace(card.tiles[0], link="https://github.com/o/r"),))
    assert mark(block, card) == mark(block, same)
    others = [
        mark(replace(block, source="other"), card),
        mark(replace(block, kind="changed"), card),
        mark(block, replace(card, words="SARS")),
        mark(block, replace(card, heading="b.png")),
        mark(block, replace(card, tiles=(replace(card.tiles[0], blob="2" * 40),))),
    ]
    assert len({mark(block, card), *others}) == 6
