"""What happens to one source in a night: look, bring, read, write its rows.

Each step takes what the steps before found and returns it with more filled in. Trouble ends a
visit early, as a value.
"""

import datetime as dt
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from covid19_images.images.fingerprint import ALGORITHM_VERSION
from covid19_images.manifest.record import Record
from flows.collection.problems import Problem, bounded
from flows.collection.state import State
from flows.config.source import Source
from flows.decoding.decode import decode
from flows.decoding.result import Reading, Refused, from_record
from flows.labels.assign import label
from flows.labels.rows import Described, describe, withdraw
from flows.night.context import Night
from flows.night.scan import cooldown
from flows.night.scan.listing import Scan, scan
from flows.upstream import git, history
from flows.upstream.clone import Clone, advance
from flows.upstream.identity import Identity, Unknown, ask, asked_at, differs
from flows.upstream.observe import Tip, observe, trouble_of
from flows.upstream.outcome import (
    Advanced,
    Ignored,
    Moved,
    Outcome,
    Quarantined,
    Rejected,
    Renamed,
    Unchanged,
    Unreachable,
    Waiting,
)


@dataclass(frozen=True, slots=True)
class Visit:
    """One source on its way through the night; later steps fill in more.

    Attributes:
        source: Its configuration.
        outcome: What its upstream did.
        tip: Where its branch is, if it answered.
        scan: What it holds now, if it moved or must be described anew.
        readings: What its blobs turned out to be.
        described: Its rows.
        identity: Whose repository it is, where GitHub told.
    """

    source: Source
    outcome: Outcome
    tip: Tip | None = None
    scan: Scan | None = None
    readings: Mapping[str, Reading] = field(default_factory=dict)
    described: Described | None = None
    identity: Identity | None = None


def look(night: Night, source: Source, today: dt.date) -> Visit:
    """Ask a source's upstream where it is, unless people want it left alone."""
    if until := night.config.decisions.ignored_until(source.name, today):
        return Visit(source, Ignored(until))
    policy = night.config.policy
    seen = observe(source.url, source.branch, protocols=policy.protocols, hosts=policy.hosts)
    if not isinstance(seen, Tip):
        return Visit(source, seen)
    row = night.before.described.get(source.name)
    still = row is not None and row.commit == seen.commit and row.algorithm == ALGORITHM_VERSION
    if still and night.up_to_date(source) and night.before.pins.get(source.name) == seen.commit:
        return Visit(source, Unchanged(seen.commit))
    outcome = Unchanged(seen.commit) if still else Advanced(None, seen.commit)
    return identify(night, Visit(source, outcome, seen))


def identify(night: Night, visit: Visit) -> Visit:
    """Make sure that what moved is still the repository that was taken in before.

    A commit that is known is what it is, whoever has it; only news need to be trusted.
    """
    source = visit.source
    api = os.environ.get("GITHUB_API_URL") or night.config.policy.forge.api
    now = ask(source.url, server=_server(night), api=api)
    known = _known_identity(night, source)
    if isinstance(now, Unknown):
        if known is None:
            return visit
        said = f"{now.reason}, so nobody knows whether it is still the same repository"
        return Visit(source, Unreachable(said))
    if now is not None and known is not None and (how := differs(known, now)):
        return Visit(source, Quarantined(f"its address leads to {how}; {_ACCEPT.format(now)}"))
    return replace(visit, identity=now)


_ACCEPT = (
    "nothing was taken in. If that is right, put identity = {{ repository = {0.repository}, "
    "owner = {0.owner} }} in its TOML"
)


def _server(night: Night) -> str:
    return os.environ.get("GITHUB_SERVER_URL") or night.config.policy.forge.server


def _known_identity(night: Night, source: Source) -> Identity | None:
    if source.identity:
        return Identity(source.identity.repository, source.identity.owner)
    row = night.before.described.get(source.name)
    if row is None or row.repository is None or row.owner is None:
        return None
    return Identity(row.repository, row.owner)


def _address_changed(night: Night, visit: Visit) -> list[Problem]:
    """Tell a person that an upstream has another name now; GitHub redirects for a while only."""
    asked = asked_at(visit.source.url, _server(night))
    now = visit.identity.name if visit.identity else None
    if visit.tip and visit.tip.redirected and not now:
        now = visit.tip.redirected
    if now is None or now.lower() == (asked or "").lower():
        return []
    file = f"config/sources/{visit.source.name}.toml"
    what = f"its url leads to {now} now; write that instead"
    return [Problem(visit.source.name, file, 0, "address_changed", what)]


def bring(night: Night, visit: Visit, today: dt.date) -> Visit:
    """Fetch what moved, and see what it holds now."""
    source, tip = visit.source, visit.tip
    if tip is None:
        return visit
    clone = night.clone(source)
    outcome = _advance(night, source, clone, tip)
    if isinstance(outcome, Rejected | Unreachable):
        return Visit(source, outcome)
    row = night.before.described.get(source.name)
    old = row.commit if row else None
    try:
        if isinstance(outcome, Advanced | Renamed) and night.cooldown_days(source):
            return _cooled(night, Visit(source, outcome, tip), clone, today)
        found = clone.mending(
            lambda: scan(source, clone, old, tip.commit, night.records(source)),
            lambda fresh: fresh.fetch(tip),
        )
    except git.GitError as error:
        return Visit(source, trouble_of(error))
    return replace(visit, outcome=outcome, scan=found)


def _cooled(night: Night, visit: Visit, clone: Clone, today: dt.date) -> Visit:
    """See what a source held when it was old enough, less what is gone since."""
    source, tip, records = visit.source, visit.tip, night.records(visit.source)
    assert tip is not None
    row, days = night.before.described.get(source.name), night.cooldown_days(source)
    pin = row.commit if row else None
    latest = today - dt.timedelta(days=days)
    new = cooldown.settled(clone.folder, pin, tip.commit, latest)
    held = cooldown.held_by(clone.folder, tip.commit)
    waiting = Waiting(tip.commit, days)
    anew = pin is not None and not (night.up_to_date(source) and night.described_now(source))
    commit = new or (pin if anew or cooldown.gone(held, records) else None)
    if commit is None:
        return Visit(source, waiting)
    found = scan(source, clone, pin, commit, records)
    date = history.date_of(clone.folder, tip.commit)
    found = cooldown.without_gone(found, held, records, date)
    tip = replace(tip, commit=commit)
    if new is None:
        return Visit(source, waiting, tip, found)
    moved = Renamed(pin, new, tip.branch) if tip.renamed else Advanced(pin, new)
    return Visit(source, moved, tip, found)


def _advance(
    night: Night, source: Source, clone: Clone, tip: Tip
) -> Moved | Unchanged | Rejected | Unreachable:
    row = night.before.described.get(source.name)
    pin = row.commit if row else night.before.pins.get(source.name)
    outcome = advance(clone, tip, pin)
    if isinstance(outcome, Advanced) and row is None:
        return Advanced(None, tip.commit)
    if isinstance(outcome, Advanced) and outcome.old == outcome.new:
        return Unchanged(tip.commit)
    return outcome


def read(night: Night, visit: Visit, known: Mapping[str, Reading]) -> Visit:
    """Fetch and decode the blobs nobody has decoded yet."""
    tip = visit.tip
    if visit.scan is None or tip is None:
        return visit
    source, clone = visit.source, night.clone(visit.source)
    wanted = sorted({entry.blob for entry in visit.scan.images})
    readings = {blob: known[blob] for blob in wanted if blob in known}
    readings |= _own_readings(night, source, wanted)
    try:
        readings |= clone.mending(
            lambda: _decoded(night, clone, [blob for blob in wanted if blob not in readings]),
            lambda fresh: fresh.fetch(tip),
        )
    except git.GitError as error:
        return Visit(source, trouble_of(error))
    return replace(visit, readings=readings)


def _decoded(night: Night, clone: Clone, wanted: Sequence[str]) -> dict[str, Reading]:
    """Remember what this machine decoded before, and decode the rest."""
    memory = night.memory()
    readings = memory.readings(wanted)
    missing = [blob for blob in wanted if blob not in readings]
    unfetched = clone.fetch_blobs(missing)
    decoded = decode(
        clone.folder,
        [blob for blob in missing if blob not in unfetched],
        limits=night.limits(),
        keep=memory.put,
        compute=night.config.policy.compute,
        allowance=night.allowance(),
    )
    refused = {blob: Refused(reason) for blob, reason in unfetched.items()}
    return readings | refused | {blob: one.reading for blob, one in decoded.items()}


def known_readings(before: State) -> dict[str, Reading]:
    """Recover, from all rows of the base, the readings that any source can use."""
    current = {name for name, row in before.described.items() if row.algorithm == ALGORITHM_VERSION}
    rows = [record for name in sorted(current) for record in before.records.get(name, ())]
    return _recovered(rows, headers_stand=False)


def _own_readings(night: Night, source: Source, wanted: Iterable[str]) -> dict[str, Reading]:
    row = night.before.described.get(source.name)
    if row is None or row.algorithm != ALGORITHM_VERSION:
        return {}
    own = _recovered(night.records(source), headers_stand=night.up_to_date(source))
    return {blob: own[blob] for blob in wanted if blob in own}


def _recovered(records: Iterable[Record], *, headers_stand: bool) -> dict[str, Reading]:
    readings = ((r.blob, from_record(r, headers_stand=headers_stand)) for r in records)
    return {blob: reading for blob, reading in readings if reading is not None}


def write_rows(night: Night, visit: Visit) -> Visit:
    """Describe a source that was scanned; rows whose file is gone stay as tombstones."""
    seen = visit.scan
    if seen is None:
        return visit
    paths = [entry.path for entry in seen.images]
    labelled = label(visit.source, seen.tables, paths)
    described = describe(
        visit.source, night.config.vocabulary, seen.images, visit.readings, labelled, seen.dates
    )
    described.problems = bounded(
        [*described.problems, *seen.problems, *_address_changed(night, visit)]
    )
    described.records += _tombstones(night.records(visit.source), seen, set(paths))
    return replace(visit, described=described)


def _tombstones(before: Sequence[Record], seen: Scan, present: set[str]) -> list[Record]:
    renamed = {old.path for old, _ in seen.diff.renamed}
    gone = [r for r in before if r.path not in present and r.path not in renamed]
    return [r if r.status == "withdrawn" else withdraw(r, seen.date) for r in gone]
