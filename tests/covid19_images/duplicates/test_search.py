import numpy as np
import pytest

from covid19_images.duplicates import search
from covid19_images.duplicates.codes import VARIANTS, grouped_words, varied
from covid19_images.duplicates.search import propose


def _codes(seed, count=40):
    """Codes of few values, so that pictures share words."""
    return np.random.default_rng(seed).integers(0, 4, (count, 24)).astype(np.uint8) * 85


def _plain(new, held, least):
    def of(codes):
        words, groups = grouped_words(codes)
        return set(zip(words.tolist(), groups.tolist(), strict=True))

    scores = {
        (i, j, v): len(of(varied(a, v)) & of(b))
        for i, a in enumerate(new)
        for j, b in enumerate(held)
        for v in VARIANTS
    }
    return {(*key, shared) for key, shared in scores.items() if shared >= least}


@pytest.mark.parametrize("least", [1, 20, 40])
def test_scores_are_the_numbers_of_shared_words(monkeypatch, least):
    monkeypatch.setattr(search, "_KNOWN_BLOCK", 4)
    monkeypatch.setattr(search, "_NEW_BLOCK", 3)
    new, held = [_codes(seed) for seed in range(5)], [_codes(seed) for seed in range(4, 13)]
    found = {tuple(one) for one in propose(new, held, least_shared=least)}
    assert found == _plain(new, held, least)


def test_it_does_not_matter_which_picture_is_new():
    some = [_codes(seed) for seed in range(6)]
    found = {tuple(one) for one in propose(some, some, least_shared=1)}
    assert {(j, i, v, shared) for i, j, v, shared in found} == found


def test_pictures_without_keypoints_share_nothing():
    none = np.empty((0, 24), np.uint8)
    assert list(propose([none, _codes(1)], [none, none], least_shared=1)) == []
    assert list(propose([], [none])) == []
