"""Find where in a TOML file a key stands, so that a remark can point at its line."""

import re
from collections.abc import Sequence

_AT_LINE = re.compile(r"\bat line (\d+)")


def line_of(text: str, key: str) -> int:
    r"""Return the line of a dotted key, or of the nearest thing above it that is there; else 1.

    >>> line_of("a = 1\n[[pairs]]\nb = 2\n[[pairs]]\nb = 3\n", "pairs.1.b")
    5

    Args:
        text: The file.
        key: As validators print it: names and, for entries of a list, numbers, between dots.
    """
    lines, at = text.splitlines(), 0
    parts = key.split(".")
    while parts:
        name, *parts = parts
        nth = int(parts.pop(0)) if parts and parts[0].isdecimal() else 0
        found = _find(lines, at, name, nth)
        if found is None:
            break
        at = found
    return at + 1


def line_of_error(text: str, message: str) -> int:
    """Return the line that a message of `flows.config.load` is about.

    Args:
        text: The file.
        message: What is wrong, without the file's name.
    """
    if found := _AT_LINE.search(message):
        return int(found[1])
    key = re.search(r"there is no key '([^']+)'", message) or re.match(r"([\w.-]+)", message)
    return line_of(text, key[1]) if key else 1


def _find(lines: Sequence[str], start: int, name: str, nth: int) -> int | None:
    """Find the nth line from a start on that opens a table of this name or sets this key."""
    word = re.escape(name)
    opens = re.compile(rf"\s*(\[\[?[^\]]*\b{word}\s*\]|[\"']?{word}[\"']?\s*=|{word}\.)")
    found = [i for i in range(start, len(lines)) if opens.match(lines[i])]
    return found[nth] if len(found) > nth else None
