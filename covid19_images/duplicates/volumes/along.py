"""Follow two volumes along their axis: on which line their slices lie, and which are the same."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from covid19_images.duplicates.volumes.grid import Plain
from covid19_images.duplicates.volumes.meeting import ON_SLICE, Meeting
from covid19_images.duplicates.volumes.planes import meet
from covid19_images.duplicates.volumes.sketch import Sketch

_LEAST = 2  # slices that lie on slices of the other volume, and that are the same
_ENOUGH = 0.7  # of the slices compared
_ROWS = 7  # slices that are followed
_REACHES = 0.15, 0.3  # of a line that slices must be near: places between slices are less sure
_LEAST_SLOPE = 0.1
_SOME = 0.2  # correlation in flat tissue below which nothing is looked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Along:
    """How two volumes agree along their axis.

    Attributes:
        slope: Slices of the other for each slice of the one that is followed; below 0 where one is
            reversed, 0 where there is only one slice.
        start: Slice of the other at the first of the one.
        compared: Slices that were compared.
        same: Slices of these that are of one exposure.
    """

    slope: float
    start: float
    compared: int
    same: int

    def is_copied(self, *, is_one: bool = False) -> bool:
        """Return whether both are of one exposure.

        Args:
            is_one: Whether one of them has only one slice.
        """
        return self.same >= max(1 if is_one else _LEAST, _ENOUGH * self.compared)

    def reversed(self) -> "Along":
        """Return how they agree as the other is followed."""
        return replace(self, slope=1 / self.slope, start=-self.start / self.slope)


def look(
    one: Sketch, other: Sketch, matrix: Plain, seed: tuple[int, int]
) -> tuple[Along, Plain] | None:
    """Return how volumes agree along the axis, and the map from one to the other in the plane.

    Args:
        one: A volume, whose slices are followed.
        other: Another.
        matrix: 2 × 3, from pixels of the one's planes to those of the other's.
        seed: A slice of the one and one of the other that are about the same.
    """
    met = meet(one, other, matrix, seed)
    if met is None:
        return None
    meeting, matrix, at = met
    row = seed[0]
    shared = meeting.seen(row, at)
    if shared is None or shared.flat < _SOME:
        return None
    if len(meeting.one) == 1:
        same = int(bool(meeting.is_same(row, at)))
        return Along(slope=0, start=at, compared=1, same=same), matrix
    along = _followed(meeting)
    if along is None or not along.is_copied():
        # A slice of thick ones may be a sum of thin ones, and seldom the reverse.
        back = _followed(Meeting(meeting.other, meeting.one))
        if back is not None and back.is_copied():
            along = back.reversed()
    return None if along is None else (along, matrix)


def _followed(meeting: Meeting) -> Along | None:
    """Compare the slices that lie on slices of the other volume, on the line that most lie on."""
    rows = _spread(len(meeting.one))
    nearest = {row: _nearest(meeting, row) for row in rows}
    # Slices beyond an end of the other volume are most like its end: they lead astray.
    rows = _within(nearest, len(meeting.other) - 1)
    places = {}
    for row in rows:
        at = nearest[row] if row in nearest else _nearest(meeting, row)
        shared = None if at is None else meeting.seen(row, at)
        if shared is not None and shared.flat >= _SOME:  # others are between two slices
            places[row] = shared.place
    lines = {line for reach in _REACHES if (line := _line(places, reach)) is not None}
    found = [_on(meeting, *line) for line in sorted(lines)]
    return max(found, key=lambda one: (one.same / max(one.compared, 1), one.same), default=None)


def _nearest(meeting: Meeting, row: int) -> int | None:
    return meeting.nearest(row, 0, len(meeting.other) - 1)


def _within(nearest: Mapping[int, int | None], last: int) -> list[int]:
    """Return some slices from the first to the last that lies between the other volume's ends.

    Args:
        nearest: By slice, that of the other volume that agrees best, in order.
        last: The last slice of the other volume.
    """
    rows = list(nearest)
    inside = [k for k, at in enumerate(nearest.values()) if at not in (None, 0, last)]
    ends = [at for at in nearest.values() if at in (0, last)]
    if not inside or len(ends) == len(set(ends)):
        return rows
    first, final = rows[max(0, inside[0] - 1)], rows[min(len(rows) - 1, inside[-1] + 1)]
    return [first + step for step in _spread(final - first + 1)]


def _on(meeting: Meeting, slope: float, start: float) -> Along:
    """Compare the slices that lie on slices of the other volume, if they lie on a line."""
    last = len(meeting.other) - 1
    lines = [(row, start + slope * row) for row in range(len(meeting.one))]
    inside = [(row, place) for row, place in lines if 0 <= round(place, 1) <= last]
    on = [(row, place) for row, place in inside if abs(place - round(place)) <= ON_SLICE]
    chosen = on if len(on) >= _LEAST else inside
    seen = [(chosen[at], meeting.is_at(*chosen[at])) for at in _spread(len(chosen))]
    verdicts = [(where, verdict) for where, verdict in seen if verdict is not None]
    same = [(row, round(place)) for (row, place), verdict in verdicts if verdict]
    if len(same) > 1 and chosen is on:  # they lie on slices, and not between them
        slope, start = np.polyfit([row for row, _ in same], [at for _, at in same], 1).tolist()
    return Along(slope=slope, start=start, compared=len(verdicts), same=len(same))


def _spread(count: int) -> list[int]:
    """Return the numbers of some of so many things, from the first to the last."""
    numbers = np.rint(np.linspace(0, count - 1, min(count, _ROWS))).astype(int)
    return [int(number) for number in numbers]


def _line(places: Mapping[int, float], reach: float) -> tuple[float, float] | None:
    """Return slope and start of the line that most slices lie on."""
    rows, found = np.array(list(places)), np.array(list(places.values()))
    best, line = (0, 0.0), None
    for i in range(len(rows)):
        for j in range(i + 1, len(rows)):
            slope = (found[j] - found[i]) / (rows[j] - rows[i])
            if not _LEAST_SLOPE < abs(slope) < 1 / _LEAST_SLOPE:
                continue
            off = np.abs(found - found[i] - slope * (rows - rows[i]))
            near = off < reach
            score = int(near.sum()), -float(off[near].sum())
            if score > best:
                best, line = score, near
    if line is None:
        return None
    slope, start = np.polyfit(rows[line], found[line], 1)
    return float(slope), float(start)
