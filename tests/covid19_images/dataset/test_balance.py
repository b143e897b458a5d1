"""A subset in which the source tells nothing of the label, and what it leaves out."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from covid19_images.dataset.arguments import SelectionError
from covid19_images.dataset.balance import balance, shares
from covid19_images.dataset.labels import label
from covid19_images.loaders.load import load
from covid19_images.manifest.record import Record, Split
from tests.support import local_copy

COVID = label("covid")


def rows(source: str, ill: int, well: int, split: Split = "train") -> list[Record]:
    return [
        Record(
            source=source,
            path=f"{split}/{at}.png",
            blob="0" * 40,
            split=split,
            image_id=f"c19-{at:016x}",
            finding=("COVID-19",) if at < ill else ("No finding",),
        )
        for at in range(ill + well)
    ]


def test_sources_with_one_class_are_left_out_and_the_others_have_the_same_shares() -> None:
    every = rows("a", 30, 10) + rows("b", 10, 10) + rows("only-ill", 50, 0)
    found = balance(every, COVID, 0)
    assert Counter((r.source, r.finding[0]) for r in found.records) == {
        ("a", "COVID-19"): 30,
        ("a", "No finding"): 10,
        ("b", "COVID-19"): 10,
        ("b", "No finding"): 3,
    }
    assert found.left_out == {
        "of only-ill, which has only positive": 50,
        "negative of b, to balance": 7,
    }


def test_every_split_is_balanced_by_itself() -> None:
    every = rows("a", 10, 10) + rows("b", 8, 8) + rows("a", 4, 0, "test") + rows("b", 0, 4, "test")
    assert {r.split for r in balance(every, COVID, 0).records} == {"train"}


def test_what_is_drawn_depends_on_the_seed_and_not_on_the_order_of_rows() -> None:
    every = rows("a", 30, 30) + rows("b", 30, 10)
    drawn = {r.key for r in balance(every, COVID, 0).records}
    assert drawn == {r.key for r in balance(every[::-1], COVID, 0).records}
    assert drawn != {r.key for r in balance(every, COVID, 1).records}


def test_a_label_with_several_classes_an_image_cannot_be_balanced() -> None:
    with pytest.raises(SelectionError, match="one class"):
        balance(rows("a", 1, 1), label("findings"), 0)


@given(st.lists(st.tuples(*[st.integers(0, 200)] * 3), min_size=1, max_size=6))
def test_shares_differ_by_no_more_than_what_a_whole_picture_makes(
    counts: list[tuple[int, ...]],
) -> None:
    words = ("a", "b", "c")
    by_source = {
        str(at): {word: n for word, n in zip(words, some, strict=True) if n}
        for at, some in enumerate(counts)
    }
    found = shares(by_source)
    assert bool(found) == any(len(by) > 1 for by in by_source.values())
    assert all(0 < n <= by_source[s][c] for s, by in found.items() for c, n in by.items())
    assert len({tuple(by) for by in found.values()}) <= 1
    assert not found or any(_all_have_its_shares(found, like) for like in by_source.values())


def _all_have_its_shares(found: dict[str, dict[str, int]], like: dict[str, int]) -> bool:
    """Return whether every source has a multiple of one source's counts, rounded down."""
    if not all(by.keys() <= like.keys() for by in found.values()):
        return False
    least = [max(n / like[c] for c, n in by.items()) for by in found.values()]
    most = [min((n + 1) / like[c] for c, n in by.items()) for by in found.values()]
    return all(low <= high for low, high in zip(least, most, strict=True))


def test_every_loader_takes_it_and_says_what_is_left_out(tmp_path_factory) -> None:
    copy = local_copy.make(tmp_path_factory.mktemp("copy"), count=20)
    given_ = load(root=copy.folder, balance="source")
    assert {record.source for record in given_.records} == {"journal"}
    assert "of kinds, which has only positive" in given_.description
    with pytest.raises(SelectionError, match="There is no balance 'label'"):
        load(root=copy.folder, balance="label")
