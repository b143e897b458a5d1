"""A token that is marked: it reaches GitHub, and nothing that anybody could read later."""

import base64
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.hostile.words import acting_table
from tests.support.collection import ROOT, SIMPLE, Collection
from tests.support.github.hub import SOURCE, Hub
from tests.support.pictures import png
from tests.support.upstream import Upstream, git

POLICY = """
protocols = ["http", "file"]
hosts = ["127.0.0.1"]
[forge]
kind = "github"
repository = "maintainer/collection"
server = "{url}"
api = "{url}"
seconds_between_writes = 0
"""
TABLE = '[[tables]]\nfiles = ["t.csv"]\npath = "images/{filename}"\n[tables.fields]\nfinding = ["finding"]\n'
BAIT = (
    "${GITHUB_TOKEN}",
    "$(printenv GITHUB_TOKEN)",
    "{{ github.token }}",
    "%GITHUB_TOKEN%",
    "{token}",
)
FORMS = (Hub.token.encode(), base64.b64encode(f"x-access-token:{Hub.token}".encode()).rstrip(b"="))


@contextmanager
def command_lines() -> Iterator[set[bytes]]:
    """Collect the command line of every process that runs meanwhile."""
    seen: set[bytes] = set()
    over = threading.Event()

    def poll() -> None:
        while not over.is_set():
            for file in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    seen.add(file.read_bytes())
                except OSError:
                    continue
            time.sleep(0.005)

    thread = threading.Thread(target=poll)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


@pytest.mark.slow
@pytest.mark.parametrize("how", [pytest.param((), id="prefect"), ("--direct",)])
def test_the_token_is_nowhere_but_at_github(
    hub: Hub, collection: Collection, upstream: Upstream, how: tuple[str, ...]
) -> None:
    table = acting_table() + "".join(f'x.png,"{bait}"\n' for bait in BAIT).encode()
    names = {f"images/{bait.replace('/', '_')}.png": png(n) for n, bait in enumerate(BAIT)}
    upstream.commit({**names, "t.csv": table, "images/broken.png": b"x"}, message="\n".join(BAIT))
    collection.source("bait", SIMPLE.format(url=upstream.url) + TABLE)
    collection.source("same-server", SIMPLE.format(url=hub.clone_url_of(SOURCE)))
    collection.source("asks-who", SIMPLE.format(url=hub.clone_url_of("nobody/private")))
    policy = collection.folder / "config" / "policy.toml"
    policy.write_text(POLICY.format(url=hub.url), encoding="utf-8")
    git(collection.folder, "add", "config")
    git(collection.folder, "commit", "--quiet", "-m", "config")
    hub.adopt(str(collection.folder))
    found = {k: v for k, v in os.environ.items() if not k.startswith("GITHUB_")}
    found |= {"GITHUB_TOKEN": hub.token, "PREFECT_HOME": str(collection.cache / "prefect")}
    words = ("--checkout", str(collection.folder), "--cache", str(collection.cache), *how)
    with command_lines() as seen:
        done = subprocess.run(
            [sys.executable, "-m", "flows", "sync", *words],
            cwd=ROOT,
            env=found,
            capture_output=True,
            check=False,
            timeout=300,
        )
    assert b"Proposed as #" in done.stdout, done.stderr.decode()
    used = [entry for entry in hub.ledger() if entry.login == "bot"]
    assert used, "the token was not used at all"
    fetched = [e for e in hub.ledger() if SOURCE in e.path and ".git/" in e.path]
    assert fetched
    assert {entry.login for entry in fetched} == {None}
    assert any(b"ls-remote" in line for line in seen)
    places = {"output": done.stdout, "errors": done.stderr, "processes": b"\n".join(seen)}
    places["pull request"] = str(hub.snapshot()).encode()
    for top in (collection.folder, collection.cache):
        places |= {str(p): p.read_bytes() for p in top.rglob("*") if p.is_file()}
    leaks = [place for place, content in places.items() if any(f in content for f in FORMS)]
    assert leaks == []
    told_objects = subprocess.run(
        ["git", "cat-file", "--batch-all-objects", "--batch", "--buffer"],
        cwd=collection.folder,
        check=True,
        capture_output=True,
    ).stdout
    assert not any(form in told_objects for form in FORMS)
