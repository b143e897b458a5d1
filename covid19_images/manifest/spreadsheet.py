"""Write CSV that people may open in a spreadsheet: no cell of it is taken for a formula.

A program that reads such a file back removes one apostrophe where `cell` put one, see `uncell`.
Cells that are numbers by their type are left alone; Parquet and JSON hold every text as it is.
"""

import re
from collections.abc import Iterable

# What begins a formula: at the beginning of a cell, and behind what some spreadsheets split a cell
# at as well (a semicolon in many countries). The apostrophe is there so that reading is exact.
# https://owasp.org/www-community/attacks/CSV_Injection
_BEGINS = "=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20'"
BEGINS = f"(^|[;\t])[{_BEGINS}]"  # where a text needs `cell`
_ALIVE = re.compile(f"(^|[;\t])(?=[{_BEGINS}])")
FIRST = frozenset(_BEGINS.replace("\\", ""))  # a text that begins otherwise has `;` or a tab
_QUIETED = re.compile(f"(^|[;\t])'(?=[{_BEGINS}])")

_QUOTED = re.compile('[,"\r\n]')


def cell(text: str) -> str:
    """Return a text as a cell that no spreadsheet takes for a formula; `uncell` reads it back.

    An apostrophe is put before what would begin a formula, and before an apostrophe.

    >>> cell("=HYPERLINK(1)"), cell("a;+1"), cell("view is 'odd'")
    ("'=HYPERLINK(1)", "a;'+1", "view is 'odd'")
    """
    if not text or (text[0] not in FIRST and ";" not in text and "\t" not in text):
        return text  # most texts by far: a pattern costs ten times as much
    return _ALIVE.sub(r"\1'", text)


def uncell(text: str) -> str:
    """Return the text that `cell` wrote.

    >>> uncell(cell("'=1"))
    "'=1"
    """
    return _QUIETED.sub(r"\1", text) if "'" in text else text


def dumps(rows: Iterable[Iterable[object]]) -> str:
    """Write rows as CSV with LF; texts become cells that no spreadsheet takes for a formula."""
    return "".join(
        line(cell(v) if isinstance(v, str) else "" if v is None else str(v) for v in row)
        for row in rows
    )


def line(cells: Iterable[str]) -> str:
    """Write one line of CSV, as RFC 4180 quotes it.

    Python's own writer leaves a carriage return unquoted where lines end in LF, and its reader
    then takes it for the end of a line.

    >>> line(["a,b", "c;d"]).rstrip()
    '"a,b",c;d'
    """
    texts = list(cells)
    plain = ",".join(texts)
    if plain.count(",") == len(texts) - 1 and not any(sign in plain for sign in '"\r\n'):
        return plain + "\n"
    return ",".join(map(_quoted, texts)) + "\n"


def _quoted(text: str) -> str:
    return f'"{text.replace(chr(34), chr(34) * 2)}"' if _QUOTED.search(text) else text
