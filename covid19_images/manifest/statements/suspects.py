"""Rank rows whose label may be wrong, with the reasons: for people to look at, never applied."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from covid19_images.manifest.record import Record
from covid19_images.manifest.statements.conflicts import Conflict

_WEIGHTS = {"finding": 5, "view": 3, "sex": 3, "age": 2, "offset": 2, "patient": 2}
_OF_PATIENT = 2  # what a patient can have only one of
_MOST_AGES_APART = 2  # years, between pictures of one patient


@dataclass(frozen=True, slots=True)
class Suspect:
    """One row whose label may be wrong.

    Attributes:
        key: The row.
        weight: How much speaks against it; rows are ranked by this.
        reasons: What does, the weightiest first.
    """

    key: str
    weight: int
    reasons: tuple[str, ...]


def suspects(
    records: Sequence[Record],
    conflicts: Iterable[Conflict],
    *,
    seen: Iterable[tuple[str, int, str]] = (),
) -> list[Suspect]:
    """Return the rows that something speaks against, most of it first.

    Args:
        records: All rows.
        conflicts: All conflicts among them.
        seen: What pictures say against rows, as (key, weight, reason).
    """
    against: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for key, weight, reason in (*_of_conflicts(conflicts), *_of_patients(records), *seen):
        if (weight, reason) not in against[key]:
            against[key].append((weight, reason))
    found = [
        Suspect(
            key,
            sum(weight for weight, _ in some),
            tuple(reason for _, reason in sorted(some, key=lambda one: (-one[0], one[1]))),
        )
        for key, some in against.items()
    ]
    return sorted(found, key=lambda one: (-one.weight, one.key))


def _of_conflicts(conflicts: Iterable[Conflict]) -> Iterator[tuple[str, int, str]]:
    """Name the side that does not count, or both where nobody can tell."""
    for one in conflicts:
        weight = _WEIGHTS.get(one.field)
        if weight is None:
            continue
        sides = ((one.a, one.a_value, one.b, one.b_value), (one.b, one.b_value, one.a, one.a_value))
        for key, own, other, value in sides:
            if own != one.counts:
                yield key, weight, f"{one.field} is {own}, and {value} in its copy {other}"


def _of_patients(records: Iterable[Record]) -> Iterator[tuple[str, int, str]]:
    """Name the rows of a patient that differ from most of his others in what cannot change."""
    rows: dict[str, list[Record]] = defaultdict(list)
    for row in records:
        if row.patient_id and row.status == "active":
            rows[row.patient_id].append(row)
    for patient, mine in sorted(rows.items()):
        yield from _of_one_value(patient, "sex", mine)
        yield from _of_ages(patient, mine)


def _of_one_value(
    patient: str, field: str, rows: Sequence[Record]
) -> Iterator[tuple[str, int, str]]:
    counts = Counter(str(value) for row in rows if (value := getattr(row, field)) is not None)
    if len(counts) < 2:
        return
    (usual, most), (_, second) = counts.most_common(2)
    for row in rows:
        own = getattr(row, field)
        if own is not None and (str(own) != usual or most == second):
            values = ", ".join(f"{word} {n:,}" for word, n in counts.most_common())
            yield row.key, _OF_PATIENT, f"{field} is {own}; pictures of {patient}: {values}"


def _of_ages(patient: str, rows: Sequence[Record]) -> Iterator[tuple[str, int, str]]:
    known = [row for row in rows if row.age_min is not None]
    ages = sorted(int(row.age_min or 0) for row in known)
    if not ages or ages[-1] - ages[0] <= _MOST_AGES_APART:
        return
    middle = ages[len(ages) // 2]
    for row in known:
        if len(ages) == 2 or abs(int(row.age_min or 0) - middle) > _MOST_AGES_APART:
            reason = f"age is {row.age_min}; pictures of {patient}: {ages[0]} to {ages[-1]}"
            yield row.key, _OF_PATIENT, reason
