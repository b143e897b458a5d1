"""Tables as they break: read right, or held with one sentence; nothing lost, nothing guessed."""

import codecs
import csv
import io

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from covid19_images.images.refused import Refused
from covid19_images.manifest.record import Record
from flows.config import load
from flows.config.source import Source
from flows.labels.assign import label
from flows.labels.files import read_table
from flows.labels.keep import Kept, keep_labels
from flows.labels.rows import describe
from flows.upstream.history import Dates
from flows.upstream.tree import Entry
from tests.support.collection import ROOT

VOCABULARY = load.load(ROOT / "config").vocabulary
HEADER = ["filename", "patientid", "sex", "age", "finding", "temperature", "notes"]
ROWS = [
    [
        f"{n}.png",
        str(n // 2),
        "MF"[n // 2 % 2],
        str(30 + n // 2),
        "COVID-19",
        "38.5",
        f"naïve é {n}",
    ]
    for n in range(10)
]
PATHS = [f"images/{n}.png" for n in range(10)]
SOURCE = Source.model_validate(
    {
        "name": "set",
        "title": "",
        "owner": "",
        "url": "https://x/",
        "order": 1,
        "files": {"images": ["/images/"]},
        "tables": [
            {
                "files": ["metadata.csv"],
                "path": "images/{filename}",
                "fields": {
                    "patient": "patientid",
                    "sex": "sex",
                    "age": "age",
                    "finding": "finding",
                    "temperature": "temperature",
                    "notes": "notes",
                },
            }
        ],
        "patient": {"readable": True},
    }
)


def _text(
    header: list[str] = HEADER, rows: list[list[str]] = ROWS, *, end: str = "\n", **dialect: str
) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator=end, **dialect).writerows([header, *rows])  # type: ignore[call-overload]
    return out.getvalue()


def _cells(column: int, text: str) -> str:
    """Write the table with one column all the same."""
    return _text(rows=[[*row[:column], text, *row[column + 1 :]] for row in ROWS])


def _line(number: int, text: str) -> str:
    """Write the table with one line another."""
    lines = _text().splitlines()
    return "\n".join([*lines[: number - 1], text, *lines[number:]]) + "\n"


def _workbook(*sheets: list[list[str]]) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.remove(book.active)
    for rows in sheets:
        sheet = book.create_sheet()
        for row in rows:
            sheet.append(row)
    book.save(out)
    return out.getvalue()


def _described(content: bytes | Refused | None, before: tuple[Record, ...] = ()) -> Kept:
    [table] = SOURCE.tables
    files = [read_table(table, "metadata.csv", content)] if content is not None else []
    labelled = label(SOURCE, files, PATHS)
    entries = [Entry(path, f"{n:040x}") for n, path in enumerate(PATHS)]
    dates = dict.fromkeys(PATHS, Dates(None, None))
    readings = {entry.blob: Refused("no picture") for entry in entries}
    described = describe(SOURCE, VOCABULARY, entries, readings, labelled, dates)
    kept = keep_labels(
        SOURCE,
        {record.path: record for record in before},
        described.records,
        labelled,
        share=0.2,
        same_mapping=True,
    )
    return Kept(kept.records, (*described.problems, *kept.problems), kept.reasons)


RIGHT = _described(_text().encode()).records

READ: dict[str, bytes] = {
    "as it was": _text().encode(),
    "CRLF": _text(end="\r\n").encode(),
    "CR alone": _text(end="\r").encode(),
    "no newline at the end": _text().rstrip("\n").encode(),
    "UTF-8 with a mark": _text().encode("utf-8-sig"),
    "marks of the files it was put together of": "\n".join(
        line if n % 4 else f"\ufeff{line}" for n, line in enumerate(_text().split("\n"))
    ).encode(),
    "two marks": ("\ufeff" + _text()).encode("utf-8-sig"),
    "cp1252": _text().encode("cp1252"),
    "UTF-16 LE with a mark": _text().encode("utf-16"),
    "UTF-16 BE with a mark": b"\xfe\xff" + _text().encode("utf-16-be"),
    "UTF-16 LE without a mark": _text().encode("utf-16-le"),
    "UTF-16 BE without a mark": _text().encode("utf-16-be"),
    "UTF-16 with CRLF and tabs": _text(end="\r\n", delimiter="\t").encode("utf-16"),
    "UTF-16 with semicolons and no mark": _text(delimiter=";").encode("utf-16-le"),
    "UTF-32": _text().encode("utf-32"),
    "semicolons": _text(delimiter=";").encode(),
    "semicolons and a mark": _text(delimiter=";").encode("utf-8-sig"),
    "semicolons in cp1252": _text(delimiter=";").encode("cp1252"),
    "semicolons, decimal commas": _text(delimiter=";").replace("38.5", "38,5").encode(),
    "quoted decimal commas": _text().replace("38.5", '"38,5"').encode(),
    "tabs": _text(delimiter="\t").encode(),
    "bars": _text(delimiter="|").encode(),
    "all quoted": _text(quoting=csv.QUOTE_ALL).encode(),  # type: ignore[arg-type]
    "sep=;": ("sep=;\n" + _text(delimiter=";")).encode(),
    "sep=,": ("sep=,\r\n" + _text()).encode(),
    "sep=tab": ("sep=\t\n" + _text(delimiter="\t")).encode(),
    "SEP=^": ("SEP=^\n" + _text(delimiter="^")).encode(),
    "sep= in UTF-16": ("sep=;\n" + _text(delimiter=";")).encode("utf-16"),
    "a blank line first": ("\n" + _text()).encode(),
    "blank lines first": ("\n \n\n" + _text()).encode(),
    "a title first": ("COVID-19 images of 2020\n" + _text()).encode(),
    "a title, a date, a blank line": ("Images, second edition\n2020-04-01\n\n" + _text()).encode(),
    "a comment first": ("# filename is the key\n" + _text()).encode(),
    "a title and semicolons": ("Images\n\n" + _text(delimiter=";")).encode(),
    "names in capitals": _text([name.upper() for name in HEADER]).encode(),
    "names with spaces": _text([f" {name} " for name in HEADER]).encode(),
    "columns in another order": _text(HEADER[::-1], [row[::-1] for row in ROWS]).encode(),
    "rows in another order": _text(rows=ROWS[::-1]).encode(),
    "blank rows between": _text().replace("\n", "\n\n").encode(),
    "rows of commas at the end": (_text() + ",,,,,,\n,,,\n").encode(),
    "another column": _text([*HEADER, "new"], [[*row, "x"] for row in ROWS]).encode(),
    "a workbook": _workbook([HEADER, *ROWS]),
    "a workbook with a title": _workbook([["Images"], [], HEADER, *ROWS]),
    "a workbook with another sheet first": _workbook([["notes"], ["x"]], [HEADER, *ROWS]),
    "the header again below": _text(rows=[*ROWS[:5], HEADER, *ROWS[5:]]).encode(),
    "a column twice": _text([*HEADER, "finding"], [[*row, "SARS"] for row in ROWS]).encode(),
    "padded patients": _text(rows=[[r[0], r[1].zfill(3), *r[2:]] for r in ROWS]).encode(),
    "patients with decimals": _text(rows=[[r[0], f"{r[1]}.0", *r[2:]] for r in ROWS]).encode(),
    "Fahrenheit": _cells(5, "101.3").encode(),
}

HELD: dict[str, tuple[bytes | Refused | None, str]] = {
    "gone": (None, "the upstream has no metadata.csv any more"),
    "empty": (b"", "it is empty"),
    "white space": (b"\xef\xbb\xbf \r\n\n", "it is empty"),
    "a header alone": (",".join(HEADER).encode(), "has a header, and not one row"),
    "an LFS pointer": (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"a" * 64 + b"\nsize 9\n",
        "a Git LFS pointer",
    ),
    "a git-annex pointer": (
        b"/annex/objects/SHA256E-s5--00.csv\n",
        "a git-annex pointer",
    ),
    "an LFS pointer behind a mark": (
        codecs.BOM_UTF8 + b"version https://git-lfs.github.com/spec/v1\r\nsize 9\r\n",
        "a Git LFS pointer",
    ),
    "not fetched": (Refused("larger than 64 MB"), "larger than 64 MB"),
    "a conflict": (
        _line(4, "<<<<<<< HEAD\n2.png,1,F,31,COVID-19,38.5,x\n=======\n>>>>>>> theirs").encode(),
        "line 4 is the mark of a merge conflict",
    ),
    "a web page": (b"<!DOCTYPE html>\n<html><body>404: not found</body></html>", "a web page"),
    "JSON": (b'[{"filename": "0.png"}]', "this is JSON"),
    "gzip": (b"\x1f\x8b\x08\x00rest", "compressed with gzip"),
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "an old Excel workbook"),
    "a cut workbook": (_workbook([HEADER, *ROWS])[:900], "not a readable workbook"),
    "a picture": (b"\x89PNG\r\n\x1a\nrest", "a PNG picture"),
    "NUL bytes": (_text().encode() + b"\0\0", "NUL bytes"),
    "UTF-16 cut in a character": (_text().encode("utf-16")[:-1], "this is UTF-16, but damaged"),
    "another encoding": (
        _text().replace("naïve é", "\u80ba\u708e").encode("gbk"),
        "neither UTF-8 nor cp1252",
    ),
    "the key renamed": (_text(["image", *HEADER[1:]]).encode(), "no column 'filename'"),
    "no header": (_text().partition("\n")[2].encode(), "no column 'filename'"),
    "one column renamed": (
        _text(["filename", "patientid", "gender", *HEADER[3:]]).encode(),
        "no column 'sex'",
    ),
    "two columns renamed": (
        _text(["filename", "pid", "gender", *HEADER[3:]]).encode(),
        "no column 'sex'",
    ),
    "semicolons and a column renamed": (
        _text([*HEADER[:4], "diagnosis", *HEADER[5:]], delimiter=";").encode(),
        "no column 'finding'",
    ),
    "an unknown delimiter": (_text(delimiter="^").encode(), "no column 'filename'"),
    "a column dropped": (
        _text(HEADER[:4], [row[:4] for row in ROWS]).encode(),
        "no column 'finding'",
    ),
    "a column emptied": (_cells(4, "").encode(), "10 of 10 labels of finding are gone"),
    "a column of errors": (_cells(4, "#REF!").encode(), "10 of 10 labels of finding are gone"),
    "a column of lookalikes": (
        _cells(4, "\u0421OVID-19").encode(),
        "10 of 10 labels of finding are gone",
    ),
    "two columns swapped": (
        _text(rows=[[*r[:2], r[4], r[3], r[2], *r[5:]] for r in ROWS]).encode(),
        "10 of 10 labels of finding are gone",
    ),
    "another table's header": (b"id,view\n1,PA\n2,AP\n", "no column 'filename'"),
    "nine of ten rows gone": (_text(rows=ROWS[:1]).encode(), "9 of 10 images have no row"),
    "two sheets alike": (
        _workbook([HEADER, *ROWS], [HEADER, *ROWS]),
        "not clear which one",
    ),
    "a column unknown": (_cells(2, "unknown").encode(), "10 of 10 labels of sex are gone"),
    "ages that cannot be": (_cells(3, "411").encode(), "10 of 10 labels of age are gone"),
    "half of it cut": (_text(rows=ROWS[:5]).encode(), "5 of 10 images have no row"),
    "cut in a row": (_text().encode()[:-20], "lines 11"),
    "files named otherwise": (
        _text(rows=[["x" + row[0], *row[1:]] for row in ROWS]).encode(),
        "10 of 10 images",
    ),
    "a decimal comma": (_line(3, "1.png,0,M,30,COVID-19,38,5,naïve é 1").encode(), "lines 3"),
    "a comma in the notes": (
        _line(3, "1.png,0,M,30,COVID-19,38.5,mild, no fever").encode(),
        "lines 3",
    ),
    "a cell missing": (_line(3, "1.png,0,M,30,COVID-19,38.5").encode(), "lines 3"),
    "a quote not closed": (_line(3, '1.png,0,M,30,COVID-19,38.5,"naïve').encode(), "lines 3"),
    "a quote closed far below": (
        _line(3, '1.png,0,M,30,COVID-19,38.5,"naïve').replace("é 6\n", 'é 6"\n').encode(),
        "lines 3",
    ),
    "text after a quote": (_line(3, '1.png,0,M,30,COVID-19,38.5,"a"b').encode(), "lines 3"),
    "an endless cell": (
        _line(3, "1.png,0,M,30,COVID-19,38.5," + "x" * 200_000).encode(),
        "lines 3",
    ),
    "all rows too wide": (
        (",".join(HEADER) + "\n" + _text().partition("\n")[2].replace("\n", ",x\n")).encode(),
        "10 rows",
    ),
    "damaged to the last": (b",".join(map(str.encode, HEADER)) + b"\nx\n" * 1, "lines 2"),
}


@pytest.mark.parametrize("name", READ)
def test_it_is_read_right(name: str) -> None:
    found = _described(READ[name], RIGHT)
    assert found.records == RIGHT
    assert found.reasons == ()


@pytest.mark.parametrize("name", HELD)
def test_it_is_held_and_no_label_is_lost(name: str) -> None:
    content, sentence = HELD[name]
    found = _described(content, RIGHT)
    assert found.records == RIGHT
    assert any(sentence in reason for reason in found.reasons), found.reasons
    assert all("\n" not in reason for reason in found.reasons)
    assert any(problem.what in found.reasons for problem in found.problems)


def test_there_are_enough_cases() -> None:
    assert len(READ) + len(HELD) >= 80


@pytest.mark.parametrize("name", [n for n, (c, _) in HELD.items() if isinstance(c, bytes) and c])
def test_a_first_import_takes_no_label_that_is_not_there(name: str) -> None:
    content, _ = HELD[name]
    for record, right in zip(_described(content).records, RIGHT, strict=True):
        for column in ("finding", "patient_id", "sex", "age_min"):
            assert getattr(record, column) in (getattr(right, column), None, ())


@given(st.integers(0, 700), st.integers(0, 255))
def test_any_byte_may_be_another_and_no_label_is_lost_or_changed_unsaid(at: int, byte: int) -> None:
    content = bytearray(_text().encode())
    at %= len(content)
    content[at] = byte
    found = _described(bytes(content), RIGHT)
    for record, right in zip(found.records, RIGHT, strict=True):
        if not record.finding and right.finding:
            assert any(problem.kind != "unknown_column" for problem in found.problems)
