"""The ledger: read back as written, and refused where it is not a ledger."""

import datetime as dt

import pytest

from covid19_images.manifest.splits import LedgerError, Placed, dumps, loads

A, B, C = (f"c19-{name * 16}" for name in "abc")
LINES = [Placed(B, "test", dt.date(2020, 3, 1)), Placed(A, "train", None)]


def test_a_ledger_keeps_its_order() -> None:
    assert dumps(LINES) == f"image_id,split,since\n{B},test,2020-03-01\n{A},train,\n"
    assert loads(dumps(LINES)) == LINES


def test_a_longer_ledger_begins_with_the_shorter_one() -> None:
    assert dumps(LINES).startswith(dumps(LINES[:1]))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("image_id,split\n", "header"),
        (f"{dumps(LINES)}{A},test,\n", f"places {A} twice"),
        (f"{dumps(LINES)}{C},none,\n", "line 4"),
        (f"{dumps(LINES)}{C},test,yesterday\n", "since is 'yesterday'"),
        (f"{dumps(LINES)}{C},test\n", "line 4"),
        (f"{dumps(LINES)}../{C},test,\n", "which is no image_id"),
        (f'{dumps(LINES)}"{C},test\n', "line 4"),
    ],
    ids=["header", "twice", "split", "date", "cells", "escape", "quote"],
)
def test_what_is_no_ledger_is_refused_with_its_line(text: str, message: str) -> None:
    with pytest.raises(LedgerError, match=message):
        loads(text)
