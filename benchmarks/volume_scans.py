"""Make CT-like volumes: one number gives one patient, with phases and dates of it.

No line of a real scan is in them. What matters for copies is as in a scan: anatomy that changes
little from slice to slice, vessels and texture in the lungs, and noise that is of one exposure.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

_THIN = 0.75  # slices: neighbours of covid-19-pos-case have 0.65 of their noise in common

Voxels = NDArray[np.int16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """What differs between two scans of one patient.

    Attributes:
        number: Of the noise.
        contrast: Hounsfield units that vessels gain.
        shift: Voxels that the patient moved by: columns, rows, slices.
        breath: Relative size of the chest.
        lesions: Of an infection.
    """

    number: int = 0
    contrast: float = 0.0
    shift: tuple[float, float, float] = (0.0, 0.0, 0.0)
    breath: float = 1.0
    lesions: int = 3


FIRST = Exposure()
PHASE = Exposure(number=1, contrast=120.0, shift=(0.3, 0.2, 0.1))
STILL = Exposure(number=3)  # the hardest: nothing but the noise is other
DATE = Exposure(number=2, shift=(3.0, -2.0, 1.5), breath=1.04, lesions=6)


def scan(patient: int, exposure: Exposure = FIRST, *, side: int = 128, slices: int = 20) -> Voxels:
    """Return Hounsfield units, (columns, rows, slices), of 2.7 mm.

    Slices of even patients are 3 mm apart. Those of odd patients are 0.75 mm apart and thicker than
    that: neighbours overlap, and share most of their noise.
    """
    random = np.random.default_rng(patient)
    shape = (side, side, slices)
    x, y, z = (
        (axis - (size - 1) / 2 - moved) / (side / 2) / exposure.breath
        for axis, size, moved in zip(
            np.indices(shape, np.float32), shape, exposure.shift, strict=True
        )
    )
    is_thin = patient % 2 == 1
    z = z * (0.35 if is_thin else 1.4)
    wide, deep = random.uniform(0.78, 0.9), random.uniform(0.55, 0.68)
    wobble = 1 + 0.05 * np.sin(3 * np.arctan2(y, x) + random.uniform(0, 6)) + 0.05 * z
    body = (x / wide) ** 2 + (y / deep) ** 2 < wobble
    hu = np.where(body, 40.0, -1000.0).astype(np.float32)
    rim = (x / wide) ** 2 + (y / deep) ** 2 > wobble * random.uniform(0.8, 0.88)
    hu[body & rim] = -100
    lungs = np.zeros(shape, bool)
    for sign in (-1, 1):
        cx, cy = sign * random.uniform(0.36, 0.44), random.uniform(-0.05, 0.05)
        lungs |= ((x - cx - 0.1 * z) / random.uniform(0.26, 0.32)) ** 2 + (
            (y - cy) / random.uniform(0.36, 0.44)
        ) ** 2 < 1 - 0.5 * (z - random.uniform(-0.1, 0.1)) ** 2
    lungs &= body
    hu[lungs] = -850
    _bones(hu, body, (x, y, z), (wide, deep), random)
    _tubes(hu, lungs, (x, y, z), random, exposure)
    _lesions(hu, lungs, (x, y, z), random, exposure)
    hu += _grain(random, shape, exposure) * np.where(lungs, 60, 8)
    noise = np.random.default_rng((patient, exposure.number, 7)).normal(0, 1, shape)
    along = _THIN if is_thin else 0.2
    noise = ndimage.gaussian_filter(noise.astype(np.float32), (0.5, 0.5, along))
    hu = ndimage.gaussian_filter(hu, (0.6, 0.6, max(0.4, along))) + noise * (18 / noise.std())
    return np.asarray(np.clip(np.rint(hu), -1024, 3071), np.int16)


_Grid = tuple[NDArray[np.float32], ...]


def _bones(
    hu: NDArray[np.float32],
    body: NDArray[np.bool_],
    grid: _Grid,
    size: tuple[float, float],
    random: np.random.Generator,
) -> None:
    x, y, z = grid
    wide, deep = size
    spine = (x / 0.11) ** 2 + ((y - 0.75 * deep) / 0.1) ** 2 < 1 + 0.3 * np.sin(25 * z)
    hu[spine] = 500
    angle, ring = np.arctan2(y / deep, x / wide), (x / wide) ** 2 + (y / deep) ** 2
    slope, start = random.uniform(0.25, 0.5), random.uniform(0, 6)
    ribs = np.sin(40 * (z + slope * np.abs(angle)) + start) > 0.6
    hu[body & ribs & (np.abs(ring - 0.76) < 0.05)] = 700
    heart = ((x + 0.12) / 0.26) ** 2 + ((y + 0.12) / 0.24) ** 2 + ((z + 0.2) / 0.5) ** 2 < 1
    hu[heart & body] = 45


def _tubes(
    hu: NDArray[np.float32],
    lungs: NDArray[np.bool_],
    grid: _Grid,
    random: np.random.Generator,
    exposure: Exposure,
) -> None:
    """Draw vessels: those in the lungs, and two large ones that contrast shows."""
    x, y, z = grid
    for number in range(70):
        px, py, dx, dy = random.uniform((-0.7, -0.4, -0.8, -0.8), (0.7, 0.4, 0.8, 0.8))
        bend, wide, reach = random.uniform((1, 0.012, 0.1), (6, 0.035, 0.6))
        middle = random.uniform(-0.4, 0.4)
        at_x = px + dx * (z - middle) + 0.05 * np.sin(bend * z * 3)
        at_y = py + dy * (z - middle)
        tube = ((x - at_x) ** 2 + (y - at_y) ** 2 < wide**2) & (np.abs(z - middle) < reach)
        hu[tube & lungs] = 40 + exposure.contrast
        if number < 2:
            big = (x - px / 6) ** 2 + (y + 0.1 - py / 3) ** 2 < 0.07**2
            hu[big] = 40 + exposure.contrast * 1.5


def _lesions(
    hu: NDArray[np.float32],
    lungs: NDArray[np.bool_],
    grid: _Grid,
    random: np.random.Generator,
    exposure: Exposure,
) -> None:
    x, y, z = grid
    for _ in range(exposure.lesions):
        px, py, pz, size = random.uniform((-0.6, -0.4, -0.2, 0.06), (0.6, 0.4, 0.2, 0.2))
        spot = (x - px) ** 2 + (y - py) ** 2 + (z - pz) ** 2 < size**2
        hu[spot & lungs] = -500


def _grain(
    random: np.random.Generator, shape: tuple[int, ...], exposure: Exposure
) -> NDArray[np.float32]:
    """Return texture of the patient, which moves with it."""
    some = random.normal(0, 1, shape).astype(np.float32)
    some = ndimage.gaussian_filter(some, (1.2, 1.2, 1.0))
    columns, rows, slices = exposure.shift
    some = ndimage.shift(some, (columns, rows, slices), order=1, mode="nearest")
    return np.asarray(some / some.std(), np.float32)
