"""What people decided: `config/decisions.toml`. It always wins."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import product
from typing import Literal

from pydantic import BaseModel, ConfigDict

from covid19_images.manifest.record import DuplicateKind, Record
from covid19_images.release.index import ReasonClass
from flows.collection.duplicates import Pair


class Decision(BaseModel):
    """One verdict of a person; it is never asked for again.

    Attributes:
        a: One picture: its key `source/path`, or its `image_id`.
        b: The other.
        verdict: Whether they are the same picture.
        kind: How one differs from the other, where they are the same and no machine said.
        by: Who decided.
        date: When.
        why: In words, for the next reader.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    a: str
    b: str
    verdict: Literal["same", "different"]
    kind: DuplicateKind = "reencoded"
    by: str
    date: dt.date
    why: str = ""


class Ignoring(BaseModel):
    """A source that is left alone for a while: it is not visited before that day.

    Attributes:
        source: The source's name.
        until: The first day it is visited again (UTC).
        by: Who asked for it.
        why: In words, for the next reader.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    until: dt.date
    by: str
    why: str = ""


class Exclusion(BaseModel):
    """A picture that must not be used: its row stays, marked `excluded`, as long as this stands.

    Attributes:
        image: Its key `source/path`, or its `image_id`.
        reason: Why, as a class: the only word of it that is published in releases.
        date: When it was decided.
        by: Who decided.
        why: In words, for the next maintainer.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    image: str
    reason: ReasonClass
    date: dt.date
    by: str
    why: str = ""


class Decisions(BaseModel):
    """What people decided: `config/decisions.toml`; there need not be one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pairs: tuple[Decision, ...] = ()
    ignore: tuple[Ignoring, ...] = ()
    exclude: tuple[Exclusion, ...] = ()

    def ignored_until(self, source: str, today: dt.date) -> dt.date | None:
        """Say until when a source is left alone; `None` where it is to be visited.

        Where people asked for it more than once, the last in the file counts.
        """
        days = [one.until for one in self.ignore if one.source == source]
        return days[-1] if days and days[-1] > today else None


def marked(records: Iterable[Record], exclusions: Sequence[Exclusion]) -> tuple[Record, ...]:
    """Mark the pictures that must not be used, and take up those that may be used again.

    Args:
        records: The rows.
        exclusions: What people decided.
    """
    reasons = {exclusion.image: exclusion.reason for exclusion in exclusions}
    return tuple(_marked(r, reasons.get(r.key) or reasons.get(r.image_id or "")) for r in records)


def _marked(record: Record, reason: str | None) -> Record:
    if reason and record.status in ("active", "excluded"):
        return replace(record, status="excluded", status_reason=reason)
    if record.status == "excluded":
        return replace(record, status="active", status_reason=None)
    return record


def decided(
    pairs: Iterable[Pair], decisions: Sequence[Decision], pictures: Iterable[Record]
) -> list[Pair]:
    """Put people's decisions over what was found; sorted, each pair once.

    Where people decided about a pair more than once, the last in the file counts.

    Args:
        pairs: The pairs found.
        decisions: What people decided.
        pictures: The rows a decision can be about.
    """
    by_keys = {(pair.a, pair.b): pair for pair in pairs}
    keys: dict[str, list[str]] = {}
    if decisions:
        for record in pictures:
            for name in (record.key, record.image_id or record.key):
                keys.setdefault(name, []).append(record.key)
    last: dict[tuple[str, str], Decision] = {}
    for decision in decisions:
        for one, other in product(keys.get(decision.a, ()), keys.get(decision.b, ())):
            if one != other:
                last[min(one, other), max(one, other)] = decision
    for (a, b), decision in last.items():
        _decide(by_keys, decision, a, b)
    return sorted(by_keys.values(), key=lambda pair: (pair.a, pair.b))


def _decide(by_keys: dict[tuple[str, str], Pair], decision: Decision, a: str, b: str) -> None:
    found = by_keys.pop((a, b), None)
    if decision.verdict == "different":
        return
    if found is None or found.kind == "undecided":
        found = replace(found or Pair(a=a, b=b, kind=decision.kind), kind=decision.kind)
    by_keys[a, b] = replace(found, decided_by="person", date=decision.date)
