"""Read the collection's state from the tree of a commit: the manifest is the state."""

from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, field
from pathlib import PurePosixPath

from git.objects import Tree

from covid19_images.manifest import mask, splits, volume, volume_pair
from covid19_images.manifest.dataclass_csv import Table
from covid19_images.manifest.record import Record
from covid19_images.manifest.shards import Shard
from covid19_images.manifest.splits import Placed
from covid19_images.manifest.statements import conflicts
from covid19_images.manifest.statements.conflicts import Conflict
from flows.collection import committed, duplicates, manifest_files, problems
from flows.collection.committed import text
from flows.collection.duplicates import Pair
from flows.collection.manifest_files import Manifests
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
    shards: Mapping[str, tuple[Shard, ...]] = field(default_factory=dict)

    @property
    def manifests(self) -> Manifests:
        """Return the rows of each source, and the shards that hold them."""
        return Manifests(self.records, self.shards)


def read(base: str, tree: Tree) -> State:
    """Read the state.

    Raises:
        ValueError: When a file is not what we write.
    """
    manifests = manifest_files.read(tree)
    sources = text(tree, SOURCES)
    pairs, odd, ledger = (text(tree, path) for path in (DUPLICATES, PROBLEMS, SPLITS))
    disputed = text(tree, CONFLICTS)
    return State(
        base=base,
        pins=_pins(tree),
        described={row.source: row for row in loads(sources)} if sources else {},
        records=manifests.records,
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
        shards=manifests.shards,
    )


def is_table(path: str) -> bool:
    """Return whether a file of the collection is a table of its rows, or of what follows from them.

    >>> is_table("datasets/manifest/set.csv"), is_table("datasets/CHANGES.md")
    (True, False)
    """
    return path.startswith("datasets/") and path.endswith(".csv")


def tables_of(tree: Tree) -> dict[str, str]:
    """Return the blob ids of the collection's tables, by path; of shards, that of their index."""
    manifests = committed.folder(tree, manifest_files.FOLDER)
    folders = ["datasets", manifest_files.FOLDER]
    folders += [str(sub.path) for sub in manifests.trees] if manifests else []
    blobs = [blob for folder in folders for blob in committed.files(tree, folder)]
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


def _pins(tree: Tree) -> dict[str, str]:
    try:
        datasets = tree / "datasets"
    except KeyError:
        return {}
    if not isinstance(datasets, Tree):
        return {}
    submodules = (item for item in datasets if item.type == "submodule")
    return {PurePosixPath(str(item.path)).name: item.hexsha for item in submodules}
