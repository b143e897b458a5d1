"""Sort the files of a repository nobody described: images, and what among them is none."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import pathspec

from flows.onboarding import masks
from flows.onboarding.names import ending, plain, stem, words_of
from flows.onboarding.sight import Sight
from flows.text.plural import plural

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
_PROGRAMS = re.compile(
    r"\.(bat|c|cfg|ckpt|cpp|h5|hdf5|java|js|lock|m|onnx|pb|pkl|pt|pth|r|rst|sh|svg|tex|toml|ts)"
)
_ARCHIVES = frozenset([".7z", ".bz2", ".gz", ".rar", ".tar", ".tgz", ".xz", ".zip"])
_NAMES = re.compile(r"(readme|licen[cs]e|dicomdir|\.ds_store|\.gitkeep|\.gitattributes)(\..*)?")
_PROGRAM_NAMES = ("codeowners", "dockerfile", "makefile", "procfile")
_PROSE = frozenset([".github", "assets", "doc", "docs", "figures", "paper"])
_FIGURES = re.compile(
    r"\b(checkpoints?|diagrams?|figures?|icons?|logos?|logs|models?|notebooks?|outputs?|plots?|"
    r"results?|runs|screenshots?|static|weights)\b"
)
_FIGURE_NAMES = re.compile(
    r"\b(accuracy|architecture|confusion|curves?|diagram|flow ?chart|framework|grad ?cam|heat ?map|"
    r"history|logo|loss|overview|pipeline|roc|workflow)\b"
)
_BARE = 5  # files without an ending in one folder, from which on they are probably DICOM
_SAID_ONCE = 3  # folders with the same below them, before one line is for all
_NEARLY_ALL = 0.9  # of all pictures are not set aside by one folder's name
_RARE = 0.1  # of a folder's pictures may be set aside by their names


@dataclass(frozen=True, slots=True)
class Aside:
    """A pattern of files that are set aside, and why; nobody can be sure of it."""

    pattern: str
    why: str

    @property
    def is_mask(self) -> bool:
        """Return whether it seems to outline something in a picture."""
        return self.why.startswith("masks")


@dataclass(frozen=True, slots=True)
class Sorted:
    """The files of a repository.

    Attributes:
        images: What seems to be an image of a patient.
        aside: What seems to be something else.
        masks: The folder that each mask was set aside with, by its path.
        doubts: What a person must look at, as sentences.
    """

    images: Sequence[str]
    aside: Sequence[Aside]
    masks: Mapping[str, str]
    doubts: Sequence[str]


def is_no_picture(path: str) -> bool:
    """Return whether a file is certainly none, by a name that says what it is.

    >>> is_no_picture("data/Thumbs.db"), is_no_picture("data/README"), is_no_picture("data/IM01")
    (True, True, False)
    """
    name = path.rpartition("/")[2].lower()
    return ending(path) in _TEXTS | TABLES or _NAMES.fullmatch(name) is not None


def is_unclear(path: str) -> bool:
    """Return whether nothing in a name says that the file is no picture of a patient.

    >>> is_unclear("raw/scan.mha"), is_unclear("src/net.py"), is_unclear("docs/x.png")
    (True, False, False)
    """
    *above, name = path.lower().split("/")
    if any(part.startswith(".") for part in (*above, name)) or (above and above[0] in _PROSE):
        return False
    return not (is_no_picture(path) or _PROGRAMS.fullmatch(ending(path)) or name in _PROGRAM_NAMES)


def sort(everything: Iterable[str], sights: Mapping[str, Sight]) -> Sorted:
    """Sort files by their names, and by what a few of them show.

    Args:
        everything: All files.
        sights: What some of them turned out to be.
    """
    paths = sorted(everything)
    candidates, doubts = _candidates(paths, sights)
    shares = _shares(candidates)
    flat = _flat_folders(sights)
    aside = {path: one for path in candidates if (one := _folder(path, shares, flat))}
    aside |= _names([path for path in candidates if path not in aside])
    aside = _together(aside)
    outlines = {path: path.rpartition("/")[0] for path, one in aside.items() if one.is_mask}
    is_aside = pathspec.GitIgnoreSpec.from_lines({one.pattern for one in aside.values()})
    images = [path for path in candidates if not is_aside.match_file(path)]
    if any("/" in path for path in images):
        why = "a picture beside the README, while the others are in folders"
        aside |= {path: Aside(f"/{plain(path)}", why) for path in images if "/" not in path}
        images = [path for path in images if "/" in path]
    if not images:
        doubts.append("no file looks like an image")
    return Sorted(images, _counted(aside.values()), outlines, doubts)


def _together(aside: Mapping[str, Aside]) -> dict[str, Aside]:
    """Write one pattern where several folders have the same below them."""
    alike: dict[Aside, set[str]] = defaultdict(set)
    wide = {path: replace(one, pattern=_anywhere(one.pattern)) for path, one in aside.items()}
    for path, one in aside.items():
        alike[wide[path]].add(one.pattern)
    return {
        path: wide[path] if len(alike[wide[path]]) > _SAID_ONCE else one
        for path, one in aside.items()
    }


def _anywhere(pattern: str) -> str:
    """Return a pattern for the same name anywhere below the first folder.

    >>> _anywhere("/scans/P1/S2/masks/"), _anywhere("/masks/"), _anywhere("/a/*_mask.png")
    ('/scans/**/masks/', '/masks/', '/a/**/*_mask.png')
    """
    top, _, below = pattern[1:].removesuffix("/").partition("/")
    last = below.rpartition("/")[2]
    return f"/{top}/**/{last}{'/' if pattern.endswith('/') else ''}" if last else pattern


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
        elif not ending(path) and "/" in path and not is_no_picture(path):
            bare[path.rpartition("/")[0]].append(path)
    doubts = [
        f"{top}/ holds {count:,} pictures that look like prose's own; they are left out"
        for top, count in sorted(prose.items())
    ]
    taken, more = _without_ending(bare, sights)
    packed = [path for path in paths if ending(path) in _ARCHIVES]
    if packed:
        count = plural(len(packed), "files")
        doubts.append(f"what is in archives is not read: {count}, such as {packed[0]}")
    return sorted(images + taken), doubts + more


def _without_ending(
    bare: Mapping[str, Sequence[str]], sights: Mapping[str, Sight]
) -> tuple[list[str], list[str]]:
    """Return files without an ending that are probably DICOM: some were read, or they are many."""
    read = {path.partition("/")[0] for path in sights if not ending(path)}
    taken: list[str] = []
    files, folders = Counter[str](), Counter[str]()
    for folder, found in sorted(bare.items()):
        top = folder.partition("/")[0]
        if top in read or len(found) >= _BARE:
            taken += found
            files[top] += len(found)
            folders[top] += 1
    doubts = []
    for top, count in sorted(files.items()):
        where = f" in {plural(folders[top], 'folders')}" if folders[top] > 1 else ""
        how = "they are" if top in read else "taken for"
        doubts.append(f"{top}/ holds {count:,} files without an ending{where}; {how} DICOM")
    return taken, doubts


def _shares(candidates: Sequence[str]) -> Mapping[str, float]:
    """Return the share of all files that each folder holds, with what is below it."""
    counts = Counter(path[:at] for path in candidates for at, c in enumerate(path) if c == "/")
    return {folder: count / len(candidates) for folder, count in counts.items()}


def _folder(path: str, shares: Mapping[str, float], flat: Collection[str]) -> Aside | None:
    """Return why the folder that a file is in is set aside, if it is; one that holds all is not."""
    parts = path.split("/")[:-1]
    for depth, part in enumerate(parts, 1):
        if shares["/".join(parts[:depth])] > _NEARLY_ALL:
            continue
        pattern = f"/{'/'.join(map(plain, parts[:depth]))}/"
        if masks.FOLDERS.search(words_of(part)):
            return Aside(pattern, "masks, by the folder's name")
        if _FIGURES.search(words_of(part)):
            return Aside(pattern, "figures or what programs left, by the folder's name")
    if "/".join(parts) in flat:
        return Aside(f"/{'/'.join(map(plain, parts))}/", "masks, by what a few of them show")
    return None


def _flat_folders(sights: Mapping[str, Sight]) -> set[str]:
    """Return the folders of which all that was seen is as plain as a mask, where others are not."""
    seen: dict[str, list[bool]] = defaultdict(list)
    for path, one in sights.items():
        seen[path.rpartition("/")[0]].append(one.is_flat)
    flat = {folder for folder, found in seen.items() if all(found)}
    return flat if len(flat) < len(seen) else set()


def _names(paths: Sequence[str]) -> dict[str, Aside]:
    """Set aside single files by their names, where they are few in their folder."""
    by_folder: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        by_folder[path.rpartition("/")[0]].append(path)
    aside: dict[str, Aside] = {}
    for folder, some in by_folder.items():
        before = f"/{'/'.join(map(plain, folder.split('/')))}/" if folder else "/"
        figures = [path for path in some if _FIGURE_NAMES.search(words_of(stem(path)))]
        for path, found in masks.beside(some).items():
            aside[path] = Aside(f"{before}{found}", "masks, by the files' names")
        if len(figures) <= max(1, _RARE * len(some)):
            for path in figures:
                name = plain(path.rpartition("/")[2])
                aside.setdefault(path, Aside(f"{before}{name}", "a figure, by its name"))
    return aside
