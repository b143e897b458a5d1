import numpy as np
import pytest

from covid19_images.duplicates import search
from covid19_images.duplicates.codes import VARIANTS, grouped_words, varied
from covid19_images.duplicates.search import MOST_OWNERS, Postings


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


def _joined(left, right):
    return {tuple(row) for row in search.join(left, right, least_shared=1).tolist()}


@pytest.mark.parametrize("least", [1, 20, 40])
@pytest.mark.parametrize("lookup_steps", [0, 64])  # all words through tables, or one by one
def test_scores_are_the_numbers_of_shared_words(monkeypatch, least, lookup_steps):
    monkeypatch.setattr(search, "_LOOKUP_STEPS", lookup_steps)
    monkeypatch.setattr(search, "_MOST_HITS", 100)
    monkeypatch.setattr(search, "_MOST_ROWS", 2)
    monkeypatch.setattr(search, "_MOST_POSTINGS", 50)
    new, held = [_codes(seed) for seed in range(5)], [_codes(seed) for seed in range(4, 13)]
    found = search.join(Postings.of(new), Postings.of(held), least_shared=least)
    assert {tuple(row) for row in found.tolist()} == _plain(new, held, least)


def test_it_does_not_matter_which_picture_is_new():
    some = Postings.of([_codes(seed) for seed in range(6)])
    found = _joined(some, some)
    assert {(j, i, v, shared) for i, j, v, shared in found} == found


def test_a_score_may_be_as_large_as_all_words_of_a_picture():
    codes = np.random.default_rng(1).integers(0, 256, (100, 24)).astype(np.uint8)
    words, groups = grouped_words(codes)
    every = len(set(zip(words.tolist(), groups.tolist(), strict=True)))
    some = Postings.of([codes[:3], codes])
    assert every > 700
    assert (1, 1, 0, every) in _joined(some, some)
    assert (0, 1, 0, 24) in _joined(some, some)


def test_pictures_without_keypoints_share_nothing():
    none = np.empty((0, 24), np.uint8)
    assert not _joined(Postings.of([none, _codes(1)]), Postings.of([none, none]))
    assert not _joined(Postings.of([]), Postings.of([none]))


def test_an_index_grows_by_pictures_and_is_the_one_made_of_all_at_once():
    some = [_codes(seed) for seed in range(7)]
    grown = Postings.of(some[:3]).plus(Postings.of(some[3:]), 3)
    assert (grown.entries == Postings.of(some).entries).all()
    assert (grown.starts == Postings.of(some).starts).all()


def test_an_index_of_some_owners_finds_what_they_share_and_nothing_else():
    index = Postings.of([_codes(seed) for seed in range(6)])
    wanted = np.isin(np.arange(MOST_OWNERS), (1, 4))
    every = _joined(index, index)
    numbers = {1: 0, 4: 1}
    found = {(numbers[i], *sign) for i, *sign in every if i in numbers}
    assert _joined(index.only(wanted), index) == found
