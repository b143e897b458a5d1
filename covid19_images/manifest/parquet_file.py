"""Open Parquet files that anybody may have written: their values are counted before laid out.

A file of some kilobytes can name one long text millions of times. So texts are read as what the
file has, numbers that name the words of a list, and become texts only where all of them fit.
"""

import importlib
from types import ModuleType
from typing import TYPE_CHECKING

from covid19_images.manifest.table import ManifestError

if TYPE_CHECKING:
    import pyarrow

MOST_VALUES = 2**25
MOST_BYTES = 2**30  # of all values, laid out
_ROWS_AT_ONCE = 2**14
_OF_A_VALUE_BYTES = 8  # beside its text


def arrow() -> ModuleType:
    """Import pyarrow, which only some installations have.

    Raises:
        ManifestError: It is not installed.
    """
    try:
        importlib.import_module("pyarrow.parquet")
        importlib.import_module("pyarrow.compute")
        return importlib.import_module("pyarrow")
    except ModuleNotFoundError:
        raise ManifestError(
            "A manifest of many rows is Parquet, and pyarrow, which reads it, is not installed. "
            "Nothing was read. Run `pip install pyarrow`."
        ) from None


def opened(content: bytes, *, name: str) -> "pyarrow.Table":
    """Read a Parquet file whose columns are plain values, or lists of them.

    Args:
        content: The file.
        name: How errors call it.

    Raises:
        ManifestError: It is no Parquet, holds more than `MOST_VALUES` or `MOST_BYTES`, or columns
            in columns; pyarrow is not installed.
    """
    pa = arrow()
    try:
        file = pa.parquet.ParquetFile(pa.BufferReader(content))
        plain = file.schema_arrow
        _ = plain.names  # names that are no text are first looked at here
        _check_announced(file.metadata, name)
        texts = [leaf.path for leaf in file.schema if leaf.physical_type == "BYTE_ARRAY"]
        by_words = pa.parquet.ParquetFile(pa.BufferReader(content), read_dictionary=texts)
        batches, size = [], 0
        for batch in by_words.iter_batches(batch_size=_ROWS_AT_ONCE, use_threads=False):
            size += sum(_laid_out_bytes(column, name) for column in batch.columns)
            if size > MOST_BYTES:
                raise _too_much(name)
            batches.append(batch)
        found = pa.Table.from_batches(batches, by_words.schema_arrow).cast(plain)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        what = " ".join(str(error).split())[:200]
        raise ManifestError(f"{name}: not readable as Parquet: {what}") from None
    if found.num_rows != file.metadata.num_rows:
        rows = f"{found.num_rows} rows where it announces {file.metadata.num_rows}"
        raise ManifestError(f"{name}: not readable as Parquet: {rows}")
    return found


def _check_announced(about: "pyarrow.parquet.FileMetaData", name: str) -> None:
    groups = [about.row_group(number) for number in range(about.num_row_groups)]
    values = sum(
        group.column(number).num_values for group in groups for number in range(group.num_columns)
    )
    if values > MOST_VALUES or sum(group.total_byte_size for group in groups) > MOST_BYTES:
        raise _too_much(name)


def _laid_out_bytes(values: "pyarrow.Array", name: str) -> int:
    """Return what values take where each text stands for itself."""
    pa = arrow()
    if pa.types.is_list(values.type):
        return int(values.nbytes) + _laid_out_bytes(values.flatten(), name)
    if pa.types.is_nested(values.type):
        raise ManifestError(f"{name}: holds a column of {values.type}, which no manifest has.")
    if not pa.types.is_dictionary(values.type):
        return int(values.nbytes)
    lengths = pa.compute.take(pa.compute.binary_length(values.dictionary), values.indices)
    return len(values) * _OF_A_VALUE_BYTES + int(pa.compute.sum(lengths).as_py() or 0)


def _too_much(name: str) -> ManifestError:
    return ManifestError(
        f"{name}: holds more than {MOST_VALUES:,} values or {MOST_BYTES:,} bytes of them, which is "
        "more than one file of a manifest may have."
    )
