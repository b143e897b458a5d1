"""What is shown where not everything can be."""

from hypothesis import given
from hypothesis import strategies as st

from flows.text.sampling import evenly, shares

SIZES = st.lists(st.integers(0, 3000), max_size=12)


@given(st.integers(0, 300), st.integers(0, 300))
def test_some_items_are_taken_in_order_and_none_twice(size: int, most: int) -> None:
    taken = evenly(range(size), most)
    assert len(taken) == min(size, most)
    assert taken == sorted(set(taken))


@given(SIZES, st.integers(0, 2000))
def test_room_is_used_up_and_nobody_gets_more_than_it_needs(sizes: list[int], room: int) -> None:
    given_ = shares(sizes, room)
    assert sum(given_) == min(room, sum(sizes))
    assert all(0 <= share <= size for share, size in zip(given_, sizes, strict=True))


@given(SIZES, st.integers(0, 2000))
def test_only_one_that_has_all_it_needs_gets_less_than_another(sizes: list[int], room: int) -> None:
    given_ = shares(sizes, room)
    for share, size in zip(given_, sizes, strict=True):
        assert share == size or share >= max(given_) - 1
