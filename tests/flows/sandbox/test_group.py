"""Programs and what they start: how many, how much memory, how long; and nothing is left."""

import sys
import time
from pathlib import Path

import pytest

from flows.sandbox.clock import Clock
from flows.sandbox.limits import Bounds, Result, run

FORKS = """
import os, time
for _ in range(300):
    if os.fork() == 0:
        time.sleep(60)
        os._exit(0)
    time.sleep(0.018)
time.sleep(60)
"""
EATS_TOGETHER = """
import os, time
for _ in range(4):
    if os.fork() == 0:
        held = bytearray(40 * 2**20)
        time.sleep(60)
        os._exit(0)
time.sleep(60)
"""
LEAVES_A_CHILD = """
import os, time
if os.fork() == 0:
    os.close(0); os.close(1); os.close(2)
    open({path!r}, "w").write(str(os.getpid()))
    time.sleep(60)
time.sleep(0.3)
"""


def _python(script: str, bounds: Bounds = Bounds()) -> Result:  # noqa: B008  frozen
    return run(
        [sys.executable, "-c", script], folder=None, environment={}, stdin=b"", bounds=bounds
    )


def _lives(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="ascii").split()[2] != "Z"
    except OSError:
        return False


def test_a_program_that_starts_others_without_end_is_ended_with_all_of_them() -> None:
    begun_s = time.monotonic()
    result = _python(FORKS, Bounds(processes=10))
    assert result.over == "more than 10 processes at once"
    assert time.monotonic() - begun_s < 30


def test_memory_is_counted_together() -> None:
    result = _python(EATS_TOGETHER, Bounds(memory_bytes=128 * 2**20))
    assert result.over == "more than 134,217,728 bytes of memory"


def test_what_a_program_leaves_behind_is_ended(tmp_path: Path) -> None:
    noted = tmp_path / "child"
    result = _python(LEAVES_A_CHILD.format(path=str(noted)))
    assert result.code == 0
    time.sleep(0.05)
    assert not _lives(int(noted.read_text(encoding="ascii")))


def test_time_that_is_over_ends_the_whole_group(tmp_path: Path) -> None:
    noted = tmp_path / "child"
    script = LEAVES_A_CHILD.format(path=str(noted)).replace("0.3", "60")
    result = _python(script, Bounds(timeout_s=2))
    assert result.timed_out
    assert result.over == "no answer within 2 s"
    time.sleep(0.05)
    assert not _lives(int(noted.read_text(encoding="ascii")))


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_program_that_writes_without_end_is_ended(stream: str) -> None:
    script = f"import sys\nwhile True: sys.{stream}.write('x' * 65536)"
    result = _python(script, Bounds(output_bytes=2**20, stderr_bytes=2**20))
    assert result.truncated
    assert result.code != 0


def test_programs_of_one_source_share_its_time() -> None:
    clock = Clock(0.6)
    with clock.in_force():
        assert not _python("import time; time.sleep(0.3)").timed_out
        result = _python("import time; time.sleep(30)")
        assert result.over == "its 1 s of this run are used up (upstream_seconds)"
        again = _python("import time; time.sleep(30)")
    assert again.timed_out
    assert clock.spent_s < 3
    assert clock.left_s == 0
    assert not _python("pass").timed_out
