"""Draws of the augmentation are the same with any number of processes."""

import multiprocessing
import pickle

from covid19_images.dataset.draws import Draws


def _count(draws: Draws, pictures: list[int]) -> None:
    draws.following(pictures)


def test_each_picture_has_a_count_of_its_own() -> None:
    draws = Draws(3)
    assert draws.following([0, 2, 2]) == [(0,), (0,), (1,)]
    assert draws.next(0) == (1,)


def test_processes_count_together_however_they_are_started() -> None:
    for way in ("fork", "spawn"):
        draws, context = Draws(3), multiprocessing.get_context(way)
        for pictures in ([0, 1], [1, 2]):
            process = context.Process(target=_count, args=(draws, pictures))
            process.start()
            process.join(60)
            assert process.exitcode == 0
        assert draws.following([0, 1, 2]) == [(1,), (2,), (1,)]


def test_a_copy_by_pickle_goes_on_from_the_same_counts() -> None:
    draws = Draws(2)
    draws.next(1)
    assert pickle.loads(pickle.dumps(draws)).following([0, 1]) == [(0,), (1,)]
