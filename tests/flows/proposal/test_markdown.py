"""The words of a proposal, as people read them.

`UPDATE_GOLDEN=1 pytest tests/flows/proposal` writes the golden files anew; read the difference.
"""

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from flows.proposal import markdown, record
from flows.proposal.changes import SourceChange, headline
from flows.proposal.record import BodyRecord, SheetLink, with_record, with_sheets
from flows.proposal.section import LISTED, compare_link, section
from flows.upstream.outcome import Advanced
from tests.flows.proposal.small_night import (
    CHANGES,
    HOSTILE,
    JOURNAL,
    NEW,
    RECORDS,
    hostile,
    row,
    source,
)
from tests.flows.text.test_escape import MARKDOWN
from tests.support.examples import examples

GOLDEN = Path(__file__).parent / "golden"
SHEETS = [SheetLink("😷" * 300, "😷" * 300, "https://github.com/owner/repo/" + "x" * 150)] * 10
RECORD = BodyRecord(base="a" * 40, head="b" * 40, content="c" * 64, run="-" * 100)
HELD = ["journal: 1 of 4 images are gone upstream"]


def assert_is_golden(name: str, text: str) -> None:
    file = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_text(text, encoding="utf-8", newline="\n")
    assert text == file.read_text(encoding="utf-8")


def test_the_body_of_a_small_night_reads_so() -> None:
    assert_is_golden("body.md", markdown.body(headline(CHANGES), CHANGES, RECORDS, HELD))


def test_what_a_person_decides_stands_before_pictures_and_lists() -> None:
    body = markdown.body("x", CHANGES, RECORDS, HELD, look_at=["2 new conflicts", "1 new problem"])
    order = ["Waits for review", "**To look at:** 2 new conflicts, 1 new problem.", "## For you to"]
    places = [body.index(words) for words in (*order, record.SHEETS, "### Added", "## Ask the")]
    assert places == sorted(places)
    assert "To look at" not in markdown.body("x", CHANGES, RECORDS, HELD)


def test_the_section_of_changes_of_a_small_night_reads_so() -> None:
    assert_is_golden("CHANGES.md", section("Upstream as of 2020-04-01", CHANGES))


def test_a_source_that_did_nothing_has_no_section() -> None:
    assert "quiet" not in section("x", CHANGES)


def test_long_lists_end_with_how_many_more_there_are() -> None:
    gone = tuple(row("journal", f"images/{n}.png") for n in range(LISTED + 2500))
    change = SourceChange(source=JOURNAL, outcome=Advanced("a", "b"), removed=gone)
    text = section("x", [change])
    assert text.count("- `images/") == LISTED
    assert "- … and 2,500 more in CHANGES.json" in text


@pytest.mark.parametrize(
    ("url", "old", "new", "link"),
    [
        (
            "https://github.com/o/n.git",
            "a" * 40,
            "b" * 40,
            f"[`aaaaaaa…bbbbbbb`](https://redirect.github.com/o/n/compare/{'a' * 40}...{'b' * 40})",
        ),
        (
            "https://github.com/o/n",
            None,
            "b" * 40,
            f"[`bbbbbbb`](https://redirect.github.com/o/n/tree/{'b' * 40})",
        ),
        ("git@example.org:o/n.git", "a" * 40, "b" * 40, "`aaaaaaa…bbbbbbb`"),
        (
            "git@github.com:o/n.git",
            None,
            "b" * 40,
            f"[`bbbbbbb`](https://redirect.github.com/o/n/tree/{'b' * 40})",
        ),
        ("https://example.org/n", None, None, ""),
    ],
)
def test_a_change_links_to_the_upstreams_own_comparison(
    url: str, old: str | None, new: str | None, link: str
) -> None:
    outcome = Advanced(old, new or "")
    change = SourceChange(source=source("n", url=url), outcome=outcome, old=old, new=new)
    assert compare_link(change) == link


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("write", ["body", "section"])
def test_what_upstream_wrote_is_inert(text: str, write: str) -> None:
    changes = [hostile(text)]
    words = (
        markdown.body(headline(changes), changes, [NEW], [])
        if write == "body"
        else section("x", changes)
    )
    plain = (
        markdown.body(headline(changes), [hostile("x")], [NEW], [])
        if write == "body"
        else section("x", [hostile("x")])
    )
    assert _shape(words) == _shape(plain)


NAMES = st.text(max_size=300) | st.sampled_from(["😷" * 200, "x" * 4000, "-" * 900, "é" * 500])


@settings(max_examples=examples(15), deadline=None)
@example("*" * 300, 22, 30, 30, 30, 300)
@example("😷" * 300, 90, 50, 50, 50, 300)
@given(
    NAMES,
    st.sampled_from([0, 1, 9, 24]),
    st.integers(0, 30),
    st.integers(0, 30),
    st.integers(0, 30),
    st.integers(0, 300),
)
def test_a_body_always_fits_and_says_how_much_it_left_out(
    name: str, sources: int, rows: int, pairs: int, problems: int, words: int
) -> None:
    change = hostile(name)
    changes = [
        replace(
            change,
            source=source(f"s{n}", owner=name or "x"),
            added=change.added * rows,
            removed=change.removed * rows,
            undecided=change.undecided * pairs,
            relabelled=change.relabelled * rows,
            problems=change.problems * problems,
        )
        for n in range(sources)
    ]
    records = [row("journal", "x", finding=(f"{name[:50]}{n}",)) for n in range(words)]
    held = [name] * sources
    body = markdown.body(headline(changes), changes, records, held)
    whole = with_record(with_sheets(body, SHEETS), RECORD)
    assert len(whole.encode("utf-16-le")) // 2 < 65_536
    assert len(body) <= 60_000
    assert "## Ask the bot" in body
    assert body.count("<!-- covid19-images:box same ") == body.count("box different ")
    found = sum(f"## s{n} " in body for n in range(sources))
    assert ("other sources that moved, comment `/sync ignore NAME`" in body) == (sources > 21)
    assert (found == sources) or "Too much for this page: " in body


def test_what_does_not_fit_is_left_out_by_sections_and_counted() -> None:
    gone = tuple(row("journal", f"images/{'long' * 40}{n}.png") for n in range(100))
    changes = [
        SourceChange(source=source(f"s{n}"), outcome=Advanced("a", "b"), removed=gone)
        for n in range(20)
    ]
    body = markdown.body("x", changes, [], [])
    shown = body.count("### Removed")
    assert 0 < shown < 20
    assert body.count("- `images/") == shown * LISTED
    assert f"**Too much for this page: {(20 - shown) * 100:,} more in CHANGES.json.**" in body
    assert "## The collection after this" not in body  # it is told elsewhere too, so it goes first


def _shape(text: str) -> list[tuple[str, str]]:
    """List what a text is made of, without what stands in code spans."""
    shape = []
    for token in MARKDOWN.parse(re.sub(r"(?<=<!-- covid19-images:box )[\w %/.~]+", "", text)):
        parts = token.children if token.children is not None else [token]
        shape += [(part.type, "" if part.type == "code_inline" else part.content) for part in parts]
        shape += [(part.type, str(part.attrs.get("href"))) for part in parts if part.attrs]
    return shape
