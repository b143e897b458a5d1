"""The ledger: read back as written, and refused where it is not a ledger."""

import datetime as dt

import pytest

from covid19_images.splits import LedgerError, Placed, dumps, loads

LINES = [Placed("c19-b", "test", dt.date(2020, 3, 1)), Placed("c19-a", "train", None)]


def test_a_ledger_keeps_its_order() -> None:
    assert dumps(LINES) == "image_id,split,since\nc19-b,test,2020-03-01\nc19-a,train,\n"
    assert loads(dumps(LINES)) == LINES


def test_a_longer_ledger_begins_with_the_shorter_one() -> None:
    assert dumps(LINES).startswith(dumps(LINES[:1]))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("image_id,split\n", "header"),
        (f"{dumps(LINES)}c19-a,test,\n", "places c19-a twice"),
        (f"{dumps(LINES)}c19-c,none,\n", "line 4"),
        (f"{dumps(LINES)}c19-c,test,yesterday\n", "'yesterday' is not a date"),
        (f"{dumps(LINES)}c19-c,test\n", "line 4"),
        (f'{dumps(LINES)}"c19-c,test\n', "line 4"),
    ],
    ids=["header", "twice", "split", "date", "cells", "quote"],
)
def test_what_is_no_ledger_is_refused_with_its_line(text: str, said: str) -> None:
    with pytest.raises(LedgerError, match=said):
        loads(text)
