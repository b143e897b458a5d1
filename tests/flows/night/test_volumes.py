"""Slices of a source become volumes, beside the pictures that they are."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from covid19_images.manifest import volume
from covid19_images.manifest.volume import SliceRow, VolumeRow
from flows.night import volumes as stage
from flows.upstream.outcome import Unchanged
from tests.covid19_images.images.volumes.series import nifti, series, voxels
from tests.support.collection import SIMPLE, Collection, imported
from tests.support.pictures import png
from tests.support.upstream import Upstream, git

DEPTHS = [2.0 * n for n in range(5)]
CT = SIMPLE + '[always]\nmodality = "CT"\n'
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize 7\n"


def listed(collection: Collection, ref: str = "sync/datasets") -> list[VolumeRow]:
    return volume.loads(collection.file("datasets/volumes.csv", ref))


def slices(collection: Collection, ref: str = "sync/datasets") -> list[SliceRow]:
    return volume.loads_slices(collection.file("datasets/slices.csv", ref))


def files(
    samples: np.ndarray | None = None,  # type: ignore[type-arg]
    depths: Sequence[float] = DEPTHS,
    folder: str = "a",
) -> dict[str, bytes]:
    given = series(voxels(len(depths)) if samples is None else samples, depths)
    return {f"images/{folder}/{name}": content for name, content in given}


def begin(collection: Collection, upstream: Upstream) -> None:
    """Make a collection with a series, a NIfTI file, and a pointer to one."""
    values = voxels(4).T - 1024
    upstream.commit(
        files()
        | {
            "images/b.nii": nifti(values, np.diag([0.7, 0.7, 2, 1])),
            "images/c.nii.gz": POINTER % (b"0" * 64),
        }
    )
    collection.source("set", CT.format(url=upstream.url))
    collection.night()
    collection.merge()


def test_series_and_nifti_and_what_is_to_come_are_volumes(begun: Collection) -> None:
    apart, whole, to_come = sorted(listed(begun, "main"), key=lambda row: row.files, reverse=True)
    series_id = begun.records("set", "main")["images/a/IM000"].series_id
    assert (apart.volume, apart.files, apart.slices, apart.units) == (series_id, 5, 5, "HU")
    assert apart.affine == "-0.7 0 0 100 0 -0.8 0 80 0 0 2 -300"
    assert (whole.volume, whole.slices, whole.spacing_z_mm) == ("images/b.nii", 4, 2)
    assert (to_come.volume, to_come.finding, to_come.volume_id) == (
        "images/c.nii.gz",
        ("to_come",),
        None,
    )
    own = [row for row in slices(begun, "main") if row.volume == series_id]
    assert [(row.path[-1], row.slice) for row in own] == [(str(n), n + 1) for n in range(5)]


def test_a_quiet_night_reads_nothing_and_writes_nothing(
    begun: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "groups", lambda _: pytest.fail("a quiet night reads volumes"))
    report = begun.night()
    assert report.proposal is None
    assert isinstance(report.changes[0].outcome, Unchanged)


def test_only_a_series_that_changed_is_read_again(
    begun: Collection, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = listed(begun, "main")
    begun.forget()
    read: list[str] = []
    measured = stage._read
    monkeypatch.setattr(
        stage,
        "_read",
        lambda context, clone, wanted: (
            read.extend(group.name for group in wanted) or measured(context, clone, wanted)
        ),
    )
    upstream.commit({"images/d.nii": nifti(voxels(3).T, np.eye(4))})
    begun.night()
    assert read == ["images/d.nii"]
    now = listed(begun)
    assert [row for row in now if row.volume != "images/d.nii"] == before


def test_a_slice_that_comes_later_fills_the_gap(collection: Collection, upstream: Upstream) -> None:
    all_files = files()
    late = all_files.pop("images/a/IM002")
    upstream.commit(all_files)
    collection.source("set", CT.format(url=upstream.url))
    collection.night()
    collection.merge()
    [row] = listed(collection, "main")
    assert (row.finding, row.gaps, row.missing_slices) == (("gaps",), ("2+1",), 1)
    upstream.commit({"images/a/IM002": late})
    collection.night()
    [row] = listed(collection)
    assert (row.finding, row.gaps, row.slices) == ((), (), 5)


def test_a_slice_that_is_gone_leaves_a_gap_and_the_rest_of_the_volume(
    begun: Collection, upstream: Upstream
) -> None:
    upstream.commit({"images/a/IM002": None, "images/b.nii": None})
    begun.night()
    rows = {row.media_type: row for row in listed(begun)}
    assert rows["application/dicom"].gaps == ("2+1",)
    assert "application/x-nifti" not in rows
    assert not {row.path for row in slices(begun)} & {"images/a/IM002", "images/b.nii"}


def test_the_same_voxels_have_the_same_id_in_either_format(
    collection: Collection, upstream: Upstream
) -> None:
    values = voxels(5).T.astype(np.int16) - 1024
    affine = np.array([[-0.7, 0, 0, 100], [0, -0.8, 0, 80], [0, 0, 2, -300], [0, 0, 0, 1]])
    upstream.commit(files() | {"images/b.nii": nifti(values, affine)})
    collection.source("set", CT.format(url=upstream.url))
    collection.night()
    one, other = listed(collection)
    assert one.volume_id == other.volume_id is not None
    assert one.affine == other.affine


def test_a_file_that_ends_its_reader_is_a_volume_with_a_finding(
    collection: Collection, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    upstream.commit(files())
    collection.source("set", CT.format(url=upstream.url))
    monkeypatch.setattr(stage, "_read", lambda *_: {})
    collection.night()
    [row] = listed(collection)
    assert (row.finding, row.slices, row.files) == (("unreadable_slices",), None, 5)


def test_volumes_go_with_a_source_that_is_renamed_or_retired(
    begun: Collection, upstream: Upstream
) -> None:
    toml = begun.folder / "config/sources/set.toml"
    toml.rename(toml.with_stem("other"))
    begun.night()
    assert {row.source for row in listed(begun)} == {"other"}
    assert {row.source for row in slices(begun)} == {"other"}
    assert len(listed(begun)) == 3
    begun.merge()
    more = Upstream(upstream.folder.with_name("more.git"))
    more.commit({"images/1.png": png(1)})
    begun.source("more", SIMPLE.format(url=more.url))
    toml.with_stem("other").unlink()
    begun.night()
    assert (listed(begun), slices(begun)) == ([], [])


def test_a_collection_from_before_there_were_volumes_gets_them_and_decodes_nothing(
    begun: Collection,
) -> None:
    rows = begun.file("datasets/sources.csv", "main").splitlines()
    older = "".join(f"{line.rpartition(',')[0]}\n" for line in rows)
    (begun.folder / "datasets").mkdir(exist_ok=True)
    (begun.folder / "datasets/sources.csv").write_text(older, encoding="utf-8")
    git(begun.folder, "reset", "--quiet")
    git(begun.folder, "rm", "--quiet", "--cached", "datasets/volumes.csv", "datasets/slices.csv")
    git(begun.folder, "add", "datasets/sources.csv")
    git(begun.folder, "commit", "--quiet", "-m", "no volumes")
    assert begun.night().proposal is not None
    assert len(listed(begun)) == 3


def test_pictures_that_are_no_slices_bring_no_tables(
    collection: Collection, upstream: Upstream
) -> None:
    from tests.support.pictures import png

    upstream.commit({"images/1.png": png(1)})
    collection.source("set", SIMPLE.format(url=upstream.url))
    collection.night()
    assert "volumes.csv" not in git(collection.folder, "ls-tree", "-r", "sync/datasets")


@pytest.mark.slow
def test_the_real_case_becomes_three_volumes_with_their_gaps(bundles: Path, tmp_path: Path) -> None:
    collection = imported(bundles, "covid-19-pos-case", "covid-19-pos-case", tmp_path)
    found = sorted((row.slices, row.gaps, row.missing_slices) for row in listed(collection))
    assert found == [
        (6, ("3+105",), 105),
        (22, ("7+148", "19+162"), 310),
        (32, ("6+2", "13+132", "22+176"), 310),
    ]
    assert {row.units for row in listed(collection)} == {"HU"}
    assert {row.spacing_z_mm for row in listed(collection)} == {0.625}
    assert len(slices(collection)) == 60


def test_the_real_pointers_are_volumes_to_come(bundles: Path, tmp_path: Path) -> None:
    collection = imported(bundles, "medseg", "medseg_ct_dataset", tmp_path)
    assert {row.finding for row in listed(collection)} == {("to_come",)}
    assert {row.volume for row in listed(collection)} == {
        "dataset/tr_im.nii",
        "dataset/val_im.nii",
    }
