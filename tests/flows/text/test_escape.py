"""Text from upstream is shown and never acts, wherever it lands."""

import json
import re
import string
import tomllib
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from flows.text.escape import code, link, log_line, text, visible
from tests.flows.proposal.small_night import HOSTILE

# CommonMark with HTML, tables, strikethrough and links of bare addresses, as on GitHub.
MARKDOWN = MarkdownIt("gfm-like", {"html": True})
MARKDOWN.linkify.set({"fuzzy_link": False})  # GitHub makes no link of example.org …
MARKDOWN.linkify.add("//", None)  # … nor of //example.org

FRAGMENTS = (
    *HOSTILE,
    "@",
    "#1",
    "GH-1",
    "fixes ",
    "owner/repo",
    "://",
    "https:",
    "www.",
    "github.com/o/r/",
    "issues/1",
    "a@b.org",
    "`",
    "``",
    "|",
    "\\",
    "<",
    "<!--",
    "-->",
    "&amp;",
    "*",
    "_",
    "~~",
    "![",
    "](x)",
    "\n",
    "\r",
    "\u2028",
    "\u200b",
    "\u202e",
    "- ",
    "1. ",
    "> ",
    "# ",
    "+ ",
    "---",
    "===",
    "::",
    "##[",
    ":smile:",
    "$x$",
    "$$",
    "deadbeef",
    "[ ]",
    "mailto:",
    "ftp://x.org",
    "Co-authored-by:",
)
WORDS = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=4), max_size=8).map("".join)
AROUND = st.sampled_from(["{}", "x {} y", "- {}", "1. {}", "- [ ] {}", "# {}", "> {}", "*{}*"])

# What GitHub looks for outside of code, said independently of how we prevent it.
LIVE = re.compile(
    r"@\w|#\d|\bGH-\d|https?://|ftp://|\bwww\.|\bgithub\.com|(?:mailto|xmpp):\w|:\w+:|\b[0-9a-f]{7,40}\b",
    re.IGNORECASE | re.ASCII,
)
HIDDEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def _spans(words: str) -> list[Token]:
    """List what stands within the lines of a text."""
    inline = [token for token in MARKDOWN.parse(words) if token.type == "inline"]
    return [part for token in inline for part in token.children or ()]


def _blocks(words: str) -> list[str]:
    return [token.type for token in MARKDOWN.parse(words)]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("images/a b.png", "`images/a b.png`"),
        ("a`b|c", "`a'b¦c`"),
        ("two\r\nlines\t!", "`two lines !`"),
        ("\u202egnp", "`\ufffdgnp`"),
        ("a\u200bb\x1b[0m", "`a\ufffdb\ufffd[0m`"),
        ("a\u3164b\ufe01", "`a\ufffdb\ufffd`"),
        ("a <!-- b -->", "`a ‹!-- b -->`"),  # noqa: RUF001
        ("", "` `"),
        ("  ", "` `"),
        ("x" * 201, "`" + "x" * 199 + "…`"),
        ("naïve 😷 日本", "`naïve 😷 日本`"),
    ],
)
def test_a_text_is_shown_as_a_code_span(written: str, shown: str) -> None:
    assert code(written) == shown


@given(WORDS, AROUND)
def test_a_quotation_is_one_code_span_and_nothing_else_is_live(words: str, around: str) -> None:
    quoted = around.format(code(words))
    kinds = [span.type for span in _spans(quoted)]
    assert kinds.count("code_inline") == 1
    assert kinds == [span.type for span in _spans(around.format("`x`"))]
    assert _blocks(quoted) == _blocks(around.format("`x`"))


@given(WORDS, AROUND)
def test_prose_reads_as_it_was_written_and_nothing_in_it_is_live(words: str, around: str) -> None:
    spans = _spans(around.format(text("a " + words)))
    assert {span.type for span in spans} <= {"text", "text_special", "em_open", "em_close"}
    assert _blocks(around.format(text("a " + words))) == _blocks(around.format("a"))
    read = "".join(span.content for span in spans)
    assert not LIVE.search(read)
    assert not HIDDEN.search(read)


@given(WORDS.filter(lambda words: text(words).strip()))
def test_prose_may_begin_a_line(words: str) -> None:
    assert _blocks(text(words)) == ["paragraph_open", "inline", "paragraph_close"]
    assert {span.type for span in _spans(text(words))} <= {"text", "text_special"}


@given(st.text(alphabet=sorted(set(string.printable) - set("`|\t\n\r\v\f")), max_size=150))
def test_prose_looks_as_it_was_written(words: str) -> None:
    plain = " ".join(words.split())
    shown = "".join(span.content for span in _spans(text(words)))
    assert unicodedata.normalize("NFKC", shown) == plain


@given(WORDS, st.sampled_from([code, text]))
def test_a_text_stays_in_its_cell_of_a_table(words: str, show: type[str]) -> None:
    tokens = MARKDOWN.parse(f"| a | b |\n| --- | --- |\n| {show(words)} | 2 |\n")
    assert len([token for token in tokens if token.type == "td_open"]) == 2
    assert [token.content for token in tokens if token.type == "inline"][-1] == "2"


@given(WORDS, st.sampled_from([code, text]))
def test_no_text_holds_a_comment_of_ours(words: str, show: type[str]) -> None:
    assert "<!--" not in show(words)


@given(WORDS)
def test_a_line_of_a_log_is_no_workflow_command(words: str) -> None:
    line = log_line(words)
    assert len(line.splitlines()) <= 1
    assert not line.lstrip().startswith("::")
    assert "##[" not in line
    assert not HIDDEN.search(line)


def test_ordinary_lines_of_a_log_stay_as_they_are() -> None:
    line = "set  moved on (5 images): 1 new image. See C:/x or https://example.org/a#b"
    assert log_line(line) == line


@given(WORDS)
def test_spelled_out_json_and_toml_say_the_same(words: str) -> None:
    written = visible(json.dumps(words, ensure_ascii=False))
    assert json.loads(written) == words
    assert not HIDDEN.search(written)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_toml_is_spelled_out_in_its_own_way(words: str) -> None:
    escaped = json.dumps(words, ensure_ascii=False).replace("\x7f", "\\u007f")
    written = visible(f"a = {escaped}\n", wide="\\U")
    assert tomllib.loads(written) == {"a": words}
    assert not HIDDEN.search(written)


@pytest.mark.parametrize(
    ("url", "quiet"),
    [
        ("https://github.com/o/r/issues/1", "https://redirect.github.com/o/r/issues/1"),
        ("http://www.github.com/o/r", "https://redirect.github.com/o/r"),
        ("https://example.org/a b(c)|<d>", "https://example.org/a%20b%28c%29%7C%3Cd%3E"),
        ("https://doi.org/10.1/x", "https://doi.org/10.1/x"),
    ],
)
def test_a_link_leaves_no_trace_upstream_and_cannot_be_broken_out_of(url: str, quiet: str) -> None:
    assert link("x", url) == f"[x]({quiet})"
    assert [span.type for span in _spans(link("x", url))] == ["link_open", "text", "link_close"]
