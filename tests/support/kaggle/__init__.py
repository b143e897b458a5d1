"""Kaggle's API on loopback, as its own client asks it; what it does not know fails.

Written after the client's code: methods, fields and their types are those of its messages, limits
of lengths those that its command line checks. A version takes each token of a file once, and is
seen some requests after it was made; tars are unpacked, as Kaggle does.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.kaggle.account import TOKEN, Kaggle, Version
from tests.support.kaggle.server import handler
from tests.support.server import running

__all__ = ["TOKEN", "Kaggle", "Version", "emulated"]


@contextmanager
def emulated() -> Iterator[Kaggle]:
    """Serve an account that has nothing yet; what it was wrongly asked fails at the end."""
    there = Kaggle()
    with running(handler(there)) as there.url:
        yield there
    assert there.wrong == []
