"""Fetch one file: resumed where it stopped, and checked before it gets its name."""

import errno
import hashlib
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import requests
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse
from urllib3.util import Retry

from covid19_images.download.connect import JudgedAdapter
from covid19_images.download.errors import DiskFullError, MismatchError, TransferError
from covid19_images.download.reach import Reach
from covid19_images.download.watch import Watch

CHUNK_BYTES = 1 << 20
TRIES = 6  # attempts without a new byte
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_RETRIED = (429, 500, 502, 503, 504)
_LONGEST_WAIT_S = 120
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


class _Patience(Retry):
    """Wait as long as a server asks for, but not for ever."""

    def get_retry_after(self, response: BaseHTTPResponse) -> float | None:
        asked = super().get_retry_after(response)
        return None if asked is None else min(asked, _LONGEST_WAIT_S)


def new_session(*, backoff_s: float = 1.0) -> requests.Session:
    """Open a session that waits and asks again where a server says it is busy.

    Proxies, `.netrc` and certificates are taken from the environment, as requests does.

    Args:
        backoff_s: The first wait, doubled each time, where the server names none.
    """
    retry = _Patience(
        total=TRIES,
        connect=0,  # `_fill` asks again, and a person hears of it
        read=0,
        backoff_factor=backoff_s,
        backoff_max=_LONGEST_WAIT_S,
        status_forcelist=_RETRIED,
        allowed_methods=("GET",),
        respect_retry_after_header=True,
        raise_on_status=False,
    )
    session = requests.Session()
    for scheme in ("https://", "http://"):
        session.mount(scheme, JudgedAdapter(max_retries=retry, pool_maxsize=16))
    session.headers["Accept-Encoding"] = "identity"  # ranges and checksums are of the file itself
    return session


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

    Raises:
        MismatchError: The file is complete and has another content.
        DiskFullError: It does not fit.
        TransferError: It cannot be fetched.
        StoppedError: Somebody stopped it; what was fetched is kept.
    """
    part = target.with_name(f"{target.name}.part")
    watch = watch or Watch()
    with room_for(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        bounds = _Size(size, most if size is None else size)
        _fill(session, location, part, bounds, watch, backoff_s)
        _check(part, target.name, sha256, size, watch)
        part.replace(target)


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


def _check(part: Path, name: str, sha256: str, size: int | None, watch: Watch) -> None:
    found = part.stat().st_size
    if (size is None or found == size) and file_sha256(part) == sha256:
        return
    part.unlink()
    watch.add(-found)
    raise MismatchError(
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
    part: Path,
    bounds: _Size,
    watch: Watch,
    backoff_s: float,
) -> None:
    """Append to a part until the file is whole; a broken connection loses nothing."""
    have = part.stat().st_size if part.exists() else 0
    watch.add(have)
    failures, size = 0, bounds.exact
    while size is None or have < size or (size == 0 and not part.exists()):
        before = have
        try:
            have = _some(session, location, part, bounds.most, watch)
        except (requests.RequestException, HTTPError) as error:
            have = part.stat().st_size if part.exists() else 0
            slow = isinstance(error, SlowError)
            failures = 0 if have > before and not slow else failures + 1
            if failures >= TRIES:
                raise TransferError(
                    f"{part.name.removesuffix('.part')} cannot be fetched from {location.where}: "
                    f"{brief(error)}. What was fetched is kept. Run again: it resumes from there."
                ) from None
            wait_s = min(backoff_s * 2**failures, _LONGEST_WAIT_S)
            name = part.name.removesuffix(".part")
            watch.note(f"{name}: {brief(error)}. Asking again in {wait_s:.0f} s.")
            watch.pause(wait_s)
            continue
        if size is None or have >= size:
            return
        failures = 0 if have > before else failures + 1
        if failures >= TRIES:
            return  # shorter than it should be; the check says so


def brief(error: Exception) -> str:
    """Return why a server gave nothing, in a few words."""
    cause = error.__cause__ or error.__context__ or error
    return f"{type(error).__name__}: {str(cause)[:200]}"


def _some(
    session: requests.Session, location: Location, part: Path, most: int | None, watch: Watch
) -> int:
    have = part.stat().st_size if part.exists() else 0
    if isinstance(location.where, Path):
        with location.where.open("rb") as stream, part.open("ab") as out:
            stream.seek(have)
            return _copy(iter(lambda: stream.read(CHUNK_BYTES), b""), out, most, watch)
    headers = dict(location.headers)
    if have:
        headers["Range"] = f"bytes={have}-"
    with location.reach.open(session, location.where, headers) as response:
        begins = _begins_at(response, location, part.name, have)
        with part.open("ab") as out:
            if begins != have:  # the server sends all of it again
                watch.add(-have)
                out.truncate(0)
            return _copy(_pieces(response), out, most, watch)


def _pieces(response: requests.Response) -> Iterator[bytes]:
    """Yield the body as it arrives; `iter_content` would lose the end of a broken response."""
    return iter(lambda: response.raw.read1(CHUNK_BYTES), b"")


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


def _copy(chunks: Iterator[bytes], out: BinaryIO, most: int | None, watch: Watch) -> int:
    """Append pieces, and no more than there should be."""
    have = out.seek(0, os.SEEK_END)
    pace = Pace(watch.pace_s)
    for chunk in chunks:
        watch.check()
        pace.add(len(chunk))
        piece = chunk if most is None else chunk[: max(most - have + 1, 0)]
        out.write(piece)
        have += len(piece)
        watch.add(len(piece))
        if most is not None and have > most:
            break  # longer than it should be; the check says so
    out.flush()
    os.fsync(out.fileno())
    return have
