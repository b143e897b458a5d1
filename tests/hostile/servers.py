"""Git servers that stall, drip, lead elsewhere, or never come to an end.

Each speaks just enough of git's protocol (version 0, over HTTP) to be listened to.
"""

import random
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TIP = "1" * 40
_CAPABILITIES = "side-band-64k filter shallow allow-tip-sha1-in-want no-progress agent=git/2"
_SMART = "application/x-git-upload-pack-advertisement"
_RESULT = "application/x-git-upload-pack-result"


def packet(content: bytes) -> bytes:
    """Write one packet of git's protocol."""
    return b"%04x" % (len(content) + 4) + content


def _refs() -> bytes:
    first = f"{TIP} HEAD\0{_CAPABILITIES} symref=HEAD:refs/heads/master\n".encode()
    return b"".join(
        (
            packet(b"# service=git-upload-pack\n"),
            b"0000",
            packet(first),
            packet(f"{TIP} refs/heads/master\n".encode()),
            b"0000",
        )
    )


class Server(BaseHTTPRequestHandler):
    """What one request is answered with, by the first part of its path."""

    elsewhere = ""  # another server, which nobody may ask
    asked_elsewhere = 0
    asked = 0

    def do_GET(self) -> None:
        """Answer the first question."""
        self._act(_FIRST.get(self._kind(), Server.refs))

    def do_POST(self) -> None:
        """Answer a fetch."""
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self._act(_FETCH.get(self._kind(), Server.stall))

    def _kind(self) -> str:
        return self.path.split("/")[1]

    def _act(self, act: Callable[["Server"], None]) -> None:
        with suppress(OSError):
            act(self)
        self.close_connection = True

    def begin(self, kind: str, **headers: str) -> None:
        """Send the status and headers; the body ends with the connection."""
        self.send_response(200)
        self.send_header("Content-Type", kind)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def refs(self) -> None:
        """Answer as a good server does."""
        self.begin(_SMART)
        self.wfile.write(_refs())

    def stall(self) -> None:
        """Write nothing."""
        time.sleep(300)

    def drip(self) -> None:
        """Send a byte at a time, quicker than anybody calls too slow to wait for."""
        self.begin(_SMART)
        for byte in _refs() * 1000:
            self.wfile.write(bytes([byte]))
            time.sleep(0.2)

    def endless_headers(self) -> None:
        """Never come to the body."""
        self.send_response(200)
        while True:
            self.wfile.write(b"X-More: " + b"x" * 50_000 + b"\r\n")

    def endless_refs(self) -> None:
        """Have branches without end."""
        self.begin(_SMART)
        self.wfile.write(_refs()[:-4])
        for number in range(10**9):
            self.wfile.write(
                b"".join(packet(f"{TIP} refs/heads/b{number}-{n}\n".encode()) for n in range(1000))
            )

    def gzip_bomb(self) -> None:
        """Send little that unpacks to 8 GB."""
        self.begin(_SMART, Content_Encoding="gzip")
        opening, mebibyte = _zeros()
        self.wfile.write(opening)
        for _ in range(2**13):
            self.wfile.write(mebibyte)

    def endless_messages(self) -> None:
        """Send messages for people without end."""
        self.begin(_RESULT)
        self.wfile.write(packet(b"NAK\n"))
        line = packet(b"\2" + b"wait a moment, please\n" * 1000)
        while True:
            self.wfile.write(line)

    def endless_pack(self) -> None:
        """Send a pack without end."""
        self.begin(_RESULT)
        self.wfile.write(packet(b"NAK\n"))
        self.wfile.write(packet(b"\1PACK" + (2).to_bytes(4) + (10**6).to_bytes(4)))
        noise = random.Random(0).randbytes(60_000)
        size = len(noise)
        head = bytes([0x80 | 3 << 4 | size & 15, 0x80 | size >> 4 & 127, size >> 11])
        thing = head + zlib.compress(noise, 0)
        while True:
            self.wfile.write(packet(b"\1" + thing))

    def drip_pack(self) -> None:
        """Send a pack a byte at a time."""
        self.begin(_RESULT)
        self.wfile.write(packet(b"NAK\n"))
        for byte in b"PACK" + (2).to_bytes(4) + (5).to_bytes(4) + b"x" * 1000:
            self.wfile.write(packet(b"\1" + bytes([byte])))
            time.sleep(0.3)

    def redirect(self) -> None:
        """Lead every question elsewhere."""
        self.send_response(302)
        self.send_header("Location", f"{self.elsewhere}{self.path}")
        self.end_headers()

    def redirect_the_second_time(self) -> None:
        """Answer `ls-remote`, and lead the fetch elsewhere."""
        Server.asked += 1
        if Server.asked > 1:
            self.redirect()
        else:
            self.refs()

    def redirect_for_ever(self) -> None:
        """Lead from one address of ours to the next."""
        self.send_response(302)
        self.send_header("Location", self.path.replace("/x", "/xx", 1))
        self.end_headers()

    def redirect_to_a_file(self) -> None:
        """Lead to another transport."""
        self.send_response(302)
        self.send_header("Location", "file:///etc/info/refs?service=git-upload-pack")
        self.end_headers()

    def dumb(self) -> None:
        """Be a folder of files, without the one that the list of branches names."""
        if self.path.endswith("/info/refs?service=git-upload-pack"):
            self.begin("text/plain")
            self.wfile.write(f"{TIP}\trefs/heads/master\n".encode())
        elif self.path.endswith("/HEAD"):
            self.begin("text/plain")
            self.wfile.write(b"ref: refs/heads/master\n")
        else:
            self.send_error(404)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


def _zeros() -> tuple[bytes, bytes]:
    """Return the beginning of a gzip stream, and what unpacks to 1 MB wherever it is repeated."""
    packer = zlib.compressobj(9, wbits=31)
    opening = packer.compress(b"0") + packer.flush(zlib.Z_FULL_FLUSH)
    return opening, packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH)


_FIRST: Mapping[str, Callable[[Server], None]] = {
    "stall": Server.stall,
    "drip": Server.drip,
    "endless-headers": Server.endless_headers,
    "endless-refs": Server.endless_refs,
    "gzip-bomb": Server.gzip_bomb,
    "redirect": Server.redirect,
    "redirect-the-second-time": Server.redirect_the_second_time,
    "redirect-for-ever": Server.redirect_for_ever,
    "redirect-to-a-file": Server.redirect_to_a_file,
    "dumb": Server.dumb,
}
_FETCH: Mapping[str, Callable[[Server], None]] = {
    "fetch-stalls": Server.stall,
    "fetch-drips": Server.drip_pack,
    "endless-messages": Server.endless_messages,
    "endless-pack": Server.endless_pack,
    "fetch-redirects": Server.redirect,
}
KINDS = (*_FIRST, *_FETCH)


class _Elsewhere(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        Server.asked_elsewhere += 1

    do_POST = do_GET  # noqa: N815  names of http.server

    def log_message(self, *_: object) -> None:
        pass


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_: object) -> None:
        pass


@contextmanager
def served() -> Iterator[Mapping[str, str]]:
    """Serve all of them on this machine; return their addresses by kind."""
    Server.asked = Server.asked_elsewhere = 0
    with _Quiet(("127.0.0.1", 0), Server) as here, _Quiet(("127.0.0.1", 0), _Elsewhere) as there:
        Server.elsewhere = f"http://localhost:{there.server_address[1]}"
        for server in (here, there):
            threading.Thread(target=server.serve_forever, daemon=True).start()
        yield {kind: f"http://127.0.0.1:{here.server_address[1]}/{kind}/x" for kind in KINDS}
        for server in (here, there):
            server.shutdown()
