"""What could not be explained is kept, each thing once."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from covid19_images.manifest.identifiers import NAME
from flows.collection.problems import MOST_ALIKE, Kind, Problem, bounded, dumps, loads

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")))
MESSAGE = TEXT.filter(bool)  # a problem without words would say nothing
SOURCES = st.just("") | st.from_regex(NAME, fullmatch=True)
PROBLEMS = st.lists(
    st.builds(
        Problem, SOURCES, TEXT, st.integers(0, 10**6), st.sampled_from(get_args(Kind)), MESSAGE
    )
)


@given(PROBLEMS)
def test_what_is_written_is_read_back_sorted_and_once(problems: list[Problem]) -> None:
    assert loads(dumps([*problems, *problems])) == sorted(set(problems))


def test_a_line_of_no_table_is_empty() -> None:
    problem = Problem("set", "a, b.png", 0, "refused", 'it says "no"')
    assert dumps([problem]).splitlines()[1] == 'set,"a, b.png",,refused,"it says ""no"""'


def test_no_spreadsheet_takes_a_cell_for_a_formula() -> None:
    problem = Problem("set", "=cmd|' /C calc'!A0", 1, "unmapped_value", "@SUM(1)")
    assert dumps([problem]).splitlines()[1] == "set,'=cmd|' /C calc'!A0,1,unmapped_value,'@SUM(1)"
    assert loads(dumps([problem])) == [problem]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the header differs from ours"),
        ("source,file\n", "the header differs from ours"),
        ("{header}set,a,1,odd,x\n", "line 2: kind is 'odd'; it must be one of"),
        ("{header}set,a,x,refused,x\n", "line 2: line is 'x'; it must be of type int"),
        ("{header}set,a\n", "line 2: 2 cells where 5 belong"),
        ('{header}"a"b\n', "line 2: "),
    ],
)
def test_what_we_did_not_write_is_said_with_its_line(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        loads(text.format(header=dumps([])))


@pytest.mark.parametrize(("number", "more"), [(MOST_ALIKE, 0), (MOST_ALIKE + 1, 1)])
def test_one_broken_file_lists_so_many_problems_and_counts_the_rest(number: int, more: int) -> None:
    alike = [Problem("set", "a.csv", i, "unmapped_value", f"no {i}") for i in range(1, number + 1)]
    found = bounded([*alike, Problem("set", "b.csv", 1, "unmapped_value", "another file")])
    assert len(found) == MOST_ALIKE + more + 1
    assert [p.what for p in found if p.line == 0] == ["and 1 more like these"] * more
