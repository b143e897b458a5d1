"""A scan's copies are found whatever was done to it; other scans of the patient are none."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks import volume_copies
from benchmarks.volume_scans import DATE, PHASE, STILL, Exposure, Voxels, scan
from covid19_images.duplicates.codes import MIRRORED
from covid19_images.duplicates.features import extract
from covid19_images.duplicates.volumes.compare import seeds
from covid19_images.duplicates.volumes.find import VolumePair, find
from covid19_images.duplicates.volumes.sketch import Sketch, sketch, sketch_pictures

_SLICES = 8
_CUT = 10
_THIN = 1  # a patient whose slices overlap


@pytest.fixture(scope="module")
def hu() -> Voxels:
    return scan(0, slices=_SLICES)


@pytest.fixture(scope="module")
def original(hu: Voxels) -> Sketch:
    return replace(volume_copies.plain(hu), key="a")


def test_slices_as_they_are_stored_lead_to_the_same_planes(hu: Voxels, original: Sketch) -> None:
    turned = hu[::-1, :, ::-1]  # as DICOM has it, from head to feet
    affine = volume_copies.AFFINE @ np.diag([-1, 1, -1, 1])
    affine[:3, 3] += volume_copies.AFFINE[:3, 0] * 127 + volume_copies.AFFINE[:3, 2] * (_SLICES - 1)
    plain = sketch("b", turned, affine)
    stored = [extract(one) for one in volume_copies.windowed(turned, -600, 1500)]
    is_reversed = plain.turn[2, 2] < 0
    pictures = replace(
        plain, features=tuple(stored[::-1] if is_reversed else stored), as_stored=True
    )
    for number in range(_SLICES):
        [(_, _, matrix)] = seeds(pictures, original, [(number, number, MIRRORED)])
        np.testing.assert_allclose(matrix, np.eye(2, 3), atol=0.8)


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


def _jpegs(hu: Voxels, quality: int) -> Sketch:
    levels = volume_copies.windowed(hu, -300, 1600)
    return sketch_pictures("b", [volume_copies.encoded(one, ".jpg", quality) for one in levels])


def test_jpeg_slices_are_a_copy_though_little_of_their_noise_is_left(
    hu: Voxels, original: Sketch
) -> None:
    assert _found(original, _jpegs(hu, 75))
    assert not _found(original, _jpegs(scan(0, STILL, slices=_SLICES), 75))


def test_a_few_thin_slices_of_a_scan_are_a_copy_though_the_rest_is_most_like_their_ends() -> None:
    hu = scan(_THIN, slices=14)
    [pair] = _found(replace(volume_copies.plain(hu), key="a"), volume_copies.plain(hu[:, :, 4:9]))
    assert pair.copied.kind == "part"
    assert pair.copied.affine[2] == pytest.approx([0, 0, 1, -4], abs=0.1)


def test_a_crop_says_where_it_was_cut(hu: Voxels, original: Sketch) -> None:
    [pair] = _found(original, volume_copies.plain(hu[_CUT:-_CUT, _CUT:-_CUT]))
    assert pair.copied.kind == "cropped"
    assert pair.copied.affine[:2, 3] == pytest.approx([-_CUT, -_CUT], abs=0.5)


def test_a_slice_in_a_figure_is_found_in_its_place(hu: Voxels, original: Sketch) -> None:
    [pair] = _found(original, volume_copies.printed(hu, np.random.default_rng(0)))
    assert pair.copied.kind == "slice"


def test_a_scan_with_other_noise_is_no_copy_though_it_shows_the_same(original: Sketch) -> None:
    assert not _found(original, volume_copies.plain(scan(0, STILL, slices=_SLICES)))


@pytest.mark.parametrize("exposure", [PHASE, DATE])
def test_other_scans_of_a_patient_are_no_copies(original: Sketch, exposure: Exposure) -> None:
    assert not _found(original, volume_copies.plain(scan(0, exposure, slices=_SLICES)))


@pytest.mark.parametrize("patient", [0, _THIN])
def test_a_slice_is_a_copy_of_its_volume_but_not_of_one_that_lacks_it(patient: int) -> None:
    hu = scan(patient, slices=_SLICES)
    whole, rest = (
        replace(volume_copies.plain(some), key="a") for some in (hu, np.delete(hu, 4, 2))
    )
    lone = sketch_pictures("b", volume_copies.windowed(hu[:, :, 4:5], -600, 1500))
    assert find([lone], [whole])
    assert not find([lone], [rest])


def test_every_second_slice_is_no_copy_of_the_others_though_neighbours_share_their_noise() -> None:
    hu = scan(_THIN, slices=_SLICES)
    odd = replace(volume_copies.plain(hu[:, :, 1::2]), key="a")
    assert not _found(odd, volume_copies.plain(hu[:, :, ::2]))
    assert _found(odd, volume_copies.plain(hu))


def test_slices_of_one_series_are_never_compared(hu: Voxels, original: Sketch) -> None:
    one = volume_copies.one_slice(hu, np.random.default_rng(0))
    assert not _found(replace(original, series="s"), replace(one, series="s"))
