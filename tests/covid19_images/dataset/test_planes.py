"""A volume is shown by three planes, as a radiologist looks at them, with masks as outlines."""

import numpy as np

from covid19_images.dataset.planes import planes, sheet
from covid19_images.dataset.volume_item import VolumeItem


def drawn(*, outlined: bool) -> VolumeItem:
    image = np.zeros((20, 20, 10), np.float32)
    image[15:, 12:, 6:] = 100  # to the right, the front and the head
    mask = np.zeros((1 if outlined else 0, *image.shape), np.uint8)
    mask[:, 4:17, 4:17, 2:9] = 1
    return VolumeItem(image, mask, np.diag([1.0, 1, 2, 1]), 0, "set/a")


def test_right_is_on_the_left_and_head_and_front_are_on_top() -> None:
    item = drawn(outlined=False)
    item.image[:] = 0
    item.image[15:, 10:, 5:] = 100
    axial, coronal, sagittal = (np.asarray(plane.convert("L")) for plane in planes(item, 40))
    for plane in (axial, coronal):
        assert plane[:18, :8].min() > 200
        assert plane[:, 15:].max() == 0
        assert plane[25:].max() == 0
    assert sagittal.max() == 0  # the middle plane is not where it is bright


def test_an_outline_is_coloured_and_its_inside_is_not() -> None:
    axial = np.asarray(planes(drawn(outlined=True), 40)[0])
    coloured = (axial == (255, 176, 0)).all(axis=-1)
    assert coloured.any()
    inside = axial[18:22, 18:22]
    assert not (inside == (255, 176, 0)).all(axis=-1).any()
    plain = np.asarray(planes(drawn(outlined=False), 40)[0])
    assert not (plain == (255, 176, 0)).all(axis=-1).any()


def test_each_volume_has_a_row_of_three() -> None:
    items = (drawn(outlined=True) for _ in range(2))
    assert sheet(items, size=40, gap=4).size == (3 * 44 - 4, 2 * 44 - 4)
