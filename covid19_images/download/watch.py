"""What all threads of a download share: whether to stop, and when bytes were received."""

import queue
import threading
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from covid19_images.download.progress import Progress, Silence

Item = TypeVar("Item")
Result = TypeVar("Result")

THREADS = 6
STALL_S = 30.0
_PACE_S = 60.0
_TICK_S = 0.2
_END_S = 1.0  # for threads to end after Ctrl-C; those that wait for a server are left behind


class StoppedError(Exception):
    """Somebody stopped the download; no byte is written any more."""


class Watch:
    """Counts what is received, notices that nothing is, and stops all threads."""

    def __init__(
        self,
        progress: Progress | None = None,
        *,
        stall_s: float = STALL_S,
        pace_s: float = _PACE_S,
    ) -> None:
        """Begin with nothing received.

        Args:
            progress: Hears how it goes.
            stall_s: After how long without a byte a person is to know.
            pace_s: Over how long a connection's pace is measured.
        """
        self.pace_s = pace_s
        self.progress: Progress = progress or Silence()
        self._stall_s = stall_s
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._received_s = time.monotonic()
        self._noted = self._received_s

    def add(self, size: int) -> None:
        """Count bytes that were received; a negative number takes bytes back."""
        self._received_s = time.monotonic()
        with self._lock:
            self.progress.add(size)

    def note(self, sentence: str) -> None:
        """Show a sentence to the person who waits."""
        with self._lock:
            self.progress.note(sentence)

    def check(self) -> None:
        """Raise where the download was stopped."""
        if self._stop.is_set():
            raise StoppedError

    def pause(self, seconds: float) -> None:
        """Wait, but no longer than until the download is stopped."""
        self._stop.wait(seconds)
        self.check()

    def stop(self) -> None:
        """Let no thread write another byte."""
        self._stop.set()

    def look(self) -> None:
        """Warn where nothing was received for long."""
        now = time.monotonic()
        if now - max(self._received_s, self._noted) >= self._stall_s:
            self._noted = now
            self.note(
                f"No bytes for {now - self._received_s:.0f} s; the server is silent. Waiting and "
                "asking again. Ctrl-C stops: what was fetched is kept."
            )

    def at_once(
        self, act: Callable[[Item], Result], items: Sequence[Item], *, threads: int = THREADS
    ) -> list[Result]:
        """Do the same to several items in threads.

        The first that fails ends it, after those that are on their way. Ctrl-C ends it in a second:
        a thread that waits for a server is left, and ends with the program.

        Args:
            act: What is done.
            items: What it is done to.
            threads: How many at most.

        Returns:
            What each item gave, in their order.
        """
        self._received_s = time.monotonic()
        waiting: queue.SimpleQueue[tuple[int, Item]] = queue.SimpleQueue()
        for numbered in enumerate(items):
            waiting.put(numbered)
        results: dict[int, Result] = {}
        failures: list[BaseException] = []

        def work() -> None:
            while not failures and not self._stop.is_set():
                try:
                    at, item = waiting.get_nowait()
                    results[at] = act(item)
                except queue.Empty:
                    return
                except BaseException as error:  # noqa: BLE001  raised again where it was begun
                    failures.append(error)

        crew = [threading.Thread(target=work, daemon=True) for _ in items[:threads]]
        self._wait(crew)
        if failures:
            raise failures[0]
        return [results[at] for at in range(len(items))]

    def _wait(self, crew: Sequence[threading.Thread]) -> None:
        try:
            for thread in crew:
                thread.start()
            for thread in crew:
                while thread.is_alive():
                    thread.join(_TICK_S)
                    self.look()
        except BaseException:  # Ctrl-C too; it is raised again once the threads have stopped
            self.stop()
            end = time.monotonic() + _END_S
            for thread in crew:
                if thread.ident is not None:
                    thread.join(max(end - time.monotonic(), 0))
            raise
