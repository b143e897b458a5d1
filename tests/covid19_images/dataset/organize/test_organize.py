"""Organised folders: read back with other programs, no layout leaks and nothing is lost."""

import json
import shutil
import tarfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.main import get_command
from typer.testing import CliRunner

from covid19_images.cli.app import app
from covid19_images.dataset import organize as organizing
from covid19_images.dataset.organize import OrganizeError, organize
from covid19_images.dataset.select import select
from covid19_images.dataset.selection import Selection
from covid19_images.download.copy import LocalCopy
from covid19_images.manifest import whole
from covid19_images.release.index import SourceEntry
from tests.support import local_copy
from tests.support.collection import ROOT
from tests.support.crossed import crossed
from tests.support.organized import LAYOUTS, table

# `csv` is written by what writes `imagefolder`.
ONE_OF_EACH_WRITER = crossed(["imagefolder", "webdataset", "huggingface", "csv"], fast=3)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> LocalCopy:
    return local_copy.make(tmp_path_factory.mktemp("copy"))


def chosen(copy: LocalCopy, **options: object) -> Selection:
    return select(root=copy.folder, **{"size": 224} | options)  # type: ignore[arg-type]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_read_back_has_each_picture_in_its_split_and_no_other(
    copy: LocalCopy, tmp_path: Path, layout: str
) -> None:
    selection = chosen(copy)
    organize(selection, tmp_path / "out", layout)
    found = sorted(LAYOUTS[layout](tmp_path / "out"))
    expected = sorted(
        (str(r.split), selection.plain(at).tobytes()) for at, r in enumerate(selection.records)
    )
    assert found == expected


@pytest.mark.parametrize("layout", LAYOUTS)
def test_writing_twice_gives_the_same_bytes(copy: LocalCopy, tmp_path: Path, layout: str) -> None:
    trees = []
    for name in "ab":
        organize(chosen(copy), tmp_path / name, layout)
        files = sorted(p for p in (tmp_path / name).rglob("*") if p.is_file())
        trees.append([(p.relative_to(tmp_path / name), p.read_bytes()) for p in files])
    assert trees[0] == trees[1]


@pytest.mark.parametrize("layout", ONE_OF_EACH_WRITER)
def test_an_interrupted_run_goes_on_where_it_stopped(
    copy: LocalCopy, tmp_path: Path, layout: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    organize(chosen(copy), tmp_path / "whole", layout)
    written: list[str] = []

    class PowerCut(BaseException):
        pass

    def write(file: Path, content: bytes) -> None:
        if len(written) == 1:
            raise PowerCut
        written.append(file.name)
        real(file, content)

    real = whole.write
    with monkeypatch.context() as patch:
        patch.setattr(whole, "write", write)
        with pytest.raises(PowerCut):
            organize(chosen(copy), tmp_path / "half", layout)
    first = next(p for p in (tmp_path / "half").rglob("*") if p.name == written[0])
    stamp = first.stat().st_mtime_ns
    organize(chosen(copy), tmp_path / "half", layout)
    assert first.stat().st_mtime_ns == stamp
    names = [
        sorted(str(p.relative_to(tmp_path / t)) for p in (tmp_path / t).rglob("*"))
        for t in ("whole", "half")
    ]
    assert names[0] == names[1]


def test_a_folder_with_other_files_is_left_alone(copy: LocalCopy, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(OrganizeError, match="holds files that are not ours"):
        organize(chosen(copy), tmp_path, "csv")
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_a_place_that_cannot_be_written_is_one_sentence(copy: LocalCopy, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("ours")
    for place in (tmp_path / "file", tmp_path / "file" / "out"):
        with pytest.raises(OrganizeError, match=r"cannot be written: .* Name another"):
            organize(chosen(copy), place, "csv")
    asked = ["organize", str(tmp_path / "file" / "out"), "--root", str(copy.folder)]
    done = CliRunner().invoke(app, asked)
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith("error: ")


def test_another_choice_needs_another_folder(copy: LocalCopy, tmp_path: Path) -> None:
    organize(chosen(copy), tmp_path / "out", "csv")
    with pytest.raises(OrganizeError, match="another choice of images"):
        organize(chosen(copy, size=64), tmp_path / "out", "csv")
    with pytest.raises(OrganizeError, match="imagefolder, huggingface, webdataset, csv"):
        organize(chosen(copy), tmp_path / "new", "tfrecord")


def test_unknown_findings_are_empty_cells_and_never_zero(copy: LocalCopy, tmp_path: Path) -> None:
    organize(chosen(copy, label="findings", sources="journal"), tmp_path / "out", "csv")
    rows = table(tmp_path / "out/train.csv")
    ill = [row for row in rows if row["finding"] == "COVID-19"]
    assert {(row["COVID-19"], row["Viral"], row["Pneumonia"]) for row in ill} == {("1", "1", "")}
    well = [row for row in rows if row["finding"] == "No finding"]
    assert {(row["COVID-19"], row["Pneumonia"], row["Effusion"]) for row in well} == {
        ("0", "0", "0")
    }


def test_linked_folders_share_their_pictures(copy: LocalCopy, tmp_path: Path) -> None:
    organize(chosen(copy), tmp_path / "a", "imagefolder", link=True)
    organize(chosen(copy), tmp_path / "b", "csv", link=True)
    one = next((tmp_path / "a").glob("train/*/*.png"))
    assert one.stat().st_ino == (tmp_path / "b" / "images" / one.name).stat().st_ino


def test_pictures_of_their_own_sizes_are_8_bit_too(copy: LocalCopy, tmp_path: Path) -> None:
    selection = chosen(copy, size=None, sources="kinds")
    organize(selection, tmp_path / "out", "csv")
    for row in table(tmp_path / "out/test.csv"):
        with Image.open(tmp_path / "out" / row["path"]) as image:
            assert image.mode == "L"
            assert np.asarray(image).max() > 100


def test_shards_name_class_and_row(copy: LocalCopy, tmp_path: Path) -> None:
    selection = chosen(copy, sources="journal")
    organize(selection, tmp_path / "out", "webdataset")
    with tarfile.open(tmp_path / "out/validation-00000.tar") as tar:
        members = {m.name: tar.extractfile(m) for m in tar}
        stems = {name.partition(".")[0] for name in members}
        for stem in stems:
            told_json = json.loads(members[f"{stem}.json"].read())  # type: ignore[union-attr]
            number = members[f"{stem}.cls"].read()  # type: ignore[union-attr]
            assert selection.label.classes[int(number)] == told_json["label"]


def test_the_card_names_splits_and_licences(copy: LocalCopy, tmp_path: Path) -> None:
    organize(chosen(copy, label="findings"), tmp_path / "out", "huggingface")
    card = (tmp_path / "out/README.md").read_text(encoding="utf-8")
    assert card.startswith("---\npretty_name")
    assert "  - split: validation\n    path: data/validation-*.parquet" in card
    assert "CC-BY-4.0" in card
    assert "never read NaN as 0" in card


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_has_a_card_with_sources_and_licences(
    copy: LocalCopy, tmp_path: Path, layout: str
) -> None:
    entry = SourceEntry(
        name="journal",
        title="A [title](https://example.org)\n| <img>",
        owner="A owner",
        url="https://example.org/journal",
        commit="abc",
        licence="CC-BY-4.0",
        shipped=1,
        pointers=0,
    )
    index = copy.index.model_copy(update={"sources": (entry,)})
    row = replace(chosen(copy, sources="journal"), copy=replace(copy, index=index))
    organize(row, tmp_path / "out", layout)
    card = (tmp_path / "out/README.md").read_text(encoding="utf-8")
    assert ("configs:" in card) == (layout == "huggingface")
    [line] = [line for line in card.splitlines() if "`journal`" in line]
    count = f"{len(row):,}"
    assert line == (
        "| A \\[title\\](https://example.org) \\| \\<img\\> (`journal`) | "
        f"{count} | CC-BY-4.0 {count} | A owner | https://example.org/journal, commit `abc` |"
    )


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("image_id", ["../../evilid", "/tmp/evilid", "c19-0", "a\x00b", ".."])
def test_an_image_id_that_leads_out_writes_nothing(
    copy: LocalCopy, tmp_path: Path, layout: str, image_id: str
) -> None:
    asked = chosen(copy)
    first = replace(asked.records[0], image_id=image_id)
    evil = replace(asked, records=(first, *asked.records[1:]))
    with pytest.raises(OrganizeError, match="image_id"):
        organize(evil, tmp_path / "a" / "out", layout)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("layout", ONE_OF_EACH_WRITER)
def test_a_link_in_the_folder_is_not_written_through(
    copy: LocalCopy, tmp_path: Path, layout: str
) -> None:
    asked = chosen(copy)
    outside, out = tmp_path / "outside", tmp_path / "out"
    outside.mkdir()
    organize(asked, out, layout)
    for place in sorted(out.iterdir()):
        if place.name == organizing.MARKER:
            continue
        shutil.rmtree(place) if place.is_dir() else place.unlink()
        place.symlink_to(outside if not place.suffix else outside / place.name)
    with pytest.raises(OrganizeError, match="link in the way"):
        organize(asked, out, layout)
    assert not list(outside.iterdir())


def test_the_command_line_and_the_documents_name_every_layout() -> None:
    assert sorted(organizing.LAYOUTS) == sorted(LAYOUTS)
    words = (option.help for option in get_command(app).commands["organize"].params)  # type: ignore[attr-defined]
    [help_] = [text for text in words if text and "imagefolder" in text]
    documents = (ROOT / "docs" / "loaders.md").read_text(encoding="utf-8")
    for layout in organizing.LAYOUTS:
        assert layout in help_
        assert f"`{layout}`" in documents
