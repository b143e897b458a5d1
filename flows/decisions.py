"""What people decided about pairs of pictures: `config/decisions.toml`. It always wins."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal

from pydantic import BaseModel, ConfigDict

from covid19_images.records import DuplicateKind, Record
from covid19_images.release.index import ReasonClass
from flows.copies import Pair


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


class Exclude(BaseModel):
    """An image a person took down: it leaves the next release, and stays out.

    Attributes:
        image: Its key `source/path`, or its `image_id`.
        reason: Why, as a class: the only words of it that are published.
        by: Who decided.
        date: When.
        why: In words, for the next maintainer; not published in releases.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    image: str
    reason: ReasonClass
    by: str
    date: dt.date
    why: str = ""


def decided(
    pairs: Iterable[Pair], decisions: Sequence[Decision], pictures: Iterable[Record]
) -> list[Pair]:
    """Put people's decisions over what was found; sorted, each pair once.

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
    for decision in decisions:
        for one in keys.get(decision.a, ()):
            for other in keys.get(decision.b, ()):
                if one != other:
                    _decide(by_keys, decision, *sorted((one, other)))
    return sorted(by_keys.values(), key=lambda pair: (pair.a, pair.b))


def _decide(by_keys: dict[tuple[str, str], Pair], decision: Decision, a: str, b: str) -> None:
    found = by_keys.pop((a, b), None)
    if decision.verdict == "different":
        return
    if found is None or found.kind == "undecided":
        found = replace(found or Pair(a=a, b=b, kind=decision.kind), kind=decision.kind)
    by_keys[a, b] = replace(found, decided_by="person", date=decision.date)
