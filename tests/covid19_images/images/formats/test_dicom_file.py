"""DICOM files that programs write beside the standard, and why some of them are not read."""

import io
import struct

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import DeflatedExplicitVRLittleEndian

from covid19_images.images.decode import Limits, Picture, read
from covid19_images.images.formats import headers
from covid19_images.images.refused import Refused
from tests.covid19_images.images.formats import files
from tests.covid19_images.images.formats.test_dicom_grey import lookup

STORED = np.linspace(-200, 3000, 32 * 40).astype(np.int16).reshape(32, 40)
UNSIGNED = (STORED + 200).astype(np.uint16)
PADDED = np.where(np.arange(32)[:, None] < 3, -2000, STORED).astype(np.int16)
ENDLESS = np.where(np.arange(32)[:, None] < 3, 2**16 - 1, UNSIGNED).astype(np.uint16)
PLAIN_UID = b"\x02\0\x10\0UI\x14\x001.2.840.10008.1.2.1\0"


def dx(samples: NDArray[np.integer] = STORED, **elements: object) -> bytes:
    return files.dicom(samples, Modality="DX", **elements)


def with_text(tag: int, kind: bytes, text: str, samples: NDArray[np.integer] = STORED) -> bytes:
    """Write a value that its type does not allow."""
    dataset = dcmread(io.BytesIO(dx(samples)))
    dataset.add_new(tag, "LO", text)
    written = io.BytesIO()
    dataset.save_as(written)
    start = struct.pack("<HH", tag >> 16, tag & 0xFFFF)
    assert written.getvalue().count(start + b"LO") == 1
    return written.getvalue().replace(start + b"LO", start + kind)


def with_element(tag: int, kind: str, value: object, samples: NDArray[np.integer]) -> bytes:
    dataset = dcmread(io.BytesIO(dx(samples)))
    dataset.add_new(tag, kind, value)
    written = io.BytesIO()
    dataset.save_as(written)
    return written.getvalue()


def deflated(samples: NDArray[np.integer] = STORED) -> bytes:
    dataset = dcmread(io.BytesIO(dx(samples)))
    dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    written = io.BytesIO()
    dataset.save_as(written)
    return written.getvalue()


def in_syntax(uid: bytes) -> bytes:
    content, padded = dx(), uid + b"\0" * (len(uid) % 2)
    written = PLAIN_UID[:6] + struct.pack("<H", len(padded)) + padded
    grown = struct.unpack("<I", content[140:144])[0] + len(written) - len(PLAIN_UID)
    content = content.replace(PLAIN_UID, written, 1)
    return content[:140] + struct.pack("<I", grown) + content[144:]


def picture(content: bytes) -> Picture:
    found = read(content)
    assert isinstance(found, Picture), found
    return found


@pytest.mark.parametrize(
    "content",
    [
        deflated(),
        files.without_preamble(deflated()),
        dx() + b"\xff" * 1000,
        dx() + b"PK\3\4 and more of an archive",
        b"II*\0\x08\0\0\0" + dx()[8:],
    ],
    ids=["deflated", "deflated and bare", "bytes behind", "archive behind", "TIFF in the preamble"],
)
def test_odd_files_hold_the_same_samples_and_name_their_patient(content: bytes) -> None:
    found = picture(content)
    assert np.array_equal(found.samples[0], STORED)
    assert found.privacy == ("dicom_identity",)
    assert found.headers.patient


def test_a_deflated_file_is_inflated_to_the_limit_and_no_further() -> None:
    content = deflated(np.zeros((1000, 1000), np.int16))
    found = read(content, limits=Limits(max_bytes=100_000))
    assert found == Refused("a deflated DICOM file of more than the limit of 100,000 bytes")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (deflated()[:400] + b"\xff" * 400, "cannot be inflated"),
        (in_syntax(b"1.2.840.10008.1.2.4.102"), "not read: MPEG-4"),
        (in_syntax(b"1.2.826.77.19700131"), "not read: one that is not known"),
        (dx()[:-100], "truncated: 2,460 bytes of pixels where it announces 2,560"),
        (dx(Rows=None, PixelRepresentation=None), "does not say Rows, PixelRepresentation"),
        (with_text(0x00281053, b"DS", "1,0"), "whose RescaleSlope is no number"),
        (with_text(0x00281052, b"DS", "Doe^Jane"), "whose RescaleIntercept is no number"),
    ],
)
def test_what_is_not_read_says_why_and_nothing_of_the_header(content: bytes, says: str) -> None:
    found = read(content)
    assert isinstance(found, Refused)
    assert says in found.reason
    assert not any(secret in found.reason for secret in files.SECRETS)


@pytest.mark.parametrize(
    ("content", "black"),
    [
        (with_element(0x00280120, "US", 2**16 - 2000, PADDED), PADDED[3:].min()),
        (with_element(0x00280120, "SS", -1, ENDLESS), ENDLESS[3:].min()),
    ],
    ids=["of signed samples without a sign", "of unsigned samples with one"],
)
def test_padding_with_the_wrong_sign_is_padding(content: bytes, black: int) -> None:
    found = picture(content)
    assert found.black == black
    assert found.grey()[:3].max() == 0
    assert found.grey()[-1].min() > 200


@pytest.mark.parametrize("kind", ["VOILUTSequence", "ModalityLUTSequence"])
def test_a_table_whose_first_input_has_the_wrong_sign_is_looked_up(kind: str) -> None:
    shown = []
    for first in (-200, 2**16 - 200):
        item = lookup(np.arange(4096, dtype=np.uint16) * 16)
        item.add_new(0x00283002, "SS" if first < 0 else "US", [4096, first, 16])
        shown.append(picture(dx(**{kind: Sequence([item])})).grey())
    assert np.ptp(shown[0]) > 150
    assert np.array_equal(*shown)


@pytest.mark.parametrize("written", ["abc", "1400,5", "\\"])
def test_a_window_that_is_no_number_is_none(written: str) -> None:
    found = picture(with_text(0x00281050, b"DS", written))
    assert (found.black, found.white) == (-200, 3000)


def test_of_several_windows_the_first_whole_one_is_used() -> None:
    content = dx(WindowCenter=["", 1400, 7], WindowWidth=["", 3000])
    assert (picture(content).black, picture(content).white) == (-100, 2899)


def test_what_is_no_number_among_float_pixels_is_black() -> None:
    """As in NIfTI."""
    samples = np.where(np.arange(32)[:, None] < 3, np.nan, STORED).astype(np.float32)
    dataset = dcmread(io.BytesIO(dx()))
    dataset.FloatPixelData, dataset.BitsAllocated = samples.tobytes(), 32
    for keyword in ("PixelData", "BitsStored", "HighBit", "PixelRepresentation"):
        delattr(dataset, keyword)
    written = io.BytesIO()
    dataset.save_as(written)
    found = picture(written.getvalue())
    assert (found.black, found.white) == (STORED[3:].min(), 3000)
    assert found.grey()[:3].max() == 0


@pytest.mark.parametrize(
    ("age", "born", "years", "odd"),
    [
        ("000Y", "", 0, None),
        ("018M", "", 1, None),
        ("120Y", "", 90, None),
        ("55", "", None, "55"),
        ("5.5Y", "", None, "5.5Y"),
        ("Jane Doe", "", None, "no number with a unit"),
        ("19700131", "", None, "no number with a unit"),
        ("55", "19700131", 50, None),
        ("", "00000000", None, None),
        ("", "", None, None),
    ],
)
def test_an_age_is_read_or_reported(
    age: str, born: str, years: int | None, odd: str | None
) -> None:
    dataset = Dataset()
    dataset.add_new("PatientAge", "LO", age)
    dataset.add_new("PatientBirthDate", "LO", born)  # of any form, as it may be in a file
    dataset.StudyDate = "20200313"
    found = headers.read(dataset)
    assert (found.age_years, found.impossible_age) == (years, odd)


@pytest.mark.parametrize(("written", "sex"), [("Female", "F"), ("MALE", "M"), ("W", None)])
def test_a_sex_in_full_is_read(written: str, sex: str | None) -> None:
    dataset = Dataset()
    dataset.add_new("PatientSex", "LO", written)
    assert headers.read(dataset).sex == sex


def test_a_name_or_a_private_element_inside_of_a_sequence_is_an_identity() -> None:
    inner, private, outer = Dataset(), Dataset(), Dataset()
    inner.ConsultingPhysicianName = "Doe^Jane"
    private.add_new(0x00990010, "LO", "ACME")
    for item in (inner, private):
        outer.RequestAttributesSequence = Sequence([Dataset(), item])
        dataset = Dataset()
        dataset.ReferencedStudySequence = Sequence([outer])
        assert headers.has_identity(dataset)
        outer.RequestAttributesSequence = Sequence([Dataset()])
        assert not headers.has_identity(dataset)
