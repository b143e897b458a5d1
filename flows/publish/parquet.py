"""Write the manifest as Parquet: typed columns, the same bytes for the same rows."""

import json
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from covid19_images.manifest.columns import Kind
from covid19_images.manifest.parquet import arrow_type
from covid19_images.manifest.record import COLUMNS
from covid19_images.release.row import ADDED, Row

# What pandas makes of a column: gaps must not turn whole numbers to floats, nor words to objects.
_PANDAS: dict[Kind, tuple[str, str]] = {
    "text": ("unicode", "string"),
    "enum": ("unicode", "string"),
    "list": ("list[unicode]", "object"),
    "int": ("int64", "Int64"),
    "float": ("float64", "float64"),
    "bool": ("bool", "boolean"),
    "date": ("date", "object"),
}


def write(file: Path, rows: Sequence[Row]) -> None:
    """Write `manifest.parquet`, sorted by source and path; a gap is null."""
    rows = sorted(rows, key=lambda r: (r.record.source, r.record.path))
    arrays = [
        pa.array(
            [_plain(getattr(row.record, column.name)) for row in rows], arrow_type(column.kind)
        )
        for column in COLUMNS
    ]
    for name in ADDED:
        kind = pa.bool_() if name == "redistributable" else pa.string()
        arrays.append(pa.array([getattr(row, name) for row in rows], type=kind))
    table = pa.table(arrays, names=[*(column.name for column in COLUMNS), *ADDED])
    table = table.replace_schema_metadata({"pandas": _for_pandas()})
    pq.write_table(table, file, compression="zstd", version="2.6")


def _for_pandas() -> str:
    """State in pandas' own form which types the columns have: `pd.read_parquet` restores them."""
    kinds: dict[str, Kind] = {column.name: column.kind for column in COLUMNS}
    kinds |= {name: "bool" if name == "redistributable" else "text" for name in ADDED}
    columns = [
        {"name": name, "field_name": name, "metadata": None}
        | dict(zip(("pandas_type", "numpy_type"), _PANDAS[kind], strict=True))
        for name, kind in kinds.items()
    ]
    return json.dumps({"index_columns": [], "column_indexes": [], "columns": columns})


def _plain(value: object) -> object:
    return list(value) or None if isinstance(value, tuple) else value
