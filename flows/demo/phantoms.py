"""Draw chest phantoms: one body in space per seed, seen as a radiograph or cut into CT slices.

Space is in units of half a chest's height: x to the patient's left, y to the back, z to the feet.
Organs are stacks of ellipses along z, so their shadows have a closed form; ribs and vessels are
curves. A second exposure turns the body and moves the diaphragm, so that it is another picture
and not a warped copy: what lies in front and what lies behind shift against each other.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

View = Literal["PA", "AP", "LATERAL"]
Finding = Literal["opacity", "consolidation", "interstitial"]
Floats = NDArray[np.floating[Any]]
Layer = NDArray[np.float32]
_Rows = tuple[tuple[float, float, float, float, float], ...]

_LEVELS = np.linspace(-1.6, 1.6, 161)
_SUBPIXEL_BITS = 4
# Rows: z, centre x, centre y, half-width, half-depth. The left lung is the right one mirrored.
_BODY = ((-1.6, 0, 0, 0.24, 0.26), (-1.0, 0, 0, 0.27, 0.3), (-0.88, 0, 0.02, 0.55, 0.34),
         (-0.7, 0, 0.02, 0.98, 0.58), (-0.4, 0, 0.03, 1.0, 0.64), (0.0, 0, 0.03, 0.93, 0.68),
         (0.5, 0, 0.03, 0.9, 0.69), (1.6, 0, 0, 0.9, 0.66))  # fmt: skip
_LUNG = ((-0.84, -0.28, 0.1, 0.0, 0.0), (-0.76, -0.3, 0.1, 0.15, 0.17),
         (-0.6, -0.33, 0.06, 0.24, 0.3), (-0.3, -0.38, 0.03, 0.31, 0.41),
         (0.0, -0.41, 0.02, 0.345, 0.46), (0.4, -0.42, 0.03, 0.37, 0.48),
         (0.9, -0.42, 0.05, 0.38, 0.46))  # fmt: skip
_HEART = ((-0.16, 0.08, -0.1, 0.0, 0.0), (-0.1, 0.04, -0.12, 0.19, 0.18),
          (0.08, 0.07, -0.17, 0.29, 0.25), (0.3, 0.12, -0.2, 0.36, 0.28),
          (0.48, 0.14, -0.22, 0.34, 0.26), (0.75, 0.14, -0.22, 0.0, 0.0))  # fmt: skip
_MEDIASTINUM = ((-1.2, 0, 0.05, 0.13, 0.2), (-0.6, 0.01, 0.04, 0.14, 0.24),
                (-0.36, 0.06, 0.03, 0.17, 0.28), (-0.2, 0.02, 0.02, 0.13, 0.3),
                (0.9, 0.02, 0.02, 0.15, 0.32))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stack:
    """An organ as a stack of ellipses; `table` is (centre x, centre y, half-width, half-depth)."""

    table: Floats

    def at(self, z: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Give the ellipses at heights z, each value of z's shape."""
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


@dataclass(frozen=True, slots=True)
class _Shot:
    """How one exposure looks at a body: pose, breath and film."""

    side: bool
    yaw: float
    breath: float
    tilt_deg: float
    per_unit: float
    centre: tuple[float, float]
    size: tuple[int, int]

    def plane(self, points: Floats) -> Floats:
        """Project points in space (…, 3) onto the film, in units (…, 2)."""
        x, y, z = np.moveaxis(points, -1, 0)
        across = y if self.side else x + self.yaw * y
        return np.stack([across, z + self.breath * (0.4 - y) * (z + 0.8)], axis=-1)

    def pixels(self, plane: Floats) -> NDArray[np.int32]:
        """Turn film units (…, 2) into OpenCV's fixed-point pixels."""
        at = (plane - self.centre) * self.per_unit + np.array(self.size) / 2
        return np.rint(at * (1 << _SUBPIXEL_BITS)).astype(np.int32)

    def axes(self) -> tuple[Floats, Floats]:
        """Give the film unit of every column and of every row."""
        (w, h), (x, z) = self.size, self.centre
        columns, rows = np.arange(w, dtype=np.float32), np.arange(h, dtype=np.float32)
        return (columns - w / 2) / self.per_unit + x, (rows - h / 2) / self.per_unit + z


def radiograph(
    seed: int,
    *,
    size: tuple[int, int] = (512, 512),
    view: View = "PA",
    finding: Finding | None = None,
    exposure: int = 0,
) -> NDArray[np.uint8]:
    """Draw a chest radiograph.

    Args:
        seed: The body; every seed is another one.
        size: Width and height in pixels.
        view: Direction of the rays; AP magnifies the heart.
        finding: What the lungs show, if anything: "opacity" is patchy, low and at the rim.
        exposure: Which picture of this body: another pose, breath, dose and noise.

    Returns:
        Grey values, shape (height, width); air is dark, bone is light.
    """
    body = anatomy(seed)
    rng = np.random.default_rng([seed, exposure, ("PA", "AP", "LATERAL").index(view)])
    side = view == "LATERAL"
    shot = _aim(rng, size, (-1) ** (seed + exposure), side=side)
    film, air = _organs(body, shot, magnified=1.15 if view == "AP" else 1.0)
    film += _bones(body, shot)
    film += air * (
        _vasculature(body, shot) + _disease(np.random.default_rng([seed, exposure]), shot, finding)
    )
    film = _develop(film, rng, shot)
    return _mark(film[:, ::-1] if side and seed % 2 else film, rng, view, shot)


def _aim(rng: np.random.Generator, size: tuple[int, int], lean: int, *, side: bool) -> _Shot:
    """Choose pose and framing; exposures of one body lean to opposite sides in turn."""
    return _Shot(
        side=side,
        yaw=lean * rng.uniform(0.05, 0.2),
        breath=lean * rng.uniform(0.02, 0.08),
        tilt_deg=rng.uniform(-6, 6),
        per_unit=max(size) / 2 * rng.uniform(0.9, 1.22) * (1.12 if side else 1),
        centre=(rng.uniform(-0.15, 0.15), rng.uniform(-0.22, 0.07)),
        size=size,
    )


def _organs(body: Anatomy, shot: _Shot, *, magnified: float) -> tuple[Layer, Layer]:
    """Sum what soft tissue absorbs, and tell where lung is seen (0..1)."""
    across, z = shot.axes()
    heart = body.heart.shadow(across / magnified, z, side=shot.side, yaw=shot.yaw)
    middle = body.mediastinum.shadow(across, z, side=shot.side, yaw=shot.yaw)
    air = np.zeros_like(heart)
    for lung, dome in zip(body.lungs, body.domes, strict=True):
        cx, cy, a, b = lung.at(np.array([dome]))
        at = (across - (cy - 0.25 * b if shot.side else cx * 0.85)) / (b if shot.side else a)
        under = z[:, None] - dome - shot.breath - 0.2 * np.abs(at) ** 2.4
        seen = 1 / (1 + np.exp(np.clip(under * 110, -60, 60)))
        air += lung.shadow(across, z, side=shot.side, yaw=shot.yaw) * (0.94 * seen + 0.06)
    whole = body.body.shadow(across, z, side=shot.side, yaw=shot.yaw)
    hidden = 0.9 * heart + 0.2 * middle if shot.side else 2.1 * heart + 1.3 * middle
    air = np.maximum(air - hidden, 0)
    soft = cv2.GaussianBlur(air, (0, 0), shot.per_unit * 0.006)
    air = np.tanh(soft * (1.4 if shot.side else 2.4)).astype(np.float32)
    tissue = np.tanh(whole * 1.6) * 0.76 + 0.03 * heart + 0.04 * middle - _windpipe(shot)
    return (tissue - 0.53 * air).astype(np.float32), air


def _windpipe(shot: _Shot) -> Layer:
    """Draw the air of the trachea down to its fork."""
    layer = np.zeros(shot.size[::-1], np.uint8)
    line = shot.pixels(shot.plane(np.array([[0.01, -0.1, -1.2], [0.02, 0.08, -0.36]])))
    thick = round(shot.per_unit * 0.11)
    cv2.polylines(layer, [line], False, 255, thick, cv2.LINE_AA, _SUBPIXEL_BITS)
    return cv2.blur(layer, (thick // 2, thick)) * np.float32(0.12 / 255)


def _bones(body: Anatomy, shot: _Shot) -> Layer:
    """Sum what ribs, clavicles and spine absorb."""
    film = np.zeros(shot.size[::-1], np.float32)
    half = 20
    for ribs in (body.ribs[:10], body.ribs[10:]):
        for part, strength in ((slice(0, half + 1), 0.125), (slice(half, None), 0.075)):
            layer = np.zeros(shot.size[::-1], np.uint8)
            for rib in ribs:
                _band(layer, shot, shot.plane(rib[part]), 0.026 if part.start == 0 else 0.03)
            film += layer * np.float32(strength / 255)
    layer = np.zeros_like(layer)
    turn = np.linspace(0, 1, 24)
    for s, tip in ((-1, body.ribs[0, 0]), (1, body.ribs[10, 0])):
        rise = 0.02 * np.sin(turn * 6 + tip[2] * 9) - (0.14 + 0.1 * (tip[2] + 0.8)) * turn
        bone = np.stack([s * (0.06 + 0.72 * turn), -0.3 + 0.3 * turn, -0.66 + rise], axis=-1)
        _band(layer, shot, shot.plane(bone), 0.034)
    film += layer * np.float32(0.05 / 255 if shot.side else 0.2 / 255)
    film += _spine(body, shot)
    return film


def _band(layer: NDArray[np.uint8], shot: _Shot, line: Floats, half_width: float) -> None:
    """Fill the band round a curve and brighten its rims, as cortical bone is seen."""
    along = np.gradient(line, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True) + 1e-6
    across = along[:, ::-1] * [half_width, -half_width]
    outline = shot.pixels(np.concatenate([line + across, (line - across)[::-1]]))
    cv2.fillPoly(layer, [outline], 150, cv2.LINE_AA, _SUBPIXEL_BITS)
    rims = np.split(outline, 2)
    thick = max(1, round(shot.per_unit * 0.009))
    cv2.polylines(layer, rims, False, 235, thick, cv2.LINE_AA, _SUBPIXEL_BITS)


def _spine(body: Anatomy, shot: _Shot) -> Layer:
    layer = np.zeros(shot.size[::-1], np.uint8)
    for (top, bend), (below, _) in zip(body.vertebrae, body.vertebrae[1:], strict=False):
        low, mid = below - 0.025, (top + below) / 2
        at, half = (0.47 + 0.12 * np.cos(mid * 1.7) - 0.1, 0.1) if shot.side else (bend, 0.095)
        waist = half * 0.86
        xs = at + np.array([-half, half, waist, half, -half, -waist])
        block = shot.pixels(np.stack([xs, [top, top, mid, low, low, mid]], axis=-1))
        cv2.fillPoly(layer, [block], 130, cv2.LINE_AA, _SUBPIXEL_BITS)
        cv2.polylines(layer, [block], True, 190, 2, cv2.LINE_AA, _SUBPIXEL_BITS)
        for dx in () if shot.side else (-0.055, 0.055, 0.0):
            eye = shot.pixels(np.array([at + dx, mid + (0.05 if dx == 0 else -0.02)]))
            radius = int(shot.per_unit * 0.02 * (1 << _SUBPIXEL_BITS))
            cv2.circle(layer, eye.tolist(), radius, 230, 2, cv2.LINE_AA, _SUBPIXEL_BITS)
    blurred = cv2.GaussianBlur(layer, (0, 0), shot.per_unit * 0.005)
    return blurred * np.float32(0.085 / 255)


def _vasculature(body: Anatomy, shot: _Shot) -> Layer:
    layer = np.zeros(shot.size[::-1], np.uint8)
    for order in range(len(body.vessels) - 1, -1, -1):
        lines = list(shot.pixels(shot.plane(body.vessels[order])))
        thick = max(1, round(shot.per_unit * 0.03 * 0.68**order))
        value = 255 * 0.86**order
        cv2.polylines(layer, lines, False, value, thick, cv2.LINE_AA, _SUBPIXEL_BITS)
    return np.float32(0.13 / 255) * cv2.GaussianBlur(layer, (0, 0), 0.8).astype(np.float32)


def _clouds(rng: np.random.Generator, size: tuple[int, int], cells: int) -> Layer:
    """Draw smooth noise of unit spread, shape (height, width)."""
    coarse = rng.standard_normal((cells, cells)).astype(np.float32)
    return cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC).astype(np.float32)


def _disease(rng: np.random.Generator, shot: _Shot, finding: Finding | None) -> Layer:
    """Draw what a finding adds where lung is, in film units."""
    texture = 0.012 * _clouds(rng, shot.size, shot.size[0] // 5)
    if finding is None:
        return texture
    across, z = shot.axes()
    if finding == "interstitial":
        mesh = np.abs(_clouds(rng, shot.size, 48)) + 0.7 * np.abs(_clouds(rng, shot.size, 90))
        net: Layer = (texture + 0.1 * np.exp(-1.6 * mesh) + 0.05).astype(np.float32)
        return net
    if finding == "consolidation":
        x, y, s = rng.choice([-0.42, 0.42]), rng.uniform(-0.3, 0.35), rng.uniform(0.2, 0.3)
        blob = 1.7 - np.hypot(across - x, 1.3 * (z[:, None] - y)) / s
        field = 3 * (blob + 0.3 * _clouds(rng, shot.size, 12))
    else:
        rim = 1.9 * np.abs(across) + 0.9 * z[:, None]
        field = 1.6 * (_clouds(rng, shot.size, 7) + 0.35 * _clouds(rng, shot.size, 24) + rim - 0.9)
    grain = 1 + 0.16 * _clouds(rng, shot.size, 60)
    haze: Layer = (texture + 0.3 * grain / (1 + np.exp(-field))).astype(np.float32)
    return haze


def _develop(film: Layer, rng: np.random.Generator, shot: _Shot) -> Layer:
    """Tilt, blur and print the film with its noise, 0..1."""
    w, h = shot.size
    turn = cv2.getRotationMatrix2D((w / 2, h / 2), shot.tilt_deg, 1.04)
    film = cv2.warpAffine(film, turn, shot.size, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
    low, span, bend = rng.uniform(0.06, 0.14), rng.uniform(0.78, 0.92), rng.uniform(0.8, 1.2)
    print_ = np.clip((film - low) / span, 0, 1) ** bend
    noise = rng.standard_normal((h, w), dtype=np.float32) * rng.uniform(0.012, 0.03)
    slope = rng.uniform(-0.2, 0.2, 2)
    heel = slope[0] * np.linspace(-0.5, 0.5, w), slope[1] * np.linspace(-0.5, 0.5, h)
    print_ *= (1 + heel[0][None] + heel[1][:, None]).astype(np.float32)
    top, left, right = (rng.uniform(-0.06, 0.07, 3) * [h, w, w]).clip(0).astype(int)
    print_[:top], print_[:, :left], print_[:, w - right :] = 0, 0, 0
    developed: Layer = print_ + cv2.GaussianBlur(noise, (0, 0), 0.6) * (0.5 + print_)
    return developed


def _mark(film: Layer, rng: np.random.Generator, view: View, shot: _Shot) -> NDArray[np.uint8]:
    """Burn in the side marker and the word SYNTHETIC."""
    picture = np.clip(film * 255, 0, 255).astype(np.uint8)
    w, h = shot.size
    letter = "L" if view == "LATERAL" or rng.random() < 0.5 else "R"
    x = w * (0.06 if letter == "R" else 0.9)
    at = (int(x), int(h * rng.uniform(0.08, 0.2)))
    cv2.putText(picture, letter, at, cv2.FONT_HERSHEY_DUPLEX, w / 480, 235, 2, cv2.LINE_AA)
    words = "SYNTHETIC" + (" AP PORTABLE" if view == "AP" else "")
    font, scale = cv2.FONT_HERSHEY_SIMPLEX, w / 1200
    (wide, high), _ = cv2.getTextSize(words, font, scale, 1)
    x, y = int(rng.uniform(4, max(w - wide - 4, 5))), h - 6 - int(rng.uniform(0, 0.03) * h)
    picture[y - high - 3 : y + 4, x - 3 : x + wide + 3] //= 3
    cv2.putText(picture, words, (x, y), font, scale, 235, 1, cv2.LINE_AA)
    return picture


def ct_volume(
    seed: int, *, slices: int, size: int, finding: Finding | None = "opacity"
) -> NDArray[np.int16]:
    """Cut a body into axial CT slices, from the apices to the diaphragm.

    Args:
        seed: The body; the same one that `radiograph` draws for this seed.
        slices: How many slices, evenly spaced.
        size: Width and height of a slice in pixels.
        finding: What the lungs show; anything but None is drawn as ground-glass opacity.

    Returns:
        Hounsfield units, shape (slices, size, size); rows run to the back, columns to the left.
    """
    body = anatomy(seed)
    rng = np.random.default_rng([seed, slices, size])
    heights = np.linspace(-0.66, 0.58, slices)
    clouds = [_clouds(rng, (size, size), 9) for _ in range(slices // 2 + 2)]
    label = np.zeros((size, size), np.uint8)
    font, scale = cv2.FONT_HERSHEY_SIMPLEX, max(size / 700, 0.3)
    cv2.putText(label, "SYNTHETIC", (size // 40, size - size // 40), font, scale, 255)
    volume = np.empty((slices, size, size), np.int16)
    for index, z in enumerate(heights):
        below, part = divmod(index / 2, 1)
        cloud = clouds[int(below)] * (1 - part) + clouds[int(below) + 1] * part
        cut = _Cut(z, abs(heights[1] - heights[0]) / 2, size)
        hounsfield = _slice(body, cut, cloud if finding else cloud - 9)
        noise = rng.standard_normal((size, size), dtype=np.float32) * 28
        hounsfield += cv2.GaussianBlur(noise, (0, 0), 0.7)
        hounsfield[label > 99] = 400
        volume[index] = np.clip(hounsfield, -1024, 1500)
    return volume


@dataclass(frozen=True, slots=True)
class _Cut:
    """One axial slice: its height, half its thickness, and its pixels."""

    z: float
    half: float
    size: int

    def inside(self, organ: Stack, grow: float = 0.0, power: float = 2.0) -> Layer:
        """Tell how much of each pixel the organ fills, 0..1, with a soft rim."""
        cx, cy, a, b = (float(v) for v in organ.at(np.array(self.z)))
        a, b = a + grow, b + grow
        if min(a, b) < 0.01:
            return np.zeros((self.size, self.size), np.float32)
        axis = (np.arange(self.size, dtype=np.float32) - self.size / 2) * (2.1 / self.size)
        across, down = np.abs((axis - cx) / a) ** power, np.abs((axis - cy) / b) ** power
        depth = (1 - np.sqrt(across[None] + down[:, None])) * min(a, b)
        filled: Layer = np.clip(depth * self.size / 2.5 + 0.5, 0, 1).astype(np.float32)
        return filled

    def pixels(self, points: Floats) -> NDArray[np.int32]:
        """Turn points in space (…, 3) into OpenCV's fixed-point pixels of this slice."""
        at = points[..., :2] * (self.size / 2.1) + self.size / 2
        fixed: NDArray[np.int32] = np.rint(at * (1 << _SUBPIXEL_BITS)).astype(np.int32)
        return fixed

    def tubes(self, lines: Floats, radius: float) -> Layer:
        """Tell where segments (n, 2, 3) of a radius pass through this slice, 0..1."""
        low, high = (lines[..., 2].min(axis=1), lines[..., 2].max(axis=1))
        reach = self.half + radius
        near = lines[(low < self.z + reach) & (high > self.z - reach)]
        rise = near[:, 1, 2] - near[:, 0, 2]
        rise = np.where(np.abs(rise) < 1e-6, 1e-6, rise)
        ends = (self.z + np.array([-reach, reach]) - near[:, :1, 2]) / rise[:, None]
        ends = np.clip(ends, 0, 1)[..., None]
        clipped = near[:, :1] + ends * (near[:, 1:] - near[:, :1])
        layer = np.zeros((self.size, self.size), np.uint8)
        thick = max(1, round(radius * self.size / 1.05))
        drawn = list(self.pixels(clipped))
        cv2.polylines(layer, drawn, False, 255, thick, cv2.LINE_AA, _SUBPIXEL_BITS)
        return layer * np.float32(1 / 255)


def _slice(body: Anatomy, cut: _Cut, cloud: Layer) -> Layer:
    """Fill one slice, tissue after tissue, in Hounsfield units."""
    hu = np.full((cut.size, cut.size), -1000, np.float32)

    def fill(where: Layer, value: float | Layer) -> None:
        hu[:] += where * (value - hu)

    fill(_table(cut), -300)
    fill(cut.inside(body.body, power=2.4), -95)
    fill(cut.inside(body.body, grow=-0.07, power=2.4), 45)
    lung = np.maximum(*(cut.inside(lung, power=2.2) for lung in body.lungs))
    fill(np.maximum(*(cut.inside(lung, 0.02, 2.2) for lung in body.lungs)), -70)
    fill(lung, -860 + 12 * cloud)
    bones = np.stack([body.ribs[:, :-1], body.ribs[:, 1:]], axis=2).reshape(-1, 2, 3)
    for order, lines in enumerate(body.vessels):
        radius = 0.022 * 0.68**order
        fill(cut.tubes(lines, radius) * lung * min(1.0, radius * cut.size), 30)
    rim = 1 - cv2.GaussianBlur(lung, (0, 0), cut.size * 0.035)
    back = np.linspace(-0.8, 0.8, cut.size, dtype=np.float32)[:, None]
    haze = 1 / (1 + np.exp(np.clip(-4 * (cloud + 3.2 * rim + back - 1.3), -30, 30)))
    fill(haze * lung, np.maximum(hu, -480 + 160 * np.minimum(cloud, 2)))
    for organ, dome in zip(body.lungs, body.domes, strict=True):
        fill(cut.inside(organ, 2.8 * (cut.z - dome) - 0.3, 2.2) * (cut.z > dome - 0.02), 60)
    fill(cut.inside(body.mediastinum, -0.02), -60)
    fill(cut.inside(body.mediastinum, -0.045), 50)
    fill(cut.inside(body.heart), -50)
    fill(cut.inside(body.heart, -0.03), 45 + 12 * cloud)
    for radius, value in ((0.021, 480), (0.011, 190)):
        fill(cut.tubes(bones, radius), value)
    _middle(body, cut, fill)
    return hu


def _table(cut: _Cut) -> Layer:
    """Draw the curved table the body lies on."""
    layer = np.zeros((cut.size, cut.size), np.uint8)
    for depth in (0.7, 0.76):
        turn = np.linspace(-0.85, 0.85, 24)
        curve = np.stack([turn, depth + 0.2 * (1 - turn**2), 0 * turn], axis=-1)
        cv2.polylines(layer, [cut.pixels(curve)], False, 255, 1, cv2.LINE_AA, _SUBPIXEL_BITS)
    return layer * np.float32(1 / 255)


def _middle(body: Anatomy, cut: _Cut, fill: Callable[[Layer, float], None]) -> None:
    """Fill in airways, great vessels, sternum and spine."""
    bend = float(np.interp(cut.z, body.vertebrae[:, 0], body.vertebrae[:, 1]))
    phase = float(np.interp(cut.z, body.vertebrae[:, 0], np.arange(len(body.vertebrae)))) % 1
    fork = np.array([0.02, 0.06, -0.2])
    airways = np.array([[[0.01, -0.06, -1.2], fork], [fork, [-0.3, 0.04, 0.1]],
                        [fork, [0.3, 0.06, 0.14]]])  # fmt: skip
    arch = np.array([[[0.0, -0.16, -0.28], [0.1, 0.2, -0.26]],
                     [[0.1, 0.2, -0.26], [0.09, 0.22, 0.9]],
                     [[0.0, -0.16, -0.28], [0.02, -0.12, 0.2]]])  # fmt: skip
    fill(cut.tubes(arch, 0.085), 75)
    for tubes, radius in ((airways[:1], 0.065), (airways[1:], 0.045)):
        fill(cut.tubes(tubes, radius + 0.012), 0)
        fill(cut.tubes(tubes, radius), -990)
    line = np.array([[[-0.09, -0.53, cut.z - 1], [0.09, -0.53, cut.z + 1]]])
    line = line * [1, 1, 0] + [0, -0.04 * cut.z, cut.z]
    fill(cut.tubes(line, 0.03), 230)
    at = np.array([bend, 0.4, cut.z])
    wings = at + np.array([[[-0.26, 0.1, 0], [0, 0.06, 0]], [[0.26, 0.1, 0], [0, 0.06, 0]],
                           [[0, 0.06, 0], [0, 0.21, 0]]])  # fmt: skip
    disc = 1.0 if 0.12 < phase < 0.9 else 0.3
    fill(cut.tubes(wings, 0.035), 330 * disc)
    column = at + np.array([[[-0.035, -0.06, 0], [0.035, -0.06, 0]]])
    fill(cut.tubes(column, 0.115), 480 * disc)
    fill(cut.tubes(column, 0.095), 210 * disc)
    fill(cut.tubes(at + np.array([[[-0.01, 0.075, 0], [0.01, 0.075, 0]]]), 0.05), 25)
