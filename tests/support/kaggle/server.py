"""The emulated Kaggle over HTTP: its methods, and the storage that files go to."""

import io
import json
import re
import threading
import zipfile
from http.server import BaseHTTPRequestHandler
from urllib.parse import unquote

from tests.support.kaggle.account import TOKEN, Kaggle, RefusedError
from tests.support.kaggle.methods import METHODS, checked
from tests.support.server import body_of

Answer = tuple[int, dict[str, str], bytes]


def _store(
    there: Kaggle, token: str, message: str | None, body: bytes
) -> tuple[int, dict[str, str]]:
    """Take a file as Google's storage does: in parts, and asked what it has."""
    one = there.uploads[token]
    asked = re.fullmatch(r"bytes (?:(\d+)-(\d+)|\*)/(\d+)", message or "")
    begin = int(asked[1] or 0) if asked else 0
    if asked and asked[1] is None:
        body = b""
    elif begin != len(one.content):
        raise RefusedError(400, f"{begin} after {len(one.content)} bytes")
    if there.cut and body:
        there.cut -= 1
        body = body[: len(body) // 2]
    one.content = there.once(one.content + body)
    there.received += len(body)
    if len(one.content) == one.size:
        return 200, {}
    last = len(one.content) - 1
    return 308, {"Range": f"bytes=0-{last}"} if one.content else {}


def _stored(there: Kaggle, number: int, name: str) -> bytes:
    files = there.version(number).files
    if name in files:
        return files[name]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as made:
        for path, content in files.items():
            made.writestr(path, content)
    return archive.getvalue()


def _storage(there: Kaggle, command: str, path: str, message: str | None, body: bytes) -> Answer:
    _, _, where, name = path.split("/", 3)
    if command == "PUT" and where == "upload" and name in there.uploads:
        return *_store(there, name, message, body), b""
    if command == "GET" and where.isdecimal():
        return 200, {}, _stored(there, int(where), name)
    raise RefusedError(400, "no such file")


def _method(there: Kaggle, path: str, body: bytes) -> Answer:
    method = path.removeprefix("/v1/")
    if method not in METHODS:
        raise RefusedError(400, "no such method")
    if there.busy:
        there.busy -= 1
        raise RefusedError(429, "too many requests")
    if there.waits:
        there.waits -= 1
        if not there.waits:
            there.versions[-1].status = "Failed" if there.fails else "Ready"
    form, act = METHODS[method]
    answer = act(there, checked(form, json.loads(body), method))
    if method.endswith("/DownloadDataset"):
        return 302, {"Location": answer}, b""
    return 200, {}, json.dumps(answer).encode()


def _body(handler: BaseHTTPRequestHandler) -> bytes:
    if handler.headers.get("Transfer-Encoding") != "chunked":
        return body_of(handler)
    parts = []
    while size := int(handler.rfile.readline(), 16):
        parts.append(handler.rfile.read(size))
        handler.rfile.readline()
    handler.rfile.readline()
    return b"".join(parts)


def _answer(there: Kaggle, asked: BaseHTTPRequestHandler, body: bytes) -> Answer:
    path, words = unquote(asked.path), asked.headers.get("Authorization")
    if path.startswith("/storage/"):
        if words is not None or TOKEN in path:
            raise RefusedError(400, "the storage gets no token")
        return _storage(there, asked.command, path, asked.headers.get("Content-Range"), body)
    if asked.command != "POST":
        raise RefusedError(400, "no such method")
    if words != f"Bearer {TOKEN}":
        raise RefusedError(401, "Unauthenticated")
    return _method(there, path, body)


def handler(there: Kaggle) -> type[BaseHTTPRequestHandler]:
    """Return what answers for an account."""
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: object) -> None:
            pass

        def _any(self) -> None:
            body = _body(self)
            with lock:
                there.asked.append(f"{self.command} {self.path}")
                try:
                    status, headers, content = _answer(there, self, body)
                except RefusedError as error:
                    if error.status == 400:
                        there.wrong.append(f"{self.command} {self.path}: {error.says}")
                    status, says = error.status, {"code": error.status, "message": error.says}
                    headers, content = {"Retry-After": "0"}, json.dumps(says).encode()
                self.send_response(status)
                kind = "application/json" if content[:1] in b"{[" else "application/octet-stream"
                headers |= {"Content-Type": kind, "Content-Length": str(len(content))}
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = _any  # noqa: N815  names of the standard library

    return Handler
