"""Read pictures that were painted with a colour map, as thermal cameras paint.

Most maps grow brighter from one end to the other, and luminance keeps their order. Rainbows do
not: a lung in JET is dark where it was black and where it was white. There the place of each
colour on the map is the picture. The maps are OpenCV's; matplotlib's of the same names are alike.
"""

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from covid19_images.images.formats.picture import Picture

RAINBOWS: dict[str, int] = {
    "jet": cv2.COLORMAP_JET,
    "rainbow": cv2.COLORMAP_RAINBOW,
    "turbo": cv2.COLORMAP_TURBO,
    "hsv": cv2.COLORMAP_HSV,
}
"""Maps whose luminance rises and falls between two ends that differ."""

_BITS = 5  # of a channel, in the tables
_DROPPED = 8 - _BITS
_LOOKED_AT = 64  # pixels a side, of those that are asked for their map
_NEUTRAL = 24  # channels that differ less are grey: letters and borders
_LEAST_COLOURED = 0.5
# Of painted pictures, nearly all colours lie so near, as JPEG at quality 50 too. Stained slices,
# photos and Doppler have other colours beside those of a map.
_NEAR = 36
_LEAST_NEAR = 0.95
_LEAST_PLACES = 24  # a mask of a few colours lies on many maps
_ORDERED = 0.9  # luminance that goes with the place tells as much, and is less touched by JPEG

Levels = NDArray[np.uint8]
Real = NDArray[np.float32]


def structure(picture: Picture, luminance: Levels) -> Levels:
    """Return the grey levels in which a picture's structure shows: the luminance of nearly all.

    Args:
        picture: The decoded picture.
        luminance: `picture.grey()`, (height, width) uint8.
    """
    if picture.samples.ndim < 4 or picture.samples.shape[3] < 3:
        return luminance
    unpainted = places(picture.levels())
    return luminance if unpainted is None else unpainted


def places(colours: Levels) -> Levels | None:
    """Return the places of colours on the rainbow that a picture was painted with, if it was.

    Args:
        colours: (height, width, 3 or more) uint8, red first.

    Returns:
        (height, width) uint8, with the luminance of grey pixels, as of letters; None where the
        colours are those of no rainbow.
    """
    step = -(-max(colours.shape[:2]) // _LOOKED_AT)
    name = _map_of(colours[::step, ::step, :3].reshape(-1, 3))
    if name is None:
        return None
    colours = np.ascontiguousarray(colours[..., :3])
    found = _table(name)[_indices(colours)]
    grey = _spread(colours) < _NEUTRAL
    found[grey] = cv2.cvtColor(colours, cv2.COLOR_RGB2GRAY)[grey]
    return found


def _map_of(sample: Levels) -> str | None:
    coloured = sample[_spread(sample) >= _NEUTRAL]
    if len(coloured) < max(_LEAST_PLACES, _LEAST_COLOURED * len(sample)):
        return None
    luminance = coloured @ np.array([0.299, 0.587, 0.114], np.float32)
    fits = {name: _nearest(coloured.astype(np.float32), line(name)) for name in RAINBOWS}
    near = {name: float((far <= _NEAR).mean()) for name, (_, far) in fits.items()}
    best = max(near, key=lambda name: near[name])
    place = fits[best][0]
    if near[best] < _LEAST_NEAR or len(np.unique(place)) < _LEAST_PLACES:
        return None
    return None if abs(np.corrcoef(place, luminance)[0, 1]) > _ORDERED else best


def _spread(colours: Levels) -> Levels:
    red, green, blue = np.moveaxis(colours, -1, 0)
    brightest = np.maximum(np.maximum(red, green), blue)
    return np.asarray(brightest - np.minimum(np.minimum(red, green), blue), np.uint8)


def _indices(colours: Levels) -> NDArray[np.int32]:
    red, green, blue = np.moveaxis(colours, -1, 0).astype(np.int32) >> _DROPPED
    return np.asarray(red << 2 * _BITS | green << _BITS | blue, np.int32)


@cache
def line(name: str) -> Real:
    """Return the 256 colours of a map, red first, (256, 3)."""
    ramp = np.arange(256, dtype=np.uint8)[None]
    return np.asarray(cv2.applyColorMap(ramp, RAINBOWS[name])[0, :, ::-1], np.float32)


@cache
def _table(name: str) -> Levels:
    """Look up every colour once, for all pictures of one map, (32768,)."""
    axis = (np.arange(1 << _BITS, dtype=np.float32) + 0.5) * (1 << _DROPPED) - 0.5
    cube = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1).reshape(-1, 3)
    return _nearest(cube, line(name))[0]


def _nearest(colours: Real, line: Real) -> tuple[Levels, Real]:
    """Return the nearest place on a map of each colour, and how far it is."""
    squares = (line**2).sum(1) - 2 * colours @ line.T
    place = squares.argmin(1)
    far = np.sqrt(np.maximum(squares[np.arange(len(place)), place] + (colours**2).sum(1), 0))
    return place.astype(np.uint8), np.asarray(far, np.float32)
