"""What the synthetic upstreams promise: real repositories, fixed bytes, and a true account."""

import csv
import gzip
import io
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import imagehash
import nibabel
import numpy as np
import pydicom
import pytest
from PIL import Image

from flows.demo import figures, studies
from flows.demo.upstreams import (
    BRANCHES,
    FOLDERS,
    HOSPITAL,
    JOURNAL,
    VOLUMES,
    Key,
    World,
    make_world,
    move_on,
)

MAX_BYTES = 15_000_000
IMAGE_ENDINGS = (".jpeg", ".jpg", ".png", ".nii.gz")


class Moved:
    """A world after its second day, with the tips of the first."""

    def __init__(self, root: Path) -> None:
        """Make the world, keep its tips, and let the day pass."""
        begun = time.monotonic()
        self.world = make_world(root)
        self.first = {source: self.world.tip(source) for source in self.world.sources}
        move_on(self.world)
        self.seconds = time.monotonic() - begun
        self.second = {source: self.world.tip(source) for source in self.world.sources}


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Moved:
    """Make one world for all tests here."""
    return Moved(tmp_path_factory.mktemp("world"))


def _git(repository: Path, *args: str) -> bytes:
    return subprocess.run(["git", *args], cwd=repository, check=True, capture_output=True).stdout


def _paths(world: World, source: str, commit: str) -> list[str]:
    listed = _git(world.repository(source), "ls-tree", "-r", "--name-only", "-z", commit)
    return listed.decode().split("\0")[:-1]


def _read(world: World, key: Key, commit: str) -> bytes:
    return _git(world.repository(key.source), "cat-file", "blob", f"{commit}:{key.path}")


def _images(world: World, tips: dict[str, str]) -> Iterator[Key]:
    for source, commit in tips.items():
        for path in _paths(world, source, commit):
            named = path.startswith("case-01/") or path.endswith(IMAGE_ENDINGS)
            named &= not path.startswith("masks/") and "_mask." not in path
            if named and not path.startswith("docs/"):
                yield Key(source, path)


@pytest.mark.slow
def test_two_makes_give_the_same_commits(moved: Moved, tmp_path: Path) -> None:
    """Dates, identities and pictures are fixed, and the caller's git settings do not matter."""
    for drawn in (figures.content, studies.series):
        drawn.cache_clear()
    again = Moved(tmp_path)
    assert (again.first, again.second) == (moved.first, moved.second)


def test_every_repository_is_sound(moved: Moved) -> None:
    """`git fsck --strict` finds nothing to complain about."""
    for source in moved.world.sources:
        assert _git(moved.world.repository(source), "fsck", "--strict") == b""


def test_repositories_serve_blobless_clones(moved: Moved, tmp_path: Path) -> None:
    """The bot's way of cloning works on the file urls."""
    for source in moved.world.sources:
        url, clone = moved.world.url(source), tmp_path / source
        _git(tmp_path, "clone", "--quiet", "--bare", "--filter=blob:none", url, str(clone))
        held = _git(clone, "cat-file", "--batch-all-objects", "--batch-check=%(objecttype)")
        assert b"blob" not in held
        assert _git(clone, "symbolic-ref", "--short", "HEAD").decode().strip() == BRANCHES[source]


def test_the_first_day_holds_exactly_the_images_the_world_names(moved: Moved) -> None:
    """The account of day 1 is complete."""
    assert sorted(_images(moved.world, moved.first)) == list(moved.world.days[0].added)
    count = Counter(key.source for key in moved.world.days[0].added)
    assert count == {JOURNAL: 24, FOLDERS: 24, HOSPITAL: 18, VOLUMES: 1}


def test_the_second_day_changes_exactly_what_the_world_names(moved: Moved) -> None:
    """Added, removed and renamed images account for the whole difference."""
    before, after = set(_images(moved.world, moved.first)), set(_images(moved.world, moved.second))
    day = moved.world.days[1]
    olds, news = zip(*day.renamed, strict=True)
    assert after - before == {*day.added, *news}
    assert before - after == {*day.removed, *olds}


def test_a_rename_keeps_the_blob(moved: Moved) -> None:
    """The renamed file is found by its object id."""
    for old, new in moved.world.days[1].renamed:
        was = _read(moved.world, old, moved.first[old.source])
        assert _read(moved.world, new, moved.second[new.source]) == was


def test_one_source_stands_still(moved: Moved) -> None:
    """The hospital has nothing new on day 2."""
    still = {s for s in moved.world.sources if moved.first[s] == moved.second[s]}
    assert still == {HOSPITAL}


@pytest.mark.parametrize("day", [0, 1])
def test_the_table_has_a_row_for_every_figure(moved: Moved, day: int) -> None:
    """Also for the broken file; the last column has no name, as in the real table."""
    tip = (moved.first, moved.second)[day][JOURNAL]
    content = _read(moved.world, Key(JOURNAL, "metadata.csv"), tip).decode()
    rows = list(csv.reader(io.StringIO(content)))
    assert rows[0][-1] == ""
    named = {f"images/{row[rows[0].index('filename')]}" for row in rows[1:]}
    assert named == {p for p in _paths(moved.world, JOURNAL, tip) if p.startswith("images/")}
    assert len(rows) - 1 == len(moved.world.days[day].figures)


def test_a_patient_is_relabelled_and_nothing_else_of_the_kept_rows_changes(moved: Moved) -> None:
    """Old and new rows differ by the findings named, and by one file name."""
    old, new = (day.figures for day in moved.world.days)
    found = {
        key.path.removeprefix("images/"): after for key, _, after in moved.world.days[1].relabelled
    }
    names = {a.path[7:]: b.path[7:] for a, b in moved.world.days[1].renamed}
    gone = {key.path.removeprefix("images/") for key in moved.world.days[1].removed}
    expected = [
        replace(
            f, finding=found.get(f.filename, f.finding), filename=names.get(f.filename, f.filename)
        )
        for f in old
        if f.filename not in gone
    ]
    assert expected == list(new[: len(expected)])
    assert len(found) == 2


def test_copies_are_what_their_kind_says(moved: Moved) -> None:
    """Byte copies have equal bytes, pixel copies equal pixels, all others neither."""
    for number, day in enumerate(moved.world.days):
        tips = (moved.first, moved.second)[number]
        for made in day.copies:
            files = [
                _read(moved.world, key, tips[key.source]) for key in (made.copy, made.original)
            ]
            a, b = (np.asarray(Image.open(io.BytesIO(file)).convert("L")) for file in files)
            assert (files[0] == files[1]) == (made.kind == "bytes")
            assert np.array_equal(a, b) == (made.kind in ("bytes", "pixels"))


def test_only_the_named_copies_share_bytes(moved: Moved) -> None:
    """No two files are equal by accident."""
    content = Counter(
        _read(moved.world, key, moved.second[key.source])
        for key in _images(moved.world, moved.second)
    )
    byte_copies = [c for day in moved.world.days for c in day.copies if c.kind == "bytes"]
    assert sum(times - 1 for times in content.values()) == len(byte_copies)


def test_pictures_that_are_no_copies_are_far_apart(moved: Moved) -> None:
    """No two X-rays or figures look like copies to a perceptual hash unless they are."""
    days = moved.world.days
    skipped = {*days[1].broken, *(made.copy for day in days for made in day.copies)}
    hashes = []
    for key in sorted({*_images(moved.world, moved.second)} - skipped):
        if key.source in (JOURNAL, FOLDERS):
            picture = Image.open(io.BytesIO(_read(moved.world, key, moved.second[key.source])))
            grey = np.asarray(picture.convert("L") if picture.mode == "RGBA" else picture)
            shown = Image.fromarray((grey / grey.max() * 255).astype(np.uint8))
            hashes.append(imagehash.phash(shown, hash_size=16).hash)
    assert min(int((a != b).sum()) for a, b in combinations(hashes, 2)) > 60


def test_the_broken_file_cannot_be_decoded(moved: Moved) -> None:
    """It begins like a JPEG and ends too early."""
    (key,) = moved.world.days[1].broken
    with pytest.raises(OSError, match="truncated"):
        Image.open(io.BytesIO(_read(moved.world, key, moved.second[JOURNAL]))).load()


def test_figures_come_in_the_forms_that_trip_readers(moved: Moved) -> None:
    """RGBA, 16 bits and progressive JPEG are among them."""
    modes = set()
    for key in moved.world.days[0].added:
        if key.source == JOURNAL:
            picture = Image.open(io.BytesIO(_read(moved.world, key, moved.first[JOURNAL])))
            modes.add("progressive" if picture.info.get("progressive") else picture.mode)
    assert modes == {"L", "RGBA", "I;16", "progressive"}


def test_the_dicom_series_is_shuffled_and_carries_an_invented_identity(moved: Moved) -> None:
    """There is one localizer, one blank slice, and something to remove."""
    world, files = moved.world, {}
    for key in world.days[0].added:
        if key.source == HOSPITAL:
            files[key] = pydicom.dcmread(io.BytesIO(_read(world, key, moved.first[HOSPITAL])))
    slices = [f for key, f in files.items() if key not in (world.localizer, world.blank)]
    order = [int(f.InstanceNumber) for f in slices]
    assert (len(slices), sorted(order)) == (16, list(range(1, 17)))
    assert order not in (sorted(order), sorted(order, reverse=True))
    assert "LOCALIZER" in files[world.localizer].ImageType
    assert np.ptp(files[world.blank].pixel_array) == 0
    for file in files.values():
        assert "SYNTHETIC" in str(file.PatientName)
        assert file.StudyDate == "20200417"
        assert len([element for element in file if element.tag.is_private]) == 4
        assert file.pixel_array.dtype == np.int16
        assert file.RescaleIntercept == -1024


def test_the_volume_is_nifti_and_the_pointers_are_pointers(moved: Moved) -> None:
    """One volume can be read; two files only say where theirs are."""
    tip = moved.first[VOLUMES]
    packed = _read(moved.world, Key(VOLUMES, "dataset/val_im.nii.gz"), tip)
    volume = nibabel.Nifti1Image.from_bytes(gzip.decompress(packed))
    assert volume.shape == (96, 96, 24)
    for key in moved.world.pointers:
        assert _read(moved.world, key, tip).startswith(b"version https://git-lfs.github.com/spec/")


def test_the_world_is_small_and_quick(moved: Moved) -> None:
    """The demo's minute is spent on the bot, not on its world; the bound is loose for slow days."""
    held = sum(file.stat().st_size for file in moved.world.root.rglob("*") if file.is_file())
    assert held < MAX_BYTES
    assert moved.seconds < 40
