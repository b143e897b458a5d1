import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covid19_images.duplicates import hamming
from tests.covid19_images.duplicates.pictures import tissue, true_hash
from tests.support.examples import examples


def _random(count, seed):
    return np.random.default_rng(seed).integers(0, 2**63, (count, 4), np.uint64)


def _noisy(hashes, bits, seed):
    random = np.random.default_rng(seed)
    noisy = hashes.copy()
    for row in noisy:
        for bit in random.choice(256, bits, replace=False):
            row[bit // 64] ^= np.uint64(1) << np.uint64(bit % 64)
    return noisy


def _pairs(hits):
    return [tuple(row) for row in hits.tolist()]


@given(st.integers(0, 70), st.integers(0, 10_000))
@settings(deadline=None, max_examples=examples(25))
def test_the_search_finds_what_plain_counting_finds_in_every_way(radius, seed):
    held = _random(60, seed)
    turned = hamming.turned(held[:20], *hamming.WAYS[seed % 16])
    new = _noisy(turned, seed % 48, seed + 1)
    plain = {
        (i, j, number, int(np.bitwise_count(hashes[i] ^ b).sum()))
        for number, way in enumerate(hamming.WAYS)
        for hashes in [hamming.turned(new, *way)]
        for i in range(len(new))
        for j, b in enumerate(held)
        if np.bitwise_count(hashes[i] ^ b).sum() <= radius
    }
    assert _pairs(hamming.within(new, held, radius)) == sorted(plain)


def test_it_does_not_matter_how_the_hashes_are_cut_into_tiles(monkeypatch):
    held = _random(50, 1)
    new = _noisy(hamming.turned(held[:30], turn=5, inverted=True), 20, 2)
    whole = _pairs(hamming.within(new, held, 32))
    monkeypatch.setattr(hamming, "_TILE_COLUMNS", 7)
    monkeypatch.setattr(hamming, "_TILE_CELLS", 20)
    assert _pairs(hamming.within(new, held, 32)) == whole
    assert len(whole) == 30


def test_nothing_is_near_nothing():
    assert _pairs(hamming.within(hamming.pack([]), _random(3, 1), 32)) == []
    assert _pairs(hamming.within(_random(3, 1), hamming.pack([]), 32)) == []


def test_a_packed_hash_is_the_one_imagehash_writes():
    picture = true_hash(tissue(1))
    assert "".join(f"{word:016x}" for word in hamming.pack([picture])[0]) == picture


@pytest.mark.parametrize(("turn", "inverted"), hamming.WAYS)
def test_a_turn_can_be_undone(turn, inverted):
    hashes = hamming.pack([true_hash(tissue(seed)) for seed in range(3)])
    there = hamming.turned(hashes, turn, inverted)
    assert (hamming.turned(there, hamming.undone(turn), inverted) == hashes).all()


@pytest.mark.parametrize(("turn", "inverted"), hamming.WAYS)
def test_a_turned_hash_is_near_the_hash_of_the_turned_picture(turn, inverted):
    picture = tissue(2)
    changed = picture.T if turn & 4 else picture
    changed = changed[::-1] if turn & 2 else changed
    changed = changed[:, ::-1] if turn & 1 else changed
    changed = np.ascontiguousarray(255 - changed if inverted else changed)
    guess = hamming.turned(hamming.pack([true_hash(picture)]), turn, inverted)
    assert np.bitwise_count(guess ^ hamming.pack([true_hash(changed)])).sum() <= 32
