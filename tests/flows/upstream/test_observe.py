"""Asking an upstream where it is: the answer is a value, whatever it is."""

import socket
from pathlib import Path

import pytest

from flows.sandbox.limits import Result
from flows.upstream import observe as module
from flows.upstream.address import protocol
from flows.upstream.git import GitError
from flows.upstream.observe import Tip, observe, one_line
from flows.upstream.outcome import BranchGone, Gone, Rejected, Unreachable
from tests.support.upstream import Upstream
from tests.support.upstream import git as run_git

FILE = ["file"]


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://github.com/owner/name", "https"),
        ("git@github.com:owner/name.git", "ssh"),
        ("ssh://git@github.com/owner/name.git", "ssh"),
        ("file:///srv/name.git", "file"),
        ("/srv/name.git", ""),
        ("../name.git", ""),
        ("ext::sh -c x", "ext"),
        ("git://github.com/owner/name", "git"),
    ],
)
def test_a_url_says_its_transport(url: str, kind: str) -> None:
    assert protocol(url) == kind


@pytest.mark.parametrize("url", ["ext::sh -c x", "file:///srv/x.git", "/srv/x.git", "git://h/x"])
def test_a_transport_that_is_not_allowed_is_rejected_without_asking(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "run_git", lambda *_, **__: pytest.fail("asked"))
    answer = observe(url, None, protocols=["https", "ssh"])
    assert answer == Rejected("its url is not one of the allowed kinds (https, ssh)")


def test_the_declared_branch_is_found(upstream: Upstream) -> None:
    commit = upstream.commit({"a": b"a"})
    run_git(upstream.folder, "branch", "other")
    upstream.commit({"a": b"b"})
    assert observe(upstream.url, "other", protocols=FILE) == Tip(commit, "other")


def test_without_a_declared_branch_the_default_one_is_followed(tmp_path: Path) -> None:
    upstream = Upstream(tmp_path / "x.git", branch="trunk")
    commit = upstream.commit({"a": b"a"})
    assert observe(upstream.url, None, protocols=FILE) == Tip(commit, "trunk")


def test_a_branch_named_with_slashes_is_found(upstream: Upstream) -> None:
    commit = upstream.commit({"a": b"a"})
    run_git(upstream.folder, "branch", "release/2020/04")
    assert observe(upstream.url, "release/2020/04", protocols=FILE) == Tip(
        commit, "release/2020/04"
    )


def test_a_declared_branch_that_is_gone_gives_way_to_the_default_one(upstream: Upstream) -> None:
    commit = upstream.commit({"a": b"a"})
    answer = observe(upstream.url, "main", protocols=FILE)
    assert answer == Tip(commit, "master", renamed=True)


def test_an_empty_repository_has_no_branch(upstream: Upstream) -> None:
    assert observe(upstream.url, None, protocols=FILE) == BranchGone("HEAD", ())


def test_a_repository_whose_default_branch_is_gone_names_those_it_has(upstream: Upstream) -> None:
    upstream.commit({"a": b"a"})
    run_git(upstream.folder, "symbolic-ref", "HEAD", "refs/heads/nowhere")
    assert observe(upstream.url, None, protocols=FILE) == BranchGone("HEAD", ("master",))


def test_a_repository_that_is_not_there_is_gone(tmp_path: Path) -> None:
    assert isinstance(observe(f"file://{tmp_path}/none.git", None, protocols=FILE), Gone)


def test_a_host_that_refuses_is_unreachable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"https://127.0.0.1:{taken.getsockname()[1]}/x.git"
        assert isinstance(observe(url, None, protocols=["https"], hosts=["127.0.0.1"]), Unreachable)


def test_a_host_that_never_answers_is_unreachable_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}/x.git"
        answer = observe(url, None, protocols=["https"], hosts=["127.0.0.1"], timeout_s=0.5)
    assert answer == Unreachable("no answer within 0 s")


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("remote: Repository not found.\nfatal: repository 'https://x/' not found", Gone),
        ("fatal: could not read Username for 'https://github.com'", Gone),
        ("fatal: unable to access 'x': The requested URL returned error: 410", Gone),
        ("fatal: unable to access 'x': The requested URL returned error: 404", Gone),
        ("fatal: unable to access 'x': The requested URL returned error: 502", Unreachable),
        ("fatal: unable to access 'x': Could not resolve host: github.com", Unreachable),
        ("ssh: connect to host x port 22: Connection timed out", Unreachable),
        ("fatal: transport 'git' not allowed", Rejected),
        ("", Unreachable),
    ],
)
def test_what_git_says_decides_between_gone_and_not_now(
    line: str, kind: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: str, **_: object) -> bytes:
        raise GitError(args, line)

    monkeypatch.setattr(module, "run_git", fail)
    answer = observe("https://example.org/x", None, protocols=["https"], hosts=["example.org"])
    assert type(answer) is kind


def test_a_message_is_one_short_printable_line() -> None:
    words = "Cloning…\nremote: \x1b[31mno\x1b[0m \u202ereversed " + "x" * 500 + "\nfatal: end"
    line = one_line(words)
    assert line.startswith("remote: [31mno[0m reversed xxx")
    assert len(line) == 160


def test_odd_lines_of_an_answer_are_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    sha = "a" * 40
    printed = f"ref: refs/heads/main\tHEAD\nnonsense\n{'z' * 40}\trefs/heads/main\n".encode()
    monkeypatch.setattr(module, "run_git", lambda *_, **__: Result(0, printed, ""))
    assert observe("https://x/", None, protocols=["https"], hosts=["x"]) == BranchGone("main", ())
    printed += f"{sha}\trefs/heads/x".encode()
    assert observe("https://x/", "x", protocols=["https"], hosts=["x"]) == Tip(sha, "x")


def test_a_branch_whose_name_cannot_be_shown_is_not_followed(upstream: Upstream) -> None:
    upstream.commit({"a": b"a"})
    run_git(upstream.folder, "branch", "-m", "master", "m\u202ereversed")
    assert observe(upstream.url, None, protocols=FILE) == BranchGone("HEAD", ())


def test_an_url_is_never_read_as_an_option(tmp_path: Path) -> None:
    url = f"--upload-pack=touch {tmp_path}/ran"
    assert isinstance(observe(url, None, protocols=[""]), Gone | Unreachable | Rejected)
    assert not (tmp_path / "ran").exists()
