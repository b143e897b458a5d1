"""Draw a body as a radiograph.

A second exposure turns the body and moves the diaphragm, so that it is another picture and not a
warped copy: what lies in front and what lies behind shift against each other.
"""

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from flows.demo.anatomy import Anatomy, anatomy
from flows.demo.canvas import SUBPIXEL_BITS, Finding, Floats, Layer, clouds, fixed_point

View = Literal["PA", "AP", "LATERAL"]


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
        return fixed_point(at)

    def axes(self) -> tuple[Floats, Floats]:
        """Return the film unit of every column and of every row."""
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
    cv2.polylines(layer, [line], False, 255, thick, cv2.LINE_AA, SUBPIXEL_BITS)
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
    cv2.fillPoly(layer, [outline], 150, cv2.LINE_AA, SUBPIXEL_BITS)
    rims = np.split(outline, 2)
    thick = max(1, round(shot.per_unit * 0.009))
    cv2.polylines(layer, rims, False, 235, thick, cv2.LINE_AA, SUBPIXEL_BITS)


def _spine(body: Anatomy, shot: _Shot) -> Layer:
    layer = np.zeros(shot.size[::-1], np.uint8)
    for (top, bend), (below, _) in zip(body.vertebrae, body.vertebrae[1:], strict=False):
        low, mid = below - 0.025, (top + below) / 2
        at, half = (0.47 + 0.12 * np.cos(mid * 1.7) - 0.1, 0.1) if shot.side else (bend, 0.095)
        waist = half * 0.86
        xs = at + np.array([-half, half, waist, half, -half, -waist])
        block = shot.pixels(np.stack([xs, [top, top, mid, low, low, mid]], axis=-1))
        cv2.fillPoly(layer, [block], 130, cv2.LINE_AA, SUBPIXEL_BITS)
        cv2.polylines(layer, [block], True, 190, 2, cv2.LINE_AA, SUBPIXEL_BITS)
        for dx in () if shot.side else (-0.055, 0.055, 0.0):
            eye = shot.pixels(np.array([at + dx, mid + (0.05 if dx == 0 else -0.02)]))
            radius = int(shot.per_unit * 0.02 * (1 << SUBPIXEL_BITS))
            cv2.circle(layer, eye.tolist(), radius, 230, 2, cv2.LINE_AA, SUBPIXEL_BITS)
    blurred = cv2.GaussianBlur(layer, (0, 0), shot.per_unit * 0.005)
    return blurred * np.float32(0.085 / 255)


def _vasculature(body: Anatomy, shot: _Shot) -> Layer:
    layer = np.zeros(shot.size[::-1], np.uint8)
    for order in range(len(body.vessels) - 1, -1, -1):
        lines = list(shot.pixels(shot.plane(body.vessels[order])))
        thick = max(1, round(shot.per_unit * 0.03 * 0.68**order))
        value = 255 * 0.86**order
        cv2.polylines(layer, lines, False, value, thick, cv2.LINE_AA, SUBPIXEL_BITS)
    return np.float32(0.13 / 255) * cv2.GaussianBlur(layer, (0, 0), 0.8).astype(np.float32)


def _disease(rng: np.random.Generator, shot: _Shot, finding: Finding | None) -> Layer:
    """Draw what a finding adds where lung is, in film units."""
    texture = 0.012 * clouds(rng, shot.size, shot.size[0] // 5)
    if finding is None:
        return texture
    across, z = shot.axes()
    if finding == "interstitial":
        mesh = np.abs(clouds(rng, shot.size, 48)) + 0.7 * np.abs(clouds(rng, shot.size, 90))
        net: Layer = (texture + 0.1 * np.exp(-1.6 * mesh) + 0.05).astype(np.float32)
        return net
    if finding == "consolidation":
        x, y, s = rng.choice([-0.42, 0.42]), rng.uniform(-0.3, 0.35), rng.uniform(0.2, 0.3)
        blob = 1.7 - np.hypot(across - x, 1.3 * (z[:, None] - y)) / s
        field = 3 * (blob + 0.3 * clouds(rng, shot.size, 12))
    else:
        rim = 1.9 * np.abs(across) + 0.9 * z[:, None]
        field = 1.6 * (clouds(rng, shot.size, 7) + 0.35 * clouds(rng, shot.size, 24) + rim - 0.9)
    grain = 1 + 0.16 * clouds(rng, shot.size, 60)
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
