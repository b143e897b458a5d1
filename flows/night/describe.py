"""Stage 4, describe: write a source's manifest rows, and tombstones for what is gone."""

from collections.abc import Sequence
from dataclasses import replace

from covid19_images.manifest.record import Record
from flows.collection.problems import Problem, bounded
from flows.labels import rows
from flows.labels.assign import label
from flows.night.context import RunContext
from flows.night.listing import Scan
from flows.night.source_run import SourceRun
from flows.upstream.identity import asked_at


def describe(context: RunContext, visit: SourceRun) -> SourceRun:
    """Describe a source that was scanned; rows whose file is gone stay as tombstones."""
    seen = visit.scan
    if seen is None:
        return visit
    paths = [entry.path for entry in seen.images]
    labelled = label(visit.source, seen.tables, paths)
    described = rows.describe(
        visit.source, context.config.vocabulary, seen.images, visit.readings, labelled, seen.dates
    )
    described.problems = bounded(
        [*described.problems, *seen.problems, *_address_changed(context, visit)]
    )
    described.records += _tombstones(context.records(visit.source), seen, set(paths))
    return replace(visit, described=described)


def _tombstones(before: Sequence[Record], seen: Scan, present: set[str]) -> list[Record]:
    renamed = {old.path for old, _ in seen.diff.renamed}
    gone = [r for r in before if r.path not in present and r.path not in renamed]
    return [r if r.status == "withdrawn" else rows.withdraw(r, seen.date) for r in gone]


def _address_changed(context: RunContext, visit: SourceRun) -> list[Problem]:
    """Return a problem where an upstream has a new name; GitHub redirects only for a while."""
    asked = asked_at(visit.source.url, context.github_server)
    now = visit.identity.name if visit.identity else None
    if visit.tip and visit.tip.redirected and not now:
        now = visit.tip.redirected
    if now is None or now.lower() == (asked or "").lower():
        return []
    file = f"config/sources/{visit.source.name}.toml"
    what = f"its url leads to {now} now; write that instead"
    return [Problem(visit.source.name, file, 0, "address_changed", what)]
