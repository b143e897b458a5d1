"""Stage 5, compare: merge all sources' rows, find duplicates, assign splits, list problems."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Collection as Container
from dataclasses import replace

from covid19_images.images.decode import DECODER_SET
from covid19_images.images.fingerprint import ALGORITHM_VERSION
from covid19_images.manifest import splits
from covid19_images.manifest.record import Record
from covid19_images.manifest.splits import Placed
from covid19_images.manifest.volume import VOLUMES_VERSION
from flows.collection.duplicates import Pair
from flows.collection.ledger import Ledger, LongerLedger
from flows.collection.problems import Problem
from flows.collection.questions import Together, by_key
from flows.collection.state import SourceRow
from flows.collection.volume_links import linked, outliving
from flows.config.decisions import Exclusion
from flows.night.carried import Carried, carried, overlaid
from flows.night.compare import find
from flows.night.compare.beside import Beside, beside
from flows.night.compare.decided import apply_exclusions, unmatched
from flows.night.compare.features import features
from flows.night.compare.patients import alike, questions
from flows.night.compare.reach import Rows, Standing, reached, standing, together
from flows.night.compare.search import Search
from flows.night.compare.volume_stage import copies_of_volumes, not_compared
from flows.night.compare.withdrawals import released
from flows.night.context import RunContext
from flows.night.source_run import SourceRun
from flows.proposal.proposal import Collection
from flows.text import names

_FOUND_ANEW = ("not_compared", "fork_behind", "decision_unmatched", "patients_alike")
_MOVED = ("held", "quarantined")  # by other rows
_UNSEEN = "not compared with new pictures: its upstream does not answer, and the cache was lost"


def compare(
    context: RunContext,
    runs: Sequence[SourceRun],
    date: dt.date | None = None,
    *,
    say: Callable[[str], None] = lambda _: None,
) -> Collection:
    """Merge the rows of all sources, find the duplicates among them, and assign splits.

    Args:
        context: Configuration, base state and cache paths.
        runs: Every source visited.
        date: UTC date of the newest upstream commit taken in.
        say: Called with progress messages, for people who wait.
    """
    base, kept = context.base, carried(context, runs)
    stands = _stands(context, kept)
    begun = base if stands else overlaid(base, kept)
    records, described = dict(begun.records), dict(begun.described)
    problems = [p for p in begun.problems if p.kind not in _FOUND_ANEW]
    volumes = begun.volumes
    for source_run in runs:
        if source_run.described is None or source_run.tip is None:
            continue
        name = source_run.source.name
        records[name] = tuple(sorted(source_run.described.records, key=lambda r: r.path))
        described[name] = _described(context, source_run, source_run.tip.commit)
        volumes = volumes.without([name]).plus(source_run.volumes)
        problems = [p for p in problems if p.source != name] + source_run.described.problems
    now = standing(base.records if stands else {}, records)
    withdrawn = outliving(begun.volumes, begun.records, records)
    whole = replace(volumes, pairs=begun.volumes.pairs, links=withdrawn).standing(records)
    copies = copies_of_volumes(context, whole, records, kept, say)
    whole = replace(whole, pairs=copies.pairs)
    pairs, unseen = _paired(context, now, kept, say, stands=stands)
    links = (pairs, tuple(linked(whole)))
    earlier = (*base.pairs, *linked(base.volumes))
    touched = reached(base.records, now, earlier, (*pairs, *links[1])) if stands else None
    rows_of, ledger = _derived(context, now.records, links, touched, date)
    rows = Together(rows_of)
    problems += forge_notes(context)
    problems += questions(alike(rows, pairs))
    names = [source.name for source in context.config.sources]
    problems += unmatched(rows, context.config.decisions, names)
    problems += [Problem(r.source, _shown(r), 0, "not_compared", _UNSEEN) for r in unseen]
    problems += not_compared(copies)
    odd = tuple(sorted(set(problems)))
    return Collection(rows_of, described, pairs, odd, ledger, whole, touched)


def _all(records: Rows) -> list[Record]:
    return [row for some in records.values() for row in some]


def _stands(context: RunContext, kept: Carried) -> bool:
    """Return whether the base is as a night left it: what nothing touched follows as it stands."""
    is_as_written = context.written is context.base and not kept.since
    return is_as_written and context.worked_out.is_whole


def _derived(
    context: RunContext,
    records: Rows,
    links: tuple[Sequence[Pair], Sequence[Pair]],
    touched: Container[str] | None,
    date: dt.date | None,
) -> tuple[dict[str, Sequence[Record]], Sequence[Placed]]:
    """Work out holds, copies, groups and splits of the rows that are touched; of all for `None`.

    Args:
        context: Configuration and base state.
        records: All rows, by source.
        links: All pairs, and pictures that belong together because their volumes are copies.
        touched: Keys of rows.
        date: UTC date of the newest upstream commit taken in.

    Returns:
        All rows, by source, and the ledger. A row that is as in the base is the base's own object.
    """
    base, decisions = context.base, context.config.decisions
    pairs, of_volumes = links
    others = Beside(())
    if touched is None:
        rows, base_rows = _all(records), _all(base.records)
    else:
        others = beside(records, touched)
        rows = list(by_key(Together(records), touched).values())
        base_rows = list(by_key(Together(base.records), touched).values())
        pairs, of_volumes = ([p for p in some if p.a in touched] for some in links)
    own = apply_exclusions(map(on_its_own, rows), decisions.exclude)
    known = base.ledger
    if isinstance(known, Ledger) and touched is not None:
        known = known.of({r.image_id for r in (*rows, *base_rows, *others.rows) if r.image_id})
    split = splits.assign(
        find.marked(own, pairs, context.config.order, decisions, of_volumes),
        known,
        before={row.key: row.image_id for row in base_rows if row.image_id},
        since=date,
        train_only={source.name for source in context.config.sources if source.train_only},
        beside=others.rows,
        standing=others.standing,
    )
    ledger: Sequence[Placed] = split.ledger
    if isinstance(base.ledger, Ledger) and known is not base.ledger:
        new = split.ledger[len(known) :]
        ledger = LongerLedger(base.ledger, new) if new else base.ledger
    return together(records, split.records, base.records), ledger


def _described(context: RunContext, source_run: SourceRun, commit: str) -> SourceRow:
    """Return what a source's rows are written from."""
    identity = source_run.identity
    return SourceRow(
        source_run.source.name,
        commit,
        context.layout(source_run.source),
        ALGORITHM_VERSION,
        identity.repository if identity else None,
        identity.owner if identity else None,
        DECODER_SET,
        VOLUMES_VERSION,
    )


def _shown(record: Record) -> str:
    """Return the path of a row as `datasets/problems.csv` names it."""
    is_doubtful = "dated_name" in record.privacy
    return names.withheld(record.path, record.blob) if is_doubtful else record.path


def _paired(
    context: RunContext,
    now: Standing,
    kept: Carried,
    say: Callable[[str], None],
    *,
    stands: bool,
) -> tuple[tuple[Pair, ...], tuple[Record, ...]]:
    """Find the pairs among all rows; those of the base were compared with each other before."""
    base, decisions = context.base, context.config.decisions
    odd = (base if stands else overlaid(base, kept)).problems
    unseen = {(p.source, p.file) for p in odd if p.kind == "not_compared"}
    # What a night left as it is was compared, but for what it could not see.
    anew = {source for source, _ in unseen}
    as_left = {
        name
        for name, rows in now.records.items()
        if stands and rows is base.records.get(name) and name not in anew
    }
    rows = _alone(now, decisions.exclude, without=as_left)
    others = {name: now.records[name] for name in as_left}
    base_rows = [row for name, some in base.records.items() if name not in as_left for row in some]
    known = _compared_before(base_rows, rows)
    if kept.since and all(kept.blobs.get(key) == blob for key, blob in known.items()):
        # The open proposal compared what it holds with all that the base has.
        known |= _compared_before([r for some in kept.records.values() for r in some], rows)
    return find.paired(
        rows,
        _pairs(base.pairs, kept),
        known,
        decisions,
        Search(
            context.cache,
            lambda pictures: features(context, pictures),
            context.config.policy.compute,
            say,
        ),
        unseen={r.key for r in rows if (r.source, _shown(r)) in unseen} if unseen else (),
        compared=others,
    )


def _alone(
    now: Standing, exclusions: Sequence[Exclusion], *, without: Container[str]
) -> list[Record]:
    """Return all rows; none is held or moved, and what a person took down is excluded."""
    rows = [row for name, some in now.records.items() if name not in without for row in some]
    found = [row for row in rows if row.status in _MOVED or row.key in now.changed]
    own = {row.key: row for row in apply_exclusions(map(on_its_own, found), exclusions)}
    return [own.get(row.key, row) for row in rows]


def _pairs(base: Sequence[Pair], kept: Carried) -> tuple[Pair, ...]:
    """Return the pairs that are known, those of what stays proposed among them."""
    there = {(pair.a, pair.b) for pair in base}
    keys = {row.key for some in kept.records.values() for row in some}
    return (
        *base,
        *(
            pair
            for pair in kept.pairs
            if (pair.a, pair.b) not in there and (pair.a in keys or pair.b in keys)
        ),
    )


def on_its_own(record: Record) -> Record:
    """Return a row as it would be if nothing were known of other rows: neither held nor moved."""
    return released(splits.without_quarantine(record))


def _compared_before(base_rows: Iterable[Record], now: Iterable[Record]) -> dict[str, str]:
    """Return the blob ids, by key, of the rows whose copies are known."""
    excluded = {r.key for r in now if r.status == "excluded"}
    known = ("active", "quarantined", "held")
    return {
        r.key: r.blob
        for r in base_rows
        if r.status in known or (r.status == "excluded" and r.key in excluded)
    }


def forge_notes(context: RunContext) -> list[Problem]:
    """List what the forge says of sources, as problems for a person."""
    return [Problem(name, "", 0, "fork_behind", what) for name, what in context.notes.items()]
