"""Show what a text hides: controls, and characters that turn the words around them."""

import unicodedata

_HIDDEN = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}


def visible(text: str) -> str:
    r"""Write hidden characters as their names, so that they do not act, and fold white space.

    >>> visible("a\u202egnp.exe")
    'a[U+202E]gnp.exe'
    """
    folded = " ".join(text.split())
    return "".join(f"[U+{ord(c):04X}]" if unicodedata.category(c) in _HIDDEN else c for c in folded)
