"""Fit logistic regression: nothing is drawn, and one thread adds up, so it comes out the same."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit
from threadpoolctl import threadpool_limits

Matrix = NDArray[np.float32]
Numbers = NDArray[np.float64]

PENALTY = 0.03
"""Half of the squared weights is added to the mean loss so many times; the same in every fit."""

_STEPS = 300
_LEAST_SPREAD = 1e-6  # of a feature that is the same in all pictures


@dataclass(frozen=True, slots=True)
class Model:
    """A fitted model.

    Attributes:
        middle: Of each feature in training.
        spread: Of each feature in training.
        weights: Of each feature, once it has middle 0 and spread 1.
        bias: Added to all.
    """

    middle: Matrix
    spread: Matrix
    weights: Matrix
    bias: float

    def probabilities(self, features: Matrix) -> Numbers:
        """Return how probable the positive class is, shape (n,)."""
        with threadpool_limits(1):
            scores = ((features - self.middle) / self.spread) @ self.weights
        return np.asarray(expit(scores.astype(np.float64) + self.bias))


def fit(features: Matrix, truth: NDArray[np.bool_]) -> Model:
    """Fit a model in which both classes weigh alike, whatever their numbers.

    Args:
        features: Shape (n, length).
        truth: Which of them are positive; there must be some of either kind.
    """
    middle = features.mean(axis=0)
    spread = np.maximum(features.std(axis=0), np.float32(_LEAST_SPREAD))
    even = (features - middle) / spread
    share = np.where(truth, 0.5 / truth.sum(), 0.5 / (~truth).sum())
    signs = np.where(truth, 1.0, -1.0)

    def loss(at: Numbers) -> tuple[float, Numbers]:
        weights = at[:-1].astype(np.float32)
        margins = signs * ((even @ weights).astype(np.float64) + at[-1])
        pull = -share * signs * expit(-margins)
        slope = (pull.astype(np.float32) @ even).astype(np.float64) + PENALTY * at[:-1]
        value = share @ np.logaddexp(0, -margins) + PENALTY / 2 * (at[:-1] @ at[:-1])
        return float(value), np.append(slope, pull.sum())

    begin = np.zeros(features.shape[1] + 1)
    with threadpool_limits(1):
        found = minimize(
            loss, begin, jac=True, method="L-BFGS-B", options={"maxiter": _STEPS, "gtol": 1e-4}
        )
    return Model(middle, spread, found.x[:-1].astype(np.float32), float(found.x[-1]))
