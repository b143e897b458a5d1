"""The kinds of things a model could see beside the lungs, each as a matrix of one row a picture."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from covid19_images.checks.shortcuts.subject import Subject

Matrix = NDArray[np.float64]

SOURCE = "the name of the source"
_BINS = 8  # of equally many pictures each: a linear model of them follows any curve
_SIZES = 16  # the most frequent sizes, each by itself


def _columns(words: Sequence[object], most: int) -> Matrix:
    """Return one column for each of the most frequent words."""
    counts = Counter(words)
    names = sorted(counts, key=lambda word: (-counts[word], str(word)))[:most]
    return np.array([[float(word == name) for name in names] for word in words])


def _binned(values: NDArray[np.float64]) -> Matrix:
    edges = np.unique(np.quantile(values, np.linspace(0, 1, _BINS + 1)[1:-1]))
    at = np.searchsorted(edges, values, side="right")
    return np.eye(len(edges) + 1)[at]


def _sizes(subjects: Sequence[Subject]) -> Matrix:
    width = np.array([float(one.width or 1) for one in subjects])
    height = np.array([float(one.height or 1) for one in subjects])
    density = np.array([float(one.bytes or 1) for one in subjects]) / (width * height)
    binned = [_binned(values) for values in (width, height, width / height, density)]
    exact = _columns([(one.width, one.height) for one in subjects], _SIZES)
    return np.hstack([*binned, exact])


def _stacked(part: str) -> Callable[[Sequence[Subject]], Matrix]:
    return lambda subjects: np.stack([getattr(one.outside, part) for one in subjects]).astype(
        np.float64
    )


_OF_FILES: Mapping[str, Callable[[Sequence[Subject]], Matrix]] = {
    "size and shape of the file": _sizes,
    "bits of a sample": lambda some: _columns([one.bit_depth for one in some], 8),
    "type of the file": lambda some: _columns([one.media_type for one in some], 8),
}
_OF_PICTURES: Mapping[str, Callable[[Sequence[Subject]], Matrix]] = {
    "border of the picture": _stacked("border"),
    "text markers at the edges": _stacked("markers"),
    "brightness of the picture": _stacked("brightness"),
    "picture with the lungs blackened": _stacked("blackened"),
}


def sources(subjects: Sequence[Subject]) -> NDArray[np.int64]:
    """Return the number of each picture's source; one number for all that have none."""
    _, at = np.unique([one.source or "" for one in subjects], return_inverse=True)
    return at.astype(np.int64)


def seen(subjects: Sequence[Subject]) -> dict[str, Matrix]:
    """Return what is known of all pictures, by its name; without the source.

    Args:
        subjects: The pictures, one or more.
    """
    found: dict[str, Matrix] = {}
    if all(one.width for one in subjects):
        found |= {name: make(subjects) for name, make in _OF_FILES.items()}
    if all(one.outside is not None for one in subjects):
        found |= {name: make(subjects) for name, make in _OF_PICTURES.items()}
    return found
