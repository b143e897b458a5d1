"""Real nights, a release each: what people train on is read back from every layout we write."""

import csv
import datetime as dt
from collections import defaultdict
from pathlib import Path

import pytest

from covid19_images.dataset.organize import organize
from covid19_images.dataset.select import select
from covid19_images.download.copy import open_copy
from covid19_images.download.download import download
from covid19_images.download.request import Request
from tests.support.collection import NOW, Collection
from tests.support.organized import LAYOUTS
from tests.support.releases import allow_everything, release
from tests.support.upstream import Upstream

FIGURES = "covid-chestxray-dataset"
NIGHTS = 18


class Sides:
    """Where each picture was seen: on one side, in whatever layout, on whatever night."""

    def __init__(self) -> None:
        self.of_picture: dict[bytes, str] = {}
        self.moved: list[str] = []
        self.straddling: list[str] = []

        self.nights = 0

    def look(self, copy: Path, scratch: Path, night: str) -> None:
        """Write every layout of a copy, and read it back; nothing where nothing is labelled yet."""
        if not any(row.finding for row in open_copy(copy).records):
            return
        self.nights += 1
        chosen = select("all", root=copy, size=96, label="covid")
        groups = {chosen.plain(at).tobytes(): r.group for at, r in enumerate(chosen.records)}
        for layout, read in LAYOUTS.items():
            folder = scratch / f"{night}-{layout}"
            organize(chosen, folder, layout)
            seen: dict[str | None, set[str]] = defaultdict(set)
            found = list(read(folder))
            for side, pixels in found:
                seen[groups[pixels]].add(side)
                if self.of_picture.setdefault(pixels, side) != side:
                    self.moved.append(f"{night} {layout}")
            assert found, f"{night}: nothing read back from {layout}"
            self.straddling += [f"{night} {layout} {g}" for g, on in seen.items() if len(on) > 1]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_no_image_moves_and_no_group_straddles_in_any_layout_of_any_release(
    bundles: Path, collection: Collection, tmp_path: Path
) -> None:
    upstream = Upstream.from_bundle(bundles / "ieee8023.bundle", tmp_path / "ieee8023.git")
    collection.real_source(FIGURES, upstream.url)
    sides = Sides()
    with (bundles / "ieee8023.nightly.csv").open(encoding="utf-8") as file:
        tips = [night["bundle_commit"] for night in csv.DictReader(file)]
    for number, tip in enumerate(tips):
        upstream.reset(tip)
        if collection.night().proposal is None:
            continue
        collection.merge()
        allow_everything(collection, FIGURES)
        release(collection, tmp_path / "releases", now=NOW + dt.timedelta(days=number))
        copy = tmp_path / "copy"
        download(copy, request=Request(origin=str(tmp_path / "releases")))
        sides.look(copy, tmp_path / "organized", str(number))
    assert (len(tips), sides.moved, sides.straddling) == (NIGHTS, [], [])
    assert sides.nights == NIGHTS - 1  # the first one's table has no findings
    assert set(sides.of_picture.values()) == {"train", "validation", "test"}
