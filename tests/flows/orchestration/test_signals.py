"""A program that is asked to end does so soon, whatever it waits for."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from flows.orchestration.signals import prompt_end

ROOT = Path(__file__).parents[3]
# It waits as a thread for git does: an interruption alone would not end it.
_STUBBORN = """
import signal, time
from flows.orchestration import signals

signals.GRACE_S = 0.2
with signals.prompt_end():
    for _ in range(2):
        try:
            print("waiting", flush=True)
            time.sleep(5)
        except KeyboardInterrupt:
            print("interrupted", flush=True)
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_what_does_not_end_when_interrupted_is_ended_after_the_grace(how: signal.Signals) -> None:
    program = [sys.executable, "-c", _STUBBORN]
    with subprocess.Popen(program, cwd=ROOT, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "waiting\n"
        running.send_signal(how)
        printed, _ = running.communicate(timeout=15)
    assert printed == "interrupted\nwaiting\n"
    assert running.returncode == 128 + how


_IN_A_CALLBACK = """
import time
from flows.orchestration import signals

class Slow:
    def __del__(self):
        print("waiting", flush=True)
        time.sleep(5)

class Broken:
    def __del__(self):
        raise ValueError("shown")

signals.GRACE_S = 0.5
with signals.prompt_end():
    Slow()
    Broken()
    time.sleep(5)
"""


def test_an_interruption_that_meets_a_callback_prints_no_traceback_and_ends_all_the_same() -> None:
    """Python cannot raise there; it prints what was lost. Of other errors it still does."""
    program = [sys.executable, "-c", _IN_A_CALLBACK]
    pipe = subprocess.PIPE
    with subprocess.Popen(program, cwd=ROOT, stdout=pipe, stderr=pipe, text=True) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "waiting\n"
        running.send_signal(signal.SIGINT)
        _, printed = running.communicate(timeout=15)
    assert "KeyboardInterrupt" not in printed
    assert "ValueError: shown" in printed
    assert running.returncode == 128 + signal.SIGINT


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_the_handlers_of_before_are_put_back(how: signal.Signals) -> None:
    outside = signal.signal(how, signal.SIG_IGN)  # whatever a test before this one left there
    try:
        with prompt_end():
            assert signal.getsignal(how) != signal.SIG_IGN
        assert signal.getsignal(how) == signal.SIG_IGN
    finally:
        signal.signal(how, outside)
