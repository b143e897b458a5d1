"""The emulator's process: started once, ended with the tests."""

import subprocess
from pathlib import Path
from types import TracebackType

_MAIN = Path(__file__).parent / "server" / "main.mjs"


class Process:
    """A running emulator; its standard input is what keeps it alive."""

    def __init__(self, *, folder: Path, packages: Path) -> None:
        self._log = (folder / "emulator.log").open("w+")
        self._running = subprocess.Popen(
            ["node", str(_MAIN), str(folder), str(packages)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        assert self._running.stdout is not None
        self.url = self._running.stdout.readline().strip()
        if not self.url:
            self.close()
            raise RuntimeError(f"the GitHub emulator did not start: {self.log}")

    @property
    def log(self) -> str:
        """What it complained about."""
        return Path(self._log.name).read_text()

    @property
    def ended(self) -> bool:
        """Whether it is gone."""
        return self._running.poll() is not None

    def close(self) -> None:
        """Let it end, and wait for that."""
        with self._running, self._log:  # leaving closes the pipes and waits
            pass

    def __enter__(self) -> "Process":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
