"""What stays on its side when a collection grows: ours beside `GroupShuffleSplit(seed)`.

    python -m benchmarks.splits --bundle ieee8023.bundle --nights ieee8023.nightly.csv

Every night of the history is taken in and merged. scikit-learn's splitter gets the same rows with
the same groups each time, as a script that splits after each download would give it.
"""

import argparse
import csv
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from sklearn.model_selection import GroupShuffleSplit

from covid19_images.manifest import splits
from covid19_images.manifest.record import Record
from flows.collection.checkout import Checkout
from tests.support.collection import Collection
from tests.support.upstream import Upstream

NAME = "covid-chestxray-dataset"
Sides = Mapping[str, str]


def shuffled(rows: Sequence[Record], seed: int) -> dict[str, str]:
    """Split whole groups 70/10/20 as scikit-learn does, from nothing."""
    keys = sorted({str(row.image_id): str(row.group) for row in rows}.items())
    pictures = np.array([picture for picture, _ in keys])
    groups = np.array([group for _, group in keys])
    sides = dict.fromkeys(pictures.tolist(), "train")
    [(rest, test)] = GroupShuffleSplit(1, test_size=0.2, random_state=seed).split(
        pictures, groups=groups
    )
    inner = GroupShuffleSplit(1, test_size=0.125, random_state=seed)
    [(_, held)] = inner.split(rest, groups=groups[rest])
    sides |= dict.fromkeys(pictures[test].tolist(), "test")
    return sides | dict.fromkeys(pictures[rest[held]].tolist(), "validation")


def moved(before: Sides, now: Sides) -> tuple[int, int]:
    """Count pictures that are on another side than before, and pictures that were there."""
    both = before.keys() & now.keys()
    return sum(before[picture] != now[picture] for picture in both), len(both)


def straddling(rows: Sequence[Record], sides: Sides) -> int:
    """Count groups with pictures on more than one side."""
    found: dict[str, set[str]] = {}
    for row in rows:
        if row.image_id in sides:
            found.setdefault(str(row.group), set()).add(sides[str(row.image_id)])
    return sum(len(held) > 1 for held in found.values())


def main() -> None:
    """Print a line for every night, and the sum."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--bundle", type=Path, required=True)
    asked.add_argument("--nights", type=Path, required=True)
    asked.add_argument("--seed", type=int, default=0)
    given = asked.parse_args()
    with given.nights.open(encoding="utf-8") as file:
        nights = list(csv.DictReader(file))
    with tempfile.TemporaryDirectory() as folder:
        upstream = Upstream.from_bundle(given.bundle.resolve(), Path(folder, "upstream.git"))
        collection = Collection(Path(folder, "collection"))
        collection.real_source(NAME, upstream.url)
        _replay(collection, upstream, nights, given.seed)


def _replay(
    collection: Collection, upstream: Upstream, nights: Sequence[Mapping[str, str]], seed: int
) -> None:
    ours: Sides = {}
    theirs: Sides = {}
    sums = np.zeros(4, int)
    print("night       images  ours: moved  straddling  quarantined  GroupShuffleSplit: moved")
    for night in nights:
        upstream.reset(night["bundle_commit"])
        if collection.night().proposal:
            collection.merge()
        checkout = Checkout(collection.folder)
        rows = checkout.state(checkout.base("main")).records[NAME]
        now = {str(r.image_id): str(r.split) for r in rows if r.split in splits.TARGETS}
        shown = [r for r in rows if r.status in ("active", "quarantined")]
        other = shuffled(shown, seed)
        own, held = moved(ours, now)[0], straddling(rows, now)
        out = sum(r.status == "quarantined" for r in rows)
        theirs_moved, there = moved(theirs, other)
        share = f"{theirs_moved:>5} of {there:<4} {theirs_moved / (there or 1):>4.0%}"
        print(
            f"{night['night_utc'][:10]}  {len(shown):>6}  {own:>11}  {held:>10}  {out:>11}  {share}"
        )
        sums += (own, held, theirs_moved, there)
        ours, theirs = now, other
    moved_own, straddle, moved_theirs, there = sums.tolist()
    print(f"all nights: ours moved {moved_own}, and {straddle} groups straddle;")
    print(f"GroupShuffleSplit(seed) moved {moved_theirs} of {there} ({moved_theirs / there:.0%})")


if __name__ == "__main__":
    main()
