"""Count in the data card what each split holds: patients, sexes, ages, labels by basis."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from covid19_images.manifest.record import Record
from flows.proposal.markdown import table

TITLE = "## Patients and labels by split"
_LEAD = (
    "Images that are no copies. Sexes and ages are of images, not of patients: one patient may have"
    " many. An age that its source gives as a span is counted where all of it lies in one group."
    " Where a group is rare in a split, a figure for it means little there."
)
_SPLITS = ("train", "validation", "test", "none")
_HEADER = ["", "train", "validation", "test", "in no split", "all"]
_AGES: Mapping[str, tuple[int, int]] = {
    "under 18": (0, 17),
    "18 to 39": (18, 39),
    "40 to 59": (40, 59),
    "60 to 79": (60, 79),
    "80 and over": (80, 200),
}
_UNSTATED = "not stated"

Row = list[str | int]


def chapter(records: Iterable[Record]) -> list[str]:
    """Return the chapter's parts.

    Args:
        records: The rows of images that are there.
    """
    own = [row for row in records if not row.duplicate_of]
    return [TITLE, _LEAD, table(_HEADER, list(_rows(own)))]


def _rows(own: Sequence[Record]) -> Iterable[Row]:
    yield _row("images", own, len)
    yield _row("patients that are named", own, _patients)
    yield _row("images of no named patient", own, lambda some: len(some) - len(_named(some)))
    yield from _each("sex", own, _sex)
    yield from _each("age", own, _age, first=tuple(_AGES))
    yield from _each("label basis", own, lambda row: row.label_basis or _UNSTATED)
    yield _row("augmented", own, lambda some: sum("augmented" in row.quality for row in some))


def _row(name: str, own: Sequence[Record], count: Callable[[Sequence[Record]], int]) -> Row:
    by_split = [[row for row in own if (row.split or "none") == split] for split in _SPLITS]
    return [name, *map(count, by_split), count(own)]


def _each(
    name: str, own: Sequence[Record], of: Callable[[Record], str], first: Sequence[str] = ()
) -> Iterable[Row]:
    """Yield a row for each value, in their order; what is not stated comes last."""
    there = {of(row) for row in own}
    for value in [*first, *sorted(there - {*first, _UNSTATED}), _UNSTATED]:
        if value in there:
            yield _row(f"{name}: {value}", own, partial(_with, of, value))


def _with(of: Callable[[Record], str], value: str, some: Sequence[Record]) -> int:
    return sum(of(row) == value for row in some)


def _named(some: Sequence[Record]) -> list[tuple[str, str]]:
    return [(row.source, row.patient_id) for row in some if row.patient_id]


def _patients(some: Sequence[Record]) -> int:
    return len(set(_named(some)))


def _sex(row: Record) -> str:
    return row.sex or _UNSTATED


def _age(row: Record) -> str:
    if row.age_min is None and row.age_max is None:
        return _UNSTATED
    low = 0 if row.age_min is None else row.age_min
    high = 200 if row.age_max is None else row.age_max
    within = [name for name, (least, most) in _AGES.items() if least <= low and high <= most]
    return within[0] if within else "over several of these"
