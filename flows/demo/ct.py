"""Cut a body into axial CT slices."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from flows.demo.anatomy import Anatomy, Stack, anatomy
from flows.demo.canvas import SUBPIXEL_BITS, Finding, Floats, Layer, clouds, fixed_point

_HEIGHTS = (-0.66, 0.58)  # from the apices to the diaphragm


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
    heights = np.linspace(*_HEIGHTS, slices)
    mists = [clouds(rng, (size, size), 9) for _ in range(slices // 2 + 2)]
    label = np.zeros((size, size), np.uint8)
    font, scale = cv2.FONT_HERSHEY_SIMPLEX, max(size / 700, 0.3)
    cv2.putText(label, "SYNTHETIC", (size // 40, size - size // 40), font, scale, 255)
    volume = np.empty((slices, size, size), np.int16)
    for index, z in enumerate(heights):
        below, part = divmod(index / 2, 1)
        cloud = mists[int(below)] * (1 - part) + mists[int(below) + 1] * part
        cut = _Cut(z, abs(heights[1] - heights[0]) / 2, size)
        hounsfield = _slice(body, cut, cloud if finding else cloud - 9)
        noise = rng.standard_normal((size, size), dtype=np.float32) * 28
        hounsfield += cv2.GaussianBlur(noise, (0, 0), 0.7)
        hounsfield[label > 99] = 400
        volume[index] = np.clip(hounsfield, -1024, 1500)
    return volume


def lung_mask(seed: int, *, slices: int, size: int) -> NDArray[np.uint8]:
    """Outline the lungs in the slices that `ct_volume` cuts of the same body.

    Args:
        seed: The body.
        slices: How many slices.
        size: Width and height of a slice in pixels.

    Returns:
        1 in the lungs, else 0, shape (slices, size, size).
    """
    body = anatomy(seed)
    mask = np.empty((slices, size, size), np.uint8)
    for index, z in enumerate(np.linspace(*_HEIGHTS, slices)):
        cut = _Cut(z, 0.0, size)
        lungs = np.maximum(*(cut.inside(lung, power=2.2) for lung in body.lungs))
        between = np.maximum(cut.inside(body.mediastinum, -0.02), cut.inside(body.heart))
        for organ, dome in zip(body.lungs, body.domes, strict=True):
            between = np.maximum(between, cut.below(organ, dome))
        mask[index] = lungs * (1 - between) > 0.5
    return mask


@dataclass(frozen=True, slots=True)
class _Cut:
    """One axial slice: its height, half its thickness, and its pixels."""

    z: float
    half: float
    size: int

    def inside(self, organ: Stack, grow: float = 0.0, power: float = 2.0) -> Layer:
        """Return how much of each pixel the organ fills, 0..1, with a soft rim."""
        cx, cy, a, b = (float(v) for v in organ.at(np.array(self.z)))
        a, b = a + grow, b + grow
        if min(a, b) < 0.01:
            return np.zeros((self.size, self.size), np.float32)
        axis = (np.arange(self.size, dtype=np.float32) - self.size / 2) * (2.1 / self.size)
        across, down = np.abs((axis - cx) / a) ** power, np.abs((axis - cy) / b) ** power
        depth = (1 - np.sqrt(across[None] + down[:, None])) * min(a, b)
        filled: Layer = np.clip(depth * self.size / 2.5 + 0.5, 0, 1).astype(np.float32)
        return filled

    def below(self, lung: Stack, dome: float) -> Layer:
        """Return how much of each pixel is under a lung's diaphragm, 0..1."""
        if self.z <= dome - 0.02:
            return np.zeros((self.size, self.size), np.float32)
        return self.inside(lung, 2.8 * (self.z - dome) - 0.3, 2.2)

    def pixels(self, points: Floats) -> NDArray[np.int32]:
        """Turn points in space (…, 3) into OpenCV's fixed-point pixels of this slice."""
        at = points[..., :2] * (self.size / 2.1) + self.size / 2
        return fixed_point(at)

    def tubes(self, lines: Floats, radius: float) -> Layer:
        """Return where segments (n, 2, 3) of a radius pass through this slice, 0..1."""
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
        cv2.polylines(layer, drawn, False, 255, thick, cv2.LINE_AA, SUBPIXEL_BITS)
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
        fill(cut.below(organ, dome), 60)
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
        cv2.polylines(layer, [cut.pixels(curve)], False, 255, 1, cv2.LINE_AA, SUBPIXEL_BITS)
    return layer * np.float32(1 / 255)


def _middle(body: Anatomy, cut: _Cut, fill: Callable[[Layer, float], None]) -> None:
    """Fill in airways, great vessels, sternum and spine."""
    bend = float(np.interp(cut.z, body.vertebrae[:, 0], body.vertebrae[:, 1]))
    phase = float(np.interp(cut.z, body.vertebrae[:, 0], np.arange(len(body.vertebrae)))) % 1
    fork = np.array([0.02, 0.06, -0.2])
    airways = np.array(
        [[[0.01, -0.06, -1.2], fork], [fork, [-0.3, 0.04, 0.1]], [fork, [0.3, 0.06, 0.14]]]
    )
    arch = np.array(
        [
            [[0.0, -0.16, -0.28], [0.1, 0.2, -0.26]],
            [[0.1, 0.2, -0.26], [0.09, 0.22, 0.9]],
            [[0.0, -0.16, -0.28], [0.02, -0.12, 0.2]],
        ]
    )
    fill(cut.tubes(arch, 0.085), 75)
    for tubes, radius in ((airways[:1], 0.065), (airways[1:], 0.045)):
        fill(cut.tubes(tubes, radius + 0.012), 0)
        fill(cut.tubes(tubes, radius), -990)
    line = np.array([[[-0.09, -0.53, cut.z - 1], [0.09, -0.53, cut.z + 1]]])
    line = line * [1, 1, 0] + [0, -0.04 * cut.z, cut.z]
    fill(cut.tubes(line, 0.03), 230)
    at = np.array([bend, 0.4, cut.z])
    wings = at + np.array(
        [
            [[-0.26, 0.1, 0], [0, 0.06, 0]],
            [[0.26, 0.1, 0], [0, 0.06, 0]],
            [[0, 0.06, 0], [0, 0.21, 0]],
        ]
    )
    disc = 1.0 if 0.12 < phase < 0.9 else 0.3
    fill(cut.tubes(wings, 0.035), 330 * disc)
    column = at + np.array([[[-0.035, -0.06, 0], [0.035, -0.06, 0]]])
    fill(cut.tubes(column, 0.115), 480 * disc)
    fill(cut.tubes(column, 0.095), 210 * disc)
    fill(cut.tubes(at + np.array([[[-0.01, 0.075, 0], [0.01, 0.075, 0]]]), 0.05), 25)
