"""Write the manifest as Parquet: typed columns, the same bytes for the same rows."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from covid19_images.manifest.columns import Kind
from covid19_images.manifest.record import COLUMNS
from covid19_images.release.row import ADDED, Row

_ARROW: dict[Kind, pa.DataType] = {
    "text": pa.string(),
    "enum": pa.string(),
    "list": pa.list_(pa.string()),
    "int": pa.int64(),
    "float": pa.float64(),
    "bool": pa.bool_(),
    "date": pa.date32(),
}


def write(file: Path, rows: Sequence[Row]) -> None:
    """Write `manifest.parquet`, sorted by source and path; a gap is null."""
    rows = sorted(rows, key=lambda r: (r.record.source, r.record.path))
    arrays = [
        pa.array(
            [_plain(getattr(row.record, column.name)) for row in rows], type=_ARROW[column.kind]
        )
        for column in COLUMNS
    ]
    for name in ADDED:
        kind = pa.bool_() if name == "redistributable" else pa.string()
        arrays.append(pa.array([getattr(row, name) for row in rows], type=kind))
    table = pa.table(arrays, names=[*(column.name for column in COLUMNS), *ADDED])
    pq.write_table(table, file, compression="zstd", version="2.6", store_schema=False)


def _plain(value: object) -> object:
    return list(value) or None if isinstance(value, tuple) else value
