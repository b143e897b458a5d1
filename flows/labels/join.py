"""Join a second table to the rows of one: what it says of a patient, its images say too.

Nothing is guessed: where several rows have one key, only what they agree on is used, and where the
key has no row, the joined table says nothing.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from flows.collection.problems import Kind, Problem
from flows.config.source import Source
from flows.config.tables import Join
from flows.labels.files import TableFile, from_row
from flows.labels.table import Row, TableText, normal
from flows.labels.written import Labels, Trouble
from flows.text.plural import plural

_SHOWN = 3


class Joined:
    """What one table says of the keys that another one names."""

    def __init__(self, source: Source, file: TableFile[Join], text: TableText) -> None:
        """Index the rows by their key.

        Args:
            source: The source, for problems.
            file: The table that is joined.
            text: What it says.
        """
        self._source, self._file, self._layout = source, file, file.layout
        self._column = normal(file.layout.to or file.layout.on)
        self._exact: dict[str, list[Row]] = defaultdict(list)
        self._alike: dict[str, list[Row]] = defaultdict(list)
        self._used: set[int] = set()
        self._missed: dict[str, int] = {}
        self._without_key = 0
        for row in text.rows:
            if key := row.cells.get(self._column, "").strip():
                self._exact[key].append(row)
                self._alike[key.casefold()].append(row)
        self._keyed = [row for rows in self._exact.values() for row in rows]

    def __call__(self, row: Row) -> Labels:
        """Return what the joined table says of a row of the other one."""
        key = row.cells.get(normal(self._layout.on), "").strip()
        if not key:
            self._without_key += 1
            return {}
        rows = self._rows(key)
        if not rows:
            self._missed.setdefault(key, row.line)
        self._used |= {one.line for one in rows}
        return self._agreed(rows)[0]

    def problems(self) -> Iterator[Problem]:
        """List what did not fit together, after all rows were asked for."""
        for rows in self._groups():
            if differing := self._agreed(rows)[1]:
                lines = " and ".join(str(one.line) for one in rows[:_SHOWN])
                key = rows[0].cells[self._column].strip()
                what = (
                    f"lines {lines} are all of {key!r} and differ in {', '.join(differing)}, "
                    "which is not used"
                )
                yield self._problem("double_row", what, rows[1].line)
        if self._missed:
            named = ", ".join(map(repr, list(self._missed)[:_SHOWN]))
            more = ", …" if len(self._missed) > _SHOWN else ""
            keys = plural(len(self._missed), "keys")
            what = f"no row for {keys} of {self._layout.on!r}: {named}{more}"
            yield self._problem("join_without_row", what + self._hint())
        if self._without_key:
            what = f"{plural(self._without_key, 'rows')} of images name no {self._layout.on!r}"
            yield self._problem("join_without_row", what)
        left = [row for row in self._keyed if row.line not in self._used]
        if left and not self._layout.partial:
            what = f"{plural(len(left), 'rows')} with a key that no image has; partial = true"
            yield self._problem("row_without_file", what + " says that this may be", left[0].line)

    def _rows(self, key: str) -> Sequence[Row]:
        alike = self._alike.get(key.casefold(), []) if self._layout.ignore_case else []
        return self._exact.get(key, []) or alike

    def _groups(self) -> Iterator[Sequence[Row]]:
        groups = self._alike if self._layout.ignore_case else self._exact
        yield from (rows for rows in groups.values() if len(rows) > 1)

    def _agreed(self, rows: Sequence[Row]) -> tuple[Labels, list[str]]:
        """Return what all rows say alike, and the fields in which they differ."""
        stated = [from_row(self._layout, self._file.path, row) for row in rows]
        agreed: Labels = {}
        for one in reversed(stated):
            agreed |= one
        differing = [
            name
            for name in sorted(agreed)
            if len({tuple(w.text for w in one[name]) for one in stated if name in one}) > 1
        ]
        return {name: texts for name, texts in agreed.items() if name not in differing}, differing

    def _hint(self) -> str:
        found = sum(key.casefold() in self._alike for key in self._missed)
        return f"; ignore_case = true would find {found:,} of them" if found else ""

    def _problem(self, kind: Kind, what: str, line: int = 0) -> Problem:
        return Problem(self._source.name, self._file.path, line, kind, what)


def trouble_on(layout: Join, other: str, text: TableText) -> Trouble | None:
    """Return the trouble where the table to which another is joined lost the column for it."""
    if normal(layout.on) in text.columns:
        return None
    what = f"{other} has no column {layout.on!r} any more, to which {layout.files[0]} is joined"
    return Trouble(what, layout.says, sure=False)
