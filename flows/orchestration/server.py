"""Run Prefect so that people do not notice: quiet, gone when we are, never left behind.

Without a configured server Prefect starts a temporary one that outlives SIGTERM and makes Ctrl-C
hang for a minute. So we start the server ourselves: in a session of its own, so that Ctrl-C does
not reach it before us, and bound to our life by the kernel.
"""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_START_TIMEOUT_S = 90.0
_QUIET = {
    "DO_NOT_TRACK": "1",
    "PREFECT_CLIENT_MAX_RETRIES": "1",
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_SERVER_LEVEL": "ERROR",
    "PREFECT_LOGGING_EXTRA_LOGGERS": "covid19_images",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
    "PREFECT_CLI_PROMPT": "false",
}
# A night needs the record of its own runs, and none of the services that plan other runs.
_SERVICES = (
    "SCHEDULER",
    "LATE_RUNS",
    "PAUSE_EXPIRATIONS",
    "CANCELLATION_CLEANUP",
    "FOREMAN",
    "TRIGGERS",
)


class EngineError(Exception):
    """Raised where the Prefect server did not start: why, and what to do."""


@contextmanager
def prefect_server(home: Path, *, port: int | None = None) -> Iterator[None]:
    """Set Prefect up for this process, with a server of our own where none is configured.

    Args:
        home: Folder for Prefect's settings and database.
        port: Where the server listens, for one that people look at and that plans runs; without
            it, any free port and none of the services that a single night does not need.

    Raises:
        EngineError: When the server does not come up.
    """
    for name, value in (_QUIET | {"PREFECT_HOME": str(home)}).items():
        os.environ.setdefault(name, value)
    if os.environ.get("PREFECT_API_URL"):
        yield
        return
    home.mkdir(parents=True, exist_ok=True)
    chosen = port or _free_port()
    with (home / "server.log").open("wb") as log:
        server = _start(chosen, log.fileno(), planning=port is not None)
        try:
            _wait(server, chosen, home / "server.log")
            with _pointed_at(f"http://127.0.0.1:{chosen}/api"):
                yield
        finally:
            server.kill()
            server.wait()


@contextmanager
def _pointed_at(url: str) -> Iterator[None]:
    """Point Prefect to our server, also where Prefect was imported before."""
    from prefect.settings import (  # noqa: PLC0415  reads its settings on import
        PREFECT_API_URL,
        PREFECT_SERVER_ALLOW_EPHEMERAL_MODE,
        temporary_settings,
    )

    with temporary_settings({PREFECT_API_URL: url, PREFECT_SERVER_ALLOW_EPHEMERAL_MODE: False}):
        yield


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _start(port: int, log: int, *, planning: bool) -> subprocess.Popen[bytes]:
    services = {f"PREFECT_SERVER_SERVICES_{name}_ENABLED": "false" for name in _SERVICES}
    if planning:
        services = {"PREFECT_SERVER_UI_API_URL": f"http://127.0.0.1:{port}/api"}
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "uvicorn",
            "--factory",
            "prefect.server.api.server:create_app",
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
            "--log-level",
            "error",
        ],
        env=os.environ | services,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
        preexec_fn=_die_with_parent,  # noqa: PLW1509  no threads run yet when this is called
    )


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _wait(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/health", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise EngineError(
        f"The Prefect server did not start; its last words are in {log}. Nothing was changed. "
        "Run again with --direct to do without Prefect."
    )
