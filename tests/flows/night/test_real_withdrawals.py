"""Withdrawals over two real histories: what is known to be a copy is held, and nothing else is."""

import csv
from collections import defaultdict
from pathlib import Path

import pytest

from tests.support.collection import SHARED, Collection
from tests.support.upstream import Upstream, git

OWNER, MERGE = "covid-chestxray-dataset", "covid19-detection-xray-dataset"
DATASETS = {"ieee8023": OWNER, "darshan": MERGE}
WITHDRAWN = 10


def _clusters() -> list[dict[str, set[str]]]:
    """Return the copies known by provenance, bytes or geometry: paths by source."""
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    with (SHARED / "truth" / "clusters.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["dataset"] in DATASETS:
                found[row["cluster"]][DATASETS[row["dataset"]]].add(row["path"])
    return [dict(cluster) for _, cluster in sorted(found.items())]


def _collected(bundles: Path, tmp_path: Path, collection: Collection) -> Upstream:
    """Import the owner's pictures, and of the merge the folders that it copied from them."""
    owner = Upstream.from_bundle(bundles / "ieee8023.bundle", tmp_path / "owner.git")
    merge = Upstream.from_bundle(bundles / "darshan.bundle", tmp_path / "merge.git")
    collection.real_source(OWNER, owner.url)
    collection.real_source(MERGE, merge.url)
    file = collection.folder / "config" / "sources" / f"{MERGE}.toml"
    text = file.read_text(encoding="utf-8")
    narrow = text.replace(
        'images = ["/covid19-detection-xray-dataset/"]', 'images = ["**/COVID-19/*.jpeg"]'
    )
    assert narrow != text
    file.write_text(narrow, encoding="utf-8")
    collection.night()
    collection.merge()
    return owner


@pytest.mark.slow
def test_every_known_copy_of_what_an_owner_withdrew_is_held_that_night_and_no_other(
    bundles: Path, tmp_path: Path, collection: Collection
) -> None:
    owner = _collected(bundles, tmp_path, collection)
    before = collection.records(MERGE, "main")
    shared = [c for c in _clusters() if len(c.get(OWNER, ())) == 1 and c.get(MERGE)]
    chosen = shared[:: len(shared) // WITHDRAWN][:WITHDRAWN]
    gone = sorted(path for cluster in chosen for path in cluster[OWNER])
    owner.commit(dict.fromkeys(gone), date="2020-05-28T00:00:00Z")
    report = collection.night()
    collection.merge()
    held = {p for p, r in collection.records(MERGE, "main").items() if r.status == "held"}
    known = {path for cluster in chosen for path in cluster[MERGE]}
    assert held == known & before.keys()
    statuses = {p: r.status for p, r in collection.records(OWNER, "main").items()}
    assert {path for path, status in statuses.items() if status == "withdrawn"} >= set(gone)
    assert "held" not in statuses.values()
    assert len(held) >= len(gone) == WITHDRAWN
    assert report.proposal is not None
    assert git(collection.folder, "show", "main:datasets/CHANGES.md").count("- Held ") == len(held)
