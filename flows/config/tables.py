"""Tables of a source: `[[tables]]` of its TOML, and what is joined to them."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from covid19_images.manifest.record import OffsetBasis
from flows.config.typed import Columns, FieldName, Globs, Strict


class Offset(Strict):
    """A column that counts days, from or to an event, and which event that is.

    Attributes:
        column: The column.
        basis: The event: `symptom_onset`, `admission`, `icu` or `unknown`.
        until: Whether it counts from the picture to the event, and not from the event.
    """

    column: str
    basis: OffsetBasis
    until: bool = False


class Columned(Strict):
    """A file whose columns say something.

    Attributes:
        files: Where the table is; the first that is there. CSV, TSV, XLSX, or records of a JSON,
            JSONL, YAML or XML file, with `outer.inner` for what is inside a record, and `key` for
            the name of one that has a name.
        fields: The columns that say something, by what they say; the first that is not empty
            counts.
        marked: Columns that are each named after a finding, and marked where it is seen.
        offsets: Columns that count days; the first that is not empty counts.
        unused: Columns that are known and not needed.
        ignore_case: Whether names that differ in small and capital letters only are one.
        partial: Whether the table is of more than the repository has.
    """

    files: Globs = Field(min_length=1)
    fields: dict[FieldName, Columns] = Field(default={})
    marked: tuple[str, ...] = ()
    offsets: tuple[Offset, ...] = ()
    unused: tuple[str, ...] = ()
    ignore_case: bool = False
    partial: bool = False

    @property
    def says(self) -> frozenset[str]:
        """Return the fields that its columns say something of."""
        counted = {"event_offset" if one.until else "offset" for one in self.offsets}
        return frozenset({*self.fields, *counted, *(("finding",) if self.marked else ())})


class Join(Columned):
    """A table beside another one: each row of that is joined with the row here of the same key.

    What the other table says itself comes first. Where several rows here have one key, only what
    they agree on is used.

    Attributes:
        files: Where it is; the first that is there. Another sheet of the same XLSX will do.
        on: The column of the other table with the key, as its patients.
        to: The column here with the key; the same name if left out.
        fields: The columns here that say something, by what they say.
        marked: Columns here that are each named after a finding, and marked where it is seen.
        offsets: Columns here that count days.
        unused: Columns here that are known and not needed.
        ignore_case: Whether keys that differ in small and capital letters only are one.
        partial: Whether there are rows of keys that the other table does not have.
    """

    on: str = Field(min_length=1)
    to: str = ""


def _names_a_column(template: str) -> str:
    if not re.search(r"\{[^{}]+\}", template):
        what = "it must name a column, as in 'images/{filename}'"
        raise ValueError(f"tables.path is {template!r}; {what}")
    return template


class Table(Columned):
    """Labels in a table: which file, how a row names its image, which column says what.

    Attributes:
        files: Where the table is; the first that is there. CSV, TSV, XLSX, or records of a JSON,
            JSONL, YAML or XML file, with `outer.inner` for what is inside a record, and `key` for
            the name of one that has a name.
        path: How a row names its image, with columns in braces. `**/` stands for any folders, and
            `.*` at the end for any ending. With `/` at the end it names a folder, and the row is of
            every image below it.
        fields: The columns that say something, by what they say; the first that is not empty
            counts.
        marked: Columns that are each named after a finding, and marked where it is seen: with 1, x,
            yes or true.
        offsets: Columns that count days; the first that is not empty counts.
        unused: Columns that are known and not needed.
        ignore_case: Whether names that differ in small and capital letters only are one.
        ignore_ending: Whether a row's name may end otherwise than the file's.
        partial: Whether the table is of more images than the repository has.
        join: Tables beside it, as one of patients.
    """

    path: Annotated[str, AfterValidator(_names_a_column)]
    ignore_ending: bool = False
    join: tuple[Join, ...] = ()

    @property
    def says(self) -> frozenset[str]:
        """Return the fields that its columns, or those of what is joined, say something of."""
        return super().says.union(*(one.says for one in self.join))

    @property
    def every_file(self) -> tuple[str, ...]:
        """Return all places where it, or what is joined to it, may be."""
        return (*self.files, *(file for one in self.join for file in one.files))
