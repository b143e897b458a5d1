"""A Prefect server on SQLite and workers of its own, for tests of the deployments."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar
from uuid import UUID

import prefect
from filelock import FileLock

from tests.support.collection import ROOT

T = TypeVar("T")
PATIENCE_S = 300
_CACHE = ROOT / ".cache" / "prefect-tables"
_CODE = ("flows", "covid19_images", ".venv", "prefect.yaml", "deploy")


def with_tables(home: Path) -> None:
    """Copy to a home of Prefect the database that it would make in ten seconds of work.

    It is made once per machine and version of Prefect.
    """
    made = _CACHE / prefect.__version__
    _CACHE.mkdir(parents=True, exist_ok=True)
    with FileLock(_CACHE / "make.lock"):
        if not made.is_dir():
            partial = _CACHE / f"{prefect.__version__}.partial"
            shutil.rmtree(partial, ignore_errors=True)  # of one that was killed
            partial.mkdir()
            _make_tables(partial)
            partial.rename(made)
    shutil.copytree(made, home)


def _make_tables(home: Path) -> None:
    code = (
        "import asyncio\n"
        "from prefect.server.database import provide_database_interface\n"
        "asyncio.run(provide_database_interface().create_db())"
    )
    subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PREFECT_HOME": str(home), "DO_NOT_TRACK": "1"},
        check=True,
        capture_output=True,
    )
    assert (home / "prefect.db").exists()


class Site:
    """A clone of the collection with the program in it, a Prefect server, and a worker."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url = folder, url
        for name in _CODE:
            (folder / name).symlink_to(ROOT / name)
        self.environment = os.environ | {
            "PREFECT_API_URL": url,
            "PREFECT_HOME": str(folder.parent / "worker-home"),
            "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
            "PREFECT_WORKER_QUERY_SECONDS": "1",
            "PREFECT_LOGGING_LEVEL": "INFO",
            "PYTHONPATH": os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")]),
            "DO_NOT_TRACK": "1",
        }
        self._log = (folder.parent / "worker.log").open("w+")
        self._worker: subprocess.Popen[bytes] | None = None
        self._taken: set[UUID] = set()

    def prefect(self, *words: str) -> str:
        """Run Prefect's own command line in the clone."""
        done = subprocess.run(
            [sys.executable, "-m", "prefect", "--no-prompt", *words],
            cwd=self.folder,
            env=self.environment | {"PWD": str(self.folder)},
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start_worker(self) -> None:
        """Start a worker, in a group of its own so that it can be killed with what it runs."""
        self._worker = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "prefect",
                "worker",
                "start",
                "--pool",
                "collection",
                "--type",
                "process",
                "--install-policy",
                "never",
            ],
            cwd=self.folder,
            env=self.environment,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )

    def start_serving(self, port: int) -> None:
        """Start server, schedule and runs in one process, which is told of no other server."""
        settings = {k: v for k, v in self.environment.items() if k != "PREFECT_API_URL"}
        self._worker = subprocess.Popen(
            [sys.executable, "-m", "flows", "serve", "--port", str(port)],
            cwd=self.folder,
            env=settings,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )

    def stopped(self) -> list[int]:
        """Ask the process to end as Ctrl-C and systemd do; give what is left of it after that."""
        assert self._worker is not None
        family = self._descendants(self._worker.pid)
        self._worker.send_signal(signal.SIGTERM)
        self._worker.wait(timeout=60)
        self._worker = None
        deadline = time.monotonic() + 20
        while (left := [p for p in family if Path(f"/proc/{p}").exists()]) and (
            time.monotonic() < deadline
        ):
            time.sleep(0.2)
        return left

    def kill_worker(self) -> None:
        """Kill the worker and all its runs, as a power cut does."""
        assert self._worker is not None
        for process in self._descendants(self._worker.pid):
            os.kill(process, signal.SIGKILL)
        self._worker.wait()
        self._worker = None

    @staticmethod
    def _descendants(pid: int) -> list[int]:
        settings = subprocess.run(
            ["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True
        ).stdout
        rows = [tuple(map(int, line.split())) for line in settings.splitlines()]
        found = [pid]
        for parent in found:
            found += [child for child, above in rows if above == parent]
        return found

    def __enter__(self) -> "Site":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._worker is not None:
            self.kill_worker()
        self._log.close()

    @property
    def log(self) -> str:
        """What the worker and its runs said."""
        return Path(self._log.name).read_text()

    # What the server knows.

    def answers(self, deployment: str) -> bool:
        """Return whether the server is there and knows a deployment."""
        import httpx
        from prefect.exceptions import ObjectNotFound

        try:
            with self.client() as client:
                client.read_deployment_by_name(f"{deployment}/{deployment}")
        except (httpx.HTTPError, ObjectNotFound):
            return False
        return True

    def client(self) -> Any:
        """Open a client."""
        from prefect.client.orchestration import get_client

        return get_client(sync_client=True)

    def due(self, deployment: str) -> UUID:
        """Let the next run that the scheduler planned be due now; give its id.

        The scheduler plans three ahead, so a test has no more than these.
        """
        from prefect.states import Scheduled

        def planned() -> Any:
            with self.client() as client:
                runs = client.read_flow_runs()
                found = client.read_deployment_by_name(f"{deployment}/{deployment}")
                return [
                    one
                    for one in runs
                    if one.deployment_id == found.id
                    and one.auto_scheduled
                    and one.id not in self._taken
                    and one.state_type.value == "SCHEDULED"
                ]

        [first, *_] = self.wait(planned)
        self._taken.add(first.id)
        with self.client() as client:
            client.set_flow_run_state(first.id, Scheduled(), force=True)
        return UUID(str(first.id))

    def start(self, deployment: str) -> UUID:
        """Start a run by hand; give its id."""
        with self.client() as client:
            found = client.read_deployment_by_name(f"{deployment}/{deployment}")
            return UUID(str(client.create_flow_run_from_deployment(found.id).id))

    def run(self, number: UUID) -> Any:
        """What the server knows of a run."""
        with self.client() as client:
            return client.read_flow_run(number)

    def ended(self, number: UUID) -> Any:
        """Wait until a run has ended."""

        def final() -> Any:
            run = self.run(number)
            return run if run.state.is_final() else None

        return self.wait(final)

    def wait(self, ask: Callable[[], T]) -> T:
        """Wait until there is an answer."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            if answer := ask():
                return answer
            time.sleep(0.5)
        raise AssertionError(f"nothing came of it; the worker said:\n{self.log[-4000:]}")
