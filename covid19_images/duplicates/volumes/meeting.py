"""Two volumes in one grid, slice against slice: whether they are of one exposure.

The thresholds were set on made-up patients, 0 to 7 and 100 to 105, and on four runs of slices of
covid-19-pos-case (benchmarks/volume_copies.py says what others come to).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from covid19_images.duplicates.volumes import noise
from covid19_images.duplicates.volumes.compression import steps
from covid19_images.duplicates.volumes.grid import Known, is_enough
from covid19_images.duplicates.volumes.noise import Seen, Shared
from covid19_images.duplicates.volumes.stack import Compressed, Planes, Range, Stack

_OWN = 0.85  # a slice is one of the other volume's, and not a sum of two
_SURE, _OWN_IF_SURE = 0.9, 0.8  # so much noise do not even thin neighbours share
_FLAT, _EVEN, _RICH = 0.35, 0.84, 0.97
_BESIDE = 0.6  # where neighbours are less alike, they cannot say what lies between
_ALONE_RICH, _COMPRESSED, _MOST_LEFT = 0.9975, 0.98, 15.0  # and there must be more agreement
_APART, _MIXED = 0.3, 0.95  # correlations of noise
_HARDLY = 0.03
ON_SLICE = 0.12  # of a slice: what is as near to a slice as that is compared with it
# Once one is compressed as the other is: of slices that differ in nothing but their noise at most
# 0.81, 0.9 and 0.9981 (patients 100 to 103), of copies 0.88, 0.89 and 0.9994; of real ones 0.73.
_EVEN_COMPRESSED = 0.88
_COMPRESSED_ALIKE = ((0.87, 0.998), (0.7, 0.999))  # least in flat tissue and where there is most


def is_same(ways: Sequence[Shared]) -> bool:
    """Return whether two slices are one.

    Args:
        ways: The one as a sum of the other and its neighbours, and the other way round: what was
            compressed is a sum of what was not, and hardly the reverse.
    """
    telling = [one for one in ways if one.beside >= _BESIDE]
    # JPEG takes more of the noise where there is little, so its copies are compressed alike first.
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


def is_same_compressed(ways: Sequence[Shared]) -> bool:
    """Return whether two slices are one, of which one was compressed as the other is.

    Args:
        ways: As above.
    """
    flat, rich = min(one.flat for one in ways), min(one.rich for one in ways)
    return (
        any(flat >= f and rich >= r for f, r in _COMPRESSED_ALIKE)
        and min(one.even for one in ways) >= _EVEN_COMPRESSED
        and is_same(ways)
    )


def _is_exact(one: Shared, *, alone: bool) -> bool:
    """Return whether slices agree so well that neighbours need not be asked."""
    if not alone:
        return True
    is_compressed = one.rich >= _COMPRESSED and one.left <= _MOST_LEFT
    return one.rich >= _ALONE_RICH or is_compressed


def levels(here: Seen, there: Seen, known: Known) -> Range:
    """Return gain and start that lead from the grey levels of a slice to those of another.

    Args:
        here: A slice.
        there: Another one that shows the same.
        known: Pixels that count, of which there are some.
    """
    left, right = here.smooth[known], there.smooth[known]
    gain = float(right.std()) / max(float(left.std()), 1e-6)
    return gain, float(right.mean()) - gain * float(left.mean())


def _ways(one: Planes, other: Planes, row: int, at: int) -> list[Shared]:
    """Return what two slices share, each as a sum of the other and its neighbours."""
    ways = _seen(one, other, row, at), _seen(other, one, at, row)
    return [way for way in ways if way is not None]


def _seen(one: Planes, other: Planes, row: int, at: int) -> Shared | None:
    here = one[row]
    near = {k: other[k] for k in (at - 1, at, at + 1) if 0 <= k < len(other)}
    known = here.known & np.logical_and.reduce([there.known for there in near.values()])
    where = noise.areas(here, known)
    if where is None:
        return None
    fine = [there.fine for there in near.values()]
    found = noise.shared(here.fine, fine, list(near).index(at), where)
    return replace(found, place=found.place + min(near))


def _compressed_ways(one: Stack, other: Stack, row: int, at: int) -> list[Shared]:
    """Return what two slices share once the first is compressed as the second may be.

    There is nothing where pixels of the second are not those of its file.
    """
    if other.corner is None:
        return []
    known = one[row].known & other[at].known
    gain, start = levels(one[row], other[at], known)
    mine, theirs = one.level(row)[0] * gain + start, other.level(at)[0]
    taken = steps(mine, theirs, other.corner)
    return _ways(Compressed(one, (gain, start), taken, other.corner), other, row, at)


@dataclass(frozen=True, slots=True, eq=False)
class Meeting:
    """Two volumes in one grid: slices of one are looked for among those of another."""

    one: Stack
    other: Stack

    def seen(self, row: int, at: int) -> Shared | None:
        """Return what a slice shares with one of the other volume; `None` where too few count."""
        return _seen(self.one, self.other, row, at)

    def is_same(self, row: int, at: int) -> bool | None:
        """Return whether two slices are one; `None` where too few pixels count."""
        found = _ways(self.one, self.other, row, at)
        if not found:
            return None
        if is_same(found):
            return True
        if min(way.rich for way in found) < _RICH:
            return False
        return any(
            ways and is_same_compressed(ways)
            for ways in (
                _compressed_ways(self.one, self.other, row, at),
                _compressed_ways(self.other, self.one, at, row),
            )
        )

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
