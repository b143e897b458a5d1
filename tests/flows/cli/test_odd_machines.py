"""Odd machines: a sentence and an exit code, never a traceback; `doctor` finds each beforehand."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import warm
from tests.support.collection import SIMPLE, Collection
from tests.support.pictures import png
from tests.support.upstream import Upstream, git


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    upstream = Upstream(tmp_path / "up.git")
    upstream.commit({"images/a.png": png(1)})
    made = Collection(tmp_path / "collection")
    made.source("one", SIMPLE.format(url=upstream.url))
    return made


def _run(collection: Collection, command: str, *more: str, **variables: str) -> tuple[int, str]:
    arguments = [command, *more, "--checkout", str(collection.folder)]
    if "--cache" not in more:
        arguments += ["--cache", str(collection.cache)]
    done = warm.run("flows", *arguments, variables=variables)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout + done.stderr


def _lock(collection: Collection) -> None:
    lock = collection.folder / ".git/refs/heads/sync/datasets.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.touch()


def _branch(collection: Collection) -> None:
    git(collection.folder, "branch", "sync")


def _hook(collection: Collection) -> None:
    hook = collection.folder / ".git/hooks/reference-transaction"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    hook.chmod(0o755)


@pytest.mark.parametrize(
    ("odd", "words"),
    [(_lock, "datasets.lock; delete it"), (_branch, "git branch -m sync"), (_hook, "The hook ")],
)
def test_a_branch_that_cannot_be_written_is_no_success(
    collection: Collection, odd: Callable[[Collection], None], words: str
) -> None:
    assert _run(collection, "doctor")[0] == 0
    odd(collection)
    code, printed = _run(collection, "doctor")
    assert (code, words in printed) == (1, True), printed
    code, printed = _run(collection, "sync", "--direct")
    assert (code, words in printed) == (1, True), printed


def test_no_git_is_a_sentence(collection: Collection, tmp_path: Path) -> None:
    for command, expected in (("sync", 2), ("doctor", 1)):
        done = subprocess.run(  # git is looked for when the bot is imported
            [sys.executable, "-m", "flows", command, "--checkout", str(collection.folder)],
            env=os.environ | {"PATH": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == expected, done.stderr
        assert "Traceback" not in done.stderr
        assert "Install" in done.stdout + done.stderr


def test_a_broken_git_configuration_is_a_sentence(collection: Collection, tmp_path: Path) -> None:
    broken = tmp_path / "gitconfig"
    broken.write_text("[broken\n", encoding="utf-8")
    for command in ("sync", "doctor"):
        code, printed = _run(collection, command, GIT_CONFIG_GLOBAL=str(broken))
        assert code == 2, printed
        assert str(broken) in printed


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder away")
def test_a_checkout_of_another_owner_names_the_command(collection: Collection) -> None:
    for path in (collection.folder, collection.folder / ".git"):
        os.chown(path, 12345, 12345)
    for command, expected in (("sync", 2), ("doctor", 1)):
        code, printed = _run(collection, command)
        assert code == expected, printed
        assert f"git config --global --add safe.directory {collection.folder}" in printed


def test_a_cache_that_is_a_file_is_a_sentence(collection: Collection, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for cache in (file, file / "below"):
        code, printed = _run(collection, "sync", "--direct", "--cache", str(cache))
        assert (code, "cannot be a folder" in printed) == (2, True), printed
    code, printed = _run(collection, "doctor", "--cache", str(file))
    assert (code, "is a file" in printed) == (1, True), printed


@pytest.mark.parametrize(
    "path", ["policy.toml", "decisions.toml", "licences.toml", "sources/one.toml"]
)
def test_a_loop_of_links_in_config_is_a_sentence(collection: Collection, path: str) -> None:
    file = collection.folder / "config" / path
    file.unlink(missing_ok=True)
    file.symlink_to(file.name)
    for command in ("sync", "doctor"):
        code, printed = _run(collection, command)
        assert (code, file.name in printed) == (2, True), printed
