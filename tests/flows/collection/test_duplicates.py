"""The list of copies: every pair once, sorted, and read back as it was."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from covid19_images.manifest.record import DuplicateKind
from flows.collection.duplicates import Decider, Pair, dumps, loads

KEYS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1)
NUMBERS = st.none() | st.integers(0, 1000)
PAIRS = st.builds(
    Pair,
    a=KEYS,
    b=KEYS,
    kind=st.sampled_from((*get_args(DuplicateKind), "undecided")),
    hamming_bits=NUMBERS,
    inliers=NUMBERS,
    correlation=st.none() | st.integers(-10_000, 10_000).map(lambda n: n / 10_000),
    transform=st.sampled_from(["", "1 0 0 0 1 0", "0.5 0 0.1 0 0.5 0.2 inverted"]),
    decided_by=st.sampled_from(get_args(Decider)),
    date=st.none() | st.dates(),
)
TABLES = st.lists(PAIRS, unique_by=lambda pair: (pair.a, pair.b))


@given(TABLES)
def test_what_is_written_is_read_back_sorted(pairs: list[Pair]) -> None:
    assert loads(dumps(pairs)) == sorted(pairs, key=lambda pair: (pair.a, pair.b))
    assert dumps(loads(dumps(pairs))) == dumps(pairs)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the header differs from ours"),
        ("a,b\n", "the header differs from ours"),
        ("{header}x,y,alike,1,,,,bytes,\n", "line 2: kind is 'alike'"),
        ("{header}x,y,bytes,1,,,,nobody,\n", "line 2: decided_by is 'nobody'"),
        ("{header}x,y,bytes,many,,,,bytes,\n", "line 2: hamming_bits is 'many'"),
        ("{header}x,y,bytes,,,,,bytes,yesterday\n", "line 2: date is 'yesterday'"),
        ("{header}x,y\n", "line 2: 2 cells where 9 belong"),
        ('{header}"a"b\n', "line 2: "),
    ],
)
def test_what_we_did_not_write_is_said_with_its_line(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        loads(text.format(header=dumps([])))
