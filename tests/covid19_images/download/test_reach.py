"""Downloads from a place that means harm: nothing else is asked, and no body is endless."""

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from covid19_images.download import connect
from covid19_images.download.download import Downloaded, download
from covid19_images.download.errors import (
    MismatchError,
    OriginError,
    RefusedAddressError,
    RollbackError,
    TransferError,
)
from covid19_images.download.reach import Reach
from covid19_images.download.request import Request, read
from covid19_images.download.session import new_session
from tests.support.server import Site, serving

VERSION = "2026.11.23"


@pytest.fixture
def site(releases: Path) -> Iterator[Site]:
    with serving(releases) as served:
        yield served


def get(folder: Path, origin: str | Path) -> Downloaded:
    return download(folder, request=Request(origin=str(origin)))


NOWHERE = [
    "http://169.254.169.254/latest/meta-data",
    "http://10.0.0.1/",
    "http://127.0.0.1:1/",
    "http://localhost:1/",
    "http://2130706433:1/",
    "http://0.0.0.0:1/",
    "http://[::1]:1/",
    "http://[::ffff:127.0.0.1]:1/",
    "http://[fe80::1]/",
    "file:///etc/passwd",
    "ftp://127.0.0.1/",
    "http://me:secret@8.8.8.8/",
    "gopher://127.0.0.1:1/x",
    "http://[::127.0.0.1]:1/",
    "http://[64:ff9b:1::7f00:1]:1/",
    "http://[2002:7f00:1::]:1/",
    "http://192.168.1.1/",
    "http://100.64.0.1/",
    "http://224.0.0.1/",
]


@pytest.mark.parametrize("url", NOWHERE)
def test_an_address_in_a_release_may_not_be_one_of_this_network(url: str) -> None:
    for reach in (Reach(), Reach.of(["http://127.0.0.1:8000"])):
        with pytest.raises(RefusedAddressError, match="was not asked"):
            reach.check(url)


def test_the_origin_itself_may_be_anywhere() -> None:
    for url in ("http://127.0.0.1:8000", "http://10.1.2.3/mirror"):
        Reach.of([url]).check(f"{url}/latest.txt")
    Reach(loopback=True).check("http://127.0.0.1:1/")


def test_https_is_not_left_and_other_hosts_are_not_followed() -> None:
    reach = Reach.of(["https://8.8.8.8"], hosts=["8.8.4.4"])
    reach.check_redirect("https://8.8.8.8/a", "https://8.8.4.4/b")
    for url in ("http://8.8.8.8/a", "https://1.1.1.1/a", "https://127.0.0.1/"):
        with pytest.raises(RefusedAddressError):
            reach.check_redirect("https://8.8.8.8/a", url)


@pytest.mark.parametrize(
    "name", ["latest.txt", "SHA256SUMS", "index.json", "manifest.csv", "images-films-00000.tar"]
)
def test_a_redirect_to_another_service_here_is_refused_at_once(
    name: str, site: Site, releases: Path, tmp_path: Path
) -> None:
    with serving(releases) as inside:
        for target in (inside.url, inside.url.replace("127.0.0.1", "localhost")):
            moved = ("status", 302, {"Location": f"{target}/{VERSION}/{name}"})
            site.faults = lambda asked, count, moved=moved: moved if asked == name else None
            begin = time.monotonic()
            with pytest.raises(RefusedAddressError, match="was not asked"):
                get(tmp_path / "copy", site.url)
            assert time.monotonic() - begin < 15
        assert inside.asked == []


PUBLIC, HERE = "8.8.8.8", "127.0.0.1"


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Have a name mean one address after the other, and the last one from then on."""
    ask = socket.getaddrinfo

    def name(host: str, *answers: str) -> None:
        left = list(answers)

        def asked(wanted: str, *args: object, **options: object) -> object:
            found = (left.pop(0) if len(left) > 1 else left[0]) if wanted == host else wanted
            return ask(found, *args, **options)  # type: ignore[arg-type]

        monkeypatch.setattr(socket, "getaddrinfo", asked)

    return name


@pytest.mark.parametrize("place", ["redirect", "origin"])
def test_a_name_that_means_this_machine_a_moment_later_is_not_connected_to(
    place: str, site: Site, named: Callable[..., None]
) -> None:
    port = site.url.rpartition(":")[2]
    url = f"http://rebinding.example:{port}/latest.txt"
    named("rebinding.example", PUBLIC, HERE)
    reach = Reach.of([url]) if place == "origin" else Reach()
    begun_s = time.monotonic()
    with pytest.raises(RefusedAddressError, match=f"{HERE} is an address of this machine"):
        reach.read(new_session(), url, {}, most=100)
    assert time.monotonic() - begun_s < 15  # retries take a minute
    assert site.asked == []


def test_one_address_of_this_network_among_public_ones_is_enough(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda *args, **options: [(2, 1, 6, "", (ip, 80)) for ip in (PUBLIC, "10.0.0.1")],
    )
    with pytest.raises(RefusedAddressError, match=r"10\.0\.0\.1"):
        Reach().check("http://both.example/")


def test_a_name_of_this_machine_is_connected_to_where_a_person_gave_it(
    site: Site, named: Callable[..., None]
) -> None:
    port = site.url.rpartition(":")[2]
    named("mirror.example", HERE)
    url = f"http://mirror.example:{port}/latest.txt"
    response, body = Reach.of([url]).read(new_session(), url, {}, most=100)
    assert (response.status_code, body) == (200, f"{VERSION}\n".encode())


def test_the_next_address_is_tried_where_one_does_not_answer(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = int(site.url.rpartition(":")[2])
    monkeypatch.setattr(
        connect, "addresses", lambda place: [connect.ipaddress.ip_address(ip) for ip in _BOTH]
    )
    url = f"http://mirror.example:{port}/latest.txt"
    response, _ = Reach(loopback=True).read(new_session(), url, {}, most=100)
    assert response.status_code == 200


_BOTH = ("127.0.0.2", "127.0.0.1")  # nobody listens at the first


def test_this_machine_is_asked_only_with_a_flag_that_no_copy_remembers(
    site: Site, releases: Path, tmp_path: Path
) -> None:
    with serving(releases) as inside:
        moved = ("status", 302, {"Location": f"{inside.url}/latest.txt"})
        site.faults = lambda name, count: moved if name == "latest.txt" else None
        with pytest.raises(RefusedAddressError, match="--loopback"):
            get(tmp_path / "copy", site.url)
        wanted = Request(origin=site.url, loopback=True)
        assert download(tmp_path / "copy", request=wanted).version == VERSION
        assert [path for path, _ in inside.asked] == ["/latest.txt"]
    assert read(tmp_path / "copy") == Request(origin=site.url)


def test_redirects_in_a_circle_end(site: Site, tmp_path: Path) -> None:
    moved = ("status", 302, {"Location": f"{site.url}/latest.txt"})
    site.faults = lambda name, count: moved if name == "latest.txt" else None
    with pytest.raises(RefusedAddressError, match="one redirect too many"):
        get(tmp_path / "copy", site.url)


@pytest.mark.parametrize(
    ("name", "constant"),
    [("latest.txt", "origin._MAX_LATEST_BYTES"), ("SHA256SUMS", "contents._MAX_SUMS_BYTES")],
)
def test_a_small_file_without_end_is_refused(
    name: str,
    constant: str,
    site: Site,
    releases: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(f"covid19_images.download.{constant}", 100)
    site.faults = lambda asked, count: ("bytes", b"a" * 10**6) if asked == name else None
    with pytest.raises(OriginError, match="more than 100 bytes"):
        get(tmp_path / "copy", site.url)


def test_an_index_without_end_is_thrown_away(
    site: Site, releases: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("covid19_images.download.contents.MAX_INDEX_BYTES", 100)
    with pytest.raises(MismatchError, match="not what the release says"):
        get(tmp_path / "copy", site.url)
    assert not list((tmp_path / "copy").rglob("index.json*"))


def test_the_newest_release_being_older_is_refused(releases: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    get(copy, releases)
    index = copy / "index.json"
    newer = index.read_text().replace(f'"version": "{VERSION}"', '"version": "2027.01.01"', 1)
    index.write_text(newer)
    with pytest.raises(RollbackError, match="older: images that were taken down") as refused:
        get(copy, releases)
    assert f"--version {VERSION}" in str(refused.value)
    result = download(copy, version=VERSION, request=Request(origin=str(releases)))
    assert result.version == VERSION


@pytest.mark.parametrize("name", ["shards", "pointers", ".next"])
def test_a_link_in_a_copy_is_not_written_through(name: str, releases: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    (outside / "ab").mkdir(parents=True)
    (outside / "ab" / "precious").write_text("mine")
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / name).symlink_to(outside)
    with pytest.raises(TransferError, match=r"link in the way|cannot be written"):
        get(tmp_path / "copy", releases)
    assert [p.name for p in outside.rglob("*")] == ["ab", "precious"]
