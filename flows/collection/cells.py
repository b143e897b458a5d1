"""Read the columns of a manifest as texts, as they are in its CSV, whichever file holds them."""

import hashlib
from collections.abc import Callable, Sequence

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from covid19_images.manifest import parquet
from covid19_images.manifest.columns import Column, written
from covid19_images.manifest.record import COLUMNS
from covid19_images.manifest.shards import Shard
from covid19_images.manifest.spreadsheet import BEGINS, FIRST, cell
from covid19_images.manifest.table import ManifestError

_NAMES = [column.name for column in COLUMNS]
_BLOCK_BYTES = 2**24  # what Arrow reads at once; no line is longer


def of_csv(text: bytes, name: str) -> pa.Table:
    """Return the columns of a CSV.

    Args:
        text: The file.
        name: How errors call it.

    Raises:
        ManifestError: It is not what we write.
    """
    if not text:
        return _none()
    try:
        found = csv.read_csv(
            pa.BufferReader(text),
            read_options=csv.ReadOptions(use_threads=False, block_size=_BLOCK_BYTES),
            parse_options=csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
            convert_options=csv.ConvertOptions(
                column_types=dict.fromkeys(_NAMES, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid as error:
        raise ManifestError(f"{name}: not readable as CSV: {error}.") from None
    if found.column_names != _NAMES:
        raise ManifestError(f"{name}: the header is another.")
    return found


def of_shards(index: Sequence[Shard], content: Callable[[str], bytes | None]) -> pa.Table:
    """Return the columns of shards.

    Args:
        index: They, in their order.
        content: Reads the file of one by its name.

    Raises:
        ManifestError: One is not what the index says.
    """
    return pa.concat_tables([_none(), *(_of_shard(one, content(one.file)) for one in index)])


def _of_shard(shard: Shard, content: bytes | None) -> pa.Table:
    if content is None or hashlib.sha256(content).hexdigest() != shard.file_sha256:
        raise ManifestError(f"{shard.file}: not the file of this digest that the index names.")
    typed = parquet.typed(content, name=shard.file)
    empty = pa.chunked_array([pa.repeat("", len(typed))])  # one for all columns without values
    return pa.table(
        {
            column.name: empty
            if typed[column.name].null_count == len(typed)
            else _texts(column, typed[column.name])
            for column in COLUMNS
        }
    )


def _texts(column: Column, values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return values as the cells of a CSV."""
    if column.kind == "float":
        cells = [written(column, value) for value in values.to_pylist()]
        return pa.chunked_array([cells], pa.string())
    texts = pc.binary_join(values, ";") if column.kind == "list" else values.cast(pa.string())
    texts = pc.fill_null(texts, "")
    if column.kind not in ("text", "list") or not _may_begin(texts):
        return texts
    return pa.chunked_array([list(map(cell, texts.to_pylist()))], pa.string())


def _may_begin(texts: pa.ChunkedArray) -> bool:
    """Return whether a text has something that begins a formula; most have none of its signs."""
    first = pc.unique(pc.utf8_slice_codeunits(texts, 0, 1)).to_pylist()
    data = [bytes(chunk.buffers()[2] or b"") for chunk in texts.chunks]
    if FIRST.isdisjoint(first) and not any(sign in some for some in data for sign in (b";", b"\t")):
        return False
    found: bool = pc.any(pc.match_substring_regex(texts, BEGINS)).as_py()
    return found


def _none() -> pa.Table:
    return pa.table({name: pa.array([], pa.string()) for name in _NAMES})
