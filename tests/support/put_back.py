"""Folders that many tests begin with: made once by each worker, and put back before every test."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.collection import Collection
from tests.support.upstream import Upstream

Begin = Callable[[Collection, Upstream], object]

_made: dict[Callable[[Path], object], Path] = {}


def put_back(factory: pytest.TempPathFactory, make: Callable[[Path], object]) -> Path:
    """Return a folder as `make` left it; it lies where it lay then, so that addresses in it hold.

    Args:
        factory: Where the run has its folders.
        make: Called once, with the folder.
    """
    if make not in _made:
        _made[make] = factory.mktemp("put-back")
        (_made[make] / "now").mkdir()
        make(_made[make] / "now")
        shutil.copytree(_made[make] / "now", _made[make] / "kept", symlinks=True)
    now = _made[make] / "now"
    shutil.rmtree(now)
    shutil.copytree(_made[make] / "kept", now, symlinks=True)
    return now


_begun: dict[Begin, Callable[[Path], object]] = {}


def begun(factory: pytest.TempPathFactory, begin: Begin) -> tuple[Collection, Upstream]:
    """Return a collection and an upstream as `begin` left them.

    Args:
        factory: Where the run has its folders.
        begin: Called once, with an empty collection and an empty upstream.
    """

    def make(folder: Path) -> None:
        begin(Collection(folder / "collection"), Upstream(folder / "upstream.git"))

    folder = put_back(factory, _begun.setdefault(begin, make))
    return Collection(folder / "collection"), Upstream(folder / "upstream.git")
