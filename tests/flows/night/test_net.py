"""Whatever fails at one source costs that source alone."""

import inspect
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from flows.night import cooldown, describe, listing, observe, read, scan
from flows.reporting import console
from flows.sandbox.clock import clock_in_force
from flows.upstream.outcome import Failed
from tests.support.collection import SIMPLE, Collection
from tests.support.pictures import png
from tests.support.upstream import Upstream

STAGES = (observe, scan, read, describe, listing, cooldown)


def _called() -> Iterator[tuple[ModuleType, str]]:
    """List every function of ours that a stage of a source could call."""
    for stage in STAGES:
        for name, value in vars(stage).items():
            ours = getattr(value, "__module__", "") or ""
            if inspect.isfunction(value) and ours.startswith(("flows.", "covid19_images.")):
                yield stage, name


STEPS = {f"bad-{number}": step for number, step in enumerate(_called())}


def _collection(folder: Path, names: Iterable[str]) -> Collection:
    """Make a collection whose sources have one upstream."""
    upstream = Upstream(folder / "upstream.git")
    upstream.commit({"images/a.png": png(1), "t.csv": b"filename,finding\na.png,x\n"})
    collection = Collection(folder / "collection")
    table = '[[tables]]\nfiles = ["t.csv"]\npath = "images/{filename}"\n'
    table += '[tables.fields]\nfinding = ["finding"]\n'
    for name in names:
        collection.source(name, SIMPLE.format(url=upstream.url) + table)
    return collection


def _failing(act: Callable[..., Any], source: str, error: Exception) -> Callable[..., Any]:
    def fails(*args: Any, **options: Any) -> Any:
        if clock_in_force().source == source:
            raise error
        return act(*args, **options)

    return fails


def test_an_unexpected_error_in_any_step_of_a_source_costs_that_source_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Each of some forty sources fails in another function; a good one is taken in."""
    collection = _collection(tmp_path, ["good", *STEPS])
    for source, (stage, name) in STEPS.items():
        failing = _failing(getattr(stage, name), source, ValueError(f"{source}: theirs"))
        monkeypatch.setattr(stage, name, failing)
    report = collection.night()
    assert len(collection.records("good")) == 1
    assert console.needs_a_person(report)
    outcomes = {change.source.name: change.outcome for change in report.changes}
    failed = {name: one for name, one in outcomes.items() if isinstance(one, Failed)}
    assert {STEPS[name][1] for name in failed} >= {"ask", "advance", "decode", "scan"}
    assert len(failed) >= 10
    for name, outcome in failed.items():
        assert outcome.source == name
        assert "ValueError in " in outcome.reason
        assert "theirs" not in outcome.reason  # words of an error may be an upstream's
        assert f"ValueError: {name}: theirs" in caplog.text


def test_trouble_of_this_machine_is_no_sources(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = _failing(read.decode, "one", sqlite3.OperationalError("database or disk is full"))
    monkeypatch.setattr(read, "decode", full)
    with pytest.raises(sqlite3.OperationalError):
        _collection(tmp_path, ["one"]).night()
