"""Follow two volumes along their axis: how well slices agree, and how sharply they do.

Neighbouring slices are alike, and two phases of one patient agree slice by slice. So it does not
count how alike slices are, but how much worse they fit one step beside, and whether even the noise
of flat tissue is the same: noise is of one exposure.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from covid19_images.duplicates.volumes.aligned import Known, Pair, Values, mixed
from covid19_images.duplicates.volumes.sketch import Sketch

_LEVELS = 64  # of the map of grey levels
_LEAST_PIXELS = 300
_RIM_PX = 3
_FLAT = 0.25  # share of the pixels, those with the least structure around them
_NOTHING = 1e-4  # grey levels squared: no noise to compare
_LEAST_SLOPE = 0.1
_REACH = 0.35  # of a line that slices must be near, in steps

Plain = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Along:
    """How two volumes agree along their axis.

    Attributes:
        slope: Slices of the source for each slice of the target; below 0 where one is reversed.
        start: Slice of the source at the first of the target.
        matched: Slices of the target that lie near the line.
        possible: Slices of the target that should.
        sharpness: Error at the place found, as a share of the error one step beside (median).
        noise: How much less the noise of flat tissue differs there than one step beside: 1 where
            it is the same, 0 where it is another exposure's (median).
        surest: The slice of the target, and of the source, that agree best.
    """

    slope: float
    start: float
    matched: int
    possible: int
    sharpness: float
    noise: float
    surest: tuple[int, int]


def follow(target: Sketch, source: Sketch, matrix: Plain, seed: tuple[int, int]) -> Along | None:
    """Compare slices of a source, moved in their plane, with those of a target.

    Args:
        target: One volume.
        source: Another, as fine or finer.
        matrix: 2 × 3, from pixels of the source's planes to those of the target's.
        seed: A slice of the target and one of the source that are about the same.

    Returns:
        The line that slices lie on; `None` where there is none, or the overlap is too small.
    """
    shape = target.planes.shape[1:]
    moved, sure, inside = _moved(shape, source, matrix)
    here = np.stack(
        [cv2.GaussianBlur(one.astype(np.float32), (0, 0), 0.7) for one in target.planes]
    )
    both = [here[:, inside], moved[:, inside]]
    known = [_grown(target.sure)[:, inside], sure[:, inside]]
    if both[0].shape[1] < _LEAST_PIXELS or not _has_common(known, seed):
        return None
    left, right = _toned(both[0], both[1], seed, known[0][seed[0]] & known[1][seed[1]])
    pair = Pair(left, right, known[0], known[1], inside)
    return _judged(pair, seed) if len(right) > 1 else _of_one(pair, seed)


def _has_common(known: Sequence[Known], seed: tuple[int, int]) -> bool:
    return int((known[0][seed[0]] & known[1][seed[1]]).sum()) >= _LEAST_PIXELS


def _grown(sure: Known) -> Known:
    """Return where nothing near is cut off either."""
    near = np.ones((3, 3), np.uint8)
    return np.stack([cv2.erode(one.astype(np.uint8), near) > 0 for one in sure])


def _moved(shape: tuple[int, ...], source: Sketch, matrix: Plain) -> tuple[Values, Known, Known]:
    """Return the source's planes in the target's, where they are sure, and what they cover."""
    scale = float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))
    blur = float(np.hypot(0.7 / scale, 0.45 * np.sqrt(max(0.0, scale**-2 - 1))))
    size = shape[1], shape[0]
    planes, sure = [], []
    for plane, known in zip(source.planes, _grown(source.sure), strict=True):
        smooth = cv2.GaussianBlur(plane.astype(np.float32), (0, 0), blur)
        planes.append(cv2.warpAffine(smooth, matrix, size, flags=cv2.INTER_CUBIC))
        sure.append(cv2.warpAffine(known.astype(np.float32), matrix, size) > 0.99)
    ones = cv2.warpAffine(np.ones(source.planes.shape[1:], np.float32), matrix, size)
    whole = np.pad((ones > 0.99).astype(np.uint8), 1)
    core = cv2.erode(whole, np.ones((2 * _RIM_PX + 1,) * 2, np.uint8), borderValue=0)[1:-1, 1:-1]
    return np.stack(planes), np.stack(sure), core.astype(bool)


def _toned(
    left: Values, right: Values, seed: tuple[int, int], known: Known
) -> tuple[Values, Values]:
    """Return both in the grey levels of the one whose window shows less."""
    a, b = left[seed[0]][known], right[seed[1]][known]
    forth, back = _levels(b, a), _levels(a, b)
    if _correlation(forth(b), a) >= _correlation(back(a), b):
        return left, forth(right)
    return back(left), right


def _levels(of: Values, to: Values) -> Callable[[Values], Values]:
    """Return the map that gives each grey level the mean of the other's where it is."""
    low, high = (float(end) for end in np.quantile(of, (0.002, 0.998)))
    at = np.clip((of - low) * (_LEVELS / max(high - low, 1e-3)), 0, _LEVELS - 1).astype(np.intp)
    count = np.bincount(at).astype(float)
    some = count > 0
    x, y = np.bincount(at, of)[some] / count[some], np.bincount(at, to)[some] / count[some]

    def act(values: Values) -> Values:
        return np.asarray(np.interp(values, x, y), np.float32)

    return act


def _correlation(a: Values, b: Values) -> float:
    one, other = a - a.mean(), b - b.mean()
    size = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(one @ other) / size if size > 1e-6 else 0.0


def _nearest(pair: Pair) -> NDArray[np.intp]:
    """Return the slice of the source that is most like each of the target."""
    a, b = (values.astype(np.float64) for values in (pair.left, pair.right))
    k, m = (known.astype(np.float64) for known in (pair.left_sure, pair.right_sure))
    a, b = a * k, b * m
    errors = (a**2) @ m.T - 2 * a @ b.T + k @ (b**2).T
    count = k @ m.T
    share = np.where(count >= _LEAST_PIXELS, errors / np.maximum(count, 1), np.inf)
    return np.asarray(share.argmin(1), np.intp)


def _line(places: Plain) -> tuple[float, float] | None:
    """Return slope and start of the line that most slices lie on."""
    rows = np.arange(len(places))
    best: tuple[int, float] = (0, 0.0)
    line = None
    for i in rows:
        for j in rows[i + 1 :]:
            slope = (places[j] - places[i]) / (j - i)
            if not _LEAST_SLOPE < abs(slope) < 1 / _LEAST_SLOPE:
                continue
            off = np.abs(places - places[i] - slope * (rows - i))
            near = off < _REACH * max(1.0, abs(slope))
            if (score := (int(near.sum()), -float(off[near].sum()))) > best:
                best, line = score, near
    if line is None:
        return None
    slope, start = np.polyfit(rows[line], places[line], 1)
    return float(slope), float(start)


def _judged(pair: Pair, seed: tuple[int, int]) -> Along | None:
    rows, last = len(pair.left), len(pair.right) - 1
    nearest = _nearest(pair)
    if rows == 1:
        line: tuple[float, float] | None = (0.0, float(nearest[0]))
    else:
        line = _line(np.array([_place(pair, row, at) for row, at in enumerate(nearest)]))
    if line is None:
        return None
    slope, start = line
    step = max(1.0, abs(slope))
    sharp, noise, near = [], [], 0
    surest = (np.inf, *seed)
    possible = [row for row in range(rows) if -0.25 <= start + slope * row <= last + 0.25]
    for row in possible:
        place = start + slope * row
        kept = pair.counted(row, max(0.0, place - 1.6 * step), min(last, place + 1.6 * step))
        if int(kept.sum()) < _LEAST_PIXELS:
            continue
        at, least = pair.best(row, place - 0.6 * step, place + 0.6 * step, kept)
        sides = [at + way * step for way in (-1, 1) if 0 <= at + way * step <= last]
        if not sides:
            continue
        beside = float(np.mean([pair.error(row, side, kept) for side in sides]))
        sharp.append(least / max(beside, 1e-9))
        near += abs(at - place) < _REACH * step
        surest = min(surest, (sharp[-1], row, round(at)))
        noise.append(_noise(pair, row, (at, *sides), kept))
    if not sharp:
        return None
    return Along(
        slope=slope,
        start=start,
        matched=near,
        possible=len(possible),
        sharpness=float(np.median(sharp)),
        noise=float(np.median(noise)),
        surest=(surest[1], surest[2]),
    )


def _place(pair: Pair, row: int, at: int) -> float:
    kept = pair.counted(row, max(0, at - 1), min(len(pair.right) - 1, at + 1))
    return pair.best(row, at - 0.9, at + 0.9, kept)[0] if kept.any() else float(at)


def _of_one(pair: Pair, seed: tuple[int, int]) -> Along | None:
    """Find the slice of the target that the only one of the source is, as the other way round."""
    if len(pair.left) < 2:
        return None
    other = Pair(
        left=pair.right,
        right=pair.left,
        left_sure=pair.right_sure,
        right_sure=pair.left_sure,
        inside=pair.inside,
    )
    found = _judged(other, seed[::-1])
    return found and replace(found, surest=found.surest[::-1])


def _noise(pair: Pair, row: int, places: Sequence[float], kept: Known) -> float:
    """Return how much of the noise of flat tissue is the same, as a share of what it differs by.

    Args:
        pair: Both volumes.
        row: A slice of the target.
        places: Where the source agrees with it, and one step beside.
        kept: Pixels that count.
    """
    pictures, whole = [], np.ones(len(kept), bool)
    for values in (pair.left[row], *(mixed(pair.right, at, whole) for at in places)):
        picture = np.zeros(pair.inside.shape, np.float32)
        picture[pair.inside] = values
        pictures.append(picture)
    sure = np.zeros(pair.inside.shape, np.uint8)
    sure[pair.inside] = kept
    smooth = [cv2.GaussianBlur(picture, (0, 0), 1.5) for picture in pictures]
    middle = cv2.blur(smooth[1], (7, 7))
    # Flat in three dimensions: a rib that ends here is an edge too.
    spread = np.sum([cv2.blur((one - middle) ** 2, (7, 7)) for one in smooth], 0)
    usable = cv2.erode(sure, np.ones((5, 5), np.uint8), borderValue=0) > 0
    if int(usable.sum()) < _LEAST_PIXELS:
        return 0.0
    flat = usable & (spread <= np.quantile(spread[usable], _FLAT))
    fine = [picture - one for picture, one in zip(pictures, smooth, strict=True)]
    here, *beside = (float(np.mean((fine[0][flat] - other[flat]) ** 2)) for other in fine[1:])
    own = float(np.mean(fine[0][flat] ** 2))
    if min(own, *beside) < _NOTHING:
        return 0.0
    return 1 - here / float(np.mean(beside))
