"""Run a program that reads what strangers wrote: for so long, so much memory, so many bytes."""

import contextlib
import resource
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE
from typing import IO

from flows.sandbox.clock import Clock, clock_in_force
from flows.sandbox.group import Group, watched

_CHUNK = 2**16
_STDERR_KEPT_BYTES = 2**16
_GRACE_S = 5.0  # for a pipe to close after its program has ended


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a program may use.

    Attributes:
        timeout_s: Wall time; less where the clock in force has less left.
        output_bytes: What it may write to stdout.
        stderr_bytes: What it may write to stderr; a remote may send messages for ever.
        file_bytes: The largest file that it, or a program it starts, may write.
        memory_bytes: Memory that it and the programs it starts may hold together.
        processes: How many of them may run at once. A fetch needs five or six.
    """

    timeout_s: float = 600
    output_bytes: int = 512 * 2**20
    stderr_bytes: int = 16 * 2**20
    file_bytes: int | None = None
    memory_bytes: int = 4 * 2**30
    processes: int = 10


@dataclass(frozen=True, slots=True)
class Result:
    """How a program ended.

    Attributes:
        code: Exit code; negative where a signal ended it.
        stdout: Its output.
        stderr: Its errors; the first 64 kB.
        timed_out: Whether it took too long.
        truncated: Whether it wrote too much.
        over: What it took more of than it may, in words; `None` where it kept to its bounds.
    """

    code: int
    stdout: bytes
    stderr: str
    timed_out: bool = False
    truncated: bool = False
    over: str | None = None


def _confined(command: Sequence[str], bounds: Bounds) -> list[str]:
    """Return a command whose limits are set before it begins; what it starts inherits them."""
    # Not by code between fork and exec, which could hang: other threads are running. And not from
    # here once it runs: what it has started by then would be without limits.
    limits = {"data": _least(resource.RLIMIT_DATA, bounds.memory_bytes)}
    if bounds.file_bytes is not None:
        limits["fsize"] = _least(resource.RLIMIT_FSIZE, bounds.file_bytes)
    return ["prlimit", *(f"--{name}={most}" for name, most in limits.items()), *command]


def _least(limit: int, most: int) -> int:
    _, hard = resource.getrlimit(limit)
    return most if hard == resource.RLIM_INFINITY else min(most, hard)


def lower(limit: int, most: int) -> None:
    """Lower a limit of this process; a stricter one stays."""
    most = _least(limit, most)
    resource.setrlimit(limit, (most, most))


def file_bytes_in_force(bounds: Bounds) -> int:
    """Return how large a file may become: as asked, or less where this process itself may less."""
    return _least(resource.RLIMIT_FSIZE, bounds.file_bytes or 0)


def run(
    command: Sequence[str],
    *,
    folder: Path | None,
    environment: Mapping[str, str],
    stdin: bytes,
    bounds: Bounds,
) -> Result:
    """Run a program to its end, or to the first bound it meets.

    Args:
        command: The program and its arguments.
        folder: Where it runs.
        environment: All of its variables.
        stdin: What it reads.
        bounds: What it may use.
    """
    clock = clock_in_force()
    seconds = min(bounds.timeout_s, clock.left_s)
    with clock.running(), started(command, folder, environment, bounds, stderr=PIPE) as group:
        group.deadline_s = time.monotonic() + seconds
        process = group.leader
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        stdout = _Drain(process.stdout, bounds.output_bytes, bounds.output_bytes, group)
        stderr = _Drain(process.stderr, _STDERR_KEPT_BYTES, bounds.stderr_bytes, group)
        feed = threading.Thread(target=_feed, args=(process.stdin, stdin), daemon=True)
        threads = (stdout, stderr, feed)
        for thread in threads:
            thread.start()
        process.wait()
    for thread in threads:
        thread.join(_GRACE_S if group.over else None)
    words = bytes(stderr.kept).decode("utf-8", "replace")
    return Result(
        process.returncode,
        bytes(stdout.kept),
        words,
        timed_out=group.over == "time",
        truncated=stdout.over or stderr.over,
        over=_over(group, bounds, seconds, clock),
    )


def _over(group: Group, bounds: Bounds, seconds: float, clock: Clock) -> str | None:
    match group.over:
        case "time" if seconds < bounds.timeout_s:
            return f"its {clock.limit_s:,.0f} s of this run are used up (upstream_seconds)"
        case "time":
            return f"no answer within {seconds:.0f} s"
        case "processes":
            return f"more than {bounds.processes} processes at once"
        case "memory":
            return f"more than {bounds.memory_bytes:,} bytes of memory"
        case _:
            return None


@contextlib.contextmanager
def started(
    command: Sequence[str],
    folder: Path | None,
    environment: Mapping[str, str],
    bounds: Bounds,
    *,
    stderr: int | IO[bytes],
) -> Iterator[Group]:
    """Start a program under bounds; nothing that it started is left after the block.

    Args:
        command: The program and its arguments.
        folder: Where it runs.
        environment: All of its variables.
        bounds: What it may use; the time is the caller's, who sets the group's deadline.
        stderr: Where its errors go.
    """
    process = subprocess.Popen(
        _confined(command, bounds),
        cwd=folder,
        env=environment,
        stdin=PIPE,
        stdout=PIPE,
        stderr=stderr,
        restore_signals=False,  # a file that grows too large is then an error with words
        process_group=0,
    )
    group = Group(leader=process, processes=bounds.processes, memory_bytes=bounds.memory_bytes)
    with watched(group):
        yield group


class _Drain(threading.Thread):
    """Read a pipe to its end, and keep no more than some of it."""

    def __init__(self, pipe: IO[bytes], kept_bytes: int, most_bytes: int, group: Group) -> None:
        super().__init__(daemon=True)
        self.kept = bytearray()
        self.over = False
        self._pipe, self._group = pipe, group
        self._kept_bytes, self._left_bytes = kept_bytes, most_bytes

    def run(self) -> None:
        with self._pipe:
            while chunk := self._pipe.read1(_CHUNK):  # type: ignore[attr-defined]
                self.kept += chunk[: self._kept_bytes - len(self.kept)]
                self._left_bytes -= len(chunk)
                if self._left_bytes < 0 and not self.over:
                    self.over = True
                    self._group.signal(signal.SIGTERM)


def _feed(pipe: IO[bytes], content: bytes) -> None:
    with contextlib.suppress(BrokenPipeError), pipe:
        pipe.write(content)
