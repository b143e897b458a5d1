"""Gather what a layout says of each image: texts by field, from tables, paths and constants."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from flows.collection.problems import Problem
from flows.config.source import Source
from flows.config.tables import Table
from flows.labels.files import (
    TableFile,
    from_row,
    key_column,
    missing,
    problems_of,
    troubles_of,
    unreadable,
)
from flows.labels.finder import Ambiguous, Finder
from flows.labels.join import Joined, trouble_on
from flows.labels.table import Row, TableText
from flows.labels.written import Labels, Trouble, Written

_COUNTED = {"event_offset", "offset", "offset_basis"}  # days of one count belong together


@dataclass(slots=True)
class Labelled:
    """What a layout says of every path, and what in it could not be used.

    Attributes:
        by_path: The texts of every image, by field.
        with_row: Images that a row of any table describes.
        problems: What could not be used.
        troubles: Why labels may be missing.
        missing: Images that a table has no row for, and which table.
    """

    by_path: dict[str, Labels] = field(default_factory=dict)
    with_row: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    missing: list[tuple[str, str]] = field(default_factory=list)

    def note(self, problem: Problem, trouble: Trouble) -> None:
        """Add a problem that may cost labels."""
        self.problems.append(problem)
        self.troubles.append(trouble)


def label(source: Source, files: Sequence[TableFile[Table]], images: Sequence[str]) -> Labelled:
    """Gather the labels of all images of a source.

    Later words win: constants, then path rules, then tables.
    """
    labelled = Labelled()
    for path in images:
        written: Labels = defaultdict(list)
        for name, text in source.always.items():
            written[name] = [Written(text, path)]
        for name, text in _from_path(source, path):
            written[name] = [Written(text, path)]
        labelled.by_path[path] = written
    for file in files:
        _from_table(source, file, images, labelled)
    labelled.problems += _without_row(source, images, labelled)
    for layout in source.tables:
        if layout not in [file.layout for file in files]:
            labelled.note(*missing(source, layout))
    return labelled


def _from_path(source: Source, path: str) -> Iterator[tuple[str, str]]:
    for rule in source.paths:
        found = re.search(rule.match, path)
        if found:
            yield from ((name, text) for name, text in found.groupdict().items() if text)
            yield from rule.set.items()


def _from_table(
    source: Source, file: TableFile[Table], images: Sequence[str], labelled: Labelled
) -> None:
    text = file.text
    if text is None:
        labelled.note(*unreadable(source, file))
        return
    labelled.problems += problems_of(source, file, text)
    labelled.troubles += troubles_of(file, text)
    joined = list(_joined(source, file, text, labelled))
    find = Finder(file.layout, images)
    here: set[str] = set()
    elsewhere = 0
    for row in text.rows:
        found = find(row)
        if isinstance(found, Ambiguous):
            what = f"the row names more than one image: {', '.join(found.paths)}; it is not used"
            labelled.problems.append(Problem(source.name, file.path, row.line, "double_row", what))
        elif not found and file.layout.partial:
            elsewhere += 1
        elif not found:
            labelled.problems.append(_no_file(source, file, row))
        elif twice := here.intersection(found):
            what = f"another row already describes {min(twice)}; this one is not used"
            labelled.problems.append(Problem(source.name, file.path, row.line, "double_row", what))
        else:
            here.update(found)
            written = _from_row(file, row, joined)
            for path in found:
                labelled.by_path[path].update(written)
    labelled.problems += [problem for one in joined for problem in one.problems()]
    if elsewhere:
        what = f"{elsewhere:,} of {len(text.rows):,} rows are of images that are not here (partial)"
        labelled.problems.append(Problem(source.name, file.path, 0, "row_without_file", what))
    labelled.with_row |= here
    read_over = f"{file.path} has no row for it"
    labelled.missing += [(path, read_over) for path in images if path not in here]


def _without_row(source: Source, images: Sequence[str], labelled: Labelled) -> Iterator[Problem]:
    """List images that no table describes: of several tables each may have a part of them."""
    reasons = dict(reversed(labelled.missing))
    for path in images:
        if path in reasons and path not in labelled.with_row:
            yield Problem(source.name, path, 0, "file_without_row", reasons[path])


def _joined(
    source: Source, file: TableFile[Table], text: TableText, labelled: Labelled
) -> Iterator[Joined]:
    """Prepare the tables that are joined; what is wrong with them is noted."""
    for layout in file.layout.join:
        beside = next((one for one in file.joined if one.layout == layout), None)
        if beside is None:
            labelled.note(*missing(source, layout))
        elif beside.text is None:
            labelled.note(*unreadable(source, beside))
        else:
            labelled.problems += problems_of(source, beside, beside.text)
            labelled.troubles += troubles_of(beside, beside.text)
            labelled.troubles += filter(None, [trouble_on(layout, file.path, text)])
            yield Joined(source, beside, beside.text)


def _from_row(file: TableFile[Table], row: Row, joined: Iterable[Joined]) -> Labels:
    """Return what a row says; where it says nothing of a field, a joined table may."""
    written = from_row(file.layout, file.path, row)
    for beside in joined:
        also = beside(row)
        if _COUNTED & written.keys():
            also = {name: texts for name, texts in also.items() if name not in _COUNTED}
        notes = [*written.get("notes", ()), *also.get("notes", ())]
        written = also | written | ({"notes": notes} if notes else {})
    return written


def _no_file(source: Source, file: TableFile[Table], row: Row) -> Problem:
    key = row.cells.get(key_column(file.layout), "").strip()
    what = f"the row names {key!r}, which is not among the images" if key else "names no image"
    return Problem(source.name, file.path, row.line, "row_without_file", what)
