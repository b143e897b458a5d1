"""Tests of every combination: a few of them show every value, the others are slow repetitions."""

from collections.abc import Sequence
from itertools import product
from typing import Any

import pytest


def crossed(
    *axes: Sequence[Any], without: Sequence[tuple[Any, ...]] = (), fast: int | None = None
) -> list[Any]:
    """Return parameters for every combination; a few that show each value once are not slow.

    Args:
        axes: The values of each parameter.
        without: Combinations that are none.
        fast: How many are not slow, where every value in turn would be the same behaviour again.
    """
    combinations = [one for one in product(*axes) if one not in without]
    diagonal = [
        tuple(axis[i % len(axis)] for axis in axes) for i in range(max(len(axis) for axis in axes))
    ]
    # Where the diagonal meets a combination that is none, its values still need one that is.
    shown = [one for one in diagonal if one in combinations]
    for one in combinations:
        if any(all(value != other[n] for other in shown) for n, value in enumerate(one)):
            shown.append(one)
    return [
        pytest.param(*one, marks=() if one in shown[:fast] else pytest.mark.slow)
        for one in combinations
    ]
