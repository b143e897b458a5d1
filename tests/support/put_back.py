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
        folder = factory.mktemp("put-back")
        (folder / "now").mkdir()
        make(folder / "now")
        shutil.copytree(folder / "now", folder / "kept", symlinks=True)
        _made[make] = folder  # only now: where `make` fails, every test says how
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
