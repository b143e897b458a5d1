"""Write a proposal for people: the section of CHANGES.md and the body of the pull request."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from covid19_images.manifest import Change
from covid19_images.records import Record
from flows.proposal.changes import SourceChange, plural, tally
from flows.proposal.escape import code
from flows.upstream.outcome import Unchanged, describe

LISTED = 40  # items of one list that a body shows; the manifest's diff has the rest

WARNING = (
    "For research, or for use together with medical professionals. A positive CT may show likely "
    "COVID-19; a negative one means nothing. Not for policy or initial diagnosis."
)


def compare_link(change: SourceChange) -> str:
    """Link to the upstream's own comparison of the two commits, where it has one."""
    old, new = change.old if change.moved else None, change.new
    span = f"{old[:7]}…{new[:7]}" if old and new else (new or "")[:7]
    page = re.sub(r"\.git$", "", change.source.url)
    if not page.startswith("https://github.com/") or not new:
        return f"`{span}`" if span else ""
    end = f"compare/{old}...{new}" if old else f"tree/{new}"
    return f"[`{span}`]({page}/{end})"


def section(heading: str, changes: Sequence[SourceChange]) -> str:
    """Write one section of CHANGES.md."""
    lines = [f"## {heading}", ""]
    for change in changes:
        items = list(_items(change))
        if items:
            lines += [f"### {change.source.name} {compare_link(change)}".rstrip(), "", *items, ""]
    return "\n".join(lines)


def _items(change: SourceChange) -> Iterator[str]:
    if not isinstance(change.outcome, Unchanged):
        yield f"- Sources: {code(describe(change.outcome))}"
    if change.added:
        yield f"- Added {plural(len(change.added), 'images')}: {_sorts(change.added)}"
    yield from _named("Changed", [_after(c).path for c in change.modified])
    yield from _named("Removed", [record.path for record in change.removed])
    for renamed in change.renamed[:LISTED]:
        yield f"- Renamed {code(_before(renamed).path)} to {code(_after(renamed).path)}"
    yield from _rest(change.renamed)
    if change.relabelled:
        columns = Counter(column for row in change.relabelled for column in row.columns)
        what = ", ".join(f"{column} {n}" for column, n in columns.most_common())
        yield f"- Labels of {plural(len(change.relabelled), 'images')} changed: {what}"
    for found in change.copies[:LISTED]:
        kind = found.pair.kind
        yield f"- Duplicate: {code(found.copy)} is a copy of {code(found.original)} ({kind})"
    yield from _rest(change.copies)
    for pair in change.undecided[:LISTED]:
        both = f"{code(pair.copy)} and {code(pair.original)}"
        yield f"- To decide in `config/decisions.toml`: are {both} one picture?"
    yield from _rest(change.undecided)


def _sorts(records: Sequence[Record]) -> str:
    kinds = [tally(records, column) for column in ("finding", "modality")]
    return " · ".join(
        ", ".join(f"{n:,} {word}" for word, n in kind.most_common()) for kind in kinds
    )


def _named(act: str, paths: Sequence[str]) -> Iterator[str]:
    for path in paths[:LISTED]:
        yield f"- {act} {code(path)}"
    yield from _rest(paths)


def _rest(items: Sequence[object]) -> Iterator[str]:
    if len(items) > LISTED:
        yield f"- … and {len(items) - LISTED:,} more: see the manifest"


def _before(change: Change) -> Record:
    assert change.before is not None
    return change.before


def _after(change: Change) -> Record:
    assert change.after is not None
    return change.after


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a Markdown table; numbers stand to the right."""
    body = [list(row) for row in rows]
    right = [all(isinstance(row[i], int) for row in body) for i in range(len(header))]
    lines = [header, ["---:" if r else "---" for r in right]]
    lines += [[f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row] for row in body]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def body(
    title: str,
    changes: Sequence[SourceChange],
    records: Sequence[Record],
    held: Sequence[str],
    splits: str = "",
) -> str:
    """Write the body of a pull request; `flows.proposal.splits` writes the section `splits`."""
    active = [record for record in records if record.status == "active"]
    parts = [f"# {title}", ""]
    parts += [f"> **Held for a person:** {reason}" for reason in held]
    parts += ["", table(SUMMARY_HEADER, map(summary_row, changes)), ""]
    for change in changes:
        items = list(_items(change))
        if items:
            parts += [f"## {change.source.name} {compare_link(change)}".rstrip(), "", *items, ""]
    parts += [*filter(None, [splits]), *_problems(changes)]
    parts += ["## The collection after this", "", f"{len(active):,} images.", ""]
    for column in ("source", "finding", "modality"):
        counted = tally(active, column)
        rows = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
        parts += [table([column, "images"], [[word, n] for word, n in rows]), ""]
    return "\n".join([*parts, f"_{WARNING}_", ""])


SUMMARY_HEADER = ["source", "what happened", "images", "new", "changed", "renamed", "removed",
                  "relabelled", "duplicates"]  # fmt: skip


def summary_row(change: SourceChange) -> list[object]:
    """Write the line of the summary table for one source."""
    what = code(describe(change.outcome))
    return [change.source.name, what, change.images, *change.counts().values()]


def _problems(changes: Sequence[SourceChange]) -> list[str]:
    found = [problem for change in changes for problem in change.problems]
    if not found:
        return []
    kinds = Counter(problem.kind.replace("_", " ") for problem in found)
    said = ", ".join(f"{n:,} {kind}" for kind, n in kinds.most_common())
    lines = ["## What could not be explained", "", f"New in `datasets/problems.csv`: {said}.", ""]
    for problem in found[:LISTED]:
        where = f"{problem.file}:{problem.line}" if problem.line else problem.file
        lines.append(f"- {problem.source}: {code(where)} {code(problem.what)}")
    return [*lines, *_rest(found), ""]
