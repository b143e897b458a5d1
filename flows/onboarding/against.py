"""Hold what names of folders and files seem to say against the repository's own table."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from flows.config.tables import Table
from flows.labels.files import YES
from flows.labels.finder import Ambiguous, Finder
from flows.labels.table import Row, TableText, normal
from flows.labels.words import UnmappedError, Words
from flows.onboarding.columns import Columns
from flows.onboarding.folders import Rule

_CONTRADICTED = 0.05  # of the images that a name and a table both describe


def contradictions(
    layout: Table,
    text: TableText,
    columns: Columns,
    images: Sequence[str],
    rules: Sequence[Rule],
    words: Words,
) -> list[str]:
    """Return a sentence for each name that a table contradicts.

    Args:
        layout: How the table names images.
        text: The table.
        columns: What its columns seem to say.
        images: The images.
        rules: What names seem to say.
        words: The collection's vocabulary.
    """
    if not columns.says_finding:
        return []
    find = Finder(layout, images)
    both: dict[str, list[bool]] = defaultdict(list)
    for row in text.rows:
        found = find(row)
        meaning = _stated(columns, row, words)
        for path in found if meaning and not isinstance(found, Ambiguous) else ():
            for name, meant in _called(rules, path):
                both[name].append(bool(_finding(meant, words) & meaning))
    return [
        f"{name}: {agree.count(False):,} of {len(agree):,} files are something else in "
        f"{layout.files[0]}, so such names are not used"
        for name, agree in sorted(both.items())
        if agree.count(False) > _CONTRADICTED * len(agree)
    ]


def _called(rules: Sequence[Rule], path: str) -> Iterator[tuple[str, str]]:
    """List what names a path has that say a finding, and the words for it."""
    for rule in rules:
        if found := re.search(rule.match, path):
            text = rule.sets.get("finding") or found["finding"]
            name = found[0].strip("/") if rule.sets else text
            yield (f"{name}/" if rule.of_folders else f"names with {name}"), text


def _stated(columns: Columns, row: Row, words: Words) -> set[str]:
    """Return what a row says is seen."""
    named = columns.sure.get("finding") or [columns.guessed.get("finding", ("",))[0]]
    meaning = _finding(row.cells.get(normal(named[0]), ""), words)
    marked = [one for one in columns.marked if row.cells.get(one, "").strip().casefold() in YES]
    return meaning.union(*(_finding(one, words) for one in marked))


def _finding(text: str, words: Words) -> set[str]:
    try:
        return set(filter(None, words.translate("finding", text)))
    except UnmappedError:
        return set()
