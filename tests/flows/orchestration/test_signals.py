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


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_the_handlers_of_before_are_put_back(how: signal.Signals) -> None:
    before = signal.getsignal(how)
    with prompt_end():
        assert signal.getsignal(how) is not before
    assert signal.getsignal(how) is before
