"""Make text from upstream harmless in Markdown: it is shown, it never acts."""

import unicodedata

_LOOKALIKES = str.maketrans("`|", "'¦")
_MOST = 200  # characters of one upstream text that are worth a reviewer's time


def code(text: str, *, most: int = _MOST) -> str:
    r"""Show a text as a Markdown code span: no link, mention, HTML or table break lives in it.

    >>> code("a|b`c")
    "`a¦b'c`"
    """
    plain = "".join("�" if _hidden(c) else c for c in " ".join(text.split()))
    if len(plain) > most:
        plain = plain[: most - 1] + "…"
    # A pipe would end a table's cell, and its escape is shown as it is outside of tables.
    return "`" + plain.translate(_LOOKALIKES) + "`" if plain else "` `"


def _hidden(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}
