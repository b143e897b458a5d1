"""What is proposed stays proposed until it is merged, withdrawn upstream, or a person decides."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.night.run import Report
from tests.support.collection import NOW, SIMPLE, Collection
from tests.support.examples import examples
from tests.support.pictures import png
from tests.support.upstream import Upstream, git

NAMES = ("one", "two")
BRANCH = "refs/heads/sync/datasets"
SIZE_PX = (48, 40)
Picture = tuple[str, str]


class World:
    """A collection with two upstreams, and what was proposed of them."""

    def __init__(self, folder: Path, cache: Path) -> None:
        self.collection = Collection(folder / "collection")
        self.collection.cache = cache
        self.upstreams = {name: Upstream(folder / f"{name}.git") for name in NAMES}
        self.silent: set[str] = set()
        self.proposed: set[Picture] = set()
        self.there: dict[str, list[int]] = {name: [] for name in NAMES}
        self.pictures = self.days = 0
        for name in NAMES:
            self.collection.source(name, SIMPLE.format(url=self.upstreams[name].url))
            self.add(name)
        git(self.collection.folder, "add", "config")
        git(self.collection.folder, "commit", "--quiet", "-m", "config")

    def act(self, act: str, name: str) -> None:
        getattr(self, act)(name)
        self.check()

    def add(self, name: str) -> None:
        if name not in self.silent:
            self.pictures += 1
            self.there[name].append(self.pictures)
            self.commit(name, self.pictures, png(self.pictures, size=SIZE_PX))

    def withdraw(self, name: str) -> None:
        if name not in self.silent and len(self.there[name]) > 1:
            gone = self.there[name].pop()
            self.commit(name, gone, None)
            self.proposed.discard((name, f"images/{gone}.png"))

    def commit(self, name: str, number: int, content: bytes | None) -> None:
        self.upstreams[name].commit({f"images/{number}.png": content})

    def silence(self, name: str) -> None:
        if name not in self.silent:
            self.silent.add(name)
            folder = self.upstreams[name].folder
            folder.rename(folder.with_name(f"{folder.name}-away"))

    def answer(self, name: str) -> None:
        if name in self.silent:
            self.silent.remove(name)
            folder = self.upstreams[name].folder
            folder.with_name(f"{folder.name}-away").rename(folder)

    def night(self, name: str = "") -> Report:
        return self.run(())

    def visit(self, name: str) -> Report:
        return self.run((name,))

    def run(self, only: Sequence[str]) -> Report:
        self.days += 1
        report = self.collection.night(only=only, now=NOW + dt.timedelta(days=self.days))
        self.proposed |= self.held(self.tip())
        return report

    def merge(self, name: str = "") -> None:
        """Merge as one commit; the branch stays, as it does where nobody deletes it."""
        folder = self.collection.folder
        if self.tip() == BRANCH:
            tree = git(folder, "rev-parse", f"{BRANCH}^{{tree}}").strip()
            made = git(folder, "commit-tree", tree, "-p", "main", "-m", "merge").strip()
            git(folder, "update-ref", "refs/heads/main", made)

    def close(self, name: str = "") -> None:
        """Delete the branch: a person does not want what only it holds."""
        if self.tip() == BRANCH:
            git(self.collection.folder, "update-ref", "-d", BRANCH)
            self.proposed &= self.held("main")

    def edit(self, name: str = "") -> None:
        """Commit something else to main, so that the proposal stands on an old base."""
        folder = self.collection.folder
        tree = git(folder, "rev-parse", "main^{tree}").strip()
        made = git(folder, "commit-tree", tree, "-p", "main", "-m", "other work").strip()
        git(folder, "update-ref", "refs/heads/main", made)

    def tip(self) -> str:
        there = git(self.collection.folder, "for-each-ref", BRANCH).strip()
        return BRANCH if there else "main"

    def held(self, ref: str) -> set[Picture]:
        folder = self.collection.folder
        files = git(folder, "ls-tree", "--name-only", ref, "datasets/manifest/").split()
        names = [Path(file).stem for file in files]
        return {
            (name, row.path)
            for name in names
            for row in self.collection.records(name, ref).values()
            if row.status != "withdrawn"
        }

    def check(self) -> None:
        assert self.proposed <= self.held(self.tip()) | self.held("main")

    def end(self) -> None:
        """Let every upstream answer: all that it has is proposed or merged."""
        for name in NAMES:
            self.answer(name)
        self.act("night", "")
        has = {(name, f"images/{i}.png") for name in NAMES for i in self.there[name]}
        assert has == self.held(self.tip())

    def body(self) -> str:
        return (self.collection.pages / "body.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def world(tmp_path: Path, cache: Path) -> World:
    there = World(tmp_path, cache)
    there.night()
    return there


def test_a_visit_of_one_source_leaves_what_another_proposed(world: World):
    world.add("one")
    report = world.visit("one")
    assert report.headline == "2 sources moved: 3 new images"
    assert {change.source.name for change in report.changes} == set(NAMES)
    assert "not visited since 2026-11-25, proposed as it stood" in world.body()
    world.check()


def test_an_upstream_that_is_silent_takes_nothing_out_and_the_day_stays(world: World):
    world.silence("two")
    world.night()
    first = world.body()
    assert "not visited since 2026-11-25, proposed as it stood" in first
    world.check()
    assert world.night().applied.action == "unchanged"
    world.edit()
    world.night()
    assert world.body() == first
    world.answer("two")
    world.night()
    assert "not visited since" not in world.body()
    world.check()


def test_what_stays_is_what_a_visit_would_bring(world: World):
    tables = ("manifest/one.csv", "manifest/two.csv", "duplicates.csv", "splits.csv", "sources.csv")
    world.commit("two", 90, png(1, size=SIZE_PX))  # a copy of the other's
    world.night()
    before = [world.collection.file(f"datasets/{table}") for table in tables]
    world.silence("one")
    world.edit()
    world.night()
    assert [world.collection.file(f"datasets/{table}") for table in tables] == before


def test_only_a_visit_takes_out_what_its_upstream_withdrew(world: World):
    world.add("two")
    world.night()
    world.commit("two", world.there["two"][-1], None)
    world.visit("one")
    gone = ("two", f"images/{world.there['two'][-1]}.png")
    assert gone in world.held(BRANCH)
    world.visit("two")
    assert gone not in world.held(BRANCH)


def test_what_was_merged_or_closed_is_not_proposed_again_by_a_run_that_does_not_ask(world: World):
    world.merge()
    assert world.visit("one").proposal is None
    world.add("two")
    world.night()
    world.close()
    assert world.visit("one").proposal is None


ACTS = (
    "night", "visit", "visit", "add", "add", "withdraw", "silence", "answer", "merge", "close",
    "edit",
)  # fmt: skip
STEPS = st.lists(st.tuples(st.sampled_from(ACTS), st.sampled_from(NAMES)), max_size=10)


@pytest.mark.slow
@settings(max_examples=examples(8), deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=STEPS)
def test_in_any_life_what_was_proposed_once_is_proposed_or_merged(
    cache: Path, tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str]]
) -> None:
    world = World(tmp_path_factory.mktemp("life"), cache)
    for act, name in [("night", "one"), *steps, ("visit", "one"), ("night", "one")]:
        world.act(act, name)
    world.end()
