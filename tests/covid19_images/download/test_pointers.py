"""Images that may not be shipped: fetched from their owners, and verified."""

import time
from pathlib import Path

import pytest

from covid19_images.download.copy import open_copy
from covid19_images.download.download import Downloaded, download
from covid19_images.download.request import Request
from covid19_images.download.verify import verify
from covid19_images.release import row
from tests.support.collection import SIMPLE, Collection
from tests.support.pictures import png
from tests.support.releases import release
from tests.support.server import serving
from tests.support.upstream import Upstream

FORBIDDEN = '["CC0-1.0"]\nredistribute = true\nwhy = "free"\n'


def begin(collection: Collection, upstream: Upstream) -> None:
    upstream.commit({f"images/{i} ü.png": png(i) for i in range(4)})
    collection.source("set", SIMPLE.format(url=upstream.url))
    collection.night()
    collection.merge()
    (collection.folder / "config" / "licences.toml").write_text(FORBIDDEN)
    release(collection, collection.folder.parent / "releases")


@pytest.fixture
def owned(begun_with: tuple[Collection, Upstream]) -> Path:
    """A release of four pictures that only their owner may give away."""
    return begun_with[0].folder.parent / "releases"


def get(
    folder: Path, origin: str | Path, *, pointers: bool = True, loopback: bool = False
) -> Downloaded:
    chosen = Request(origin=str(origin), pointers=pointers, loopback=loopback)
    return download(folder, request=chosen, backoff_s=0.01)


def test_images_come_from_the_owners_repository(owned: Path, tmp_path: Path) -> None:
    result = get(tmp_path / "copy", owned)
    assert result.missing == ()
    copy = open_copy(tmp_path / "copy")
    assert [copy.encoded(record) for record in copy.records] == [png(i) for i in range(4)]
    assert verify(tmp_path / "copy").is_good


def test_they_may_be_left_out(owned: Path, tmp_path: Path) -> None:
    get(tmp_path / "copy", owned, pointers=False)
    copy = open_copy(tmp_path / "copy")
    assert not any(copy.holds(record) for record in copy.records)
    assert verify(tmp_path / "copy").is_good


def test_a_release_from_elsewhere_may_not_name_a_repository_here(
    owned: Path, tmp_path: Path
) -> None:
    with serving(owned) as site:
        result = get(tmp_path / "copy", site.url)
    assert len(result.missing) == 4
    assert "Nothing was read there" in result.missing[0].why
    assert not (tmp_path / "copy" / "pointers").exists()


def test_an_owner_that_is_gone_is_said_and_the_rest_stands(
    owned: Path, upstream: Upstream, tmp_path: Path
) -> None:
    upstream.folder.rename(tmp_path / "away.git")
    result = get(tmp_path / "copy", owned)
    assert len(result.missing) == 4
    assert verify(tmp_path / "copy").missing
    (tmp_path / "away.git").rename(upstream.folder)
    assert get(tmp_path / "copy", owned).missing == ()
    assert verify(tmp_path / "copy").is_good


@pytest.mark.parametrize("content", [png(9), b"", b"<html>not found</html>"])
def test_what_the_owner_sends_is_verified(content: bytes, owned: Path, tmp_path: Path) -> None:
    """Over http, as from raw.githubusercontent.com."""
    raw = tmp_path / "raw"
    raw.mkdir()
    with serving(raw) as site:
        _point_to(owned, site.url)
        for i in range(4):
            (raw / f"{i}.png").write_bytes(png(i))
        (raw / "3.png").write_bytes(content)
        assert len(get(tmp_path / "copy", owned).missing) == 4  # nobody asked for this machine
        result = get(tmp_path / "copy", owned, loopback=True)
        assert [one.key for one in result.missing] == ["set/images/3 ü.png"]
        (raw / "3.png").write_bytes(png(3))
        assert get(tmp_path / "copy", owned, loopback=True).missing == ()
    assert verify(tmp_path / "copy").is_good


def test_an_image_that_a_loss_of_power_cut_is_fetched_again(owned: Path, tmp_path: Path) -> None:
    get(tmp_path / "copy", owned)
    files = sorted((tmp_path / "copy" / "pointers").glob("??/*"))
    files[0].write_bytes(b"")
    assert len(verify(tmp_path / "copy").damaged) == 1
    assert verify(tmp_path / "copy").missing == ()
    assert get(tmp_path / "copy", owned).missing == ()
    assert verify(tmp_path / "copy").is_good


def test_what_an_owner_sent_before_it_fell_silent_is_kept(owned: Path, tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    with serving(raw) as site:
        _point_to(owned, site.url)
        for i in range(4):
            (raw / f"{i}.png").write_bytes(png(i))
        site.faults = lambda name, count: (
            (("cut", 100) if count == 1 else ("status", 404, {})) if name == "3.png" else None
        )
        result = get(tmp_path / "copy", owned, loopback=True)
        [part] = (tmp_path / "copy" / "pointers").glob("??/*.part")
        assert (len(result.missing), result.removed, part.stat().st_size) == (1, (), 100)
        assert verify(tmp_path / "copy").damaged == ()
        site.faults, site.asked[:] = (lambda *_: None), []
        assert get(tmp_path / "copy", owned, loopback=True).missing == ()
        assert ("/3.png", "bytes=100-") in site.asked


def test_a_release_from_elsewhere_may_not_point_into_this_network(
    owned: Path, tmp_path: Path
) -> None:
    begin = time.monotonic()
    with serving(tmp_path) as inside, serving(owned) as site:
        _point_to(owned, inside.url)
        result = get(tmp_path / "copy", site.url)
        assert inside.asked == []
    assert len(result.missing) == 4
    assert "an address of this machine or a private network" in result.missing[0].why
    assert time.monotonic() - begin < 10


def test_an_owner_may_not_redirect_into_this_network(owned: Path, tmp_path: Path) -> None:
    with serving(tmp_path) as inside, serving(owned) as site:
        _point_to(owned, f"{site.url}/moved")
        site.faults = lambda name, count: (
            ("status", 302, {"Location": f"{inside.url}/x"}) if name[:-4] in "0123" else None
        )
        result = get(tmp_path / "copy", site.url)
        assert inside.asked == []
    assert len(result.missing) == 4
    assert verify(tmp_path / "copy").missing


def _point_to(releases: Path, url: str) -> None:
    """Have the rows of a release point to a web server, and mend its sums."""
    import json
    from dataclasses import replace
    from hashlib import sha256

    folder = releases / "2026.11.23"
    found = row.loads((folder / "manifest.csv").read_text())
    moved = [replace(r, pointer_url=f"{url}/{r.record.path[7]}.png") for r in found]
    (folder / "manifest.csv").write_text(row.dumps(moved))
    index = json.loads((folder / "index.json").read_text())
    for file in index["files"]:
        content = (folder / file["name"]).read_bytes()
        file |= {"size": len(content), "sha256": sha256(content).hexdigest()}
    (folder / "index.json").write_text(json.dumps(index))
    sums = [
        sha256((folder / name).read_bytes()).hexdigest() + f"  {name}"
        for name in ("index.json", "registry.txt")
    ]
    (folder / "SHA256SUMS").write_text("\n".join(sums) + "\n")
