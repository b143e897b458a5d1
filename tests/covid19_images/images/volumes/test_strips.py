"""Strips show planes at even distances with their outlines, whatever way the file lies."""

import numpy as np
import pytest

from covid19_images.images.volumes import strips
from covid19_images.images.volumes.strips import COLOURS, coloured, from_bytes, outlines, to_bytes

AFFINE = np.diag([1.0, 1, 2, 1])


def _voxels() -> np.ndarray:  # type: ignore[type-arg]
    voxels = np.zeros((20, 30, 40), np.int16)
    voxels[15:, 20:, 30:] = 100  # to the right, the front and the head
    return voxels


def test_planes_are_at_even_distances_and_lengths_are_true() -> None:
    axial, coronal, sagittal = strips.strips(_voxels(), AFFINE, is_hounsfield=False)
    assert [one.axis for one in (axial, coronal, sagittal)] == ["axial", "coronal", "sagittal"]
    assert (axial.numbers[0], axial.numbers[-1], axial.count) == (1, 40, 40)
    assert len(axial.numbers) == strips.MOST_FRAMES
    assert coronal.height == strips.LONGEST_PX  # 80 mm from feet to head are the longest
    assert axial.levels.shape[1] == round(strips.LONGEST_PX * 20 / 80)


def test_a_file_that_lies_otherwise_gives_the_same_strips() -> None:
    turned = np.diag([-1.0, -1, 2, 1])
    for one, other in zip(
        strips.strips(_voxels(), AFFINE, is_hounsfield=False),
        strips.strips(_voxels()[::-1, ::-1], turned, is_hounsfield=False),
        strict=True,
    ):
        np.testing.assert_array_equal(one.levels, other.levels)


def test_hounsfield_units_are_seen_in_a_lung_window_and_what_is_no_number_is_black() -> None:
    values = np.full((4, 4, 4), -600, np.float32)
    values[:2] = np.nan
    [axial, *_] = strips.strips(values, AFFINE, is_hounsfield=True)
    assert set(np.unique(axial.levels[: axial.height, -2:])) <= {0}
    stored = (values[2:] + 1024).astype(np.float32)
    [again, *_] = strips.strips(stored, AFFINE, is_hounsfield=True, rescale=(1.0, -1024.0))
    assert (again.levels == 127).all()


def test_outlines_lie_on_the_volume_in_the_colour_of_their_value() -> None:
    mask = np.zeros((20, 30, 40), np.uint8)
    mask[4:12, 5:20, 5:35] = 3
    mask[12:18, 5:20, 5:35] = 7
    [axial, *_] = strips.strips(_voxels(), AFFINE, is_hounsfield=False)
    [drawn, *_] = outlines(mask, AFFINE, [3, 7])
    assert (drawn.numbers, drawn.levels.shape) == (axial.numbers, axial.levels.shape)
    shown = np.asarray(coloured(axial, [drawn]))
    for number in (1, 2):
        assert (shown[drawn.levels == number] == COLOURS[number - 1]).all()
        assert (drawn.levels == number).any()
    assert not drawn.levels[: drawn.height].any()  # the first plane has none


def test_what_is_written_is_read_back_and_anything_else_is_refused() -> None:
    made = outlines(np.eye(9, dtype=np.uint8)[..., None].repeat(4, 2), AFFINE, [1])
    again = from_bytes(to_bytes(made, is_exact=True))
    assert [(o.axis, o.numbers, o.count) for o in again] == [
        (o.axis, o.numbers, o.count) for o in made
    ]
    for one, other in zip(again, made, strict=True):
        np.testing.assert_array_equal(one.levels, other.levels)
    with pytest.raises(ValueError, match="unpack"):
        from_bytes(b"nothing of ours")
