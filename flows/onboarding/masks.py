"""Recognise masks by names, and say which picture each may belong to."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from flows.onboarding.names import ending, literal, plain, stem, words_of

FOLDERS = re.compile(
    r"\b(masks?|segmentations?|segs?|annotations?|contours?|outlines?|ground truths?|gt|rois?)\b"
)
_WORDS = r"(masks?|segs?|segmentations?|label|gt|annotation|contour)"
_END = re.compile(rf"[-_. ]?{_WORDS}\d*$", re.IGNORECASE)
_START = re.compile(rf"^{_WORDS}[-_. ]?", re.IGNORECASE)
_ALONE = re.compile(
    r"^(masks?|segmentations?)([-_. ]|$)|[-_. ](masks?|segmentations?)\d*$", re.IGNORECASE
)
_PICTURE = re.compile(
    r"\b(ct|cxr|dcm|im|image|images|img|orig|original|scan|slice|src|vol|volume|xray)\b"
)
_ENOUGH = 0.8  # of masks must be called as pictures are, before a rule is written for them
_SHOWS = ("lung", "infection", "lesion", "heart", "trachea")


def beside(paths: Sequence[str]) -> dict[str, str]:
    """Return the masks among the files of one folder, each with a pattern of names.

    Args:
        paths: The files of the folder that may be pictures.
    """
    found = {path: one for path in paths if (one := _END.search(stem(path)))}
    found |= {
        path: one for path in paths if path not in found and (one := _START.search(stem(path)))
    }
    others = {_bare(stem(path)) for path in paths if path not in found}
    masks = {}
    for path, one in found.items():
        name = stem(path)
        rest = _bare(f"{name[: one.start()]} {name[one.end() :]}")
        if rest in others or (others and _ALONE.search(name)):
            tail = path[len(path) - len(ending(path)) :] if ending(path) else ""
            at_end = one.end() == len(name) and one.start() > 0
            masks[path] = f"*{plain(one[0])}{tail}" if at_end else f"{plain(one[0])}*{tail}"
    return masks


def _bare(name: str) -> str:
    return " ".join(_PICTURE.sub(" ", words_of(name)).split())


def rules(masks: Mapping[str, str], images: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Return for folders of masks what may stand under `[[masks]]`: `match`, `of` and `shows`.

    Args:
        masks: The folder that each mask is in, by its path.
        images: The pictures.
    """
    at: dict[str, list[str]] = defaultdict(list)
    for path in images:
        at[stem(path)].append(path)
    inside: dict[str, list[str]] = defaultdict(list)
    for path, folder in sorted(masks.items()):
        inside[folder].append(path)
    alike: dict[_Beside, list[str]] = defaultdict(list)
    for folder, here in inside.items():
        if found := _pictures_of(folder, here, at):
            alike[found].append(folder)
    for one, folders in sorted(alike.items(), key=lambda item: item[1]):
        above = folders[0].removesuffix(one.folder)
        before = literal(above) if len(folders) == 1 else "(?P<above>.*/)"
        shows = [word for word in _SHOWS if word in words_of(one.folder)]
        yield (
            f"^{before}{literal(one.folder)}/(?P<name>[^/]+){literal(one.ending)}$",
            f"{above if len(folders) == 1 else '{above}'}{one.of}{{name}}{one.of_ending}",
            shows[0] if len(shows) == 1 else "infection",
        )


@dataclass(frozen=True, slots=True)
class _Beside:
    """A folder of masks, and where its pictures are from the folder that holds both."""

    folder: str
    ending: str
    of: str
    of_ending: str


def _pictures_of(
    folder: str, masks: Sequence[str], at: Mapping[str, Sequence[str]]
) -> _Beside | None:
    """Return where the pictures are that nearly all masks of a folder are called after."""
    near = [_nearest(folder, at.get(stem(path), ())) for path in masks]
    called = [path for path in near if path]
    where = {(path.rpartition("/")[0], ending(path)) for path in called}
    ends = {ending(path) for path in masks}
    if len(where) != 1 or len(ends) != 1 or len(called) < _ENOUGH * len(masks):
        return None
    of, of_ending = where.pop()
    shared = _shared(folder, of)
    above = f"{'/'.join(folder.split('/')[:shared])}/" if shared else ""
    inner = f"{of}/".removeprefix(above) if of else ""
    return _Beside(folder.removeprefix(above), ends.pop(), inner, of_ending)


def _nearest(folder: str, paths: Sequence[str]) -> str | None:
    """Return the one picture that shares most folders with a folder of masks."""
    near = sorted(((_shared(folder, one), one) for one in paths), reverse=True)
    return near[0][1] if near and (len(near) == 1 or near[0][0] > near[1][0]) else None


def _shared(folder: str, path: str) -> int:
    """Return how many folders above both are the same."""
    pairs = zip(folder.split("/")[:-1], path.split("/"), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
