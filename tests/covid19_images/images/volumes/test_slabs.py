"""A volume of more voxels than the limit is read slab by slab, with all that is known of it."""

import errno
import gzip
import os
import struct
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from covid19_images.images import decode
from covid19_images.images.fingerprint import fingerprint
from covid19_images.images.formats.picture import Limits
from covid19_images.images.formats.spool import Spool, SpoolFullError
from covid19_images.images.refused import Refused
from covid19_images.images.volumes.identity import volume_id
from covid19_images.images.volumes.read import Found, read
from covid19_images.images.volumes.rows import slice_rows, volume_row
from tests.covid19_images.images.volumes.series import (
    multi_frame,
    nifti,
    series,
    turned,
    voxels,
)

DEPTHS = [0.0, 2, 4, 6, 8, 10]
SMALL = Limits(max_samples=300)  # of 720
NOWHERE = Limits(max_samples=300, max_spooled_bytes=1000)
SAGITTAL = (np.array([0.0, 1, 0]), np.array([0, 0, -1.0]))
ROOT = Path(__file__).parents[4]

Files = Sequence[tuple[str, bytes]]


def rescaled() -> Files:
    """Slices of which each has an intercept of its own."""
    given = series(voxels(), DEPTHS)
    other = series(voxels(), DEPTHS, RescaleIntercept=-1000.5)
    return [*given[:3], *other[3:]]


def oriented() -> Mapping[str, Files]:
    """NIfTI whose axes run in each kind of order, plain and packed."""
    values = voxels().T
    found: dict[str, Files] = {}
    for name, columns in {
        "RAS": [(0, 1), (1, 1), (2, 1)],
        "LPI": [(0, -1), (1, -1), (2, -1)],
        "ASL": [(1, 1), (2, 1), (0, -1)],
        "SRA": [(2, 1), (0, 1), (1, 1)],
        "PIR": [(1, -1), (2, -1), (0, 1)],
    }.items():
        affine = np.eye(4)
        affine[:3, :3] = 0
        for axis, (to, way) in enumerate(columns):
            affine[to, axis] = way * (0.7 + axis)
        found[name] = [("a.nii", nifti(values, affine))]
        found[f"{name} gz"] = [("a.nii.gz", gzip.compress(nifti(values, affine)))]
    return found


def floats() -> NDArray[np.float32]:
    values = voxels().T.astype(np.float32) / 3
    values[2, 3, 4] = np.nan
    return values


SERIES: Mapping[str, Files] = {
    "straight": series(voxels(), DEPTHS),
    "in another order": series(voxels(), DEPTHS)[::-1],
    "oblique": series(voxels(), DEPTHS, turned(25)),
    "tilted": series(voxels(), DEPTHS, shift=0.3),
    "sagittal": series(voxels(), DEPTHS, SAGITTAL),
    "each with its rescale": rescaled(),
    "a slice twice": [*series(voxels(), DEPTHS), ("twice", series(voxels(), DEPTHS)[2][1])],
}
NIFTI: Mapping[str, Files] = oriented() | {
    "floats": [("a.nii", nifti(floats(), np.eye(4)))],
    "high byte first": [("a.nii", nifti(voxels().T.astype(">i2"), np.eye(4)))],
    "several times": [("a.nii", nifti(np.stack([voxels().T] * 2, -1), np.eye(4)))],
}


def recorded(found: Sequence[Found], files: Files) -> list[Any]:
    blobs = {name: f"{number:040}" for number, (name, _) in enumerate(files)}
    rows = []
    for number, one in enumerate(found):
        row = volume_row(one.volume, source="set", name=str(number), blobs=blobs)
        finding = tuple(word for word in row.finding if word != "too_large")
        rows += [replace(row, finding=finding), *slice_rows(one.volume, source="set", name="v")]
    return rows


@pytest.mark.parametrize("kind", [*SERIES, *NIFTI])
def test_everything_that_is_recorded_is_as_if_it_were_read_whole(kind: str) -> None:
    files = (SERIES | NIFTI)[kind]
    whole, slabs = read(files), read(files, limits=SMALL)
    assert recorded(slabs, files) == recorded(whole, files)
    assert all(one.volume.volume_id for one in slabs)
    assert all("too_large" in one.volume.finding for one in slabs)
    assert not any("too_large" in one.volume.finding for one in whole)
    for one, other in zip(slabs, whole, strict=True):
        assert one.voxels is not None
        np.testing.assert_array_equal(one.voxels, other.voxels)
        with pytest.raises(ValueError, match="more voxels than the limit"):
            one.values()


@pytest.mark.parametrize("kind", NIFTI)
def test_its_picture_is_that_of_a_whole_read_too(kind: str) -> None:
    [(_, content)] = NIFTI[kind]
    whole, slabs = decode.read(content), decode.read(content, limits=SMALL)
    assert isinstance(whole, decode.Picture)
    assert isinstance(slabs, decode.Picture)
    assert fingerprint(content) == fingerprint(content, limits=SMALL)
    np.testing.assert_array_equal(whole.levels(), slabs.levels())


def test_what_does_not_fit_on_disk_either_has_geometry_only_or_is_refused() -> None:
    for limits in (NOWHERE, replace(SMALL, max_spooled_bytes=0)):
        [found] = read(SERIES["straight"], limits=limits)
        assert found.volume.volume_id is None
        assert found.voxels is None
        assert found.volume.finding == ("too_large",)
        assert found.volume.spacing_mm == pytest.approx((0.7, 0.8, 2.0))
        for packed in NIFTI["RAS"][0][1], NIFTI["RAS gz"][0][1]:
            refused = decode.read(packed, limits=limits)
            assert isinstance(refused, Refused)
            assert "720 samples are more than the limit of 300" in refused.reason


def test_a_full_disk_is_said_and_costs_no_other_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    [found] = read(SERIES["straight"], limits=SMALL)
    assert (found.volume.volume_id, found.volume.finding) == (None, ("too_large",))
    refused = decode.read(NIFTI["RAS gz"][0][1], limits=SMALL)
    assert refused == Refused(
        "1,440 bytes of voxels cannot be laid on disk (No space left on device)"
    )


def lying(dim: tuple[int, ...]) -> bytes:
    content = bytearray(nifti(voxels().T, np.eye(4)))
    content[40:48] = struct.pack("<4h", *dim)
    return bytes(content)


@pytest.mark.parametrize(
    ("pack", "says"),
    [(bytes, "announces 14,400 bytes of voxels"), (gzip.compress, "ends after 1,440 bytes")],
)
def test_a_header_that_announces_more_than_there_is_is_refused(pack: Any, says: str) -> None:
    refused = decode.read(pack(lying((3, 12, 10, 60))), limits=SMALL)
    assert isinstance(refused, Refused)
    assert refused.reason == f"the NIfTI file is truncated: it {says}"
    assert read([("a", pack(lying((3, 12, 10, 60))))], limits=SMALL) == []


def test_a_bomb_is_unpacked_no_further_than_its_header_says_and_no_more_than_may_be_laid() -> None:
    behind = gzip.compress(lying((3, 12, 10, 6)) + bytes(10**7))
    [found] = read([("a", behind)], limits=SMALL)
    [plain] = read(NIFTI["RAS"])
    assert found.volume.size == plain.volume.size
    empty = gzip.compress(lying((3, 1000, 1000, 1000)), 9)
    refused = decode.read(empty)  # 2 GB, for which no room is made
    assert refused == Refused(
        "the NIfTI file is truncated: it announces 2,000,000,000 bytes of voxels"
    )
    announced = gzip.compress(lying((3, 1000, 1000, 4000)) + bytes(10**7))  # 8 GB
    refused = decode.read(announced)
    assert isinstance(refused, Refused)
    assert "more than the limit" in refused.reason


def test_arrays_of_a_spool_are_apart_and_no_more_than_their_bound() -> None:
    spool = Spool(1000)
    arrays = [spool.array((5, 3), kind) for kind in (np.uint8, np.int16, np.float64, np.uint8)]
    for number, array in enumerate(arrays, start=1):
        assert not array.any()
        array[:] = number
    assert [set(array.ravel().tolist()) for array in arrays] == [{1}, {2}, {3}, {4}]
    with pytest.raises(SpoolFullError):
        spool.array((900,), np.uint8)


CHILD = """
import resource, sys
import numpy as np
from covid19_images.images import decode
from covid19_images.images.formats.picture import STANDARD, Limits
from covid19_images.images.refused import Refused
from covid19_images.images.volumes.read import read
from tests.covid19_images.images.volumes.series import series

what, limits = sys.argv[1], Limits(max_samples=10**6) if sys.argv[2] == "slabs" else STANDARD


def slices():
    plane = (np.arange(1024 * 512) % 1999).reshape(1, 1024, 512).astype(np.int16)
    for number in range(64):
        yield f"{number}", series(plane + number, [2.0 * number])[0][1]


small = series(np.zeros((3, 4, 4), np.int16), [0.0, 1, 2])
read(small, limits=Limits(max_samples=20))  # what is imported and reserved once is no voxel
files = slices() if what == "dicom" else [("a", open(what, "rb").read())]
[used] = [line for line in open("/proc/self/status") if line.startswith("VmData")]
most = int(used.split()[1]) * 1024 + 40 * 2**20
resource.setrlimit(resource.RLIMIT_DATA, (most, most))
try:
    [found] = read(files, limits=limits)
    print(found.volume.volume_id)
except (MemoryError, ValueError):  # nothing was read
    print("too little memory")
if what != "dicom":
    print(type(decode.read(files[0][1], limits=limits)).__name__)
"""


def child(*words: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", CHILD, *words],
        cwd=ROOT,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split("\n")[:-1]


LINUX = pytest.mark.skipif(sys.platform != "linux", reason="memory is limited on Linux only")


def packed(folder: Path) -> tuple[str, str]:
    """Write 64 MB of voxels, whose last slice is the first from the feet; return their id."""
    plane = (np.arange(1024 * 512) % 1999).reshape(512, 1024).astype(np.int16)
    values = np.stack([plane + number for number in range(64)], axis=-1)
    affine = np.diag([0.7, 0.7, -2, 1])
    (folder / "a.nii.gz").write_bytes(gzip.compress(nifti(values, affine), 1))
    return str(folder / "a.nii.gz"), volume_id(values, affine)


@LINUX
def test_64_mb_of_voxels_are_read_in_40_mb_of_memory(tmp_path: Path) -> None:
    file, name = packed(tmp_path)
    assert child(file, "slabs") == [name, "Picture"]


@LINUX
@pytest.mark.slow  # as above, of slices, and what shows that the bound is one
def test_so_are_64_mb_of_slices_and_a_whole_read_needs_more(tmp_path: Path) -> None:
    assert child("dicom", "slabs")[0].startswith("c19v-")
    assert child("dicom", "whole") == ["too little memory"]
    assert child(packed(tmp_path)[0], "whole") == ["too little memory", "Refused"]


def test_a_multi_frame_file_within_the_limit_is_one_volume_still() -> None:
    [found] = read([("a", multi_frame(voxels(), DEPTHS))])
    assert "too_large" not in found.volume.finding
