"""Kaggle as a target: a release is a version, whose notes name it.

What was killed is taken up by what Kaggle has: files that were sent are known by their tokens, and
a version that is on its way is waited for before another is made.
"""

import hashlib
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from covid19_images.manifest import whole
from covid19_images.release import index as index_of
from covid19_images.release.index import INDEX, SUMS, Index, IndexFormatError, version_key
from flows.publish import ReleaseError
from flows.publish.checksums import sha256
from flows.publish.kaggle import api as asking
from flows.publish.kaggle.api import KaggleApi, RefusedError, Version
from flows.publish.kaggle.metadata import FILE, metadata, noted, notes
from flows.publish.kaggle.upload import Uploads, send
from flows.publish.target import Delivery, Say

_UPLOADS = "kaggle-uploads.json"


@dataclass(frozen=True, slots=True)
class _Work:
    """What the next version is made of.

    Attributes:
        tokens: What stands for its files.
        is_first: Whether there is no dataset yet.
        takes_down: Whether pictures of the versions before are not in it any more.
    """

    tokens: tuple[str, ...]
    is_first: bool
    takes_down: bool


@dataclass(frozen=True)
class KaggleTarget:
    """A dataset on Kaggle, as a target.

    Attributes:
        name: What messages call it.
        repository: `owner/name` of the dataset.
        secret: Gives the token of who writes.
        server: Where Kaggle's API is.
        look_every_s: How long to wait between looks at a version that is on its way.
        looks: How often to look.
    """

    name: str
    repository: str
    secret: Callable[[], str] = field(repr=False)
    server: str = asking.SERVER
    look_every_s: float = 10.0
    looks: int = 360
    _works: dict[str, _Work] = field(default_factory=dict, repr=False)

    @cached_property
    def _api(self) -> KaggleApi:
        return KaggleApi(self.repository, self.secret, self.server)

    def plan(self, published: Sequence[str]) -> Sequence[str]:
        """Return the published releases that are newer than its newest; that one is looked at.

        Raises:
            ReleaseError: Its newest version does not hold the release that it names.
        """
        there = self._releases()
        if not there:
            return published
        newest = max(there, key=version_key)
        if self._api.status() == asking.READY:
            self._look_through(there[newest])
        return [one for one in published if version_key(one) > version_key(newest)]

    def transfer(self, delivery: Delivery, say: Say) -> int:
        """Send every file of the release but those that a killed run has sent."""
        versions = self._settled(say)
        there = self._releases()
        if any(version_key(one) >= version_key(delivery.version) for one in there):
            return 0  # of a run that was killed before it heard so, when the plan could not see it
        about = metadata(delivery.index, self.repository)
        text = json.dumps(about, indent=1, ensure_ascii=False) + "\n"
        whole.write(delivery.folder / FILE, text.encode())
        uploads, tokens, sent = Uploads(delivery.folder / _UPLOADS), [], 0
        with tempfile.TemporaryDirectory(dir=delivery.folder) as scratch:
            for name, digest in _contents(delivery).items():
                token = uploads.token(name, digest)
                if token is None:
                    say(f"Sending {name}")
                    file = delivery.file(name, digest, Path(scratch))
                    token = send(self._api, file, name)
                    uploads.keep(name, digest, token)
                    sent += file.stat().st_size
                    if file.parent == Path(scratch):
                        file.unlink()
                tokens.append(token)
        gone = self._taken_down(there)
        takes_down = any(one.image_id not in gone for one in delivery.index.tombstones)
        self._works[delivery.version] = _Work(tuple(tokens), versions is None, takes_down)
        return sent

    def verify(self, delivery: Delivery, say: Say) -> None:
        """Do nothing yet: Kaggle shows no file before a version is made of it."""

    def commit(self, delivery: Delivery) -> str:
        """Make the version, wait until Kaggle has it ready, and compare its files."""
        work = self._works.pop(delivery.version, None)
        uploads = Uploads(delivery.folder / _UPLOADS)
        try:
            if work is not None:
                self._make(work, delivery)
            version = self._appeared(delivery.version)
        except RefusedError:
            uploads.forget()  # its tokens may be why
            raise
        self._look_through(version)
        uploads.forget()
        return f"{asking.PAGE}/{self.repository}/versions/{version.number}"

    def withdraw(self, index: Index) -> Sequence[str]:
        """List the versions that still hold what was taken down: Kaggle deletes all older or none.

        The version that takes a picture down asks Kaggle to delete those before it.
        """
        there = self._releases()
        if index.version not in there or not index.tombstones:
            return ()
        number = there[index.version].number
        older = [one for one in self._api.versions() or () if one.number < number]
        before = {name: one for name, one in there.items() if one.number < number}
        if not older:
            return ()
        gone = self._taken_down(before)
        if all(one.image_id in gone for one in index.tombstones):
            return ()
        return [
            f"Version {one.number} in {self.name} ({asking.PAGE}/{self.repository}/versions/"
            f"{one.number}) holds pictures that were taken down: delete that version there."
            for one in older
        ]

    def _make(self, work: _Work, delivery: Delivery) -> None:
        about = metadata(delivery.index, self.repository)
        if work.is_first:
            self._api.create(about, work.tokens)
            return
        words = notes(delivery.version, sha256(delivery.folder / SUMS))
        self._api.next_version(about, work.tokens, notes=words, only=work.takes_down)

    def _releases(self) -> dict[str, Version]:
        """Return the version of each release; the first version has no notes of ours."""
        found = {}
        for one in self._api.versions() or ():
            if named := noted(one.notes):
                found[named[0]] = one
            elif index := self._index(one):
                found[index.version] = one
        return found

    def _index(self, version: Version) -> Index | None:
        content = self._api.read(INDEX, version.number)
        try:
            return index_of.loads(content) if content is not None else None
        except IndexFormatError as error:
            raise ReleaseError(f"Version {version.number} ({self._page}): {error}") from None

    def _taken_down(self, there: dict[str, Version]) -> set[str]:
        """Return the pictures that the newest of some versions holds a tombstone of."""
        if not there:
            return set()
        index = self._index(there[max(there, key=version_key)])
        return {one.image_id for one in index.tombstones} if index else set()

    def _settled(self, say: Say) -> list[Version] | None:
        """Return the versions that are there, after Kaggle is done with the newest."""
        for _ in range(self.looks):
            versions = self._api.versions()
            if versions is None or self._api.status() in (asking.READY, asking.FAILED):
                return versions
            say(f"Waiting until {self.name} has its newest version ready")
            time.sleep(self.look_every_s)
        raise ReleaseError("Kaggle is still busy with its newest version. Nothing was sent.")

    def _appeared(self, release: str) -> Version:
        """Return the version of a release, or of a newer one, when it is ready."""
        for _ in range(self.looks):
            status = self._api.status()
            there = self._releases() if status == asking.READY else {}
            newest = max(there, key=version_key, default=None)
            if newest and version_key(newest) >= version_key(release):
                return there.get(release, there[newest])
            if status == asking.FAILED:
                raise RefusedError(f"Kaggle could not unpack {release}: see {self._page}.")
            time.sleep(self.look_every_s)
        raise ReleaseError(f"Kaggle does not show {release} yet: see {self._page}.")

    @property
    def _page(self) -> str:
        return f"{asking.PAGE}/{self.repository}"

    def _look_through(self, version: Version) -> None:
        """Compare what a version holds with its checksums: names, sizes, and what names others."""
        odd = self._odd(version)
        if odd:
            raise ReleaseError(
                f"Version {version.number} ({self._page}) does not hold what was sent: {odd}. "
                "Delete that version there; the next run sends it again."
            )

    def _odd(self, version: Version) -> str | None:
        named, sums = noted(version.notes), self._api.read(SUMS, version.number)
        if sums is None or (named and hashlib.sha256(sums).hexdigest() != named[1]):
            return SUMS
        content = self._api.read(INDEX, version.number)
        line = f"{hashlib.sha256(content or b'').hexdigest()}  {INDEX}"
        index = self._index(version) if line in sums.decode(errors="replace").splitlines() else None
        if index is None:
            return INDEX
        there = self._api.top(version.number)
        sizes = {one.name: one.size for one in index.files}
        for shard in index.shards:  # Kaggle unpacks what is a tar into a folder of its name
            if shard.name.removesuffix(".tar") not in there:
                sizes[shard.name] = shard.size
        return next((name for name, size in sizes.items() if there.get(name) != size), None)


def _contents(delivery: Delivery) -> dict[str, str]:
    """Return the digest of every file of the release, those of earlier releases too."""
    shards = {shard.name: shard.sha256 for shard in delivery.index.shards}
    return shards | {file.name: file.sha256 for file in delivery.files}
