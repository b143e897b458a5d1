"""The last net: whatever happens at one source costs that source alone."""

import errno
import logging
import sqlite3
import traceback
from collections.abc import Callable
from pathlib import Path

from flows.night.context import RunContext
from flows.night.source_run import SourceRun
from flows.sandbox.base import ComputeError
from flows.upstream.outcome import Failed

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
        except (ComputeError, sqlite3.Error):
            raise
        except Exception as error:
            if isinstance(error, OSError) and error.errno in _OF_THE_DISK:
                raise
            _LOG.exception("%s failed, and the others go on. Please report this:", name)
            return SourceRun(sources[name], Failed(name, _where(error)))

    return caught


def _where(error: Exception) -> str:
    """Format where a program failed; what an error says may be an upstream's words."""
    frames = traceback.extract_tb(error.__traceback__)
    place = next((f for f in reversed(frames) if "flows" in Path(f.filename).parts), frames[-1])
    return (
        f"{type(error).__name__} in {Path(place.filename).name}, line {place.lineno}; nothing was "
        "taken in, and the log has a report for developers"
    )
