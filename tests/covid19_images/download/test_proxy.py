"""Proxies that the environment names: downloads go through them, but for hosts that it excepts."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from covid19_images.download.download import download
from covid19_images.download.errors import ReleaseTroubleError
from covid19_images.download.request import Request

ORIGIN = "http://releases.invalid/set"


class _Proxy(BaseHTTPRequestHandler):
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_error(404)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    _Proxy.asked = []
    with ThreadingHTTPServer(("127.0.0.1", 0), _Proxy) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for name in ("no_proxy", "NO_PROXY", "http_proxy", "HTTP_PROXY"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{server.server_address[1]}")
        yield _Proxy.asked
        server.shutdown()


def test_a_proxy_of_the_environment_is_asked(asked: list[str], tmp_path: Path) -> None:
    with pytest.raises(ReleaseTroubleError):
        download(tmp_path / "copy", request=Request(origin=ORIGIN), backoff_s=0.01)
    assert asked
    assert all(address.startswith(ORIGIN) for address in asked)


def test_a_host_that_needs_no_proxy_is_asked_without(
    asked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "releases.invalid")
    with pytest.raises(ReleaseTroubleError):
        download(tmp_path / "copy", request=Request(origin=ORIGIN), backoff_s=0.01)
    assert asked == []
