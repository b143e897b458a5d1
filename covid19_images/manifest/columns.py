"""The columns of a dataclass: how each cell is written as text, and read back.

The dataclass is the one place where a column is defined. Its annotations say the type, and a
field's metadata what they cannot:

- `header`: the column's name in the file, where it is another than the field's;
- `format`: how a number is written, as in `format()`;
- `empty`: the value that an empty cell stands for, where it is another than the default.
"""

import datetime as dt
import types
from collections.abc import Callable, Collection, Sequence
from dataclasses import MISSING, Field, dataclass, fields
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from covid19_images.manifest.spreadsheet import cell, uncell

Kind = Literal["text", "enum", "list", "int", "float", "bool", "date"]
Cell = str | int | float | bool | dt.date | tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Column:
    """What one column holds.

    Attributes:
        name: Its name in the CSV header.
        kind: How a cell is written and read back.
        words: The closed vocabulary of an enum or list; empty where any text is allowed.
        required: Whether a cell must not be empty.
        field: The dataclass's name for it.
        empty: What an empty cell stands for.
        format: How a number is written.
    """

    name: str
    kind: Kind
    words: tuple[str, ...]
    required: bool
    field: str
    empty: Cell = None
    format: str | None = None


_PLAIN: dict[object, Kind] = {
    str: "text",
    int: "int",
    float: "float",
    bool: "bool",
    dt.date: "date",
}


def columns_of(row: type, *, without: Collection[str] = ()) -> tuple[Column, ...]:
    """Return the columns of a dataclass.

    Args:
        row: The dataclass.
        without: Fields that are no cells.
    """
    hints = get_type_hints(row)
    return tuple(
        _column(field, hints[field.name]) for field in fields(row) if field.name not in without
    )


def _column(field: Field[Any], hint: object) -> Column:
    options = _options(hint)
    kind, words = _kind(options)
    empty = field.metadata.get("empty", _empty(field, kind))
    may_be_empty = type(None) in options or empty is not None
    return Column(
        name=field.metadata.get("header", field.name),
        kind=kind,
        words=words,
        required=not may_be_empty,
        field=field.name,
        empty=empty,
        format=field.metadata.get("format"),
    )


def _options(hint: object) -> tuple[object, ...]:
    if get_origin(hint) in (Union, types.UnionType):
        return get_args(hint)
    return (hint,)


def _kind(options: Sequence[object]) -> tuple[Kind, tuple[str, ...]]:
    first = options[0]
    if get_origin(first) is tuple:
        return "list", get_args(get_args(first)[0])
    if get_origin(first) is Literal:
        return "enum", tuple(word for option in options for word in get_args(option))
    return _PLAIN[first], ()


def _empty(field: Field[Any], kind: Kind) -> Cell:
    if kind == "list":
        return ()
    if field.default is MISSING or kind in ("enum", "bool"):
        return None
    default: Cell = field.default
    return default


def _format_float(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _parse_bool(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(text)
    return text == "true"


_WRITE: dict[Kind, Callable[[Any], str]] = {
    "text": cell,
    "enum": str,
    "list": lambda value: cell(";".join(value)),
    "int": str,
    "float": _format_float,
    "bool": lambda value: "true" if value else "false",
    "date": lambda value: value.isoformat(),
}
_READ: dict[Kind, Callable[[str], Cell]] = {
    "enum": str,
    "list": lambda text: tuple(uncell(text).split(";")),
    "int": int,
    "float": float,
    "bool": _parse_bool,
    "date": dt.date.fromisoformat,
}


def written(column: Column, value: Cell) -> str:
    """Return a value as a cell that no spreadsheet takes for a formula; empty for no value."""
    if value is None or value == column.empty:
        return ""
    return format(value, column.format) if column.format else _WRITE[column.kind](value)


def parsed(column: Column, text: str) -> Cell:
    """Return the value of a cell.

    Raises:
        ValueError: It is not what the column says; the message is the end of a sentence.
    """
    if text == "":
        if column.required:
            raise ValueError(f"{column.name} is empty; every row needs one.")
        return column.empty
    if column.kind == "text":
        return uncell(text)
    try:
        value = _READ[column.kind](text)
    except ValueError:
        raise ValueError(f"{column.name} is {text!r}; it must be of type {column.kind}.") from None
    words = value if isinstance(value, tuple) else (text,)
    if column.words and not all(word in column.words for word in words):
        choices = ", ".join(column.words)
        raise ValueError(f"{column.name} is {text!r}; it must be one of {choices}.")
    return value
