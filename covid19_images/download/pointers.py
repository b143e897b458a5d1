"""Fetch images that a release may not hold from their owners, and check them."""

import hashlib
import re
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import requests

from covid19_images.download.copy import POINTERS
from covid19_images.download.errors import (
    DiskFullError,
    MismatchError,
    ReleaseTroubleError,
    TransferError,
)
from covid19_images.download.reach import Reach
from covid19_images.download.request import Request
from covid19_images.download.transfer import Location, fetch, room_for
from covid19_images.download.watch import Watch
from covid19_images.manifest import whole
from covid19_images.manifest.inside import below
from covid19_images.release.row import Row

_GIT_TIMEOUT_S = 120


@dataclass(frozen=True, slots=True)
class Missing:
    """An image that could not be fetched, and why."""

    key: str
    why: str


def place(folder: Path, sha256: str) -> Path:
    """Return the path at which a copy keeps a fetched image."""
    return folder / POINTERS / sha256[:2] / sha256


def wanted_pointers(folder: Path, rows: Iterable[Row], request: Request) -> list[Row]:
    """List the rows whose images are to be fetched from their owners and are not here yet."""
    wanted: dict[str, Row] = {}
    for row in rows:
        record = row.record
        is_pointer = record.status == "active" and not row.shard and row.pointer_url
        if is_pointer and record.sha256 and request.wants(row):
            wanted.setdefault(record.sha256, row)
    return [row for digest, row in wanted.items() if not _is_here(place(folder, digest), row)]


def _is_here(file: Path, row: Row) -> bool:
    """Return whether a file is here in its length; `verify` hashes it."""
    try:
        size = file.stat().st_size
    except FileNotFoundError:
        return False
    return size == row.record.bytes if row.record.bytes is not None else file.is_file()


def fetch_pointers(
    session: requests.Session,
    reach: Reach,
    folder: Path,
    rows: Sequence[Row],
    watch: Watch,
    local: bool,
    backoff_s: float,
) -> tuple[Missing, ...]:
    """Fetch images; one that its owner no longer has is reported and does not stop the others.

    Args:
        session: What asks servers.
        reach: Which addresses may be asked.
        folder: The local copy.
        rows: The images.
        watch: Counts the bytes, and may stop it.
        local: Whether the release itself is on this machine. Only then may a row name a
            repository on this machine: nobody else's index may make us read files here.
        backoff_s: The first wait after a connection broke.

    Raises:
        DiskFullError: There is no room; that stops all of them.
    """

    @cache  # each is looked at once: there are 256 of them, and thousands of files
    def among(digits: str) -> Path:
        with room_for(folder):
            return below(folder, f"{POINTERS}/{digits}")

    def one(row: Row) -> Missing | None:
        try:
            digest = row.record.sha256 or "none"
            target = among(digest[:2]) / digest
            _fetch(session, reach, target, row, watch, local, backoff_s)
        except DiskFullError:
            raise
        except ReleaseTroubleError as error:
            return Missing(row.record.key, str(error))
        return None

    return tuple(result for result in watch.at_once(one, rows) if result is not None)


def _fetch(
    session: requests.Session,
    reach: Reach,
    target: Path,
    row: Row,
    watch: Watch,
    local: bool,
    backoff_s: float,
) -> None:
    record, url = row.record, row.pointer_url or ""
    headers = {}
    if url.startswith("https://api.github.com/"):
        headers["Accept"] = "application/vnd.github.raw+json"
    if not url.startswith(("https://", "http://")):
        if not local:
            raise TransferError(
                f"The release names a repository on this machine for {record.key}, and comes from "
                "another one. Nothing was read there."
            )
        _from_repository(url, record.blob, record.sha256 or "", target)
        return
    if record.bytes is None:
        raise TransferError(f"{record.key} is of unknown size; it was not asked for.")
    fetch(
        session,
        Location(url, headers, reach),
        target,
        sha256=record.sha256 or "",
        size=record.bytes,
        watch=watch,
        backoff_s=backoff_s,
        synced=False,  # there may be thousands; one that a loss of power cut is fetched again
    )


def _from_repository(url: str, blob: str, sha256: str, target: Path) -> None:
    """Read a blob of a git repository on this machine; git is needed for this alone."""
    repository = unquote(urlsplit(url).path)
    command = ["git", "--no-replace-objects", "-C", repository, "cat-file", "blob", blob]
    if not re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", blob):
        raise TransferError(f"{blob!r} is no git blob id.")
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=_GIT_TIMEOUT_S)
    except (FileNotFoundError, subprocess.TimeoutExpired) as error:
        raise TransferError(f"git could not be asked for {blob}: {type(error).__name__}.") from None
    if done.returncode:
        reason = done.stderr.decode("utf-8", "replace").strip()[-200:]
        raise TransferError(f"{repository} has no blob {blob}: {reason}")
    if hashlib.sha256(done.stdout).hexdigest() != sha256:
        raise MismatchError(f"Blob {blob} of {repository} is not what the release says it is.")
    whole.write(target, done.stdout)
