"""Turn the stored values of one DICOM frame into grey levels, in the order of PS3.3 C.11.

Modality LUT or rescale first, then VOI LUT or window, then the polarity of MONOCHROME1. pydicom's
own functions are not used for it: they wrap round where a signed sample is more than 32,767 below
or above a table's first entry or an 8-bit VOI table has a larger input, refuse rescaled samples as
the input of a VOI table, and divide by zero in a LINEAR window of width 1.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from covid19_images.images.formats import dicom_table, grey
from covid19_images.images.formats.dicom_table import Range, RenderingError, Table, integers

Function = Literal["LINEAR", "LINEAR_EXACT", "SIGMOID"]

_LUNG: Range = (-1350.0, 150.0)  # Hounsfield units: centre -600, width 1500
_MOST_BITS = 16
_WHITE = 255.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One window, in the units that the modality transformation gives (PS3.3 C.11.2.1.2)."""

    centre: float
    width: float
    function: Function = "LINEAR"

    @property
    def ends(self) -> Range:
        """Return the values that a linear window shows as black and as white."""
        centre, width = self.centre, self.width
        if self.function == "LINEAR":
            centre, width = centre - 0.5, width - 1
        return centre - width / 2, centre + width / 2

    def apply(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return values as 0..1; same shape."""
        if self.function == "SIGMOID":
            steepness = (-4 * (values - self.centre) / self.width).clip(-700, 700)
            return np.asarray(1 / (1 + np.exp(steepness)), np.float64)
        low, high = self.ends
        if low == high:
            return np.asarray(values > low, np.float64)
        return np.asarray(((values - low) / (high - low)).clip(0, 1), np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """How one frame is rendered in grey.

    Attributes:
        slope: Factor of the stored values, where there is no `modality` table.
        intercept: What is added to them.
        modality: The Modality LUT.
        voi: The VOI LUT or the window; `None` where the range of the values is shown.
        is_negative: Whether low values are shown white, as in MONOCHROME1.
    """

    slope: float = 1.0
    intercept: float = 0.0
    modality: Table | None = None
    voi: Table | Window | None = None
    is_negative: bool = False

    @property
    def window(self) -> Range | None:
        """Return the stored values shown black and white, where a straight line is all there is."""
        linear = isinstance(self.voi, Window) and self.voi.function != "SIGMOID"
        if self.modality or not linear or not isinstance(self.voi, Window):
            return None
        # Zero is added because a negative slope makes -0.0, which is written otherwise than 0.0.
        low, high = ((end - self.intercept) / self.slope + 0.0 for end in self.voi.ends)
        if low == high:
            return None
        return (high, low) if self.is_negative else (low, high)

    def values(self, stored: NDArray[Any]) -> NDArray[np.float64]:
        """Return stored samples in the units of the modality; same shape."""
        if self.modality:
            return self.modality.apply(stored)
        return stored.astype(np.float64) * self.slope + self.intercept

    def levels(self, stored: NDArray[Any], padding: Range | None) -> NDArray[np.uint8]:
        """Render a frame whose `voi` is set.

        Args:
            stored: Samples, shape (height, width).
            padding: Least and greatest sample that is no measurement; it becomes 0.

        Returns:
            Grey levels, same shape.
        """
        values = self.values(stored)
        if isinstance(self.voi, Table):
            shown = self.voi.apply(values) / (2**self.voi.bits - 1)
        elif self.voi is not None:
            shown = self.voi.apply(values)
        else:
            raise ValueError("a rendering without a window")
        shown = (1 - shown if self.is_negative else shown).clip(0, 1)
        rendered: NDArray[np.uint8] = (shown * _WHITE + 0.5).astype(np.uint8)
        if padding:
            rendered[grey.is_padding(stored, padding)] = 0
        return rendered


def read(dataset: Dataset, frames: int) -> list[Rendering]:
    """Read how a file asks for each of its frames to be shown.

    Raises:
        RenderingError: A lookup table is broken, or the rescale.
    """
    tables: dict[int, Table] = {}  # one table may be for thousands of frames
    if not dataset.get("PerFrameFunctionalGroupsSequence"):
        return [_rendering(dataset, 0, tables)] * frames
    return [_rendering(dataset, frame, tables) for frame in range(frames)]


def _rendering(dataset: Dataset, frame: int, tables: dict[int, Table]) -> Rendering:
    inputs = integers(int(dataset.get("BitsStored") or _MOST_BITS), dataset)
    modality = _table(dataset, frame, "ModalityLUTSequence", tables, inputs)
    transformation = "PixelValueTransformationSequence"
    slope = _rescale(dataset, frame, transformation, "RescaleSlope") or 1.0
    offset = _rescale(dataset, frame, transformation, "RescaleIntercept")
    if modality is None:
        one, other = (end * slope + (offset or 0.0) for end in inputs)
        inputs = min(one, other), max(one, other)
    else:
        inputs = 0.0, 2.0**modality.bits - 1
    voi: Table | Window | None = _table(dataset, frame, "VOILUTSequence", tables, inputs)
    voi = voi or _window(dataset, frame)
    if voi is None and dataset.get("Modality") == "CT" and offset is not None:
        low, high = _LUNG
        voi = between(low, high)
    return Rendering(
        slope=slope,
        intercept=offset or 0.0,
        modality=modality,
        voi=voi,
        is_negative=dataset.get("PhotometricInterpretation") == "MONOCHROME1",
    )


def between(low: float, high: float) -> Window:
    """Return the window that shows `low` black and `high` white."""
    return Window(centre=(low + high) / 2, width=high - low, function="LINEAR_EXACT")


def _places(dataset: Dataset, frame: int, sequence: str) -> Iterator[Dataset]:
    """Yield where a value may be: of this frame, of all frames, of the file."""
    per_frame = list(dataset.get("PerFrameFunctionalGroupsSequence") or ())
    shared = list(dataset.get("SharedFunctionalGroupsSequence") or ())
    for group in [*per_frame[frame : frame + 1], *shared[:1]]:
        yield from list(group.get(sequence) or ())[:1]
    yield dataset


def _rescale(dataset: Dataset, frame: int, sequence: str, keyword: str) -> float | None:
    """Return a number of the rescale; `None` where it is not stated.

    Raises:
        RenderingError: It is no number, and without it nobody knows what is dark and what bright.
    """
    for place in _places(dataset, frame, sequence):
        try:
            value = place.get(keyword)
            if value not in (None, ""):
                return number(value)
        except ValueError:
            raise RenderingError(f"a DICOM file whose {keyword} is no number") from None
    return None


def number(value: object) -> float | None:
    """Return the first of one or several numbers; `None` where there is none."""
    return next(iter(_numbers(value)), None)


def _numbers(value: object) -> list[float | None]:
    """Return one or several numbers; `None` for each that is empty or infinite."""
    several = isinstance(value, Sequence) and not isinstance(value, str)
    values = list(value) if several and isinstance(value, Sequence) else [value]
    found = [None if one in (None, "") else float(str(one)) for one in values]
    return [one if one is not None and math.isfinite(one) else None for one in found]


def _windows(place: Dataset) -> Iterator[tuple[float, float]]:
    """Yield centre and width of each window that is whole; one that is no number is none."""
    try:
        ends = [_numbers(place.get(name)) for name in ("WindowCenter", "WindowWidth")]
    except ValueError:  # as with a decimal comma; the range of the values shows the picture too
        return
    for centre, width in zip(*ends, strict=False):
        if centre is not None and width is not None:
            yield centre, width


def _window(dataset: Dataset, frame: int) -> Window | None:
    for place in _places(dataset, frame, "FrameVOILUTSequence"):
        centre, width = next(_windows(place), (0.0, 0.0))
        match str(place.get("VOILUTFunction") or "LINEAR").strip().upper():
            case "SIGMOID" if width > 0:
                return Window(centre=centre, width=width, function="SIGMOID")
            case "LINEAR_EXACT" if width > 0:
                return Window(centre=centre, width=width, function="LINEAR_EXACT")
            case "LINEAR" if width >= 1:
                return Window(centre=centre, width=width)
    return None


def _table(
    dataset: Dataset, frame: int, sequence: str, tables: dict[int, Table], inputs: Range
) -> Table | None:
    inside = "FrameVOILUTSequence" if sequence == "VOILUTSequence" else sequence
    for place in _places(dataset, frame, inside):
        for item in list(place.get(sequence) or ())[:1]:
            if "LUTDescriptor" in item and "LUTData" in item:
                if id(item) not in tables:
                    is_little = bool(dataset.original_encoding[1])
                    tables[id(item)] = dicom_table.read(item, inputs, is_little=is_little)
                return tables[id(item)]
    return None
