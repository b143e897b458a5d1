"""What is not slow shows every value of every parameter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.crossed import crossed


def _fast(parameters: list) -> list[tuple]:
    return [p.values for p in parameters if not p.marks]


def test_each_value_is_tried_and_the_rest_is_slow():
    assert _fast(crossed("abc", [1, 2])) == [("a", 1), ("b", 2), ("c", 1)]
    assert len(crossed("abc", [1, 2])) == 6


@given(st.sets(st.tuples(st.sampled_from("abc"), st.sampled_from([1, 2]))))
def test_no_value_is_lost_where_some_combinations_are_none(without: set):
    parameters = crossed("abc", [1, 2], without=list(without))
    every = [p.values for p in parameters]
    assert not without & set(every)
    for n in range(2):
        assert {one[n] for one in _fast(parameters)} == {one[n] for one in every}


def test_the_mark_is_that_which_make_test_leaves_out():
    assert [mark.name for mark in crossed("ab", "cd")[1].marks] == [pytest.mark.slow.name]


def test_fewer_are_fast_where_it_is_asked_for():
    assert _fast(crossed("abc", [1, 2], fast=1)) == [("a", 1)]
    assert len(crossed("abc", [1, 2], fast=1)) == 6
