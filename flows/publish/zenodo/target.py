"""Zenodo as a target: a release is a version, with a DOI, and files that stay are not sent again.

What was killed is taken up by what Zenodo has: there is one unpublished version at most, files in
it are known by their MD5 sums, and it is published last.
"""

import hashlib
import tarfile
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import requests

from covid19_images.release.index import Index, is_version, version_key
from flows.publish import ReleaseError
from flows.publish.checksums import sha256
from flows.publish.citation import TITLE
from flows.publish.doi import Dois
from flows.publish.target import Delivery, Say
from flows.publish.zenodo import arrange as arranging
from flows.publish.zenodo.api import SERVER, Deposit, ZenodoApi
from flows.publish.zenodo.arrange import FILE, Contents, Digests, Held, arrange
from flows.publish.zenodo.metadata import metadata, provisional

_CITATION = "CITATION.cff"
_NOT_SENT = ("prereserve_doi",)  # of metadata: Zenodo says it, and takes it from nobody
_MTIME_S = 1_577_836_800  # as in shards
_LOOKS = 60
_CLOSED = (
    "Pictures in this version were taken down at the wish of those who may ask for it. "
    "Use the newest version."
)


@dataclass(frozen=True)
class ZenodoTarget:
    """A record on Zenodo, as a target.

    Attributes:
        name: What messages call it.
        secret: Gives the token of who writes.
        record: The number that all versions have in common, where it is known.
        server: Zenodo, or its sandbox.
        open: Opens a session.
        look_every_s: How long to wait until Zenodo lists what was made.
        most_files: How many files a record may have.
        reserves: Whether its DOIs are for good; those of the sandbox lead nowhere.
    """

    name: str
    secret: Callable[[], str] = field(repr=False)
    record: int | None = None
    server: str = SERVER
    open: Callable[[], requests.Session] = field(default=requests.Session, repr=False)
    look_every_s: float = 2.0
    most_files: int = arranging.MOST_FILES
    reserves: bool = False
    _expected: dict[str, tuple[int, Mapping[str, str]]] = field(default_factory=dict, repr=False)

    @cached_property
    def _api(self) -> ZenodoApi:
        return ZenodoApi(self.server, self.secret, self.open)

    def plan(self, published: Sequence[str]) -> Sequence[str]:
        """Return the published releases that are newer than its newest version."""
        newest = self._newest(self._ours())
        key = version_key(newest.version) if newest else ()
        return [one for one in published if version_key(one) > key]

    def reserve(self, version: str, say: Say) -> Dois:
        """Begin the next version, or find the one that was begun; return the DOI it will have."""
        draft = self._draft(provisional(version), say)
        return Dois(draft.doi, draft.concept_doi)

    def transfer(self, delivery: Delivery, say: Say) -> int:
        """Make the next version, with the files of the last, and make them those of the release."""
        about = metadata(delivery.index, delivery.folder / _CITATION)
        draft = self._draft(about, say)
        before = self._contents(draft)
        with tempfile.TemporaryDirectory(dir=delivery.folder) as scratch:
            return self._fill(draft, before, delivery, Path(scratch), about, say)

    def verify(self, delivery: Delivery, say: Say) -> None:
        """Compare the names and MD5 sums that Zenodo has with what was sent."""
        say(f"Verifying {delivery.version}")
        number, expected = self._expected[delivery.version]
        there = {name: md5 for name, (_, md5) in self._api.get(number).files.items()}
        odd = sorted(set(there.items()) ^ set(expected.items()))
        if odd:
            raise ReleaseError(f"Its draft does not hold what was sent: {odd[0][0]}.")

    def commit(self, delivery: Delivery) -> str:
        """Publish the version; return its DOI."""
        number, _ = self._expected.pop(delivery.version)
        return f"https://doi.org/{self._api.publish(number).doi}"

    def withdraw(self, index: Index) -> Sequence[str]:
        """Close the versions that hold what was taken down since; deleting them is for a person."""
        return [*self._other_doi(index), *self._closed(index)]

    def _other_doi(self, index: Index) -> Sequence[str]:
        """Warn that a release names a DOI that it does not have here."""
        if index.doi is None or not self.reserves:
            return ()
        own = [one.doi for one in self._ours() if one.is_published and one.version == index.version]
        if not own or index.doi in own:
            return ()
        says = f"Release {index.version} says that its DOI is {index.doi}, and in {self.name} it"
        return [f"{says} has {own[0]}: what was reserved was deleted. Correct the citation."]

    def _closed(self, index: Index) -> Sequence[str]:
        ours = [one for one in self._ours() if one.is_published and is_version(one.version)]
        ours.sort(key=lambda one: version_key(one.version))
        earlier = [one for one in ours if version_key(one.version) < version_key(index.version)]
        if not earlier:
            return ()
        had = set(self._contents(self._api.get(earlier[-1].number)).tombstones)
        if not {str(one.image_id) for one in index.tombstones} - had:
            return ()
        for one in earlier:
            self._close(self._api.get(one.number))
        return [
            f"Version {one.version} in {self.name} (https://doi.org/{one.doi}) holds pictures that "
            "were taken down. It is closed, but still there: ask Zenodo to delete its files."
            for one in earlier
        ]

    def _close(self, one: Deposit) -> None:
        """Let nobody see the files of a published version."""
        if one.metadata.get("access_right") == "restricted" and not one.is_edited:
            return
        if not one.is_edited:
            self._api.edit(one.number)
        kept = {name: value for name, value in one.metadata.items() if name not in _NOT_SENT}
        closed = {"access_right": "restricted", "access_conditions": f"<p>{_CLOSED}</p>"}
        self._api.describe(one.number, kept | closed)
        self._api.publish(one.number)

    def _ours(self) -> list[Deposit]:
        """List the versions of our record, and the one that is not published yet."""
        found = [one for one in self._api.all() if self._is_ours(one)]
        # The list is a moment old: what it does not call published may be so by now.
        found = [one if one.is_published else self._api.get(one.number) for one in found]
        if self.record is not None:
            return found
        concepts = {one.concept for one in found if one.is_published}
        if len(concepts) > 1:
            raise ReleaseError(
                f"The account has {len(concepts)} records called {TITLE!r}. Say which one is "
                f"meant: record = {min(concepts)}, or another, in the policy."
            )
        return [one for one in found if not concepts or one.concept in concepts]

    def _is_ours(self, one: Deposit) -> bool:
        if self.record is not None:
            return one.concept == str(self.record)
        return one.metadata.get("title") == TITLE

    def _newest(self, ours: Sequence[Deposit]) -> Deposit | None:
        there = [one for one in ours if one.is_published and is_version(one.version)]
        if not there:
            return None
        newest = max(there, key=lambda one: version_key(one.version))
        latest = self._api.get(newest.number).links.get("latest", "").rpartition("/")[2]
        # What was published a moment ago is not listed yet, but the others lead to it.
        if latest.isdecimal() and int(latest) != newest.number:
            return self._api.get(int(latest))
        return newest

    def _draft(self, about: Mapping[str, object], say: Say) -> Deposit:
        """Return the version that is not published, begun now or by a run that was killed."""
        ours = self._ours()
        newest = self._newest(ours)
        if newest:
            return self._api.new_version(newest.number)
        if self.record is not None:
            raise ReleaseError(f"The account has no record {self.record}, which the policy names.")
        begun = sorted(one.number for one in ours)
        number = begun[0] if begun else self._api.create(dict(about)).number
        for _ in range(_LOOKS):  # else a run after this one would not find it, and begin another
            listed = {one.number for one in self._ours() if not one.is_published}
            if number in listed:
                return self._api.get(min(listed))  # the one that every later run finds
            say(f"Waiting until {self.name} lists the new record")
            time.sleep(self.look_every_s)
        raise ReleaseError("The record that was begun is not listed. Nothing was published.")

    def _contents(self, of: Deposit) -> Contents:
        return arranging.loads(self._api.read(of, FILE)) if FILE in of.files else Contents()

    def _fill(
        self,
        draft: Deposit,
        before: Contents,
        delivery: Delivery,
        scratch: Path,
        about: Mapping[str, object],
        say: Say,
    ) -> int:
        shards = {shard.name: shard.sha256 for shard in delivery.index.shards}
        small = {file.name: file.sha256 for file in delivery.files if file.name not in shards}
        arranged = arrange(small, shards, before.packs, self.most_files)
        names = {*arranged.loose, *arranged.packs, FILE}
        for name in sorted(draft.files.keys() - names):  # first: there may be no room for others
            self._api.delete(draft, name)
        held: dict[str, Held] = {}
        sent = 0
        for name in sorted(names - {FILE}):
            was = before.files.get(name)
            is_kept = was is not None and draft.files.get(name, ("", ""))[1] == was.md5
            if is_kept and was and arranged.loose.get(name, was.sha256) == was.sha256:
                held[name] = was
                continue
            if name in arranged.packs:
                file = _packed(scratch / name, arranged.packs[name], delivery, scratch)
            else:
                file = delivery.file(name, arranged.loose[name], scratch)
            held[name] = Held(sha256(file), _md5(file))
            sent += self._send(draft, file, name, held[name].md5, say)
            if file.parent == scratch:
                file.unlink()
        gone = tuple(str(one.image_id) for one in delivery.index.tombstones)
        contents = Contents(held, arranged.packs, gone)
        top = scratch / FILE
        top.write_text(contents.dumps(delivery.version, draft.doi), encoding="utf-8", newline="\n")
        sent += self._send(draft, top, FILE, _md5(top), say)
        self._api.describe(draft.number, dict(about))
        expected = {name: one.md5 for name, one in held.items()} | {FILE: _md5(top)}
        self._expected[delivery.version] = (draft.number, expected)
        return sent

    def _send(self, draft: Deposit, file: Path, name: str, md5: str, say: Say) -> int:
        """Send a file that is not there yet; return how many bytes."""
        if draft.files.get(name, ("", ""))[1] == md5:
            return 0
        say(f"Sending {name}")
        if self._api.send(draft, file, name) != md5:
            raise ReleaseError(f"Zenodo has something else than was sent of {name}.")
        return file.stat().st_size


def _packed(pack: Path, files: Digests, delivery: Delivery, scratch: Path) -> Path:
    """Write a plain tar of files: the same bytes for the same files."""
    with tarfile.open(pack, "w", format=tarfile.GNU_FORMAT) as out:
        for name, digest in sorted(files.items()):
            file = delivery.file(name, digest, scratch)
            member = tarfile.TarInfo(name)
            member.size, member.mode, member.mtime = file.stat().st_size, 0o644, _MTIME_S
            with file.open("rb") as stream:
                out.addfile(member, stream)
            if file.parent == scratch:
                file.unlink()
    return pack


def _md5(file: Path) -> str:
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False))
        return digest.hexdigest()
