"""Sort the files of a repository nobody described: images, and what among them is none."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from flows.onboarding.sight import Sight

IMAGES = frozenset(
    [
        ".bmp",
        ".dcm",
        ".dicom",
        ".gif",
        ".ima",
        ".jfif",
        ".jif",
        ".jpe",
        ".jpeg",
        ".jpg",
        ".nii",
        ".nii.gz",
        ".pjpeg",
        ".png",
        ".tif",
        ".tiff",
        ".webp",
    ]
)
DOCUMENTS = frozenset([".json", ".jsonl", ".xml", ".yaml", ".yml"])
TABLES = frozenset([".csv", ".tsv", ".xlsx"]) | DOCUMENTS
_TEXTS = frozenset(
    [".bib", ".css", ".db", ".html", ".ini", ".ipynb", ".log", ".md", ".pdf", ".py", ".txt"]
)
_NAMES = re.compile(r"(readme|licen[cs]e|dicomdir|\.ds_store|\.gitkeep|\.gitattributes)(\..*)?")
_PROSE = frozenset([".github", "assets", "doc", "docs", "figures", "paper"])
_MASKS = re.compile(
    r"\b(masks?|segmentations?|segs?|annotations?|contours?|outlines?|ground truths?|gt|rois?)\b"
)
_FIGURES = re.compile(
    r"\b(checkpoints?|diagrams?|figures?|icons?|logos?|logs|models?|notebooks?|outputs?|plots?|"
    r"results?|runs|screenshots?|static|weights)\b"
)
_FIGURE_NAMES = re.compile(
    r"\b(accuracy|architecture|confusion|curves?|diagram|flow ?chart|framework|grad ?cam|heat ?map|"
    r"history|logo|loss|overview|pipeline|roc|workflow)\b"
)
_MASK_END = re.compile(r"[-_. ]?(mask|seg|segmentation|label|gt|annotation)\d*$", re.IGNORECASE)
_BARE = 5  # files without an ending in one folder, from which on they are probably DICOM
_RARE = 0.1  # of a folder's pictures may be set aside by their names


@dataclass(frozen=True, slots=True)
class Aside:
    """A pattern of files that are set aside, and why; nobody can be sure of it."""

    pattern: str
    why: str


@dataclass(frozen=True, slots=True)
class Sorted:
    """The files of a repository.

    Attributes:
        images: What seems to be an image of a patient.
        aside: What seems to be something else.
        doubts: What a person must look at, as sentences.
    """

    images: Sequence[str]
    aside: Sequence[Aside]
    doubts: Sequence[str]


def ending(path: str) -> str:
    """Return what a name ends in, `.nii.gz` as one.

    >>> ending("a/B.PNG"), ending("v.nii.gz"), ending("IM0001")
    ('.png', '.nii.gz', '')
    """
    suffixes = PurePosixPath(path.lower()).suffixes
    return "".join(suffixes[-2:]) if suffixes[-2:] == [".nii", ".gz"] else "".join(suffixes[-1:])


def plain(name: str) -> str:
    """Write a name so that no character of it is a pattern."""
    return re.sub(r"([\\*?\[!# ])", r"\\\1", name)


def is_no_picture(path: str) -> bool:
    """Return whether a file is certainly none, by a name that says what it is.

    >>> is_no_picture("data/Thumbs.db"), is_no_picture("data/README"), is_no_picture("data/IM01")
    (True, True, False)
    """
    name = path.rpartition("/")[2].lower()
    return ending(path) in _TEXTS | TABLES or _NAMES.fullmatch(name) is not None


def sort(everything: Iterable[str], sights: Mapping[str, Sight]) -> Sorted:
    """Sort files by their names, and by what a few of them show.

    Args:
        everything: All files.
        sights: What some of them turned out to be.
    """
    paths = sorted(everything)
    candidates, doubts = _candidates(paths, sights)
    aside: dict[str, Aside] = {}
    for path in candidates:
        if found := _folder(path, sights):
            aside[path] = found
    rest = [path for path in candidates if path not in aside]
    aside |= _names(rest)
    rest = [path for path in rest if path not in aside]
    if any("/" in path for path in rest):
        for path in [path for path in rest if "/" not in path]:
            why = "a picture beside the README, while the others are in folders"
            aside[path] = Aside(f"/{plain(path)}", why)
    images = [path for path in rest if path not in aside]
    if not images:
        doubts.append("no file looks like an image")
    return Sorted(images, _counted(aside.values()), doubts)


def _counted(found: Iterable[Aside]) -> list[Aside]:
    counts = Counter(found)
    return [
        Aside(one.pattern, f"{one.why} ({n:,} files)" if n > 1 else one.why)
        for one, n in sorted(counts.items(), key=lambda item: item[0].pattern)
    ]


def _candidates(paths: Sequence[str], sights: Mapping[str, Sight]) -> tuple[list[str], list[str]]:
    seen = {ending(path) for path in sights if ending(path)} - TABLES
    bare: dict[str, list[str]] = defaultdict(list)
    images, prose = [], Counter[str]()
    for path in paths:
        top = path.partition("/")[0]
        if ending(path) in IMAGES | seen and top.lower() in _PROSE:
            prose[top] += 1
        elif ending(path) in IMAGES | seen:
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
            how = "they are" if any(path in sights for path in found) else "taken for"
            doubts.append(f"{folder}/ holds {len(found):,} files without an ending; {how} DICOM")
    return sorted(images), doubts


def _words(name: str) -> str:
    """Return the words of a name, in small letters.

    >>> _words("LungMasks_01-final.v2")
    'lung masks 01 final v2'
    """
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return " ".join(re.split(r"[\W_]+", apart)).strip().lower()


def _folder(path: str, sights: Mapping[str, Sight]) -> Aside | None:
    """Return why the folder that a file is in is set aside, if it is."""
    parts = path.split("/")[:-1]
    for depth, part in enumerate(parts, 1):
        pattern = f"/{'/'.join(map(plain, parts[:depth]))}/"
        if _MASKS.search(_words(part)):
            return Aside(pattern, "masks, by the folder's name")
        if _FIGURES.search(_words(part)):
            return Aside(pattern, "figures or what programs left, by the folder's name")
    if parts and _is_flat("/".join(parts), sights):
        return Aside(f"/{'/'.join(map(plain, parts))}/", "masks, by what a few of them show")
    return None


def _is_flat(folder: str, sights: Mapping[str, Sight]) -> bool:
    there = [one for path, one in sights.items() if path.rpartition("/")[0] == folder]
    others = [one for path, one in sights.items() if path.rpartition("/")[0] != folder]
    is_flat = bool(there) and all(one.is_flat for one in there)
    return is_flat and any(not one.is_flat for one in others)


def _names(paths: Sequence[str]) -> dict[str, Aside]:
    """Set aside single files by their names, where they are few in their folder."""
    by_folder: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        by_folder[path.rpartition("/")[0]].append(path)
    aside: dict[str, Aside] = {}
    for folder, some in by_folder.items():
        before = f"/{'/'.join(map(plain, folder.split('/')))}/" if folder else "/"
        stems = {PurePosixPath(path).stem for path in some}
        figures = [path for path in some if _FIGURE_NAMES.search(_words(PurePosixPath(path).stem))]
        for path in some:
            if found := _mask_of(PurePosixPath(path), stems):
                aside[path] = Aside(f"{before}*{plain(found)}", "masks, by the files' names")
        if len(figures) <= max(1, _RARE * len(some)):
            for path in figures:
                name = plain(path.rpartition("/")[2])
                aside.setdefault(path, Aside(f"{before}{name}", "a figure, by its name"))
    return aside


def _mask_of(path: PurePosixPath, stems: set[str]) -> str | None:
    """Return what a mask's name ends in, where the rest is another picture's name."""
    found = _MASK_END.search(path.stem)
    if found and path.stem[: found.start()] in stems:
        return f"{found[0]}{path.suffix}"
    return None
