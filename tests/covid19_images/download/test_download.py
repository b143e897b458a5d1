"""Downloads: resumed, checked, and never a bad file under a good name."""

import hashlib
import json
import os
import resource
import shutil
import subprocess
import sys
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import pytest

from covid19_images.download import download as module
from covid19_images.download import lock
from covid19_images.download.copy import open_copy
from covid19_images.download.download import Downloaded, download
from covid19_images.download.errors import (
    DiskFullError,
    MismatchError,
    OriginError,
    ReleaseTroubleError,
    RequestError,
    TransferError,
)
from covid19_images.download.request import Request
from covid19_images.download.token import TOKEN_VARIABLES
from covid19_images.download.verify import verify
from tests.support.collection import ROOT
from tests.support.server import Site, serving

VERSION = "2026.11.23"
SHARD = "images-films-00000.tar"


@pytest.fixture
def site(releases: Path) -> Iterator[Site]:
    with serving(releases) as served:
        yield served


def get(folder: Path, origin: str | Path, **options: object) -> Downloaded:
    chosen = Request(origin=str(origin), **options)  # type: ignore[arg-type]
    return download(folder, request=chosen, backoff_s=0.01)


def check_names(folder: Path, releases: Path) -> None:
    """Whatever happened, a file under its own name is the published one."""
    for path in folder.rglob("*"):
        published = releases / VERSION / path.name
        if path.is_file() and published.is_file():
            assert path.read_bytes() == published.read_bytes(), path


@pytest.mark.parametrize("place", ["folder", "one release", "mirror", "copy"])
def test_a_release_comes_whole_from_anywhere(
    place: str, releases: Path, site: Site, tmp_path: Path
) -> None:
    origins = {"folder": releases, "one release": releases / VERSION, "mirror": site.url}
    if place == "copy":
        get(tmp_path / "first", releases)
        origins["copy"] = tmp_path / "first"
    result = get(tmp_path / "copy", origins[place])
    assert (result.version, result.before, result.missing) == (VERSION, None, ())
    assert verify(tmp_path / "copy").is_good
    copy = open_copy(tmp_path / "copy")
    assert len(copy.records) == 16
    assert all(copy.encoded(record) for record in copy.records)


def test_a_second_run_fetches_nothing(site: Site, tmp_path: Path) -> None:
    get(tmp_path, site.url)
    site.asked.clear()
    result = get(tmp_path, site.url)
    assert result.files == 0
    assert not [path for path, _ in site.asked if path.endswith(".tar")]


def test_only_what_is_asked_for_comes(releases: Path, tmp_path: Path) -> None:
    get(tmp_path / "a", releases, modality="xray")
    get(tmp_path / "b", releases, sources=("slices",), size=224)
    assert [p.name for p in (tmp_path / "a" / "shards").iterdir()] == [SHARD]
    assert [p.name for p in (tmp_path / "b" / "shards").iterdir()] == ["sized224-slices-00000.tar"]
    copy = open_copy(tmp_path / "b")
    squares = [r for r in copy.records if copy.encoded(r, size=224)]
    assert {record.source for record in squares} == {"slices"}
    assert copy.array(squares[0], size=224).shape == (224, 224)


def test_a_dropped_connection_is_resumed_where_it_broke(
    site: Site, releases: Path, tmp_path: Path
) -> None:
    size = (releases / VERSION / SHARD).stat().st_size
    site.faults = lambda name, count: ("cut", 5000) if name == SHARD and count < 4 else None
    get(tmp_path, site.url)
    ranges = [asked for path, asked in site.asked if path.endswith(SHARD)]
    assert ranges == [None, "bytes=5000-", "bytes=10000-", "bytes=15000-"]
    assert site.sent[SHARD] == size
    assert verify(tmp_path).is_good


def test_a_server_without_ranges_is_begun_again(site: Site, tmp_path: Path) -> None:
    faults = {1: ("cut", 5000), 2: ("whole",)}
    site.faults = lambda name, count: faults.get(count) if name == SHARD else None
    get(tmp_path, site.url)
    assert verify(tmp_path).is_good


def test_a_busy_server_is_asked_again_when_it_said(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr("urllib3.util.retry.time.sleep", waited.append)
    busy = ("status", 429, {"Retry-After": "7"})
    site.faults = lambda name, count: busy if name == SHARD and count < 3 else None
    get(tmp_path, site.url)
    assert [wait for wait in waited if wait >= 1] == [7, 7]
    assert verify(tmp_path).is_good


def test_a_server_that_stays_down_is_said_and_the_next_run_goes_on(
    site: Site, releases: Path, tmp_path: Path
) -> None:
    site.faults = lambda name, count: (
        (("cut", 5000) if count == 1 else ("status", 404, {})) if name == SHARD else None
    )
    with pytest.raises(TransferError, match=r"images-films-00000\.tar cannot be fetched .*'404"):
        get(tmp_path, site.url)
    check_names(tmp_path, releases)
    site.asked.clear()
    site.faults = lambda name, count: None
    get(tmp_path, site.url)
    assert [asked for path, asked in site.asked if path.endswith(SHARD)] == ["bytes=5000-"]
    assert verify(tmp_path).is_good


@pytest.mark.parametrize("name", [SHARD, "manifest.csv", "index.json"])
@pytest.mark.parametrize("how", ["tampered", "truncated", "longer"])
def test_a_wrong_file_never_gets_a_good_name(
    name: str, how: str, site: Site, releases: Path, tmp_path: Path
) -> None:
    good = (releases / VERSION / name).read_bytes()
    bad = {
        "tampered": good[:-9] + b"tampered!",
        "truncated": good[:-100],
        "longer": good + b"more",
    }[how]
    site.faults = lambda asked, count: ("bytes", bad) if asked == name else None
    with pytest.raises(MismatchError, match="not what the release says it is"):
        get(tmp_path, site.url)
    assert not (tmp_path / name).exists()
    assert not (tmp_path / "shards" / name).exists()
    check_names(tmp_path, releases)
    site.faults = lambda asked, count: None
    get(tmp_path, site.url)
    assert verify(tmp_path).is_good


def test_a_missing_asset_is_said(releases: Path, tmp_path: Path) -> None:
    shutil.copytree(releases, tmp_path / "releases")
    (tmp_path / "releases" / VERSION / SHARD).unlink()
    with pytest.raises(OriginError, match=rf"has no {SHARD} of release {VERSION}"):
        get(tmp_path / "copy", tmp_path / "releases")
    with serving(tmp_path / "releases") as site, pytest.raises(TransferError, match="404"):
        get(tmp_path / "copy", site.url)
    assert not (tmp_path / "copy" / "index.json").exists()


def test_too_little_room_is_said_before_anything_is_fetched(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(module.shutil, "disk_usage", lambda _: usage(10**9, 10**9, 1000))
    with pytest.raises(DiskFullError, match="Nothing was fetched"):
        get(tmp_path, site.url)
    assert not [path for path, _ in site.asked if path.endswith(".tar")]


FULL = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, resource.RLIM_INFINITY))
from covid19_images.cli.app import app
app(["download", "--from", sys.argv[1], sys.argv[2]])
"""


def test_a_disk_that_is_full_is_said_and_the_next_run_goes_on(
    releases: Path, site: Site, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL, site.url, str(tmp_path)],
        cwd=ROOT,
        env=os.environ,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1, done.stderr
    assert "There is no room for" in done.stderr
    assert "Traceback" not in done.stderr
    check_names(tmp_path, releases)
    assert not (tmp_path / "index.json").exists()
    parts = {p.name.removesuffix(".part"): p.stat().st_size for p in tmp_path.rglob("*.part")}
    assert parts
    site.sent.clear()
    get(tmp_path, site.url)
    assert verify(tmp_path).is_good
    for name, here in parts.items():
        assert site.sent[name] == (releases / VERSION / name).stat().st_size - here
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY


HOSTILE = ["../escaped.tar", "/etc/escaped", "a/b.tar", "..", ".hidden", "a\x00b", ""]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_in_an_index_lead_nowhere(name: str, releases: Path, tmp_path: Path) -> None:
    shutil.copytree(releases, tmp_path / "releases")
    top = tmp_path / "releases" / VERSION
    content = json.loads((top / "index.json").read_text())
    content["shards"][0]["name"] = name
    text = json.dumps(content)
    old = hashlib.sha256((top / "index.json").read_bytes()).hexdigest()
    (top / "index.json").write_text(text)
    sums = (top / "SHA256SUMS").read_text()
    new = hashlib.sha256(text.encode()).hexdigest()
    (top / "SHA256SUMS").write_text(sums.replace(old, new))
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(ValueError, match="not the index of a release: shards"):
        get(tmp_path / "copy", tmp_path / "releases")
    new_files = {p for p in set(tmp_path.rglob("*")) - set(before) if p.is_file()}
    new_files.discard(tmp_path / "copy" / lock.FILE)
    assert all(tmp_path / "copy" / ".next" in p.parents for p in new_files)


def test_what_a_release_does_not_have_is_said(releases: Path, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="no source 'filmz'; it has: films, slices"):
        get(tmp_path, releases, sources=("filmz",))
    with pytest.raises(RequestError, match="no squares of 100 pixels"):
        get(tmp_path, releases, size=100)
    with pytest.raises(RequestError, match="no version of a release"):
        download(tmp_path, version="../..", request=Request(origin=str(releases)))
    with pytest.raises(ReleaseTroubleError):
        get(tmp_path, tmp_path / "nowhere")


def test_verify_names_what_is_damaged_missing_and_unknown(releases: Path, tmp_path: Path) -> None:
    get(tmp_path, releases)
    shard = tmp_path / "shards" / SHARD
    content = bytearray(shard.read_bytes())
    content[700] ^= 1
    shard.write_bytes(content)
    (tmp_path / "shards" / "images-slices-00000.tar").unlink()
    (tmp_path / "shards" / "other.tar").write_bytes(b"")
    (tmp_path / "card.md").write_text("nothing to worry about")
    found = verify(tmp_path)
    assert found.damaged == ("card.md", f"shards/{SHARD}")
    assert found.missing == ("shards/images-slices-00000.tar",)
    assert found.unknown == ("shards/other.tar",)
    get(tmp_path, releases)
    assert verify(tmp_path).is_good


@pytest.mark.parametrize("variable", ["COVID19_IMAGES_TOKEN", "GITHUB_TOKEN", "GH_TOKEN"])
def test_a_token_is_sent_to_github_and_not_to_where_it_redirects(
    releases: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    for name in TOKEN_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, "secret")
    with serving(releases) as storage, serving(releases) as api:
        monkeypatch.setenv("GITHUB_API_URL", api.url)
        _speak_github(api, storage, releases)
        result = get(tmp_path, "https://github.com/owner/repo", loopback=True)
    assert result.version == VERSION
    assert verify(tmp_path).is_good
    assert len(api.authorized) == len(api.asked)
    assert {sent for _, sent in api.authorized} == {"Bearer secret"}
    assert storage.asked
    assert not storage.authorized
    assert "secret" not in "".join(path for path, _ in api.asked + storage.asked)


def _speak_github(api: Site, storage: Site, releases: Path) -> None:
    names = sorted(path.name for path in (releases / VERSION).iterdir())
    base = "/repos/owner/repo/releases"
    api.json[f"{base}/latest"] = json.dumps({"tag_name": VERSION}).encode()
    api.json[f"{base}/tags/{VERSION}"] = json.dumps({"id": 7}).encode()
    assets = [{"name": n, "url": f"{api.url}{base}/assets/{k}"} for k, n in enumerate(names)]
    api.json[f"{base}/7/assets?per_page=100&page=1"] = json.dumps(assets).encode()
    moved = {
        str(k): f"{storage.url}/{VERSION}/{n}".replace("127.0.0.1", "localhost")
        for k, n in enumerate(names)
    }
    storage.url = storage.url.replace("127.0.0.1", "localhost")
    api.faults = lambda name, count: (
        ("status", 302, {"Location": moved[name]}) if name in moved else None
    )
