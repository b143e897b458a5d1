"""Volumes and masks are the same numbers in every framework that gives them."""

from functools import cached_property
from typing import cast

import numpy as np
import pytest
from numpy.typing import NDArray

import covid19_images as c19
from covid19_images.dataset.selection import Selection
from covid19_images.dataset.volume_item import VolumeItem
from covid19_images.dataset.volumes import VolumeSelection

AFFINE = np.diag([1.5, 1.5, 3, 1])
Both = tuple[NDArray[np.float32], NDArray[np.uint8]]


class Drawn(VolumeSelection):
    """Two volumes of other sizes, in Hounsfield units."""

    def __len__(self) -> int:
        return 2 if self.neighbours is None else 8

    def _whole(self, index: int) -> VolumeItem:
        random = np.random.default_rng(index)
        size = (5 + index, 6, 4)
        image = random.integers(-1024, 1500, size).astype(np.float32)
        mask = random.integers(0, 2, (2, *size)).astype(np.uint8)
        return VolumeItem(image, mask, AFFINE, np.int64(index), f"set/{index}")

    def _name(self, at: int) -> str:
        return f"set/{at}"

    def _shape(self, at: int) -> tuple[int, ...]:
        return (5 + at, 6, 4)

    @cached_property
    def _places(self) -> list[tuple[int, int]]:
        return [(at, number) for at in range(2) for number in range(4)]

    @cached_property
    def targets(self) -> NDArray[np.int64]:
        return np.arange(2)

    def __repr__(self) -> str:
        return "drawn"


class _Seed:
    seed = 3


def drawn(*masks: str, neighbours: int | None = None) -> VolumeSelection:
    patch = (4, 8, 2) if masks and neighbours is None else None
    # Any spacing: parts are then cut out of the whole.
    own = {"spacing_mm": (1.0, 1.0, 1.0), "patch": patch, "neighbours": neighbours}
    return Drawn(cast("Selection", _Seed()), (), masks, **own)


def _torch(chosen: VolumeSelection) -> list[Both]:
    return [
        (i[0].numpy(), m.numpy()) for i, m in map(c19.torch.of_volumes(chosen).__getitem__, (0, 1))
    ]


def _tensorflow(chosen: VolumeSelection) -> list[Both]:
    items = c19.tensorflow.of_volumes(chosen)
    return [(i.numpy()[..., 0], np.moveaxis(m.numpy(), -1, 0)) for i, m in items]


def _jax(chosen: VolumeSelection) -> list[Both]:
    items = c19.jax.of_volumes(chosen)
    return [(np.asarray(i)[..., 0], np.moveaxis(np.asarray(m), -1, 0)) for i, m in items]


def _monai(chosen: VolumeSelection) -> list[Both]:
    items = [c19.monai.of_volumes(chosen)[at] for at in range(2)]
    for at, item in enumerate(items):
        np.testing.assert_array_equal(item["image"].affine.numpy(), chosen[at].affine)
    return [(item["image"].numpy()[0], item["label"].numpy()) for item in items]


def _huggingface(chosen: VolumeSelection) -> list[Both]:
    return [(item["image"], item["label"]) for item in c19.huggingface.of_volumes(chosen)]


def _webdataset(chosen: VolumeSelection) -> list[Both]:
    return [(item["image.npy"], item["label.npy"]) for item in c19.webdataset.of_volumes(chosen)]


def _fastai(chosen: VolumeSelection) -> list[Both]:
    loaders = c19.fastai.of_volumes(chosen, chosen)
    return [(image.numpy()[0, 0], mask.numpy()[0]) for image, mask in loaders.valid]


def _slices_torch(chosen: VolumeSelection) -> list[Both]:
    items = c19.torch.of_volumes(chosen)
    return [(items[at][0].numpy(), items[at][1].numpy()) for at in range(len(items))]


def _slices_tensorflow(chosen: VolumeSelection) -> list[Both]:
    items = c19.tensorflow.of_volumes(chosen)
    return [(np.moveaxis(i.numpy(), -1, 0), np.moveaxis(m.numpy(), -1, 0)) for i, m in items]


def _slices_jax(chosen: VolumeSelection) -> list[Both]:
    items = c19.jax.of_volumes(chosen)
    return [
        (np.moveaxis(np.asarray(i), -1, 0), np.moveaxis(np.asarray(m), -1, 0)) for i, m in items
    ]


def _slices_monai(chosen: VolumeSelection) -> list[Both]:
    items = c19.monai.of_volumes(chosen)
    return [(items[at]["image"].numpy(), items[at]["label"].numpy()) for at in range(len(items))]


def _slices_fastai(chosen: VolumeSelection) -> list[Both]:
    loaders = c19.fastai.of_volumes(chosen, chosen)
    return [(image.numpy()[0], mask.numpy()[0]) for image, mask in loaders.valid]


EVERY_OF_SLICES = [
    *(_slices_torch, _slices_tensorflow, _slices_jax, _slices_monai, _slices_fastai),
    *(_huggingface, _webdataset),
]
EVERY = [_torch, _tensorflow, _jax, _monai, _huggingface, _webdataset, _fastai]


@pytest.mark.parametrize("give", EVERY)
def test_volumes_and_masks_are_the_same_numbers(give) -> None:
    chosen = drawn("lung", "infection")
    found = give(chosen)
    assert len(found) == 2
    for at, (image, mask) in enumerate(found):
        np.testing.assert_array_equal(image, chosen[at].image)
        np.testing.assert_array_equal(mask, chosen[at].mask)
        assert (image.dtype, mask.dtype) == (np.float32, np.uint8)


@pytest.mark.parametrize("give", EVERY_OF_SLICES)
def test_slices_with_neighbours_are_the_same_numbers(give) -> None:
    chosen = drawn("lung", "infection", neighbours=1)
    found = give(chosen)
    assert len(found) == len(chosen) == 8
    for at, (image, mask) in enumerate(found):
        assert image.shape == (3, *chosen[at].image.shape[1:])
        np.testing.assert_array_equal(image, chosen[at].image)
        np.testing.assert_array_equal(mask, chosen[at].mask)


def test_without_masks_the_target_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = drawn()
    assert [int(target) for _, target in map(c19.torch.of_volumes(chosen).__getitem__, (0, 1))] == [
        0,
        1,
    ]
    assert [int(target) for _, target in c19.tensorflow.of_volumes(chosen)] == [0, 1]
    assert [int(target) for _, target in c19.jax.of_volumes(chosen)] == [0, 1]
    assert [c19.monai.of_volumes(chosen)[at]["label"] for at in (0, 1)] == [0, 1]
