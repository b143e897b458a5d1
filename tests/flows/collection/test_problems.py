"""What could not be explained is kept, each thing once."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.collection.problems import Kind, Problem, dumps, loads

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")))
PROBLEMS = st.lists(
    st.builds(Problem, TEXT, TEXT, st.integers(0, 10**6), st.sampled_from(get_args(Kind)), TEXT)
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
    ("text", "said"),
    [
        ("", "does not begin with the header we write"),
        ("source,file\n", "does not begin with the header we write"),
        ("{header}set,a,1,odd,x\n", "line 2: the kind 'odd' is unknown"),
        ("{header}set,a,x,refused,x\n", "line 2: not a row we write"),
        ("{header}set,a\n", "line 2: not a row we write"),
        ('{header}"a"b\n', "line 2: "),
    ],
)
def test_what_we_did_not_write_is_said_with_its_line(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        loads(text.format(header=dumps([])))
