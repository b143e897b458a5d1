"""The small files of a release that is streamed: fetched at once, and proved before any is used.

What is on the way costs a stream its first seconds, so nothing waits for another file that it does
not need: the sums come first, then index, proof and tables together, packed where the release has
them packed. Tables that few need, such as those of volumes, are fetched when they are asked for.
"""

import hashlib
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import requests

from covid19_images.download import trust as trusts
from covid19_images.download.contents import (
    MAX_INDEX_BYTES,
    digests,
    fetch_sums,
    is_right,
    proved,
    staged,
)
from covid19_images.download.errors import MismatchError, OriginError, RequestError, RollbackError
from covid19_images.download.origin import Origin, origin
from covid19_images.download.session import new_session
from covid19_images.download.transfer import fetch
from covid19_images.download.watch import Watch
from covid19_images.manifest import whole
from covid19_images.manifest.inside import below
from covid19_images.manifest.statements import conflicts, decided
from covid19_images.release import index as index_of
from covid19_images.release import packed
from covid19_images.release.index import (
    INDEX,
    MANIFEST,
    PROOF,
    SUMS,
    Index,
    is_version,
    version_key,
)

MEMBERS = "members"
_MOST_BYTES = 1 << 30
_TABLES = (MANIFEST, decided.FILE, conflicts.FILE)
_TOP = (INDEX, PROOF)


@dataclass(frozen=True)
class SmallFiles:
    """Small files of a release, here or where it is published.

    Attributes:
        folder: Where they are here.
        place: Where releases come from, as `--from` names it.
        version: The release.
        digests: The sha256 of each file, as its sums say.
        loopback: Whether the release may lead to services of this machine.
        backoff_s: The first wait after a connection broke.
    """

    folder: Path
    place: str | None
    version: str
    digests: Mapping[str, str] = field(repr=False)
    loopback: bool = False
    backoff_s: float = 1.0

    def text(self, name: str) -> str:
        """Return a table, fetched where it is not here; empty where the release has none."""
        if name not in self.digests:
            return ""
        if not is_right(self.folder / name, self.digests[name]):
            session = new_session(backoff_s=self.backoff_s)
            there = origin(self.place, session, loopback=self.loopback)
            self.fetch([name], session, there, Watch())
        return (self.folder / name).read_text(encoding="utf-8")

    def fetch(
        self, names: Iterable[str], session: requests.Session, there: Origin, watch: Watch
    ) -> None:
        """Fetch those that are not here, at once; index and proof are kept aside."""

        def one(name: str) -> None:
            here = to = below(self.folder, name)
            if name in _TOP:
                to = staged(self.folder, name)
            if is_right(to, self.digests[name]):
                return
            if is_right(here, self.digests[name]):
                shutil.copyfile(here, to)
            elif f"{name}{packed.ENDING}" in self.digests:
                self._unpacked(name, session, there, watch)
            else:
                self._one(name, to, session, there, watch)

        watch.at_once(one, list(names))

    def _unpacked(self, name: str, session: requests.Session, there: Origin, watch: Watch) -> None:
        """Fetch a table that is packed; its own digest decides, and not that of the packed one."""
        file = staged(self.folder, f"{name}{packed.ENDING}")
        self._one(file.name, file, session, there, watch)
        try:
            content = packed.unpack(file.read_bytes(), most=_MOST_BYTES)
        except packed.PackedError as error:
            raise OriginError(f"{file.name} cannot be read: {error}. Open an issue.") from None
        if hashlib.sha256(content).hexdigest() != self.digests[name]:
            raise MismatchError(
                f"{file.name} does not hold the {name} of release {self.version}. Nothing of it "
                "was used. Try another place; if it happens again, open an issue."
            )
        whole.write(below(self.folder, name), content)
        file.unlink()

    def _one(
        self, name: str, to: Path, session: requests.Session, there: Origin, watch: Watch
    ) -> None:
        fetch(
            session,
            there.locate(self.version, name),
            to,
            sha256=self.digests[name],
            most=MAX_INDEX_BYTES if name in _TOP else _MOST_BYTES,
            watch=watch,
            backoff_s=self.backoff_s,
            synced=False,  # whoever opens the release again checks them again
        )


def fetch_proved(
    top: Path,
    place: str | None,
    version: str,
    spans: str,
    session: requests.Session,
    there: Origin,
    watch: Watch,
    *,
    is_latest: bool,
    loopback: bool,
    backoff_s: float,
) -> tuple[SmallFiles, Index]:
    """Fetch what opening a stream needs and is not here, and check all of it.

    Args:
        top: Where releases of this place are kept.
        place: Where they come from, as `--from` names it.
        version: The release.
        spans: The file that says where the pictures are.
        session: What asks servers.
        there: The place.
        watch: Counts the bytes, and may stop it.
        is_latest: Whether the newest release was asked for.
        loopback: Whether the release may lead to services of this machine.
        backoff_s: The first wait after a connection broke.

    Raises:
        ReleaseTroubleError: It cannot be had, not be streamed, or is not to be taken.
    """
    folder, trust = top / version, trusts.read(top)
    if is_latest:
        _refuse_older(top, version)
    sums = fetch_sums(folder, there, version, session)
    small = SmallFiles(folder, place, version, digests(sums), loopback, backoff_s)
    if spans not in small.digests:
        raise RequestError(
            f"Release {version} was made before releases could be streamed. Download it: "
            "`covid19-images download`, and the same line without stream=True."
        )
    wanted = [name for name in (*_TOP, *_TABLES, spans) if name in small.digests]
    small.fetch(wanted, session, there, watch)
    index, proof = proved(folder, version, sums, trust)
    if proof:
        trusts.write(top, trust, proof, version)
    forget_withdrawn(top, index)
    for name in (SUMS, PROOF, INDEX):
        if staged(folder, name).exists():
            staged(folder, name).replace(folder / name)
    return small, index


def _refuse_older(top: Path, version: str) -> None:
    before = max(_versions(top), key=version_key, default=version)
    if version_key(version) < version_key(before):
        raise RollbackError(
            f"Release {before} was streamed before, and the newest one there is {version}, "
            f"which is older. Nothing was read. If you want it, ask for it: version={version!r}."
        )


def _versions(top: Path) -> list[str]:
    """List the releases that were streamed before."""
    return [at.parent.name for at in top.glob(f"*/{INDEX}") if is_version(at.parent.name)]


def forget_withdrawn(top: Path, index: Index) -> None:
    """Remove what is kept of earlier releases where pictures were taken down since."""
    for version in _versions(top):
        older = index_of.loads((top / version / INDEX).read_bytes())
        if not set(index.tombstones) <= set(older.tombstones):
            shutil.rmtree(top / version)
            shutil.rmtree(top / MEMBERS, ignore_errors=True)
