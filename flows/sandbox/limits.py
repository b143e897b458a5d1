"""Run a program that reads what strangers wrote: for so long, so much memory, so many bytes."""

import contextlib
import resource
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_CHUNK = 2**16
_WORDS_KEPT = 2**16  # bytes of stderr; a remote may send them for ever
_GRACE_S = 5.0  # between asking a program to end and ending it; git removes half-written packs


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a program may use.

    Attributes:
        timeout_s: Wall time.
        output_bytes: What it may write to stdout.
        file_bytes: The largest file that it, or a program it starts, may write.
        memory_bytes: Data each of them may hold.
    """

    timeout_s: float = 600
    output_bytes: int = 512 * 2**20
    file_bytes: int | None = None
    memory_bytes: int = 4 * 2**30


@dataclass(frozen=True, slots=True)
class Result:
    """How a program ended.

    Attributes:
        code: Exit code; negative where a signal ended it.
        stdout: Its output.
        stderr: Its errors; the first 64 kB.
        timed_out: Whether it took too long.
        truncated: Whether it wrote too much to stdout.
    """

    code: int
    stdout: bytes
    stderr: str
    timed_out: bool = False
    truncated: bool = False


def confine(pid: int, bounds: Bounds) -> None:
    """Set the limits of a program that was just started; what it starts inherits them."""
    # Not between fork and exec, where code of ours could hang: other threads are running.
    with contextlib.suppress(ProcessLookupError):
        lower(resource.RLIMIT_DATA, bounds.memory_bytes, pid)
        if bounds.file_bytes is not None:
            lower(resource.RLIMIT_FSIZE, bounds.file_bytes, pid)


def lower(limit: int, most: int, pid: int = 0) -> None:
    """Lower a limit of a process, by default of this one; a stricter one stays."""
    _, hard = resource.prlimit(pid, limit)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.prlimit(pid, limit, (most, most))


def file_bytes_in_force(bounds: Bounds) -> int:
    """Return how large a file may become: as asked, or less where this process itself may less."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    wanted = bounds.file_bytes or 0
    return wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)


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
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
        restore_signals=False,  # a file that grows too large is then an error with words
    )
    confine(process.pid, bounds)
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    stdout = _Drain(process.stdout, bounds.output_bytes, process)
    stderr = _Drain(process.stderr, _WORDS_KEPT)
    feed = threading.Thread(target=_feed, args=(process.stdin, stdin), daemon=True)
    threads = (stdout, stderr, feed)
    for thread in threads:
        thread.start()
    timed_out = False
    try:
        process.wait(bounds.timeout_s)
    except subprocess.TimeoutExpired:
        timed_out = True
    finally:
        end(process)
    for thread in threads:
        # A program it started may hold a pipe open for longer than it lives itself.
        thread.join(_GRACE_S if timed_out else None)
    words = bytes(stderr.kept).decode("utf-8", "replace")
    return Result(process.returncode, bytes(stdout.kept), words, timed_out, stdout.over)


def end(process: "subprocess.Popen[bytes]") -> None:
    """End a program, kindly first."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class _Drain(threading.Thread):
    """Read a pipe to its end, and keep no more than some of it."""

    def __init__(
        self, pipe: IO[bytes], most: int, ended: "subprocess.Popen[bytes] | None" = None
    ) -> None:
        super().__init__(daemon=True)
        self.kept = bytearray()
        self.over = False
        self._pipe, self._most, self._ended = pipe, most, ended

    def run(self) -> None:
        with self._pipe:
            while chunk := self._pipe.read1(_CHUNK):  # type: ignore[attr-defined]
                room = self._most - len(self.kept)
                self.kept += chunk[:room]
                if len(chunk) > room and not self.over:
                    self.over = True
                    if self._ended is not None:
                        self._ended.send_signal(signal.SIGTERM)


def _feed(pipe: IO[bytes], content: bytes) -> None:
    with contextlib.suppress(BrokenPipeError), pipe:
        pipe.write(content)
