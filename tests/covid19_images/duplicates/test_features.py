from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covid19_images.duplicates import Features, extract
from covid19_images.duplicates.features import FRAME_PX, MAX_BYTES, MAX_POINTS
from flows.demo.radiograph import radiograph
from tests.covid19_images.duplicates.pictures import tissue
from tests.support.examples import examples


def test_features_survive_the_cache():
    features = extract(tissue(1))
    again = Features.from_bytes(features.to_bytes())
    assert again.to_bytes() == features.to_bytes()
    assert (again.codes == features.codes).all()
    assert (again.points == features.points).all()
    assert (again.picture() == features.picture()).all()


def test_the_same_picture_always_has_the_same_features():
    assert extract(tissue(1)).to_bytes() == extract(tissue(1)).to_bytes()


def test_noise_is_the_worst_case_and_stays_within_the_bound():
    noise = np.random.default_rng(1).integers(0, 256, (1000, 1000)).astype(np.uint8)
    features = extract(noise)
    assert len(features.points) <= MAX_POINTS
    assert len(features.to_bytes()) <= MAX_BYTES


@given(st.integers(1, 40), st.integers(1, 3000), st.booleans())
@settings(deadline=None, max_examples=examples(20))
def test_pictures_of_any_shape_have_features(short, long, upright):
    shape = (long, short) if upright else (short, long)
    features = extract(np.random.default_rng(1).integers(0, 256, shape).astype(np.uint8))
    assert max(features.picture().shape) <= max(FRAME_PX, 8)
    assert features.codes.shape == (len(features.points), 24)


@pytest.mark.parametrize(
    "change", [lambda raw: raw[:-1], lambda raw: raw[:3], lambda raw: b"x" + raw]
)
def test_broken_or_foreign_features_are_refused(change):
    with pytest.raises(ValueError, match="again"):
        Features.from_bytes(change(extract(tissue(1)).to_bytes()))


def test_threads_and_one_thread_give_the_same_features():
    pictures = [radiograph(seed, size=(400, 300)) for seed in range(12)] * 4
    alone = [extract(picture).to_bytes() for picture in pictures]
    with ThreadPoolExecutor(4) as threads:
        together = [features.to_bytes() for features in threads.map(extract, pictures)]
    assert together == alone
