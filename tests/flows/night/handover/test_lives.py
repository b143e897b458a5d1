"""A handover may delete what is of no configured source, and nothing else."""

from dataclasses import replace
from pathlib import Path

import pytest

from covid19_images.manifest import table
from covid19_images.manifest.record import Record
from flows.collection.state import SourceRow, State
from flows.config.load import Config, parse_source
from flows.night.handover import HandoverError
from flows.night.handover.lives import check_lives
from flows.night.handover.unpack import Tables
from tests.support.collection import SIMPLE

ROW = Record(source="old", path="images/0.png", blob="1" * 40)
BEFORE = State(
    base="0" * 40,
    pins={"old": "2" * 40, "set": "3" * 40},
    described={name: SourceRow(name, "2" * 40, "", 2) for name in ("old", "set")},
    records={"old": (ROW,), "set": (replace(ROW, source="set"),)},
)
NOTHING = Tables()
GONE = ("datasets/old",)
MOVED = ("datasets/manifest/old.csv", "datasets/old")


def config(*names: str) -> Config:
    made = [
        parse_source(SIMPLE.format(url="https://github.com/a/b"), Path(f"{name}.toml"))
        for name in names
    ]
    return Config.model_construct(sources=tuple(made))


def written(name: str, row: Record) -> dict[str, bytes]:
    return {f"datasets/manifest/{name}.csv": table.dumps([replace(row, source=name)]).encode()}


def test_what_is_of_no_source_goes_and_a_renamed_source_is_told() -> None:
    assert check_lives(replace(NOTHING, deleted=GONE), config("set"), BEFORE) == {}
    files = written("new", ROW)
    proposal = replace(NOTHING, deleted=MOVED, files=files)
    assert check_lives(proposal, config("new", "set"), BEFORE) == {"old": "new"}


@pytest.mark.parametrize(
    ("proposal", "names", "why"),
    [
        (replace(NOTHING, deleted=("datasets/set",)), ("old", "set"), "would delete datasets/set"),
        (replace(NOTHING, deleted=("README.md",)), ("old", "set"), "would delete README.md"),
        (NOTHING, ("set",), "would keep datasets/old"),
        (replace(NOTHING, deleted=MOVED), ("set",), "no other source has them"),
        (
            replace(NOTHING, deleted=MOVED, files=written("set", ROW)),
            ("set",),
            "no other source has them",
        ),
        (
            replace(
                NOTHING,
                deleted=MOVED,
                files=written("new", replace(ROW, path="b.png", blob="4" * 40)),
            ),
            ("new", "set"),
            "no other source has them",
        ),
    ],
)
def test_nothing_else_is_deleted_and_no_row_is_lost(
    proposal: Tables, names: tuple[str, ...], why: str
) -> None:
    with pytest.raises(HandoverError, match=why):
        check_lives(proposal, config(*names), BEFORE)
