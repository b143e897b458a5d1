"""Find two patients of one source that look like one: a question for a person, not one a pair."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from covid19_images.manifest.record import Record
from flows.collection.duplicates import Pair
from flows.collection.problems import Problem
from flows.collection.questions import by_key, holding

_PICTURES, _SHARE = 5, 0.5  # of the patient with fewer pictures must look like the other's


@dataclass(frozen=True, slots=True)
class Alike:
    """Two patients whose pictures are copies of each other, or may be.

    Attributes:
        source: Their source.
        patients: Their ids, `source/id`.
        shared: Pictures of the one with fewer that look like one of the other's.
        pictures: All pictures of that one.
        pairs: The pairs between them.
    """

    source: str
    patients: tuple[str, str]
    shared: int
    pictures: int
    pairs: tuple[Pair, ...]


def alike(records: Sequence[Record], pairs: Sequence[Pair]) -> list[Alike]:
    """Return the patients of which at least half of the pictures look like another one's.

    Args:
        records: All rows, after comparing.
        pairs: All pairs, undecided ones too.
    """
    within = [pair for pair in pairs if _source(pair.a) == _source(pair.b)]
    found = by_key(records, (key for pair in within for key in (pair.a, pair.b)))
    rows = {key: r for key, r in found.items() if r.patient_id and r.status == "active"}
    patients = {str(row.patient_id) for row in rows.values()}
    sizes = Counter(
        str(row.patient_id)
        for row in holding(records, {"patient_id": patients})
        if row.status == "active"
    )
    between: dict[tuple[str, str], list[Pair]] = defaultdict(list)
    for pair in within:
        a, b = rows.get(pair.a), rows.get(pair.b)
        if a and b and a.patient_id != b.patient_id:
            one, other = sorted((str(a.patient_id), str(b.patient_id)))
            between[one, other].append(pair)
    both = (_alike(two, some, rows, sizes) for two, some in sorted(between.items()))
    return [one for one in both if one.shared >= max(_PICTURES, _SHARE * one.pictures)]


def _source(key: str) -> str:
    return key.partition("/")[0]


def _alike(
    both: tuple[str, str], pairs: Sequence[Pair], rows: dict[str, Record], sizes: Counter[str]
) -> Alike:
    fewer = min(both, key=lambda patient: (sizes[patient], patient))
    keys = {key for pair in pairs for key in (pair.a, pair.b)}
    shared = sum(rows[key].patient_id == fewer for key in keys)
    return Alike(rows[pairs[0].a].source, both, shared, sizes[fewer], tuple(pairs))


def questions(found: Iterable[Alike]) -> Iterator[Problem]:
    """Return one question for each two patients that look like one.

    Args:
        found: The patients.
    """
    for one in found:
        a, b = (patient.partition("/")[2] for patient in one.patients)
        what = (
            f"patients {a} and {b} look like one: {one.shared:,} of the {one.pictures:,} pictures "
            "of the one with fewer are the other's too. Where they are, name their ids of the "
            "upstream in same_patient"
        )
        yield Problem(one.source, "", 0, "patients_alike", what)
