"""Simple models, so that a figure is a lower bound of what a network would find: deterministic.

Numbers are scored by ridge regression, for all labels at once; source names by how often a source
has the label, which no model of the name alone can beat.
"""

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Indices = NDArray[np.int64]

FOLDS = 5
_RIDGE = 0.02  # of the number of pictures; more where there are more columns than that


def folds(labels: NDArray[np.bool_], sources: Indices, groups: Indices) -> Indices:
    """Return the fold of each picture: groups whole, labels and sources spread evenly.

    Args:
        labels: Shape (pictures, labels).
        sources: The number of each picture's source.
        groups: The number of each picture's group.
    """
    _, first, at = np.unique(groups, return_index=True, return_inverse=True)
    shuffled = np.random.default_rng(0).permutation(len(first))
    strata = np.column_stack([sources[first], labels[first]])
    order = shuffled[np.lexsort(strata[shuffled].T[::-1])]
    fold = np.empty(len(first), np.int64)
    fold[order] = np.arange(len(first)) % FOLDS
    return fold[at]


def by_numbers(seen: Matrix, labels: Matrix, fit: Indices, score: Indices) -> Matrix:
    """Return scores of pictures from a fit on others, shape (scored, labels).

    Args:
        seen: What is seen of every picture.
        labels: 1 or 0 for every picture and label.
        fit: The pictures that the model learns from.
        score: The pictures that are scored.
    """
    middle, spread = seen[fit].mean(axis=0), seen[fit].std(axis=0)
    scale = np.divide(1, spread, out=np.zeros_like(spread), where=spread > 1e-9)
    x, y = (seen[fit] - middle) * scale, labels[fit] - labels[fit].mean(axis=0)
    strength = max(_RIDGE * len(fit), float(x.shape[1]) / 2)
    if x.shape[1] > len(fit):  # the same weights, by the smaller of two systems of equations
        weights = x.T @ np.linalg.solve(x @ x.T + strength * np.eye(len(fit)), y)
    else:
        weights = np.linalg.solve(x.T @ x + strength * np.eye(x.shape[1]), x.T @ y)
    scores: Matrix = (seen[score] - middle) * scale @ weights
    return scores


def by_source(sources: Indices, labels: Matrix, fit: Indices, score: Indices) -> Matrix:
    """Return how often each picture's source has each label, among the pictures of the fit."""
    count = int(sources.max()) + 1
    usual = labels[fit].mean(axis=0)
    here = np.bincount(sources[fit], minlength=count)[:, None]
    having = np.stack([np.bincount(sources[fit], y, count) for y in labels[fit].T], axis=1)
    rates: Matrix = (having + usual) / (here + 1)
    return rates[sources[score]]
