"""Find out which pictures a set has and what they are labelled with: from tables, or folders."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from covid19_images.checks.shortcuts.subject import ALL
from covid19_images.manifest.spreadsheet import uncell


class SetError(Exception):
    """Raised for a set of pictures in which something is missing: what, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One picture that a set names.

    Attributes:
        path: Where it is, below the folder of the set.
        labels: What it is labelled with.
        split: Which split it is in.
        source: Which source it comes from, where that is known.
        group: Its patient or group; empty where none is known.
    """

    path: str
    labels: frozenset[str]
    split: str = ALL
    source: str | None = None
    group: str = ""


# Names of columns, in lower case and without anything but letters; the first that is there counts.
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "path": ("path", "filepath", "imagepath", "filename", "file", "image", "imageindex", "imageid"),
    "label": ("label", "labels", "class", "target", "finding", "findings", "diagnosis"),
    "source": ("source", "datasource", "dataset", "origin", "database"),
    "split": ("split", "partition", "subset"),
    "group": ("group", "patientid", "patient", "subjectid", "subject"),
}
_SPLITS: Mapping[str, str] = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "dev": "validation",
    "test": "test",
    "testing": "test",
}


def in_tables(tables: Sequence[Path], label: str | None = None) -> list[Listed]:
    """Read tables that have a row for each picture, with a header.

    Args:
        tables: CSV files; one named as a split is of that split, where no column says it.
        label: The column of labels; found by its name where none is given.

    Raises:
        SetError: A column is missing, or a file is no table.
    """
    return [one for table in tables for one in _in_table(table, label)]


def _in_table(table: Path, label: str | None) -> Iterator[Listed]:
    try:
        with table.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            columns = _columns(reader.fieldnames or (), table, label)
            for row in reader:
                cells = {what: uncell((row[name] or "").strip()) for what, name in columns.items()}
                named = _SPLITS.get(cells.get("split", table.stem).lower())
                yield Listed(
                    path=cells["path"],
                    labels=_words(cells["label"]),
                    split=named or cells.get("split") or ALL,
                    source=cells.get("source") or None,
                    group=cells.get("group", ""),
                )
    except (UnicodeDecodeError, csv.Error) as error:
        raise SetError(f"{table} is no table in UTF-8: {error}") from None


def _words(text: str) -> frozenset[str]:
    return frozenset(word.strip() for word in re.split("[;|]", text) if word.strip())


def _columns(header: Sequence[str], table: Path, label: str | None) -> dict[str, str]:
    known = {re.sub("[^a-z]", "", name.lower()): name for name in reversed(header)}
    found = {
        what: next(known[name] for name in names if name in known)
        for what, names in _COLUMNS.items()
        if any(name in known for name in names)
    }
    if label is not None:
        if label not in header:
            raise SetError(f"{table} has no column {label!r}; it has {', '.join(header)}.")
        found["label"] = label
    missing = [what for what in ("path", "label") if what not in found]
    if missing:
        names = ", ".join(_COLUMNS[missing[0]])
        raise SetError(
            f"{table} has no column of a {missing[0]}; name one of them {names}. It has "
            f"{', '.join(header)}."
        )
    return found


def in_folders(paths: Sequence[str]) -> list[Listed]:
    """Return the labels that folders give: SPLIT/LABEL/FILE, or LABEL/FILE.

    Args:
        paths: All files of a set, below its folder.
    """
    found = []
    for path in paths:
        above = path.split("/")[:-1]
        split = next((_SPLITS[word.lower()] for word in above if word.lower() in _SPLITS), ALL)
        words = [word for word in above if word.lower() not in _SPLITS]
        if words:
            found.append(Listed(path=path, labels=frozenset([words[-1]]), split=split))
    return found


def is_table(path: Path) -> bool:
    """Return whether a file of a set is a table that names its pictures."""
    return path.suffix.lower() == ".csv"
