import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covid19_images.duplicates.arrangement import LEAST_VOTES, is_alike
from covid19_images.duplicates.codes import CODE_BYTES, MIRRORED, VARIANTS, varied
from covid19_images.duplicates.features import Features
from covid19_images.duplicates.keypoints import STEPS_PER_PX

_POINTS = 60
_MIDDLE = 112  # px


def _features(places, codes):
    points = np.clip(np.asarray(places) * STEPS_PER_PX, 0, 65_535).astype(np.uint16)
    return Features(points, codes, b"")


def _codes(random, count):
    return random.integers(0, 256, (count, CODE_BYTES), np.uint8)


def _both(seed, *, shared, variant=0, degrees=0.0, scale=1.0, height=1.0, chance=0):
    """Make a picture, and one that has some of its keypoints moved, and others anywhere."""
    random = np.random.default_rng(seed)
    places, codes = random.uniform(40, 184, (_POINTS, 2)), _codes(random, _POINTS)
    way = (places - _MIDDLE) @ [1, 1j] * scale * np.exp(1j * np.deg2rad(degrees))
    if variant & MIRRORED:
        way = way.conj()
    moved = np.stack([way.real, way.imag * height], axis=1) + _MIDDLE
    other = np.concatenate([moved[:shared], random.uniform(0, 224, (_POINTS - shared, 2))])
    alike = varied(codes[: shared + chance], variant)
    rest = _codes(random, _POINTS - shared - chance)
    return _features(places, codes), _features(other, np.concatenate([alike, rest]))


@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from(VARIANTS),
    st.floats(0, 360),
    st.floats(0.5, 1.0),
    st.integers(8, 20),
)
@settings(deadline=None, max_examples=50)
def test_keypoints_that_are_turned_scaled_and_shifted_together_lie_alike(
    seed, variant, degrees, scale, shared
):
    a, b = _both(seed, shared=shared, variant=variant, degrees=degrees, scale=scale)
    assert is_alike(a, b, variant)
    assert is_alike(b, a, variant)


@pytest.mark.parametrize("degrees", [0, 180], ids=["as it is", "upside down"])
@pytest.mark.parametrize("variant", VARIANTS)
def test_keypoints_of_a_picture_that_was_squeezed_lie_alike(variant, degrees):
    squeezed = [
        _both(seed, shared=8, variant=variant, degrees=degrees, height=0.6) for seed in range(100)
    ]
    assert sum(is_alike(a, b, variant) for a, b in squeezed) >= 95
    assert sum(is_alike(b, a, variant) for a, b in squeezed) >= 95


@pytest.mark.parametrize("variant", VARIANTS)
def test_words_that_are_shared_by_chance_lie_anywhere(variant):
    by_chance = [_both(seed, shared=0, variant=variant, chance=8) for seed in range(100)]
    alike = sum(is_alike(a, b, variant) for a, b in by_chance)
    assert alike <= 10


def test_too_few_shared_words_lie_nowhere():
    a, b = _both(1, shared=LEAST_VOTES - 1)
    assert not is_alike(a, b, 0)
    assert not is_alike(a, _features([], np.empty((0, CODE_BYTES), np.uint8)), 0)


def test_a_mirrored_picture_does_not_lie_as_the_picture_does():
    a, b = _both(2, shared=8, variant=MIRRORED)
    assert is_alike(a, b, MIRRORED)
    assert not is_alike(a, b, 0)


def test_words_all_around_one_keypoint_say_nothing():
    a, b = _both(3, shared=8)
    gathered = a.points // 64 + 64 * STEPS_PER_PX  # within 4 px
    assert not is_alike(Features(gathered, a.codes, b""), b, 0)


@given(st.integers(0, 2**32 - 1), st.sampled_from(VARIANTS), st.integers(0, 6))
@settings(deadline=None, max_examples=50)
def test_it_is_the_same_whichever_picture_comes_first(seed, variant, shared):
    a, b = _both(seed, shared=shared, variant=variant, chance=6)
    assert is_alike(a, b, variant) == is_alike(b, a, variant)
