"""Parts of splits: whole groups, nothing in common, and together everything."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from covid19_images.dataset.parts import Part, in_parts, parts_of, sides_of
from covid19_images.manifest.record import Record

SIDES = st.sampled_from(["train", "validation", "test", "none"])


@st.composite
def _records(draw: st.DrawFn) -> list[Record]:
    groups = draw(st.lists(st.tuples(SIDES, st.integers(1, 6)), max_size=20))
    return [
        Record(source="s", path=f"{g}-{n}.png", blob="0" * 40, group=f"g{g}", split=side)
        for g, (side, count) in enumerate(groups)
        for n in range(count)
    ]


@given(_records(), st.integers(1, 99))
def test_two_parts_of_a_split_have_no_group_in_common_and_are_all_of_it(
    records: list[Record], percent: int
) -> None:
    first = in_parts(records, parts_of(f"train[:{percent}%]"))
    second = in_parts(records, parts_of(f"train[{percent}%:]"))
    groups = [{r.group for r in records if r.key in keys} for keys in (first, second)]
    assert not groups[0] & groups[1]
    assert first | second == {r.key for r in records if r.split == "train"}


@given(_records())
def test_whole_splits_are_what_the_manifest_says(records: list[Record]) -> None:
    assert in_parts(records, parts_of(None)) == {r.key for r in records if r.split != "none"}
    assert in_parts(records, parts_of("val")) == {r.key for r in records if r.split == "validation"}


def test_a_part_has_as_many_images_as_it_says_to_within_a_group() -> None:
    records = [
        Record(source="s", path=f"{n}.png", blob="0" * 40, patient_id=f"p{n // 2}", split="train")
        for n in range(400)
    ]
    assert len(in_parts(records, parts_of("train[:75%]"))) == pytest.approx(300, abs=2)
    assert len(in_parts(records, parts_of("train[10%:20%]"))) == pytest.approx(40, abs=2)


def test_splits_are_written_in_several_ways() -> None:
    both = (Part("train"), Part("validation"))
    assert parts_of("train+validation") == parts_of(["train", "val"]) == parts_of(("train+valid",))
    assert parts_of("train + val") == both
    assert sides_of(parts_of("test+train[50%:]")) == ("train", "test")
    assert parts_of("all") == parts_of(None)
