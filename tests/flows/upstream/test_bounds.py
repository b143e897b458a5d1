"""What an upstream may cost, where it may lead, and which flaws are let pass."""

import random
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from flows.sandbox.limits import Bounds
from flows.upstream import git, tree
from flows.upstream.address import host, refusal
from flows.upstream.advance import advance
from flows.upstream.budget import Budget
from flows.upstream.clone import Clone
from flows.upstream.observe import Tip, observe
from flows.upstream.outcome import Advanced, Rejected, Unreachable
from tests.hostile import repositories
from tests.support.pictures import png
from tests.support.upstream import Upstream
from tests.support.upstream import git as run_git

NOISE = random.Random(0).randbytes(2**20)  # which does not pack to anything smaller


@pytest.fixture
def clone(tmp_path: Path, upstream: Upstream) -> Clone:
    return Clone(tmp_path / "cache" / "set.git", upstream.url, ("file",))


def _tip(upstream: Upstream) -> Tip:
    return Tip(upstream.tip(), upstream.branch)


@pytest.mark.parametrize(
    ("url", "where"),
    [
        ("https://github.com/o/n", "github.com"),
        ("https://GITHUB.com:443/o/n", "github.com"),
        ("git@github.com:o/n.git", "github.com"),
        ("https://github.com@evil.org/o/n", None),
        ("https://github.com\\@evil.org/o/n", None),
        ("https://evil.org#@github.com/o/n", "evil.org"),
        ("https://github.com.evil.org/o/n", "github.com.evil.org"),
        ("ssh://-oProxyCommand=x/o/n", None),
        ("file:///srv/n", ""),
    ],
)
def test_a_host_is_what_git_would_reach_or_nothing(url: str, where: str | None) -> None:
    assert host(url) == where


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.org/x",
        "https://github.com@evil.org/x",
        "file://evil.org/x",
        "http://github.com/x",
    ],
)
def test_only_hosts_that_are_allowed_are_asked(url: str) -> None:
    protocols = ["https", "file", "http"]
    assert isinstance(refusal(url, protocols=protocols, hosts=["github.com"]), Rejected)


def test_a_secret_of_the_bot_is_no_variable_of_an_upstreams_git(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("GITHUB_TOKEN", "COVID19_IMAGES_APP_KEY", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"):
        monkeypatch.setenv(name, "secret")
    assert "secret" not in git.environment(["https"]).values()


def test_a_file_that_is_too_large_costs_itself_alone(clone: Clone, upstream: Upstream) -> None:
    upstream.commit({"small": b"small", "large": NOISE * 3})
    poor = replace(clone, budget=Budget(max_file_bytes=2**10, max_fetch_bytes=2**16))
    poor.fetch(_tip(upstream))
    small, large = upstream.blob(b"small"), upstream.blob(NOISE * 3)
    refused = poor.fetch_blobs([small, large])
    assert set(refused) == {large}
    assert small in poor.local_objects()
    assert large not in poor.local_objects()


def test_a_history_that_is_too_large_is_rejected(clone: Clone, upstream: Upstream) -> None:
    upstream.commit({f"{n}/{n}.png": str(n).encode() for n in range(300)})
    poor = replace(clone, budget=Budget(max_fetch_bytes=2**12))
    answer = advance(poor, _tip(upstream), None)
    assert answer == Rejected("more than the 4,096 bytes that may be fetched at once")


def test_a_clone_that_is_full_takes_no_more(clone: Clone, upstream: Upstream) -> None:
    upstream.commit({"a": b"a"})
    poor = replace(clone, budget=Budget(max_clone_bytes=10))
    answer = advance(poor, _tip(upstream), None)
    assert answer == Rejected("its clone would hold more than 10 bytes")


def test_a_full_disk_is_not_the_upstreams_fault(clone: Clone, upstream: Upstream) -> None:
    upstream.commit({"a": b"a"})
    poor = replace(clone, budget=Budget(min_free_bytes=2**60))
    answer = advance(poor, _tip(upstream), None)
    assert isinstance(answer, Unreachable)
    assert "free on this machine's disk" in answer.reason


def test_a_tree_of_too_many_paths_is_not_listed(clone: Clone, upstream: Upstream) -> None:
    upstream.commit({f"{n}.png": b"x" for n in range(30)})
    clone.fetch(_tip(upstream))
    assert len(list(tree.entries(clone.folder, upstream.tip(), most=30))) == 30
    with pytest.raises(git.UnacceptableError, match="more than 29 paths"):
        list(tree.entries(clone.folder, upstream.tip(), most=29))


def test_what_git_prints_is_bounded(upstream: Upstream) -> None:
    upstream.commit({"a": b"a" * 10_000})
    blob = upstream.blob(b"a" * 10_000)
    with pytest.raises(git.UnacceptableError, match="prints more than 100 bytes"):
        git.call("cat-file", "blob", blob, folder=upstream.folder, bounds=Bounds(output_bytes=100))


def test_an_unsound_history_is_rejected_and_the_key_that_lets_it_pass_is_named(
    clone: Clone, upstream: Upstream
) -> None:
    repositories.flawed(b"..")(upstream)
    answer = advance(clone, _tip(upstream), None)
    assert isinstance(answer, Rejected)
    assert 'fsck_ignore = ["hasDotdot"] in its TOML' in answer.reason


def test_a_flaw_that_is_named_is_let_pass_and_no_other(clone: Clone, upstream: Upstream) -> None:
    repositories.flawed(b"..", b".")(upstream)
    one = advance(replace(clone, fsck_ignore=("hasDotdot",)), _tip(upstream), None)
    assert isinstance(one, Rejected)
    assert "hasDot:" in one.reason
    both = advance(replace(clone, fsck_ignore=("hasDotdot", "hasDot")), _tip(upstream), None)
    assert both == Advanced(None, upstream.tip())


class _Elsewhere(SimpleHTTPRequestHandler):
    """Send everything below /old to somewhere else."""

    target = ""

    def do_GET(self) -> None:
        if self.path.startswith("/old.git"):
            self.send_response(301)
            self.send_header(
                "Location", self.path.replace("/old.git", f"{self.target}/upstream.git")
            )
            self.end_headers()
        else:
            super().do_GET()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path, upstream: Upstream) -> Iterator[str]:
    upstream.commit({"images/a.png": png(1)})
    run_git(upstream.folder, "update-server-info")
    handler = partial(_Elsewhere, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_address[1]}"
        running.shutdown()


def test_a_redirect_is_told(server: str, upstream: Upstream) -> None:
    seen = observe(f"{server}/old.git", None, protocols=["http"], hosts=["127.0.0.1"])
    assert seen == Tip(upstream.tip(), "master", redirected=f"{server}/upstream.git")


def test_a_redirect_to_another_host_is_rejected(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_Elsewhere, "target", server.replace("127.0.0.1", "localhost"))
    seen = observe(f"{server}/old.git", None, protocols=["http"], hosts=["127.0.0.1"])
    assert isinstance(seen, Rejected)
    assert "it redirects, and where to is not allowed" in seen.reason
