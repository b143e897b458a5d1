"""Read the slices of one DICOM file: where each is, and its samples as they are stored."""

import hashlib
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from pydicom.dataset import Dataset

from covid19_images.images.formats import dicom, dicom_grey, headers
from covid19_images.images.formats.picture import Limits, Samples
from covid19_images.images.volumes.stack import Plane
from covid19_images.manifest.volume import Units

_TOMOGRAPHY = ("CT", "MR", "PT", "NM")  # slices even where nobody says where they are
_FLAT = ("CR", "DX", "RG", "MG")  # projections, whose positions are of a detector
_KERNEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._+/-]{0,31}")
_FARTHEST_MM = 1e5  # from the origin; no scanner is so large
_UNIT = 1e-2  # what the length of a direction may differ from 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """One frame of one file.

    Attributes:
        file: The file, as the reader was given it.
        frame: Its frame, from 0; `None` where the file has only one.
        samples: As stored, shape (rows, columns).
        plane: Where it is; `None` where the header does not say.
        instance: Number within the series.
        is_localizer: Whether it is an overview that slices are planned on.
        slope: What samples are multiplied with.
        intercept: What is added then.
        units: Of the result.
        step_mm: From this slice to the next, as the header says.
        thickness_mm: As the header says.
        kernel: The reconstruction kernel.
        window: Centre and width.
    """

    file: str
    frame: int | None
    samples: Samples
    plane: Plane | None
    instance: int
    is_localizer: bool
    slope: float
    intercept: float
    units: Units
    step_mm: float | None
    thickness_mm: float | None
    kernel: str | None
    window: tuple[float, float] | None

    @property
    def digest(self) -> bytes:
        """Return the hash of its samples, by which slices are ordered where nothing else does."""
        return hashlib.sha256(np.ascontiguousarray(self.samples).data).digest()


def read(file: str, content: bytes, limits: Limits) -> list[Slice]:
    """Read the slices of a DICOM file; none where it is a projection, a film or in colour.

    Args:
        file: How the slices call it.
        content: Its bytes.
        limits: What is too large.

    Raises:
        UnreadableError: It has no pixels, or is too large.
    """
    dataset = dicom.opened(content, limits)
    modality = str(dataset.get("Modality") or "").strip().upper()
    groups = list(_groups(dataset))
    planes = [_plane(group) for group in groups]
    if modality in _FLAT or (planes[0] is None and modality not in _TOMOGRAPHY):
        return []
    samples = dicom.stored(dataset)
    if samples.ndim != 3 or len(samples) != len(groups):
        return []
    both = zip(groups, planes, samples, strict=True)
    is_one = len(samples) == 1
    return [
        _slice(dataset, group, plane, stored, (file, None if is_one else frame))
        for frame, (group, plane, stored) in enumerate(both)
    ]


def _groups(dataset: Dataset) -> Iterator[Dataset]:
    """Yield the attributes of each frame: its functional groups over those of all, and the rest."""
    frames = int(dataset.get("NumberOfFrames") or 1)
    own = list(dataset.get("PerFrameFunctionalGroupsSequence") or ())
    shared = list(dataset.get("SharedFunctionalGroupsSequence") or ())[:1]
    for frame in range(frames):
        merged = Dataset()
        for group in [*shared, *own[frame : frame + 1]]:
            for macro in group:
                if macro.VR == "SQ" and macro.value:
                    merged.update(macro.value[0])
        if frames == 1:
            for keyword in _PLACE:
                if keyword not in merged and keyword in dataset:
                    merged[keyword] = dataset[keyword]
        yield merged


_PLACE = ("ImageOrientationPatient", "ImagePositionPatient", "PixelSpacing")


def rescales(dataset: Dataset) -> list[tuple[float, float] | None]:
    """Return slope and intercept of each frame of a DICOM header; `None` where one is missing."""
    found: list[tuple[float, float] | None] = []
    for group in _groups(dataset):
        slope = _number(group, dataset, "RescaleSlope")
        intercept = _number(group, dataset, "RescaleIntercept")
        found.append(None if slope is None or intercept is None else (slope, intercept))
    return found


def _plane(group: Dataset) -> Plane | None:
    turn, corner, spacing = (_numbers(group, keyword) for keyword in _PLACE)
    if len(turn) != 6 or len(corner) != 3 or len(spacing) != 2 or min(spacing) <= 0:
        return None
    if max(map(abs, (*corner, *spacing))) > _FARTHEST_MM:
        return None
    across, down = np.array(turn[:3]), np.array(turn[3:])
    lengths = np.linalg.norm(across), np.linalg.norm(down)
    if not np.allclose(lengths, 1, atol=_UNIT) or abs(across @ down) > _UNIT:
        return None
    return Plane(
        across=across / lengths[0],
        down=down / lengths[1],
        corner=np.array(corner),
        spacing=(spacing[0], spacing[1]),
    )


def _slice(
    dataset: Dataset,
    group: Dataset,
    plane: Plane | None,
    samples: Samples,
    where: tuple[str, int | None],
) -> Slice:
    window = [_number(group, dataset, name) for name in ("WindowCenter", "WindowWidth")]
    instance = _number(group, dataset, "InstanceNumber")
    slope = _number(group, dataset, "RescaleSlope")
    intercept = _number(group, dataset, "RescaleIntercept")
    return Slice(
        file=where[0],
        frame=where[1],
        samples=samples,
        plane=plane,
        instance=int(instance) if instance is not None else 0,
        is_localizer=headers.read(dataset).view == "LOCALIZER",
        slope=1.0 if slope is None else slope,
        intercept=intercept or 0.0,
        units=_units(group, dataset, is_rescaled=slope is not None and intercept is not None),
        step_mm=_length(group, dataset, "SpacingBetweenSlices"),
        thickness_mm=_length(group, dataset, "SliceThickness"),
        kernel=_kernel(group, dataset),
        window=None if None in window else (window[0] or 0.0, window[1] or 0.0),
    )


def _units(group: Dataset, dataset: Dataset, *, is_rescaled: bool) -> Units:
    """Return `HU` where the header says so, and never because the numbers look like it.

    A CT image need not name the type of its rescale where that is Hounsfield's (PS3.3 C.8.2.1).
    """
    named = str(group.get("RescaleType") or dataset.get("RescaleType") or "").strip().upper()
    kind = dataset.get("SOPClassUID")
    is_ct = getattr(kind, "name", "").endswith("CT Image Storage") and dataset.Modality == "CT"
    return "HU" if is_rescaled and (named == "HU" or (not named and is_ct)) else "unknown"


def _kernel(group: Dataset, dataset: Dataset) -> str | None:
    value = group.get("ConvolutionKernel") or dataset.get("ConvolutionKernel")
    words = [value] if isinstance(value, str) else list(value or ())
    text = str(words[0]).strip() if words else ""
    return text if _KERNEL.fullmatch(text) else None


def _length(group: Dataset, dataset: Dataset, keyword: str) -> float | None:
    found = _number(group, dataset, keyword)
    return abs(found) if found else None


def _number(group: Dataset, dataset: Dataset, keyword: str) -> float | None:
    return dicom_grey.number(group.get(keyword, dataset.get(keyword)))


def _numbers(group: Dataset, keyword: str) -> list[float]:
    value = group.get(keyword)
    numbers = [] if value is None or isinstance(value, str | float) else [float(n) for n in value]
    return numbers if all(map(math.isfinite, numbers)) else []
