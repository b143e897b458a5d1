"""A scan's copies are found whatever was done to it; other scans of the patient are none."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks import volume_copies
from benchmarks.volume_scans import DATE, PHASE, Exposure, Voxels, scan
from covid19_images.duplicates.volumes.find import VolumePair, find
from covid19_images.duplicates.volumes.sketch import Sketch, sketch_pictures

_SLICES = 8
_CUT = 10


@pytest.fixture(scope="module")
def hu() -> Voxels:
    return scan(0, slices=_SLICES)


@pytest.fixture(scope="module")
def original(hu: Voxels) -> Sketch:
    return replace(volume_copies.plain(hu), key="a")


def _found(original: Sketch, other: Sketch) -> list[VolumePair]:
    return find([replace(other, key="b")], [original])


def test_same_voxels_in_another_file_are_a_copy_with_the_way_between_them(
    hu: Voxels, original: Sketch
) -> None:
    [pair] = _found(original, volume_copies.as_nifti(hu, np.random.default_rng(0)))
    assert pair.copied.kind == "voxels"
    column_row_slice = pair.copied.affine @ [3, 5, 2, 1]
    assert column_row_slice.tolist() == pytest.approx([5, 3, _SLICES - 1 - 2, 1])


def test_png_slices_of_a_scan_are_a_copy(hu: Voxels, original: Sketch) -> None:
    [pair] = _found(original, volume_copies.as_slices(hu, np.random.default_rng(0)))
    assert pair.copied.kind == "windowed"
    assert pair.copied.affine == pytest.approx(np.eye(4), abs=0.7)


def test_a_crop_says_where_it_was_cut(hu: Voxels, original: Sketch) -> None:
    [pair] = _found(original, volume_copies.plain(hu[_CUT:-_CUT, _CUT:-_CUT]))
    assert pair.copied.kind == "cropped"
    assert pair.copied.affine[:2, 3] == pytest.approx([-_CUT, -_CUT], abs=0.5)


def test_a_slice_in_a_figure_is_found_in_its_place(hu: Voxels, original: Sketch) -> None:
    [pair] = _found(original, volume_copies.printed(hu, np.random.default_rng(0)))
    assert pair.copied.kind == "slice"


@pytest.mark.parametrize("exposure", [PHASE, DATE])
def test_other_scans_of_a_patient_are_no_copies(original: Sketch, exposure: Exposure) -> None:
    assert not _found(original, volume_copies.plain(scan(0, exposure, slices=_SLICES)))


def test_a_slice_is_no_copy_of_the_volume_that_lacks_it(hu: Voxels) -> None:
    rest = replace(volume_copies.plain(np.delete(hu, 4, 2)), key="a")
    lone = sketch_pictures("b", volume_copies.windowed(hu[:, :, 4:5], -600, 1500))
    assert not find([lone], [rest])


def test_slices_of_one_series_are_never_compared(hu: Voxels, original: Sketch) -> None:
    one = volume_copies.one_slice(hu, np.random.default_rng(0))
    assert not _found(replace(original, series="s"), replace(one, series="s"))
