"""Squares: the short side is scaled, the middle is kept."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from covid19_images.images.resize import sized

SIDES = st.integers(1, 60)


@given(SIDES, SIDES, SIDES)
def test_every_picture_becomes_a_square_and_a_flat_one_stays_flat(
    height: int, width: int, size: int
) -> None:
    out = sized(np.full((height, width), 77, np.uint8), size)
    assert out.shape == (size, size)
    assert out.dtype == np.uint8
    assert set(np.unique(out)) == {77}


def test_only_the_middle_of_a_wide_picture_is_kept() -> None:
    levels = np.zeros((100, 300), np.uint8)
    levels[:, 100:200] = 200
    assert (sized(levels, 50)[:, 2:-2] == 200).all()


@pytest.mark.parametrize("shape", [(448, 448), (448, 1000), (1000, 448)])
def test_fine_stripes_are_averaged_and_not_picked(shape: tuple[int, int]) -> None:
    levels = np.zeros(shape, np.uint8)
    levels[::2] = 200
    inner = sized(levels, 112)[8:-8, 8:-8]
    assert np.abs(inner.astype(int) - 100).max() <= 6
