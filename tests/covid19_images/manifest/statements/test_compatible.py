"""What can both be true of one picture: what looks like a conflict and is none, and what is."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from covid19_images.manifest.record import Record
from covid19_images.manifest.statements.compatible import KIND_OF, findings
from covid19_images.manifest.statements.conflicts import Conflict, conflicts
from covid19_images.manifest.statements.exposures import exposures
from tests.covid19_images.manifest.statements.test_suspects import row

ORDER = {"owner": 1, "second": 2, "merge": 3}
WORDS = st.lists(st.sampled_from([*KIND_OF, "No finding", "ARDS", "Effusion"]), max_size=4)


def fields(rows: Sequence[Record]) -> list[str]:
    return [one.field for one in conflicts(rows, ORDER)]


def copy_of(owner: str, key: str, **cells: object) -> Record:
    source, _, path = key.partition("/")
    plain = {"duplicate_of": owner, "duplicate_kind": "resized"}
    return row(source, path, **(plain | cells))


@given(WORDS, WORDS)
def test_what_a_word_is_a_kind_of_says_nothing_more(a: list[str], b: list[str]) -> None:
    wider = [word for one in a for word in KIND_OF.get(one, ())]
    assert findings([*a, *wider], b) is findings(a, b) is findings(b, a)
    assert findings(a, a)


@pytest.mark.parametrize(
    ("a", "b", "both"),
    [
        (["Pneumonia", "COVID-19"], ["SARS"], False),
        (["Viral pneumonia", "COVID-19"], ["Bacterial pneumonia"], False),
        (["Pneumonia", "COVID-19"], ["Viral pneumonia"], True),
        (["COVID-19", "Streptococcus"], ["Bacterial pneumonia"], True),
    ],
)
def test_of_a_list_the_narrowest_causes_count(a: list[str], b: list[str], *, both: bool) -> None:
    assert findings(a, b) is findings(b, a) is both


def test_a_mirrored_copy_is_named_once_however_many_true_copies_there_are() -> None:
    rows = [
        row("owner", "1"),
        copy_of("owner/1", "second/1"),
        copy_of("owner/1", "merge/1", duplicate_kind="flipped"),
    ]
    found = conflicts(rows, ORDER)
    assert found == [
        Conflict(
            field="laterality",
            a="merge/1",
            b="owner/1",
            a_value="mirrored",
            b_value="as taken",
            counts="as taken",
            by="owner",
        )
    ]


def test_two_copies_that_are_both_mirrored_do_not_contradict_each_other() -> None:
    both = [copy_of("owner/1", f"merge/{n}", duplicate_kind="flipped") for n in (1, 2)]
    assert fields([row("owner", "1"), *both]) == ["laterality", "laterality"]
    assert fields(both) == []  # where nobody has it as it was taken, nobody can tell


def test_of_two_owners_of_one_picture_the_nearer_one_counts_and_the_other_is_listed() -> None:
    rows = [
        row("owner", "1", sex="M", age_min=45, age_max=45),
        copy_of("owner/1", "second/1", sex="F", age_min=40, age_max=49),
        copy_of("owner/1", "merge/1", sex="F"),
    ]
    found = conflicts(rows, ORDER)
    assert {(one.field, one.counts, one.by) for one in found} == {("sex", "M", "owner")}
    assert len(found) == 2


def test_panels_of_one_figure_are_pictures_of_their_own() -> None:
    panels = [
        copy_of("owner/figure", f"merge/{n}", duplicate_kind="part", sex=sex, finding=finding)
        for n, sex, finding in ((1, "M", ("SARS",)), (2, "F", ("COVID-19",)))
    ]
    rows = [row("owner", "figure", sex="M", finding=("No finding",)), *panels]
    assert fields(rows) == []
    assert exposures(rows) == []
    assert conflicts(rows, ORDER, copies=[("merge/1", "merge/2")])  # where they are confirmed


STATED = (
    {"finding": ("COVID-19",)},
    {"finding": ("No finding",)},
    {"sex": "M"},
    {"sex": "F"},
    {"age_min": 45, "age_max": 45},
    {"age_min": 60},
    {"offset_days": 3, "offset_basis": "admission"},
    {},
)


@given(st.lists(st.sampled_from(STATED), min_size=2, max_size=5))
def test_silence_and_what_nobody_uses_add_no_conflict(stated: list[dict[str, object]]) -> None:
    rows = [row("owner", "0", **stated[0])]
    rows += [copy_of("owner/0", f"merge/{n}", **cells) for n, cells in enumerate(stated[1:])]
    silent = copy_of("owner/0", "second/0")
    gone = replace(silent, path="1", sex="F", status="withdrawn", status_reason="gone upstream")
    assert conflicts([*rows, silent, gone], ORDER) == conflicts(rows, ORDER)
