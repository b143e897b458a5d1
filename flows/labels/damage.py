"""Recognise files that are no table at all, and say what they are."""

import re

_MAGIC = (
    (
        b"version https://git-lfs.github.com/spec/",
        "a Git LFS pointer; the table itself is not here",
    ),
    (b"/annex/objects/", "a git-annex pointer; the table itself is not here"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls); its owner should save it as CSV or XLSX"),
    (b"%PDF-", "a PDF"),
    (b"\x1f\x8b", "compressed with gzip"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"{\\rtf", "a rich text document"),
)
_MARKUP = re.compile(rb"\s*<(?:!doctype|html|\?xml|table|head)\b", re.IGNORECASE)
_JSON = re.compile(rb"\s*[\[{]\s*[\[{\"]")
_CONFLICT = re.compile(r"^(?:<{7}|={7}|>{7}|\|{7})(?: .*)?$", re.MULTILINE)


class UnreadableTableError(Exception):
    """Raised for a table that cannot be read: why."""


def refuse_other_files(content: bytes) -> None:
    """Raise where a file is empty or of a kind that is no table.

    Raises:
        UnreadableTableError: With what it is.
    """
    if not content.strip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"):
        raise UnreadableTableError("it is empty")
    content = content.removeprefix(b"\xef\xbb\xbf")
    for magic, what in _MAGIC:
        if content.startswith(magic):
            raise UnreadableTableError(f"this is {what}")
    if _MARKUP.match(content):
        raise UnreadableTableError("this is a web page or XML, not a table")
    if _JSON.match(content):
        raise UnreadableTableError("this is JSON, not a table")


def refuse_conflicts(text: str) -> None:
    """Raise where somebody committed the marks of a merge conflict.

    Raises:
        UnreadableTableError: With the line of the first mark.
    """
    if found := _CONFLICT.search(text.replace("\r\n", "\n")):
        line = text.count("\n", 0, found.start()) + 1
        raise UnreadableTableError(f"line {line} is the mark of a merge conflict")
