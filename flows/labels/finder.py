"""Find the images that a row of a table is about, by the table's path template."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from flows.config.tables import Table
from flows.labels.table import Row, normal

_COLUMN = re.compile(r"\{([^{}]+)\}")
_AT_ITS_FOLDER = re.compile(r"^(?:\.?/)+")
_ANY_FOLDERS = "**/"
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """What a row names is more than one image."""

    paths: tuple[str, ...]


def key_columns(layout: Table) -> list[str]:
    """Return the columns that a table's path template names."""
    return [normal(column) for column in _COLUMN.findall(layout.path)]


class Finder:
    """Find images, or folders of images, by what rows call them."""

    def __init__(self, layout: Table, images: Iterable[str]) -> None:
        """Index the images by all names that a row may use.

        Args:
            layout: The table.
            images: The paths of the images.
        """
        self._columns = key_columns(layout)
        self._ignore_case = layout.ignore_case
        self._ignore_ending = layout.ignore_ending
        self._any_ending = layout.path.endswith(".*")
        self._below: dict[str, list[str]] = {}
        if layout.path.endswith("/"):
            for path in sorted(images):
                for folder in _folders(path):
                    self._below.setdefault(folder, []).append(path)
            images = self._below
        template = _COLUMN.sub("\0", layout.path).removesuffix(".*")
        self._head, self._any_folders, self._tail = template.rpartition(_ANY_FOLDERS)
        self._whole = {unicodedata.normalize("NFC", path): path for path in images}
        self._exact: dict[str, list[str]] = {}
        self._alike: dict[str, list[str]] = {}
        for path in sorted(images):
            for name in self._names(path):
                self._exact.setdefault(self._stem(name), []).append(path)
                self._alike.setdefault(self._folded(name), []).append(path)

    def __call__(self, row: Row) -> Sequence[str] | Ambiguous:
        """Return the images a row is about: none, one, or all of a folder."""
        cells = [row.cells.get(column, "").strip() for column in self._columns]
        if not all(cells):
            return ()
        for spelled in _spellings(cells):
            if found := self._named(spelled):
                return found
        if self._tail.count("\0") == 1 and (whole := self._whole.get(_tidy(cells[0]))):
            return self._below.get(whole, [whole])
        return ()

    def _named(self, cells: Iterable[str]) -> Sequence[str] | Ambiguous:
        """Return the images whose names the cells spell."""
        parts = iter(cells)
        wanted = re.sub("\0", lambda _: next(parts), self._tail)
        wanted = f"{wanted.rstrip('/')}/" if self._below else wanted
        if wanted not in self._exact:
            wanted = wanted.replace("\\", "/").removeprefix("./")
        exact = self._exact.get(wanted, [])
        found = exact if len(exact) == 1 else exact or self._alike.get(self._wanted(wanted), [])
        # Of one name with several endings the first is meant, where the template says "any ending".
        names = set(map(_without_ending, found)) if self._any_ending else found
        if len(names) > 1:
            return Ambiguous(tuple(found[:_SHOWN]))
        return self._below.get(found[0], found[:1]) if found else ()

    def _names(self, path: str) -> list[str]:
        """List what a row may write for an image: all of its path, or what follows any folder."""
        if not self._any_folders:
            return [path]
        if not path.startswith(self._head):
            return []
        parts = path.removeprefix(self._head).split("/")
        return [name for n in range(len(parts)) if (name := "/".join(parts[n:]))]

    def _stem(self, name: str) -> str:
        return _without_ending(name) if self._any_ending else name

    def _folded(self, name: str) -> str:
        name = _without_ending(name) if self._ignore_ending or self._any_ending else name
        return name.casefold() if self._ignore_case else name

    def _wanted(self, name: str) -> str:
        name = _without_ending(name) if self._ignore_ending else name
        return name.casefold() if self._ignore_case else name


def _spellings(cells: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield what cells say: as written, without what programs add, and with `%20` as a space."""
    yield cells
    tidy = [_tidy(cell) for cell in cells]
    if tidy != cells:
        yield tidy
    if any("%" in cell for cell in tidy):
        yield [_tidy(unquote(cell)) for cell in tidy]


def _tidy(cell: str) -> str:
    r"""Return a name without marks that nobody sees, in Unicode's normal form, from its folder on.

    >>> _tidy(".\\a.png"), _tidy("\ufeff/a.png"), _tidy("a\u0301.png") == "\u00e1.png"
    ('a.png', 'a.png', True)
    """
    seen = "".join(c for c in cell if unicodedata.category(c) != "Cf").strip()
    return _AT_ITS_FOLDER.sub("", unicodedata.normalize("NFC", seen).replace("\\", "/"))


def _folders(path: str) -> Iterator[str]:
    for end in (place for place, character in enumerate(path, 1) if character == "/"):
        yield path[:end]


def _without_ending(path: str) -> str:
    folder, slash, name = path.rpartition("/")
    stem, dot, _ = name.rpartition(".")
    return f"{folder}{slash}{stem if dot else name}"
