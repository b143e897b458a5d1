"""Series of CT slices, made in memory: straight, oblique, tilted, in one file or in many."""

import io
from collections.abc import Iterable, Sequence
from typing import Any

import nibabel as nib
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items

from tests.covid19_images.images.formats import files

SPACING = (0.8, 0.7)  # mm between rows, and between columns
STRAIGHT = (np.array([1.0, 0, 0]), np.array([0, 1.0, 0]))
CORNER = np.array([-100.0, -80.0, -300.0])


def voxels(slices: int = 6, rows: int = 10, columns: int = 12) -> NDArray[np.int16]:
    """Make stored samples (slices, rows, columns) that are all different."""
    some = np.random.default_rng(slices * rows).integers(0, 2000, (slices, rows, columns))
    return some.astype(np.int16)


def turned(degrees: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return directions of an oblique series: turned about two axes."""
    angle = np.radians(degrees)
    about_x = np.array(
        [[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]]
    )
    about_z = np.array(
        [[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]]
    )
    both = about_z @ about_x
    return both[:, 0], both[:, 1]


def positions(
    depths: Iterable[float],
    turn: Sequence[NDArray[np.float64]] = STRAIGHT,
    shift: float = 0.0,
) -> list[NDArray[np.float64]]:
    """Return corners of slices along the normal; a tilt shifts them along a column."""
    normal = np.cross(turn[0], turn[1])
    return [CORNER + depth * normal + depth * shift * turn[1] for depth in depths]


def elements(
    corner: NDArray[np.float64], turn: Sequence[NDArray[np.float64]] = STRAIGHT, **more: Any
) -> dict[str, Any]:
    """Return what the header of one slice says."""
    words = {
        "ImageOrientationPatient": [float(f"{n:.10g}") for n in np.concatenate(turn)],
        "ImagePositionPatient": [float(f"{n:.10g}") for n in corner],
        "PixelSpacing": list(SPACING),
        "RescaleSlope": 1,
        "RescaleIntercept": -1024,
        "RescaleType": "HU",
        "SliceThickness": 2,
        "ConvolutionKernel": "LUNG",
        "WindowCenter": -600,
        "WindowWidth": 1500,
    }
    return words | more


def series(
    samples: NDArray[Any],
    depths: Sequence[float],
    turn: Sequence[NDArray[np.float64]] = STRAIGHT,
    *,
    shift: float = 0.0,
    **more: Any,
) -> list[tuple[str, bytes]]:
    """Write a series, a file for each slice."""
    corners = positions(depths, turn, shift)
    return [
        (
            f"IM{number:03}",
            files.dicom(plane, **elements(corner, turn, InstanceNumber=number + 1, **more)),
        )
        for number, (plane, corner) in enumerate(zip(samples, corners, strict=True))
    ]


def multi_frame(samples: NDArray[Any], depths: Sequence[float]) -> bytes:
    """Write all slices to one file, as an enhanced CT does."""
    own = []
    for corner in positions(depths):
        place = Dataset()
        place.ImagePositionPatient = [float(n) for n in corner]
        frame = Dataset()
        frame.PlanePositionSequence = Items([place])
        own.append(frame)
    turn, measures, value = Dataset(), Dataset(), Dataset()
    turn.ImageOrientationPatient = [float(n) for n in np.concatenate(STRAIGHT)]
    measures.PixelSpacing, measures.SliceThickness = list(SPACING), 2
    value.RescaleSlope, value.RescaleIntercept, value.RescaleType = 1, -1024, "HU"
    shared = Dataset()
    shared.PlaneOrientationSequence = Items([turn])
    shared.PixelMeasuresSequence = Items([measures])
    shared.PixelValueTransformationSequence = Items([value])
    return files.dicom(
        samples,
        SharedFunctionalGroupsSequence=Items([shared]),
        PerFrameFunctionalGroupsSequence=Items(own),
    )


def nifti(values: NDArray[Any], affine: NDArray[np.float64]) -> bytes:
    """Write values (columns, rows, slices) as NIfTI."""
    image = nib.Nifti1Image(values, affine)
    stream = io.BytesIO()
    file_map = image.make_file_map({"image": stream, "header": stream})
    image.to_file_map(file_map)
    return stream.getvalue()
