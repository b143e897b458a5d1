"""The area under the ROC curve, with an interval that knows of patients with several pictures.

The interval is that of DeLong et al. (Biometrics 1988), for clustered data as in Obuchowski
(Biometrics 1997): pictures of one patient are not counted as if they were of several.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]
_Z_95 = 1.959964


@dataclass(frozen=True, slots=True)
class Auc:
    """An area under the curve and its 95 % interval.

    Attributes:
        value: 0.5 is chance, 1 tells all.
        low: Lower end of the interval.
        high: Upper end.
    """

    value: float
    low: float
    high: float


def auc(scores: Scores, positive: NDArray[np.bool_], groups: NDArray[np.int64]) -> Auc:
    """Return the area under the curve of scores.

    Args:
        scores: One a picture.
        positive: Whether it has the label; some have and some have not.
        groups: Number of its patient or group.
    """
    from scipy.stats import rankdata  # noqa: PLC0415  what never ranks starts quickly without

    ranks = rankdata(scores)
    m, n = int(positive.sum()), int((~positive).sum())
    v10 = (ranks[positive] - rankdata(scores[positive])) / n
    v01 = 1 - (ranks[~positive] - rankdata(scores[~positive])) / m
    value = float(v10.mean())
    spread = np.sqrt(_variance(v10 - value, v01 - value, positive, groups))
    low, high = value - _Z_95 * spread, value + _Z_95 * spread
    return Auc(value, float(max(0.0, low)), float(min(1.0, high)))


def _variance(
    of_positive: Scores,
    of_negative: Scores,
    positive: NDArray[np.bool_],
    groups: NDArray[np.int64],
) -> float:
    """Return the variance of the area, from how far each picture's share is off, by group."""
    _, at = np.unique(groups, return_inverse=True)
    count = int(at.max()) + 1
    m, n = len(of_positive), len(of_negative)
    x = np.bincount(at[positive], of_positive, count)
    y = np.bincount(at[~positive], of_negative, count)
    with_positive = len(np.unique(at[positive]))
    with_negative = len(np.unique(at[~positive]))
    s10 = _corrected(with_positive) * float(x @ x) / m
    s01 = _corrected(with_negative) * float(y @ y) / n
    s11 = _corrected(count) * float(x @ y)
    return max(0.0, s10 / m + s01 / n + 2 * s11 / (m * n))


def _corrected(count: int) -> float:
    return count / max(1, count - 1)
