import cv2
import numpy as np
import pytest

from covid19_images.duplicates.codes import (
    INVERTED,
    MIRRORED,
    VARIANTS,
    grouped_words,
    permutation,
    projections,
    varied,
)
from tests.covid19_images.duplicates.pictures import tissue


def _codes(descriptors):
    return np.packbits(descriptors @ projections() > 0, axis=1)


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_code_of_a_permuted_descriptor_is_the_code_with_its_groups_exchanged(variant):
    descriptors = np.random.default_rng(1).random((50, 128), np.float32)
    permuted = descriptors[:, permutation(variant)]
    assert (_codes(permuted) == varied(_codes(descriptors), variant)).all()


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_variant_taken_twice_is_the_picture_itself(variant):
    twice = permutation(variant)[permutation(variant)]
    assert (twice == np.arange(128)).all()


@pytest.mark.parametrize(
    ("variant", "change"),
    [(INVERTED, lambda p: 255 - p), (MIRRORED, lambda p: np.ascontiguousarray(p[:, ::-1]))],
)
def test_the_permutation_is_what_sift_sees_in_the_changed_picture(variant, change):
    picture = tissue(1)
    sift = cv2.SIFT.create(nfeatures=200)
    _, before = sift.detectAndCompute(picture, None)
    _, after = sift.detectAndCompute(change(picture), None)
    matches = cv2.BFMatcher().knnMatch(before[:, permutation(variant)], after, k=2)
    assert sum(a.distance < 0.7 * b.distance for a, b in matches) > 100


def test_words_of_different_places_never_meet():
    words, groups = grouped_words(np.zeros((1, 24), np.uint8))
    assert len(set(zip(words.tolist(), groups.tolist(), strict=True))) == 8


def test_a_variant_exchanges_the_groups_of_words_and_nothing_else():
    codes = np.random.default_rng(2).integers(0, 256, (20, 24)).astype(np.uint8)
    words, groups = grouped_words(codes)
    for variant in VARIANTS:
        exchanged, moved = grouped_words(varied(codes, variant))
        before = sorted(zip(words.tolist(), (groups ^ variant).tolist(), strict=True))
        assert sorted(zip(exchanged.tolist(), moved.tolist(), strict=True)) == before
