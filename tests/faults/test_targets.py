"""What `python -m tests.faults.targets` does with real nights, with a few pictures."""

import random
from pathlib import Path

import pytest

from tests.faults import readers
from tests.faults.houses import lost, opened, update
from tests.faults.nights import RELEASES, released
from tests.faults.targets import publish, table, tried
from tests.support.collection import NOW, SIMPLE, Collection
from tests.support.pictures import png
from tests.support.releases import allow_everything, release
from tests.support.upstream import Upstream


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two releases: begun, and with a picture taken down."""
    folder = tmp_path_factory.mktemp("targets")
    made, upstream = Collection(folder / "collection"), Upstream(folder / "upstream.git")
    upstream.commit({f"images/{number}.png": png(number) for number in range(3)})
    made.source("set", SIMPLE.format(url=upstream.url))
    made.night()
    made.merge()
    allow_everything(made)
    release(made, folder / "releases")
    gone = '[[exclude]]\nimage = "set/images/0.png"\nreason = "privacy"\nby = "me"\n'
    (made.folder / "config" / "decisions.toml").write_text(gone + "date = 2026-11-24\n")
    release(made, folder / "releases", now=NOW.replace(day=24))
    return folder / "releases"


def test_killed_at_random_requests_each_house_has_each_release_once_and_whole(
    releases: Path, tmp_path: Path
) -> None:
    first, second = sorted(path.name for path in releases.iterdir() if path.is_dir())
    with opened() as houses:
        assert tried(releases, [first], houses, tmp_path, kills=1) == []
        assert all(house.kills for house in houses.values()), table(houses)
        for name in ("kaggle", "zenodo"):
            read = getattr(readers, name)
            assert read(houses[name].there, releases, first, tmp_path / "read" / name)
        publish(second, releases, tmp_path / "first")
        left = {
            name: update(house, tmp_path / "first", tmp_path / name, 0, random.Random(0))["left"]
            for name, house in houses.items()
        }
        assert left["kaggle"] == []
        assert all("delete" in words for name in ("hub", "zenodo") for words in left[name] or [""])
        gone = houses["kaggle"].there.versions[0]
        assert (gone.status, gone.files) == ("Deleted", {})
        assert lost(houses["zenodo"], releases, [first, second]) == []
        houses["kaggle"].there.there[-1].files.pop("manifest.csv")
        assert lost(houses["kaggle"], releases, [second]) == [f"kaggle {second}: manifest.csv"]


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_every_real_night_is_in_every_house_once_and_whole_whatever_was_killed(
    bundles: Path, tmp_path: Path
) -> None:
    versions, releases = released(bundles, tmp_path), tmp_path / RELEASES
    with opened() as houses:
        assert tried(releases, versions, houses, tmp_path, kills=4) == []
        assert sum(house.kills for house in houses.values()) >= 100
        for name in ("hub", "zenodo"):
            assert houses[name].sent <= 1.2 * houses[name].new_bytes(), table(houses)
        assert houses["kaggle"].sent <= 1.2 * houses["kaggle"].whole_bytes(), table(houses)
