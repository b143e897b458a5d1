"""Check what a caller asks of volumes, before any is read: errors name the choices."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from covid19_images.dataset.arguments import SelectionError, one_of

WINDOWS: Mapping[str, tuple[float, float]] = {
    "lung": (-600.0, 1500.0),
    "mediastinum": (40.0, 400.0),
    "bone": (400.0, 1800.0),
}
"""Centre and width in Hounsfield units."""


def spacing_mm(value: Sequence[float] | None) -> tuple[float, float, float] | None:
    """Return three lengths, or `None`.

    Raises:
        SelectionError: It is something else.
    """
    if value is None:
        return None
    numbers = _numbers(value)
    if len(numbers) != 3 or min(numbers) <= 0:
        raise SelectionError(f"spacing_mm is {value!r}; it is three lengths, as (1.5, 1.5, 3).")
    return numbers[0], numbers[1], numbers[2]


def window(value: str | Sequence[float] | None) -> tuple[float, float] | None:
    """Return centre and width, or `None`.

    Raises:
        SelectionError: It is something else.
    """
    if value is None:
        return None
    if isinstance(value, str):
        return WINDOWS[one_of("window", value, tuple(WINDOWS))]
    numbers = _numbers(value)
    if len(numbers) != 2 or numbers[1] <= 0:
        raise SelectionError(
            f"window is {value!r}; it is {', '.join(WINDOWS)}, or centre and width as (-600, 1500)."
        )
    return numbers[0], numbers[1]


def patch(value: Sequence[int] | None) -> tuple[int, int, int] | None:
    """Return three numbers of voxels, or `None`.

    Raises:
        SelectionError: It is something else.
    """
    if value is None:
        return None
    numbers = _numbers(value)
    if len(numbers) != 3 or not all(n >= 1 and n.is_integer() for n in numbers):
        raise SelectionError(f"patch is {value!r}; it is three numbers of voxels, as (64, 64, 32).")
    return int(numbers[0]), int(numbers[1]), int(numbers[2])


def neighbours(value: int | None, patch: Sequence[int] | None) -> int | None:
    """Return how many slices are asked for on each side, or `None`.

    Raises:
        SelectionError: It is something else, or a patch is asked for too.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise SelectionError(f"neighbours is {value!r}; it is a number of slices, as 1.")
    if patch is not None:
        raise SelectionError("patch and neighbours are given: a patch is of volumes. Name one.")
    return value


def _numbers(value: Any) -> list[float]:  # noqa: ANN401
    """Return finite numbers as they were given; none where something else was."""
    listed = list(value) if isinstance(value, tuple | list) else []
    is_well = all(isinstance(n, int | float) and math.isfinite(n) for n in listed)
    return [float(n) for n in listed] if is_well else []
