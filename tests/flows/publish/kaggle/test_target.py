"""Releases on Kaggle: a whole version each, whatever kills the run."""

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from covid19_images.release import index as index_of
from flows.config.policy import Policy
from flows.publish.folder import FolderPublisher
from flows.publish.kaggle.metadata import metadata, noted, notes
from flows.publish.kaggle.target import KaggleTarget
from flows.publish.kaggle.upload import Uploads
from flows.publish.registry import targets
from flows.publish.target import TargetOutcome, plan_for, update
from tests.flows.publish.zenodo.small import write_release, write_shard
from tests.flows.publish.zenodo.test_target import GONE, VERSIONS
from tests.support.kaggle import TOKEN, Kaggle, emulated


class KilledError(BaseException):
    """A power cut before or after a request."""


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three releases: begun, grown by a shard, and with a picture of the first shard taken down."""
    folder = tmp_path_factory.mktemp("kaggle")
    first = write_shard(folder, VERSIONS[0], 0)
    write_release(folder, VERSIONS[0], {first.name: first})
    second = write_shard(folder, VERSIONS[1], 1)
    write_release(folder, VERSIONS[1], {first.name: first, second.name: second})
    again = write_shard(folder, VERSIONS[2], 0, "without the picture")
    shards = {again.name: again, second.name: second}
    write_release(folder, VERSIONS[2], shards, tombstones=(GONE,))
    return folder


@pytest.fixture
def kaggle() -> Iterator[Kaggle]:
    with emulated() as there:
        yield there


def target_of(kaggle: Kaggle, **options) -> KaggleTarget:
    wait = {"look_every_s": 0.0, "looks": 50} | options
    return KaggleTarget("kaggle", kaggle.repository, lambda: TOKEN, kaggle.url, **wait)


def update_all(releases: Path, cache: Path, kaggle: Kaggle, **options) -> TargetOutcome:
    return update(FolderPublisher(releases), cache, lambda _: None, target_of(kaggle, **options))


def until(releases: Path, folder: Path, count: int) -> Path:
    """Return a place that has published the first releases only."""
    for version in VERSIONS[:count]:
        shutil.copytree(releases / version, folder / version)
    return folder


def wanted(releases: Path, version: str) -> dict[str, str]:
    """Return the digests of every file of a release."""
    sums = (releases / version / "SHA256SUMS").read_text()
    digests = dict(line.split("  ")[::-1] for line in sums.splitlines())
    return digests | {"SHA256SUMS": hashlib.sha256(sums.encode()).hexdigest()}


def check(kaggle: Kaggle, releases: Path, version: str) -> None:
    """Compare the newest version there with the release."""
    there = kaggle.there[-1]
    digests = {name: hashlib.sha256(one).hexdigest() for name, one in there.files.items()}
    assert digests == wanted(releases, version)


def test_each_release_is_one_version_whose_notes_name_it(
    releases: Path, tmp_path: Path, kaggle: Kaggle
) -> None:
    first = FolderPublisher(until(releases, tmp_path / "first", 2))
    planned = plan_for(first, target_of(kaggle))
    assert (planned.state, planned.versions) == ("behind", VERSIONS[:2]), planned.message
    updated = update_all(tmp_path / "first", tmp_path / "cache", kaggle)
    assert (updated.state, updated.versions) == ("updated", VERSIONS[:2]), updated.message
    assert updated.where.endswith("/datasets/owner/covid19-images/versions/2")
    sums = wanted(releases, VERSIONS[1])["SHA256SUMS"]
    assert [one.notes for one in kaggle.there] == ["Initial release", notes(VERSIONS[1], sums)]
    assert f"Release {VERSIONS[1]}." in kaggle.there[-1].description
    check(kaggle, releases, VERSIONS[1])
    received = kaggle.received
    assert update_all(tmp_path / "first", tmp_path / "cache", kaggle).state == "there"
    assert kaggle.received == received


def test_two_files_with_the_same_bytes_are_both_there(tmp_path: Path, kaggle: Kaggle) -> None:
    folder = tmp_path / "first"
    one = write_shard(folder, VERSIONS[0], 0)
    twin = one.model_copy(update={"name": "images-set-00001.tar"})
    shutil.copy(folder / VERSIONS[0] / one.name, folder / VERSIONS[0] / twin.name)
    write_release(folder, VERSIONS[0], {one.name: one, twin.name: twin})
    assert update_all(folder, tmp_path / "cache", kaggle).state == "updated"
    check(kaggle, folder, VERSIONS[0])


def test_every_file_of_a_release_is_sent_and_no_more(
    releases: Path, tmp_path: Path, kaggle: Kaggle
) -> None:
    sent = update_all(releases, tmp_path, kaggle).sent_bytes
    whole = 0
    for version in VERSIONS:
        index = json.loads((releases / version / "index.json").read_text())
        whole += sum(one["size"] for one in index["files"] + index["shards"])
        whole += sum((releases / version / n).stat().st_size for n in ("index.json", "SHA256SUMS"))
    assert kaggle.received == sent == whole


def test_a_takedown_deletes_the_versions_before_and_leaves_nothing_for_a_person(
    releases: Path, tmp_path: Path, kaggle: Kaggle
) -> None:
    updated = update_all(releases, tmp_path, kaggle)
    assert updated.for_a_person == ()
    assert [one.status for one in kaggle.versions] == ["Deleted", "Deleted", "Ready"]
    check(kaggle, releases, VERSIONS[2])


def test_versions_that_are_still_there_after_a_takedown_are_named_for_a_person(
    releases: Path, tmp_path: Path, kaggle: Kaggle
) -> None:
    update_all(until(releases, tmp_path / "first", 2), tmp_path / "cache", kaggle)
    kept = [(one, dict(one.files)) for one in kaggle.versions]
    update_all(releases, tmp_path / "cache", kaggle)
    for version, files in kept:  # as if Kaggle had not deleted them
        version.status, version.files = "Ready", files
    again = update_all(releases, tmp_path / "cache", kaggle)
    assert again.state == "there"
    assert [one.partition(" in ")[0] for one in again.for_a_person] == ["Version 1", "Version 2"]
    assert "delete that version there" in again.message


@pytest.mark.parametrize(
    ("lag", "step"),
    [
        pytest.param(3, 9, id="at some requests"),
        pytest.param(0, 1, id="at any request", marks=pytest.mark.slow),
        pytest.param(3, 1, id="at any request, ready later", marks=pytest.mark.slow),
    ],
)
def test_killed_before_or_after_any_request_it_goes_on_and_nothing_is_there_twice(
    releases: Path,
    tmp_path: Path,
    kaggle: Kaggle,
    lag: int,
    step: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kaggle.lag, kills, calls, left = lag, 0, 1, [0]
    really = requests.Session.send

    def tick() -> None:
        left[0] -= 1
        if left[0] == 0:
            raise KilledError

    def send(session, *args, **options):
        tick()
        answer = really(session, *args, **options)
        tick()
        return answer

    monkeypatch.setattr(requests.Session, "send", send)
    while True:  # each run lives a little longer than the one before, and begins where that ended
        left[0] = calls
        try:
            updated = update_all(releases, tmp_path, kaggle)
        except KilledError:
            kills, calls = kills + 1, calls + step
            continue
        break
    assert updated.state in ("updated", "there"), updated.message
    assert kills * step >= 20
    assert [one.status for one in kaggle.versions] == ["Deleted", "Deleted", "Ready"]
    check(kaggle, releases, VERSIONS[2])
    sent_twice = sum(not one.used for one in kaggle.uploads.values())
    assert sent_twice <= kills  # at most the file that was on its way


def test_an_upload_that_breaks_goes_on_where_it_broke(
    releases: Path, tmp_path: Path, kaggle: Kaggle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.publish.kaggle.upload.time.sleep", lambda _: None)
    kaggle.cut = 3
    updated = update_all(releases, tmp_path, kaggle)
    assert (updated.state, kaggle.received) == ("updated", updated.sent_bytes), updated.message
    kaggle.cut = 100
    kaggle.versions.clear()
    failed = update_all(releases, tmp_path, kaggle)
    assert "did not arrive at Kaggle, in 5 times" in failed.message
    assert not kaggle.versions


def test_what_kaggle_cannot_unpack_is_said_and_sent_again(
    releases: Path, tmp_path: Path, kaggle: Kaggle
) -> None:
    update_all(until(releases, tmp_path / "first", 1), tmp_path / "cache", kaggle)
    kaggle.lag, kaggle.fails = 1, True
    failed = update_all(until(releases, tmp_path / "second", 2), tmp_path / "cache", kaggle)
    assert f"could not unpack {VERSIONS[1]}" in failed.message
    kaggle.fails = False
    again = update_all(tmp_path / "second", tmp_path / "cache", kaggle)
    assert (again.state, kaggle.there[-1].number) == ("updated", 3), again.message


def test_a_version_that_lost_a_file_is_named_each_time_it_is_looked_at(
    releases: Path, tmp_path: Path, kaggle: Kaggle
) -> None:
    update_all(releases, tmp_path, kaggle)
    for name in ("manifest.csv", "images-set-00001.tar"):
        taken = kaggle.there[-1].files.pop(name)
        planned = plan_for(FolderPublisher(releases), target_of(kaggle))
        assert f"does not hold what was sent: {name}. Delete that version" in planned.message
        kaggle.there[-1].files[name] = taken
    kaggle.there[-1].files["SHA256SUMS"] += b"x"
    assert "sent: SHA256SUMS" in plan_for(FolderPublisher(releases), target_of(kaggle)).message


def test_tokens_that_kaggle_does_not_take_are_not_offered_twice(
    releases: Path, tmp_path: Path, kaggle: Kaggle
) -> None:
    first = FolderPublisher(until(releases, tmp_path / "first", 1))

    def forget(_: str) -> None:
        for one in kaggle.uploads.values():
            one.used = True

    failed = update(first, tmp_path / "cache", forget, target_of(kaggle))
    assert "Kaggle did not take it: Invalid token." in failed.message
    assert update_all(tmp_path / "first", tmp_path / "cache", kaggle).state == "updated"


def test_a_busy_kaggle_is_asked_again_and_a_wrong_token_is_said(
    releases: Path, kaggle: Kaggle
) -> None:
    kaggle.busy = 1
    first = FolderPublisher(releases)
    assert plan_for(first, target_of(kaggle)).state == "behind"
    wrong = KaggleTarget("kaggle", kaggle.repository, lambda: "other", kaggle.url)
    failed = plan_for(first, wrong)
    assert "Kaggle answers 401 to GetDataset: Unauthenticated" in failed.message
    assert "other" not in repr(wrong)
    silent = KaggleTarget("kaggle", kaggle.repository, lambda: TOKEN, "http://127.0.0.1:9")
    assert "Kaggle does not answer GetDataset" in plan_for(first, silent).message


def test_an_address_of_another_scheme_gets_no_file(
    releases: Path, tmp_path: Path, kaggle: Kaggle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Kaggle, "storage", "ftp://127.0.0.1")
    assert "gives no safe address" in update_all(releases, tmp_path, kaggle).message


def test_what_was_sent_is_known_for_six_days(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uploads, days = Uploads(tmp_path / "uploads.json"), [0.0]
    monkeypatch.setattr("flows.publish.kaggle.upload.time.time", lambda: 1e9 + days[0] * 86_400)
    uploads.keep("a.csv", "a" * 64, "one")
    uploads.keep("b.csv", "b" * 64, "two")
    days[0] = 5.9
    names = ("a.csv", "b.csv", "c.csv")
    assert [uploads.token(name, name[0] * 64) for name in names] == ["one", "two", None]
    assert uploads.token("b.csv", "a" * 64) is None  # the same bytes, under another name
    days[0] = 6.1
    assert uploads.token("a.csv", "a" * 64) is None
    (tmp_path / "uploads.json").write_text("[")
    assert uploads.token("a.csv", "a" * 64) is None


def test_notes_of_somebody_else_name_no_release() -> None:
    assert noted(notes("2026.11.23", "a" * 64)) == ("2026.11.23", "a" * 64)
    assert noted("Initial release") is None
    assert noted(f"Release yesterday. SHA256SUMS: {'a' * 64}") is None


def test_the_policy_names_kaggle_and_its_token_is_asked_for(
    tmp_path: Path, releases: Path, monkeypatch: pytest.MonkeyPatch, kaggle: Kaggle
) -> None:
    monkeypatch.setattr("flows.publish.kaggle.api.SERVER", kaggle.url)
    place = {"name": "kaggle", "kind": "kaggle", "repository": kaggle.repository}

    def target(**more: object) -> KaggleTarget:
        release = {"targets": [place | more]}
        [found] = targets(Policy.model_validate({"release": release}), tmp_path)
        assert isinstance(found, KaggleTarget)
        return found

    first = FolderPublisher(releases)
    assert "Put one in COVID19_IMAGES_KAGGLE_TOKEN" in plan_for(first, target()).message
    assert target().server.startswith("https://")
    with pytest.raises(ValueError, match="names its repository"):
        target(repository=None)
    for wrong in ("owner/short", "owner/Covid19-Images", "owner/" + "a" * 51):
        with pytest.raises(ValueError, match="6 to 50 small letters"):
            target(repository=wrong)


def test_metadata_fit_what_kaggle_takes_and_make_up_no_licence(releases: Path) -> None:
    index = index_of.loads((releases / VERSIONS[0] / "index.json").read_bytes())
    about = metadata(index, "owner/covid19-images")
    assert about["licenses"] == [{"name": "other"}]
    assert "CC-BY-NC-4.0, 2 images here, 0 rows without" in about["description"]
    assert "medical professionals" in about["description"]
    assert "<set>" not in about["description"]
