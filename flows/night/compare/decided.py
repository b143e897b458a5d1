"""Apply people's decisions, from `config/decisions.toml`, to rows and pairs."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import product

from covid19_images.manifest.identifiers import PATTERNS
from covid19_images.manifest.record import Record
from flows.collection.duplicates import Pair
from flows.collection.problems import Problem
from flows.collection.questions import by_key, holding
from flows.config.decisions import Decision, Decisions, Exclusion
from flows.text import names


def apply_exclusions(
    records: Iterable[Record], exclusions: Sequence[Exclusion]
) -> tuple[Record, ...]:
    """Mark the pictures that must not be used, and take up those that may be used again.

    Args:
        records: The rows.
        exclusions: What people decided.
    """
    reasons = {exclusion.image: exclusion.reason for exclusion in exclusions}
    return tuple(
        _apply_exclusion(r, reasons.get(r.key) or reasons.get(r.image_id or "")) for r in records
    )


def unmatched(
    records: Sequence[Record], decisions: Decisions, sources: Iterable[str]
) -> list[Problem]:
    """Return a problem for each decision about an image that is not there: a person mistyped it.

    Args:
        records: All rows.
        decisions: What people decided.
        sources: Names of the sources; a decision that names none of them is of no source.
    """
    configured = set(sources)
    words = [
        (one.image, f"the takedown of {_shown(one.image)}", "taken down", "exclude")
        for one in decisions.exclude
    ]
    words += [
        (one.image, f"the wish to keep {_shown(one.image)}", "kept", "keep")
        for one in decisions.keep
    ]
    named = {image for image, *_ in words}
    found = (*by_key(records, named).values(), *holding(records, {"image_id": named}))
    there = {key for row in found for key in (row.key, row.image_id)}
    problems = []
    for image, wish, done, table in words:
        if image in there:
            continue
        name = image.partition("/")[0]
        mend = f"mend its path or image_id in [[{table}]]"
        what = f"{wish} matches no image, so nothing is {done}: {mend}"
        source = name if name in configured else ""
        file = "config/decisions.toml"
        problems.append(Problem(source, file, 0, "decision_unmatched", what))
    return problems


def _shown(image: str) -> str:
    is_id = PATTERNS["image_id"].fullmatch(image) is not None
    return image if is_id else names.shown_path(image, names.NO_BLOB)


def _apply_exclusion(record: Record, reason: str | None) -> Record:
    if reason and record.status in ("active", "excluded"):
        return replace(record, status="excluded", status_reason=reason)
    if record.status == "excluded":
        return replace(record, status="active", status_reason=None)
    return record


def apply_decisions(
    pairs: Iterable[Pair], decisions: Sequence[Decision], pictures: Iterable[Record]
) -> list[Pair]:
    """Apply people's decisions to the pairs found; sorted, each pair once.

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
        _apply_decision(by_keys, decision, a, b)
    return sorted(by_keys.values(), key=lambda pair: (pair.a, pair.b))


def _apply_decision(
    by_keys: dict[tuple[str, str], Pair], decision: Decision, a: str, b: str
) -> None:
    found = by_keys.pop((a, b), None)
    if decision.verdict == "different":
        return
    if found is None or found.kind == "undecided":
        found = replace(found or Pair(a=a, b=b, kind=decision.kind), kind=decision.kind)
    by_keys[a, b] = replace(found, decided_by="person", date=decision.date)
