"""Rows are read when one is asked for, and once, whoever asks."""

from concurrent.futures import ThreadPoolExecutor
from time import sleep

import pytest

from flows.collection.unread import Unread


def test_nothing_is_read_before_somebody_asks() -> None:
    rows: Unread[int] = Unread(lambda: pytest.fail("read"))
    assert rows is rows  # noqa: PLR0124  what stays is known by being the same
    assert rows == rows  # noqa: PLR0124
    assert "unread" in repr(rows)


def test_they_are_read_once_whoever_asks() -> None:
    times = []

    def load() -> list[int]:
        times.append(1)
        sleep(0.01)
        return [1, 2, 3]

    rows = Unread(load)
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(lambda at: rows[at], range(3))) == [1, 2, 3]
    assert (list(rows), len(rows), rows[1:], "3 rows" in repr(rows)) == ([1, 2, 3], 3, (2, 3), True)
    assert times == [1]


def test_they_equal_the_same_rows_and_no_others() -> None:
    rows = Unread(lambda: [1, 2])
    assert rows == (1, 2)
    assert not rows != (1, 2)  # noqa: SIM202
    assert rows == Unread(lambda: (1, 2))
    assert rows != (1, 3)
    assert rows != [1, 2]
