"""Count how often each picture was drawn, over all processes that load it.

A draw of the augmentation depends on the seed, the picture, and how often that picture was drawn
before: the same with any number of workers, and another one in every epoch.
"""

from collections.abc import Sequence
from multiprocessing import RawArray
from multiprocessing.context import get_spawning_popen
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Draws:
    """One count for each picture, in memory that processes share."""

    def __init__(self, pictures: int) -> None:
        """Begin with no draw of any picture."""
        self._memory = RawArray("I", max(pictures, 1))
        self._counts: NDArray[np.uint32] = np.frombuffer(self._memory, np.uint32)

    def next(self, picture: int) -> tuple[int]:
        """Return how often a picture was drawn before, and count this draw."""
        before = int(self._counts[picture])
        self._counts[picture] = before + 1
        return (before,)

    def following(self, pictures: Sequence[int]) -> list[tuple[int]]:
        """Return the draws of several pictures."""
        return [self.next(int(picture)) for picture in pictures]

    def __getstate__(self) -> Any:  # noqa: ANN401
        # Shared memory is handed only to a process that is being started; else its numbers go.
        return self._memory if get_spawning_popen() is not None else self._counts.tolist()

    def __setstate__(self, state: Any) -> None:  # noqa: ANN401
        self._memory = RawArray("I", state) if isinstance(state, list) else state
        self._counts = np.frombuffer(self._memory, np.uint32)
