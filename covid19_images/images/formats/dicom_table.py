"""Read the lookup tables of a DICOM header, and the sign of what is written there.

Whether a value such as the first input of a table is signed follows from the samples, and programs
that write it do not always look: -1024 comes as 64512 then.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

Range = tuple[float, float]

_MOST_BITS = 16


class RenderingError(ValueError):
    """Raised where a header does not say how its samples are shown: why, in a safe sentence."""


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """One item of a LUT sequence; two are equal where they are the same object.

    Attributes:
        first: The input that the first entry is for; lower inputs get that entry, too.
        entries: Outputs, 0 to `2**bits - 1`, shape (inputs,); the last is also for all higher ones.
        bits: Depth of the outputs.
    """

    first: int
    entries: NDArray[np.float64]
    bits: int

    def apply(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Look values up; same shape."""
        at = np.rint(values.astype(np.float64) - self.first).clip(0, len(self.entries) - 1)
        return self.entries[at.astype(np.intp)]


def as_stored(value: float, dataset: Dataset) -> float:
    """Return a sample value that was written with the sign of another type of integer.

    Programs write -2000 of signed samples as 63536, and 65535 of unsigned ones as -1.
    """
    bits = int(dataset.get("BitsAllocated") or _MOST_BITS)
    return _turned(value, value, integers(bits, dataset), bits)


def integers(bits: int, dataset: Dataset) -> Range:
    """Return the least and the greatest sample of so many bits."""
    is_signed = dataset.get("PixelRepresentation") == 1
    most = math.ldexp(1, bits - 1) if is_signed else math.ldexp(1, bits)
    return (-most if is_signed else 0.0), most - 1


def _turned(first: float, last: float, possible: Range, bits: int) -> float:
    """Return `first`, or what it is with another sign where nothing possible is in the range."""
    if first > possible[1]:
        return first - math.ldexp(1, bits)
    return first + math.ldexp(1, bits) if last < possible[0] else first


def read(item: Dataset, inputs: Range, *, is_little: bool) -> Table:
    """Read one item of a LUT sequence.

    Args:
        item: The item.
        inputs: The least and the greatest value that can be looked up.
        is_little: Whether its words are little endian.

    Raises:
        RenderingError: It is not as long or as deep as it says.
    """
    count, first, bits = (int(value) for value in item.LUTDescriptor)
    count = count or 2**16
    data = item.LUTData
    if isinstance(data, bytes):
        is_bytes = len(data) in (count, count + count % 2) and count > 1
        kind = "u1" if is_bytes else ("<u2" if is_little else ">u2")
        entries = np.frombuffer(data, kind)[:count].astype(np.float64)
    else:
        entries = np.atleast_1d(np.asarray(data, np.float64))[:count]
    if len(entries) < count or not 0 < bits <= _MOST_BITS:
        raise RenderingError("a DICOM file with a lookup table that is shorter than it says")
    return Table(int(_turned(first, first + count - 1, inputs, _MOST_BITS)), entries, bits)
