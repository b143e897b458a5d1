"""What is disputed among sources in a release: new conflicts, decisions, owners' corrections."""

import datetime as dt
from collections.abc import Iterable, Sequence

from covid19_images.manifest.record import Record
from covid19_images.manifest.statements.compatible import value
from covid19_images.manifest.statements.conflicts import Conflict, fresh
from covid19_images.release.row import Row
from flows.config.decisions import Finding
from flows.publish.select import Previous
from flows.text.escape import code

_LISTED = 40


def section(
    rows: Sequence[Row],
    found: Sequence[Sequence[Conflict]],
    previous: Previous | None,
    findings: Sequence[Finding],
) -> str:
    """Write the section of `CHANGES.md`; empty where nothing of it is new.

    Args:
        rows: The release's manifest, with names as they are published.
        found: Its conflicts, and those of the release before.
        previous: The release before.
        findings: What people decided, oldest first.
    """
    now, earlier = found
    before = previous.rows if previous else ()
    parts = (
        ("New conflicts between copies", map(_conflict, fresh(earlier, now))),
        ("Decided by people", map(_decision, _decided(findings, rows, previous))),
        ("Corrected by the owner, not by the copy", _corrected(before, rows, now)),
    )
    return "\n".join(line for title, lines in parts for line in _listed(title, list(lines)))


def _listed(title: str, lines: Sequence[str]) -> list[str]:
    if not lines:
        return []
    more = len(lines) - _LISTED
    left = [f"- … and {more:,} more"] if more > 0 else []
    return [f"## {title}: {len(lines):,}", "", *lines[:_LISTED], *left, ""]


def _conflict(one: Conflict) -> str:
    counts = f"{code(one.counts)} counts ({code(one.by or '')})" if one.counts else "in doubt"
    sides = f"{code(one.a)} states {code(one.a_value)}, {code(one.b)} {code(one.b_value)}"
    return f"- {one.field}: {sides}; {counts}"


def _decided(
    findings: Iterable[Finding], rows: Iterable[Row], previous: Previous | None
) -> list[Finding]:
    """Return the decisions about pictures of this release since the one before."""
    names = {name for row in rows for name in (row.record.key, row.record.image_id)}
    since = _day(previous.index.version) if previous else dt.date.min
    return [one for one in findings if one.image in names and one.date >= since]


def _day(version: str) -> dt.date:
    year, month, day = (int(part) for part in version.split(".")[:3])
    return dt.date(year, month, day)


def _decision(one: Finding) -> str:
    who = f"{code(one.by)}, {one.date.isoformat()}"
    return f"- finding: {code(one.image)} is {code(one.value)} ({who})"


def _corrected(
    before: Iterable[Row], rows: Iterable[Row], conflicts: Iterable[Conflict]
) -> list[str]:
    """Return a line for each conflict in which the source that counts changed its own value."""
    old = {row.record.key: row.record for row in before}
    new = {row.record.key: row.record for row in rows}
    found = []
    for one in conflicts:
        for key, copy in ((one.a, one.b), (one.b, one.a)):
            if one.by == new[key].source != new[copy].source and _changed(
                one, old.get(key), new[key]
            ):
                was = code(value(old[key], one.field) or "nothing")
                words = f"from {was} to {code(value(new[key], one.field))}"
                states = code(value(new[copy], one.field))
                found.append(
                    f"- {one.field}: {code(key)} {words}; its copy {code(copy)} states {states}"
                )
    return found


def _changed(one: Conflict, old: Record | None, new: Record) -> bool:
    return old is not None and value(old, one.field) != value(new, one.field)
