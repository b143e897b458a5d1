"""Volumes and masks are the same numbers in every framework that gives them."""

from functools import cached_property
from typing import cast

import numpy as np
import pytest
from numpy.typing import NDArray

import covid19_images as c19
from covid19_images.dataset.selection import Selection
from covid19_images.dataset.volumes import VolumeItem, VolumeSelection

AFFINE = np.diag([1.5, 1.5, 3, 1])
Both = tuple[NDArray[np.float32], NDArray[np.uint8]]


class Drawn(VolumeSelection):
    """Two volumes of other sizes, in Hounsfield units."""

    def __len__(self) -> int:
        return 2

    def _whole(self, index: int) -> VolumeItem:
        random = np.random.default_rng(index)
        size = (5 + index, 6, 4)
        image = random.integers(-1024, 1500, size).astype(np.float32)
        mask = random.integers(0, 2, (2, *size)).astype(np.uint8)
        return VolumeItem(image, mask, AFFINE, np.int64(index), f"set/{index}")

    @cached_property
    def targets(self) -> NDArray[np.int64]:
        return np.arange(2)

    def __repr__(self) -> str:
        return "drawn"


class _Seed:
    seed = 3


def drawn(*masks: str) -> VolumeSelection:
    return Drawn(cast("Selection", _Seed()), (), masks, patch=(4, 8, 2) if masks else None)


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


def test_without_masks_the_target_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = drawn()
    assert [int(target) for _, target in map(c19.torch.of_volumes(chosen).__getitem__, (0, 1))] == [
        0,
        1,
    ]
    assert [int(target) for _, target in c19.tensorflow.of_volumes(chosen)] == [0, 1]
    assert [int(target) for _, target in c19.jax.of_volumes(chosen)] == [0, 1]
    assert [c19.monai.of_volumes(chosen)[at]["label"] for at in (0, 1)] == [0, 1]
