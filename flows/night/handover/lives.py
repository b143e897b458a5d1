"""Check what a handover deletes: submodules of no source, and rows that stand elsewhere now."""

from collections.abc import Collection, Sequence

from covid19_images.manifest import table
from covid19_images.manifest.record import Record
from flows.collection import state
from flows.collection.state import State
from flows.config.load import Config
from flows.night.handover import refused
from flows.night.handover.unpack import Tables


def check_lives(proposal: Tables, config: Config, before: State) -> dict[str, str]:
    """Refuse deletions that the configuration does not ask for.

    Args:
        proposal: What is proposed; its files were checked.
        config: The configuration of this process.
        before: What the collection holds at the base, here.

    Returns:
        New names of sources by old ones.

    Raises:
        HandoverError: It is refused.
    """
    names = {source.name for source in config.sources}
    links = {f"datasets/{name}" for name in before.pins if name not in names}
    moved = {state.manifest_path(name): name for name in before.records if name not in names}
    if odd := sorted(set(proposal.deleted) - links - set(moved)):
        raise refused(f"it would delete {odd[0]}, which is of a source that is configured")
    if missing := sorted(links - set(proposal.deleted)):
        raise refused(f"it would keep {missing[0]}, which is of no source")
    old = [moved[path] for path in proposal.deleted if path in moved]
    new = [name for name in sorted(names) if name not in before.described]
    return {name: _now(name, new, proposal, before) for name in old}


def _now(old: str, new: Sequence[str], proposal: Tables, before: State) -> str:
    """Return the source that has all rows which a source had; none of them may be lost."""
    for name in new:
        path = state.manifest_path(name)
        if path not in proposal.files:
            continue
        rows = table.loads(proposal.files[path].decode(), name=path)
        paths, blobs = {row.path for row in rows}, {row.blob for row in rows}
        if _all_there(before.records[old], paths, blobs):
            return name
    raise refused(f"it would delete the rows of {old}, and no other source has them")


def _all_there(rows: Sequence[Record], paths: Collection[str], blobs: Collection[str]) -> bool:
    return all(row.path in paths or row.blob in blobs for row in rows)
