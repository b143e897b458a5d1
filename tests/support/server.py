"""A web server on loopback that serves a folder, with ranges, and misbehaves when told."""

import mimetypes
import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

_PIECE_BYTES = 16_384


@dataclass
class Site:
    """A folder behind a url.

    Attributes:
        folder: What is served.
        url: Where.
        asked: Every request, as (path, Range header).
        sent: Bytes of bodies, by file name.
        faults: Asked before every answer; gets the file name and how often it was asked for, and
            gives a fault: `("status", code, headers)`, `("cut", bytes)`, `("bytes", content)`,
            `("whole",)` for a server without ranges, `("slow", bytes a second)`, `("stall",
            bytes)` for a server that falls silent after them; `None` to behave.
        authorized: Every request that had one, as (path, Authorization header).
        latency_s: How long the way to it and back takes.
        bytes_per_s: How much its line carries, for all together.
        tag: Its version, for the header `ETag`; none is sent by default.
        connections: How many were opened.
    """

    folder: Path
    url: str = ""
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    authorized: list[tuple[str, str]] = field(default_factory=list)
    sent: Counter[str] = field(default_factory=Counter)
    faults: Callable[[str, int], tuple | None] = lambda name, count: None
    lock: threading.Lock = field(default_factory=threading.Lock)
    json: dict[str, bytes] = field(default_factory=dict)
    ended: threading.Event = field(default_factory=threading.Event)
    latency_s: float = 0.0
    bytes_per_s: float = 0.0
    tag: str = ""
    connections: int = 0

    def tags(self, name: str) -> dict[str, str]:
        """Return the header that says which version of a file this is, if any."""
        return {"ETag": f'"{name}-{self.tag}"'} if self.tag else {}

    def carry(self, size: int) -> None:
        """Take as long as a line of that pace, which all connections share, takes for bytes."""
        if self.bytes_per_s:
            with self._line:
                time.sleep(size / self.bytes_per_s)

    _line: threading.Lock = field(default_factory=threading.Lock)


def _handler(site: Site) -> type[BaseHTTPRequestHandler]:  # noqa: C901  a class in a function
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: object) -> None:
            pass

        def setup(self) -> None:
            super().setup()
            time.sleep(site.latency_s)
            with site.lock:
                site.connections += 1

        def do_GET(self) -> None:
            time.sleep(site.latency_s)
            path = unquote(self.path)
            with site.lock:
                site.asked.append((path, self.headers.get("Range")))
                if "Authorization" in self.headers:
                    site.authorized.append((path, self.headers["Authorization"]))
                count = sum(asked == path for asked, _ in site.asked)
            fault = site.faults(path.rpartition("/")[2], count)
            file = site.folder / path.lstrip("/")
            if fault and fault[0] == "status":
                self._answer(fault[1], b"", fault[2])
            elif path in site.json:
                self._answer(200, site.json[path], {})
            elif not file.is_file():
                self._answer(404, b"", {})
            else:
                self._file(file, fault)

        def _file(self, file: Path, fault: tuple | None) -> None:
            content = fault[1] if fault and fault[0] == "bytes" else file.read_bytes()
            begin = 0
            asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or "")
            end = len(content)
            if asked and not (fault and fault[0] == "whole"):
                begin = int(asked[1])
                end = min(int(asked[2]) + 1, end) if asked[2] else end
                if begin >= len(content):
                    self._answer(416, b"", {})
                    return
            headers = {"Content-Range": f"bytes {begin}-{end - 1}/{len(content)}"}
            cut = fault[1] if fault and fault[0] == "cut" else None
            slow = fault if fault and fault[0] in ("slow", "stall") else None
            is_part = bool(begin or end < len(content))
            kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
            answered = {
                "Content-Type": kind,
                **(headers if is_part else {}),
                **site.tags(file.name),
            }
            self._answer(206 if is_part else 200, content[begin:end], answered, cut, slow)

        def _answer(
            self,
            status: int,
            body: bytes,
            headers: dict,
            cut: int | None = None,
            slow: tuple | None = None,
        ) -> None:
            self.send_response(status)
            for key, value in headers.items():
                self.send_header(key, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if slow:
                self._slowly(body, *slow)
                return
            for at in range(0, len(body[:cut]), _PIECE_BYTES):
                piece = body[:cut][at : at + _PIECE_BYTES]
                site.carry(len(piece))
                self.wfile.write(piece)
            with site.lock:
                site.sent[unquote(self.path).rpartition("/")[2]] += len(body[:cut])
            if cut is not None:
                self.close_connection = True

        def _slowly(self, body: bytes, how: str, amount: int) -> None:
            self.close_connection = True
            step = amount if how == "stall" else amount // 20
            for at in range(0, len(body), step):
                try:
                    self.wfile.write(body[at : at + step])
                    self.wfile.flush()
                except OSError:
                    return
                with site.lock:
                    site.sent[unquote(self.path).rpartition("/")[2]] += len(body[at : at + step])
                site.ended.wait(60 if how == "stall" else 0.05)
                if site.ended.is_set():
                    return

    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Print nothing of a client that was killed."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


def body_of(asked: BaseHTTPRequestHandler) -> bytes:
    """Read what came with a request.

    Raises:
        ConnectionAbortedError: Less came than was announced: whoever asked was killed on the way.
    """
    size = int(asked.headers.get("Content-Length") or 0)
    body = asked.rfile.read(size)
    if len(body) < size:
        raise ConnectionAbortedError
    return body


@contextmanager
def running(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Let a handler answer on this machine until the end of the block; return its address."""
    handler.disable_nagle_algorithm = True  # else each answer in two parts takes 40 ms
    server = _Server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def serving(folder: Path) -> Iterator[Site]:
    """Serve a folder until the end of the block."""
    site = Site(folder)
    with running(_handler(site)) as site.url:
        try:
            yield site
        finally:
            site.ended.set()
