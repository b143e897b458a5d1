"""Annotations in JSON, YAML and XML are read as tables; what would grow without end is refused."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flows.labels import table
from flows.labels.damage import UnreadableTableError
from flows.labels.dialect import Wanted

WANTED = Wanted("filename", frozenset({"finding"}))
RECORDS = [
    {"filename": "0.png", "finding": ["COVID-19", "ARDS"], "patient": {"age": 60, "icu": True}},
    {"filename": "1.png", "finding": "SARS", "patient": {"age": None}},
]
XML = b"""<?xml version="1.0"?>
<set><info><date>2020</date></info>
<image filename="0.png"><finding>COVID-19</finding><finding>ARDS</finding>
<patient age="60"/></image>
<image filename="1.png"><finding>SARS</finding></image></set>"""
ENTITIES = (
    '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE r [<!ENTITY a "SARS">]>'
    '<r><i filename="0.png" finding="&a;"/><i filename="1.png"/></r>'
)
YAML = b"""
images:
- filename: 0.png
  finding: [COVID-19, ARDS]
  patient: {age: 060, icu: no}
- {filename: 1.png, finding: SARS}
"""


def _rows(name: str, content: bytes) -> list[dict[str, str]]:
    return [dict(row.cells) for row in table.read(name, content, WANTED).rows]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", json.dumps(RECORDS).encode()),
        ("a.JSON", json.dumps({"info": [{"x": 1}] * 9, "images": RECORDS}).encode()),
        ("a.jsonl", "\n".join(map(json.dumps, RECORDS)).encode()),
        ("a.jsonl", "\r\n".join(map(json.dumps, RECORDS)).encode()),
        ("a.json", "\n".join(map(json.dumps, RECORDS)).encode()),
        ("a.json", json.dumps(RECORDS).encode("utf-16")),
        ("a.yml", YAML),
        ("a.xml", XML),
        ("a.xml", XML.replace(b"<set>", b'<set xmlns="https://example.org/set">')),
    ],
)
def test_records_are_rows_wherever_they_stand(name: str, content: bytes) -> None:
    first, other = _rows(name, content)
    assert (first["filename"], first["finding"]) == ("0.png", "COVID-19 | ARDS")
    assert first["patient.age"].lstrip("0") == "60"
    assert (other["filename"], other["finding"]) == ("1.png", "SARS")
    assert other.get("patient.age", "") == ""


@pytest.mark.parametrize("end", ["\u2028", "\u0085"])
def test_only_a_line_feed_ends_a_line_of_json(end: str) -> None:
    lines = (json.dumps(record | {"notes": f"a{end}b"}, ensure_ascii=False) for record in RECORDS)
    assert len(_rows("a.jsonl", "\n".join(lines).encode())) == len(RECORDS)


def test_records_by_name_have_it_as_their_key() -> None:
    content = json.dumps({"0.png": {"finding": "SARS"}, "1.png": {"finding": "MERS"}}).encode()
    read = table.read("a.json", content, Wanted("key"))
    assert [(row.line, row.cells["key"], row.cells["finding"]) for row in read.rows] == [
        (1, "0.png", "SARS"),
        (2, "1.png", "MERS"),
    ]


def test_numbers_stay_as_they_are_written() -> None:
    digits = "1" * 5_000
    [row] = _rows("a.json", f'[{{"filename": "0.png", "id": {digits}, "x": 1e400}}]'.encode())
    assert (row["id"], row["x"]) == (digits, "1e400")


def test_words_of_yaml_stay_words() -> None:
    assert _rows("a.yaml", YAML)[0]["patient.icu"] == "no"


DEEP = 3_000
LAUGHS = b'<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><x><i filename="&b;"/></x>'
ALIASES = b"a: &a [1, 2]\nb: &b [*a, *a]\nimages: [{filename: *b}]\n"


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.xml", LAUGHS, "entities"),
        ("a.yml", ALIASES, "aliases"),
        ("a.json", b"[" * DEEP + b"]" * DEEP, "nested"),
        ("a.yml", b"[" * DEEP + b"]" * DEEP, "nested"),
        ("a.xml", b"<a>" * DEEP + b"</a>" * DEEP, "nested"),
        ("a.json", b"{", "no JSON"),
        ("a.xml", b"<a>", "no XML"),
        ("a.yml", b"a: [", "no YAML"),
        ("a.json", b"\xff\xfe", "no JSON"),
        ("a.json", b"[\xff]", "neither UTF-8 nor UTF-16"),
        ("a.json", b'[{"filename": "a.png", "age": 1, "age": 2}]', "two values of 'age'"),
        ("a.yml", b"- {filename: a.png, age: 1, age: 2}", "two values of 'age'"),
        ("a.xml", ENTITIES.encode("utf-16"), "entities"),
        ("a.xml", b'<?xml version="1.0" encoding="utf-7"?>+ADw-r/+AD4-', "no XML"),
        ("a.json", b"[1, 2]", "no list of records"),
        ("a.json", b'[{"other": 1}]', "filename"),
        ("a.yml", b"!!python/object/apply:os.system [id]", "no YAML"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_reason(name: str, content: bytes, why: str) -> None:
    with pytest.raises(UnreadableTableError, match=why):
        table.read(name, content, WANTED)


@given(st.binary(max_size=200), st.sampled_from(["a.json", "a.jsonl", "a.yml", "a.xml"]))
@example(b'[{"a": 1}]', "a.json")
@example(b"- a: 1", "a.yml")
@example(b"{}", "a.jsonl")
def test_whatever_stands_there_is_a_table_or_refused(content: bytes, name: str) -> None:
    try:
        found = table.read(name, content)
    except UnreadableTableError:
        return
    assert len(found.columns) == len(set(found.columns)) == len(found.header)
    assert all(row.cells.keys() <= set(found.columns) for row in found.rows)
