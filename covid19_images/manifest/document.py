"""Format what a command prints: JSON that names its schema, and lines for a terminal."""

import json
from collections.abc import Mapping
from typing import Any

SCHEMA = 1  # bump when a key changes its meaning or goes; new keys may come at any time


def document(values: Mapping[str, Any], *, indent: int | None = None) -> str:
    """Return one JSON object; `schema` is its first key.

    >>> document({"version": "2026.11.23"})
    '{"schema": 1, "version": "2026.11.23"}'

    Args:
        values: What is in it; dates become text.
        indent: Spaces, for people who look at it.
    """
    whole = {"schema": SCHEMA, **values}
    return json.dumps(whole, indent=indent, ensure_ascii=False, default=str)


def lines(text: str) -> str:
    r"""Return a text with its lines, without what else would steer a terminal.

    >>> lines("a\x1b[2J\nb")
    'a�[2J\nb'
    """
    return "\n".join(map(one_line, text.split("\n")))


def one_line(text: str) -> str:
    r"""Return a text as one line, without what would steer a terminal.

    >>> one_line("a\x1b[2J\nb")
    'a�[2J�b'
    """
    return "".join(mark if mark.isprintable() else "\N{REPLACEMENT CHARACTER}" for mark in text)
