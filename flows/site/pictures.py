"""Put the manifest's rows together by picture: what each source states of it, and its copies."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

from covid19_images.manifest.record import Record
from covid19_images.manifest.statements.compatible import findings
from flows.collection.duplicates import Pair
from flows.config.source import Source
from flows.text import names


@dataclass(frozen=True, slots=True)
class Copy:
    """Another picture that shows the same.

    Attributes:
        image_id: Which.
        kind: How the two differ; `undecided` where a person is still asked.
    """

    image_id: str
    kind: str


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture.

    Attributes:
        image_id: Its name.
        rows: What each source states of it, as it may be shown; never empty.
        copies: Other pictures that show the same.
        patient: Other pictures of the same patient, in the order of their days.
        disputed: Whether findings of its rows and those of its copies cannot both hold.
        keys: The keys of its rows as they are in the manifest, to look things up by: never shown.
    """

    image_id: str
    rows: tuple[Record, ...]
    copies: tuple[Copy, ...] = ()
    patient: tuple[str, ...] = ()
    disputed: bool = False
    keys: tuple[str, ...] = field(default=(), repr=False)

    @property
    def first(self) -> Record:
        """Return the row that counts: the one that is no copy, or else the first."""
        return next((row for row in self.rows if row.duplicate_of is None), self.rows[0])


def pictures(
    records: Iterable[Record], pairs: Iterable[Pair], sources: Mapping[str, Source]
) -> list[Picture]:
    """Collect all pictures that may be shown, sorted by name.

    Args:
        records: The manifest's rows. Only active ones are shown: what was taken down is not.
        pairs: All copies.
        sources: The configured sources, by name.
    """
    active = [row for row in records if row.status == "active" and row.image_id]
    image_ids = {row.key: row.image_id for row in active if row.image_id}
    rows: dict[str, list[Record]] = defaultdict(list)
    for row in active:
        rows[image_ids[row.key]].append(row)
    copies = _copies(pairs, image_ids)
    patients = _patients(active)
    return [
        Picture(
            image_id,
            tuple(_shown(row, sources) for row in sorted(rows[image_id], key=lambda r: r.key)),
            tuple(Copy(*one) for one in sorted(copies[image_id])),
            _same_patient(rows[image_id], patients),
            _disputed(image_id, copies[image_id], rows),
            tuple(sorted(row.key for row in rows[image_id])),
        )
        for image_id in sorted(rows)
    ]


def _shown(row: Record, sources: Mapping[str, Source]) -> Record:
    """Return a row without what may identify a person."""
    source = sources.get(row.source)
    path, harmless = row.path, source.harmless if source else ()
    if "dated_name" in row.privacy or names.may_tell(path, harmless):
        path = names.withheld(path, row.blob)
    return replace(names.shown_words(row), path=path)


def _copies(pairs: Iterable[Pair], image_ids: Mapping[str, str]) -> dict[str, set[tuple[str, str]]]:
    copies: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for pair in pairs:
        a, b = image_ids.get(pair.a), image_ids.get(pair.b)
        if a and b and a != b:
            copies[a].add((b, pair.kind))
            copies[b].add((a, pair.kind))
    return copies


def _patients(rows: Sequence[Record]) -> dict[tuple[str, str], list[Record]]:
    found: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for row in rows:
        if row.patient_id:
            found[row.source, row.patient_id].append(row)
    return found


def _same_patient(
    rows: Sequence[Record], patients: Mapping[tuple[str, str], Sequence[Record]]
) -> tuple[str, ...]:
    others = [
        other
        for row in rows
        if row.patient_id
        for other in patients[row.source, row.patient_id]
        if other.image_id != row.image_id
    ]
    others.sort(key=lambda r: (r.offset_days is None, r.offset_days or 0, r.key))
    return tuple(dict.fromkeys(other.image_id for other in others if other.image_id))


def _disputed(
    image_id: str, copies: Iterable[tuple[str, str]], rows: Mapping[str, Sequence[Record]]
) -> bool:
    same = [image_id, *(other for other, kind in copies if kind not in ("undecided", "part"))]
    stated = {row.finding for one in same for row in rows[one] if row.finding}
    return any(not findings(a, b) for a, b in combinations(stated, 2))
