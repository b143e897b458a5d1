"""A manifest that is not read answers what its rows would."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covid19_images.manifest import shards, table
from covid19_images.manifest.record import Record
from covid19_images.manifest.table import ManifestError
from flows.collection.cells import of_csv, of_shards
from flows.collection.manifest import Manifest
from flows.collection.questions import (
    Together,
    by_key,
    cells,
    counted,
    different,
    holding,
    listing,
)
from tests.covid19_images.manifest.test_table import TABLES

_WORDS = st.none() | st.sampled_from(["a", "=b", "it's", "c,d", 'e"', "f\ng", "é;-h", "'"])
_ROWS = st.builds(
    Record,
    source=st.just("set"),
    path=st.sampled_from(["0.png", "=1.png", "a, b.png", '"2".png', "'3.png", "é/4.png"]),
    blob=st.just("0" * 40),
    status=st.sampled_from(["active", "active", "withdrawn", "held"]),
    finding=st.sampled_from([(), ("COVID-19",), ("COVID-19", "Normal")]),
    privacy=st.sampled_from([(), ("exif",), ("dated_name",), ("dated_name", "burned_in_text")]),
    patient_id=st.none() | st.sampled_from(["set/1", "set/2"]),
    notes=_WORDS,
    url=_WORDS,
    age_min=st.none() | st.integers(0, 2),
    first_seen=st.none() | st.dates(dt.date(2020, 1, 1), dt.date(2020, 1, 3)),
)


def _sorted(rows: Sequence[Record]) -> list[Record]:
    return sorted({row.path: row for row in rows}.values(), key=lambda row: row.path)


def _unread(rows: Sequence[Record]) -> Manifest:
    return Manifest.of_csv("set.csv", lambda: table.dumps(rows).encode())


@settings(deadline=None)
@given(st.lists(_ROWS, max_size=5).map(_sorted))
def test_it_answers_as_its_rows_do(rows: list[Record]) -> None:
    other = [replace(row, source="other") for row in rows]
    read = Together({"set": rows, "other": tuple(other)})
    unread = Together({"set": _unread(rows), "other": tuple(other)})
    texts = {"notes": {"=b", "f\ng", "'"}, "url": {"c,d"}, "patient_id": set[str]()}
    assert list(holding(unread, texts)) == list(holding(read, texts))
    assert list(listing(unread, "privacy", "dated_name")) == [
        row for row in read if "dated_name" in row.privacy
    ]
    keys = ["set/=1.png", "set/'3.png", "other/0.png", "none/0.png", "set/none"]
    assert by_key(unread, keys) == by_key(list(read), keys)
    for names in (["finding"], ["source", "first_seen"], ["age_min", "notes", "privacy"]):
        assert counted(unread, names) == counted(list(read), names)
        assert cells(unread, names) == cells(list(read), names)
    assert different(unread, "patient_id", beside=["finding"]) == len(
        {r.patient_id for r in read if r.patient_id and r.finding and r.status == "active"}
    )
    assert not any(getattr(some, "is_read", False) for some in unread.by_source.values())
    assert list(unread) == list(read)
    assert len(unread) == len(read)


@settings(deadline=None)
@given(TABLES, st.integers(1, 4))
def test_shards_have_the_columns_of_their_csv(rows: list[Record], size: int) -> None:
    ordered = _sorted([replace(row, source="set") for row in rows])
    index, files = shards.written(ordered, (), size)
    found = of_shards(index, files.get)
    assert found.equals(of_csv(table.dumps(ordered).encode(), "x"))
    assert len(found) == len(ordered)


def test_a_shard_that_is_not_the_one_of_the_index_is_a_sentence() -> None:
    index, files = shards.written([Record(source="s", path="0.png", blob="0" * 40)], (), 4)
    with pytest.raises(ManifestError, match="not the file of this digest"):
        of_shards(index, {name: content + b"x" for name, content in files.items()}.get)
    with pytest.raises(ManifestError, match="not the file of this digest"):
        of_shards(index, {}.get)


def test_a_row_that_is_asked_for_twice_is_one_object_also_when_all_are_read() -> None:
    rows = [Record(source="set", path=f"{n}.png", blob="0" * 40) for n in range(3)]
    unread = _unread(rows)
    [one] = holding(unread, {"path": ["1.png"]})
    assert len(unread) == 3
    assert unread.one(1) is one
    assert unread[1] is one
    assert unread.one(1) is one
    assert unread == tuple(rows)


def test_an_empty_manifest_has_no_rows() -> None:
    unread = Manifest.of_csv("set.csv", lambda: b"")
    assert len(unread) == 0
    assert counted(unread, ["finding"]) == {}


@pytest.mark.parametrize("text", [b"a,b\n1,2\n", b"\xff", b"a,b\n1\n"])
def test_what_is_no_manifest_is_a_sentence(text: bytes) -> None:
    with pytest.raises(ManifestError, match=r"set\.csv"):
        len(Manifest.of_csv("set.csv", lambda: text))
