"""The page of a proposal: complete, self-contained, and deaf to what upstream wrote."""

from html.parser import HTMLParser

import pytest

from flows.proposal import page
from flows.proposal.changes import SourceChange, headline
from flows.upstream.outcome import Advanced
from tests.flows.proposal.small_night import CHANGES, HOSTILE, JOURNAL, PAIR, RECORDS, hostile, row


class Seen(HTMLParser):
    """Collect the elements of a page, their attributes and their text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def _page(*changes: SourceChange, held: tuple[str, ...] = ()) -> str:
    return page.render(headline(changes), changes, RECORDS, [PAIR], held)


def test_the_page_says_everything_a_reviewer_needs() -> None:
    text = " ".join(Seen(_page(*CHANGES, held=("journal: look",))).text.split())
    for said in (
        "2 sources moved: 4 new images",
        "Held for a person. journal: look",
        "7 images in the collection after this, 1 pair of copies known",
        "gone: fatal: repository not found",
        "images/new.png",
        "images/a.png → images/moved/a.png",
        "folders/train/0.jpeg is a copy of journal/images/new.png: resized, 4 of 256 bits apart",
        "metadata.csv:7 view is 'upside down'",
        "Not for policy or initial diagnosis",
    ):
        assert said in text


def test_the_page_asks_nothing_of_the_network_and_runs_nothing() -> None:
    seen = Seen(_page(*CHANGES))
    assert not {"script", "iframe", "link", "object", "form", "base"} & set(seen.tags)
    assert not [name for name, _ in seen.attributes if name.startswith("on")]
    assert not [value for name, value in seen.attributes if name in ("src", "href")]
    assert "default-src 'none'" in _page(*CHANGES)


@pytest.mark.parametrize("text", HOSTILE)
def test_what_upstream_wrote_is_shown_and_never_acts(text: str) -> None:
    seen, plain = Seen(_page(hostile(text))), Seen(_page(hostile("x")))
    assert seen.tags == plain.tags
    assert seen.attributes == plain.attributes
    assert " ".join(text.split()) in " ".join(seen.text.split())


def test_a_long_list_is_cut_and_says_so() -> None:
    gone = tuple(row("journal", f"images/{n}.png") for n in range(1700))
    change = SourceChange(source=JOURNAL, outcome=Advanced("a", "b"), removed=gone)
    text = _page(change)
    assert text.count("<li>") <= 501
    assert "… and 1,200 more: see the manifest" in text


def test_the_same_night_gives_the_same_page() -> None:
    assert _page(*CHANGES) == _page(*CHANGES)
