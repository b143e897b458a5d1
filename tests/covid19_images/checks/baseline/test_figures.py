"""Figures of predictions are what they are called, and their intervals hold what is true."""

import numpy as np
import pytest

from covid19_images.checks.baseline.figures import auc, score, within

RANDOM = np.random.default_rng(3)


def test_the_area_is_the_share_of_pairs_that_are_ranked_right() -> None:
    truth = RANDOM.random(60) < 0.4
    predicted = np.round(RANDOM.random(60) + 0.3 * truth, 1)  # with ties
    pairs = [(p > n) + (p == n) / 2 for p in predicted[truth] for n in predicted[~truth]]
    assert auc(truth, predicted) == pytest.approx(np.mean(pairs))


def test_within_sources_it_gains_nothing_to_know_the_source() -> None:
    source = np.arange(200) < 100
    truth = np.where(source, RANDOM.random(200) < 0.9, RANDOM.random(200) < 0.1)
    known = source.astype(float)
    assert (auc(truth, known) or 0) > 0.8
    assert within(truth, known, source.astype(np.str_)) == 0.5
    assert within(truth, known, np.arange(200).astype(np.str_)) is None


def test_there_is_no_area_where_a_class_is_missing() -> None:
    assert auc(np.array([True, True]), np.array([0.1, 0.2])) is None


def test_sensitivity_and_specificity_are_shares_at_the_threshold() -> None:
    truth = np.arange(20) < 10
    predicted = np.where(truth, 0.8, 0.1)
    predicted[[0, 1, 19]] = [0.2, 0.5, 0.9]
    found = score("set", truth, predicted, np.arange(20))
    assert found.sensitivity is not None
    assert found.specificity is not None
    assert (found.sensitivity.value, found.specificity.value) == (0.9, 0.9)
    strict = score("set", truth, predicted, np.arange(20), threshold=0.6)
    assert strict.sensitivity is not None
    assert strict.sensitivity.value == 0.8


def test_nothing_is_said_of_a_handful_of_images() -> None:
    found = score("set", np.arange(8) < 4, np.linspace(1, 0, 8), np.arange(8))
    assert (found.auc, found.sensitivity, found.specificity) == (None, None, None)


def test_many_pictures_of_one_patient_are_not_many_patients() -> None:
    truth = np.repeat(np.arange(40) % 2 == 0, 10)
    predicted = np.repeat(RANDOM.random(40), 10) + 0.3 * truth
    alone = score("set", truth, predicted, np.arange(400)).auc
    whole = score("set", truth, predicted, np.repeat(np.arange(40), 10)).auc
    assert alone is not None
    assert whole is not None
    assert alone.value == whole.value
    assert whole.high - whole.low > 2 * (alone.high - alone.low)


def test_intervals_hold_the_true_area_about_as_often_as_they_say() -> None:
    held = 0
    for seed in range(20):
        random = np.random.default_rng(seed)
        truth = np.arange(120) % 2 == 0
        predicted = random.standard_normal(120) + truth  # true area 0.760
        found = score("set", truth, predicted, np.arange(120)).auc
        assert found is not None
        held += found.low <= 0.760 <= found.high
    assert held >= 17


def test_a_share_of_all_has_an_interval_too() -> None:
    truth = np.arange(40) < 20
    found = score("set", truth, truth.astype(float), np.arange(40)).sensitivity
    assert found is not None
    assert (found.value, found.high) == (1.0, 1.0)
    assert 0.8 < found.low < 0.9
