"""Files of Parquet that are small, and hold far more than they seem to."""

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from covid19_images.manifest import parquet, parquet_file
from covid19_images.manifest.table import ManifestError

MOST_VALUES, MOST_BYTES = 2**16, 2**24


@pytest.fixture(autouse=True)
def bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small ones, so that what is too much for them is no burden for the machine."""
    monkeypatch.setattr(parquet_file, "MOST_VALUES", MOST_VALUES)
    monkeypatch.setattr(parquet_file, "MOST_BYTES", MOST_BYTES)


def _written(values: pa.Array) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table({"path": values}), sink, compression="zstd")
    return sink.getvalue()


def _again(text: str, times: int) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array([0] * times, pa.int32()), pa.array([text]))


@pytest.mark.parametrize(
    "values",
    [
        pytest.param(_again("x" * 10_000, 20_000), id="one text often"),
        pytest.param(
            pa.ListArray.from_arrays([0, 20_000], _again("x" * 10_000, 20_000)), id="list"
        ),
        pytest.param(pa.array(["x" * (MOST_BYTES + 1)]), id="one long text"),
        pytest.param(pa.nulls(MOST_VALUES + 1, pa.int32()), id="many gaps"),
    ],
)
def test_what_is_too_much_is_refused(values: pa.Array) -> None:
    content = _written(values)
    assert len(content) < MOST_BYTES / 100
    with pytest.raises(ManifestError, match="x: holds more than 65,536 values or 16,777,216 bytes"):
        parquet.text_of(content, name="x")


def test_texts_are_counted_before_they_are_laid_out() -> None:
    content = _written(_again("x" * 10_000, 20_000))  # 200 MB
    whole = pa.default_memory_pool()
    counted = pa.proxy_memory_pool(whole)
    pa.set_memory_pool(counted)
    try:
        with pytest.raises(ManifestError):
            parquet.text_of(content, name="x")
    finally:
        pa.set_memory_pool(whole)
    assert 0 < (counted.max_memory() or 0) < MOST_BYTES


def test_columns_in_columns_are_refused() -> None:
    content = _written(pa.array([{"a": 1}]))
    with pytest.raises(ManifestError, match=r"x: holds a column of struct<.*>, which no manifest"):
        parquet.text_of(content, name="x")


def test_a_file_of_fewer_rows_than_it_announces_is_no_parquet() -> None:
    content = _written(pa.array([1, 2, 3]))
    about = pq.ParquetFile(io.BytesIO(content)).metadata
    assert about.num_rows == 3
    footer = content.rindex(b"\x16\x06\x19")  # num_rows of the file: 3, then the list of row groups
    more = content[:footer] + b"\x16\x08\x19" + content[footer + 3 :]
    with pytest.raises(
        ManifestError, match="x: not readable as Parquet: 3 rows where it announces 4"
    ):
        parquet.text_of(more, name="x")
