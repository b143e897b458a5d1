"""A test that lacks something of the machine is skipped here, and fails in CI."""

import shutil

import pytest

from tests.support.chromium import chromium


def test_without_a_browser_a_test_is_skipped(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(pytest.skip.Exception, match="no browser is here"), chromium():
        pass


def test_in_ci_the_same_test_fails(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CI", "true")
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(pytest.fail.Exception, match="run `make machine`"), chromium():
        pass
