"""Whatever fails at one source costs that source alone."""

import inspect
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from flows.collection.checkout import Checkout
from flows.config import load
from flows.decoding.cache import Cache
from flows.night import cooldown, describe, listing, masks, observe, read, scan, volumes
from flows.night.compare import decided, features, find
from flows.night.compare import stage as compare_stage
from flows.night.plan import gates, previews, source_changes
from flows.night.plan import stage as plan_stage
from flows.night.plan.previews import choose
from flows.night.reporting import console
from flows.night.run import open_run
from flows.proposal import changes_json, markdown, page, section, sheets, shown
from flows.proposal import plan as proposal_plan
from flows.proposal.pictures import NO_PICTURES
from flows.sandbox.clock import clock_in_force
from flows.text.failure import report
from flows.upstream.outcome import Failed
from tests.support.collection import SIMPLE, Collection
from tests.support.pictures import png
from tests.support.upstream import Upstream

STAGES = (observe, scan, read, describe, volumes, masks, listing, cooldown)


TOGETHER = (
    *(compare_stage, decided, find, plan_stage, source_changes, gates, previews, choose),
    *(proposal_plan, changes_json, markdown, page, section, sheets, shown),
)


def _called(stages: Iterable[ModuleType]) -> Iterator[tuple[ModuleType, str]]:
    """List every function of ours that a stage could call."""
    for stage in stages:
        for name, value in vars(stage).items():
            ours = getattr(value, "__module__", "") or ""
            if name.endswith("_batch"):  # other processes run it: what happens there is a value
                continue
            if inspect.isfunction(value) and ours.startswith(("flows.", "covid19_images.")):
                yield stage, name


STEPS = {f"bad-{number}": step for number, step in enumerate(_called(STAGES))}
JOINT = {f"bad-{n}": step for n, step in enumerate(_called(TOGETHER))}


def _collection(folder: Path, names: Iterable[str], *, alike: bool = True) -> Collection:
    """Make a collection whose sources have one upstream, or one each."""
    collection = Collection(folder / "collection")
    table = '[[tables]]\nfiles = ["t.csv"]\npath = "images/{filename}"\n'
    table += '[tables.fields]\nfinding = ["finding"]\n'
    for seed, name in enumerate(names):
        upstream = Upstream(folder / ("one.git" if alike else f"{name}.git"))
        if not alike or not seed:
            content = {"images/a.png": png(seed), "images/b.png": png(seed)}
            upstream.commit({**content, "t.csv": b"filename,finding\na.png,x\nb.png,x\n"})
        collection.source(name, SIMPLE.format(url=upstream.url) + table)
    return collection


def _failing(act: Callable[..., Any], source: str, error: Exception) -> Callable[..., Any]:
    def fails(*args: Any, **options: Any) -> Any:
        if clock_in_force().source == source:
            raise error
        return act(*args, **options)

    return fails


@pytest.mark.slow
def test_an_unexpected_error_in_any_step_of_a_source_costs_that_source_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Each of some forty sources fails in another function; a good one is taken in."""
    collection = _collection(tmp_path, ["good", *STEPS])
    for source, (stage, name) in STEPS.items():
        failing = _failing(getattr(stage, name), source, ValueError(f"{source}: theirs"))
        monkeypatch.setattr(stage, name, failing)
    report = collection.night()
    assert len(collection.records("good")) == 2
    assert console.needs_a_person(report)
    outcomes = {change.source.name: change.outcome for change in report.changes}
    failed = {name: one for name, one in outcomes.items() if isinstance(one, Failed)}
    assert {STEPS[name][1] for name in failed} >= {"whose", "advance", "decode", "scan"}
    assert len(failed) >= 10
    for name, outcome in failed.items():
        assert outcome.source == name
        assert "ValueError in " in outcome.reason
        assert "theirs" not in outcome.reason  # words of an error may be an upstream's
        assert f"ValueError: {name}: theirs" in caplog.text


def _failing_with(act: Callable[..., Any], source: str) -> Callable[..., Any]:
    """Fail where a row of a source is among the arguments."""
    row = re.compile(rf"\(source='{source}', path=|\b{source}/images/")

    def fails(*args: Any, **options: Any) -> Any:
        if any(row.search(repr(one)) for one in (*args, *options.values())):
            raise KeyError(f"{source}: theirs")
        return act(*args, **options)

    return fails


def _check_joint(names: Iterable[str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Let each source fail in another function of compare and plan; return what failed."""
    collection = _collection(folder, ["good", *names], alike=False)
    for source in names:
        stage, name = JOINT[source]
        monkeypatch.setattr(stage, name, _failing_with(getattr(stage, name), source))
    report = collection.night()
    outcomes = {change.source.name: change.outcome for change in report.changes}
    failed = {name for name, one in outcomes.items() if isinstance(one, Failed)}
    held = collection.file("datasets/sources.csv")
    for name in ("good", *names):
        assert (f"\n{name}," in held) == (name not in failed)
    assert "good" not in failed
    assert not failed or console.needs_a_person(report)
    return failed


def test_an_error_while_sources_are_compared_costs_the_one_it_is_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    at = {
        name: source
        for source, (stage, name) in JOINT.items()
        if stage in (plan_stage, source_changes)
    }
    names = [at["check_rows"], at["draw"], at["_review_reason"]]
    assert _check_joint(names, tmp_path, monkeypatch) == set(names)
    assert all(f"{name} failed, and the others go on" in caplog.text for name in names)


@pytest.mark.slow
@pytest.mark.parametrize("module", TOGETHER, ids=lambda module: module.__name__)
def test_an_error_in_any_function_of_compare_and_plan_costs_the_source_it_is_about(
    module: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if module not in (plan_stage, previews, choose):  # drawing takes most of the time
        monkeypatch.setattr(plan_stage, "draw", lambda *_, **__: NO_PICTURES)
    names = [source for source, (stage, _) in JOINT.items() if stage is module]
    failed = _check_joint(names, tmp_path, monkeypatch)
    assert failed  # a night needs the others only now and then


@pytest.mark.parametrize(("module", "name"), [(features, "_decoded"), (previews, "_held")])
def test_a_source_that_cannot_be_read_again_costs_neither_itself_nor_another(
    module: ModuleType,
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    collection = _collection(tmp_path, ["one", "two"], alike=False)
    act = getattr(module, name)

    def fails(*args: Any) -> Any:
        assert not any("one-" in str(getattr(arg, "folder", "")) for arg in args)
        return act(*args)

    monkeypatch.setattr(module, name, fails)
    assert not console.needs_a_person(collection.night())
    if module is features:
        monkeypatch.setattr(Cache, "features", lambda *_: {})
        config = load.load(collection.folder / "config")
        context, _ = open_run(Checkout(collection.folder), config, collection.cache)
        rows = [row for name in ("one", "two") for row in collection.records(name).values()]
        found = features.features(context, rows)
        assert found.keys() == {row.blob for row in rows if row.source == "two"}
    assert "one cannot be read now and is left out" in caplog.text
    assert "two cannot be read" not in caplog.text


def test_an_error_that_no_source_makes_is_raised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise KeyError

    monkeypatch.setattr(plan_stage, "describe_changes", fails)
    with pytest.raises(KeyError):
        _collection(tmp_path, ["one", "two"]).night()


def test_a_report_for_developers_names_nobody_and_commands_nothing() -> None:
    inner, outer = ValueError("John Smith\n::error::14-03-2020"), KeyError("MRN0012345")
    outer.__cause__ = inner
    words = report(outer)
    assert "ValueError: [name] ：：error：：[date]" in words  # noqa: RUF001
    assert "KeyError: '[number]'" in words


def test_trouble_of_this_machine_is_no_sources(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = _failing(read.decode, "one", sqlite3.OperationalError("database or disk is full"))
    monkeypatch.setattr(read, "decode", full)
    with pytest.raises(sqlite3.OperationalError):
        _collection(tmp_path, ["one"]).night()
