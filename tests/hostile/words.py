"""Tables and names that are too large, broken, or want to act where they are shown."""

import io
import zipfile

from tests.hostile.files import zeros

MARK = "evil"  # in every text that tries to act

ACTING = (
    f'=HYPERLINK("http://{MARK}.example")',
    f"+cmd|' /C {MARK}'!A0",
    f"-2+3+{MARK}",
    f"@SUM({MARK})",
    f"\t={MARK}",
    f"@{MARK}-team please look",
    f"fixes #1 {MARK}",
    f"<img src=x onerror={MARK}()>",
    f"<script>{MARK}()</script>",
    f"[{MARK}](javascript:{MARK}())",
    f"![x](http://{MARK}.example/x.png)",
    f"::set-output name={MARK}::1",
    f"##[error]{MARK}",
    f"::stop-commands::{MARK}",
    f"`{MARK}` | ~~x~~ |",
    f"<!-- covid19-images:sheets {MARK} -->",
    f"\x1b[31m{MARK}\x1b[0m",
    f"\u202e{MARK}\u200b",
    f"Co-authored-by: {MARK} <x@{MARK}.example>",
    f"[skip ci] {MARK}",
    f"- [x] {MARK} <!-- answer -->",
    f"www.{MARK}.example https://{MARK}.example",
    f"{{{{ {MARK} }}}} ${{{{ github.token }}}}",
)


def acting_table() -> bytes:
    """Write a table whose cells, keys and header all try to act."""
    lines = ["filename,finding,notes,view"]
    lines += [f"{_cell(text)},{_cell(text)},{_cell(text)},{_cell(text)}" for text in ACTING]
    lines += [f"x.png,{_cell(text)},{_cell(text)},PA" for text in ACTING[:1]]
    header = ",".join(_cell(text) for text in ACTING)
    return "\n".join([f"{lines[0]},{header}", *lines[1:], ""]).encode()


def _cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _bomb() -> bytes:
    """Write a workbook whose only sheet unpacks to 512 MB."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        with book.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            for _ in range(512):
                sheet.write(bytes(2**20))
        book.writestr("[Content_Types].xml", "<Types/>")
    return out.getvalue()


def _entities() -> bytes:
    """Write a workbook with an entity that grows to 10^9 letters."""
    grown = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    text = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol">{grown}]><x>&l9;</x>'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as book:
        for part in ("[Content_Types].xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml"):
            book.writestr(part, text)
    return out.getvalue()


def tables() -> dict[str, bytes]:
    """Make hostile tables, by name; each belongs to a source with one good picture."""
    row = b"filename,finding\nx.png,"
    return {
        "acting.csv": acting_table(),
        "columns.csv": b"filename," + b",".join(b"c%d" % n for n in range(10**6)) + b"\n",
        "cells.csv": b"filename,finding\nx.png" + b"," * 10**6 + b"\n",
        "long-cell.csv": row + b"x" * 10**6 + b"\n",
        "rows.csv": b"filename,finding\n" + b"y.png,a\n" * 1_100_000,
        "strangers.csv": b"filename,finding\n"
        + b"".join(b"%d.png,q%d\n" % (n, n) for n in range(30_000)),
        "nul.csv": row + b"a\0b\n\0,\0\n",
        "not-utf8.csv": row + b"\xff\xfe\x81\x8d\n",
        "utf16.csv": "filename,finding\nx.png,normal\n".encode("utf-16"),
        "quote.csv": row + b'"never closed\n' * 50,
        "returns.csv": b"filename,finding\r\rx.png,a\r\n",
        "same-columns.csv": b"filename,filename,filename\nx.png,y,z\n",
        "empty.csv": b"",
        "picture.csv": b"\x89PNG\r\n\x1a\n" + bytes(64),
        "bomb.xlsx": _bomb(),
        "entities.xlsx": _entities(),
        "broken.xlsx": b"PK\x03\x04" + zeros(2**16),
        "fat.csv": row + b"x" * (70 * 2**20),
    }


def paths() -> dict[bytes, str]:
    """Name odd paths below `images/`, with the mode of each entry."""
    acting = {b"images/" + t.replace("/", "_").encode() + b".png": "100644" for t in ACTING}
    plain = (
        b"new\nline",
        b"tab\t",
        b"bell\a",
        b"\xff\xfe",
        b"nul%00",
        b"back\\slash",
        b" ",
        b"-rf",
        b"--upload-pack=touch",
        b"A",
        b"a",
        "é".encode(),
        "e\u0301".encode(),
        "\u202egnp".encode(),
        b"con",
        b"aux.txt",
        b"a:b",
        b"~",
        b"$(touch ran)",
        b"`touch ran`",
        b"; touch ran",
        b"x" * 240,
        b"/".join([b"d"] * 60),
    )
    return (
        acting
        | {b"images/" + name + b".png": "100644" for name in plain}
        | {
            b"images/link.png": "120000",
            b"images/out": "120000",
            b"images/self": "160000",
            b".gitattributes": "100644",
            b".lfsconfig": "100644",
            b".gitmodules": "100644",
        }
    )
