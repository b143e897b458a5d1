"""Other places that releases are sent to, after the first place has published them.

The first place decides: what it has published is sent to each target in order, oldest first.
Every step looks at what is there, so that a killed run is taken up again, and a second run sends
nothing. A target that fails is a value, and keeps nobody from the others.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal, Protocol

from covid19_images.manifest.inside import below
from covid19_images.release import index as index_of
from covid19_images.release.index import (
    INDEX,
    SUMS,
    Index,
    SmallFile,
    version_key,
)
from flows.forge.errors import ForgeError
from flows.publish import ReleaseError
from flows.publish.checksums import sha256, small_file
from flows.publish.deliver import send, verify
from flows.publish.huggingface import Fetch
from flows.publish.publisher import Publisher

Say = Callable[[str], None]
State = Literal["there", "updated", "behind", "failed"]
_CHANGES = "CHANGES.md"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A published release that lies ready in a folder, to be sent elsewhere.

    Attributes:
        index: What it is.
        folder: Where its own files are.
        files: These files; shards of earlier releases are not among them.
        fetch: Gets a file of an earlier release from the place that decides.
    """

    index: Index
    folder: Path
    files: tuple[SmallFile, ...]
    fetch: Fetch = field(repr=False)

    @property
    def version(self) -> str:
        """Return the release."""
        return self.index.version

    @property
    def notes(self) -> str:
        """Return what it changes, in words."""
        return (self.folder / _CHANGES).read_text(encoding="utf-8")

    def file(self, name: str, digest: str, scratch: Path) -> Path:
        """Return a file of the release, fetched where an earlier release has it.

        Args:
            name: What it is called.
            digest: Its SHA-256.
            scratch: Where what is fetched goes.

        Raises:
            ReleaseError: What was fetched has another digest.
        """
        here = below(self.folder, name)
        if here.is_file() and sha256(here) == digest:
            return here
        first = {shard.name: shard.first_published for shard in self.index.shards}
        file = below(scratch, name)
        self.fetch(first.get(name, self.version), name, file)
        if sha256(file) != digest:
            raise ReleaseError(f"{name} is not what the index says. It was not sent.")
        return file


class Target(Protocol):
    """A place that releases are sent to: whatever it is, it takes these five steps."""

    @property
    def name(self) -> str:
        """Return what messages call it."""
        ...

    def plan(self, published: Sequence[str]) -> Sequence[str]:
        """Return which of the published releases it lacks, oldest first; nothing is written."""
        ...

    def transfer(self, delivery: Delivery, say: Say) -> int:
        """Send what is missing or differs; return how many bytes. People see none of it yet."""
        ...

    def verify(self, delivery: Delivery, say: Say) -> None:
        """Read back what was sent, as people will get it.

        Raises:
            ReleaseError: It is not what was sent; it is not committed then.
        """
        ...

    def commit(self, delivery: Delivery) -> str:
        """Let people see the release, in one step; return where it is."""
        ...

    def withdraw(self, index: Index) -> Sequence[str]:
        """Take away what the release withdraws; return what only a person can, in sentences."""
        ...


@dataclass(frozen=True)
class PublisherTarget:
    """A folder or a repository of releases, as a target.

    Attributes:
        name: What messages call it.
        open: Opens it.
    """

    name: str
    open: Callable[[], Publisher] = field(repr=False)

    @cached_property
    def place(self) -> Publisher:
        """Return the place, which is opened once."""
        return self.open()

    def plan(self, published: Sequence[str]) -> Sequence[str]:
        """Return which of the published releases it lacks."""
        there = set(self.place.published())
        return [version for version in published if version not in there]

    def transfer(self, delivery: Delivery, say: Say) -> int:
        """Make the draft, and fill it."""
        self.place.begin(delivery.version, delivery.notes, delivery.index.commit)
        return send(self.place, delivery.version, delivery.files, delivery.folder, say)

    def verify(self, delivery: Delivery, say: Say) -> None:
        """Read the draft back."""
        verify(self.place, delivery.version, delivery.files, say)

    def commit(self, delivery: Delivery) -> str:
        """Publish the draft."""
        where = self.place.publish(delivery.version)
        self.place.announce(delivery.version)
        return where

    def withdraw(self, index: Index) -> Sequence[str]:
        """List the shards that another took the place of when pictures were taken down.

        What is published in a place of releases never changes, so a person has to delete them.
        """
        versions = self.place.published()
        earlier = [one for one in versions if version_key(one) < version_key(index.version)]
        if not earlier:
            return ()
        before = index_of.loads(self.place.read(earlier[-1], INDEX))
        if before.tombstones == index.tombstones:
            return ()
        kept = {(shard.name, shard.first_published) for shard in index.shards}
        return [
            f"{shard.first_published} in {self.name} has {shard.name}, which may hold pictures "
            "that were taken down: delete that file there."
            for shard in before.shards
            if (shard.name, shard.first_published) not in kept
        ]


@dataclass(frozen=True, slots=True)
class TargetOutcome:
    """The result of updating one target.

    Attributes:
        target: Its name.
        state: `there` already, `updated` now, `behind` on a dry run, or `failed`.
        message: That in a sentence.
        versions: The releases it was sent, or lacks.
        sent_bytes: What was sent.
        for_a_person: What only a person can do, in sentences.
        where: Where the last of them is: an address, or a DOI.
    """

    target: str
    state: State
    message: str
    versions: tuple[str, ...] = ()
    sent_bytes: int = 0
    for_a_person: tuple[str, ...] = ()
    where: str = ""


def plan_for(first: Publisher, target: Target) -> TargetOutcome:
    """Return what a target lacks of what is published; nothing is sent.

    Args:
        first: The place that decides.
        target: The place to look at.
    """
    try:
        missing = tuple(target.plan(first.published()))
    except (ReleaseError, ForgeError, OSError) as error:
        return _failed(target, (), 0, error)
    if not missing:
        return TargetOutcome(target.name, "there", f"{target.name} has every release.")
    lacks = f"{target.name} lacks {len(missing)} releases, up to {missing[-1]}."
    return TargetOutcome(target.name, "behind", lacks, missing)


def update(first: Publisher, cache: Path, say: Say, target: Target) -> TargetOutcome:
    """Update a target to what is published.

    Args:
        first: The place that decides.
        cache: Where releases are built, and fetched to where they are not there any more.
        say: Called with what is being done.
        target: The place to update.
    """
    done: list[str] = []
    left: list[str] = []
    sent, where = 0, ""
    try:
        published = first.published()
        for version in target.plan(published):
            say(f"Sending {version} to {target.name}")
            delivery = _ready(first, version, cache / "release" / version)
            sent += target.transfer(delivery, say)
            target.verify(delivery, say)
            where = target.commit(delivery)
            done.append(version)
        for version in done or published[-1:]:  # also after a run that was killed before it said so
            left += target.withdraw(index_of.loads(first.read(version, INDEX)))
    except (ReleaseError, ForgeError, OSError, ValueError) as error:
        return _failed(target, tuple(done), sent, error)
    if not done:
        words = " ".join([f"{target.name} has every release.", *left])
        return TargetOutcome(target.name, "there", words, for_a_person=tuple(left))
    now = f"{target.name} has {done[-1]} now, at {where}; {sent:,} bytes were sent."
    words = " ".join([now, *left])
    return TargetOutcome(target.name, "updated", words, tuple(done), sent, tuple(left), where)


def _failed(target: Target, done: tuple[str, ...], sent: int, error: Exception) -> TargetOutcome:
    what = f"Attention: {target.name} was not updated to the newest release: {error}"
    why = f"{what} The next run goes on."
    return TargetOutcome(target.name, "failed", why, done, sent)


def _ready(first: Publisher, version: str, folder: Path) -> Delivery:
    """Lay the files of a published release into a folder; those that are right stay."""
    folder.mkdir(parents=True, exist_ok=True)
    sums = first.read(version, SUMS).decode()
    digests = {
        name: digest for digest, _, name in (one.partition("  ") for one in sums.splitlines())
    }
    (folder / SUMS).write_text(sums, encoding="utf-8", newline="\n")
    _fetch(first, version, INDEX, digests[INDEX], folder)
    index = index_of.loads((folder / INDEX).read_bytes())
    elsewhere = {one.name for one in index.shards if one.first_published != version}
    files = []
    for name in sorted(digests.keys() - elsewhere - {INDEX}):
        _fetch(first, version, name, digests[name], folder)
        files.append(small_file(folder / name))
    top = [small_file(folder / name) for name in (INDEX, SUMS)]  # what names others comes last
    return Delivery(index, folder, (*files, *top), first.fetch)


def _fetch(first: Publisher, version: str, name: str, digest: str, folder: Path) -> None:
    file = below(folder, name)  # names are the published list's
    if file.is_file() and sha256(file) == digest:
        return
    first.fetch(version, name, file)
    if sha256(file) != digest:
        raise ReleaseError(f"{name} of {version} is not what its {SUMS} says.")
