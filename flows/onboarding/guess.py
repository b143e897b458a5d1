"""Tell a layout from names and tables: which files are images, which column names them.

Nothing is invented: what is not certain is left out and said in `doubts`.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from flows.config.load import Vocabulary
from flows.config.source import Source
from flows.labels.table import TableText, normal
from flows.labels.words import fold

IMAGES = frozenset(
    [
        ".bmp",
        ".dcm",
        ".dicom",
        ".gif",
        ".ima",
        ".jpe",
        ".jpeg",
        ".jpg",
        ".nii",
        ".nii.gz",
        ".png",
        ".tif",
        ".tiff",
        ".webp",
    ]
)
TABLES = frozenset([".csv", ".tsv", ".xlsx"])
_PROSE = frozenset([".github", "assets", "doc", "docs", "figures", "paper"])
_BARE = 5  # files without an ending in one folder, from which on they are probably DICOM
_ENOUGH = 0.5  # of a column's cells must name an image


@dataclass(frozen=True, slots=True)
class TableGuess:
    """What a table seems to say.

    Attributes:
        file: Its path.
        path: How a row names its image; `None` where no column does.
        fields: Columns by field, as other sources call them.
        unknown: Columns nobody has met yet.
    """

    file: str
    path: str | None
    fields: Mapping[str, Sequence[str]]
    unknown: Sequence[str]


@dataclass(frozen=True, slots=True)
class Guess:
    """What a repository seems to hold.

    Attributes:
        images: Patterns of the image files.
        count: How many there are.
        ignore: Patterns of what is certainly none.
        tables: The tables.
        folders: Names of folders that are findings.
        doubts: What a person must look at, as sentences.
    """

    images: Sequence[str]
    count: int
    ignore: Sequence[str] = ()
    tables: Sequence[TableGuess] = ()
    folders: Sequence[str] = ()
    doubts: Sequence[str] = field(default=())


def ending(path: str) -> str:
    """Return what a name ends in, `.nii.gz` as one.

    >>> ending("a/B.PNG"), ending("v.nii.gz"), ending("IM0001")
    ('.png', '.nii.gz', '')
    """
    suffixes = PurePosixPath(path.lower()).suffixes
    return "".join(suffixes[-2:]) if suffixes[-2:] == [".nii", ".gz"] else "".join(suffixes[-1:])


def guess(
    paths: Iterable[str],
    tables: Mapping[str, TableText],
    vocabulary: Vocabulary,
    others: Sequence[Source],
) -> Guess:
    """Guess the labels mapping of a repository.

    Args:
        paths: Every file of the repository.
        tables: Those of its tables that could be read.
        vocabulary: Which words are findings.
        others: The sources that are described already; they know columns.
    """
    everything = sorted(paths)
    images, doubts = _images(everything)
    tops = sorted({path.partition("/")[0] if "/" in path else "" for path in images})
    tables_found = [_table(file, text, images, others) for file, text in sorted(tables.items())]
    doubts += [
        f"{one.file}: no column names the images; say how a row does, or take the table out"
        for one in tables_found
        if one.path is None
    ]
    folders = _folders(images, vocabulary)
    if not folders and not any("finding" in one.fields for one in tables_found):
        doubts.append("nothing says what the images show: no folder and no column is a finding")
    return Guess(
        images=_image_patterns(images, tops),
        count=len(images),
        ignore=_ignored(everything, images, set(tables), tops),
        tables=tables_found,
        folders=folders,
        doubts=doubts,
    )


def _images(everything: Sequence[str]) -> tuple[list[str], list[str]]:
    bare: dict[str, list[str]] = defaultdict(list)
    images, prose = [], Counter[str]()
    for path in everything:
        top = path.partition("/")[0]
        if ending(path) in IMAGES and top.lower() in _PROSE:
            prose[top] += 1
        elif ending(path) in IMAGES:
            images.append(path)
        elif not ending(path) and "/" in path:
            bare[path.rpartition("/")[0]].append(path)
    doubts = [
        f"{top}/ holds {count:,} pictures that look like prose's own; they are left out"
        for top, count in sorted(prose.items())
    ]
    for folder, found in sorted(bare.items()):
        if len(found) >= _BARE:
            images += found
            doubts.append(
                f"{folder}/ holds {len(found):,} files without an ending; taken for DICOM"
            )
    if not images:
        doubts.append("no file looks like an image")
    return sorted(images), doubts


def _image_patterns(images: Sequence[str], tops: Sequence[str]) -> list[str]:
    patterns = [f"/{_plain(top)}/" for top in tops if top]
    at_root = sorted({ending(path) for path in images if "/" not in path})
    return patterns + [f"/*{one}" for one in at_root]


def _ignored(
    everything: Sequence[str], images: Sequence[str], tables: set[str], tops: Sequence[str]
) -> list[str]:
    known, patterns = {*images, *tables}, set()
    for path in everything:
        top, _, below = path.partition("/")
        if path in known or (below and top in tops):
            continue
        plain = _plain(top)
        patterns.add(
            f"/{plain}/" if below else f"/*{ending(path)}" if ending(path) else f"/{plain}"
        )
    return sorted(patterns)


def _plain(name: str) -> str:
    """Write a name so that no character of it is a pattern."""
    return re.sub(r"([\\*?\[!# ])", r"\\\1", name)


def _table(
    file: str, text: TableText, images: Sequence[str], others: Sequence[Source]
) -> TableGuess:
    key, path = _key(text, images)
    known = {
        normal(column): name
        for source in others
        for table in source.tables
        for name, columns in table.fields.items()
        for column in columns
    }
    fields: dict[str, list[str]] = defaultdict(list)
    unknown = []
    for column in filter(None, text.columns):
        if column in known:
            fields[known[column]].append(column)
        elif column != key:
            unknown.append(column)
    return TableGuess(file, path, dict(sorted(fields.items())), unknown)


def _key(text: TableText, images: Sequence[str]) -> tuple[str | None, str | None]:
    """Find the column that names images, and how."""
    best: tuple[float, str | None, str | None] = (_ENOUGH, None, None)
    for column in filter(None, text.columns):
        cells = [cell for row in text.rows if (cell := row.cells.get(column, "").strip())]
        for whole, frame in _ways(images):
            share = sum(cell in whole for cell in cells) / len(cells) if cells else 0.0
            if share > best[0] or (share == best[0] and best[1] is None):
                best = (share, column, frame.replace("\0", f"{{{column}}}"))
    return best[1], best[2]


def _ways(images: Sequence[str]) -> list[tuple[set[str], str]]:
    """List how a cell may name images, each with the path it then stands for."""
    ways = [(set(images), "\0")]
    by_folder: dict[str, list[str]] = defaultdict(list)
    for path in images:
        by_folder[path.rpartition("/")[0]].append(path.rpartition("/")[2])
    for folder, names in by_folder.items():
        before = f"{folder}/" if folder else ""
        ways.append((set(names), f"{before}\0"))
        endings = {name.rpartition(".")[2] for name in names if "." in name}
        after = f".{endings.pop()}" if len(endings) == 1 else ".*"
        ways.append(
            ({name.rpartition(".")[0] for name in names if "." in name}, before + "\0" + after)
        )
    return ways


def _folders(images: Sequence[str], vocabulary: Vocabulary) -> list[str]:
    meant = {fold(word) for word in (*vocabulary.values.get("finding", {}), *vocabulary.findings)}
    parents = {PurePosixPath(path).parent.name for path in images}
    return sorted(name for name in parents if fold(name) in meant)
