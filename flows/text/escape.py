"""Make text from upstream harmless wherever it lands: it is shown, it never acts.

One function for each place a text can land in:

| place | function | what could act there |
|---|---|---|
| Markdown, as a quotation | `code` | links, mentions, HTML, table breaks, our own marks |
| Markdown, as prose | `text` | the same, and emphasis |
| a line of a log | `log_line` | workflow commands, terminal codes |
| a cell of a CSV people open | `covid19_images.manifest.spreadsheet.cell` | formulas |
| a JSON or TOML file | `visible` | characters that cannot be seen |

Where nothing else helps, a character is replaced by its full-width twin: it reads the same, and
GitHub does not know it. (An entity or a zero-width space would be decoded or could hide.)
"""

# ruff: noqa: RUF001, RUF002  lookalikes are what this module is about

import re
import unicodedata
from urllib.parse import quote

_LOOKALIKES = str.maketrans("`|", "'¦")
_MOST = 200  # characters of one upstream text that are worth a reviewer's time
_FULL_WIDTH = 0xFEE0  # from an ASCII character to its full-width twin

# What GitHub makes live in prose: mentions and `owner/repo@sha`, `#12`, `GH-12`, `:emoji:`, and
# addresses with and without a scheme …
_LIVE = re.compile(
    r"[@#]|(?<=GH)-(?=\d)|:(?=//|\w)|(?<=www)\.|(?<=github)\.", re.IGNORECASE | re.ASCII
)
# … and names of commits, from seven digits on.
_COMMIT = re.compile(r"(?<![0-9a-z_])[0-9a-f]{7,}(?![0-9a-z_])", re.IGNORECASE)
_SIX = re.compile("(.)(.{0,5})")
# Letters and marks that draw nothing; the selector of emoji, U+FE0F, may stay.
_BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0e\uffa0\U000e0100-\U000e01ef]"
)
# What Markdown takes for markup within a line, and what begins a list, a heading or a quotation.
_MARKUP = re.compile(r"[\\*_\[\]<>~&$!]|^[-+=#>]")
_NUMBERED = re.compile(r"^(\d+)([.)])")


def code(text: str, *, most: int = _MOST) -> str:
    r"""Escape a text as a Markdown code span: no link, mention, HTML or table break lives in it.

    GitHub neither links nor notifies from code, and closes no issue for it.

    >>> code("a|b`c")
    "`a¦b'c`"
    """
    # A pipe would end a table's cell, and its escape is shown as it is outside of tables.
    plain = _one_line(text, most).translate(_LOOKALIKES)
    # Our marks in a body are HTML comments; with this, nobody else's text can hold one.
    plain = plain.replace("<!--", "‹!--")
    return f"`{plain}`" if plain else "` `"


def text(text: str, *, most: int = _MOST) -> str:
    r"""Escape a text as Markdown prose: as it reads, with nothing live in it.

    >>> text("*J. Doe* <j@x.org>, see #12")
    '\\*J. Doe\\* \\<j＠x.org\\>, see ＃12'
    """
    plain = _inert(_one_line(text, most).translate(_LOOKALIKES))
    return _NUMBERED.sub(r"\1\\\2", _MARKUP.sub(lambda found: "\\" + found[0], plain))


def log_line(text: str) -> str:
    """Escape a text as one line of a log: no workflow command and no terminal code lives in it.

    >>> log_line("::set-output name=x::y")
    '：：set-output name=x：：y'
    """
    plain = "".join(
        "�" if _hidden(c) else c for c in re.sub(r"[\r\n\v\f\x85\u2028\u2029]+", " ", text)
    )
    return re.sub("::|##(?=\\[)", lambda found: _wide(":#", found[0]), plain)


def visible(text: str, *, wide: str = "\\u") -> str:
    r"""Spell out the characters of a JSON or TOML file that cannot be seen.

    Args:
        text: The file; such characters stand in its strings only.
        wide: `\u` spells characters beyond the first plane as JSON does, `\U` as TOML does.
    """
    return "".join(_spelled(c, wide) if c != "\n" and _hidden(c) else c for c in text)


def link(shown: str, url: str) -> str:
    """Link to a page without leaving a trace there.

    GitHub notes on an issue, a pull request or a commit who links to it; `redirect.github.com` is
    its own way of linking without that:
    https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls#avoiding-backlinks-to-linked-references

    Args:
        shown: What the link says, in Markdown.
        url: Where it leads.
    """
    quiet = re.sub(r"^https?://(www\.)?github\.com/", "https://redirect.github.com/", url)
    return f"[{shown}]({quote(quiet, safe=':/?&=%.~#')})"


def _one_line(text: str, most: int) -> str:
    plain = "".join("�" if _hidden(c) else c for c in " ".join(text.split()))
    return plain[: most - 1] + "…" if len(plain) > most else plain


def _inert(text: str) -> str:
    text = _LIVE.sub(lambda found: _twin(found[0]), text)
    return _COMMIT.sub(lambda found: _SIX.sub(lambda six: _twin(six[1]) + six[2], found[0]), text)


def _twin(character: str) -> str:
    return chr(ord(character) + _FULL_WIDTH)


def _wide(characters: str, text: str) -> str:
    return text.translate({ord(c): ord(c) + _FULL_WIDTH for c in characters})


def _hidden(character: str) -> bool:
    category = unicodedata.category(character)
    return category in {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"} or bool(_BLANK.match(character))


def _spelled(character: str, wide: str) -> str:
    number = ord(character)
    if number <= 0xFFFF:
        return f"\\u{number:04x}"
    if wide == "\\U":
        return f"\\U{number:08x}"
    units = character.encode("utf-16-be")
    return f"\\u{units[:2].hex()}\\u{units[2:].hex()}"
