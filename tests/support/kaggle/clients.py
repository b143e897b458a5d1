"""Kaggle's own clients, asking the emulation or nobody."""

import contextlib
import importlib
import io
from pathlib import Path
from typing import Any

import pytest
from kagglesdk import kaggle_env

from tests.support.kaggle.account import TOKEN


def lead_to(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every client in this process ask an emulation, where it would ask Kaggle."""
    monkeypatch.setitem(kaggle_env._env_to_endpoint, kaggle_env.KaggleEnv.PROD, address)


def command_line(monkeypatch: pytest.MonkeyPatch, home: Path) -> Any:
    """Return the engine of `kaggle`; when it is imported it looks for tokens, and asks with them.

    Args:
        monkeypatch: Puts back what is changed.
        home: An empty folder.
    """
    with monkeypatch.context() as bare:
        bare.setenv("HOME", str(home))
        for name in ("KAGGLE_API_TOKEN", "KAGGLE_USERNAME", "KAGGLE_KEY", "KAGGLE_CONFIG_DIR"):
            bare.delenv(name, raising=False)
        with contextlib.redirect_stdout(io.StringIO()):  # it says how to log in
            engine = importlib.import_module("kaggle.api.kaggle_api_extended")
    api = engine.KaggleApi()
    api.config_values = {"username": "owner", api.CONFIG_NAME_TOKEN: TOKEN}
    return api
