"""The sheets of real nights show the right pictures, box by box, in the files as written."""

import csv
import io
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from flows.proposal import plan as proposals
from flows.proposal.changes import SourceChange
from flows.proposal.pictures import Pictures
from flows.proposal.sheets import MOST_SHEETS, Sheet
from flows.proposal.sheets.cells import Tile
from flows.proposal.sheets.layout import laid
from flows.proposal.sheets.pages import pages
from tests.support.collection import Collection
from tests.support.upstream import Upstream, git

FIGURES = "covid-chestxray-dataset"
Grey = NDArray[np.float64]


@dataclass(frozen=True)
class Night:
    """A night as it was proposed."""

    changes: tuple[SourceChange, ...]
    pictures: Pictures
    sheets: dict[str, Sheet]

    def boxes(self, name: str) -> Iterator[tuple[Tile, str, Image.Image]]:
        """Cut the boxes out of one sheet, with what is said of each."""
        shown = pages(self.changes, self.pictures, most=MOST_SHEETS)
        [page] = [page for page in shown if page.name == name]
        cells = [cell for _, some in page.sections for cell in some]
        tiles = [(tile, cell.lines[0]) for cell in cells for tile in cell.tiles]
        sheet = Image.open(io.BytesIO(self.sheets[f"{name}.jpg"].content)).convert("L")
        for (tile, line), (picture, box) in zip(tiles, laid(page).placed, strict=True):
            assert picture is not None
            left, top = (box[i] + (box[i + 2] - picture.size[i]) // 2 for i in (0, 1))
            yield tile, line, sheet.crop((left, top, left + picture.width, top + picture.height))


def _propose(collection: Collection, monkeypatch: pytest.MonkeyPatch) -> Night:
    drawn: list[Pictures] = []
    plan = proposals.plan

    def kept(*args, pictures: Pictures, **options):
        drawn.append(pictures)
        return plan(*args, pictures=pictures, **options)

    with monkeypatch.context() as patched:
        patched.setattr(proposals, "plan", kept)
        report = collection.night()
    assert report.proposal is not None
    return Night(report.changes, drawn[0], {sheet.name: sheet for sheet in report.proposal.sheets})


def _upstreams_own(figures: Upstream, path: str) -> Image.Image:
    """Read a picture from the upstream itself, by a decoder that the bot does not use this way."""
    shown = ["git", "show", f"{figures.tip()}:{path}"]
    content = subprocess.run(shown, cwd=figures.folder, check=True, capture_output=True).stdout
    return Image.open(io.BytesIO(content)).convert("L")


def _apart(box: Image.Image, picture: Image.Image) -> float:
    scaled = picture.resize(box.size, Image.Resampling.LANCZOS, reducing_gap=3)
    return float(np.abs(np.asarray(box, float) - np.asarray(scaled, float)).mean())


@pytest.fixture
def figures(bundles: Path, tmp_path: Path) -> Upstream:
    return Upstream.from_bundle(bundles / "ieee8023.bundle", tmp_path / "ieee8023.git")


@pytest.fixture
def commits(bundles: Path) -> dict[str, str]:
    with (bundles / "ieee8023.nightly.csv").open(encoding="utf-8") as file:
        return {night["night_utc"]: night["bundle_commit"] for night in csv.DictReader(file)}


@pytest.mark.slow
def test_the_night_of_2020_03_16_shows_the_ten_images_that_came(
    figures: Upstream,
    commits: dict[str, str],
    collection: Collection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    collection.real_source(FIGURES, figures.url)
    figures.reset(commits["2020-03-15"])
    _check_pairs(figures, _propose(collection, monkeypatch))
    collection.merge()
    figures.reset(commits["2020-03-16"])
    _check_new(figures, commits, _propose(collection, monkeypatch))


def _check_new(figures: Upstream, commits: dict[str, str], night: Night) -> None:
    assert list(night.sheets) == [f"new-{FIGURES}.jpg"]
    span = commits["2020-03-15"], commits["2020-03-16"]
    result = git(figures.folder, "diff", "--name-only", "--diff-filter=A", *span).split()
    own = {path.rpartition("/")[2]: _upstreams_own(figures, path) for path in result}
    boxes = {name: box for _, name, box in night.boxes(f"new-{FIGURES}")}
    assert len(boxes) == 10
    assert boxes.keys() == own.keys()
    for name, box in boxes.items():
        apart = {other: _apart(box, picture) for other, picture in own.items()}
        assert min(apart, key=apart.__getitem__) == name
        assert apart[name] < 6, name


def _check_pairs(figures: Upstream, night: Night) -> None:
    """All pairs of the first import: the kept one as it is, the copy laid on it."""
    boxes = list(night.boxes("duplicates"))
    copies = [found for change in night.changes for found in change.copies]
    assert len(boxes) == 2 * len(copies) > 0
    for (copy, _, laid_copy), (original, _, kept) in zip(boxes[::2], boxes[1::2], strict=True):
        assert (copy.label, original.label) == ("copy", "kept")
        own = _upstreams_own(figures, original.name.partition("/")[2])
        assert _apart(kept, own) < 6, original.name
        laid_on, below = np.asarray(laid_copy, float), np.asarray(kept, float)
        reached = np.abs(laid_on - 128) > 6  # the rest is beyond the copy
        alike = np.corrcoef(laid_on[reached], below[reached])[0, 1]
        assert alike > 0.96, copy.name  # a copy may be brighter, so levels are not compared
