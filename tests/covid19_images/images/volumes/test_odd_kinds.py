"""Odd files are a volume, one with a finding, or none; geometry is nibabel's and SimpleITK's.

What is none has a row in the manifest, with the reason where it was refused.
"""

import io
import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pydicom
import pytest
import SimpleITK

from covid19_images.images import decode
from covid19_images.images.volumes.read import Found, read
from tests.covid19_images.images.formats import files
from tests.covid19_images.images.volumes import series

SHARED = Path(__file__).parents[5] / "shared"

DEPTHS = [0, 2, 4, 6, 8, 10]
STORED = series.voxels(6)
AFFINE = np.diag([-0.7, -0.8, 2, 1])
LPS = np.diag([-1.0, -1, 1, 1])


def only(found: Sequence[Found]) -> Found:
    [one] = found
    return one


def of(*contents: bytes) -> list[Found]:
    return read((f"f{number}", content) for number, content in enumerate(contents))


def dicom(depths: Sequence[float] = DEPTHS, **values: Any) -> list[bytes]:
    stored = values.pop("stored", STORED)
    return [content for _, content in series.series(stored, depths, **values)]


def nifti(change: Callable[[Any], object] = bool, *, order: str = "<") -> bytes:
    """Write a NIfTI file and change its header afterwards: nibabel would make it consistent."""
    begun = nib.Nifti1Header(endianness=order)  # type: ignore[no-untyped-call]
    image = nib.Nifti1Image(STORED.T.astype(f"{order}i2"), AFFINE, begun)  # type: ignore[no-untyped-call]
    plain = image.to_bytes()
    header = nib.Nifti1Header(plain[:348], order, check=False)  # type: ignore[no-untyped-call]
    change(header)
    return bytes(header.binaryblock) + plain[348:]


def by_simpleitk(content: bytes, tmp_path: Path) -> np.ndarray[Any, Any]:
    file = tmp_path / "a.nii"
    file.write_bytes(content)
    image = SimpleITK.ReadImage(str(file))
    affine = np.eye(4)
    affine[:3, :3] = np.array(image.GetDirection()).reshape(3, 3) * np.array(image.GetSpacing())
    affine[:3, 3] = image.GetOrigin()
    return np.asarray(LPS @ affine)


def _oblique(header: Any) -> None:
    angle = np.radians(20)
    turn = np.array(
        [[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]]
    )
    affine = np.eye(4)
    affine[:3, :3] = turn * [0.7, 0.8, 2.5]
    affine[:3, 3] = [5, -7, 11]
    header.set_qform(affine, 1)
    header.set_sform(None, 0)


def _both(header: Any) -> None:
    header.set_qform(np.diag([-0.7, -0.8, 2, 1]), 1)
    header.set_sform(np.diag([-0.7, -0.8, 3, 1]), 2)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("change", [bool, _oblique])
def test_nifti_lies_where_nibabel_and_simpleitk_say(
    change: Callable[[Any], object], order: str, tmp_path: Path
) -> None:
    content = nifti(change, order=order)
    found = only(of(content))
    affine = found.volume.affine
    own = nib.Nifti1Image.from_bytes(content)
    np.testing.assert_allclose(affine, own.affine, atol=1e-4)
    np.testing.assert_allclose(affine, by_simpleitk(content, tmp_path), atol=1e-4)
    np.testing.assert_array_equal(found.values(), STORED.T)
    assert found.volume.finding == ()


def test_where_sform_and_qform_differ_the_sform_holds_as_for_nibabel() -> None:
    # ITK keeps the spacing of the header and warns: the two libraries say different places.
    content = nifti(_both)
    found = only(of(content))
    own = nib.Nifti1Image.from_bytes(content)
    np.testing.assert_allclose(found.volume.affine, own.affine, atol=1e-4)
    assert found.volume.spacing_mm == pytest.approx((0.7, 0.8, 3))


def test_without_sform_and_qform_only_the_spacing_is_known() -> None:
    def neither(header: Any) -> None:
        header["sform_code"] = header["qform_code"] = 0

    found = only(of(nifti(neither)))
    assert found.volume.finding == ("no_positions",)
    assert found.volume.spacing_mm == pytest.approx((0.7, 0.8, 2))


@pytest.mark.parametrize(
    ("slope", "offset", "means"), [(0, 7, (1, 0)), (np.nan, 1, (1, 0)), (2, -5, (2, -5))]
)
def test_a_slope_of_zero_or_none_is_no_scale(
    slope: float, offset: float, means: tuple[float, float]
) -> None:
    content = bytearray(nifti())
    content[112:120] = struct.pack("<ff", slope, offset)
    np.testing.assert_array_equal(only(of(bytes(content))).values(), STORED.T * means[0] + means[1])


def test_what_is_no_number_stays_and_makes_the_same_id() -> None:
    values = np.where(STORED.T > 1000, np.nan, STORED.T).astype(np.float32)
    one, other = (only(of(series.nifti(v, AFFINE))) for v in (values, values.astype(np.float64)))
    np.testing.assert_array_equal(one.values(), values)
    assert one.volume.volume_id == other.volume.volume_id


@pytest.mark.parametrize(
    ("at", "bytes_"),
    [
        (108, struct.pack("<f", 1e9)),  # voxels begin at an impossible place
        (108, struct.pack("<f", np.nan)),
        (42, struct.pack("<4h", 32767, 32767, 32767, 32767)),
        (42, struct.pack("<3h", -1, 10, 6)),
        (70, struct.pack("<h", 32)),  # complex numbers
        (40, struct.pack("<h", 9)),  # more axes than there can be
    ],
)
def test_an_impossible_header_is_no_volume(at: int, bytes_: bytes) -> None:
    content = bytearray(nifti())
    content[at : at + len(bytes_)] = bytes_
    assert of(bytes(content)) == []


def test_colours_are_no_volume() -> None:
    colours = np.zeros(STORED.T.shape, [("R", "u1"), ("G", "u1"), ("B", "u1")])
    assert of(series.nifti(colours, AFFINE)) == []
    table = np.arange(256, dtype="<u2").tobytes()
    values: dict[str, Any] = {"PhotometricInterpretation": "PALETTE COLOR"}
    values |= {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7}
    for name in ("Red", "Green", "Blue"):
        values[f"{name}PaletteColorLookupTableDescriptor"] = [256, 0, 16]
        values[f"{name}PaletteColorLookupTableData"] = table
    assert of(*dicom(stored=(STORED % 256).astype(np.uint8), **values)) == []


def test_uneven_slices_are_named_and_the_affine_leads_from_the_first_to_the_last() -> None:
    depths = [0, 2, 4, 7.1, 9.3, 13]
    found = only(of(*dicom(depths)))
    assert "uneven_spacing" in found.volume.finding
    assert found.volume.affine is not None
    last = found.volume.affine @ [0, 0, 5, 1]
    np.testing.assert_allclose(LPS @ last, [*series.positions(depths)[-1], 1], atol=1e-4)


@pytest.mark.parametrize("spacing", [[0, 0], [-0.7, 0.7], [1e9, 1]])
def test_an_impossible_spacing_is_no_position(spacing: list[float]) -> None:
    found = only(of(*dicom(PixelSpacing=spacing)))
    assert (found.volume.finding, found.volume.affine) == (("no_positions",), None)


def test_how_samples_are_shown_and_stored_does_not_change_hounsfield_units() -> None:
    plain = only(of(*dicom()))
    signed = (STORED - 1024).astype(np.int16)
    same = (
        dicom(PhotometricInterpretation="MONOCHROME1"),
        dicom(stored=STORED.astype(np.uint16), BitsStored=12, HighBit=11),
        dicom(stored=signed, PixelRepresentation=1, PixelPaddingValue=-2000, RescaleIntercept=0),
        [_implicit(content) for content in dicom()],
        [series.multi_frame(STORED, DEPTHS)],
        [series.multi_frame(STORED[::-1], DEPTHS[::-1])],
    )
    for contents in same:
        found = only(of(*contents))
        assert found.volume.volume_id == plain.volume.volume_id
        np.testing.assert_allclose(found.volume.affine, plain.volume.affine, atol=1e-4)
        assert found.volume.units == "HU"


def _implicit(content: bytes) -> bytes:
    """Write a data set as old archives do: implicit VR, without preamble and file header."""
    dataset = pydicom.dcmread(io.BytesIO(content))
    out = io.BytesIO()
    pydicom.dcmwrite(
        out,
        pydicom.Dataset(dataset),
        implicit_vr=True,
        little_endian=True,
        enforce_file_format=False,
    )
    return out.getvalue()


def test_slices_with_scales_of_their_own_come_in_hounsfield_units() -> None:
    contents = [
        files.dicom(plane, **series.elements(corner, InstanceNumber=number, RescaleSlope=number))
        for number, (plane, corner) in enumerate(
            zip(STORED, series.positions(DEPTHS), strict=True), start=1
        )
    ]
    wanted = STORED.astype(np.float32) * np.arange(1, 7)[:, None, None] - 1024
    np.testing.assert_array_equal(only(of(*contents)).values(), wanted.T)


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared is absent: its odd files are not read")
def test_no_shared_case_ends_in_a_traceback() -> None:
    read_any = 0
    for folder in ("cases/dicom", "cases/nifti", "hostile/files"):
        for file in sorted((SHARED / folder).rglob("*")):
            if file.is_file() and file.stat().st_size < 2**24:
                read_any += len(of(file.read_bytes()))
    assert read_any > 10


def with_forms(sform: np.ndarray, qform: np.ndarray | None, code: int = 1) -> bytes:  # type: ignore[type-arg]
    image = nib.Nifti1Image(STORED.T, AFFINE)
    image.set_sform(sform, code)
    image.set_qform(qform, code if qform is not None else 0)
    content: bytes = image.to_bytes()
    return content


def test_a_qform_that_leads_elsewhere_is_a_finding_and_the_sform_is_used() -> None:
    moved, rounded = AFFINE.copy(), AFFINE.copy()
    moved[0, 3], rounded[0, 3] = 5, 0.01
    for qform, finding in ((AFFINE, ()), (None, ()), (rounded, ()), (moved, ("forms_differ",))):
        found = only(of(with_forms(AFFINE, qform)))
        assert found.volume.finding == finding
        np.testing.assert_allclose(found.volume.affine, AFFINE)
    assert only(of(with_forms(moved, AFFINE))).volume.affine[0, 3] == 5  # type: ignore[index]


def test_a_qform_that_is_none_is_a_finding() -> None:
    content = bytearray(with_forms(AFFINE, AFFINE))
    content[256:268] = struct.pack("<3f", 9, 9, 9)  # quatern_b, _c and _d: longer than 1
    assert only(of(bytes(content))).volume.finding == ("forms_differ",)
    content[254:256] = struct.pack("<h", 0)  # sform_code: nothing else says where it is
    assert only(of(bytes(content))).volume.finding == ("no_positions",)
    assert isinstance(decode.read(bytes(content)), decode.Picture)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_voxels_that_are_no_numbers_are_a_finding_and_no_refusal(value: float) -> None:
    values = STORED.T.astype(np.float32)
    assert only(of(series.nifti(values, AFFINE))).volume.finding == ()
    values[1, 2, 3] = value
    content = series.nifti(values, AFFINE)
    found = only(of(content))
    assert found.volume.finding == ("not_numbers",)
    assert found.volume.volume_id
    assert isinstance(decode.read(content), decode.Picture)


def test_a_rescale_that_leads_beyond_all_numbers_is_a_finding() -> None:
    found = only(of(*dicom(RescaleSlope="1e39")))
    assert found.volume.finding == ("not_numbers",)
