"""The state files of a collection, but for the manifests: which of them differ from the base."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from covid19_images.manifest import mask, splits, volume, volume_pair
from covid19_images.manifest.splits import Placed
from covid19_images.manifest.statements import conflicts
from covid19_images.manifest.statements.conflicts import Conflict
from flows.collection import duplicates, problems, state, withdrawn_links
from flows.collection.ledger import LongerLedger
from flows.collection.state import State
from flows.config.source import Source
from flows.proposal.modules import gitmodules
from flows.proposal.proposal import Collection

T = TypeVar("T")


def difference(
    before: State, after: Collection, sources: Sequence[Source], disputed: Sequence[Conflict]
) -> tuple[dict[str, bytes], dict[str, str]]:
    """Return the files and the pins that differ from the base."""
    files = _files(before, after)
    if tuple(disputed) != before.conflicts:
        files[state.CONFLICTS] = conflicts.dumps(disputed).encode()
    described = {name: row.commit for name, row in after.described.items()}
    names = {source.name for source in sources}
    known = [source for source in sources if source.name in described]
    modules = gitmodules(before.gitmodules, known, names)
    if modules != before.gitmodules:
        files[state.GITMODULES] = modules.encode()
    return files, {name: pin for name, pin in described.items() if before.pins.get(name) != pin}


def deleted(
    before: State, manifests: Mapping[str, bytes | None], sources: Sequence[Source]
) -> tuple[str, ...]:
    """Return what is deleted: submodules of no source, and rows that stand elsewhere now."""
    names = {source.name for source in sources}
    links = [f"datasets/{name}" for name in before.pins if name not in names]
    moved = [path for path, content in manifests.items() if content is None]
    return tuple(sorted([*links, *moved]))


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
