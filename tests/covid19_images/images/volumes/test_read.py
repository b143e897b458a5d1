"""Slices in any order and under any name become the same volumes, in the right place."""

import random
import warnings
from collections.abc import Sequence
from pathlib import Path

import nibabel as nib
import numpy as np
import pydicom
import pytest
import SimpleITK
from numpy.typing import NDArray

from covid19_images.images.volumes.identity import canonical
from covid19_images.images.volumes.read import Found, read
from tests.covid19_images.images.formats import files
from tests.covid19_images.images.volumes.series import (
    CORNER,
    STRAIGHT,
    elements,
    multi_frame,
    nifti,
    positions,
    series,
    turned,
    voxels,
)

DEPTHS = [2.0 * n for n in range(6)]
CLOSE = 1e-4  # mm


def only(found: Sequence[Found]) -> Found:
    assert len(found) == 1, [one.volume for one in found]
    return found[0]


def corners_of(found: Found) -> NDArray[np.float64]:
    """Return where the first voxel of each slice is, in DICOM's axes."""
    affine = found.volume.affine
    assert affine is not None
    indices = [(0, 0, k, 1) for k in range(found.volume.size[2])]
    return (affine @ np.array(indices).T).T[:, :3] * [-1, -1, 1]


def test_a_straight_series_has_its_geometry() -> None:
    samples = voxels()
    found = only(read(series(samples, DEPTHS)))
    volume = found.volume
    assert volume.size == (12, 10, 6)
    assert volume.spacing_mm == pytest.approx((0.7, 0.8, 2.0))
    assert volume.finding == ()
    assert (volume.units, volume.kernel, volume.thickness_mm) == ("HU", "LUNG", 2.0)
    assert volume.window == (-600, 1500)
    assert np.allclose(corners_of(found), positions(DEPTHS), atol=CLOSE)
    assert np.array_equal(found.values(), samples.T.astype(np.float32) - 1024)


@pytest.mark.parametrize("degrees", [7.0, 30.0, 80.0, 140.0])
def test_an_oblique_series_equals_nibabel_s_reading_of_each_slice(degrees: float) -> None:
    turn = turned(degrees)
    given = series(voxels(), DEPTHS, turn)
    found = only(read(given))
    assert found.volume.affine is not None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nibabel calls its own DICOM readers experimental
        from nibabel.nicom.dicomwrappers import Wrapper
    by_name = dict(given)
    for place in found.volume.places:
        dataset = pydicom.dcmread(pydicom.filebase.DicomBytesIO(by_name[place.file]))
        theirs = Wrapper(dataset)  # rows first, and in DICOM's axes
        ours = np.diag([-1, -1, 1, 1]) @ found.volume.affine
        assert np.allclose(ours[:3, 0], theirs.affine[:3, 1], atol=CLOSE)
        assert np.allclose(ours[:3, 1], theirs.affine[:3, 0], atol=CLOSE)
        corner = ours @ [0, 0, place.index, 1]
        assert np.allclose(corner[:3], theirs.image_position, atol=CLOSE)
    assert found.volume.finding == ()


def test_simpleitk_has_the_same_geometry(tmp_path: Path) -> None:
    for turn in (STRAIGHT, turned(30.0)):
        names = []
        for name, content in series(voxels(), DEPTHS, turn):
            (tmp_path / name).write_bytes(content)
            names.append(str(tmp_path / name))
        image = SimpleITK.ReadImage(names)
        affine = only(read(series(voxels(), DEPTHS, turn))).volume.affine
        assert affine is not None
        direction = np.reshape(image.GetDirection(), (3, 3)) * np.array(image.GetSpacing())
        assert np.allclose(np.diag([-1, -1, 1]) @ direction, affine[:3, :3], atol=CLOSE)
        assert np.allclose(image.GetOrigin() * np.array([-1, -1, 1]), affine[:3, 3], atol=CLOSE)


def test_a_tilted_gantry_shears_the_volume_and_is_named() -> None:
    found = only(read(series(voxels(), DEPTHS, shift=np.tan(np.radians(15)))))
    assert found.volume.finding == ("tilted",)
    wanted = positions(DEPTHS, shift=np.tan(np.radians(15)))
    assert np.allclose(corners_of(found), wanted, atol=CLOSE)


def test_order_names_and_direction_of_slices_change_nothing() -> None:
    given = series(voxels(), DEPTHS)
    first = only(read(given))
    mixed = [(f"x{number}", content) for number, (_, content) in enumerate(given)]
    random.Random(7).shuffle(mixed)
    again = only(read(mixed))
    backwards = only(read(series(voxels()[::-1], DEPTHS[::-1])))
    for other in (again, backwards):
        assert other.volume.volume_id == first.volume.volume_id
        assert np.allclose(other.volume.affine, first.volume.affine, atol=CLOSE)


def test_a_multi_frame_file_is_the_same_volume_as_its_slices() -> None:
    order = [3, 0, 5, 1, 4, 2]
    samples = voxels()
    one_file = multi_frame(samples[order], [DEPTHS[i] for i in order])
    found, apart = only(read([("all", one_file)])), only(read(series(samples, DEPTHS)))
    assert found.volume.volume_id == apart.volume.volume_id
    assert np.allclose(found.volume.affine, apart.volume.affine, atol=CLOSE)
    assert [place.frame for place in found.volume.places] == [1, 3, 5, 0, 4, 2]
    assert found.volume.units == "HU"


def test_nifti_of_any_orientation_and_type_is_the_same_volume() -> None:
    found = only(read(series(voxels(), DEPTHS, turned(30.0))))
    values, affine = found.values(), found.volume.affine
    assert affine is not None
    image = nib.Nifti1Image(values.astype(np.int16), affine)
    sideways = nib.orientations.axcodes2ornt(("P", "S", "L"))
    ornt = nib.orientations.ornt_transform(nib.io_orientation(affine), sideways)
    swapped = image.as_reoriented(ornt)
    for data, where in (
        (values, affine),
        (values.astype(np.int16), affine),
        (np.asarray(swapped.dataobj), swapped.affine),
    ):
        other = only(read([("v.nii", nifti(data, where))]))
        assert other.volume.volume_id == found.volume.volume_id
        assert other.volume.units == "unknown"
        nibabel = nib.as_closest_canonical(nib.Nifti1Image(data, where))
        assert np.array_equal(canonical(data, where), np.asarray(nibabel.dataobj))
        assert np.allclose(other.volume.affine, where, atol=CLOSE)


def test_one_voxel_makes_another_volume() -> None:
    samples = voxels()
    first = only(read(series(samples, DEPTHS))).volume.volume_id
    samples[3, 4, 5] += 1
    assert only(read(series(samples, DEPTHS))).volume.volume_id != first


def test_a_missing_slice_is_a_gap_with_its_place() -> None:
    keep = [0, 1, 2, 4, 5]
    found = only(read(series(voxels()[keep], [DEPTHS[i] for i in keep])))
    assert found.volume.finding == ("gaps",)
    assert (found.volume.gaps, found.volume.missing) == (((2, 1),), 1)
    assert found.volume.spacing_mm == pytest.approx((0.7, 0.8, 2.0))


def test_a_doubled_slice_is_left_out_and_named() -> None:
    given = series(voxels(), DEPTHS)
    found = only(read([*given, ("again", given[2][1])]))
    assert found.volume.finding == ("doubled_slices",)
    assert found.volume.size == (12, 10, 6)
    assert [place.index for place in found.volume.places].count(None) == 1
    assert found.volume.volume_id == only(read(given)).volume.volume_id


def test_a_series_is_split_where_its_spacing_changes() -> None:
    depths = [0, 1, 2, 3, 4, 9, 14, 19, 24]
    found = read(series(voxels(9), depths))
    assert [one.volume.size[2] for one in found] == [5, 4]
    spacings = [one.volume.spacing_mm[2] for one in found if one.volume.spacing_mm]
    assert spacings == pytest.approx([1, 5])
    assert all(one.volume.finding == () for one in found)


def test_a_series_is_split_where_orientation_and_matrix_change() -> None:
    small = [(f"s{name}", content) for name, content in series(voxels(4, 8, 8), DEPTHS[:4])]
    turn = [(f"t{name}", content) for name, content in series(voxels(3), DEPTHS[:3], turned(30))]
    found = read([*small, *series(voxels(), DEPTHS), *turn])
    assert sorted(one.volume.size for one in found) == [(8, 8, 4), (12, 10, 3), (12, 10, 6)]


def test_localizers_are_apart() -> None:
    scout = files.dicom(
        voxels(1)[0], **elements(CORNER, ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])
    )
    found = read([("a", scout), *series(voxels(), DEPTHS)])
    assert [one.volume.finding for one in found] == [(), ("one_slice", "localizer")]


def test_spacing_without_a_measure_is_uneven() -> None:
    found = only(read(series(voxels(), [0, 2, 4.7, 6, 8.9, 10])))
    assert "uneven_spacing" in found.volume.finding


def test_slices_without_positions_are_a_volume_without_an_id() -> None:
    given = [(str(n), files.dicom(plane)) for n, plane in enumerate(voxels(3))]
    found = only(read(given))
    assert (found.volume.finding, found.volume.volume_id) == (("no_positions",), None)
    assert found.volume.affine is None


@pytest.mark.parametrize(
    ("document", "units"),
    [
        ({"RescaleType": "HU"}, "HU"),
        ({"RescaleType": "US"}, "unknown"),
        ({"RescaleType": ""}, "HU"),
        ({"RescaleType": "", "RescaleIntercept": None}, "unknown"),
        ({"RescaleType": "", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"}, "unknown"),
    ],
)
def test_units_are_hounsfield_s_only_where_the_header_says_so(
    document: dict[str, object], units: str
) -> None:
    given = {name: value for name, value in document.items() if value is not None}
    content = series(voxels(3), DEPTHS[:3], **given)
    if None in document.values():
        content = [(name, _without(data, "RescaleIntercept")) for name, data in content]
    assert only(read(content)).volume.units == units


def _without(content: bytes, keyword: str) -> bytes:
    dataset = pydicom.dcmread(pydicom.filebase.DicomBytesIO(content))
    delattr(dataset, keyword)
    buffer = pydicom.filebase.DicomBytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def test_a_radiograph_is_no_volume() -> None:
    assert read([("a", files.dicom(voxels(1)[0], Modality="DX"))]) == []
    assert read([("a", files.encode_deep(files.ramp(), ".png"))]) == []


def test_a_broken_slice_costs_only_itself() -> None:
    given = series(voxels(), DEPTHS)
    found = only(read([*given, ("broken", given[0][1][:900])]))
    assert found.volume.finding == ("unreadable_slices",)
    assert found.volume.size == (12, 10, 6)


@pytest.mark.parametrize(
    "values",
    [
        {"ImagePositionPatient": [1e300, 0, 0]},
        {"PixelSpacing": [0, 0]},
        {"PixelSpacing": [1e300, 1]},
        {"ImageOrientationPatient": [0, 0, 0, 0, 0, 0]},
        {"ImageOrientationPatient": [1, 0, 0, 1, 0, 0]},
        {"RescaleSlope": 1e300},
        {"SpacingBetweenSlices": -1e300},
    ],
)
@pytest.mark.filterwarnings("error")
def test_impossible_numbers_end_nothing(values: dict[str, object]) -> None:
    given = files.dicom(voxels(1)[0], **(elements(CORNER) | values))
    found = read([*series(voxels(3), [2, 4, 6]), ("odd", given)])
    assert sum(len(one.volume.places) for one in found) == 4
    assert all(place.file for one in found for place in one.volume.places)
