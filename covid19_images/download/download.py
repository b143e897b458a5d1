"""Download a release into a local copy, whole or in part; or move a copy to a newer release.

What is here and right already is not fetched again. Nothing has its name before it was checked,
and the index comes last: a copy that says it is a release has all of it.
"""

import datetime as dt
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import requests
from rich.filesize import decimal

from covid19_images.download import trust as trusts
from covid19_images.download.attention import Attention, attention
from covid19_images.download.cache import CACHE, cache_folder
from covid19_images.download.contents import (
    NEXT,
    fetch_contents,
    is_right,
    staged,
    version_here,
)
from covid19_images.download.copy import POINTERS, SHARDS
from covid19_images.download.errors import DiskFullError, RollbackError
from covid19_images.download.freshness import days_late
from covid19_images.download.lock import exclusive_lock
from covid19_images.download.origin import LATEST, FolderOrigin, Origin, origin, version_at
from covid19_images.download.pointers import Missing, fetch_pointers, wanted_pointers
from covid19_images.download.progress import Progress, Silence
from covid19_images.download.receipts import Receipts
from covid19_images.download.request import Request
from covid19_images.download.session import new_session
from covid19_images.download.transfer import Location, fetch, room_for
from covid19_images.download.trust import Proof, Trust
from covid19_images.download.watch import Watch
from covid19_images.manifest.inside import below
from covid19_images.release import row as rows
from covid19_images.release.index import (
    INDEX,
    MANIFEST,
    PROOF,
    REGISTRY,
    SUMS,
    Index,
    version_key,
)
from covid19_images.release.row import Row

_SPARE_BYTES = 64 * 2**20  # room for what the file system needs itself


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file to fetch: where from, where to, and what it must be."""

    location: Location
    target: Path
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Downloaded:
    """The result of a download.

    Attributes:
        version: The release.
        before: The release the copy was of until now, if there was one.
        files: How many files were fetched, from owners too.
        size: How many bytes of them.
        removed: Files of the copy that are in the release no longer.
        missing: Images that could not be fetched from their owners.
        signers: The keys that signed the release and are trusted; none where nobody signed it.
        trusted_now: Whether they were believed for the first time.
        days_late: How old the newest release is, where the schedule promised another since.
        attention: What was withdrawn since, what sources contradict each other in, and shortcuts.
    """

    version: str
    before: str | None
    files: int
    size: int
    removed: tuple[str, ...] = ()
    missing: tuple[Missing, ...] = field(default=(), repr=False)
    signers: tuple[str, ...] = ()
    trusted_now: bool = False
    days_late: int | None = None
    attention: Attention = field(default_factory=Attention)


def download(
    folder: Path | str,
    *,
    version: str = LATEST,
    request: Request | None = None,
    key: str | None = None,
    progress: Progress | None = None,
    session: requests.Session | None = None,
    backoff_s: float = 1.0,
    today: dt.date | None = None,
) -> Downloaded:
    """Download a release, or what is missing of it.

    Args:
        folder: The local copy; made where there is none.
        version: Which release, such as `2026.11.23`.
        request: What of it, and where from; by default all of it, from where it is published.
        key: Whose releases are taken, as `ed25519:…`; by default those of the keys that the copy
            trusts, and the first key that it sees.
        progress: Hears how it goes.
        session: What asks servers; by default one that is patient.
        backoff_s: The first wait after a connection broke.
        today: The day, to see whether the newest release is too old.

    Returns:
        What was fetched.

    Raises:
        ReleaseTroubleError: With what to do; what was fetched is kept.
    """
    session = session or new_session(backoff_s=backoff_s)
    watch = Watch(progress)
    with room_for(Path(folder)), exclusive_lock(Path(folder), progress or Silence()):
        trust = trusts.read(Path(folder), key)
        done, proved = _download(
            Path(folder), version, request or Request(), trust, watch, session, backoff_s
        )
    today = today or dt.datetime.now(dt.UTC).date()
    return replace(
        done, days_late=days_late(done.version, proved, today) if version == LATEST else None
    )


def _download(
    folder: Path,
    version: str,
    request: Request,
    trust: Trust,
    watch: Watch,
    session: requests.Session,
    backoff_s: float,
) -> tuple[Downloaded, Proof | None]:
    place = origin(request.origin, session, loopback=request.loopback)
    before = version_here(folder)
    name = _named(place, version, folder, before)
    index, proved = fetch_contents(folder, place, name, trust, session, watch, backoff_s)
    request.check(index)
    receipts = Receipts(folder)
    files = _missing(folder, place, index, request, receipts)
    _check_room(folder, files)
    watch.progress.begin(len(files), sum(file.size for file in files))
    _fetch_all(session, files, watch, receipts, backoff_s)
    found = rows.loads(staged(folder, MANIFEST).read_text(encoding="utf-8"))
    asked = wanted_pointers(folder, found, request) if request.pointers else []
    missing = _from_owners(folder, place, index, asked, watch, session, backoff_s)
    signers = proved.signers if proved else ()
    if proved:  # before the release has its name: a key that was believed is never forgotten
        trusts.write(folder, trust, proved, name)
    noticed = attention(folder, index, found, request, before)
    _settle(folder, index)
    request.write(folder)
    removed = _sweep(folder, index, found)
    absent = {one.key for one in missing}
    sizes = [file.size for file in files]
    sizes += [row.record.bytes or 0 for row in asked if row.record.key not in absent]
    done = Downloaded(
        name,
        before,
        len(sizes),
        sum(sizes),
        removed,
        missing,
        signers,
        trusted_now=bool(signers) and not trust.keys,
        attention=noticed,
    )
    return done, proved


def _named(place: Origin, version: str, folder: Path, before: str | None) -> str:
    name = version_at(place, version)
    if version == LATEST and before and version_key(name) < version_key(before):
        raise RollbackError(
            f"{folder} holds release {before}, and the newest one there is {name}, which is older: "
            "images that were taken down since would come back. Nothing was changed. If that is "
            f"what you want, ask for it: `covid19-images download --version {name} {folder}`."
        )
    return name


def _from_owners(
    folder: Path,
    place: Origin,
    index: Index,
    asked: Sequence[Row],
    watch: Watch,
    session: requests.Session,
    backoff_s: float,
) -> tuple[Missing, ...]:
    """Fetch the images that may not be shipped; return those that their owners do not give."""
    size = sum(row.record.bytes or 0 for row in asked)
    _check_space(folder, size)
    watch.progress.begin(len(asked), size)
    reach = place.reach.with_hosts([source.url for source in index.sources])
    is_local = isinstance(place, FolderOrigin)
    return fetch_pointers(session, reach, folder, asked, watch, is_local, backoff_s)


def _missing(
    folder: Path, place: Origin, index: Index, request: Request, receipts: Receipts
) -> list[Wanted]:
    """List what is not here yet, or not right."""
    files = []
    for small in request.small_files(index):
        target = staged(folder, small.name)
        if is_right(folder / small.name, small.sha256) and not target.exists():
            shutil.copyfile(folder / small.name, target)
        if not is_right(target, small.sha256):
            location = place.locate(index.version, small.name)
            files.append(Wanted(location, target, small.sha256, small.size))
    for shard in request.shards(index):
        target = below(folder, f"{SHARDS}/{shard.name}")
        if not receipts.has(target, shard.sha256):
            location = place.locate(shard.first_published, shard.name)
            files.append(Wanted(location, target, shard.sha256, shard.size))
    return files


def _check_room(folder: Path, files: Sequence[Wanted]) -> None:
    parts = [file.target.with_name(f"{file.target.name}.part") for file in files]
    here = sum(part.stat().st_size for part in parts if part.exists())
    _check_space(folder, sum(file.size for file in files) - here)


def _check_space(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if needed + _SPARE_BYTES > free:
        raise DiskFullError(
            f"{decimal(needed)} are to be fetched, and {folder} has {decimal(free)} left. "
            "Nothing was fetched. Make room, or ask for less with --source, --modality or --size."
        )


def _fetch_all(
    session: requests.Session,
    files: Sequence[Wanted],
    watch: Watch,
    receipts: Receipts,
    backoff_s: float,
) -> None:
    """Fetch files at once; the first that fails ends it, after those that are on their way."""

    def one(file: Wanted) -> None:
        part = file.target.with_name(f"{file.target.name}.part")
        if part.exists() and not receipts.is_part_of(part, file.sha256):
            part.unlink()
        receipts.begin(part, file.sha256)
        fetch(
            session,
            file.location,
            file.target,
            sha256=file.sha256,
            size=file.size,
            watch=watch,
            backoff_s=backoff_s,
        )
        receipts.remember(file.target, file.sha256)

    watch.at_once(one, files)


def _settle(folder: Path, index: Index) -> None:
    """Move the small files of the release to their names, the index last."""
    names = [file.name for file in index.files] + [REGISTRY, SUMS, PROOF, INDEX]
    if not staged(folder, PROOF).exists():
        (folder / PROOF).unlink(missing_ok=True)
    for name in names:
        if staged(folder, name).exists():
            staged(folder, name).replace(folder / name)
    shutil.rmtree(folder / NEXT)


def _sweep(folder: Path, index: Index, found: Sequence[Row]) -> tuple[str, ...]:
    """Remove shards and fetched images that the release no longer has: takedowns leave a copy."""
    shards = {shard.name for shard in index.shards}
    kept = {row.record.sha256 for row in found if row.record.status == "active"}
    gone = [p for p in below(folder, SHARDS).glob("*.tar") if p.name not in shards]
    fetched = below(folder, POINTERS).glob("??/*")
    gone += [p for p in fetched if p.name.removesuffix(".part") not in kept]
    for path in gone:
        path.unlink()
    if gone:  # what was made of it must go too
        for cache in {folder / CACHE, cache_folder(folder)}:
            shutil.rmtree(cache, ignore_errors=True)
    return tuple(sorted(path.name for path in gone))
