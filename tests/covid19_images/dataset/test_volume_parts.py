"""A part of a volume is what NumPy cuts out of it, also where it reaches beyond the edge."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from covid19_images.dataset.volume_parts import drawn, slab

SIDES = st.tuples(*(st.integers(1, 7) for _ in range(3)))


@settings(max_examples=60)
@given(shape=SIDES, size=SIDES, seed=st.integers(0, 2**32 - 1))
def test_a_patch_is_cut_out_of_the_volume_with_its_edge_going_on(
    shape: tuple[int, ...], size: tuple[int, ...], seed: int
) -> None:
    values = np.random.default_rng(seed).integers(1, 200, shape).astype(np.uint8)
    part = drawn(shape, size, np.random.default_rng(seed))
    wide = np.pad(values, 8, mode="edge")
    box = tuple(slice(at + 8, at + 8 + n) for at, n in zip(part.first, size, strict=True))
    np.testing.assert_array_equal(part.of_image(values, shape), wide[box])
    np.testing.assert_array_equal(
        part.of_mask(values[None], values.shape)[0], np.pad(values, 8)[box]
    )
    for axis in range(3):
        first, end = part.reaches(axis, shape[axis])
        region = np.take(values, range(first, end), axis=axis)
        begins = tuple(first if one == axis else 0 for one in range(3))
        np.testing.assert_array_equal(part.of_image(region, shape, begins), wide[box])


def test_a_slab_at_the_end_repeats_the_edge() -> None:
    values = np.arange(5, dtype=np.uint8).reshape(1, 1, 5)
    assert slab(values.shape, 0, 2).of_image(values, values.shape).ravel().tolist() == [
        0,
        0,
        0,
        1,
        2,
    ]
    assert slab(values.shape, 4, 1).of_image(values, values.shape).ravel().tolist() == [3, 4, 4]
