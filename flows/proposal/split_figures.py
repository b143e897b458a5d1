"""Count leaks and balance of splits by columns: the same figures, and most rows are not read."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from covid19_images.manifest.record import Record
from covid19_images.manifest.splits import TARGETS, Figures
from covid19_images.manifest.spreadsheet import uncell
from flows.collection.questions import Together, cells, has, holding, moved, texts

_COLUMNS = ("status", "split", "duplicate_of", "patient_id", "sha256", "pixels_sha256")
_BALANCED = ("finding", "modality", "split", "group", "path", "duplicate_of")


def figures(after: Together, pairs: Iterable[tuple[str, str]], before: Together) -> Figures:
    """Return what `covid19_images.manifest.splits.figures` counts.

    Args:
        after: All rows, with their split.
        pairs: Keys of all confirmed copies, parts included.
        before: All rows as they were; what is the same object in both did not move.
    """
    found = cells(after, _COLUMNS)
    shown = _is_placed(found)
    own = found.select(["split", "duplicate_of"]).filter(shown)
    own = own.filter(pc.equal(own["duplicate_of"], ""))
    counts = own.group_by("split").aggregate([([], "count_all")]).to_pylist()
    off = [one for name, rows in after.by_source.items() for one in _off_target(rows)]
    return Figures(
        images=Counter({one["split"]: one["count_all"] for one in counts}),
        patients=_across(found, shown, "patient_id"),
        files=_across(found, shown, "sha256"),
        pictures=_across(found, shown, "pixels_sha256"),
        duplicates=_apart(after, pairs),
        moved=_moved(before, after),
        quarantined=pc.sum(pc.equal(found["status"], "quarantined")).as_py() or 0,
        strata=len(off),
        off_target=sum(off),
    )


def _is_placed(found: pa.Table) -> pa.ChunkedArray:
    return pc.is_in(found["split"], value_set=pa.array(list(TARGETS)))


def _across(found: pa.Table, shown: pa.ChunkedArray, name: str) -> int:
    """Count the words of a column that are on more than one side."""
    counts = pc.value_counts(found[name])  # few words stand twice: only these are looked at
    often = counts.field("values").filter(pc.greater(counts.field("counts"), 1))
    asked = pc.and_(pc.not_equal(found[name], ""), pc.is_in(found[name], value_set=often))
    rows = found.select([name, "split"]).filter(pc.and_(shown, asked))
    sides = rows.group_by(name).aggregate([("split", "count_distinct")])["split_count_distinct"]
    return pc.sum(pc.greater(sides, 1)).as_py() or 0


def _apart(after: Together, pairs: Iterable[tuple[str, str]]) -> int:
    """Count the copies of which the two sides differ."""
    links = list(pairs)
    paths: dict[str, set[str]] = defaultdict(set)
    for source, _, path in (key.partition("/") for link in links for key in link):
        paths[source].add(path)
    side: dict[str, str] = {}
    for name, wanted in paths.items():
        found = cells(after.by_source.get(name, ()), ["path", "split"])
        asked = pc.is_in(found["path"], value_set=texts("path", wanted))
        found = found.filter(pc.and_(asked, _is_placed(found)))
        side |= {f"{name}/{uncell(path)}": split for path, split in _rows(found)}
    return sum(side[a] != side[b] for a, b in links if a in side and b in side)


def _moved(before: Together, after: Together) -> int:
    """Count the pictures that are on another side than before."""
    old, new = moved(before.by_source, after.by_source)
    stays = {id(row) for row in old} & {id(row) for row in new}
    pictures = {row.image_id for row in (*old, *new) if row.image_id and id(row) not in stays}
    was, now = (_sides(rows, pictures) for rows in (before, after))
    return sum(was[picture] != now[picture] for picture in was.keys() & now.keys())


def _sides(rows: Together, pictures: set[str]) -> dict[str | None, str | None]:
    found = holding(rows, {"image_id": pictures})
    return {row.image_id: row.split for row in found if row.split in TARGETS}


def _off_target(rows: Sequence[Record]) -> Iterator[bool]:
    """Yield for each stratum of a source whether it is off by more than its largest group."""
    found = cells(rows, _BALANCED)
    found = found.filter(pc.and_(_is_placed(found), pc.equal(found["duplicate_of"], "")))
    alone = pc.binary_join_element_wise("/", found["path"], "")  # no group is called like that
    group = pc.if_else(pc.equal(found["group"], ""), alone, found["group"])
    found = found.select(["finding", "modality", "split"]).append_column("group", group)
    sizes = found.group_by(found.column_names).aggregate([([], "count_all")])
    listed = pc.unique(sizes["finding"]).to_pylist()
    for word in sorted({word for cell in listed for word in cell.split(";")}):
        mask = has(sizes["finding"], word) if word else pc.equal(sizes["finding"], "")
        groups = sizes.filter(mask).group_by(["modality", "split", "group"])
        pictures = groups.aggregate([("count_all", "sum")])
        yield from _by_modality(pictures)


def _by_modality(pictures: pa.Table) -> Iterator[bool]:
    size = "count_all_sum"
    sides = pictures.group_by(["modality", "split"]).aggregate([(size, "sum"), (size, "max")])
    placed: dict[str, Counter[str]] = defaultdict(Counter)
    largest: Counter[str] = Counter()
    columns = [sides[name] for name in ("modality", "split", f"{size}_sum", f"{size}_max")]
    for modality, split, images, most in zip(*(c.to_pylist() for c in columns), strict=True):
        placed[modality][split] += images
        largest[modality] = max(largest[modality], most)
    for modality, on in placed.items():
        yield _is_off(on, largest[modality])


def _is_off(placed: Mapping[str, int], largest: int) -> bool:
    total = sum(placed.values())
    return any(abs(placed[side] - share * total) > largest for side, share in TARGETS.items())


def _rows(found: pa.Table) -> Iterator[tuple[str, ...]]:
    return zip(*(column.to_pylist() for column in found.columns), strict=True)
