"""Write what happened to one source, in the words of Keep a Changelog: https://keepachangelog.com."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from covid19_images.manifest.record import Record
from covid19_images.manifest.table import Change
from flows.proposal.changes import NewDuplicate, SourceChange, left_out, stated_columns, tally
from flows.proposal.transitions import Transition, shown, transitions
from flows.text.escape import code, link, text
from flows.text.plural import plural
from flows.upstream.outcome import Advanced, Ignored, Unchanged

LISTED = 40  # items of one list that are worth reading; CHANGES.json has the rest
_NAMED = 5  # publications or licences that are named
_TRANSITIONS, _SAMPLES = 12, 3  # groups of relabelled images, and names in each
_DOI = re.compile(r"10\.\d{4,9}/[-.;()/:\w]+", re.ASCII)


def section(heading: str, changes: Sequence[SourceChange]) -> str:
    """Write one section of CHANGES.md."""
    parts = [f"## {heading}", *filter(None, (source_section(c, level=3) for c in changes))]
    return "\n\n".join(parts) + "\n"


def source_section(change: SourceChange, *, level: int) -> str:
    """Write what happened to one source; empty when nothing did.

    Args:
        change: What happened.
        level: Level of its heading.
    """
    grouped = groups(change)
    if not grouped:
        return ""
    heading = f"{'#' * level} {text(change.source.name)} {compare_link(change)}".rstrip()
    lists = [f"{'#' * (level + 1)} {word}\n\n" + "\n".join(grouped[word]) for word in grouped]
    return "\n\n".join([heading, credit(change), *lists])


def compare_link(change: SourceChange) -> str:
    """Link to the upstream's own comparison of the two commits, where it has one."""
    old, new = change.old if change.moved else None, change.new
    span = f"{old[:7]}…{new[:7]}" if old and new else (new or "")[:7]
    if not change.repository or not new:
        return code(span) if span else ""
    return link(code(span), change.repository.commits_page(old, new))


def credit(change: SourceChange) -> str:
    """Format whose images and labels these are, and under which licence."""
    licence = change.source.licence
    by = f"Images and labels by {text(change.source.owner)}"
    if licence == "NOASSERTION":
        return f"{by}. No licence is known for the whole set."
    return f"{by}, under {text(licence)}."


def groups(change: SourceChange) -> Mapping[str, Sequence[str]]:
    """List what happened to a source under the words of a changelog; empty groups are left out."""
    grouped = {
        "Added": list(_added(change.added)),
        "Changed": _changed(change),
        "Removed": _cut([_removed(record) for record in change.removed]),
        "Duplicates": list(_duplicates(change)),
        "Labels": list(_labels(change)),
        "Sources": list(_source(change)),
        "Schema": list(_schema(change)),
    }
    grouped = {word: items for word, items in grouped.items() if items}
    moved_on = isinstance(change.outcome, Advanced) and change.outcome.old and not change.formerly
    if len(grouped) > 1 and moved_on:
        grouped.pop("Sources", None)  # that it moved on, the link beside its name says already
    return grouped


def more(number: int, what: str = "") -> str:
    """Format how much was left out, and where it stands.

    >>> more(1200)
    '1,200 more in CHANGES.json'
    """
    return f"{number:,} more{what} in CHANGES.json"


def _cut(items: Sequence[str]) -> list[str]:
    rest = [f"- … and {more(len(items) - LISTED)}"] if len(items) > LISTED else []
    return [*items[:LISTED], *rest]


def _added(records: Sequence[Record]) -> Iterator[str]:
    if not records:
        return
    kinds = [tally(records, column) for column in ("finding", "modality")]
    sorts = " · ".join(
        ", ".join(f"{n:,} {text(word)}" for word, n in kind.most_common()) for kind in kinds
    )
    yield f"- {plural(len(records), 'images')}: {sorts}"
    unusable = Counter(record.status for record in records if record.status != "active")
    if unusable:
        listed = ", ".join(f"{n:,} {status}" for status, n in sorted(unusable.items()))
        yield f"- Of these, not usable: {listed}"
    licences = Counter(r.licence for r in records if r.licence and r.licence_basis == "image")
    if licences:
        listed = ", ".join(f"{n:,} {code(word)}" for word, n in licences.most_common(_NAMED))
        yield f"- Licences of single images: {listed}{_others(len(licences))}"
    dois = sorted({record.doi for record in records if record.doi})
    if dois:
        yield f"- From {', '.join(map(_doi, dois[:_NAMED]))}{_others(len(dois))}"


def _others(number: int) -> str:
    return f" and {more(number - _NAMED)}" if number > _NAMED else ""


def _doi(doi: str) -> str:
    found = _DOI.fullmatch(doi)
    return link(code(f"doi:{doi}"), f"https://doi.org/{doi}") if found else code(doi)


def _changed(change: SourceChange) -> list[str]:
    modified = [f"- {code(after(c).path)}" for c in change.modified]
    renamed = [f"- {code(before(c).path)} is now {code(after(c).path)}" for c in change.renamed]
    return _cut(modified) + _cut(renamed)


def _removed(record: Record) -> str:
    """Format a picture that is gone; upstream withdrew it where no reason stands there."""
    reason = f": {record.status_reason}" if left_out(record) else ""
    return f"- {code(record.path)}{reason}"


def _duplicates(change: SourceChange) -> Iterator[str]:
    yield from _cut([_copy(found) for found in change.copied()])
    if change.undecided:
        yield f"- For a person to decide: {plural(len(change.undecided), 'pairs')}"


def _copy(found: NewDuplicate) -> str:
    """Format which picture a copy is of: the one that is kept."""
    kept = found.kept or found.original
    how = f" ({found.pair.kind})" if kept == found.original else ""
    return f"- {code(found.copy)} is a copy of {code(kept)}{how}"


def _labels(change: SourceChange) -> Iterator[str]:
    if change.relabelled:
        columns = Counter(name for row in change.relabelled for name in stated_columns(row))
        what = ", ".join(f"{column} {n:,}" for column, n in columns.most_common())
        yield f"- {plural(len(change.relabelled), 'images')}: {what}"
        shared = transitions(change.relabelled)
        yield from _transitions(shared)
        whole = [one for one in shared[:_TRANSITIONS] if len(one.paths) <= _SAMPLES]
        grouped = {(path, one.column) for one in whole for path in one.paths}
        alone = [c for c in change.relabelled if not _columns_of(c) <= grouped]
        yield from _cut([f"- {code(after(c).path)}: {_relabelled(c)}" for c in alone])
    for file, table in sorted(change.tables.items()):
        counts = {"added": table.added, "removed": table.removed, "changed": table.changed}
        if change.old and any(counts.values()):
            listed = ", ".join(f"{n:,} {act}" for act, n in counts.items() if n)
            yield f"- Rows of {code(file)}: {listed}"


def _columns_of(change: Change) -> set[tuple[str, str]]:
    return {(after(change).path, column) for column in stated_columns(change)}


def _relabelled(change: Change) -> str:
    listed = [
        f"{name} {code(shown(before(change), name))} → {code(shown(after(change), name))}"
        for name in stated_columns(change)
    ]
    return ", ".join(listed)


def _transitions(found: Sequence[Transition]) -> Iterator[str]:
    """List what changed into what: every name of a few, or some names of many."""
    for one in found[:_TRANSITIONS]:
        names = ", ".join(code(path) for path in one.paths[:_SAMPLES])
        such = ", such as" if len(one.paths) > _SAMPLES else ""
        yield (
            f"- {one.column.replace('_', ' ')}: {code(one.before)} → {code(one.after)}:"
            f" {len(one.paths):,} images{such or ','} {names}"
        )
    if len(found) > _TRANSITIONS:
        yield f"- … and {len(found) - _TRANSITIONS:,} other changes that several images share"


def _source(change: SourceChange) -> Iterator[str]:
    if change.formerly or not isinstance(change.outcome, Unchanged | Ignored):
        yield f"- {code(change.says)}"


def _schema(change: SourceChange) -> Iterator[str]:
    for file, table in sorted(change.tables.items()):
        if change.old and table.header_changed:
            yield f"- {code(file)} has other columns than before"


def before(change: Change) -> Record:
    """Return the row as it was, of a change that has one."""
    assert change.before is not None
    return change.before


def after(change: Change) -> Record:
    """Return the row as it is now, of a change that has one."""
    assert change.after is not None
    return change.after
