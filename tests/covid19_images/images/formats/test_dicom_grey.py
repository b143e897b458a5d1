"""Grey levels of DICOM files, against pydicom's own chain and the formulas of PS3.3 C.11."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_modality_lut, apply_windowing

from covid19_images.images.decode import Picture, read
from covid19_images.images.fingerprint import fingerprint
from covid19_images.images.refused import Refused
from tests.covid19_images.images.formats import files

STORED = np.arange(4096, dtype=np.uint16).reshape(64, 64)
DX = {"Modality": "DX", "BitsStored": 12, "HighBit": 11}


def picture(content: bytes) -> Picture:
    found = read(content)
    assert isinstance(found, Picture), found
    return found


def lookup(entries: NDArray[np.uint16], first: int = 0, bits: int = 16) -> Dataset:
    item = Dataset()
    item.LUTDescriptor = [len(entries) % 2**16, first, bits]
    item["LUTDescriptor"].VR = "US"
    item.LUTData = entries.astype("<u2").tobytes()
    item["LUTData"].VR = "OW"
    return item


def window(centre: float, width: float) -> Dataset:
    item = Dataset()
    item.WindowCenter, item.WindowWidth = centre, width
    group = Dataset()
    group.FrameVOILUTSequence = [item]
    return group


def pydicoms_levels(stored: NDArray[np.int64], elements: dict[str, object]) -> NDArray[np.float64]:
    dataset = Dataset()
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    real = apply_modality_lut(stored, dataset)
    # Its outputs run from the least to the greatest value that the bits may hold, turned round
    # by a negative slope: a window of all values shows which is which.
    shown = apply_windowing(real, dataset)
    bits, is_signed = dataset.BitsStored, dataset.PixelRepresentation
    ends = np.array([-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] if is_signed else [0, 2**bits - 1])
    dark, bright = ends * dataset.RescaleSlope + dataset.RescaleIntercept
    levels = (shown - dark) / (bright - dark) * 255
    is_negative = dataset.PhotometricInterpretation == "MONOCHROME1"
    return np.asarray(255 - levels if is_negative else levels)


@given(
    bits=st.integers(9, 16),
    is_signed=st.booleans(),
    slope=st.sampled_from([-3.0, -1.0, -0.25, 0.5, 1.0, 2.0]),
    intercept=st.sampled_from([-1024.0, 0.0, 31.5, 4095.0]),
    photometric=st.sampled_from(["MONOCHROME1", "MONOCHROME2"]),
    function=st.sampled_from(["LINEAR", "LINEAR_EXACT", "SIGMOID"]),
    place=st.floats(0.1, 0.9),
    share=st.floats(0.02, 2.0),
)
def test_grey_levels_are_those_of_pydicoms_chain(
    bits: int,
    is_signed: bool,
    slope: float,
    intercept: float,
    photometric: str,
    function: str,
    place: float,
    share: float,
) -> None:
    """Whatever the bits, the rescale, the window, its function and the polarity."""
    low = -(2 ** (bits - 1)) if is_signed else 0
    stored = np.linspace(low, low + 2**bits - 1, 32 * 40).astype(np.int64).reshape(32, 40)
    real = stored * slope + intercept
    width = round(float(np.ptp(real)) * share, 1)
    assume(width > 1)
    elements: dict[str, object] = {
        "Modality": "DX",
        "BitsStored": bits,
        "HighBit": bits - 1,
        "PixelRepresentation": int(is_signed),
        "PhotometricInterpretation": photometric,
        "RescaleSlope": slope,
        "RescaleIntercept": intercept,
        "WindowCenter": round(float(real.min() + np.ptp(real) * place), 1),
        "WindowWidth": width,
        "VOILUTFunction": function,
    }
    content = files.dicom(stored.astype(np.int16 if is_signed else np.uint16), **elements)
    ours = picture(content).grey().astype(np.float64)
    theirs = pydicoms_levels(stored, elements)
    assert np.abs(ours - theirs).max() <= 1
    assert np.corrcoef(ours.ravel(), theirs.ravel())[0, 1] > 0.99


@pytest.mark.parametrize(("photometric", "darkest"), [("MONOCHROME2", -1), ("MONOCHROME1", 0)])
def test_a_negative_slope_turns_the_polarity_without_any_window(photometric, darkest):
    content = files.dicom(
        STORED,
        RescaleSlope=-1,
        RescaleIntercept=4095,
        PhotometricInterpretation=photometric,
        **DX,
    )
    levels = picture(content).grey().ravel()
    assert levels[darkest] == 0
    assert levels[-1 - darkest] == 255


def test_a_linear_window_of_width_1_is_a_threshold():
    """PS3.3 C.11.2.1.2.1: what is not above the centre less a half is black."""
    levels = picture(files.dicom(STORED, WindowCenter=2000, WindowWidth=1, **DX)).grey()
    assert set(levels[STORED < 2000]) == {0}
    assert set(levels[STORED >= 2000]) == {255}


@pytest.mark.parametrize("is_inverting", [False, True])
def test_a_voi_table_is_looked_up(is_inverting):
    """And a table that turns the picture round gives it another hash than its negative has."""
    curve = np.rint(np.sqrt(np.arange(4096) / 4095) * 65535).astype(np.uint16)
    curve = curve[::-1] if is_inverting else curve
    content = files.dicom(STORED, VOILUTSequence=[lookup(curve)], **DX)
    found = picture(content)
    expected = curve.reshape(64, 64) / 65535 * 255
    assert np.abs(found.grey() - expected).max() <= 0.5
    assert (found.black > found.white) == is_inverting
    plain = fingerprint(files.dicom(STORED, **DX))
    own = fingerprint(content)
    assert not isinstance(plain, Refused)
    assert not isinstance(own, Refused)
    assert (own.pixels_sha256 == plain.pixels_sha256) != is_inverting


def test_a_modality_table_comes_before_the_window():
    """Inputs below and above the table get its first and its last entry."""
    entries = np.linspace(0, 1000, 2000).astype(np.uint16)
    content = files.dicom(
        STORED,
        ModalityLUTSequence=[lookup(entries, first=1000)],
        WindowCenter=500,
        WindowWidth=500,
        **DX,
    )
    real = np.interp(STORED, [1000, 2999], [0, 1000])
    expected = ((real - 499.5) / 499 + 0.5).clip(0, 1) * 255
    assert np.abs(picture(content).grey() - expected).max() <= 1


def test_a_table_that_is_shorter_than_it_says_is_refused():
    item = lookup(np.arange(100, dtype=np.uint16))
    item.LUTDescriptor = [4096, 0, 16]
    assert isinstance(read(files.dicom(STORED, VOILUTSequence=[item], **DX)), Refused)


def test_every_frame_has_its_own_window_and_names_its_ends():
    stored = np.stack([STORED, STORED, STORED])
    groups = [window(500, 1000), window(2000, 400), window(3000, 2000)]
    content = files.dicom(stored, PerFrameFunctionalGroupsSequence=groups, **DX)
    found = picture(content)
    for k, (low, high) in enumerate([(0, 999), (1800, 2199), (2000, 3999)]):
        expected = ((STORED.astype(float) - low) / (high - low)).clip(0, 1) * 255
        assert np.abs(found.grey(k) - expected).max() <= 1
        assert found.ends(k) == (low, high)


@pytest.mark.parametrize("bits", [1, 2, 4, 7])
def test_few_bits_fill_the_whole_range(bits):
    stored = (np.arange(64 * 64) % 2**bits).astype(np.uint8).reshape(64, 64)
    content = files.dicom(stored, Modality="DX", BitsStored=bits, HighBit=bits - 1)
    assert np.abs(picture(content).grey() - stored / (2**bits - 1) * 255).max() <= 0.5


def test_a_grey_window_is_not_put_on_colours():
    stored = np.ascontiguousarray(files.colours())
    content = files.dicom(
        stored[..., 0],
        Modality="DX",
        SamplesPerPixel=3,
        PhotometricInterpretation="RGB",
        PlanarConfiguration=0,
        PixelData=stored.tobytes(),
        WindowCenter=100,
        WindowWidth=60,
    )
    assert np.array_equal(picture(content).levels(), stored)
