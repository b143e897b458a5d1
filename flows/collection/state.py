"""Read the collection's state from the tree of a commit: the manifest is the state."""

from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, field
from pathlib import PurePosixPath

from git.objects import Blob, Tree

from covid19_images.manifest import mask, splits, table, volume, volume_pair
from covid19_images.manifest.dataclass_csv import Table
from covid19_images.manifest.record import Record
from covid19_images.manifest.splits import Placed
from covid19_images.manifest.statements import conflicts
from covid19_images.manifest.statements.conflicts import Conflict
from flows.collection import duplicates, problems
from flows.collection.duplicates import Pair
from flows.collection.problems import Problem
from flows.collection.volumes import NONE, Volumes

SOURCES = "datasets/sources.csv"
DUPLICATES = "datasets/duplicates.csv"
PROBLEMS = "datasets/problems.csv"
SPLITS = "datasets/splits.csv"
CHANGES = "datasets/CHANGES.md"
CHANGES_JSON = "datasets/CHANGES.json"
DECISIONS = "config/decisions.toml"
GITMODULES = ".gitmodules"
CONFLICTS = "datasets/conflicts.csv"
CATALOGUE = "docs/catalogue.md"
VOLUMES = "datasets/volumes.csv"
SLICES = "datasets/slices.csv"
MASKS = "datasets/masks.csv"
VOLUME_PAIRS = "datasets/volume_pairs.csv"


def manifest_path(source: str) -> str:
    """Return the manifest file of a source."""
    return f"datasets/manifest/{source}.csv"


@dataclass(frozen=True, slots=True, order=True)
class SourceRow:
    """What the manifest of one source was written from: a row of `datasets/sources.csv`.

    Attributes:
        source: The source's name.
        commit: The upstream commit.
        layout: Digest of the configuration.
        algorithm: Version of the fingerprints.
        repository: GitHub's number of the upstream repository, where GitHub gave it.
        owner: GitHub's number of the account it belonged to.
        decoders: The set of decoders that refused files were tried with; 0 for one before sets
            were counted.
        volumes: Version of the volumes; 0 for one before there were volumes.
    """

    source: str
    commit: str
    layout: str
    algorithm: int
    repository: int | None = field(default=None, metadata={"header": "repository_id"})
    owner: int | None = field(default=None, metadata={"header": "owner_id"})
    decoders: int = 0
    volumes: int = 0


_SOURCES = Table(SourceRow, SOURCES, older=(4, 6, 7))
loads = _SOURCES.loads


def dumps(rows: Iterable[SourceRow]) -> str:
    """Write `datasets/sources.csv`, sorted."""
    return _SOURCES.dumps(sorted(rows, key=lambda row: astuple(row)[:4]))


@dataclass(frozen=True, slots=True)
class State:
    """Everything a commit of the collection holds.

    Attributes:
        base: The commit.
        pins: Pinned commit of every submodule, by source name.
        described: What each source's manifest was written from.
        records: The rows of each source.
        pairs: The copies known.
        problems: What could not be explained.
        changes: The text of `datasets/CHANGES.md`.
        gitmodules: The text of `.gitmodules`.
        ledger: Which picture is in which split.
        catalogue: The text of `docs/catalogue.md`.
        conflicts: The statements of one picture that cannot both hold.
        volumes: What volumes its pictures make.
        files: Blob ids of the tables it was read from, by path.
    """

    base: str
    pins: Mapping[str, str] = field(default_factory=dict)
    described: Mapping[str, SourceRow] = field(default_factory=dict)
    records: Mapping[str, tuple[Record, ...]] = field(default_factory=dict)
    pairs: tuple[Pair, ...] = ()
    problems: tuple[Problem, ...] = ()
    changes: str = ""
    gitmodules: str = ""
    ledger: tuple[Placed, ...] = ()
    catalogue: str = ""
    conflicts: tuple[Conflict, ...] = ()
    volumes: Volumes = NONE
    files: Mapping[str, str] = field(default_factory=dict)


def read(base: str, tree: Tree) -> State:
    """Read the state.

    Raises:
        ValueError: When a file is not what we write.
    """
    tables = {
        PurePosixPath(str(blob.path)).stem: content.decode("utf-8")
        for blob in _folder(tree, "datasets/manifest")
        if (content := blob.data_stream.read()) and str(blob.path).endswith(".csv")
    }
    sources = text(tree, SOURCES)
    pairs, odd, ledger = (text(tree, path) for path in (DUPLICATES, PROBLEMS, SPLITS))
    disputed = text(tree, CONFLICTS)
    return State(
        base=base,
        pins=_pins(tree),
        described={row.source: row for row in loads(sources)} if sources else {},
        records={
            name: tuple(table.loads(content, name=manifest_path(name)))
            for name, content in sorted(tables.items())
        },
        pairs=tuple(duplicates.loads(pairs)) if pairs else (),
        problems=tuple(problems.loads(odd)) if odd else (),
        changes=text(tree, CHANGES),
        gitmodules=text(tree, GITMODULES),
        ledger=tuple(splits.loads(ledger, name=SPLITS)) if ledger else (),
        catalogue=text(tree, CATALOGUE),
        conflicts=tuple(conflicts.loads(disputed)) if disputed else (),
        volumes=read_volumes(
            *(text(tree, path) for path in (VOLUMES, SLICES, MASKS, VOLUME_PAIRS))
        ),
        files=tables_of(tree),
    )


def is_table(path: str) -> bool:
    """Return whether a file of the collection is a table of its rows, or of what follows from them.

    >>> is_table("datasets/manifest/set.csv"), is_table("datasets/CHANGES.md")
    (True, False)
    """
    return path.startswith("datasets/") and path.endswith(".csv")


def tables_of(tree: Tree) -> dict[str, str]:
    """Return the blob ids of the collection's tables, by path."""
    blobs = (*_folder(tree, "datasets"), *_folder(tree, "datasets/manifest"))
    return {str(blob.path): blob.hexsha for blob in blobs if is_table(str(blob.path))}


def read_volumes(volumes: str, slices: str, masks: str, pairs: str = "") -> Volumes:
    """Read the volumes, masks and copies of volumes.

    Args:
        volumes: The text of `datasets/volumes.csv`; it may be empty.
        slices: The text of `datasets/slices.csv`; it may be empty.
        masks: The text of `datasets/masks.csv`; it may be empty.
        pairs: The text of `datasets/volume_pairs.csv`; it may be empty.

    Raises:
        ValueError: When one is not what we write.
    """
    rows = tuple(volume.loads(volumes)) if volumes else ()
    return Volumes(
        rows,
        tuple(volume.loads_slices(slices)) if slices else (),
        tuple(mask.loads(masks)) if masks else (),
        tuple(volume_pair.loads(pairs)) if pairs else (),
    )


def content(tree: Tree, path: str) -> bytes | None:
    """Read a file of a tree; `None` where there is none."""
    try:
        found = tree / path
    except KeyError:
        return None
    return bytes(found.data_stream.read()) if isinstance(found, Blob) else None


def text(tree: Tree, path: str) -> str:
    """Read a text file of a tree; empty where there is none."""
    return (content(tree, path) or b"").decode("utf-8")


def _folder(tree: Tree, path: str) -> list[Blob]:
    try:
        found = tree / path
    except KeyError:
        return []
    return list(found.blobs) if isinstance(found, Tree) else []


def _pins(tree: Tree) -> dict[str, str]:
    try:
        datasets = tree / "datasets"
    except KeyError:
        return {}
    if not isinstance(datasets, Tree):
        return {}
    submodules = (item for item in datasets if item.type == "submodule")
    return {PurePosixPath(str(item.path)).name: item.hexsha for item in submodules}
