"""End promptly when asked to: Ctrl-C and SIGTERM, with Prefect or without.

Threads that wait for git would hold an orderly end up for as long as git takes. A night can be
killed at any moment and is made good by the next, so after a short grace we simply end.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import FrameType

from flows.sandbox.group import kill_all

GRACE_S = 3.0
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def prompt_end() -> Iterator[None]:
    """Turn both signals into `KeyboardInterrupt`, and make sure that the process ends soon."""
    before, hook = {number: signal.getsignal(number) for number in _SIGNALS}, sys.unraisablehook
    install_signal_handlers()
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        sys.unraisablehook = hook


def install_signal_handlers() -> None:
    """Install our signal handlers again: Prefect installs its own while a flow runs."""
    for number in _SIGNALS:
        signal.signal(number, _stop)


def _stop(number: int, _: FrameType | None) -> None:
    for other in _SIGNALS:
        signal.signal(other, signal.SIG_IGN)
    watch = threading.Timer(GRACE_S, _end, (128 + number,))
    watch.daemon = True
    watch.start()
    sys.unraisablehook = partial(_report_other, sys.unraisablehook)
    raise KeyboardInterrupt


def _report_other(
    report: Callable[["sys.UnraisableHookArgs"], object], lost: "sys.UnraisableHookArgs"
) -> None:
    """Print nothing of an interruption that met a callback, which loses it: `_end` comes soon."""
    if not isinstance(lost.exc_value, KeyboardInterrupt):
        report(lost)


def _end(code: int) -> None:
    kill_all()  # programs have process groups of their own: Ctrl-C does not reach them
    os._exit(code)
