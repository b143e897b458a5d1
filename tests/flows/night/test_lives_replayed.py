"""Real histories in whose middle a source is renamed and another one removed: exact counts."""

import csv
from pathlib import Path

import pytest

from flows.night.reporting.console import lines
from tests.support.collection import Collection
from tests.support.upstream import Upstream

FIGURES, DARSHAN = "covid-chestxray-dataset", "covid19-detection-xray-dataset"
FIGURE1 = "figure1-covid-chestxray-dataset"


def _nights(bundles: Path) -> list[dict[str, str]]:
    with (bundles / "ieee8023.nightly.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _config(collection: Collection, name: str) -> Path:
    return collection.folder / "config" / "sources" / f"{name}.toml"


@pytest.mark.slow  # `test_lives` has the same of small sources
def test_a_real_source_is_renamed_and_another_removed_between_two_nights(
    bundles: Path, tmp_path: Path, collection: Collection
) -> None:
    figures = Upstream.from_bundle(bundles / "ieee8023.bundle", tmp_path / "ieee8023.git")
    figure1 = Upstream.from_bundle(bundles / "figure1.bundle", tmp_path / "figure1.git")
    collection.real_source(FIGURES, figures.url)
    collection.real_source(FIGURE1, figure1.url)
    nights = _nights(bundles)
    middle = len(nights) // 2
    for number, night in enumerate(nights):
        figures.reset(night["bundle_commit"])
        if number == middle:
            before = collection.records(FIGURES, "main")
            ledger = collection.file("datasets/splits.csv", "main")
            _config(collection, FIGURES).rename(_config(collection, "figures"))
            _config(collection, FIGURE1).unlink()
        report = collection.night()
        if number == middle:
            words = [line for line in lines(report) if line.startswith(("figure", "figures"))]
            assert words == MIDDLE
            kept = collection.records("figures")
            assert all(kept[p].split == before[p].split for p in kept.keys() & before.keys())
            assert collection.file("datasets/splits.csv").startswith(ledger)
        if report.proposal:
            collection.merge()
    rows = collection.records("figures", "main").values()
    assert sum(row.status != "withdrawn" for row in rows) == int(nights[-1]["images"])
    rows = collection.records(FIGURE1, "main").values()
    assert [row.status for row in rows] == ["withdrawn"] * 55


CARRIED = "called covid-chestxray-dataset before, its rows are carried over"
MIDDLE = [
    (
        f"figures                          {CARRIED}; moved on (119 images): 30 new images, "
        "2 of them copies, 1 relabelled, 3 problems to look at"
    ),
    "figure1-covid-chestxray-dataset  no longer configured: 55 images withdrawn: 55 removed",
]
