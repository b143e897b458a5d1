"""Zenodo's deposit API on loopback; what it does not know fails.

Written after https://developers.zenodo.org: routes, fields, states and status codes are those of
its pages. What it lists is as old as a search index may be.
"""

import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.support.server import body_of, running

TOKEN = "zenodo_emulated"
MOST_FILES = 100
_REQUIRED = "title upload_type publication_date creators description access_right license"
_ALSO = "version keywords references related_identifiers doi access_conditions notes"
_LICENCES = ("other-open", "other-nc", "cc-zero", "cc-by-4.0")


class _RefusedError(Exception):
    def __init__(self, status: int, says: str) -> None:
        self.status, self.says = status, says


@dataclass
class Version:
    """A deposition."""

    number: int
    concept: str
    metadata: dict[str, Any]
    files: dict[str, bytes] = field(default_factory=dict)
    submitted: bool = False
    state: str = "unsubmitted"
    changed: dict[str, Any] | None = None


@dataclass
class Zenodo:
    """An account on Zenodo.

    Attributes:
        url: Where it is.
        versions: Every deposition, by number.
        lag: After how many requests the list knows of a change.
        received: How many bytes of files were sent to it.
        asked: Every request.
        wrong: What the emulator does not know; a test fails on it.
    """

    url: str = ""
    versions: dict[int, Version] = field(default_factory=dict)
    lag: int = 0
    received: int = 0
    asked: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    busy: int = 0
    _seen: list[list[dict[str, Any]]] = field(default_factory=list)

    @property
    def published(self) -> list[Version]:
        return [one for one in self.versions.values() if one.submitted]

    def latest(self, concept: str) -> Version:
        return [one for one in self.published if one.concept == concept][-1]

    def draft(self, concept: str) -> Version | None:
        drafts = [v for v in self.versions.values() if v.concept == concept and not v.submitted]
        return drafts[0] if drafts else None

    def describe(self, one: Version) -> dict[str, Any]:
        """Return a deposition as the API does."""
        at = f"{self.url}/api/deposit/depositions/{one.number}"
        doi = f"10.5072/zenodo.{one.number}"
        links = {"self": at, "bucket": f"{self.url}/api/files/{one.number}"}
        says = {"title": "", **(one.changed or one.metadata)}
        says["prereserve_doi"] = {"doi": doi, "recid": one.number}
        if one.submitted:
            says["doi"] = doi
            links["latest"] = f"{self.url}/api/records/{self.latest(one.concept).number}"
        draft = self.draft(one.concept)
        if draft:
            links["latest_draft"] = f"{self.url}/api/deposit/depositions/{draft.number}"
        files = [
            {
                "id": f"f-{hashlib.sha1(name.encode()).hexdigest()[:8]}",
                "filename": name,
                "filesize": len(content),
                "checksum": hashlib.md5(content).hexdigest(),
            }
            for name, content in sorted(one.files.items())
        ]
        return {
            "id": one.number,
            "conceptrecid": one.concept,
            "submitted": one.submitted,
            "state": one.state,
            "metadata": says,
            "links": links,
            "files": files,
        }


def _check(form: Any) -> dict[str, Any]:
    if set(form) != {"metadata"}:
        raise _RefusedError(400, f"fields {sorted(form)}")
    says = form["metadata"]
    needed, allowed = set(_REQUIRED.split()), set(f"{_REQUIRED} {_ALSO}".split())
    if not needed <= set(says) <= allowed:
        raise _RefusedError(400, f"metadata {sorted(set(says) ^ needed)}")
    good = (
        says["upload_type"] == "dataset"
        and re.fullmatch(r"\d{4}-\d\d-\d\d", says["publication_date"])
        and all(set(one) <= {"name", "affiliation", "orcid", "gnd"} for one in says["creators"])
        and says["license"] in _LICENCES
        and says["access_right"] in ("open", "restricted")
        and (says["access_right"] == "open") == ("access_conditions" not in says)
        and all(
            set(one) == {"identifier", "relation", "resource_type"}
            and one["relation"] == "isDerivedFrom"
            for one in says.get("related_identifiers", [])
        )
    )
    if not good:
        raise _RefusedError(400, f"metadata {says}")
    return dict(says)


def _list(there: Zenodo, query: dict[str, list[str]], _body: bytes) -> tuple[int, Any]:
    if set(query) != {"all_versions", "size", "page"} or query["all_versions"] != ["true"]:
        raise _RefusedError(400, f"query {query}")
    now = [there.describe(one) | {"files": []} for one in there.versions.values()]
    there._seen.append(deepcopy(now))
    seen = there._seen[max(len(there._seen) - 1 - there.lag, 0)] if there.lag else now
    seen = [] if there.lag and len(there._seen) <= there.lag else seen
    size, page = int(query["size"][0]), int(query["page"][0])
    return 200, seen[(page - 1) * size : page * size]


def _create(there: Zenodo, query: dict[str, list[str]], body: bytes) -> tuple[int, Any]:
    number = 1001 + 10 * len(there.versions)
    one = Version(number, str(number - 1), _check(json.loads(body)))
    there.versions[number] = one
    return 201, there.describe(one)


def _get(there: Zenodo, _body: bytes, one: Version) -> tuple[int, Any]:
    return 200, there.describe(one)


def _put(there: Zenodo, body: bytes, one: Version) -> tuple[int, Any]:
    says = _check(json.loads(body))
    if one.submitted and one.state != "inprogress":
        raise _RefusedError(403, "it is published")
    if one.submitted:
        one.changed = says
    else:
        one.metadata = says
    return 200, there.describe(one)


def _newversion(there: Zenodo, body: bytes, one: Version) -> tuple[int, Any]:
    if body or not one.submitted or one is not there.latest(one.concept):
        raise _RefusedError(400, "only of the latest published version")
    if there.draft(one.concept) is None:
        number = 1001 + 10 * len(there.versions)
        says = {k: v for k, v in one.metadata.items() if k not in ("doi", "version")}
        there.versions[number] = Version(number, one.concept, says, dict(one.files))
    return 201, there.describe(one)


def _edit(there: Zenodo, body: bytes, one: Version) -> tuple[int, Any]:
    if body or one.state != "done":
        raise _RefusedError(400, "the state does not allow for editing")
    one.state = "inprogress"
    return 201, there.describe(one)


def _publish(there: Zenodo, body: bytes, one: Version) -> tuple[int, Any]:
    if body or one.state == "done" or not one.files:
        raise _RefusedError(400, "nothing to publish")
    one.metadata, one.changed = one.changed or one.metadata, None
    one.submitted, one.state = True, "done"
    return 202, there.describe(one)


def _delete_file(there: Zenodo, _body: bytes, one: Version, file: str) -> tuple[int, Any]:
    if one.submitted:
        raise _RefusedError(403, "it is published")
    ids = {f["id"]: f["filename"] for f in there.describe(one)["files"]}
    if file not in ids:
        raise _RefusedError(404, "no such file")
    del one.files[ids[file]]
    return 204, None


def _send(there: Zenodo, body: bytes, one: Version, name: str) -> tuple[int, Any]:
    if one.submitted:
        raise _RefusedError(403, "it is published")
    one.files[name] = body
    there.received += len(body)
    if len(one.files) > MOST_FILES:
        raise _RefusedError(400, "more than 100 files")
    return 201, {"key": name, "size": len(body), "checksum": f"md5:{hashlib.md5(body).hexdigest()}"}


def _read(there: Zenodo, _body: bytes, one: Version, name: str) -> tuple[int, Any]:
    if name not in one.files:
        raise _RefusedError(404, "no such file")
    return 200, one.files[name]


_AT = r"/api/deposit/depositions/(\d+)"
_ROUTES: list[tuple[str, str, Callable[..., tuple[int, Any]]]] = [
    ("GET", _AT, _get),
    ("PUT", _AT, _put),
    ("POST", rf"{_AT}/actions/newversion", _newversion),
    ("POST", rf"{_AT}/actions/edit", _edit),
    ("POST", rf"{_AT}/actions/publish", _publish),
    ("DELETE", rf"{_AT}/files/([^/]+)", _delete_file),
    ("PUT", r"/api/files/(\d+)/([^/]+)", _send),
    ("GET", r"/api/files/(\d+)/([^/]+)", _read),
]


def _route(there: Zenodo, method: str, target: str, body: bytes) -> tuple[int, Any]:
    address = urlsplit(target)
    query, path = parse_qs(address.query), unquote(address.path)
    if path == "/api/deposit/depositions":
        act = {"GET": _list, "POST": _create}[method]
        return act(there, query, body)
    for known, pattern, act in _ROUTES:
        found = re.fullmatch(pattern, path)
        if found and known == method and not query:
            number, *rest = found.groups()
            if int(number) not in there.versions:
                raise _RefusedError(404, "no such deposition")
            return act(there, body, there.versions[int(number)], *rest)
    raise _RefusedError(400, "no such route")


def _handler(there: Zenodo) -> type[BaseHTTPRequestHandler]:
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: object) -> None:
            pass

        def _any(self) -> None:
            body = body_of(self)
            with lock:
                there.asked.append(f"{self.command} {self.path}")
                try:
                    self._refuse()
                    status, answer = _route(there, self.command, self.path, body)
                except _RefusedError as error:
                    if error.status == 400:
                        there.wrong.append(f"{self.command} {self.path}: {error.says}")
                    status, answer = error.status, {"status": error.status, "message": error.says}
                content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                content = b"" if status == 204 else content
                self.send_response(status)
                if status == 429:
                    self.send_header("Retry-After", "0")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        def _refuse(self) -> None:
            if there.busy:
                there.busy -= 1
                raise _RefusedError(429, "too many requests")
            if TOKEN in self.path:
                raise _RefusedError(400, "the token is in the address")
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                raise _RefusedError(401, "The server could not verify that you are authorized.")

        do_GET = do_POST = do_PUT = do_DELETE = _any  # noqa: N815  names of the standard library

    return Handler


@contextmanager
def emulated() -> Iterator[Zenodo]:
    """Serve an account that has nothing yet; what it was wrongly asked fails at the end."""
    there = Zenodo()
    with running(_handler(there)) as there.url:
        yield there
    assert there.wrong == []
