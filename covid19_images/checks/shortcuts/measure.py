"""Measure how well labels are predicted without lungs: by split, and for sources never seen."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from covid19_images.checks.shortcuts import fit
from covid19_images.checks.shortcuts.auc import Auc, auc
from covid19_images.checks.shortcuts.fit import Indices, Matrix
from covid19_images.checks.shortcuts.seen import SOURCE, seen, sources
from covid19_images.checks.shortcuts.subject import Subject

LEAST = 20
"""Pictures with a label, and without it, below which a figure would be chance."""
_MOST_LABELS = 20
_TRAIN = "train"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """How well one thing that is not lungs tells one label.

    Attributes:
        sees: What the model sees.
        label: What it tells.
        split: Whose pictures were scored.
        held_out: The source whose pictures were scored by a model of all others; `None` elsewhere.
        positive: Scored pictures with the label.
        negative: Scored pictures without it.
        auc: Area under the curve; 0.5 is chance. `None` where there are too few pictures.
        low: Lower end of its 95 % interval.
        high: Upper end.
    """

    sees: str
    label: str
    split: str
    held_out: str | None = None
    positive: int
    negative: int
    auc: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Set:
    """All pictures as numbers."""

    names: tuple[str, ...]
    labels: Matrix
    has: NDArray[np.bool_]
    groups: Indices
    sources: Indices
    splits: NDArray[np.str_]


def measure(subjects: Sequence[Subject]) -> list[Figure]:
    """Return all figures of a set: by what is seen, label and split, then by source held out.

    Args:
        subjects: The pictures.
    """
    names = _labels(subjects)
    if not names:
        return []
    whole = _numbers(subjects, names)
    matrices = seen(subjects)
    found: list[Figure] = []
    if any(one.source for one in subjects):
        found += _by_split(whole, SOURCE, None)
    for name, matrix in matrices.items():
        found += _by_split(whole, name, matrix)
    places = [one.source for one in subjects]
    for name, matrix in matrices.items():
        found += _held_out(whole, name, matrix, places)
    return found


def _labels(subjects: Sequence[Subject]) -> tuple[str, ...]:
    """Return the labels asked about: of two that exclude each other, one says it all."""
    counts: dict[str, int] = {}
    for one in subjects:
        for label in one.labels:
            counts[label] = counts.get(label, 0) + 1
    names = sorted(counts)
    if len(names) == 2 and all(len(one.labels) == 1 for one in subjects):
        names = names[1:]
    frequent = sorted(names, key=lambda name: -counts[name])[:_MOST_LABELS]
    return tuple(sorted(name for name in frequent if counts[name] < len(subjects)))


def _numbers(subjects: Sequence[Subject], names: tuple[str, ...]) -> _Set:
    has = np.array([[name in one.labels for name in names] for one in subjects])
    keys = [one.group or f"\0{at}" for at, one in enumerate(subjects)]
    _, groups = np.unique(keys, return_inverse=True)
    splits = np.array([one.split for one in subjects])
    return _Set(names, has.astype(float), has, groups.astype(np.int64), sources(subjects), splits)


def _scores(whole: _Set, matrix: Matrix | None, fitted: Indices, scored: Indices) -> Matrix:
    if matrix is None:
        return fit.by_source(whole.sources, whole.labels, fitted, scored)
    return fit.by_numbers(matrix, whole.labels, fitted, scored)


def _by_split(whole: _Set, name: str, matrix: Matrix | None) -> Iterator[Figure]:
    """Score training pictures out of fold, and those of other splits by the training pictures."""
    train = np.flatnonzero(whole.splits == _TRAIN)
    for split in sorted(set(whole.splits.tolist()), key=lambda word: (word != _TRAIN, word)):
        mine = np.flatnonzero(whole.splits == split)
        if split == _TRAIN or not len(train):
            scores = _out_of_fold(whole, matrix, mine)
        else:
            scores = _scores(whole, matrix, train, mine)
        for at, label in enumerate(whole.names):
            yield _figure(whole, scores[:, at], mine, at, sees=name, label=label, split=split)


def _out_of_fold(whole: _Set, matrix: Matrix | None, mine: Indices) -> Matrix:
    fold = fit.folds(whole.has[mine], whole.sources[mine], whole.groups[mine])
    scores = np.zeros((len(mine), len(whole.names)))
    for number in range(fit.FOLDS):
        inside = fold == number
        if inside.any() and not inside.all():
            scores[inside] = _scores(whole, matrix, mine[~inside], mine[inside])
    return scores


def _held_out(
    whole: _Set, name: str, matrix: Matrix, places: Sequence[str | None]
) -> Iterator[Figure]:
    """Score each source that has pictures with and without a label by a model of all others."""
    everything = np.arange(len(whole.sources))
    for number in sorted(set(whole.sources.tolist())):
        mine = everything[whole.sources == number]
        others = everything[whole.sources != number]
        source = places[mine[0]]
        both = np.minimum(whole.has[mine].sum(axis=0), (~whole.has[mine]).sum(axis=0)) >= LEAST
        if source is None or not len(others) or not both.any():
            continue
        scores = _scores(whole, matrix, others, mine)
        for at in np.flatnonzero(both):
            yield _figure(
                whole,
                scores[:, at],
                mine,
                int(at),
                sees=name,
                label=whole.names[at],
                split="all",
                held_out=source,
            )


def _figure(
    whole: _Set,
    scores: NDArray[np.float64],
    mine: Indices,
    at: int,
    *,
    sees: str,
    label: str,
    split: str,
    held_out: str | None = None,
) -> Figure:
    has = whole.has[mine, at]
    positive, negative = int(has.sum()), int((~has).sum())
    enough = min(positive, negative) >= LEAST
    area = auc(scores, has, whole.groups[mine]) if enough else None
    low, value, high = _rounded(area)
    return Figure(
        sees=sees,
        label=label,
        split=split,
        held_out=held_out,
        positive=positive,
        negative=negative,
        auc=value,
        low=low,
        high=high,
    )


def _rounded(area: Auc | None) -> tuple[float | None, float | None, float | None]:
    if area is None:
        return None, None, None
    return round(area.low, 4), round(area.value, 4), round(area.high, 4)
