"""How commands begin and end: alone on the machine, with a sentence and an exit code."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path

import filelock
import git
import typer
from rich.console import Console

from covid19_images.manifest.document import lines
from flows.cli import disk_errors
from flows.collection.checkout import CheckoutError
from flows.config.load import ConfigError
from flows.forge.errors import ForgeError, NoTokenError
from flows.night.handover import HandoverError
from flows.orchestration.server import EngineError
from flows.orchestration.signals import prompt_end
from flows.sandbox.base import ComputeError


class Exit(IntEnum):
    """What the exit code says."""

    DONE = 0
    INCOMPLETE = 1
    USAGE = 2
    UNEXPECTED = 3
    STOPPED = 130


@contextmanager
def handle_errors() -> Iterator[None]:
    """Turn expected errors into a sentence and an exit code."""
    try:
        yield
    except (ComputeError, ForgeError, HandoverError) as error:
        code = _print_error(f"error: {error}", Exit.INCOMPLETE)
    except (ConfigError, CheckoutError, EngineError, NoTokenError) as error:
        code = _print_error(f"error: {error}", Exit.USAGE)
    except (OSError, sqlite3.Error, git.GitCommandError) as error:
        words = disk_errors.as_words(error)
        if words is None:
            raise
        code = _print_error(f"error: {words}", Exit.INCOMPLETE)
    except KeyboardInterrupt:
        code = _print_error("Stopped. The next run makes good what was begun.", Exit.STOPPED)
    else:
        return
    raise typer.Exit(code)


@contextmanager
def exclusive_lock(cache: Path) -> Iterator[None]:
    """Lock the cache while the block runs; expected errors end as in `handle_errors`."""
    lock = cache / "night.lock"
    with handle_errors():
        _make(cache)
        try:
            acquired = filelock.FileLock(lock, timeout=0).acquire()
        except filelock.Timeout:
            words = f"error: Another night is running on this machine (it holds {lock}). "
            raise typer.Exit(
                _print_error(f"{words}Nothing was changed. Wait for it to end.", Exit.USAGE)
            ) from None
        with acquired, prompt_end():
            yield


def _make(cache: Path) -> None:
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError, RuntimeError) as error:
        raise ConfigError(
            f"--cache {cache} cannot be a folder ({error}). Nothing was changed. Name another."
        ) from None


def _print_error(words: str, code: Exit) -> Exit:
    typer.echo(lines(words), err=True)
    return code


@contextmanager
def progress(*, quiet: bool) -> Iterator[Callable[[str], None]]:
    """Show what is being done: one live line on a terminal, plain lines elsewhere."""
    console = Console(stderr=True, highlight=False)
    if quiet:
        yield lambda _: None
    elif console.is_terminal:
        with console.status("") as status:
            yield status.update
    else:
        yield lambda text: console.print(text, markup=False)
