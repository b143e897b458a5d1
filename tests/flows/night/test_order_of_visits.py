"""Whichever source is visited first, statements, conflicts and holds are the same in the end."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from covid19_images.manifest.statements.statements import statements
from tests.flows.night.test_conflicts import TABLE
from tests.support.collection import SIMPLE, Collection
from tests.support.pictures import encoded, picture
from tests.support.put_back import put_back
from tests.support.upstream import Upstream, git

SOURCES = {"owner": 5, "merge": 50, "other": 60}
ONE, TWO = (picture(seed, size=(320, 256)) for seed in (1, 2))


def _table(**findings: str) -> bytes:
    lines = [f"{name}.jpg,{finding}\n" for name, finding in findings.items()]
    return ("file,finding\n" + "".join(lines)).encode()


def _jpeg(quality: int, seed: int = 1) -> bytes:
    return encoded(ONE if seed == 1 else TWO, "JPEG", quality=quality)


def _begin(folder: Path) -> None:
    """Import the owner's pictures and one copy; then every upstream changes before it is seen."""
    collection = Collection(folder / "collection")
    here = {name: Upstream(folder / f"{name}.git") for name in SOURCES}
    for name, order in SOURCES.items():
        text = SIMPLE.format(url=here[name].url).replace("order = 1\n", f"order = {order}\n")
        collection.source(name, text + TABLE)
    both = _table(a="COVID-19", b="COVID-19")
    here["owner"].commit({"images/a.jpg": _jpeg(95), "images/b.jpg": _jpeg(95, 2), "t.csv": both})
    here["merge"].commit({"images/a.jpg": _jpeg(80), "t.csv": _table(a="COVID-19")})
    here["other"].commit({"images/c.jpg": encoded(picture(3)), "t.csv": _table(c="SARS")})
    collection.night()
    collection.merge()
    # The owner withdraws one picture and corrects the other; two collectors copy on.
    corrected = _table(b="No finding")
    here["owner"].commit({"images/a.jpg": None, "t.csv": corrected}, date="2020-05-28T00:00:00Z")
    here["merge"].commit({"images/b.jpg": _jpeg(80, 2), "t.csv": both})
    changed = {"images/a.jpg": _jpeg(70), "images/b.jpg": _jpeg(70, 2)}
    here["other"].commit(changed | {"t.csv": _table(a="COVID-19", b="SARS", c="SARS")})


def _merge(collection: Collection) -> None:
    if git(collection.folder, "branch", "--list", "sync/datasets").strip():
        collection.merge()


def _visited(folder: Path, order: Sequence[str], merges: Sequence[bool]) -> Mapping[str, object]:
    collection = Collection(folder / "collection")
    for name, is_merged in zip(order, merges, strict=True):
        collection.night(only=[name])
        if is_merged:
            _merge(collection)
    collection.night()
    _merge(collection)
    rows = [r for name in SOURCES for r in collection.records(name, "main").values()]
    return {
        "rows": sorted((r.key, r.status, r.status_reason) for r in rows),
        "conflicts": collection.file("datasets/conflicts.csv", "main"),
        "statements": [statements(rows, row.key) for row in rows],
    }


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, object]:
    """What one night over all sources comes to."""
    return _visited(put_back(tmp_path_factory, _begin), (), ())


def test_one_night_holds_the_copies_and_lists_the_conflicts(
    expected: Mapping[str, object],
) -> None:
    held = {key for key, status, _ in expected["rows"] if status == "held"}  # type: ignore[attr-defined]
    assert held == {"merge/images/a.jpg", "other/images/a.jpg"}
    assert str(expected["conflicts"]).count("\nfinding,") == 3


@settings(
    max_examples=3,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)
@given(order=st.permutations(list(SOURCES)), merges=st.lists(st.booleans(), min_size=3, max_size=3))
@pytest.mark.slow
def test_any_order_of_visits_comes_to_the_same(
    order: list[str],
    merges: list[bool],
    expected: Mapping[str, object],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    assert _visited(put_back(tmp_path_factory, _begin), order, merges) == expected
