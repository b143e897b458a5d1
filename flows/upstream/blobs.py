"""Read blobs out of a bare clone through one `git cat-file --batch` process."""

import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from flows.upstream import git


@dataclass(frozen=True, slots=True)
class Unread:
    """A blob that was not read, and why."""

    reason: str


def read(
    clone: Path, blobs: Sequence[str], *, max_bytes: int
) -> Iterator[tuple[str, bytes | Unread]]:
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
            yield blob, Unread(f"the file has {sizes[blob]:,} bytes; the limit is {max_bytes:,}")


def _sizes(clone: Path, blobs: Sequence[str]) -> dict[str, int]:
    asked = "".join(f"{blob}\n" for blob in blobs).encode()
    check = ("cat-file", "--batch-check=%(objectname) %(objecttype) %(objectsize)")
    found = [line.split() for line in git.call(*check, folder=clone, stdin=asked).splitlines()]
    missing = [answer[0].decode() for answer in found if len(answer) != 3]
    if missing:
        raise git.GitError(["cat-file"], f"fatal: blob {missing[0]} is not here")
    return {name.decode(): int(size) for name, _, size in found}


def _contents(clone: Path, blobs: Sequence[str]) -> Iterator[bytes]:
    process = subprocess.Popen(
        git.command(["cat-file", "--batch"]),
        cwd=clone,
        env=git.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with process as running:
        assert running.stdin is not None
        assert running.stdout is not None
        try:
            for blob in blobs:
                running.stdin.write(f"{blob}\n".encode())
                running.stdin.flush()
                yield _one(running.stdout, blob)
        finally:
            running.stdin.close()


def _one(stdout: IO[bytes], blob: str) -> bytes:
    header = stdout.readline().split()
    if len(header) != 3:
        raise git.GitError(["cat-file"], f"fatal: blob {blob} could not be read")
    content = stdout.read(int(header[2]))
    stdout.read(1)
    return content
