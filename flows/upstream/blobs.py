"""Read blobs out of a bare clone through one `git cat-file --batch` process."""

import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from covid19_images.images.refused import Refused
from flows.sandbox.limits import Bounds, confine, end
from flows.upstream import git


def read(
    clone: Path, blobs: Sequence[str], *, max_bytes: int
) -> Iterator[tuple[str, bytes | Refused]]:
    """Yield the content of each blob, in the order asked; a large one is not read at all.

    Args:
        clone: The bare clone; it must hold the blobs already.
        blobs: Object ids.
        max_bytes: The largest blob that is read.

    Raises:
        git.GitError: When git stops, as it does at a blob that was never fetched.
    """
    if not blobs:
        return
    sizes = _sizes(clone, blobs)
    readable = [blob for blob in blobs if sizes[blob] <= max_bytes]
    contents = _contents(clone, readable)
    for blob in blobs:
        if sizes[blob] <= max_bytes:
            yield blob, next(contents)
        else:
            yield blob, Refused(f"the file has {sizes[blob]:,} bytes; the limit is {max_bytes:,}")


def _sizes(clone: Path, blobs: Sequence[str]) -> dict[str, int]:
    asked = "".join(f"{blob}\n" for blob in blobs).encode()
    check = ("cat-file", "--batch-check=%(objectname) %(objecttype) %(objectsize)")
    found = [line.split() for line in git.call(*check, folder=clone, stdin=asked).splitlines()]
    missing = [answer[0].decode() for answer in found if len(answer) != 3]
    if missing:
        raise git.GitError(["cat-file"], f"fatal: blob {missing[0]} is not here")
    return {name.decode(): int(size) for name, _, size in found}


def _contents(clone: Path, blobs: Sequence[str]) -> Iterator[bytes | Refused]:
    """Read blobs; one that git has not the memory for costs itself alone."""
    left = list(blobs)
    while left:
        with _reader(clone) as (running, stderr):
            while left and (content := _one(running, left[0])) is not None:
                del left[0]
                yield content
            if left:
                _explain(left.pop(0), running, stderr)
                yield Refused("git needs more memory to unpack it than it is given")


@contextmanager
def _reader(clone: Path) -> Iterator[tuple["subprocess.Popen[bytes]", IO[bytes]]]:
    with tempfile.TemporaryFile() as stderr:
        process = subprocess.Popen(
            git.command(["cat-file", "--batch"]),
            cwd=clone,
            env=git.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
        )
        confine(process.pid, Bounds())
        try:
            yield process, stderr
        finally:
            end(process)
            assert process.stdin is not None
            assert process.stdout is not None
            with suppress(BrokenPipeError):
                process.stdin.close()
            process.stdout.close()


def _one(process: "subprocess.Popen[bytes]", blob: str) -> bytes | None:
    """Read one blob; `None` where git ended instead."""
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(f"{blob}\n".encode())
        process.stdin.flush()
    except BrokenPipeError:
        return None
    header = process.stdout.readline().split()
    if len(header) != 3:
        return None
    size = int(header[2])
    content = process.stdout.read(size)
    process.stdout.read(1)
    return content if len(content) == size else None


def _explain(blob: str, process: "subprocess.Popen[bytes]", stderr: IO[bytes]) -> None:
    """Make sure that it was for want of memory; anything else is the clone's trouble.

    Raises:
        git.GitError: When it was not.
    """
    end(process)
    stderr.seek(0)
    message = stderr.read(2**16).decode("utf-8", "replace")
    if "ut of memory" not in message:
        raise git.GitError(["cat-file"], f"fatal: blob {blob} could not be read")
