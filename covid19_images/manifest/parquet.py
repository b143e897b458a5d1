"""Write rows of a manifest as Parquet with typed columns, and read them as strictly as CSV.

A gap is null. The same rows give the same bytes with one version of pyarrow; another may write
other bytes, so rows are compared by the digest of their CSV, see `rows_sha256`.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from covid19_images.manifest import identifiers, table
from covid19_images.manifest.columns import Cell, Column, Kind, parsed, written
from covid19_images.manifest.parquet_file import arrow, opened
from covid19_images.manifest.record import COLUMNS, SCHEMA_VERSION, Record
from covid19_images.manifest.spreadsheet import line
from covid19_images.manifest.table import ManifestError

if TYPE_CHECKING:
    import pyarrow

# Values that hardly ever repeat (hashes, paths) leave the dictionary soon and stand as they are.
_DICTIONARY_BYTES = 16 * 1024
# Kinds of which Parquet can hold values that no CSV cell holds, such as a word not listed.
_NARROWER: frozenset[Kind] = frozenset(["enum", "list", "float"])


def arrow_type(kind: Kind) -> "pyarrow.DataType":
    """Return the Arrow type of a kind of column."""
    pa = arrow()
    if kind == "list":
        return pa.list_(pa.string())
    return pa.type_for_alias(_ALIASES[kind])


_ALIASES: Mapping[Kind, str] = {
    "text": "string",
    "enum": "string",
    "int": "int64",
    "float": "float64",
    "bool": "bool",
    "date": "date32",
}


def rows_sha256(rows: Iterable[Record]) -> str:
    """Return the digest of rows as CSV: the same whatever file holds them."""
    return hashlib.sha256(table.dumps(rows).encode()).hexdigest()


def dumps(rows: Sequence[Record]) -> bytes:
    """Write rows in the order in which they are passed, as one Parquet file.

    Raises:
        ManifestError: pyarrow is not installed.
    """
    pa = arrow()
    arrays = [
        pa.array(
            _plain(column, [getattr(row, column.field) for row in rows]), arrow_type(column.kind)
        )
        for column in COLUMNS
    ]
    sink = pa.BufferOutputStream()
    pa.parquet.write_table(
        pa.table(arrays, names=[column.name for column in COLUMNS]),
        sink,
        # git compresses files itself, and stores what changed between two of them, which it cannot
        # find in what is compressed already: see docs/at-scale.md.
        compression="none",
        dictionary_pagesize_limit=_DICTIONARY_BYTES,
        row_group_size=max(1, len(rows)),
        store_schema=False,
        version="2.6",
    )
    return bytes(sink.getvalue())


def _plain(column: Column, values: list[Cell]) -> Sequence[object]:
    """Return values as CSV would give them back: no empty text, and six decimals."""
    if column.kind == "text":
        return [value or None for value in values]
    if column.kind == "list":
        return [list(value) if isinstance(value, tuple) and value else None for value in values]
    if column.kind == "float":
        return [parsed(column, written(column, value)) for value in values]
    return values


def text_of(content: bytes, *, name: str) -> str:
    """Return a Parquet file as CSV, in its own order, whatever columns it has.

    Args:
        content: The file.
        name: How errors call it.

    Raises:
        ManifestError: It is no Parquet, or pyarrow is not installed.
    """
    read = opened(content, name=name)
    columns = [_column(field) for field in read.schema]
    try:
        rows = read.to_pylist()
    except (ValueError, OverflowError) as error:
        raise ManifestError(f"{name}: not readable as Parquet: {error}") from None
    cells = ([_written(column, row[column.name]) for column in columns] for row in rows)
    return "".join(map(line, [[column.name for column in columns], *cells]))


def _column(field: "pyarrow.Field") -> Column:
    kinds = {str(arrow_type(kind)): kind for kind in (*_ALIASES, "list")}
    kind = kinds.get(str(_named_alike(field.type)), "text")
    return Column(name=field.name, kind=kind, words=(), required=False, field=field.name)


def _written(column: Column, value: Cell | list[str]) -> str:
    if isinstance(value, list):
        value = tuple(map(str, value))
    if value is not None and column.kind == "text":
        value = str(value)  # of a type that no column of ours has
    return written(column, value or None) if isinstance(value, tuple) else written(column, value)


def loads(content: bytes, *, name: str) -> list[Record]:
    """Read a Parquet file of rows.

    Args:
        content: The file.
        name: How errors call it.

    Raises:
        ManifestError: It is not what `dumps` writes, or pyarrow is not installed.
    """
    read = typed(content, name=name)
    columns = [_checked(column, read.column(column.name), name) for column in COLUMNS]
    fields = [column.field for column in COLUMNS]
    return [Record(**dict(zip(fields, row, strict=True))) for row in zip(*columns, strict=True)]


def typed(content: bytes, *, name: str) -> "pyarrow.Table":
    """Read a Parquet file of rows as its typed columns; their values are not checked.

    Args:
        content: The file.
        name: How errors call it.

    Raises:
        ManifestError: It has other columns, is no Parquet, or pyarrow is not installed.
    """
    read = opened(content, name=name)
    wanted = [(column.name, arrow_type(column.kind)) for column in COLUMNS]
    found = [(field.name, _named_alike(field.type)) for field in read.schema]
    if found != wanted:
        odd = sorted({name for name, _ in set(found) ^ set(wanted)}) or ["the order of columns"]
        raise ManifestError(
            f"{name}: the columns differ from schema version {SCHEMA_VERSION} in: {', '.join(odd)}."
        )
    return read


def _named_alike(kind: "pyarrow.DataType") -> "pyarrow.DataType":
    """Return a type of lists without the name that other writers give to what is in them."""
    pa = arrow()
    return pa.list_(kind.value_type) if pa.types.is_list(kind) else kind


def _checked(column: Column, cells: "pyarrow.ChunkedArray", name: str) -> list[Cell]:
    """Return the values of a column; equal ones are checked once, and are one object."""
    try:
        values = cells.to_pylist()
    except (ValueError, OverflowError):  # a date that no calendar has, bytes that are no text
        raise ManifestError(f"{name}: {column.name} holds what is no {column.kind}.") from None
    if column.kind == "list":
        values = [tuple(value) if value else None for value in values]
    known: dict[Cell, Cell] = {value: value for value in values}
    is_good = identifiers.check_of(column.field)
    is_plain = column.kind not in _NARROWER
    for value in known:
        if is_plain and value is not None and value != "" and is_good(str(value)):
            continue  # as `_check` says of most values
        try:
            _check(column, value, is_good)
        except ValueError as error:
            number = values.index(value) + 1
            raise ManifestError(f"{name}, row {number}: {error}") from None
    if None in known:
        known[None] = column.empty
    return [known[value] for value in values]


def _check(column: Column, value: Cell, is_good: Callable[[str], object]) -> None:
    """Check one value as its CSV cell is checked.

    Raises:
        ValueError: It is not what the column says; the message is the end of a sentence.
    """
    if value is None:
        parsed(column, "")
        return
    if isinstance(value, tuple) and None in value:
        raise ValueError(f"{column.name} holds an empty word.")
    narrower = column.kind in _NARROWER or value == ""
    if narrower and parsed(column, written(column, value)) != value:
        raise ValueError(f"{column.name} is {value!r}, which no cell of a CSV holds.")
    if not is_good(str(value)):
        raise ValueError(f"{column.field} is {str(value)[:200]!r}, which is no {column.field}.")
