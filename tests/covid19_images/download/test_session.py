"""Asking a server: directly where nothing stands between, and in the same way as `requests`."""

from pathlib import Path

import pytest
import requests

from covid19_images.download.session import ask, new_session
from tests.support.server import serving

WAIT_S = (5, 5)


def test_a_password_of_netrc_is_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password secret\n")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    (tmp_path / "a.png").write_bytes(b"a")
    with serving(tmp_path) as site, new_session() as session:
        with ask(session, f"{site.url}/a.png", {}, timeout_s=WAIT_S) as response:
            assert response.raw.read() == b"a"
        assert [sent for _, sent in site.authorized] == ["Basic bWU6c2VjcmV0"]


def test_an_answer_is_what_requests_says(tmp_path: Path) -> None:
    (tmp_path / "a ü#.png").write_bytes(b"0123456789")
    with serving(tmp_path) as site, new_session() as session:
        site.tag = "1"
        sent = {"Range": "bytes=4-"}
        for path in ("a ü%23.png", "nowhere"):
            url = f"{site.url}/{path}"
            theirs = session.get(url, headers=sent, stream=True, allow_redirects=False)
            with ask(session, url, sent, timeout_s=WAIT_S) as ours, theirs:
                assert (ours.status_code, ours.ok) == (theirs.status_code, theirs.ok)
                assert (ours.url, ours.reason) == (theirs.url, theirs.reason)
                assert ours.headers.keys() == theirs.headers.keys()
                assert ours.headers.get("etag") == theirs.headers.get("etag")
                assert ours.raw.read() == theirs.raw.read()
        assert site.asked[0] == site.asked[1] == ("/a ü#.png", "bytes=4-")


def test_connections_are_used_again(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"a")
    with serving(tmp_path) as site, new_session() as session:
        for _ in range(5):
            with ask(session, f"{site.url}/a.png", {}, timeout_s=WAIT_S) as response:
                assert response.raw.read() == b"a"
        assert site.connections == 1


def test_a_server_that_is_not_there_is_a_connection_error(tmp_path: Path) -> None:
    with serving(tmp_path) as site:
        url = site.url
    with pytest.raises(requests.ConnectionError):
        ask(new_session(), f"{url}/a.png", {}, timeout_s=WAIT_S)


def test_a_server_may_think_longer_than_a_connection_may_take(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"a")
    with serving(tmp_path) as site, new_session() as session:
        site.latency_s = 0.4
        with ask(session, f"{site.url}/a.png", {}, timeout_s=(0.3, 30)) as response:
            assert response.raw.read() == b"a"
