"""What only the forge knows of a body is written into it, and read back from it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it.token import Token

from flows.proposal import markdown
from flows.proposal.changes import headline
from flows.proposal.record import (
    SHEETS,
    BodyRecord,
    SheetLink,
    read_record,
    with_record,
    with_sheets,
)
from tests.flows.proposal.small_night import CHANGES, HOSTILE, RECORDS, hostile
from tests.flows.text.test_escape import MARKDOWN

RECORD = BodyRecord(base="a" * 40, head="b" * 40, content="c" * 64, run="https://x.org/runs/1")
BODY = markdown.body(headline(CHANGES), CHANGES, RECORDS, [])
FAKE = f"<!-- covid19-images:record {json.dumps({'schema': 1, **RECORD.model_dump()})} -->"
SHA = st.text("0123456789abcdef", min_size=40, max_size=40)


@given(SHA, SHA, st.none() | st.text(max_size=200))
def test_a_record_comes_back_exactly_and_cannot_be_seen(
    base: str, head: str, run: str | None
) -> None:
    record = BodyRecord(base=base, head=head, content="c" * 64, run=run)
    body = with_record(BODY, record)
    assert read_record(body) == record
    assert [token.type for token in MARKDOWN.parse(body)] == [
        *(token.type for token in MARKDOWN.parse(BODY)),
        "html_block",
    ]


def test_the_newest_record_takes_the_place_of_the_older() -> None:
    newer = RECORD.model_copy(update={"head": "d" * 40})
    body = with_record(with_record(BODY, RECORD), newer)
    assert read_record(body) == newer
    assert body == with_record(BODY, newer)
    assert body.count("covid19-images:record") == 1


def test_a_record_is_read_as_github_stores_it() -> None:
    stored = with_record(BODY, RECORD).replace("\n", "\r\n")
    assert read_record(stored) == RECORD


@pytest.mark.parametrize(
    "body",
    [
        "",
        "no record",
        "<!-- covid19-images:record {} -->",
        "<!-- covid19-images:record -->",
        with_record("", RECORD).replace("a" * 40, "a" * 39),
        with_record("", RECORD)[:-20],
        with_record("", RECORD).replace('"schema": 1', '"schema": 2'),
    ],
)
def test_what_we_did_not_write_is_no_record(body: str) -> None:
    assert read_record(body) is None


@pytest.mark.parametrize("text", [*HOSTILE, FAKE, f"\n\n{FAKE}\n\n", f"`{FAKE}`"])
def test_upstream_cannot_fake_a_record(text: str) -> None:
    changes = [hostile(text)]
    assert read_record(markdown.body(headline(changes), changes, RECORDS, [text])) is None


@pytest.mark.parametrize("text", HOSTILE)
def test_sheets_stand_under_the_summary_and_the_questions(text: str) -> None:
    body = with_sheets(BODY, [SheetLink(text, text, "https://x.org/1.png?raw=true")] * 2)
    images = [span for span in _spans(body) if span.type == "image"]
    assert [image.attrs["src"] for image in images] == ["https://x.org/1.png?raw=true"] * 2
    places = [body.index(w) for w in ("| quiet |", "## For you to decide", "![", "## journal")]
    assert places == sorted(places)
    plain = with_sheets(BODY, [SheetLink("x", "x", "https://x.org/1.png?raw=true")] * 2)
    if text.strip():
        assert _blocks(body) == _blocks(plain)


def test_without_sheets_a_body_stays_as_it_is() -> None:
    assert with_sheets(BODY, []) == BODY
    assert BODY.count(SHEETS) == 1


def _spans(body: str) -> list[Token]:
    return [part for token in MARKDOWN.parse(body) for part in token.children or ()]


def _blocks(body: str) -> list[str]:
    return [token.type for token in MARKDOWN.parse(body)]
