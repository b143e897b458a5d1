"""Nights in which a table breaks: no label is lost, and the source waits for a person."""

import csv
from pathlib import Path

import pytest

from covid19_images.manifest.record import Record
from flows.labels import table as tables
from flows.labels.dialect import Wanted
from flows.labels.table import TableText
from flows.night.run import Report
from tests.support.collection import SIMPLE, Collection
from tests.support.pictures import png
from tests.support.upstream import Upstream, git

HEADER = "filename,patientid,sex,finding"
ROWS = [f"{n}.png,{n},{'MF'[n % 2]},COVID-19" for n in range(10)]
TABLE = "\n".join([HEADER, *ROWS, ""])
MAPPING = """
[[tables]]
files = ["metadata.csv"]
path = "images/{filename}"
[tables.fields]
patient = "patientid"
sex = "sex"
finding = "finding"
"""
POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 12\n"
LABELS = ("finding", "patient_id", "sex")


def begin(collection: Collection, upstream: Upstream) -> None:
    """Make a collection of ten labelled pictures."""
    pictures = {f"images/{n}.png": png(n) for n in range(10)}
    upstream.commit(pictures | {"metadata.csv": TABLE.encode()})
    collection.source("set", SIMPLE.format(url=upstream.url) + MAPPING)
    collection.night()
    collection.merge()


def _labels(collection: Collection, ref: str = "sync/datasets") -> dict[str, tuple[object, ...]]:
    rows = collection.records("set", ref).values()
    return {row.path: tuple(getattr(row, name) for name in LABELS) for row in rows}


def _held(report: Report) -> str:
    [change] = report.changes
    assert change.review_reason is not None
    assert report.proposal is not None
    assert report.proposal.review_reasons
    return change.review_reason


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        (POINTER.encode(), "metadata.csv cannot be used: this is a Git LFS pointer"),
        (None, "the upstream has no metadata.csv any more"),
        (TABLE.replace("sex", "gender").encode(), "metadata.csv has no column 'sex' any more"),
        (TABLE.replace("COVID-19", "").encode(), "10 of 10 labels of finding are gone"),
        # That each of these cannot be used is in tests/flows/labels/test_damage.py too.
        *(
            pytest.param(table.encode(), sentence, marks=pytest.mark.slow)
            for table, sentence in (
                ("", "metadata.csv cannot be used: it is empty"),
                (TABLE.replace("filename", "file"), "it has no column 'filename'"),
                (TABLE.replace("\n5.png", "\n<<<<<<< HEAD\n5.png"), "line 7 is the mark of a"),
            )
        ),
    ],
)
def test_the_old_labels_stay_and_the_source_waits_with_one_sentence(
    begun: Collection, upstream: Upstream, table: bytes | None, sentence: str
) -> None:
    before = _labels(begun, "main")
    upstream.commit({"metadata.csv": table, "images/new.png": png(99)})
    reason = _held(begun.night())
    assert sentence in reason
    assert "stay as they were until a person decides" in reason
    after = _labels(begun)
    assert {path: after[path] for path in before} == before
    assert sentence in begun.file("datasets/problems.csv")


def test_a_table_in_another_dialect_changes_nothing(begun: Collection, upstream: Upstream) -> None:
    before = _labels(begun, "main")
    for content in (TABLE.replace(",", ";").encode(), TABLE.encode("utf-16-le")):
        upstream.commit({"metadata.csv": content})
        [change] = begun.night().changes
        assert change.review_reason is None
        assert change.relabelled == ()
        assert _labels(begun) == before
        assert ",table_dialect," in begun.file("datasets/problems.csv")


def test_labels_stay_over_several_nights_and_follow_the_table_once_it_is_whole_again(
    begun: Collection, upstream: Upstream
) -> None:
    before = _labels(begun, "main")
    for n in range(3):
        upstream.commit({"metadata.csv": None if n else b"", f"images/more{n}.png": png(50 + n)})
        _held(begun.night())
        begun.merge()
        after = _labels(begun, "main")
        assert {path: after[path] for path in before} == before
    upstream.commit({"metadata.csv": TABLE.replace("0.png,0,M", "0.png,0,F").encode()})
    [change] = begun.night().changes
    assert [relabelled.after.path for relabelled in change.relabelled if relabelled.after] == [
        "images/0.png"
    ]


def test_an_image_that_moved_keeps_its_labels_too(begun: Collection, upstream: Upstream) -> None:
    before = _labels(begun, "main")
    upstream.commit({"metadata.csv": b"", "images/0.png": None, "images/sub/0.png": png(0)})
    _held(begun.night())
    assert _labels(begun)["images/sub/0.png"] == before["images/0.png"]


def test_a_person_lets_labels_go_by_the_configuration(
    begun: Collection, upstream: Upstream
) -> None:
    upstream.commit({"metadata.csv": TABLE.replace("COVID-19", "").encode()})
    toml = SIMPLE.format(url=upstream.url) + MAPPING
    begun.source("set", f"{toml}[expect]\nmax_labels_lost = 10\n")
    begun.night()
    assert {row.finding for row in begun.records("set").values()} == {()}


def test_a_person_takes_a_table_out_of_the_configuration(
    begun: Collection, upstream: Upstream
) -> None:
    upstream.commit({"metadata.csv": None})
    begun.source("set", SIMPLE.format(url=upstream.url))
    begun.night()
    assert {row.finding for row in begun.records("set").values()} == {()}


def test_many_other_labels_at_once_wait_for_a_person(begun: Collection, upstream: Upstream) -> None:
    upstream.commit({"metadata.csv": TABLE.replace("COVID-19", "SARS").encode()})
    assert _held(begun.night()) == "10 of 10 images have other labels now"


FIGURES = "covid-chestxray-dataset"
BREAKS: dict[str, bytes | None] = {"LFS": POINTER.encode(), "gone": None, "empty": b""}


@pytest.mark.slow
@pytest.mark.parametrize("name", BREAKS)
def test_a_real_history_with_its_table_broken_on_one_night_loses_no_label(
    bundles: Path, tmp_path: Path, collection: Collection, name: str
) -> None:
    figures = Upstream.from_bundle(bundles / "ieee8023.bundle", tmp_path / "ieee8023.git")
    collection.real_source(FIGURES, figures.url)
    with (bundles / "ieee8023.nightly.csv").open(encoding="utf-8") as file:
        nights = [night["bundle_commit"] for night in csv.DictReader(file)]
    figures.reset(nights[-2])
    collection.night()
    collection.merge()
    before = collection.records(FIGURES, "main")
    figures.commit({"metadata.csv": BREAKS[name]})
    reason = _held(collection.night())
    assert reason.count("stay as they were") == 1
    after = collection.records(FIGURES)
    assert {path: _own(row) for path, row in after.items()} == {
        path: _own(row) for path, row in before.items()
    }
    assert git(figures.folder, "log", "-1", "--format=%H").strip() == figures.tip()


def _own(row: Record) -> dict[str, object]:
    derived = ("group", "split", "split_reason", "duplicate_of", "duplicate_kind", "last_changed")
    return {name: getattr(row, name) for name in row.__slots__ if name not in derived}


def test_a_night_parses_each_version_of_a_table_once(
    begun: Collection, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[bytes] = []

    def read(name: str, content: bytes, wanted: Wanted | None = None) -> TableText:
        parsed.append(content)
        return whole(name, content, wanted)

    whole = tables.read
    monkeypatch.setattr(tables, "read", read)
    longer = TABLE.replace("0.png,0,M", "0.png,0,F").encode()
    upstream.commit({"metadata.csv": longer})
    begun.night()
    assert sorted(parsed) == sorted([TABLE.encode(), longer])  # for labels, and for what changed
