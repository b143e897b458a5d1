"""Write `datasets/CHANGES.json`: the newest night's changes, whole, for programs."""

import datetime as dt
import json
import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from covid19_images.manifest.record import Record
from covid19_images.manifest.table import Change
from flows.proposal.changes import NewDuplicate, SourceChange, headline, label_columns
from flows.proposal.section import after, before
from flows.text.escape import visible

SCHEMA = 1
_COLUMNS = (
    "path",
    "image_id",
    "status",
    "status_reason",
    "modality",
    "view",
    "finding",
    "licence",
    "doi",
    "url",
)


def dumps(
    changes: Sequence[SourceChange],
    date: dt.date | None,
    reported: Mapping[str, Any] = MappingProxyType({}),
) -> str:
    """Write what a night changed, sorted, with one line a row.

    Args:
        changes: What happened to each source that was visited.
        date: UTC date of the newest upstream commit taken in.
        reported: What changed beside the sources, as `Reports.for_programs` returns it.
    """
    document = {
        "schema": SCHEMA,
        "upstream_as_of": date,
        "headline": headline(changes),
        **reported,
        "sources": [_source(change) for change in sorted(changes, key=lambda c: c.source.name)],
    }
    return visible(_lines(document) + "\n")


def _source(change: SourceChange) -> dict[str, Any]:
    source = change.source
    return {
        "source": source.name,
        "title": source.title,
        "owner": source.owner,
        "licence": source.licence,
        "url": re.sub(r"\.git$", "", source.url),
        "outcome": type(change.outcome).__name__,
        "says": change.says,
        "old": change.old,
        "new": change.new,
        "held": change.review_reason,
        **({"not_visited_since": since} if (since := change.not_visited_since) else {}),
        "images": change.images,
        "counts": {words.replace(" ", "_"): n for words, n in change.counts().items()},
        "added": [_row(record) for record in _by_path(change.added)],
        "removed": [_row(record) for record in _by_path(change.removed)],
        "renamed": [
            {"from": before(c).path, "to": after(c).path} for c in _by_new_path(change.renamed)
        ],
        "modified": [_modified(c) for c in _by_new_path(change.modified)],
        "relabelled": [_relabelled(c) for c in _by_new_path(change.relabelled)],
        "tables": [
            {
                "file": file,
                "rows": t.rows,
                "added": t.added,
                "removed": t.removed,
                "changed": t.changed,
                "header_changed": t.header_changed,
            }
            for file, t in sorted(change.tables.items())
        ],
        "duplicates": [_pair(found) for found in _by_keys(change.copies)],
        "undecided": [_pair(found) for found in _by_keys(change.undecided)],
        "problems": [
            {"file": p.file, "line": p.line or None, "kind": p.kind, "what": p.what}
            for p in sorted(change.problems)
        ],
    }


def _row(record: Record) -> dict[str, Any]:
    """Return a row for JSON; what is not known is left out, the manifest has the rest."""
    cells = {name: getattr(record, name) for name in _COLUMNS}
    return {name: value for name, value in cells.items() if value not in (None, ())}


def _modified(change: Change) -> dict[str, Any]:
    return {"path": after(change).path, "blob": [before(change).blob, after(change).blob]}


def _relabelled(change: Change) -> dict[str, Any]:
    columns = {
        name: [getattr(before(change), name), getattr(after(change), name)]
        for name in label_columns(change)
    }
    return {"path": after(change).path, "columns": columns}


def _pair(found: NewDuplicate) -> dict[str, Any]:
    pair = found.pair
    return {
        "copy": found.copy,
        "original": found.original,
        "kind": pair.kind,
        "hamming_bits": pair.hamming_bits,
        "inliers": pair.inliers,
        "correlation": pair.correlation,
        "transform": pair.transform or None,
        "decided_by": pair.decided_by if pair.kind != "undecided" else None,
    }


def _by_path(records: Sequence[Record]) -> list[Record]:
    return sorted(records, key=lambda record: record.path)


def _by_new_path(changes: Sequence[Change]) -> list[Change]:
    return sorted(changes, key=lambda change: after(change).path)


def _by_keys(pairs: Sequence[NewDuplicate]) -> list[NewDuplicate]:
    return sorted(pairs, key=lambda found: (found.copy, found.original))


def _lines(value: object, indent: str = "") -> str:
    """Write JSON whose innermost rows stand on one line each, so that a diff shows rows."""
    deeper = indent + "  "
    if isinstance(value, Mapping) and (not indent or "source" in value):
        inside = [f"{deeper}{json.dumps(k)}: {_lines(v, deeper)}" for k, v in value.items()]
        return "{\n" + ",\n".join(inside) + f"\n{indent}}}"
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(deeper + _lines(v, deeper) for v in value) + f"\n{indent}]"
    return json.dumps(value, ensure_ascii=False, default=dt.date.isoformat)
