"""Manifests of many rows are shards of Parquet: the same rows, and the same refusals, as in CSV."""

import hashlib
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from covid19_images import manifest
from covid19_images.manifest import parquet, shards, table
from covid19_images.manifest.record import Record
from covid19_images.manifest.shards import Shard, Sizes
from covid19_images.manifest.table import ManifestError
from tests.covid19_images.manifest.test_table import TABLES
from tests.support.examples import examples


def _rows(count: int, *, begin: int = 0) -> list[Record]:
    return [
        Record(source="set", path=f"images/{number:05}.png", blob=f"{number:040x}")
        for number in range(begin, begin + count)
    ]


def _in_folder(folder: Path, rows: Sequence[Record], size: int) -> list[Shard]:
    index, files = shards.written(rows, (), size)
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    (folder / shards.INDEX).write_text(shards.dumps(index), encoding="utf-8", newline="\n")
    return index


@settings(max_examples=examples(20))
@given(TABLES)
def test_parquet_holds_what_csv_holds(rows: list[Record]) -> None:
    as_csv = table.loads(table.dumps(rows))
    ordered = sorted(rows, key=lambda row: (row.source, row.path))
    content = parquet.dumps(ordered)
    assert parquet.loads(content, name="x.parquet") == as_csv
    assert parquet.dumps(as_csv) == content
    assert parquet.rows_sha256(rows) == hashlib.sha256(table.dumps(as_csv).encode()).hexdigest()


def test_numbers_and_empty_texts_are_what_csv_makes_of_them() -> None:
    row = replace(_rows(1)[0], temperature_c=36.66666666, notes="", finding=())
    assert parquet.loads(parquet.dumps([row]), name="x") == table.loads(table.dumps([row]))


@settings(max_examples=examples(40))
@given(st.sets(st.integers(0, 10**6), max_size=300), st.integers(1, 40))
def test_rows_are_cut_in_order_and_none_is_lost(numbers: set[int], size: int) -> None:
    rows = [_rows(1, begin=number)[0] for number in sorted(numbers)]
    parts = list(shards.cut(rows, size))
    assert [row for part in parts for row in part] == rows
    assert all(len(part) <= 4 * size for part in parts)
    assert all(len(part) * 4 >= size for part in parts[:-1])


def test_a_row_more_rewrites_its_shard_and_no_other() -> None:
    rows = _rows(600)
    before, files = shards.written(rows, (), 32)
    assert len(before) > 6
    assert set(files) == {shard.file for shard in before}
    more = Record(source="set", path="images/00300b.png", blob="f" * 40)
    after, written = shards.written([*rows, more], before, 32)
    assert len(written) == 1
    assert len(set(before) ^ set(after)) == 2
    changed = [replace(row, finding=("COVID-19",)) if row is rows[9] else row for row in rows]
    again, written = shards.written(changed, before, 32)
    assert [shard.name for shard in again] == [shard.name for shard in before]
    assert list(written) == [before[0].file]


def test_shards_follow_from_the_rows_and_not_from_how_they_grew() -> None:
    rows = _rows(500)
    grown: list[Shard] = []
    for most in range(100, 501, 100):
        grown, _ = shards.written(rows[:most], grown, 32)
    assert grown == shards.written(rows[::-1], (), 32)[0]


def test_what_another_library_wrote_of_the_same_rows_stays() -> None:
    rows = _rows(40)
    [shard] = shards.written(rows, (), 1000)[0]
    other = replace(shard, file_sha256="a" * 64)
    assert shards.written(rows, [other], 1000) == ([other], {})


def test_a_source_changes_its_form_where_it_clearly_outgrew_it() -> None:
    sizes = Sizes(csv_rows=100)
    assert [sizes.in_shards(rows, before=False) for rows in (49, 50, 100, 101)] == [
        False,
        False,
        False,
        True,
    ]
    assert [sizes.in_shards(rows, before=True) for rows in (49, 50, 100, 101)] == [
        False,
        True,
        True,
        True,
    ]


def test_a_folder_of_both_is_read_by_name(tmp_path: Path) -> None:
    rows = _rows(100)
    _in_folder(tmp_path / "set", rows, 8)
    other = replace(rows[0], source="another")
    table.write(tmp_path / "another.csv", [other])
    assert manifest.read(tmp_path) == [other, *rows]
    assert manifest.read(tmp_path / "set") == rows
    table.write(tmp_path / "set.csv", rows)
    with pytest.raises(ManifestError, match="set has a CSV and shards"):
        manifest.read(tmp_path)


def _with(column: str, values: Any) -> bytes:
    whole = pq.read_table(pa.BufferReader(parquet.dumps(_rows(2))))
    place = whole.column_names.index(column)
    changed = whole.set_column(place, column, pa.array(values, whole.schema.field(column).type))
    sink = pa.BufferOutputStream()
    pq.write_table(changed, sink)
    return bytes(sink.getvalue())


@pytest.mark.parametrize(
    ("column", "value", "text"),
    [
        ("status", "gone", "gone"),
        ("blob", None, ""),
        ("blob", "0" * 39, "0" * 39),
        ("path", "../a.png", "../a.png"),
        ("source", "-x", "-x"),
        ("quality", ["ugly"], "ugly"),
        ("duplicate_of", "set", "set"),
        ("licence", "<b>", "<b>"),
    ],
)
def test_a_value_is_refused_in_the_words_of_csv(column: str, value: object, text: str) -> None:
    good = {"status": "active", "blob": "0" * 40, "path": "a.png", "source": "set"}
    with pytest.raises(ManifestError) as of_parquet:
        parquet.loads(_with(column, [good.get(column), value]), name="x")
    cells = [good.get(name, "") for name in _header()]
    cells[_header().index(column)] = text
    with pytest.raises(ManifestError) as of_csv:
        table.loads(f"{','.join(_header())}\n{','.join(cells)}\n", name="x")
    says = [str(one.value).partition(": ")[2] for one in (of_parquet, of_csv)]
    assert says[0] == says[1]
    assert str(of_parquet.value).startswith("x, row 2: ")


def _header() -> list[str]:
    return table.dumps([]).strip().split(",")


@pytest.mark.parametrize("value", [[""], ["a;b"], [None]])
def test_what_no_cell_holds_is_refused(value: list[str]) -> None:
    with pytest.raises(ManifestError, match="finding"):
        parquet.loads(_with("finding", [value, None]), name="x")


def test_a_date_beyond_the_calendar_is_refused() -> None:
    with pytest.raises(ManifestError, match="first_seen"):
        parquet.loads(_with("first_seen", pa.array([2**30, 0], pa.int32())), name="x")


def test_other_columns_are_named() -> None:
    whole = pq.read_table(pa.BufferReader(parquet.dumps(_rows(1))))
    for changed in (whole.drop_columns(["view"]), whole.append_column("view2", whole["view"])):
        sink = pa.BufferOutputStream()
        pq.write_table(changed, sink)
        with pytest.raises(ManifestError, match="schema version 2 in: view"):
            parquet.loads(bytes(sink.getvalue()), name="x")


@pytest.mark.parametrize("content", [b"", b"PAR1", b"version https://git-lfs", b"PAR1" * 9])
def test_what_is_no_parquet_is_said_to_be_none(content: bytes) -> None:
    with pytest.raises(ManifestError, match=r"x\.parquet: not readable as Parquet"):
        parquet.loads(content, name="x.parquet")


_WHOLE = parquet.dumps(_rows(3))
_NAME = _WHOLE.index(b"image_id")


@settings(max_examples=examples(100))
@example([(_NAME, 0xFF)])
@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=8))
def test_a_damaged_file_is_rows_or_a_sentence(changes: list[tuple[int, int]]) -> None:
    damaged = bytearray(_WHOLE)
    for at, byte in changes:
        damaged[at % len(damaged)] = byte
    for read in (parquet.loads, parquet.text_of):
        try:
            assert read(bytes(damaged), name="x.parquet")
        except ManifestError as error:
            assert str(error).startswith("x.parquet")  # noqa: PT017  it need not be raised


def test_a_shard_that_is_not_the_index_s_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    index = _in_folder(folder, _rows(100), 8)
    first, second = (folder / shard.file for shard in index[:2])
    kept = first.read_bytes()
    first.write_bytes(second.read_bytes())
    with pytest.raises(ManifestError, match="not the file of this digest"):
        manifest.read(folder)
    first.unlink()
    with pytest.raises(ManifestError, match="is not there"):
        manifest.read(folder)
    first.write_bytes(kept)
    text = (folder / shards.INDEX).read_text(encoding="utf-8")
    head, one, other, *rest = text.splitlines(keepends=True)
    (folder / shards.INDEX).write_text("".join([head, other, one, *rest]), encoding="utf-8")
    with pytest.raises(ManifestError, match="out of order"):
        manifest.read(folder)
    wrong = one.replace(f",{index[0].rows},", f",{index[0].rows + 1},")
    (folder / shards.INDEX).write_text("".join([head, wrong, other, *rest]), encoding="utf-8")
    with pytest.raises(ManifestError, match="other rows than the index says"):
        manifest.read(folder)


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", "../../x"), ("last", "../x"), ("file_sha256", "0"), ("first", "a\0")],
)
def test_an_index_that_leads_elsewhere_is_refused(field: str, value: str) -> None:
    [shard] = shards.written(_rows(3), (), 100)[0]
    with pytest.raises(ManifestError, match=r"shards\.csv, line 2"):
        shards.loads(shards.dumps([replace(shard, **{field: value})]))


def test_without_pyarrow_a_shard_is_a_sentence_and_a_csv_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _in_folder(tmp_path / "set", _rows(3), 8)
    table.write(tmp_path / "one.csv", [replace(_rows(1)[0], source="one")])
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    assert len(manifest.read(tmp_path / "one.csv")) == 1
    with pytest.raises(ManifestError, match="Run `pip install pyarrow`"):
        manifest.read(tmp_path)
