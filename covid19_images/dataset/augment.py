"""Change training pictures a little, in ways that leave their label true.

Chests are turned, shifted and scaled by little, exposed otherwise, and letters at the border are
covered, because a network reads them. Nothing is mirrored: that would move the heart.

One implementation on 8-bit grey levels serves all frameworks: a parameter means one thing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from covid19_images.dataset.arguments import SelectionError, one_of

Levels = NDArray[np.uint8]
Augmentation = Callable[[Levels, Generator], Levels]


@dataclass(frozen=True, slots=True, kw_only=True)
class Augment:
    """Choose how much is changed; every amount is drawn evenly from -x to x.

    Attributes:
        rotation_deg: Turn, in degrees.
        shift: Move along either axis, in parts of the side.
        scale: Grow or shrink, in parts.
        contrast: Gain about the middle grey, in parts.
        brightness: In parts of the range of grey.
        noise: Standard deviation of Gaussian noise at most, in parts of the range of grey.
        occlusion: Probability that a rectangle at a corner, where letters are, is covered.
        flip: Probability of mirroring; leave it 0 unless the side of the heart does not matter.
    """

    rotation_deg: float = 7.0
    shift: float = 0.04
    scale: float = 0.08
    contrast: float = 0.15
    brightness: float = 0.06
    noise: float = 0.015
    occlusion: float = 0.3
    flip: float = 0.0

    def __call__(self, levels: Levels, random: Generator) -> Levels:
        """Change one picture.

        Args:
            levels: 8-bit grey, shape (height, width); it is not changed itself.
            random: What is drawn from.

        Returns:
            8-bit grey, same shape.
        """
        moved = self._moved(levels, random)
        if random.random() < self.occlusion:
            moved = _covered(moved, random)
        if random.random() < self.flip:
            moved = np.ascontiguousarray(moved[:, ::-1])
        return self._exposed(moved, random)

    def _moved(self, levels: Levels, random: Generator) -> Levels:
        height, width = levels.shape
        turn, grow, right, down = random.uniform(-1, 1, 4)
        angle, factor = turn * self.rotation_deg, 1 + grow * self.scale
        matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), angle, factor)
        matrix[:, 2] += right * self.shift * width, down * self.shift * height
        turned = cv2.warpAffine(levels, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
        return turned.astype(np.uint8, copy=False)

    def _exposed(self, levels: Levels, random: Generator) -> Levels:
        gain, offset = random.uniform(-1, 1, 2)
        exposed = (levels - np.float32(127.5)) * np.float32(1 + gain * self.contrast)
        exposed += np.float32(127.5 + 255 * offset * self.brightness)
        deviation = 255 * self.noise * random.random()
        if deviation:
            exposed += deviation * random.standard_normal(levels.shape, np.float32)
        rendered: Levels = np.rint(exposed).clip(0, 255).astype(np.uint8)
        return rendered


def _covered(levels: Levels, random: Generator) -> Levels:
    """Cover a rectangle near one corner with the grey around it."""
    height, width = levels.shape
    tall, wide = (max(1, round(random.uniform(0.06, 0.16) * side)) for side in (height, width))
    inset = [round(random.uniform(0, 0.08) * side) for side in (height, width)]
    top = inset[0] if random.random() < 0.5 else height - tall - inset[0]
    left = inset[1] if random.random() < 0.5 else width - wide - inset[1]
    covered = levels.copy()
    covered[top : top + tall, left : left + wide] = np.median(levels[top, left : left + wide])
    return covered


PRESETS: dict[str, Augment] = {
    "light": Augment(
        rotation_deg=3,
        shift=0.02,
        scale=0.04,
        contrast=0.08,
        brightness=0.03,
        noise=0.005,
        occlusion=0.1,
    ),
    "standard": Augment(),
    "strong": Augment(
        rotation_deg=12,
        shift=0.08,
        scale=0.15,
        contrast=0.3,
        brightness=0.12,
        noise=0.04,
        occlusion=0.6,
    ),
}


def augmentation(wanted: Any) -> Augmentation | None:  # noqa: ANN401  what users pass
    """Make an augmentation of a user's argument.

    Args:
        wanted: `None` or `False`, `True` for the standard, the name of a preset, an `Augment`, or
            any function from a picture to a picture, such as those of albumentations-style
            libraries; it draws its random numbers itself.

    Raises:
        SelectionError: There is no preset of that name, or it is none of these.
    """
    if wanted is None or wanted is False:
        return None
    if isinstance(wanted, Augment):
        return wanted
    if wanted is True:
        return PRESETS["standard"]
    if isinstance(wanted, str):
        return PRESETS[one_of("augment", wanted, PRESETS)]
    if callable(wanted):
        return _Own(wanted)
    raise SelectionError(
        f"augment is {wanted!r}; it is True, {', '.join(PRESETS)}, an Augment or a function."
    )


@dataclass(frozen=True, slots=True)
class _Own:
    """A user's function: it is given a picture, and no random numbers."""

    function: Callable[..., Any]

    def __call__(self, levels: Levels, random: Generator) -> Levels:
        del random
        given = self.function(levels.copy())
        changed = np.asarray(given["image"] if isinstance(given, dict) else given)
        if changed.dtype != np.uint8 or changed.ndim != 2:
            raise TypeError(
                f"augment gave {changed.dtype} of shape {changed.shape}; it must give 8-bit grey, "
                "uint8 of shape (height, width), as it is given."
            )
        return changed
