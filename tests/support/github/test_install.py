"""What the emulator needs, and how it goes."""

import os
from pathlib import Path

import pytest

from tests.support.github import install
from tests.support.github.process import Process


@pytest.mark.parametrize("absent", ["npm", "node", "git"])
def test_what_is_absent_is_named(monkeypatch: pytest.MonkeyPatch, absent: str):
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(install.shutil, "which", lambda tool: None if tool == absent else tool)
    with pytest.raises(pytest.skip.Exception, match=f"needs {absent}, which is not installed"):
        install.packages()


def test_an_old_node_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    old = tmp_path / "node"
    old.write_text("#!/bin/sh\necho v18.1.0\n")
    old.chmod(0o755)
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(pytest.skip.Exception, match=r"needs Node 20; this is v18\.1\.0"):
        install.packages()


def test_a_failing_install_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    broken = tmp_path / "npm"
    broken.write_text("#!/bin/sh\necho no network >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(install, "_CACHE", tmp_path / "cache")
    for _ in range(2):  # the second one must not take the leftovers for an install
        with pytest.raises(RuntimeError, match=r"npm ci .* ended with 1.*no network"):
            install.packages()


def test_the_lock_has_hashes_and_names_no_registry():
    lock = Path(install.__file__).with_name("package-lock.json").read_text()
    assert '"resolved"' not in lock
    assert "registry" not in lock
    assert lock.count('"integrity"') == lock.count('"node_modules/')


def test_the_process_ends_with_its_tests(tmp_path: Path):
    with Process(folder=tmp_path, packages=install.packages()) as process:
        assert not process.ended
    assert process.ended
    assert process.log == ""


def test_a_process_that_cannot_start_says_why(tmp_path: Path):
    with pytest.raises(RuntimeError, match=r"did not start: (?s:.*)Cannot find module"):
        Process(folder=tmp_path, packages=tmp_path)
