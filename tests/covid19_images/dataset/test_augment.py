"""Augmentation: small, seeded, and true to the label."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covid19_images.dataset.augment import PRESETS, Augment, augmentation
from tests.support.examples import examples
from tests.support.local_copy import lungs

CHEST = lungs(1, ill=True, size=(224, 224))
STILL = {
    "rotation_deg": 0,
    "shift": 0,
    "scale": 0,
    "contrast": 0,
    "brightness": 0,
    "noise": 0,
    "occlusion": 0,
}


def drawn(augment: Augment, seed: int = 0) -> np.ndarray:
    return augment(CHEST, np.random.default_rng(seed))


@settings(max_examples=examples(50), deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(sorted(PRESETS)))
def test_a_picture_stays_a_picture_of_the_same_thing(seed: int, preset: str) -> None:
    before = CHEST.copy()
    changed = drawn(PRESETS[preset], seed)
    assert changed.shape == CHEST.shape
    assert changed.dtype == np.uint8
    assert np.array_equal(CHEST, before)
    middle = (slice(60, 164), slice(60, 164))
    alike = np.corrcoef(changed[middle].ravel(), CHEST[middle].ravel())[0, 1]
    mirrored = np.corrcoef(changed[middle].ravel(), CHEST[:, ::-1][middle].ravel())[0, 1]
    # Of 6,000 draws the nearest to its mirror image was 0.28 apart.
    assert alike > mirrored


def test_the_same_seed_draws_the_same() -> None:
    assert np.array_equal(drawn(Augment(), 5), drawn(Augment(), 5))
    assert not np.array_equal(drawn(Augment(), 5), drawn(Augment(), 6))


def test_nothing_is_changed_where_all_amounts_are_zero() -> None:
    assert np.array_equal(drawn(Augment(**STILL)), CHEST)


@pytest.mark.parametrize("name", sorted(set(STILL)))
def test_each_amount_does_something(name: str) -> None:
    amount = {"rotation_deg": 10, "occlusion": 1}.get(name, 0.2)
    assert not np.array_equal(drawn(Augment(**STILL | {name: amount})), CHEST)


def test_occlusion_covers_a_corner_and_leaves_the_middle() -> None:
    for seed in range(30):
        changed = drawn(Augment(**STILL | {"occlusion": 1}), seed)
        touched = np.argwhere(changed != CHEST)
        assert np.all((touched < 56) | (touched >= 168))


def test_nothing_is_mirrored_unless_asked() -> None:
    assert all(preset.flip == 0 for preset in PRESETS.values())
    assert np.array_equal(drawn(Augment(**STILL, flip=1)), CHEST[:, ::-1])


def test_users_bring_their_own_function() -> None:
    random = np.random.default_rng(0)
    own = augmentation(lambda image: 255 - image)
    assert own is not None
    assert np.array_equal(own(CHEST, random), 255 - CHEST)

    class Named:
        def __call__(self, image: np.ndarray) -> dict[str, np.ndarray]:
            return {"image": image // 2}

    assert np.array_equal(augmentation(Named())(CHEST, random), CHEST // 2)  # type: ignore[misc]
    with pytest.raises(TypeError, match="must give 8-bit grey"):
        augmentation(lambda image: image / 2)(CHEST, random)  # type: ignore[misc]


@pytest.mark.parametrize("value", [None, False])
def test_no_augmentation_is_none(value: object) -> None:
    assert augmentation(value) is None


def test_a_wrong_name_lists_the_presets() -> None:
    with pytest.raises(ValueError, match="light, standard, strong"):
        augmentation("heavy")
    with pytest.raises(ValueError, match="an Augment or a function"):
        augmentation(3)
    assert augmentation(True) == PRESETS["standard"]
