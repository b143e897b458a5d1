"""Show where two pictures of one image differ."""

import numpy as np
from PIL import Image

_SEEN = 24  # grey levels; thumbnails of one picture differ by less
_FADED = 0.45
_RED = np.array([200.0, 30, 30])
_SAME_SHAPE = 0.02  # of the ratio of sides


def difference(
    before: Image.Image | None, after: Image.Image | None
) -> tuple[Image.Image | None, str]:
    """Draw the picture faded, with what differs in red.

    Args:
        before: The picture as it was.
        after: As it is.

    Returns:
        The drawing, and in words how much differs; no drawing where the two cannot be compared.
    """
    if before is None or after is None:
        return None, "cannot be compared"
    if abs(before.width * after.height / (before.height * after.width) - 1) > _SAME_SHAPE:
        return None, "another shape"
    was = before.resize(after.size, Image.Resampling.LANCZOS)
    colours = np.asarray(after, np.float64)
    levels = np.abs(np.asarray(was, np.float64) - colours).max(axis=2)
    strength = np.clip((levels - _SEEN / 2) / _SEEN, 0, 1)[..., None]
    grey = np.asarray(after.convert("L"), np.float64)[..., None]
    faded = 255 - (255 - grey) * _FADED
    drawn = Image.fromarray((faded * (1 - strength) + _RED * strength).astype(np.uint8))
    return drawn, _in_words(float((levels >= _SEEN).mean()))


def _in_words(share: float) -> str:
    if share == 0:
        return "nothing to see at this size"
    return "less than 0.1 % of it" if share < 0.001 else f"{100 * share:.1f} % of it"
