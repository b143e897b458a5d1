"""Real upstream histories, night by night, against counts made by another program."""

import csv
import json
from collections import Counter
from pathlib import Path

import pytest

from covid19_images.manifest import splits
from flows.collection.checkout import Checkout
from flows.collection.state import State
from flows.night.run import Report
from flows.upstream import tree
from tests.support.collection import Collection, counts
from tests.support.upstream import Upstream, git

FIGURES = "covid-chestxray-dataset"


def _table(report: Report, name: str) -> tuple[int, int, int, int, bool]:
    [change] = [change for change in report.changes if change.source.name == name]
    if not change.tables:
        return 0, 0, 0, 0, False
    [diff] = change.tables.values()
    return diff.rows, diff.added, diff.removed, diff.changed, diff.header_changed


@pytest.fixture
def figures(bundles: Path, tmp_path: Path) -> Upstream:
    return Upstream.from_bundle(bundles / "ieee8023.bundle", tmp_path / "ieee8023.git")


@pytest.mark.slow
def test_each_real_night_finds_exactly_what_changed_that_day_and_no_image_changes_its_split(
    bundles: Path, figures: Upstream, collection: Collection
) -> None:
    collection.real_source(FIGURES, figures.url)
    with (bundles / "ieee8023.nightly.csv").open(encoding="utf-8") as file:
        nights = list(csv.DictReader(file))
    first: dict[str | None, str | None] = {}
    for night in nights:
        before = _state(collection)
        figures.reset(night["bundle_commit"])
        report = collection.night()
        found = counts(report, FIGURES)
        [change] = report.changes
        expected = {key: int(value) for key, value in night.items() if value.isdigit()}
        assert {
            "added": found["new images"],
            "removed": found["removed"],
            "renamed": found["renamed"],
            "modified": found["changed"],
            "images": change.images,
        } == {key: expected[key] for key in ("added", "removed", "renamed", "modified", "images")}
        assert _table(report, FIGURES) == (
            expected["rows"],
            expected["rows_added"],
            expected["rows_removed"],
            expected["rows_changed"],
            bool(expected["header_changed"]),
        ), night["night_utc"]
        collection.merge()
        off_target = _check_splits(before, _state(collection), first)
    assert (len(nights), off_target) == (18, 0)
    assert len(first) >= 158
    assert set(first.values()) == set(splits.TARGETS)
    _check_the_last_night(figures, collection)


def _state(collection: Collection) -> State:
    checkout = Checkout(collection.folder)
    return checkout.state(checkout.base("main"))


def _check_splits(before: State, now: State, first: dict[str | None, str | None]) -> int:
    """Hold that groups are whole and every image where it was first; return how many are not."""
    rows = now.records[FIGURES]
    pairs = [(pair.a, pair.b) for pair in now.pairs if pair.kind != "undecided"]
    counted = splits.figures(rows, pairs, before.records.get(FIGURES, ()))
    assert counted.leaks == 0
    assert now.ledger[: len(before.ledger)] == before.ledger
    for row in rows:
        if row.split in splits.TARGETS:
            assert first.setdefault(row.image_id, row.split) == row.split
    return counted.off_target


def _check_the_last_night(figures: Upstream, collection: Collection) -> None:
    records = collection.records(FIGURES)
    present = {path: r for path, r in records.items() if r.status != "withdrawn"}
    blobs = {e.path: e.blob for e in tree.entries(figures.folder, figures.tip())}
    images = {path: blob for path, blob in blobs.items() if path.startswith("images/")}
    assert {path: record.blob for path, record in present.items()} == images
    assert all(record.status in ("active", "quarantined") for record in present.values())
    described = [record for record in present.values() if record.finding]
    findings = Counter(word for record in described for word in record.finding)
    assert len(described) == 154
    assert set(findings) == {
        "COVID-19",
        "SARS",
        "Streptococcus",
        "ARDS",
        "Pneumocystis",
        "No finding",
    }
    assert {r.licence for r in described} == {
        "NOASSERTION",
        "LicenseRef-CC-BY-NC-SA-unversioned",
        "LicenseRef-CC-BY-NC-ND-unversioned",
    }
    assert {r.view for r in described} == {"PA", "AP", "AP_SUPINE", "LATERAL", "AXIAL", "CORONAL"}
    assert {r.modality for r in described} == {"XR", "CT"}
    assert all(r.patient_id and r.patient_id.startswith(f"{FIGURES}/") for r in described)
    problems = list(csv.DictReader(collection.file("datasets/problems.csv").splitlines()))
    assert Counter(problem["kind"] for problem in problems) == {
        "row_without_file": 4,  # the bundle lacks four large files
        "file_without_row": 4,
    }


@pytest.mark.slow
def test_each_recorded_transition_is_found_when_taken_alone(
    bundles: Path, figures: Upstream, tmp_path: Path
) -> None:
    text = (bundles / "ieee8023.replay_expected.json").read_text(encoding="utf-8")
    cache = tmp_path / "cache"
    for i, step in enumerate(json.loads(text)):
        collection = Collection(tmp_path / f"collection-{i}")
        collection.cache = cache
        collection.real_source(FIGURES, figures.url)
        figures.reset(step["from"])
        collection.night()
        collection.merge()
        figures.reset(step["to"])
        report = collection.night()
        [change] = report.changes
        assert [record.path for record in change.added] == step["images_added"], step["subject"]
        assert [record.path for record in change.removed] == step["images_removed"]
        renamed = [[c.before.path, c.after.path] for c in change.renamed if c.before and c.after]
        assert renamed == step["images_renamed"]
        modified = [c.after.path for c in change.modified if c.after]
        assert modified == step["images_modified_in_place"]
        assert _table(report, FIGURES) == (
            step["rows_after"],
            len(step["rows_added"]),
            len(step["rows_removed"]),
            step["rows_changed"],
            step["header_changed"],
        ), step["subject"]


@pytest.mark.parametrize(
    ("bundle", "name", "images"),
    [
        pytest.param("figure1", "figure1-covid-chestxray-dataset", 55, marks=pytest.mark.slow),
        pytest.param("darshan", "covid19-detection-xray-dataset", 1539, marks=pytest.mark.slow),
        pytest.param("covid-19-pos-case", "covid-19-pos-case", 60, marks=pytest.mark.slow),
        ("medseg", "medseg_ct_dataset", 2),
    ],
)
def test_every_commit_of_the_other_histories_is_followed(
    bundles: Path, tmp_path: Path, collection: Collection, bundle: str, name: str, images: int
) -> None:
    upstream = Upstream.from_bundle(bundles / f"{bundle}.bundle", tmp_path / "up.git")
    collection.real_source(name, upstream.url)
    commits = git(
        upstream.folder, "rev-list", "--first-parent", "--reverse", upstream.tip()
    ).split()
    before: dict[str, str] = {}
    for commit in commits:
        upstream.reset(commit)
        report = collection.night()
        now = _images(upstream, commit, name)
        found = counts(report, name)
        result, went = now.keys() - before.keys(), before.keys() - now.keys()
        assert found["new images"] + found["renamed"] == len(result)
        assert found["removed"] + found["renamed"] == len(went)
        assert found["changed"] == sum(now[p] != before[p] for p in now.keys() & before.keys())
        if report.proposal:
            collection.merge()
        before = now
    records = collection.records(name, "main")
    assert {p: r.blob for p, r in records.items() if r.status != "withdrawn"} == before
    assert len(before) == images


def _images(upstream: Upstream, commit: str, name: str) -> dict[str, str]:
    """List images by ending and folder: another rule than the one under test."""
    printed = git(upstream.folder, "ls-tree", "-r", "-z", commit).split("\0")[:-1]
    blobs = {path: meta.split()[2] for meta, path in (line.split("\t") for line in printed)}
    endings = {"medseg_ct_dataset": ("_im.nii",)}.get(name, (".jpg", ".jpeg", ".png"))
    return {
        path: blob
        for path, blob in blobs.items()
        if path.endswith(endings) or path.rpartition("/")[2].startswith("IM0")
    }
