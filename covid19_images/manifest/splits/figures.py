"""Count leaks and balance from the rows alone: neither groups nor the ledger are believed."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from covid19_images.manifest.record import Record
from covid19_images.manifest.splits.ledger import Side
from covid19_images.manifest.splits.place import TARGETS, Stratum, strata


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a proposal and a data card say about splits.

    Attributes:
        images: Pictures that loaders give, by split; copies are not counted.
        patients: Patients that are on more than one side.
        files: Contents (sha256) that are on more than one side.
        pictures: Decoded pictures (pixels_sha256) that are on more than one side.
        duplicates: Confirmed copies of which the two sides differ.
        moved: Pictures that are on another side than before.
        quarantined: Rows in no split, because a late link joined both sides.
        strata: How many strata there are: source, finding and modality.
        off_target: Those that are further from 70/10/20 than their largest group explains.
    """

    images: Mapping[str, int]
    patients: int
    files: int
    pictures: int
    duplicates: int
    moved: int
    quarantined: int
    strata: int
    off_target: int

    @property
    def leaks(self) -> int:
        """Sum up what must be 0."""
        return self.patients + self.files + self.pictures + self.duplicates + self.moved


def figures(
    records: Iterable[Record],
    pairs: Iterable[tuple[str, str]] = (),
    before: Iterable[Record] = (),
) -> Figures:
    """Count what must be 0, and how far the strata are from their targets.

    Args:
        records: All rows, with their split.
        pairs: Keys of all confirmed copies, parts included.
        before: All rows as they were.
    """
    rows = list(records)
    shown = [row for row in rows if row.split in TARGETS]
    side = {row.key: row.split for row in shown}
    counted = [row for row in shown if not row.duplicate_of]
    sizes = _sizes(counted)
    return Figures(
        images=Counter(str(row.split) for row in counted),
        patients=_across(shown, lambda row: row.patient_id),
        files=_across(shown, lambda row: row.sha256),
        pictures=_across(shown, lambda row: row.pixels_sha256),
        duplicates=sum(side[a] != side[b] for a, b in pairs if a in side and b in side),
        moved=_moved(before, shown),
        quarantined=sum(row.status == "quarantined" for row in rows),
        strata=len(sizes),
        off_target=sum(_is_off(groups) for groups in sizes.values()),
    )


def _across(rows: Sequence[Record], name: Callable[[Record], Hashable]) -> int:
    sides: dict[Hashable, set[str | None]] = defaultdict(set)
    for row in rows:
        if (named := name(row)) is not None:
            sides[named].add(row.split)
    return sum(len(found) > 1 for found in sides.values())


def _moved(before: Iterable[Record], shown: Sequence[Record]) -> int:
    was = {row.image_id: row.split for row in before if row.split in TARGETS}
    now = {row.image_id: row.split for row in shown}
    return sum(was[picture] != now[picture] for picture in was.keys() & now.keys())


def _sizes(rows: Iterable[Record]) -> dict[Stratum, Counter[tuple[str, str]]]:
    """Count pictures by stratum, split and group."""
    sizes: dict[Stratum, Counter[tuple[str, str]]] = defaultdict(Counter)
    for row in rows:
        for stratum in strata(row):
            sizes[stratum][str(row.split), row.group or row.key] += 1
    return sizes


def _is_off(groups: Counter[tuple[str, str]]) -> bool:
    total, largest = groups.total(), max(groups.values())
    placed: Counter[str] = Counter()
    for (split, _), pictures in groups.items():
        placed[split] += pictures
    return any(abs(placed[side] - share * total) > largest for side, share in _shares())


def _shares() -> list[tuple[Side, float]]:
    return list(TARGETS.items())
