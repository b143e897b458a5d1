"""Areas under the curve and their intervals, against what is known of them."""

import numpy as np
import pytest

from covid19_images.checks.shortcuts.auc import auc


def test_an_area_is_the_share_of_pairs_in_order_and_ties_count_half() -> None:
    scores = np.array([3.0, 2.0, 2.0, 1.0])
    positive = np.array([True, True, False, False])
    assert auc(scores, positive, np.arange(4)).value == pytest.approx(3.5 / 4)


def test_the_interval_covers_the_truth_19_times_of_20() -> None:
    random = np.random.default_rng(0)
    covered = 0
    for _ in range(400):
        positive = np.arange(120) < 40
        scores = random.normal(size=120) + positive * 0.9539  # of which the area is 0.75
        found = auc(scores, positive, np.arange(120))
        covered += found.low <= 0.75 <= found.high
    assert 0.91 <= covered / 400 <= 0.98


def test_pictures_of_one_patient_do_not_make_an_interval_narrow() -> None:
    random = np.random.default_rng(1)
    positive = np.arange(60) < 30
    scores = random.normal(size=60) + positive
    plain = auc(scores, positive, np.arange(60))
    ten = (np.repeat(scores, 10), np.repeat(positive, 10), np.repeat(np.arange(60), 10))
    by_patient = auc(*ten)
    by_picture = auc(ten[0], ten[1], np.arange(600))
    assert by_patient.high - by_patient.low == pytest.approx(plain.high - plain.low, rel=1e-6)
    assert by_picture.high - by_picture.low < 0.5 * (plain.high - plain.low)
