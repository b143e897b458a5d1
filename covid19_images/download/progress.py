"""Show how something that takes long goes on: a bar on a terminal, now and then a line elsewhere.

Elsewhere are logs and notebooks: a line needs no widgets.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.filesize import decimal
from rich.progress import (
    BarColumn,
    DownloadColumn,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.progress import Progress as Bar

_LINE_EVERY_S = 10.0
_BYTES = (DownloadColumn(), TransferSpeedColumn())
_COUNTS = (TaskProgressColumn(),)


class Progress(Protocol):
    """Hears how a download goes."""

    def begin(self, files: int, size: int) -> None:
        """Set how many files and bytes will be fetched, before the first."""
        ...

    def add(self, size: int) -> None:
        """Count bytes that were fetched; a negative number takes bytes back."""
        ...

    def note(self, sentence: str) -> None:
        """Show what a person who waits should know."""
        ...


class Silence:
    """Show nothing."""

    def begin(self, files: int, size: int) -> None:
        """Do nothing."""

    def add(self, size: int) -> None:
        """Do nothing."""

    def note(self, sentence: str) -> None:
        """Do nothing."""


class Display:
    """Show a download, or pictures that are prepared one by one."""

    def __init__(self, console: Console, *, line_every_s: float = _LINE_EVERY_S) -> None:
        """Show nothing before there is something to show."""
        self._console, self._every_s = console, line_every_s
        self._is_live = console.is_terminal and not console.is_jupyter
        self._bar: Bar | None = None
        self._tasks: dict[str, TaskID] = {}
        self._shown_at = time.monotonic()
        self._done = self._total = 0

    def __call__(self, what: str, done: int, total: int) -> None:
        """Show how many of all pictures are done."""
        if self._is_live:
            self._live(what, total, _COUNTS).update(self._tasks[what], completed=done, total=total)
        elif self._is_time():
            self.note(f"{what}: {done:,} of {total:,}.")

    def begin(self, files: int, size: int) -> None:
        """Print how much is to be fetched."""
        self._done, self._total = 0, size
        if files:
            noun = "file" if files == 1 else "files"
            self.note(f"{files:,} {noun}, {decimal(size)} to fetch.")
        if self._is_live and files:
            self._live("Fetching", size, _BYTES).reset(self._tasks["Fetching"], total=size)

    def add(self, size: int) -> None:
        """Count bytes; a line of how many there are is printed now and then."""
        self._done += size
        if self._bar is not None and "Fetching" in self._tasks:
            self._bar.advance(self._tasks["Fetching"], size)
        elif not self._is_live and self._is_time():
            self.note(f"Fetching: {decimal(self._done)} of {decimal(self._total)}.")

    def note(self, sentence: str) -> None:
        """Print a sentence, above the bar where there is one."""
        self._console.print(sentence, soft_wrap=True)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()

    def _is_time(self) -> bool:
        now = time.monotonic()
        is_time = now - self._shown_at >= self._every_s
        self._shown_at = now if is_time else self._shown_at
        return is_time

    def _live(self, what: str, total: int, columns: tuple[object, ...]) -> Bar:
        if self._bar is None:
            first = (TextColumn("{task.description}"), BarColumn())
            shown = (*first, *columns, TimeRemainingColumn())
            self._bar = Bar(*shown, console=self._console, transient=True)  # type: ignore[arg-type]
            self._bar.start()
        if what not in self._tasks:
            self._tasks[what] = self._bar.add_task(what, total=total)
        return self._bar


@contextmanager
def progress() -> Iterator[Display]:
    """Show on standard error how the block goes on."""
    display = Display(Console(stderr=True, highlight=False, markup=False))
    try:
        yield display
    finally:
        display.close()
