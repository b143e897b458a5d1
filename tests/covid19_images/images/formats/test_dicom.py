"""DICOM files: how they are rendered, and what they may say."""

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import JPEG2000Lossless, RLELossless

from covid19_images.images.decode import Picture, read
from covid19_images.images.formats import codestream, headers
from covid19_images.images.refused import Refused
from tests.covid19_images.images.formats import files

STORED = np.linspace(-200, 3000, 32 * 40).astype(np.int16).reshape(32, 40)
DEFLATED_SYNTAX = b"1.2.840.10008.1.2.1.99"
HU = {"RescaleSlope": 1, "RescaleIntercept": -1024}


def picture(content: bytes) -> Picture:
    found = read(content)
    assert isinstance(found, Picture), found
    return found


def reason(content: bytes) -> str:
    found = read(content)
    assert isinstance(found, Refused)
    return found.reason


def test_the_window_is_in_rescaled_units():
    """Window 50/350 is -125..224 Hounsfield units (PS3.3 C.11.2.1.2.1)."""
    found = picture(files.dicom(STORED, WindowCenter=[50, 600], WindowWidth=[350, 9], **HU))
    assert (found.black, found.white) == (899.0, 1248.0)
    assert set(found.grey()[STORED <= 899]) == {0}
    assert set(found.grey()[STORED >= 1248]) == {255}


def test_ct_without_a_window_gets_the_lung_window():
    """-1350..150 Hounsfield units."""
    found = picture(files.dicom(STORED, **HU))
    assert (found.black, found.white) == (-326.0, 1174.0)


def test_other_pictures_without_a_window_get_their_real_range():
    """Padding is no part of it, and is black."""
    stored = STORED.copy()
    stored[:3] = -2000
    found = picture(files.dicom(stored, Modality="DX", PixelPaddingValue=-2000))
    assert (found.black, found.white) == (stored[3:].min(), 3000)
    assert found.grey()[:3].max() == 0


def test_a_window_beside_the_picture_is_not_used():
    """It would show nothing."""
    found = picture(files.dicom(STORED, WindowCenter=20000, WindowWidth=10))
    assert found.grey().max() == 255


def test_monochrome1_is_a_negative():
    """And padding stays black."""
    samples = files.ramp().astype(np.uint16) + 1
    samples[0] = 0
    options = {"Modality": "DX", "PixelPaddingValue": 0}
    positive = picture(files.dicom(samples, **options)).grey()
    content = files.dicom(samples, PhotometricInterpretation="MONOCHROME1", **options)
    negative = picture(content).grey()
    assert np.abs(255 - positive[1:].astype(int) - negative[1:]).max() <= 1
    assert negative[0].max() == 0


def test_frames_are_told_and_the_middle_one_stands_for_them():
    """A volume shows most in its middle."""
    found = picture(files.dicom(files.slices(frames=5)))
    assert (found.frames, found.representative) == (5, 2)
    assert np.array_equal(found.samples, files.slices(frames=5))


@pytest.mark.parametrize("syntax", [RLELossless, JPEG2000Lossless])
def test_compressed_files_hold_the_same_samples(syntax):
    """pylibjpeg decodes them."""
    stored = files.slices(np.uint16)[0]
    content = files.dicom(stored, compress=syntax)
    assert np.array_equal(picture(content).samples[0], stored)


def test_a_stream_larger_than_its_header_says_is_refused():
    """The decoder would believe the stream."""
    content = files.dicom(files.slices(np.uint16)[0], compress=JPEG2000Lossless)
    at = content.index(b"\xff\x4f\xff\x51") + 8
    hostile = content[:at] + (60_000).to_bytes(4, "big") + content[at + 4 :]
    assert "its stream (60000, 32)" in reason(hostile)


def test_the_size_of_a_jpeg_stream_is_read_without_decoding():
    """Whatever comes before its frame header."""
    assert codestream.size(files.every_kind()["jpeg progressive"]) == (40, 32)
    assert codestream.size(b"\xff\xd8\0\0") == (0, 0)
    assert codestream.size(b"no stream") is None


def test_a_file_without_pixels_is_refused():
    """Reports and directories are DICOM, too."""
    content = files.dicom(STORED)
    at = content.index(b"\xe0\x7f\x10\x00")
    assert reason(content[:at]) == "a DICOM file without pixels"


def test_a_file_that_only_names_the_deflated_syntax_is_read():
    """The transfer syntax is what (0002,0010) says."""
    content = files.dicom(STORED, ImageComments=DEFLATED_SYNTAX.decode())
    assert DEFLATED_SYNTAX in content
    assert np.array_equal(picture(content).samples[0], STORED)


def test_ids_leave_as_hashes_and_dates_as_an_age():
    """Nothing that names a person comes out, in any field."""
    found = picture(files.dicom(STORED))
    assert (found.headers.modality, found.headers.sex, found.headers.instance) == ("CT", "F", 4)
    assert found.headers.age_years == 50
    assert len({found.headers.patient, found.headers.study, found.headers.series}) == 3
    assert all(len(h or "") == 16 for h in (found.headers.patient, found.headers.study))
    assert not any(secret in repr(found.headers) for secret in files.SECRETS)
    assert found.privacy == ("dicom_identity",)


def test_a_refusal_tells_nothing_of_the_header():
    """pydicom quotes the values it stumbles over."""
    content = files.dicom(STORED)
    for at in range(132, len(content) - STORED.nbytes, 5):
        found = read(content[:at] + b"\xff" + content[at + 1 :])
        if isinstance(found, Refused):
            assert not any(secret in found.reason for secret in files.SECRETS)


@pytest.mark.parametrize(
    ("written", "years"),
    [("093Y", 90), ("411Y", None), ("007M", 0), ("018M", 1), ("060Y", 60), ("", 50)],
)
def test_ages_are_years_and_capped(written, years):
    """An age that is not told is worked out from the dates."""
    assert picture(files.dicom(STORED, PatientAge=written)).headers.age_years == years


def test_an_impossible_age_is_passed_on_as_it_is_written_and_dates_are_not():
    assert picture(files.dicom(STORED, PatientAge="411Y")).headers.impossible_age == "411Y"
    found = picture(files.dicom(STORED, PatientAge="", PatientBirthDate="16310101")).headers
    assert (found.age_years, found.impossible_age) == (None, "389 years by its dates")
    assert picture(files.dicom(STORED, PatientAge="060Y")).headers.impossible_age is None


@pytest.mark.parametrize(
    ("elements", "view"),
    [
        ({"ImageOrientationPatient": [1, 0, 0, 0, 1, 0]}, "AXIAL"),
        ({"ImageOrientationPatient": [1, 0, 0, 0, 0, -1]}, "CORONAL"),
        ({"ImageOrientationPatient": [0, 1, 0, 0, 0, -1]}, "SAGITTAL"),
        ({"ImageOrientationPatient": [1, 0, 0, 0, 0.7071, -0.7071]}, None),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"]}, "AXIAL"),
        (
            {
                "ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"],
                "ImageOrientationPatient": [1, 0, 0, 0, 0, -1],
            },
            "LOCALIZER",
        ),
        ({"ViewPosition": "LL", "Modality": "DX"}, "LATERAL"),
        ({"ViewPosition": "LLD", "Modality": "DX"}, None),
        ({"ViewPosition": "RLD", "Modality": "CR"}, None),
        (
            {
                "ViewPosition": "PA",
                "Modality": "DX",
                "ImageOrientationPatient": [0, 1, 0, 0, 0, -1],
            },
            "PA",
        ),
        ({"ViewPosition": "PA", "Modality": "CR"}, "PA"),
        # A radiograph is no slice: how its detector stood does not make it coronal.
        ({"Modality": "DX", "ImageOrientationPatient": [1, 0, 0, 0, 0, -1]}, None),
        ({"ReferencedStudySequence": Sequence()}, None),
    ],
)
def test_the_view_is_told_by_type_orientation_or_position(elements, view):
    """In this order."""
    assert picture(files.dicom(STORED, **elements)).headers.view == view


@pytest.mark.parametrize("name", ["Unknown", "UNKNOWN^UNKNOWN", "N/A", "0000", "Anonymized", ""])
def test_a_word_for_nobody_is_no_identity(name):
    dataset = Dataset()
    dataset.PatientName = name
    assert not headers.has_identity(dataset)
    dataset.OperatorsName = "Doe^Jane"
    assert headers.has_identity(dataset)
