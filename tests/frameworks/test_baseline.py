"""The baseline's small network: it learns, and comes out the same each time."""

import numpy as np
import pytest

import covid19_images as c19
from covid19_images.checks.baseline import network
from covid19_images.download.copy import LocalCopy


def test_a_small_network_learns_what_can_be_learnt(copy: LocalCopy) -> None:
    train, test = (
        c19.load("xray", side, sources="journal", size=64, root=copy.folder)
        for side in ("train", "test")
    )
    model = network.fit(network.describe(train.images), train.targets == 1)
    found = model.probabilities(network.describe(test.images))
    assert ((found > 0.5) == (test.targets == 1)).mean() > 0.9


def test_it_is_the_same_to_the_last_bit_and_pytorch_is_as_it_was(
    copy: LocalCopy, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    monkeypatch.setattr(network, "_STEPS", 20)
    before = torch.get_num_threads(), torch.random.get_rng_state()
    first, second = (c19.baseline(root=copy.folder, model="network") for _ in range(2))
    assert np.array_equal(first.measured.predicted, second.measured.predicted)
    assert repr(first) == repr(second)
    assert "images at random" in repr(first)
    assert torch.get_num_threads() == before[0]
    assert torch.equal(torch.random.get_rng_state(), before[1])
