"""Score predictions: figures with intervals, patients drawn as a whole."""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Truth = NDArray[np.bool_]
Groups = NDArray[np.int64]

DRAWS = 1000
"""How often patients are drawn anew for an interval."""

LEAST = 5
"""Images of a class below which no figure is given."""

_SEED = 17
_SIGMAS = 1.96  # 95 % of a normal distribution


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure, and between what it lies with 95 % confidence."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.2f} ({self.low:.2f}–{self.high:.2f})"


@dataclass(frozen=True, slots=True)
class Score:
    """What predictions of some images are worth; `None` where there are too few images.

    Attributes:
        name: Which images: a source.
        images: How many.
        positive: How many of them are of the positive class.
        auc: How probable it is that a positive image is ranked above a negative one.
        sensitivity: Share of the positive ones that are recognised.
        specificity: Share of the negative ones that are.
    """

    name: str
    images: int
    positive: int
    auc: Interval | None
    sensitivity: Interval | None
    specificity: Interval | None


def score(
    name: str, truth: Truth, predicted: Numbers, groups: Groups, threshold: float = 0.5
) -> Score:
    """Score predictions of some images.

    Args:
        name: Which images.
        truth: Which are positive.
        predicted: Larger where positive is more probable.
        groups: Of each image; images of one group are drawn together.
        threshold: From which number on an image counts as positive.
    """
    called = predicted >= threshold
    enough = min(truth.sum(), (~truth).sum()) >= LEAST
    return Score(
        name,
        len(truth),
        int(truth.sum()),
        _interval(truth, predicted, groups) if enough else None,
        _share(called[truth], groups[truth]),
        _share(~called[~truth], groups[~truth]),
    )


def auc(truth: Truth, predicted: Numbers, counts: Numbers | None = None) -> float | None:
    """Return the area under the ROC curve, ties counting half; `None` where a class is missing.

    Args:
        truth: Which images are positive.
        predicted: Larger where positive is more probable.
        counts: How often each image counts; once by default.
    """
    counts = np.ones(len(truth)) if counts is None else counts
    _, rank = np.unique(predicted, return_inverse=True)
    return _area(rank, truth, counts)


def within(truth: Truth, predicted: Numbers, parts: NDArray[np.str_]) -> float | None:
    """Return the mean area over parts, such as sources; `None` where no part has both classes.

    A part weighs as much as it has images of its rarer class: a single one says little.

    Args:
        truth: Which images are positive.
        predicted: Larger where positive is more probable.
        parts: Of each image; to know the part gains nothing.
    """
    total = weights = 0.0
    for part in np.unique(parts):
        chosen = parts == part
        area = auc(truth[chosen], predicted[chosen])
        if area is not None:
            rarer = float(min(truth[chosen].sum(), (~truth[chosen]).sum()))
            total, weights = total + area * rarer, weights + rarer
    return total / weights if weights else None


def _area(rank: NDArray[np.intp], truth: Truth, counts: Numbers) -> float | None:
    size = int(rank.max()) + 1 if len(rank) else 0
    positive = np.bincount(rank, np.where(truth, counts, 0), minlength=size)
    negative = np.bincount(rank, np.where(truth, 0, counts), minlength=size)
    pairs = positive.sum() * negative.sum()
    if not pairs:
        return None
    below = np.cumsum(negative) - negative
    return float((positive * (below + negative / 2)).sum() / pairs)


def _interval(truth: Truth, predicted: Numbers, groups: Groups) -> Interval | None:
    """Draw whole groups with replacement, and see between what the area lies."""
    value = auc(truth, predicted)
    if value is None:
        return None
    _, group = np.unique(groups, return_inverse=True)
    _, rank = np.unique(predicted, return_inverse=True)
    random, size = np.random.default_rng(_SEED), int(group.max()) + 1
    found = []
    for _ in range(DRAWS):
        drawn = np.bincount(random.integers(size, size=size), minlength=size).astype(np.float64)
        area = _area(rank, truth, drawn[group])
        if area is not None:
            found.append(area)
    low, high = np.quantile(found, [0.025, 0.975])
    return Interval(value, float(low), float(high))


def _share(right: Truth, groups: Groups) -> Interval | None:
    """Return a share with Wilson's interval, in which a group of images counts once."""
    if len(right) < LEAST:
        return None
    share, count = float(right.mean()), len(np.unique(groups))
    square = _SIGMAS**2
    middle = (share + square / (2 * count)) / (1 + square / count)
    reach = sqrt(share * (1 - share) / count + square / (4 * count**2)) * _SIGMAS
    reach /= 1 + square / count
    return Interval(share, max(0.0, middle - reach), min(1.0, middle + reach))
