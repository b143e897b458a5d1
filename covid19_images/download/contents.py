"""The table of contents of a release that is on its way, and what proves it."""

from pathlib import Path

import requests
from urllib3.exceptions import HTTPError

from covid19_images.download import trust as trusts
from covid19_images.download.errors import MismatchError, OriginError
from covid19_images.download.origin import Origin
from covid19_images.download.transfer import Location, fetch, file_sha256
from covid19_images.download.trust import Proof, Trust
from covid19_images.download.watch import Watch
from covid19_images.manifest.inside import below
from covid19_images.release import index as index_of
from covid19_images.release.index import INDEX, PROOF, REGISTRY, SUMS, Index

NEXT = ".next"  # small files of a release that is on its way
_MAX_SUMS_BYTES = 8 * 2**20
MAX_INDEX_BYTES = 64 * 2**20


def version_here(folder: Path) -> str | None:
    """Return the release that a folder is a copy of; `None` where it is none."""
    try:
        return index_of.loads((folder / INDEX).read_bytes()).version
    except (FileNotFoundError, index_of.IndexFormatError):
        return None


def staged(folder: Path, name: str) -> Path:
    """Return where a small file of a release that is on its way is kept."""
    return below(folder, f"{NEXT}/{name}")


def is_right(file: Path, sha256: str) -> bool:
    """Return whether a file is here, and what it must be."""
    return file.is_file() and file_sha256(file) == sha256


def fetch_contents(
    folder: Path,
    place: Origin,
    version: str,
    trust: Trust,
    session: requests.Session,
    watch: Watch,
    backoff_s: float,
) -> tuple[Index, Proof | None]:
    """Fetch the sums, the index they vouch for, and what proves them.

    Args:
        folder: The local copy, where they are kept aside until all is there.
        place: Where releases come from.
        version: The release.
        trust: Whose releases may be taken.
        session: What asks servers.
        watch: Counts the bytes, and may stop it.
        backoff_s: The first wait after a connection broke.

    Returns:
        The index, and what the release proves.

    Raises:
        ReleaseTroubleError: It is not there, not whole, or not to be taken.
    """
    sums = fetch_sums(folder, place, version, session)
    hashes = digests(sums)
    for name in (INDEX, REGISTRY, PROOF):
        if name in hashes and not is_right(staged(folder, name), hashes[name]):
            staged(folder, name).with_name(f"{name}.part").unlink(missing_ok=True)
            target = staged(folder, name)
            fetch(
                session,
                place.locate(version, name),
                target,
                sha256=hashes[name],
                most=MAX_INDEX_BYTES,
                watch=watch,
                backoff_s=backoff_s,
            )
    return proved(folder, version, sums, trust)


def fetch_sums(folder: Path, place: Origin, version: str, session: requests.Session) -> str:
    """Fetch the sums of a release, and keep them aside.

    Args:
        folder: The local copy.
        place: Where releases come from.
        version: The release.
        session: What asks servers.

    Raises:
        ReleaseTroubleError: They are not there, or name no index.
    """
    staged(folder, SUMS).parent.mkdir(parents=True, exist_ok=True)
    sums = _read(session, place.locate(version, SUMS), _MAX_SUMS_BYTES).decode("ascii", "replace")
    if INDEX not in digests(sums):
        raise MismatchError(f"{SUMS} of release {version} does not name {INDEX}. Try later.")
    staged(folder, SUMS).write_text(sums, encoding="ascii", errors="replace", newline="\n")
    return sums


def digests(sums: str) -> dict[str, str]:
    """Return the sha256 of each file that sums name."""
    return {name: digest for digest, _, name in (x.partition("  ") for x in sums.splitlines())}


def proved(folder: Path, version: str, sums: str, trust: Trust) -> tuple[Index, Proof | None]:
    """Return the index that is kept aside, and what proves the release.

    Args:
        folder: The local copy, where index and proof are kept aside.
        version: The release.
        sums: Its sums.
        trust: Whose releases may be taken.

    Raises:
        ReleaseTroubleError: It is another release, or not to be taken.
    """
    hashes = digests(sums)
    index = index_of.loads(staged(folder, INDEX).read_bytes())
    if index.version != version:
        raise MismatchError(f"The index of release {version} says it is {index.version}.")
    if PROOF not in hashes:
        staged(folder, PROOF).unlink(missing_ok=True)
    envelope = staged(folder, PROOF).read_bytes() if PROOF in hashes else None
    return index, trusts.prove(envelope, sums, version, trust)


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
