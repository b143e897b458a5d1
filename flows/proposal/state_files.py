"""The files and pins of a collection's state: which of them differ from the base."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from covid19_images.manifest import mask, splits, volume, volume_pair
from covid19_images.manifest.shards import Sizes
from covid19_images.manifest.splits import Placed
from covid19_images.manifest.statements import conflicts
from covid19_images.manifest.statements.conflicts import Conflict
from flows.collection import duplicates, manifest_files, problems, state, withdrawn_links
from flows.collection.ledger import LongerLedger
from flows.collection.state import State
from flows.config.source import Source
from flows.proposal.modules import gitmodules
from flows.proposal.proposal import Collection

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Difference:
    """What a commit changes in the state of the collection.

    Attributes:
        files: New contents by path.
        pins: New submodule commits by source name.
        manifests: The files of manifests among them; `None` where one is deleted.
        deleted: Paths of submodules and manifests that are not there any more.
    """

    files: Mapping[str, bytes]
    pins: Mapping[str, str]
    manifests: Mapping[str, bytes | None]
    deleted: tuple[str, ...]

    def __bool__(self) -> bool:
        """Return whether anything differs."""
        return bool(self.files or self.pins or self.deleted)


def difference(
    before: State,
    after: Collection,
    sources: Sequence[Source],
    disputed: Sequence[Conflict],
    sizes: Sizes,
) -> Difference:
    """Return what differs from the base.

    Args:
        before: The base, as it is committed.
        after: The collection after the night.
        sources: All configured sources.
        disputed: Every conflict between statements.
        sizes: How many rows a file of the manifest has.
    """
    files = _files(before, after)
    if tuple(disputed) != before.conflicts:
        files[state.CONFLICTS] = conflicts.dumps(disputed).encode()
    described = {name: row.commit for name, row in after.described.items()}
    names = {source.name for source in sources}
    known = [source for source in sources if source.name in described]
    modules = gitmodules(before.gitmodules, known, names)
    if modules != before.gitmodules:
        files[state.GITMODULES] = modules.encode()
    manifests = manifest_files.differences(before.manifests, after.records, sizes)
    files |= {path: content for path, content in manifests.items() if content is not None}
    pins = {name: pin for name, pin in described.items() if before.pins.get(name) != pin}
    gone = [path for path, content in manifests.items() if content is None]
    gone += [f"datasets/{name}" for name in before.pins if name not in names]
    return Difference(files, pins, manifests, tuple(sorted(gone)))


def _files(before: State, after: Collection) -> dict[str, bytes]:
    """Write the state files that differ from the base, but for the manifest."""
    was, now = before.volumes, after.volumes
    files = {
        state.SOURCES: _written(state.dumps, before.described.values(), after.described.values()),
        state.DUPLICATES: _written(duplicates.dumps, before.pairs, after.pairs),
        state.SPLITS: _ledger(before.ledger, after.ledger),
        state.PROBLEMS: _written(problems.dumps, before.problems, after.problems),
        state.VOLUMES: _written(volume.dumps, was.rows, now.rows),
        state.SLICES: _written(volume.dumps_slices, was.slices, now.slices),
        state.MASKS: _written(mask.dumps, was.masks, now.masks),
        state.VOLUME_PAIRS: _written(volume_pair.dumps, was.pairs, now.pairs),
        state.VOLUME_LINKS: _written(withdrawn_links.dumps, was.links, now.links),
    }
    return {path: content for path, content in files.items() if content is not None}


def _ledger(old: Sequence[Placed], new: Sequence[Placed]) -> bytes | None:
    """Write the ledger of splits; `None` where it is as it was."""
    if isinstance(new, LongerLedger) and new.first is old:
        return new.text().encode()
    return _written(splits.dumps, old, new)


def _written(
    dumps: Callable[[Iterable[T]], str], old: Iterable[T], new: Iterable[T]
) -> bytes | None:
    """Write a table; `None` where it is as it was. Rows that are one object cost nothing."""
    if old is new:
        return None
    before, after = tuple(old), tuple(new)
    if before == after:
        return None
    text = dumps(after)
    return text.encode() if text != dumps(before) else None
