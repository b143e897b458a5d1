"""The last net: whatever happens at one source costs that source alone."""

import errno
import logging
import sqlite3
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from flows.night.context import RunContext
from flows.night.source_run import SourceRun
from flows.sandbox.base import ComputeError
from flows.text.failure import report
from flows.upstream.outcome import Failed

R = TypeVar("R")

_LOG = logging.getLogger(__name__)
# Trouble of this machine is no source's; the next source would meet it too.
_OF_THE_DISK = (
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EFBIG,
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.EIO,
)


def netted(context: RunContext, step: Callable[[str], SourceRun]) -> Callable[[str], SourceRun]:
    """Return a step of a source that counts its time and turns unexpected errors into values.

    Args:
        context: Configuration, base state and cache paths.
        step: The step; it is given the name of a source of the context.
    """
    sources = {source.name: source for source in context.sources}

    def caught(name: str) -> SourceRun:
        try:
            with context.clock(name).in_force():
                return step(name)
        except Exception as error:  # the edge of one source: what fails there stops no other
            if _is_of_the_machine(error):
                raise
            return _failed(SourceRun(sources[name], Failed(name, "")), error)

    return caught


@contextmanager
def contained(name: str) -> Iterator[None]:
    """Leave out what a source should have added where that fails unexpectedly, with a report."""
    try:
        yield
    except Exception as error:  # the edge of one source, as above
        if _is_of_the_machine(error):
            raise
        _LOG.error("%s cannot be read now and is left out. Please report:\n%s", name, report(error))


def without_culprits(act: Callable[[Sequence[SourceRun]], R], runs: Sequence[SourceRun]) -> R:
    """Do what is done with all sources together; leave those out that make it fail.

    Which these are is found by trying with halves of the sources that have news, so a night
    without an error does it once.

    Args:
        act: What is done; it writes nothing.
        runs: Every source visited.

    Returns:
        The result, with the runs that were left out as failed ones.

    Raises:
        Exception: What `act` raises without any source that has news, and trouble of the machine.
    """
    try:
        return act(runs)
    except Exception as error:  # whose it is shows only without one source after the other
        suspects = [run for run in runs if run.described is not None]
        if _is_of_the_machine(error) or not suspects:
            raise
    kept = [run for run in runs if run.described is None]
    act(kept)
    found = {run.source.name: run for run in _sound(act, kept, suspects)}
    settled = [found[run.source.name] for run in runs]
    return act(settled)


def _sound(
    act: Callable[[Sequence[SourceRun]], R], kept: list[SourceRun], suspects: list[SourceRun]
) -> list[SourceRun]:
    """Return the runs with which it can be done; of the suspects, the culprits as failed."""
    try:
        act([*kept, *suspects])
    except Exception as error:  # the same, of fewer sources
        if _is_of_the_machine(error):
            raise
        if len(suspects) == 1:
            return [*kept, _failed(suspects[0], error)]
    else:
        return [*kept, *suspects]
    half = len(suspects) // 2
    return _sound(act, _sound(act, kept, suspects[:half]), suspects[half:])


def _is_of_the_machine(error: Exception) -> bool:
    if isinstance(error, ComputeError | sqlite3.Error):
        return True
    return isinstance(error, OSError) and error.errno in _OF_THE_DISK


def _failed(run: SourceRun, error: Exception) -> SourceRun:
    """Return a source as failed, with a report for developers in the log."""
    name = run.source.name
    _LOG.error("%s failed, and the others go on. Please report this:\n%s", name, report(error))
    return SourceRun(run.source, Failed(name, _where(error)))


def _where(error: Exception) -> str:
    """Format where a program failed; what an error says may be an upstream's words."""
    frames = traceback.extract_tb(error.__traceback__)
    place = next((f for f in reversed(frames) if "flows" in Path(f.filename).parts), frames[-1])
    return (
        f"{type(error).__name__} in {Path(place.filename).name}, line {place.lineno}; nothing was "
        "taken in, and the log has a report for developers"
    )
