"""What `python -m tests.faults.targets` does with real nights, with a few pictures."""

import random
from pathlib import Path

import pytest

from tests.faults import readers
from tests.faults.houses import lost, opened, update
from tests.faults.nights import RELEASES, released
from tests.faults.targets import publish, table, tried
from tests.support.releases import three


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three releases: begun, grown by a picture, and with one taken down."""
    return three(tmp_path_factory)


@pytest.mark.slow
def test_killed_at_random_requests_each_house_has_each_release_once_and_whole(
    releases: Path, tmp_path: Path
) -> None:
    first, *later = versions = sorted(path.name for path in releases.iterdir() if path.is_dir())
    with opened() as houses:
        assert tried(releases, [first], houses, tmp_path, kills=1) == []
        assert sum(house.kills for house in houses.values()) >= 2
        for name in ("kaggle", "zenodo"):
            read = getattr(readers, name)
            assert read(houses[name].there, releases, first, tmp_path / "read" / name)
        for version in later:
            publish(version, releases, tmp_path / "first")
        left = {
            name: update(house, tmp_path / "first", tmp_path / name, 0, random.Random(0))["left"]
            for name, house in houses.items()
        }
        assert left["kaggle"] == []
        assert all("delete" in words for name in ("hub", "zenodo") for words in left[name] or [""])
        gone = houses["kaggle"].there.versions[:2]
        assert [(one.status, one.files) for one in gone] == [("Deleted", {})] * 2
        assert lost(houses["zenodo"], releases, versions) == []
        houses["kaggle"].there.there[-1].files.pop("manifest.csv")
        assert lost(houses["kaggle"], releases, later[1:]) == [f"kaggle {later[1]}: manifest.csv"]


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
