"""Read the collection's state from the tree of a commit: the manifest is the state."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from pathlib import PurePosixPath
from typing import TypeVar

from git.objects import Tree

from covid19_images.manifest import mask, splits, volume, volume_pair
from covid19_images.manifest.dataclass_csv import Table
from covid19_images.manifest.record import Record
from covid19_images.manifest.shards import Shard
from covid19_images.manifest.splits import Placed
from covid19_images.manifest.statements import conflicts
from covid19_images.manifest.statements.conflicts import Conflict
from flows.collection import committed, duplicates, manifest_files, problems, withdrawn_links
from flows.collection.committed import text
from flows.collection.duplicates import Pair
from flows.collection.ledger import Ledger
from flows.collection.manifest_files import Manifests
from flows.collection.problems import Problem
from flows.collection.unread import Unread
from flows.collection.volumes import NONE, Volumes

T = TypeVar("T")
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
VOLUME_LINKS = "datasets/volume_links.csv"


def manifest_path(source: str) -> str:
    """Return the manifest file of a source, unless it is in shards."""
    return manifest_files.csv_path(source)


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
        shards: The shards of each source that has many rows.
    """

    base: str
    pins: Mapping[str, str] = field(default_factory=dict)
    described: Mapping[str, SourceRow] = field(default_factory=dict)
    records: Mapping[str, Sequence[Record]] = field(default_factory=dict)
    pairs: Sequence[Pair] = ()
    problems: tuple[Problem, ...] = ()
    changes: str = ""
    gitmodules: str = ""
    ledger: Sequence[Placed] = ()
    catalogue: str = ""
    conflicts: Sequence[Conflict] = ()
    volumes: Volumes = NONE
    files: Mapping[str, str] = field(default_factory=dict)
    shards: Mapping[str, tuple[Shard, ...]] = field(default_factory=dict)

    @property
    def manifests(self) -> Manifests:
        """Return the rows of each source, and the shards that hold them."""
        return Manifests(self.records, self.shards)


def read(base: str, tree: Tree, *, on_demand: bool = False) -> State:
    """Read the state.

    Args:
        base: The commit.
        tree: Its tree.
        on_demand: Whether rows are read when they are asked for only; problems, and what sources
            were written from, always are.

    Raises:
        ValueError: When a file is not what we write.
    """
    sources, odd = text(tree, SOURCES), text(tree, PROBLEMS)
    manifests = manifest_files.read(tree, on_demand=on_demand)

    def rows(path: str, loads: Callable[[str], Sequence[T]]) -> Sequence[T]:
        def load() -> Sequence[T]:
            return loads(found) if (found := text(tree, path)) else ()

        return Unread(load) if on_demand else tuple(load())

    return State(
        base=base,
        pins=_pins(tree),
        described={row.source: row for row in loads(sources)} if sources else {},
        records=manifests.records,
        pairs=rows(DUPLICATES, duplicates.loads),
        problems=tuple(problems.loads(odd)) if odd else (),
        changes=text(tree, CHANGES),
        gitmodules=text(tree, GITMODULES),
        ledger=(
            Ledger(lambda: text(tree, SPLITS))
            if on_demand
            else rows(SPLITS, lambda found: splits.loads(found, name=SPLITS))
        ),
        catalogue=text(tree, CATALOGUE),
        conflicts=rows(CONFLICTS, conflicts.loads),
        volumes=Volumes(
            rows(VOLUMES, volume.loads),
            rows(SLICES, volume.loads_slices),
            rows(MASKS, mask.loads),
            rows(VOLUME_PAIRS, volume_pair.loads),
            rows(VOLUME_LINKS, withdrawn_links.loads),
        ),
        files=tables_of(tree),
        shards=manifests.shards,
    )


def is_table(path: str) -> bool:
    """Return whether a file of the collection is a table of its rows, or of what follows from them.

    >>> [is_table(f"datasets/{name}") for name in ("manifest/a.csv", "manifest/b/0.parquet")]
    [True, True]
    >>> is_table("datasets/CHANGES.md")
    False
    """
    return path.startswith("datasets/") and path.endswith((".csv", ".parquet"))


def tables_of(tree: Tree) -> dict[str, str]:
    """Return the blob ids of the collection's tables, by path."""
    manifests = committed.folder(tree, manifest_files.FOLDER)
    folders = ["datasets", manifest_files.FOLDER]
    folders += [str(sub.path) for sub in manifests.trees] if manifests else []
    blobs = [blob for folder in folders for blob in committed.files(tree, folder)]
    return {str(blob.path): blob.hexsha for blob in blobs if is_table(str(blob.path))}


def _pins(tree: Tree) -> dict[str, str]:
    try:
        datasets = tree / "datasets"
    except KeyError:
        return {}
    if not isinstance(datasets, Tree):
        return {}
    submodules = (item for item in datasets if item.type == "submodule")
    return {PurePosixPath(str(item.path)).name: item.hexsha for item in submodules}
