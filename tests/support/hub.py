"""The Hugging Face Hub on loopback, as `huggingface_hub` asks it; what it does not know fails.

Written after the client's own code: routes, fields and headers are those of its requests.
"""

import base64
import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import yaml

from tests.support.server import body_of, running

TOKEN = "hf_emulated"


@dataclass(frozen=True)
class Blob:
    """A file of a commit; a large one is named by its SHA-256."""

    content: bytes
    lfs: str | None = None

    @property
    def oid(self) -> str:
        return hashlib.sha1(f"blob {len(self.content)}\0".encode() + self.content).hexdigest()

    def entry(self, path: str) -> dict[str, Any]:
        """Describe it as the tree does."""
        entry = {"type": "file", "path": path, "size": len(self.content), "oid": self.oid}
        if self.lfs:
            entry["lfs"] = {"oid": self.lfs, "size": len(self.content), "pointerSize": 130}
        return entry


@dataclass
class Hub:
    """One dataset on the Hub.

    Attributes:
        repository: Its `owner/name`.
        url: Where the Hub is.
        commits: By id, title and files, oldest first.
        tags: By name, the commit.
        stored: Large files, by SHA-256.
        received: How many bytes of files were sent to it.
        asked: Every request.
        wrong: What the emulator does not know; a test fails on it.
    """

    repository: str
    url: str = ""
    commits: dict[str, tuple[str, dict[str, Blob]]] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    stored: dict[str, bytes] = field(default_factory=dict)
    received: int = 0
    asked: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def head(self) -> str:
        return list(self.commits)[-1]

    def revision(self, name: str) -> str | None:
        """Return the commit of a branch, tag or commit id."""
        if name == "main":
            return self.head
        return self.tags.get(name) or (name if name in self.commits else None)

    def commit(self, title: str, files: dict[str, Blob]) -> str:
        oid = hashlib.sha1(f"{len(self.commits)} {title}".encode()).hexdigest()
        self.commits[oid] = (title, files)
        return oid


class _RefusedError(Exception):
    def __init__(self, status: int, code: str, says: str) -> None:
        self.status, self.code, self.says = status, code, says


def _exact(body: dict[str, Any], needed: str, optional: str = "") -> None:
    names, allowed = set(needed.split()), set(optional.split())
    if not names <= set(body) <= names | allowed:
        raise _RefusedError(400, "BadRequest", f"fields {sorted(body)}, not {sorted(names)}")


def _create(hub: Hub, body: bytes) -> Any:
    form = json.loads(body)
    _exact(form, "name organization type", "visibility")
    if hub.commits:
        raise _RefusedError(409, "", "You already created this dataset repo")
    hub.commit("initial commit", {".gitattributes": Blob(b"*.parquet filter=lfs\n")})
    return {"url": f"{hub.url}/datasets/{hub.repository}"}


def _yaml(_hub: Hub, body: bytes) -> Any:
    form = json.loads(body)
    _exact(form, "repoType content")
    head = yaml.safe_load(form["content"].split("---\n")[1])
    if head["license"] == "other" and "license_name" not in head:
        raise _RefusedError(400, "", "license_name is required")
    for config in head["configs"]:
        _exact(config, "config_name data_files", "default")
    return {"errors": [], "warnings": []}


def _preupload(hub: Hub, body: bytes, _revision: str) -> Any:
    form = json.loads(body)
    _exact(form, "files", "gitIgnore")
    there, answer = hub.commits[hub.head][1], []
    for file in form["files"]:
        _exact(file, "path sample size")
        large = file["path"].endswith((".parquet", ".png"))
        path, mode = file["path"], "lfs" if large else "regular"
        oid = (there[path].lfs or there[path].oid) if path in there else None
        answer.append({"path": path, "uploadMode": mode, "shouldIgnore": False, "oid": oid})
    return {"files": answer}


def _batch(hub: Hub, body: bytes) -> Any:
    form = json.loads(body)
    _exact(form, "operation transfers objects hash_algo", "ref")
    objects = []
    for one in form["objects"]:
        _exact(one, "oid size")
        href = {"href": f"{hub.url}/lfs/{one['oid']}"}
        objects.append(one if one["oid"] in hub.stored else {**one, "actions": {"upload": href}})
    return {"transfer": "basic", "objects": objects}


def _store(hub: Hub, body: bytes, oid: str) -> Any:
    if hashlib.sha256(body).hexdigest() != oid:
        raise _RefusedError(400, "", "the content is not of that digest")
    hub.stored[oid] = body
    hub.received += len(body)
    return {}


def _commit(hub: Hub, body: bytes, _branch: str) -> Any:
    lines = [json.loads(line) for line in body.splitlines()]
    header, *changes = lines
    _exact(header["value"], "summary description", "parentCommit")
    if header["value"].get("parentCommit", hub.head) != hub.head:
        raise _RefusedError(412, "", "A commit has happened since. Please refresh and try again.")
    files = dict(hub.commits[hub.head][1])
    for change in changes:
        value, kind = change["value"], change["key"]
        if kind == "file":
            _exact(value, "content path encoding")
            content = base64.b64decode(value["content"])
            files[value["path"]] = Blob(content)
            hub.received += len(content)
        elif kind == "lfsFile":
            _exact(value, "path algo oid size")
            if value["oid"] not in hub.stored:
                raise _RefusedError(400, "", "that file was never stored")
            files[value["path"]] = Blob(hub.stored[value["oid"]], value["oid"])
        elif kind == "deletedFile":
            del files[value["path"]]
        else:
            raise _RefusedError(400, "", f"unknown operation {kind}")
    oid = hub.commit(header["value"]["summary"], files)
    return {"commitUrl": f"{hub.url}/datasets/{hub.repository}/commit/{oid}", "commitOid": oid}


def _tag(hub: Hub, body: bytes, revision: str) -> Any:
    form = json.loads(body)
    _exact(form, "tag", "message")
    if form["tag"] in hub.tags:
        raise _RefusedError(409, "", "Tag already exists")
    hub.tags[form["tag"]] = _known(hub, revision)
    return {}


def _known(hub: Hub, revision: str) -> str:
    oid = hub.revision(revision)
    if oid is None:
        raise _RefusedError(404, "RevisionNotFound", "Invalid rev id")
    return oid


def _info(hub: Hub, _body: bytes, revision: str = "main") -> Any:
    oid = _known(hub, revision)
    files = [{"rfilename": path} for path in hub.commits[oid][1]]
    return {"_id": "1", "id": hub.repository, "sha": oid, "private": False, "siblings": files}


def _refs(hub: Hub, _body: bytes) -> Any:
    tags = [{"name": n, "ref": f"refs/tags/{n}", "targetCommit": c} for n, c in hub.tags.items()]
    main = {"name": "main", "ref": "refs/heads/main", "targetCommit": hub.head}
    return {"branches": [main], "converts": [], "tags": tags}


def _tree(hub: Hub, revision: str, folder: str, *, recursive: bool) -> Any:
    files = hub.commits[_known(hub, revision)][1]
    below = {path: blob for path, blob in sorted(files.items()) if path.startswith(folder)}
    if folder and not below:
        raise _RefusedError(404, "EntryNotFound", "Entry not found")
    entries = [blob.entry(path) for path, blob in below.items()]
    if recursive:
        return entries
    deeper = {path[len(folder) :].partition("/")[0] for path in below if "/" in path[len(folder) :]}
    folders = [{"type": "directory", "path": folder + name, "size": 0} for name in sorted(deeper)]
    here = [entry for entry in entries if "/" not in entry["path"][len(folder) :]]
    return [one | {"oid": hashlib.sha1(one["path"].encode()).hexdigest()} for one in folders] + here


def _routes(hub: Hub) -> list[tuple[str, str, Callable[..., Any]]]:
    api, page = f"/api/datasets/{hub.repository}", f"/datasets/{hub.repository}"
    return [
        ("POST", "/api/repos/create", _create),
        ("POST", "/api/validate-yaml", _yaml),
        ("POST", rf"{api}/preupload/([^/]+)", _preupload),
        ("POST", rf"{page}\.git/info/lfs/objects/batch", _batch),
        ("PUT", r"/lfs/([0-9a-f]{64})", _store),
        ("POST", rf"{api}/commit/(main)", _commit),
        ("POST", rf"{api}/tag/([^/]+)", _tag),
        ("GET", api, _info),
        ("GET", rf"{api}/revision/([^/]+)", _info),
        ("GET", rf"{api}/refs", _refs),
    ]


def _handler(hub: Hub) -> type[BaseHTTPRequestHandler]:  # noqa: C901  a class in a function
    lock = threading.Lock()
    page = f"{hub.url}/datasets/{hub.repository}"

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: object) -> None:
            pass

        def _answer(self, status: int, content: bytes, **headers: str) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        def _any(self) -> None:
            body = body_of(self)
            address = urlsplit(self.path)
            path = unquote(address.path)
            with lock:
                hub.asked.append(f"{self.command} {self.path}")
                try:
                    self._serve(path, parse_qs(address.query), body)
                except _RefusedError as error:
                    if error.status == 400:
                        hub.wrong.append(f"{self.command} {path}: {error.says}")
                    text = json.dumps({"error": error.says, "url": page}).encode()
                    self._answer(error.status, text, X_Error_Code=error.code)

        def _serve(self, path: str, query: dict[str, list[str]], body: bytes) -> None:
            allowed = {"recursive", "expand", "blobs", "securityStatus", "limit"}
            if not query.keys() <= allowed or TOKEN in self.path:
                raise _RefusedError(400, "", f"query {self.path}")
            writes = self.command != "GET" and "/lfs/" not in path and "yaml" not in path
            bearer = self.headers.get("authorization")
            if writes and self.command != "HEAD" and bearer != f"Bearer {TOKEN}":
                raise _RefusedError(401, "", "Invalid username or password.")
            if not hub.commits and hub.repository in path:
                raise _RefusedError(404, "RepoNotFound", "Repository not found")
            file = re.fullmatch(rf"/datasets/{hub.repository}/resolve/([^/]+)/(.+)", path)
            if file:
                self._resolve(_known(hub, file[1]), file[2])
                return
            tree = re.fullmatch(rf"/api/datasets/{hub.repository}/tree/([^/]+)/?(.*)", path)
            if tree and self.command == "GET":
                folder = f"{tree[2]}/" if tree[2] else ""
                recursive = query.get("recursive", ["false"])[0].lower() == "true"
                entries = json.dumps(_tree(hub, tree[1], folder, recursive=recursive))
                self._answer(200, entries.encode(), Content_Type="application/json")
                return
            for method, pattern, act in _routes(hub):
                found = re.fullmatch(pattern, path)
                if found and method == self.command:
                    answer = json.dumps(act(hub, body, *found.groups())).encode()
                    self._answer(200, answer, Content_Type="application/json")
                    return
            raise _RefusedError(400, "", "no such route")

        def _resolve(self, oid: str, path: str) -> None:
            blob = hub.commits[oid][1].get(path)
            if blob is None:
                raise _RefusedError(404, "EntryNotFound", "Entry not found")
            about = {"X_Repo_Commit": oid, "ETag": f'"{blob.lfs or blob.oid}"'}
            part = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range") or "")
            if part is None:
                self._answer(200, blob.content, **about)
                return
            content, size = blob.content[int(part[1]) : int(part[2]) + 1], len(blob.content)
            stands = f"bytes {part[1]}-{int(part[1]) + len(content) - 1}/{size}"
            self._answer(206, content, Content_Range=stands, **about)

        do_GET = do_POST = do_PUT = do_HEAD = _any  # noqa: N815  names of the standard library

    return Handler


@contextmanager
def emulated(repository: str = "us/covid19-images") -> Iterator[Hub]:
    """Serve a Hub that has no dataset yet; what it was wrongly asked fails at the end."""
    hub = Hub(repository)
    with running(_handler(hub)) as hub.url:
        yield hub
    assert hub.wrong == []
