"""Are my images in this collection, and on which side? The check before a model is tested.

    c19.check("my/test/images")

Every picture of a folder is compared with every picture of the local copy by the duplicate engine:
resized, cropped, annotated and inverted copies are found, not only equal files. Pictures that the
local copy does not hold are compared by their hashes alone.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

import pandas as pd

from covid19_images.checks import withdrawn
from covid19_images.checks.features import features
from covid19_images.checks.through import Match, through_theirs, through_yours
from covid19_images.dataset.obtain import obtain
from covid19_images.download.copy import LocalCopy
from covid19_images.download.progress import progress
from covid19_images.download.squares import Say
from covid19_images.duplicates import page
from covid19_images.duplicates.engine import Pair, find
from covid19_images.duplicates.folder import RefusedFile, at_once, read_folder
from covid19_images.duplicates.picture import Item, of_record
from covid19_images.manifest.record import Record, Split
from covid19_images.manifest.statements.conflicts import Conflict

WITHDRAWN = "withdrawn"
_LEARNT = ("train", "validation", "test")
_YOURS = "yours:"  # begins the keys of the user's pictures; no source is named so


@dataclass(frozen=True, slots=True, order=True)
class Hit:
    """One of your pictures, and a picture of the collection that it is a copy of.

    Attributes:
        path: Yours, below the folder.
        key: The collection's, `source/path`.
        kind: How one differs from the other, or `undecided` where you should look.
        split: Where the collection's picture is; `withdrawn` for one that nobody should use any
            more, because its owner withdrew it or a person took it down.
        why: What the verdict rests on.
        disputed: In which fields its sources contradict each other, and how; empty where they
            agree.
    """

    path: str
    key: str
    kind: str
    split: str
    why: str
    disputed: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found.

    Attributes:
        hits: Copies, sorted by your paths.
        images: How many pictures of yours were read.
        refused: Files that are no pictures.
        seen: How many pictures of the collection they were compared with.
        hashed: How many more were compared by their hashes alone.
        page: The hits as an HTML page.
        shortcuts: What tells labels of the collection's training sets without the lungs.
    """

    hits: tuple[Hit, ...]
    images: int
    refused: tuple[RefusedFile, ...]
    seen: int
    hashed: int
    page: str
    shortcuts: tuple[str, ...] = ()

    def table(self) -> pd.DataFrame:
        """Return the hits as a table."""
        names = ["path", "key", "kind", "split", "why", "disputed"]
        return pd.DataFrame([[getattr(h, n) for n in names] for h in self.hits], columns=names)

    @property
    def sentence(self) -> str:
        """Return what was found in one sentence."""
        sure = [hit for hit in self.hits if hit.kind != "undecided"]
        sides = Counter(split for _, split in {(hit.path, hit.split) for hit in sure})
        found = len({hit.path for hit in sure})
        doubts = len({hit.path for hit in self.hits} - {hit.path for hit in sure})
        noun, verb = "picture" if self.images == 1 else "pictures", "is" if found == 1 else "are"
        sentence = f"{found:,} of your {self.images:,} {noun} {verb} in the collection"
        sentence += _by_side(sides)
        sentence += f"; {doubts:,} more may be: please look." if doubts else "."
        withdrawn = len({hit.path for hit in self.hits if hit.split == WITHDRAWN})
        if withdrawn:
            verb = "was" if withdrawn == 1 else "were"
            sentence += f"\nTake out {withdrawn:,} of them, which {verb} withdrawn or taken down."
        disputed = len({hit.path for hit in sure if hit.disputed})
        if disputed:
            sentence += f"\nSources contradict each other about {disputed:,} of them."
        return sentence

    def __repr__(self) -> str:
        compared = f"Compared with {self.seen:,} pictures"
        compared += f", and with {self.hashed:,} by hash only" if self.hashed else ""
        return f"{self.sentence}\n{compared}."


def _by_side(counts: Mapping[str, int]) -> str:
    """Return how many pictures are in which split, train first: there they do the most harm.

    >>> _by_side({"test": 2, "train": 9}), _by_side({"train": 9}), _by_side({})
    (': 9 in train, 2 in test', "'s train", '')
    """
    order = [*get_args(Split), *sorted(counts)]
    sides = list(dict.fromkeys(side for side in order if side in counts))
    if len(sides) == 1 and sides[0] in _LEARNT:
        return f"'s {sides[0]}"
    return ": " * bool(sides) + ", ".join(
        f"{counts[side]:,} in {'no split' if side == 'none' else side}" for side in sides
    )


def check(
    folder: Path | str, *, root: Path | str | None = None, version: str | None = None
) -> Checked:
    """Find which pictures of a folder are in the collection, and in which split.

    Args:
        folder: Your pictures, of any format; nothing is changed there, nothing leaves the machine.
        root: Folder of the local copy; `$COVID19_IMAGES_DIR` or the user's data folder by default.
        version: The release wanted.

    Raises:
        NotADirectoryError: There is no such folder.
        LocalCopyError: There is no local copy, and none can be had.
    """
    copy = obtain(root, version)
    with progress() as say:
        return compare(Path(folder), copy, say)


def compare(folder: Path, copy: LocalCopy, say: Say) -> Checked:
    """Compare a folder with a local copy."""
    read = read_folder(folder, say=lambda done, total: say("Reading your pictures", done, total))
    own = {f"{_YOURS}{item.key}": item for item in read if isinstance(item, Item)}
    pictures = [r for r in copy.records if r.image_id and r.status in ("active", "quarantined")]
    present = [record for record in pictures if copy.holds(record)]
    known = features(copy, present, say)
    theirs = {r.key: of_record(r, known[str(r.image_id)]) for r in present}
    new = [replace(item, key=key) for key, item in own.items()]
    pairs = _pairs(new, theirs)
    rows = list(_across(pairs, theirs))
    rest = [record for record in pictures if record.key not in theirs]
    every = [*rows, *_by_hash(new, rest)]
    sides = {record.key: str(record.split) for record in pictures}
    own_pairs = [pair for pair in pairs if not {pair.a, pair.b} & theirs.keys()]
    every += through_yours(every, own_pairs, _YOURS)
    every += through_theirs(every, pictures, sides)
    used = {yours for yours, _, kind, _ in every if kind != "undecided"}
    others = [item for item in new if item.key not in used]  # a newer file may be of the same film
    gone = list(withdrawn.find(others, copy.records, copy.index.tombstones))
    gone += (one for one in through_yours(gone, own_pairs, _YOURS) if one[0] not in used)
    disputed = _disputed(copy.conflicts)
    hits = [
        Hit(yours.removeprefix(_YOURS), key, kind, sides[key], why, disputed.get(key, ""))
        for yours, key, kind, why in every
    ]
    hits += [
        Hit(yours.removeprefix(_YOURS), key, kind, WITHDRAWN, why) for yours, key, kind, why in gone
    ]
    shown = [
        page.Row(kind, why, (page.shown(own[yours]), page.shown(theirs[key], beside=sides[key])))
        for yours, key, kind, why in rows
    ]
    refused = tuple(item for item in read if isinstance(item, RefusedFile))
    counts = len(theirs), len(rest)
    found = Checked(tuple(sorted(hits)), len(own), refused, *counts, "", copy.index.shortcuts)
    title = f"{folder.resolve().name}, beside the collection"
    return replace(found, page=page.draw(title, repr(found).splitlines(), shown, refused))


def _disputed(found: Iterable[Conflict]) -> dict[str, str]:
    """Return by row what contradicts it or is contradicted by it, in words."""
    sentences: dict[str, list[str]] = defaultdict(list)
    for one in found:
        sentences[one.a].append(one.sentence)
        sentences[one.b].append(one.sentence)
    return {key: " | ".join(lines) for key, lines in sentences.items()}


def _pairs(new: Sequence[Item], theirs: Mapping[str, Item]) -> list[Pair]:
    with at_once() as threads:
        return find(new, list(theirs.values()), spread=threads.map)


def _across(pairs: Iterable[Pair], theirs: Mapping[str, Item]) -> Iterator[Match]:
    for pair in pairs:
        sides = sorted((pair.a, pair.b), key=lambda key: key in theirs)
        if sides[0] not in theirs and sides[1] in theirs:
            yield sides[0], sides[1], page.kind(pair), page.why(pair)


def _by_hash(new: Sequence[Item], rest: Sequence[Record]) -> Iterator[Match]:
    files = {item.sha256: item.key for item in new}
    pictures = {item.pixels_sha256: item.key for item in new}
    for record in rest:
        if record.sha256 in files:
            yield files[record.sha256], record.key, "bytes", "the same file"
        elif record.pixels_sha256 in pictures:
            yield pictures[record.pixels_sha256], record.key, "pixels", "the same pixels"
