"""The DOI of a release, reserved before anybody sees it, so that the release itself can say it.

A record takes one unpublished version at a time, and its DOI is the version's. So a place that
lacks an earlier release gets that first; what is reserved after it can only be of the next one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from flows.forge.errors import ForgeError
from flows.publish import ReleaseError
from flows.publish.publisher import Publisher
from flows.publish.target import Target, update

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Dois:
    """What a release can be cited by.

    Attributes:
        version: The DOI of this release; `None` where nobody could reserve one.
        concept: The one that leads to the newest release; `None` where there is no record yet.
        why: Why there is none of this release, in a sentence, where one was asked for.
    """

    version: str | None = None
    concept: str | None = None
    why: str = ""


Reserve = Callable[[], Dois]


@runtime_checkable
class Reserving(Target, Protocol):
    """A target that gives releases a DOI."""

    @property
    def reserves(self) -> bool:
        """Return whether its DOIs are for good; those of a sandbox lead nowhere."""
        ...

    def reserve(self, version: str, say: Say) -> Dois:
        """Begin the next version, or find the one that was begun; return the DOI it will have."""
        ...


def reserve(
    first: Publisher,
    cache: Path,
    say: Say,
    targets: Sequence[Target],
    version: str,
    concept: str | None,
) -> Dois:
    """Return the DOIs of the next release.

    Args:
        first: The place that decides.
        cache: Where releases are built.
        say: Called with what is being done.
        targets: The other places; the first that gives DOIs for good is asked.
        version: The next release.
        concept: The DOI of all releases, as the policy knows it.
    """
    place = next((one for one in targets if isinstance(one, Reserving) and one.reserves), None)
    if place is None:
        return Dois(concept=concept)
    without = f"Release {version} will not say its own DOI; the record in {place.name} does."
    behind = update(first, cache, say, place)
    if behind.state == "failed":
        return Dois(concept=concept, why=f"{behind.message} {without}")
    try:
        return place.reserve(version, say)
    except (ReleaseError, ForgeError, OSError) as error:
        why = f"Attention: {place.name} did not reserve a DOI: {error} {without}"
        return Dois(concept=concept, why=why)
