"""Git on repositories that are not ours: nothing inherited, nothing executed, never for ever."""

import os
import pickle
import subprocess
from pathlib import Path

import pytest

from flows.sandbox.limits import Bounds
from flows.upstream import git
from flows.upstream.git import GitError
from tests.support.upstream import Upstream


def test_nothing_of_the_callers_git_settings_is_inherited(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_SSH_COMMAND", "GIT_CONFIG_COUNT", "GIT_ASKPASS"):
        monkeypatch.setenv(name, "evil")
    monkeypatch.setenv("SSH_ASKPASS", "evil")
    monkeypatch.setenv("KEPT", "as it was")
    environment = git.environment()
    assert "evil" not in environment.values()
    assert environment["KEPT"] == "as it was"
    assert environment["GIT_TERMINAL_PROMPT"] == "0"
    assert environment["GIT_CONFIG_GLOBAL"] == os.devnull


def test_a_git_dir_of_the_caller_leads_nowhere(
    upstream: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = upstream.commit({"a": b"a"})
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    assert git.line("rev-parse", "master", folder=upstream.folder) == commit


def test_no_transport_is_allowed_unless_told(upstream: Upstream) -> None:
    upstream.commit({"a": b"a"})
    with pytest.raises(GitError, match="transport 'file' not allowed"):
        git.call("ls-remote", upstream.url)
    assert git.call("ls-remote", upstream.url, protocols=["file"])


def test_git_that_git_starts_fetches_nothing_and_does_all_else(upstream: Upstream) -> None:
    upstream.commit({"a": b"a"})
    started = Path(git.environment()["GIT_EXEC_PATH"]) / "git"
    environment = git.environment(["file"])

    def run(*args: str) -> subprocess.CompletedProcess[bytes]:
        command = [str(started), *args]
        return subprocess.run(
            command, cwd=upstream.folder, env=environment, capture_output=True, check=False
        )

    for before in ([], ["-c", "fetch.negotiationAlgorithm=noop"], ["--no-pager", "-C", "."]):
        refused = run(*before, "fetch", upstream.url, "--filter=blob:none", "--stdin")
        assert refused.returncode == 128
        assert b"is not fetched by itself" in refused.stderr
    assert run("-c", "alias.x=fetch", "rev-parse", "master").stdout.decode().strip()
    assert run("ls-remote", upstream.url).stdout
    assert run("log", "--format=%s", "fetch..master").returncode == 128  # a revision, no command


def test_a_transport_that_runs_commands_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GitError, match="transport 'ext' not allowed"):
        git.call("ls-remote", f"ext::touch {tmp_path}/ran", protocols=["https", "ssh", "file"])
    assert not (tmp_path / "ran").exists()


def test_a_command_that_takes_too_long_is_ended() -> None:
    with pytest.raises(GitError, match=r"git -c: no answer within 0 s") as error:
        git.call("-c", "alias.wait=!sleep 5", "wait", bounds=Bounds(timeout_s=0.2))
    assert error.value.timed_out


def test_an_error_says_which_command_and_what_git_said(upstream: Upstream) -> None:
    with pytest.raises(GitError, match="git rev-parse: fatal: "):
        git.line("rev-parse", "--verify", "nothing", folder=upstream.folder)


def test_success_is_an_answer(upstream: Upstream) -> None:
    upstream.commit({"a": b"a"})
    assert git.succeeds("cat-file", "-e", "master:a", folder=upstream.folder)
    assert not git.succeeds("cat-file", "-e", "master:b", folder=upstream.folder)


def test_hooks_of_a_repository_are_never_run(upstream: Upstream, tmp_path: Path) -> None:
    hook = upstream.folder / "hooks" / "reference-transaction"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n", encoding="utf-8")
    hook.chmod(0o755)
    blob = upstream.blob(b"a")
    git.call("update-ref", "refs/tags/x", blob, folder=upstream.folder)
    assert not (tmp_path / "ran").exists()


def test_an_error_comes_out_of_a_child_process_as_it_was() -> None:
    error = GitError(["cat-file", "-e"], "fatal: no\n", timed_out=True)
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error) == "git cat-file: fatal: no"
    assert (again.stderr, again.timed_out) == ("fatal: no", True)
