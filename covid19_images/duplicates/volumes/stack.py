"""The planes of a volume in a grid that they share with another's."""

from typing import Protocol

import numpy as np

from covid19_images.duplicates.volumes import noise
from covid19_images.duplicates.volumes.compression import Corner, Steps, compressed, corner_of
from covid19_images.duplicates.volumes.grid import Known, Plain, Values, moving, whole
from covid19_images.duplicates.volumes.noise import Seen
from covid19_images.duplicates.volumes.sketch import Sketch

Range = tuple[float, float]


class Planes(Protocol):
    """Planes in a grid, prepared for comparison."""

    def __len__(self) -> int: ...

    def __getitem__(self, at: int) -> Seen: ...


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
        exact = whole(matrix) if volume.planes.shape[1:] == volume.size[1::-1] else None
        self.corner: Corner | None = None if exact is None else corner_of(exact)
        """Where blocks of JPEG begin; `None` where pixels of the grid are not those of a file."""

    def __len__(self) -> int:
        return len(self._volume.planes)

    def __getitem__(self, at: int) -> Seen:
        if at not in self._made:
            self._made[at] = noise.seen(*self.level(at))
        return self._made[at]

    def level(self, at: int) -> tuple[Values, Known]:
        """Return the grey levels of a plane in the grid, and which pixels count."""
        plane = np.clip(self._volume.planes[at].astype(np.float32), *self._shown)
        return self._act(plane, self._volume.sure[at])


class Compressed:
    """The planes of a stack in the levels of another one, compressed as that is."""

    def __init__(self, stack: Stack, levels: Range, steps: Steps, corner: Corner) -> None:
        """Compress nothing yet.

        Args:
            stack: What is compressed.
            levels: Gain and start that lead to the levels of the other stack.
            steps: By which cosines are rounded.
            corner: Where blocks begin.
        """
        self._stack, self._levels, self._steps, self._corner = stack, levels, steps, corner

    def __len__(self) -> int:
        return len(self._stack)

    def __getitem__(self, at: int) -> Seen:
        (level, known), (gain, start) = self._stack.level(at), self._levels
        return noise.seen(compressed(level * gain + start, self._steps, self._corner), known)
