"""One night: observe, scan, read, describe, compare, plan, apply.

Every step is a plain function, here or in `flows.night.source_run`.
`flows.orchestration.night_flow` runs the same night with its steps as Prefect tasks.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from git.objects import Commit

from covid19_images import splits
from covid19_images.manifest.record import Record
from flows.collection.checkout import Checkout
from flows.config.decisions import decided, marked
from flows.config.load import Config, deciding
from flows.decoding.result import Reading
from flows.forge import Applied, Forge, Heard
from flows.night.compare import find as copies_of
from flows.night.compare.stage import gather, noted
from flows.night.context import Night
from flows.night.plan import gates
from flows.night.plan.previews import draw
from flows.night.source_run import Visit, bring, known_readings, look, read, write_rows
from flows.proposal.changes import FoundCopy, RowChanges, SourceChange, headline, plural, rows
from flows.proposal.plan import Collection, Proposal, plan
from flows.upstream.outcome import Rewritten

T = TypeVar("T")


class Each(Protocol):
    """Run a step for several sources, one after the other or at once, keeping their order."""

    def __call__(self, name: str, step: Callable[[str], T], sources: Sequence[str]) -> list[T]:
        """Return what the step gives for each source.

        Args:
            name: What the step is called.
            step: The step; it is given a source's name.
            sources: The names.
        """
        ...


def plainly(name: str, step: Callable[[str], T], sources: Sequence[str]) -> list[T]:
    """Run a step without any engine; asking upstreams waits mostly, so it runs in threads."""
    del name
    with ThreadPoolExecutor(max_workers=8) as threads:
        return list(threads.map(step, sources))


@dataclass(frozen=True, slots=True)
class Report:
    """What a night came to.

    Attributes:
        changes: What happened to each source visited.
        proposal: What is proposed, if anything.
        applied: What the forge did.
    """

    changes: tuple[SourceChange, ...]
    proposal: Proposal | None
    applied: Applied

    @property
    def headline(self) -> str:
        """Say the night in one sentence."""
        return headline(self.changes)


def tell(night: Night, visits: Sequence[Visit], after: Collection) -> tuple[SourceChange, ...]:
    """Say what happened to each source that was visited.

    A pair of copies is told under the source whose copy is not the one kept.
    """
    known = {(pair.a, pair.b) for pair in night.before.pairs}
    copies = {r.key: r.duplicate_of for rs in after.records.values() for r in rs if r.duplicate_of}
    fresh: dict[str, list[FoundCopy]] = {}
    for pair in after.pairs:
        if (pair.a, pair.b) not in known:
            copy, original = (pair.b, pair.a) if pair.b in copies else (pair.a, pair.b)
            kept = copies.get(copy) if pair.kind != "undecided" else None
            found = FoundCopy(copy, original, pair, kept)
            fresh.setdefault(copy.partition("/")[0], []).append(found)
    return tuple(_change(night, visit, after, fresh.get(visit.source.name, ())) for visit in visits)


def _change(
    night: Night, visit: Visit, after: Collection, fresh: Sequence[FoundCopy]
) -> SourceChange:
    name = visit.source.name
    before, now = night.records(visit.source), after.records.get(name, ())
    sorted_rows = rows(before, now, visit.scan.diff if visit.scan else None)
    old_row, new_row = night.before.described.get(name), after.described.get(name)
    known = set(night.before.problems)
    return SourceChange(
        source=visit.source,
        outcome=visit.outcome,
        old=old_row.commit if old_row else None,
        new=new_row.commit if new_row else None,
        images=sum(record.status != "withdrawn" for record in now),
        added=sorted_rows.added,
        removed=sorted_rows.removed,
        renamed=sorted_rows.renamed,
        modified=sorted_rows.modified,
        relabelled=sorted_rows.relabelled,
        tables=visit.scan.table_diffs if visit.scan else {},
        copies=tuple(found for found in fresh if found.pair.kind != "undecided"),
        undecided=tuple(found for found in fresh if found.pair.kind == "undecided"),
        problems=tuple(p for p in after.problems if p.source == name and p not in known),
        held=_held(night, visit, sorted_rows, now),
    )


def _obeyed(night: Night) -> bool:
    """Tell whether the base already holds what people decided."""
    told = night.config.decisions
    rows = [record for records in night.before.records.values() for record in records]
    if any(splits.splittable(row) and not row.split for row in rows):
        return False  # described before there were splits
    pictures = [splits.lifted(row) for row in rows]
    if marked(pictures, told.exclude) != tuple(pictures):
        return False
    if not told.pairs:
        return True
    pictures = [row for row in pictures if copies_of.comparable(row) or row.status == "withdrawn"]
    pairs = list(night.before.pairs)
    return decided(pairs, told.pairs, pictures) == pairs


def _held(night: Night, visit: Visit, changed: RowChanges, now: Sequence[Record]) -> str | None:
    source, before = visit.source, night.records(visit.source)
    said = list(gates.outside(source.expect, changed, before, now)) if visit.described else []
    share, gone = night.config.policy.hold_removed_share, len(changed.removed)
    if gone > 3 and gone > share * len(before):
        said.insert(0, f"{gone:,} of {len(before):,} images are gone upstream")
    if isinstance(visit.outcome, Rewritten):
        old = visit.outcome.old[:12]
        said.append(f"the upstream rewrote its history; the pin {old} is no longer in it")
    return "; ".join(said) or None


def run(
    night: Night,
    base: Commit,
    forge: Forge,
    now: dt.datetime,
    *,
    each: Each = plainly,
    say: Callable[[str], None] = lambda _: None,
) -> Report:
    """Walk through a night.

    Args:
        night: What it works with.
        base: The commit proposals stand on.
        forge: Where the proposal goes.
        now: The time, for the commit's date.
        each: How a step is run for several sources.
        say: Told what is being done, for people who wait.
    """
    sources = {source.name: source for source in night.sources}
    say(f"Looking at {plural(len(sources), 'upstreams')}")
    seen = each("observe", lambda name: look(night, sources[name], now.date()), list(sources))
    visits = {visit.source.name: visit for visit in seen}
    moved = [name for name, visit in visits.items() if visit.tip]
    if moved:
        say(f"Fetching the history of {plural(len(moved), 'sources')}")
        visits |= zip(
            moved,
            each("scan", lambda name: bring(night, visits[name], now.date()), moved),
            strict=True,
        )
        known = known_readings(night.before)
        for name in moved:  # one at a time: each uses all cores
            visit = visits[name]
            if visit.scan:
                say(f"Reading {name}: {len(visit.scan.images):,} images")
                [visits[name]] = each("read", lambda name: _row(night, visits[name], known), [name])
        say("Comparing all pictures")
    changes, proposal = propose(night, list(visits.values()), say=say)
    say("Laying out the proposal" if proposal else "Nothing to propose")
    [applied] = each("apply", lambda _: forge.apply(proposal, base, now), ["proposal"])
    return Report(changes, proposal, applied)


def propose(
    night: Night, visits: Sequence[Visit], *, say: Callable[[str], None] = lambda _: None
) -> tuple[tuple[SourceChange, ...], Proposal | None]:
    """Compare, draw and plan; a night that brings neither news nor decisions plans nothing."""
    before = night.before
    news = any(visit.described for visit in visits) or night.answered is not None
    news |= set(noted(night)) != {p for p in before.problems if p.kind == "fork_behind"}
    if not news and _obeyed(night):
        same = Collection(
            before.records, before.described, before.pairs, before.problems, before.ledger
        )
        return tell(night, visits, same), None
    dates = [visit.scan.date for visit in visits if visit.scan and visit.scan.date]
    newest = max(dates, default=None)
    after = gather(night, visits, newest)
    changes = tell(night, visits, after)
    say("Drawing what changed")
    return changes, plan(
        before,
        after,
        night.config.sources,
        changes,
        newest,
        pictures=draw(night, changes, after.records),
        decisions=night.answered,
        ignore_days=night.config.policy.ignore_days,
    )


def _row(night: Night, visit: Visit, known: Mapping[str, Reading]) -> Visit:
    return write_rows(night, read(night, visit, known))


def open_night(
    checkout: Checkout,
    config: Config,
    cache: Path,
    only: Sequence[str] = (),
    heard: Heard = Heard(),  # noqa: B008  frozen
) -> tuple[Night, Commit]:
    """Read the base and choose the sources to visit; all of them unless some are named.

    Args:
        checkout: The clone of the collection.
        config: What the bot is told.
        cache: Folder for clones and readings.
        only: Names of the sources to visit.
        heard: What people answered on the forge.

    Raises:
        ConfigError: When a source named is not configured.
        CheckoutError: When the base cannot be read.
    """
    base = heard.base or checkout.base(config.policy.base)
    if heard.decisions is not None:
        config = deciding(config, heard.decisions)
    sources = tuple(map(config.source, only)) if only else config.sources
    return Night(config, checkout.state(base), cache, sources, heard.decisions, heard.notes), base
