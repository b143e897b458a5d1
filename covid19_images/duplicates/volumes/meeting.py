"""Two volumes in one grid, slice against slice: whether they are of one exposure.

The thresholds were set on eight made-up patients, 0 to 7, and on three runs of slices of
covid-19-pos-case (benchmarks/volume_copies.py says what others come to).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from covid19_images.duplicates.volumes import noise
from covid19_images.duplicates.volumes.grid import Plain, is_enough, moving
from covid19_images.duplicates.volumes.noise import Seen, Shared
from covid19_images.duplicates.volumes.sketch import Sketch

_OWN = 0.85  # a slice is one of the other volume's, and not a sum of two
_SURE, _OWN_IF_SURE = 0.9, 0.8  # so much noise do not even thin neighbours share
_FLAT, _EVEN, _RICH = 0.35, 0.84, 0.97
_BESIDE = 0.6  # where neighbours are less alike, they cannot say what lies between
_ALONE_RICH, _COMPRESSED, _MOST_LEFT = 0.9975, 0.98, 15.0  # and there must be more agreement
_APART, _MIXED = 0.3, 0.95  # correlations of noise
_HARDLY = 0.03
ON_SLICE = 0.12  # of a slice: what is as near to a slice as that is compared with it

Range = tuple[float, float]


def is_same(ways: Sequence[Shared]) -> bool:
    """Return whether two slices are one.

    Args:
        ways: The one as a sum of the other and its neighbours, and the other way round: what was
            compressed is a sum of what was not, and hardly the reverse.
    """
    telling = [one for one in ways if one.beside >= _BESIDE]
    # JPEG takes more of the noise where there is little: some of its copies are missed by this.
    # With less, slices of two scans that differ in nothing but their noise were taken for one.
    if min(one.even for one in ways) < _EVEN:
        return False
    return any(
        one.own >= (_OWN if one.flat < _SURE else _OWN_IF_SURE)
        and one.flat >= _FLAT
        and one.rich >= _RICH
        and _is_exact(one, alone=not telling)
        for one in telling or ways
    )


def _is_exact(one: Shared, *, alone: bool) -> bool:
    """Return whether slices agree so well that neighbours need not be asked."""
    if not alone:
        return True
    is_compressed = one.rich >= _COMPRESSED and one.left <= _MOST_LEFT
    return one.rich >= _ALONE_RICH or is_compressed


class Stack:
    """The planes of a volume in a grid; each is moved when it is needed."""

    def __init__(self, volume: Sketch, matrix: Plain, shape: tuple[int, ...], shown: Range) -> None:
        """Move nothing yet.

        Args:
            volume: Whose planes they are.
            matrix: 2 × 3, from pixels of its planes to those of the grid.
            shape: Rows and columns of the grid.
            shown: Grey levels from which to which both volumes show something.
        """
        self._volume, self._act, self._shown = volume, moving(matrix, shape), shown
        self._made: dict[int, Seen] = {}

    def __len__(self) -> int:
        return len(self._volume.planes)

    def __getitem__(self, at: int) -> Seen:
        if at not in self._made:
            plane = np.clip(self._volume.planes[at].astype(np.float32), *self._shown)
            level, known = self._act(plane, self._volume.sure[at])
            self._made[at] = noise.seen(level, known)
        return self._made[at]


@dataclass(frozen=True, slots=True, eq=False)
class Meeting:
    """Two volumes in one grid: slices of one are looked for among those of another."""

    one: Stack
    other: Stack

    def seen(self, row: int, at: int) -> Shared | None:
        """Return what a slice shares with one of the other volume; `None` where too few count."""
        here = self.one[row]
        near = [k for k in (at - 1, at, at + 1) if 0 <= k < len(self.other)]
        known = here.known & np.logical_and.reduce([self.other[k].known for k in near])
        where = noise.areas(here, known)
        if where is None:
            return None
        found = noise.shared(here.fine, [self.other[k].fine for k in near], near.index(at), where)
        return replace(found, place=found.place + near[0])

    def is_same(self, row: int, at: int) -> bool | None:
        """Return whether two slices are one; `None` where too few pixels count."""
        ways = (self.seen(row, at), Meeting(self.other, self.one).seen(at, row))
        found = [one for one in ways if one is not None]
        return is_same(found) if found else None

    def is_at(self, row: int, place: float) -> bool | None:
        """Return whether a slice is that at a place, or between; `None` where nothing tells."""
        at = round(place)
        if abs(place - at) <= ON_SLICE and (found := self.is_same(row, at)):
            return found
        if abs(place - at) <= _HARDLY or not 0 <= place <= len(self.other) - 1:
            return self.is_same(row, at) and abs(place - at) <= ON_SLICE
        return self.is_between(row, place)

    def is_between(self, row: int, place: float) -> bool | None:
        """Return whether a slice is a mixture of two; `None` where nothing tells.

        It is only known of slices that do not share noise: between others, a slice that is not
        there looks like their mixture too.
        """
        low = int(place)
        here, left, right = self.one[row], self.other[low], self.other[low + 1]
        where = noise.areas(here, here.known & left.known & right.known)
        if where is None or noise.shared(left.fine, [right.fine], 0, where).flat > _APART:
            return None
        t = np.float32(place - low)
        found = noise.shared(here.fine, [(1 - t) * left.fine + t * right.fine], 0, where)
        return found.flat >= _MIXED and is_same([found])

    def nearest(self, row: int, low: int, high: int) -> int | None:
        """Return the slice between two places that agrees best, where there is most to see."""
        here, best = self.one[row], (0.0, -1)
        for at in range(max(0, low), min(high + 1, len(self.other))):
            known = noise.rich(here, here.known & self.other[at].known)
            alike = (
                noise.correlation(here.fine[known], self.other[at].fine[known])
                if is_enough(known)
                else 0.0
            )
            best = max(best, (alike, at))
        return best[1] if best[1] >= 0 else None
