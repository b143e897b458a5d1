"""Templates of pages: what a text hides is shown, and every value is escaped."""

import unicodedata
from pathlib import Path

import jinja2

_HIDDEN = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}


def visible(text: str) -> str:
    r"""Write hidden characters as their names, so that they do not act, and fold white space.

    >>> visible("a\u202egnp.exe")
    'a[U+202E]gnp.exe'
    """
    folded = " ".join(text.split())
    if folded.isprintable():
        return folded
    return "".join(f"[U+{ord(c):04X}]" if unicodedata.category(c) in _HIDDEN else c for c in folded)


def _shown(value: object) -> object:
    return visible(value) if type(value) is str else value  # markup of ours is no plain text


def templates(folder: Path | None = None) -> jinja2.Environment:
    """Return what renders the templates of a folder, or such as are passed as texts."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder) if folder else None,
        autoescape=True,
        auto_reload=False,
        undefined=jinja2.StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
