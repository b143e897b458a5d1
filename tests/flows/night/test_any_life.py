"""Whatever becomes of sources: what is left is what a fresh import of their configuration gives."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from covid19_images.manifest.record import Record
from flows.collection.checkout import Checkout
from flows.collection.state import State
from tests.support.collection import SIMPLE, Collection
from tests.support.examples import examples
from tests.support.pictures import encoded, picture, png
from tests.support.upstream import Upstream, git

UPSTREAMS = ("one", "two", "three")
NARROW = '\nignore = ["/images/p0-*"]'
Step = tuple[str, int]


def _files(number: int) -> dict[str, bytes]:
    """Pictures of which neighbours share some, in other hands; one is a smaller copy."""
    shown = range(number * 2, number * 2 + 4)
    files = {f"images/p{(i + number) // 2 % 2}-{i}.png": png(i) for i in shown}
    return files | {f"images/small-{number}.png": encoded(picture(number * 2 + 1).resize((80, 64)))}


class World:
    """A collection and three upstreams, of which a person configures some."""

    def __init__(self, folder: Path, upstreams: Sequence[Upstream], cache: Path) -> None:
        self.collection = Collection(folder)
        self.collection.cache = cache
        self.upstreams = upstreams
        self.names: dict[int, str] = {}
        self.narrow: set[int] = set()
        self.silent: set[int] = set()
        self.renamings = 0

    def act(self, step: Step) -> None:
        act, number = step
        if act == "add" and number not in self.names:
            self.names[number] = UPSTREAMS[number]
        elif act == "remove" and len(self.names) > 1:
            self.names.pop(number, None)
        elif act == "rename" and number in self.names:
            self.renamings += 1
            self.names[number] = f"{'za'[self.renamings % 2]}{self.renamings}-{UPSTREAMS[number]}"
        elif act in ("narrow", "widen"):
            (self.narrow.add if act == "narrow" else self.narrow.discard)(number)
        elif act in ("silence", "return"):
            self.hear(number, silent=act == "silence")
        self.configure()
        self.night()

    def hear(self, number: int, *, silent: bool) -> None:
        folder = self.upstreams[number].folder
        away = folder.with_name(f"{folder.name}-away")
        if silent and number not in self.silent:
            folder.rename(away)
        elif not silent and number in self.silent:
            away.rename(folder)
        (self.silent.add if silent else self.silent.discard)(number)

    def configure(self) -> None:
        folder = self.collection.folder / "config" / "sources"
        for file in folder.glob("*.toml"):
            file.unlink()
        for number, name in self.names.items():
            text = SIMPLE.format(url=self.upstreams[number].url)
            text = text.replace("order = 1", f"order = {number + 1}").rstrip()
            text += NARROW if number in self.narrow else ""
            text += "\n[[paths]]\nmatch = '/(?P<patient>p[0-9])-'\n[patient]\nreadable = true\n"
            (folder / f"{name}.toml").write_text(text, encoding="utf-8")

    def night(self) -> None:
        if self.collection.night().proposal:
            self.collection.merge()

    def end(self) -> State:
        """Let every upstream answer, and give what is held in the end."""
        for number in sorted(self.silent):
            self.hear(number, silent=False)
        self.night()
        assert self.collection.night().proposal is None
        return state(self.collection)


def state(collection: Collection) -> State:
    opened = Checkout(collection.folder)
    found = opened.state(opened.base("main"))
    opened.repo.close()
    return found


def shown(held: State) -> Mapping[str, Sequence[object]]:
    """What researchers see of each row that is in use: kept or a copy, its group and split."""
    rows = [row for rows in held.records.values() for row in rows if row.status != "withdrawn"]
    return {row.key: _shown(row) for row in rows}


def _shown(row: Record) -> Sequence[object]:
    return row.status, row.duplicate_of, row.duplicate_kind, row.group, row.split, row.patient_id


def check(world: World, folder: Path) -> None:
    """Hold the end of a life against a fresh import of its last configuration."""
    held = world.end()
    configured = set(world.names.values())
    assert set(held.described) == set(held.pins) == configured
    for name in held.records.keys() - configured:
        assert {row.status for row in held.records[name]} <= {"withdrawn"}
    assert {pair.a.partition("/")[0] for pair in held.pairs} <= configured
    fresh = World(folder, world.upstreams, world.collection.cache)
    fresh.names, fresh.narrow = world.names, world.narrow
    _place(fresh.collection, world.collection.file("datasets/splits.csv", "main"))
    fresh.configure()
    fresh.night()
    assert shown(held) == shown(state(fresh.collection))


def _place(collection: Collection, ledger: str) -> None:
    """Begin with a ledger: what is placed stays, and only that."""
    blob = git(collection.folder, "hash-object", "-w", "--stdin", stdin=ledger.encode()).strip()
    entry = f"100644,{blob},datasets/splits.csv"
    git(collection.folder, "update-index", "--add", "--cacheinfo", entry)
    git(collection.folder, "commit", "--quiet", "-m", "place")


@pytest.fixture(scope="module")
def upstreams(tmp_path_factory: pytest.TempPathFactory) -> list[Upstream]:
    folder = tmp_path_factory.mktemp("upstreams")
    made = [Upstream(folder / f"{name}.git") for name in UPSTREAMS]
    for number, upstream in enumerate(made):
        upstream.commit(_files(number))
    return made


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


def test_a_life_with_everything_in_it_ends_as_a_fresh_import(
    upstreams: list[Upstream], cache: Path, tmp_path: Path
) -> None:
    world = World(tmp_path / "collection", upstreams, cache)
    life = [("add", 0), ("add", 1), ("rename", 0), ("narrow", 1), ("add", 2), ("silence", 1)]
    life += [("remove", 0), ("rename", 1), ("widen", 1), ("add", 0), ("narrow", 2), ("remove", 1)]
    for step in life:
        world.act(step)
    check(world, tmp_path / "fresh")


ACTS = ("add", "add", "rename", "narrow", "widen", "remove", "silence", "return")
STEPS = st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 2)), max_size=10)


@pytest.mark.slow
@settings(max_examples=examples(25), suppress_health_check=list(HealthCheck))
@given(steps=STEPS)
def test_any_life_ends_as_a_fresh_import(
    upstreams: list[Upstream],
    cache: Path,
    tmp_path_factory: pytest.TempPathFactory,
    steps: list[Step],
) -> None:
    folder = tmp_path_factory.mktemp("life")
    world = World(folder / "collection", upstreams, cache)
    try:
        for step in [("add", 0), *steps]:
            world.act(step)
        check(world, folder / "fresh")
    finally:
        for number in sorted(world.silent):
            world.hear(number, silent=False)
