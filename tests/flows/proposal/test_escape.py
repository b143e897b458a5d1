"""Text from upstream is shown and never acts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from flows.proposal.escape import code
from tests.flows.proposal.small_night import HOSTILE

MARKDOWN = MarkdownIt("commonmark", {"html": True, "linkify": False}).enable(
    ["table", "strikethrough"]
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("images/a b.png", "`images/a b.png`"),
        ("a`b|c", "`a'b¦c`"),
        ("two\r\nlines\t!", "`two lines !`"),
        ("\u202egnp", "`\ufffdgnp`"),
        ("a\u200bb\x1b[0m", "`a\ufffdb\ufffd[0m`"),
        ("", "` `"),
        ("  ", "` `"),
        ("x" * 201, "`" + "x" * 199 + "…`"),
        ("naïve 😷 日本", "`naïve 😷 日本`"),
    ],
)
def test_a_text_is_shown_as_a_code_span(text: str, shown: str) -> None:
    assert code(text) == shown


@given(st.text() | st.sampled_from(HOSTILE), st.sampled_from(["- {}", "# {}", "{} x", "> {}"]))
def test_a_text_is_one_code_span_and_nothing_else(text: str, around: str) -> None:
    tokens = MARKDOWN.parse(around.format(code(text)))
    [inline] = [token for token in tokens if token.type == "inline"]
    kinds = {token.type for token in inline.children or () if token.content.strip()}
    assert kinds <= {"code_inline", "text"}
    beside = "".join(token.content for token in inline.children or () if token.type == "text")
    assert beside.strip() in ("", "x")


@given(st.text() | st.sampled_from(HOSTILE))
def test_a_text_stays_in_its_cell_of_a_table(text: str) -> None:
    tokens = MARKDOWN.parse(f"| a | b |\n| --- | --- |\n| {code(text)} | 2 |\n")
    cells = [token for token in tokens if token.type == "td_open"]
    assert len(cells) == 2
    assert [token.content for token in tokens if token.type == "inline"][-1] == "2"
