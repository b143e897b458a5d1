"""One synthetic body per seed, in space.

Space is in units of half a chest's height: x to the patient's left, y to the back, z to the feet.
Organs are stacks of ellipses along z, so their shadows have a closed form; ribs and vessels are
curves.
"""

from dataclasses import dataclass

import numpy as np

from flows.demo.canvas import Floats, Layer

_Rows = tuple[tuple[float, float, float, float, float], ...]

_LEVELS = np.linspace(-1.6, 1.6, 161)
# Rows: z, centre x, centre y, half-width, half-depth. The left lung is the right one mirrored.
_BODY = (
    (-1.6, 0, 0, 0.24, 0.26),
    (-1.0, 0, 0, 0.27, 0.3),
    (-0.88, 0, 0.02, 0.55, 0.34),
    (-0.7, 0, 0.02, 0.98, 0.58),
    (-0.4, 0, 0.03, 1.0, 0.64),
    (0.0, 0, 0.03, 0.93, 0.68),
    (0.5, 0, 0.03, 0.9, 0.69),
    (1.6, 0, 0, 0.9, 0.66),
)
_LUNG = (
    (-0.84, -0.28, 0.1, 0.0, 0.0),
    (-0.76, -0.3, 0.1, 0.15, 0.17),
    (-0.6, -0.33, 0.06, 0.24, 0.3),
    (-0.3, -0.38, 0.03, 0.31, 0.41),
    (0.0, -0.41, 0.02, 0.345, 0.46),
    (0.4, -0.42, 0.03, 0.37, 0.48),
    (0.9, -0.42, 0.05, 0.38, 0.46),
)
_HEART = (
    (-0.16, 0.08, -0.1, 0.0, 0.0),
    (-0.1, 0.04, -0.12, 0.19, 0.18),
    (0.08, 0.07, -0.17, 0.29, 0.25),
    (0.3, 0.12, -0.2, 0.36, 0.28),
    (0.48, 0.14, -0.22, 0.34, 0.26),
    (0.75, 0.14, -0.22, 0.0, 0.0),
)
_MEDIASTINUM = (
    (-1.2, 0, 0.05, 0.13, 0.2),
    (-0.6, 0.01, 0.04, 0.14, 0.24),
    (-0.36, 0.06, 0.03, 0.17, 0.28),
    (-0.2, 0.02, 0.02, 0.13, 0.3),
    (0.9, 0.02, 0.02, 0.15, 0.32),
)


@dataclass(frozen=True, slots=True)
class Stack:
    """An organ as a stack of ellipses; `table` is (centre x, centre y, half-width, half-depth)."""

    table: Floats

    def at(self, z: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Return the ellipses at heights z, each value of z's shape."""
        cx, cy, a, b = (np.interp(z, _LEVELS, column) for column in self.table)
        return cx, cy, a, b

    def shadow(self, across: Floats, z: Floats, *, side: bool, yaw: float) -> Layer:
        """Measure how much of the organ lies along each ray, shape (rows, columns)."""
        cx, cy, a, b = (value.astype(np.float32)[:, None] for value in self.at(z))
        centre, half, depth = (cy, b, a) if side else (cx + yaw * cy, a, b)
        inside = 1 - ((across[None] - centre) / np.maximum(half, 1e-3)) ** 2
        shadow: Layer = (2 * depth * np.sqrt(np.maximum(inside, 0))).astype(np.float32)
        return shadow


@dataclass(frozen=True, slots=True)
class Anatomy:
    """One synthetic body.

    Attributes:
        ribs: Rib centre lines from the spine to the front, (rib, point, 3); right ones first.
        vessels: Both lungs' vessel segments by order of branching, each (segment, 2, 3).
        vertebrae: Upper edge of each vertebra and the spine's sideways offset there, (n, 2).
        domes: Height of the right and the left diaphragm.
    """

    body: Stack
    lungs: tuple[Stack, Stack]
    heart: Stack
    mediastinum: Stack
    ribs: Floats
    vessels: tuple[Floats, ...]
    vertebrae: Floats
    domes: tuple[float, float]


def anatomy(seed: int) -> Anatomy:
    """Make the body that belongs to a seed."""
    rng = np.random.default_rng([2020, seed])
    habitus = np.array([0, 0, rng.uniform(0.86, 1.08), rng.uniform(0.85, 1.15)])
    right, left = (_stack(_LUNG, rng, 0.03, habitus) for _ in range(2))
    left = Stack(left.table * [[-1], [1], [1], [1]])
    tops = np.cumsum(np.r_[-1.25, rng.uniform(0.14, 0.19, 17)])
    bend = rng.uniform(-0.03, 0.03) * np.sin(tops * rng.uniform(1, 3) + rng.uniform(0, 6))
    dome = rng.uniform(0.3, 0.58)
    return Anatomy(
        body=_stack(_BODY, rng, 0.02, habitus),
        lungs=(right, left),
        heart=_stack(_HEART, rng, 0.05, habitus + np.array([0, 0, rng.uniform(-0.2, 0.3), 0])),
        mediastinum=_stack(_MEDIASTINUM, rng, 0.08, habitus),
        ribs=np.concatenate([_rib_cage(rng, lung, s) for lung, s in ((right, -1), (left, 1))]),
        vessels=_vessels(rng),
        vertebrae=np.stack([tops, bend], axis=1),
        domes=(dome, dome + rng.uniform(0.01, 0.1)),
    )


def _stack(rows: _Rows, rng: np.random.Generator, jitter: float, habitus: Floats) -> Stack:
    points = np.array(rows, dtype=float)
    points[:, 1:] *= 1 + rng.normal(0, jitter, points[:, 1:].shape)
    points[:, 3:] *= np.where(habitus[2:] == 0, 1, habitus[2:])
    columns = [np.interp(_LEVELS, points[:, 0], column) for column in points.T[1:]]
    kernel = np.hanning(9) / np.hanning(9).sum()
    return Stack(np.array([np.convolve(np.pad(c, 4, "edge"), kernel, "valid") for c in columns]))


def _rib_cage(rng: np.random.Generator, lung: Stack, side: int) -> Floats:
    """Curve ten ribs round one lung, shape (10, 40, 3)."""
    turn = np.linspace(0.05, 2.55, 40)
    starts = np.linspace(-0.82, 0.66, 10) + rng.uniform(-0.07, 0.07) + rng.normal(0, 0.025, 10)
    drops = np.linspace(0.2, 0.5, 10) * rng.uniform(0.85, 1.15) + rng.normal(0, 0.025, 10)
    lift = rng.uniform(0.02, 0.07, 10)
    z = starts[:, None] + drops[:, None] * (1 - np.cos(turn)) / 2 - lift[:, None] * np.sin(2 * turn)
    cx, cy, a, b = lung.at(np.maximum(z, -0.74))
    bulge = 1 + rng.normal(0, 0.02, (10, 1)) * np.sin(turn * 2 + rng.uniform(0, 6, (10, 1)))
    x = side * (np.abs(cx) + a + 0.03) * np.sin(turn) ** 0.75 * bulge
    return np.stack([x, cy + (b + 0.04) * np.cos(turn), z], axis=-1)


def _vessels(rng: np.random.Generator) -> tuple[Floats, ...]:
    """Grow both lungs' vessel trees from the hila, coarse branches first."""
    sides = np.repeat([-1.0, 1.0], 7)
    angle = np.tile(np.linspace(-1.35, 1.4, 7), 2) + rng.normal(0, 0.15, 14)
    start = np.stack([sides * 0.12, np.zeros(14), -0.1 + 0.1 * np.sin(angle)], axis=1)
    way = np.stack([sides * np.cos(angle), rng.normal(0, 0.45, 14), np.sin(angle)], axis=1)
    levels = []
    for level in range(7):
        length = 0.15 * 0.86**level * rng.uniform(0.5, 1.3, (len(way), 1))
        end = start + length * way / np.linalg.norm(way, axis=1, keepdims=True)
        levels.append(np.stack([start, end], axis=1))
        start = np.repeat(end, 2, axis=0)
        way = np.repeat(way, 2, axis=0)
        way = way / np.linalg.norm(way, axis=1, keepdims=True) + rng.normal(0, 0.42, way.shape)
    return tuple(levels)
