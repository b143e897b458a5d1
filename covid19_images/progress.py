"""A progress bar for what takes long, on a terminal and nowhere else."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress


@contextmanager
def progress() -> Iterator[Callable[[str, int, int], None]]:
    """Show a bar while the block runs; nothing is shown before there is something to say."""
    with Progress(console=Console(stderr=True), transient=True) as bar:
        tasks = {}

        def say(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total)
            bar.update(tasks[what], completed=done)

        yield say
