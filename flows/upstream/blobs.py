"""Read blobs out of a bare clone through one `git cat-file --batch` process."""

import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from covid19_images.images.refused import Refused
from flows.sandbox.group import Group
from flows.sandbox.limits import Bounds, started
from flows.upstream import git

_BLOB_S = 120.0  # to unpack one blob


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
        with _reader(clone) as (group, stderr):
            while left and (content := _one(group, left[0])) is not None:
                del left[0]
                yield content
            if left:
                yield _why_not(left.pop(0), group, stderr)


@contextmanager
def _reader(clone: Path) -> Iterator[tuple[Group, IO[bytes]]]:
    command, environment = git.command(["cat-file", "--batch"]), git.environment()
    with (
        tempfile.TemporaryFile() as stderr,
        started(command, clone, environment, Bounds(), stderr=stderr.fileno()) as group,
    ):
        try:
            yield group, stderr
        finally:
            assert group.leader.stdin is not None
            assert group.leader.stdout is not None
            with suppress(BrokenPipeError):
                group.leader.stdin.close()
            group.leader.stdout.close()


def _one(group: Group, blob: str) -> bytes | None:
    """Read one blob; `None` where git ended instead, or took too long and was ended."""
    group.deadline_s = time.monotonic() + _BLOB_S
    try:
        return _content(group.leader, blob)
    finally:
        group.deadline_s = None


def _content(process: "subprocess.Popen[bytes]", blob: str) -> bytes | None:
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


def _why_not(blob: str, group: Group, stderr: IO[bytes]) -> Refused:
    """Return why a blob cannot be unpacked here; anything else is the clone's trouble.

    Raises:
        git.GitError: When it was something else.
    """
    group.end()
    if group.over == "time":
        return Refused(f"git needs more than {_BLOB_S:.0f} s to unpack it")
    stderr.seek(0)
    message = stderr.read(2**16).decode("utf-8", "replace")
    if "ut of memory" in message or group.over == "memory":
        return Refused("git needs more memory to unpack it than it is given")
    raise git.GitError(["cat-file"], f"fatal: blob {blob} could not be read")
