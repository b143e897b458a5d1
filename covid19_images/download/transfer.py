"""Fetch one file: resumed where it stopped, and checked before it gets its name."""

import errno
import hashlib
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import requests
from urllib3.exceptions import HTTPError

from covid19_images.download.errors import DiskFullError, MismatchError, TransferError
from covid19_images.download.part import PIECE_BYTES, Part
from covid19_images.download.reach import Reach
from covid19_images.download.session import LONGEST_WAIT_S, TRIES
from covid19_images.download.watch import Watch

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
SLOWEST_BYTES_PER_S = 200  # a connection that gives less, through a whole minute, gives nothing


@dataclass(frozen=True, slots=True)
class Location:
    """Where a file is.

    Attributes:
        where: A url, or a path on this machine.
        headers: Sent along; a redirect to another host drops the token.
        reach: Which addresses may be asked.
    """

    where: str | Path
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    reach: Reach = field(default_factory=Reach, repr=False)


@dataclass(frozen=True, slots=True)
class _Size:
    """How large a file is, where that is known, and how large it may be."""

    exact: int | None
    most: int | None


class SlowError(HTTPError):
    """Raised for a connection that gives next to nothing for long."""


class Pace:
    """Hold a connection to the slowest pace, window by window."""

    def __init__(self, window_s: float) -> None:
        """Begin a window.

        Args:
            window_s: How long a window is.
        """
        self._window_s = window_s
        self._begun_s, self._bytes = time.monotonic(), 0

    def add(self, size: int) -> None:
        """Count bytes.

        Raises:
            SlowError: They were too few since the window began.
        """
        self._bytes += size
        took_s = time.monotonic() - self._begun_s
        if took_s < self._window_s:
            return
        if self._bytes < took_s * SLOWEST_BYTES_PER_S:
            raise SlowError(f"{self._bytes:,} bytes in {took_s:.0f} s")
        self._begun_s, self._bytes = time.monotonic(), 0


def fetch(
    session: requests.Session,
    location: Location,
    target: Path,
    *,
    sha256: str,
    size: int | None = None,
    most: int | None = None,
    watch: Watch | None = None,
    backoff_s: float = 1.0,
    synced: bool = True,
) -> None:
    """Download a file.

    Args:
        session: What asks the server.
        location: Where the file is.
        target: Its name here; until it is whole and checked, `.part` is added to it.
        sha256: What it must be.
        size: How large it must be, where that is known.
        most: How large it may be, where its size is not known.
        watch: Counts the bytes, and may stop it.
        backoff_s: The first wait after a connection broke, doubled each time.
        synced: Whether to wait until the disk has it. Without that, a file whose name is there
            after a loss of power may be shorter than it was.

    Raises:
        MismatchError: The file is complete and has another content.
        DiskFullError: It does not fit.
        TransferError: It cannot be fetched.
        StoppedError: Somebody stopped it; what was fetched is kept.
    """
    watch = watch or Watch()
    with room_for(target):
        with Part(target.with_name(f"{target.name}.part")) as part:
            bounds = _Size(size, most if size is None else size)
            _fill(session, location, part, bounds, watch, backoff_s)
            is_right = size in (None, part.size) and part.sha256 == sha256
            if is_right:
                part.finish(synced=synced)
        if not is_right:
            raise _mismatch(part, target.name, watch)
        part.file.replace(target)


@contextmanager
def room_for(target: Path) -> Iterator[None]:
    """Turn a full disk, or one that cannot be written, into a sentence."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise DiskFullError(
                f"There is no room for {target.name} in {target.parent} ({error.strerror}). What "
                "was fetched is kept. Make room and run again: it resumes from there."
            ) from None
        raise TransferError(
            f"{target} cannot be written: {error.strerror}. Nothing else was touched."
        ) from None


def _mismatch(part: Part, name: str, watch: Watch) -> MismatchError:
    part.file.unlink(missing_ok=True)
    watch.add(-part.size)
    return MismatchError(
        f"{name} is not what the release says it is (its sha256 differs), so it was thrown away. "
        "Run again; if it happens again, that place is not to be trusted: open an issue."
    )


def file_sha256(file: Path) -> str:
    """Hash a file."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _fill(
    session: requests.Session,
    location: Location,
    part: Part,
    bounds: _Size,
    watch: Watch,
    backoff_s: float,
) -> None:
    """Append to a part until the file is whole; a broken connection loses nothing."""
    watch.add(part.size)
    failures, size, name = 0, bounds.exact, part.file.name.removesuffix(".part")
    while size is None or part.size < size:
        before = part.size
        try:
            _some(session, location, part, bounds.most, watch)
        except (requests.RequestException, HTTPError) as error:
            slow = isinstance(error, SlowError)
            failures = 0 if part.size > before and not slow else failures + 1
            if failures >= TRIES:
                raise TransferError(
                    f"{name} cannot be fetched from {location.where}: {brief(error)}. What was "
                    "fetched is kept. Run again: it resumes from there."
                ) from None
            wait_s = min(backoff_s * 2**failures, LONGEST_WAIT_S)
            watch.note(f"{name}: {brief(error)}. Asking again in {wait_s:.0f} s.")
            watch.pause(wait_s)
            continue
        if size is None or part.size >= size:
            return
        failures = 0 if part.size > before else failures + 1
        if failures >= TRIES:
            return  # shorter than it should be; the check says so


def brief(error: Exception) -> str:
    """Return why a server gave nothing, in a few words."""
    cause = error.__cause__ or error.__context__ or error
    return f"{type(error).__name__}: {str(cause)[:200]}"


def _some(
    session: requests.Session, location: Location, part: Part, most: int | None, watch: Watch
) -> None:
    if isinstance(location.where, Path):
        with location.where.open("rb", buffering=0) as stream:
            stream.seek(part.size)
            _copy(iter(lambda: stream.read(PIECE_BYTES), b""), part, most, watch)
        return
    headers = dict(location.headers)
    if part.size:
        headers["Range"] = f"bytes={part.size}-"
    with location.reach.open(session, location.where, headers) as response:
        if _begins_at(response, location, part.file.name, part.size) != part.size:
            watch.add(-part.size)  # the server sends all of it again
            part.restart()
        _copy(_pieces(response), part, most, watch)


def _pieces(response: requests.Response) -> Iterator[bytes]:
    """Yield the body as it arrives; `iter_content` would lose the end of a broken response."""
    return iter(lambda: response.raw.read1(PIECE_BYTES), b"")


def _begins_at(response: requests.Response, location: Location, name: str, have: int) -> int:
    """Return the byte that a response begins with."""
    if response.status_code == requests.codes.partial_content:
        content_range = response.headers.get("Content-Range", "")
        if content_range.startswith(f"bytes {have}-"):
            return have
    elif response.status_code == requests.codes.ok:
        return 0
    elif response.status_code == requests.codes.requested_range_not_satisfiable:
        return have or 0  # nothing beyond what we have; the check decides
    status = f"{response.status_code} {response.reason or ''}".strip()
    raise TransferError(
        f"{name.removesuffix('.part')} cannot be fetched from {location.where}: the server answers "
        f"{status!r}. What was fetched is kept. Run again later."
    )


def _copy(chunks: Iterator[bytes], part: Part, most: int | None, watch: Watch) -> None:
    """Append pieces, and no more than there should be."""
    pace = Pace(watch.pace_s)
    for chunk in chunks:
        watch.check()
        pace.add(len(chunk))
        piece = chunk if most is None else chunk[: max(most - part.size + 1, 0)]
        part.append(piece)
        watch.add(len(piece))
        if most is not None and part.size > most:
            break  # longer than it should be; the check says so
