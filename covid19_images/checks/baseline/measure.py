"""Measure the model: on the fixed splits, on sources it never saw, and where a split leaks."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from covid19_images.checks.baseline.figures import Interval, Score, auc, within
from covid19_images.checks.baseline.frozen import Matrix
from covid19_images.checks.baseline.subjects import Mask, Subjects

DRAWS = 5
"""How often a random split is drawn."""

_SEED = 17
_DIGITS = 6  # of a probability: below, machines may differ

Numbers = NDArray[np.float64]


class Fitted(Protocol):
    """A model that was trained."""

    def probabilities(self, features: Matrix) -> Numbers:
        """Return how probable the positive class is."""
        ...


Fit = Callable[[Matrix, NDArray[np.bool_]], Fitted]
"""Trains a model on features of some images, and on which of them are positive."""


@dataclass(frozen=True, slots=True)
class Trainer:
    """What is trained, again and again.

    Attributes:
        features: What the model sees of each image.
        fit: Trains it on some of them, of which it gets the classes.
    """

    features: Matrix
    fit: Fit


@dataclass(frozen=True, slots=True)
class Ways:
    """Areas of the same model, split in three ways; intervals are between the extreme draws.

    Attributes:
        fixed: The area on the fixed test split.
        whole: The area where whole groups were drawn at random.
        naive: The area where single images were.
        pays: What the naive split gains over the one of whole groups; nothing of it is real.
    """

    fixed: float | None
    whole: Interval | None
    naive: Interval | None
    pays: Interval | None


@dataclass(frozen=True, slots=True)
class Leakage:
    """What a split that knows nothing of copies pays.

    Attributes:
        images: How many images there are.
        copies: How many of them are copies of others.
        mixed: Areas over all pairs of images: to know the source helps.
        within: Mean areas of the sources, by their rarer class: it does not.
    """

    images: int
    copies: int
    mixed: Ways
    within: Ways


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """What was measured.

    Attributes:
        test: The fixed test split by source, trained on the fixed training split.
        unseen: All images of each source, trained on all other sources.
        leakage: What a naive split would pay.
        predicted: The model of the fixed splits on every image.
    """

    test: tuple[Score, ...]
    unseen: tuple[Score, ...]
    leakage: Leakage
    predicted: Numbers


def measure(subjects: Subjects, trainer: Trainer) -> Measured | None:
    """Train and score; `None` where training lacks a class.

    Args:
        subjects: The images.
        trainer: What is trained on them.
    """
    train = subjects.own & (subjects.sides == "train")
    predicted = _predicted(subjects, trainer, train)
    if predicted is None:
        return None
    test = subjects.own & (subjects.sides == "test")
    return Measured(
        test=tuple(subjects.by_source(test, predicted)),
        unseen=tuple(_unseen(subjects, trainer)),
        leakage=_leakage(subjects, trainer),
        predicted=predicted,
    )


def _predicted(subjects: Subjects, trainer: Trainer, train: Mask) -> Numbers | None:
    """Fit to some images and predict all; `None` where a class is missing."""
    truth = subjects.truth[train]
    if truth.all() or not truth.any():
        return None
    model = trainer.fit(trainer.features[train], truth)
    return model.probabilities(trainer.features).round(_DIGITS)


def _unseen(subjects: Subjects, trainer: Trainer) -> Iterator[Score]:
    """Leave out one source after the other, with all that belongs to its groups."""
    for name in np.unique(subjects.sources).tolist():
        left_out = subjects.own & (subjects.sources == name)
        if not left_out.any():
            continue
        related = np.isin(subjects.groups, subjects.groups[subjects.sources == name])
        predicted = _predicted(subjects, trainer, subjects.own & ~related)
        if predicted is not None:
            yield subjects.score(name, left_out, predicted)


def _leakage(subjects: Subjects, trainer: Trainer) -> Leakage:
    held_out = int((subjects.sides == "test").sum())
    random = np.random.default_rng(_SEED)
    fixed = _areas(subjects, trainer, subjects.sides == "test")
    draws = [
        (
            _areas(subjects, trainer, _whole_groups(subjects, held_out, random)),
            _areas(subjects, trainer, _single_images(subjects, held_out, random)),
        )
        for _ in range(DRAWS)
    ]
    return Leakage(
        images=len(subjects),
        copies=int((~subjects.own).sum()),
        mixed=_ways(fixed[0], [(whole[0], naive[0]) for whole, naive in draws]),
        within=_ways(fixed[1], [(whole[1], naive[1]) for whole, naive in draws]),
    )


def _ways(fixed: float | None, draws: list[tuple[float | None, float | None]]) -> Ways:
    pairs = [(whole, naive) for whole, naive in draws if whole is not None and naive is not None]
    return Ways(
        fixed=fixed,
        whole=_between([whole for whole, _ in pairs]),
        naive=_between([naive for _, naive in pairs]),
        pays=_between([naive - whole for whole, naive in pairs]),
    )


def _areas(subjects: Subjects, trainer: Trainer, test: Mask) -> tuple[float | None, float | None]:
    """Return the area over all pairs, and the mean of those over pairs of one source."""
    predicted = _predicted(subjects, trainer, ~test)
    if predicted is None:
        return None, None
    truth, found = subjects.truth[test], predicted[test]
    return auc(truth, found), within(truth, found, subjects.sources[test])


def _single_images(subjects: Subjects, count: int, random: np.random.Generator) -> Mask:
    test = np.zeros(len(subjects), np.bool_)
    test[random.permutation(len(subjects))[:count]] = True
    return test


def _whole_groups(subjects: Subjects, count: int, random: np.random.Generator) -> Mask:
    """Draw groups until they have as many images."""
    order = random.permutation(int(subjects.groups.max()) + 1)
    before = np.cumsum(np.bincount(subjects.groups)[order]) - np.bincount(subjects.groups)[order]
    return np.isin(subjects.groups, order[before < count])


def _between(values: list[float]) -> Interval | None:
    if not values:
        return None
    return Interval(float(np.mean(values)), min(values), max(values))
