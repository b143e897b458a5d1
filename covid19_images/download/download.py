"""Download a release into a local copy, whole or in part; or move a copy to a newer release.

What is here and right already is not fetched again. Nothing has its name before it was checked,
and the index comes last: a copy that says it is a release has all of it.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import requests
from rich.filesize import decimal
from urllib3.exceptions import HTTPError

from covid19_images.download.cache import CACHE, cache_folder
from covid19_images.download.copy import POINTERS, SHARDS
from covid19_images.download.errors import DiskFullError, MismatchError, OriginError, RollbackError
from covid19_images.download.lock import alone
from covid19_images.download.origin import LATEST, FolderOrigin, Origin, origin
from covid19_images.download.pointers import Missing, fetch_pointers, wanted_pointers
from covid19_images.download.progress import Progress, Silence
from covid19_images.download.receipts import Receipts
from covid19_images.download.request import Request
from covid19_images.download.transfer import Location, fetch, file_sha256, new_session, room_for
from covid19_images.download.watch import Watch
from covid19_images.manifest.inside import below
from covid19_images.release import index as index_of
from covid19_images.release import row as rows
from covid19_images.release.index import INDEX, MANIFEST, REGISTRY, SUMS, Index, version_key
from covid19_images.release.row import Row

_MAX_SUMS_BYTES = 8 * 2**20
_MAX_INDEX_BYTES = 64 * 2**20
_NEXT = ".next"  # small files of a release that is on its way
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
    """

    version: str
    before: str | None
    files: int
    size: int
    removed: tuple[str, ...] = ()
    missing: tuple[Missing, ...] = field(default=(), repr=False)


def download(
    folder: Path | str,
    *,
    version: str = LATEST,
    request: Request | None = None,
    progress: Progress | None = None,
    session: requests.Session | None = None,
    backoff_s: float = 1.0,
) -> Downloaded:
    """Download a release, or what is missing of it.

    Args:
        folder: The local copy; made where there is none.
        version: Which release, such as `2026.11.23`.
        request: What of it, and where from; by default all of it, from where it is published.
        progress: Hears how it goes.
        session: What asks servers; by default one that is patient.
        backoff_s: The first wait after a connection broke.

    Returns:
        What was fetched.

    Raises:
        ReleaseTroubleError: With what to do; what was fetched is kept.
    """
    session = session or new_session(backoff_s=backoff_s)
    watch = Watch(progress)
    with room_for(Path(folder)), alone(Path(folder), progress or Silence()):
        return _download(Path(folder), version, request or Request(), watch, session, backoff_s)


def _download(
    folder: Path,
    version: str,
    request: Request,
    watch: Watch,
    session: requests.Session,
    backoff_s: float,
) -> Downloaded:
    place = origin(request.origin, session, loopback=request.loopback)
    before = _version_here(folder)
    name = place.latest() if version == LATEST else version
    if not index_of.is_version(name):
        raise OriginError(f"{name!r} is no version of a release; one looks like 2026.11.23.")
    if version == LATEST and before and version_key(name) < version_key(before):
        raise RollbackError(
            f"{folder} holds release {before}, and the newest one there is {name}, which is older: "
            "images that were taken down since would come back. Nothing was changed. If that is "
            f"what you want, ask for it: `covid19-images download --version {name} {folder}`."
        )
    index = _fetch_index(folder, place, name, session, watch, backoff_s)
    request.check(index)
    receipts = Receipts(folder)
    files = _missing(folder, place, index, request, receipts)
    _check_room(folder, files)
    watch.progress.begin(len(files), sum(file.size for file in files))
    _fetch_all(session, files, watch, receipts, backoff_s)
    found = rows.loads(_staged(folder, MANIFEST).read_text(encoding="utf-8"))
    asked = wanted_pointers(folder, found, request) if request.pointers else []
    owners_size = sum(row.record.bytes or 0 for row in asked)
    _check_space(folder, owners_size)
    watch.progress.begin(len(asked), owners_size)
    is_local = isinstance(place, FolderOrigin)
    urls = [source.url for source in index.sources]
    reach = place.reach.with_hosts(urls)
    missing = fetch_pointers(session, reach, folder, asked, watch, is_local, backoff_s)
    _settle(folder, index)
    request.write(folder)
    removed = _sweep(folder, index, found)
    absent = {one.key for one in missing}
    sizes = [file.size for file in files]
    sizes += [row.record.bytes or 0 for row in asked if row.record.key not in absent]
    return Downloaded(name, before, len(sizes), sum(sizes), removed, missing)


def _version_here(folder: Path) -> str | None:
    try:
        return index_of.loads((folder / INDEX).read_bytes()).version
    except (FileNotFoundError, index_of.IndexFormatError):
        return None


def _staged(folder: Path, name: str) -> Path:
    return below(folder, f"{_NEXT}/{name}")


def _fetch_index(
    folder: Path,
    place: Origin,
    version: str,
    session: requests.Session,
    watch: Watch,
    backoff_s: float,
) -> Index:
    """Fetch the sums, and the index they vouch for."""
    (folder / _NEXT).mkdir(parents=True, exist_ok=True)
    sums = _read(session, place.locate(version, SUMS), _MAX_SUMS_BYTES).decode("ascii", "replace")
    hashes = {name: digest for digest, _, name in (x.partition("  ") for x in sums.splitlines())}
    if INDEX not in hashes:
        raise MismatchError(f"{SUMS} of release {version} does not name {INDEX}. Try later.")
    for name in (INDEX, REGISTRY):
        if name in hashes and not _is(_staged(folder, name), hashes[name]):
            _staged(folder, name).with_name(f"{name}.part").unlink(missing_ok=True)
            target = _staged(folder, name)
            fetch(
                session,
                place.locate(version, name),
                target,
                sha256=hashes[name],
                most=_MAX_INDEX_BYTES,
                watch=watch,
                backoff_s=backoff_s,
            )
    _staged(folder, SUMS).write_text(sums, encoding="ascii", newline="\n")
    index = index_of.loads(_staged(folder, INDEX).read_bytes())
    if index.version != version:
        raise MismatchError(f"The index of release {version} says it is {index.version}.")
    return index


def _read(session: requests.Session, location: Location, most: int) -> bytes:
    if isinstance(location.where, Path):
        with location.where.open("rb") as stream:
            return stream.read(most)
    try:
        response, body = location.reach.read(session, location.where, location.headers, most=most)
    except (requests.RequestException, HTTPError) as error:
        raise OriginError(
            f"{location.where} does not answer ({type(error).__name__}). Nothing was changed."
        ) from None
    if not response.ok:
        raise OriginError(f"{location.where} answers {response.status_code}: no such release here.")
    return body


def _is(file: Path, sha256: str) -> bool:
    return file.is_file() and file_sha256(file) == sha256


def _missing(
    folder: Path, place: Origin, index: Index, request: Request, receipts: Receipts
) -> list[Wanted]:
    """List what is not here yet, or not right."""
    files = []
    for small in request.small_files(index):
        target = _staged(folder, small.name)
        if _is(folder / small.name, small.sha256) and not target.exists():
            shutil.copyfile(folder / small.name, target)
        if not _is(target, small.sha256):
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
    names = [file.name for file in index.files] + [REGISTRY, SUMS, INDEX]
    for name in names:
        if _staged(folder, name).exists():
            _staged(folder, name).replace(folder / name)
    shutil.rmtree(folder / _NEXT)


def _sweep(folder: Path, index: Index, found: Sequence[Row]) -> tuple[str, ...]:
    """Remove shards and fetched images that the release no longer has: takedowns leave a copy."""
    shards = {shard.name for shard in index.shards}
    kept = {row.record.sha256 for row in found if row.record.status == "active"}
    gone = [p for p in below(folder, SHARDS).glob("*.tar") if p.name not in shards]
    gone += [p for p in below(folder, POINTERS).glob("??/*") if p.name not in kept]
    for path in gone:
        path.unlink()
    if gone:  # what was made of it must go too
        for cache in {folder / CACHE, cache_folder(folder)}:
            shutil.rmtree(cache, ignore_errors=True)
    return tuple(sorted(path.name for path in gone))
