"""Choose images of a local copy: what every loader starts from."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypedDict

import numpy as np
from numpy.typing import NDArray

from covid19_images.dataset.augment import Augmentation, augmentation
from covid19_images.dataset.labels import Label, LabelName
from covid19_images.dataset.labels import label as labelled
from covid19_images.dataset.obtain import obtain
from covid19_images.download import squares as arrays
from covid19_images.download.copy import LocalCopy
from covid19_images.download.progress import progress
from covid19_images.download.squares import Levels, Squares
from covid19_images.manifest.record import Modality, Record

SIDES = ("train", "validation", "test")
MODALITIES: dict[str, tuple[Modality | None, ...]] = {
    "xray": ("CR", "DX", "XR"),
    "ct": ("CT",),
    "other": ("OT", None),
}
_OTHER_NAMES = {"val": "validation", "valid": "validation", "x-ray": "xray", "cxr": "xray"}
ModalityName = Literal["xray", "ct", "other", "all"]


class SelectionError(ValueError):
    """Say why nothing can be chosen so, and what there is to choose."""


class Options(TypedDict, total=False):
    """What can be asked of every loader; see `select`."""

    label: LabelName | Literal["coarse"] | str
    size: int | None
    sources: str | Sequence[str] | None
    version: str | None
    augment: Any
    root: Path | str | None
    unknown: Literal["drop", "keep"]
    copies: bool
    seed: int
    cache: bool


@dataclass(frozen=True, eq=False)
class Selection:
    """Images of one split, with targets; decoded as they are asked for.

    Attributes:
        records: The rows of the manifest, in their order.
        label: How they are labelled.
        size: Side of the squares in pixels; `None` for the pictures' own sizes.
        splits: Which splits they are of.
        copy: The local copy they are in.
        augmentation: What happens to a picture before it is given, in training.
        seed: Of everything that is drawn.
        cache: Whether squares are kept ready in a file.
        left_out: How many rows were left out, by reason.
    """

    records: tuple[Record, ...]
    label: Label
    size: int | None
    splits: tuple[str, ...]
    copy: LocalCopy
    augmentation: Augmentation | None = None
    seed: int = 0
    cache: bool = True
    left_out: Counter[str] = field(default_factory=Counter)

    def __len__(self) -> int:
        return len(self.records)

    @cached_property
    def targets(self) -> NDArray[Any]:
        """Return all targets; see `Label.targets`."""
        return self.label.targets(self.records)

    @cached_property
    def squares(self) -> Squares:
        """Return all pictures, ready in memory-mapped files; the first use may take a while."""
        if self.size is None:
            raise SelectionError("Pictures of their own sizes are not kept ready; name a size.")
        with progress() as say:
            return arrays.squares(self.copy, self.records, self.size, say)

    def prepared(self) -> "Selection":
        """Get everything ready that can be, so that processes that follow share it."""
        if self.cache and self.size is not None:
            _ = self.squares
        _ = self.targets
        return self

    def levels(self, index: int, *, draw: Sequence[int] = (0,)) -> Levels:
        """Return one picture in 8-bit grey, shape (height, width).

        Args:
            index: Which one.
            draw: What makes this draw of the augmentation another one: epoch, worker …
        """
        return self.augmented(self.plain(index), index, draw)

    def plain(self, index: int) -> Levels:
        """Return one picture in 8-bit grey as it is, never augmented."""
        if self.cache and self.size is not None:
            return self.squares.one(index)
        return self.copy.array(self.records[index], size=self.size)

    def batch(self, indices: Sequence[int] | NDArray[Any], *, draw: Sequence[int] = (0,)) -> Levels:
        """Return pictures in 8-bit grey, shape (k, size, size)."""
        if self.cache and self.augmentation is None and self.size is not None:
            return self.squares.take(indices)
        return np.stack([self.levels(int(index), draw=draw) for index in indices])

    def augmented(self, plain: Levels, index: int, draw: Sequence[int]) -> Levels:
        """Augment a training picture; every other one stays as it is."""
        if self.augmentation is None or self.records[index].split != "train":
            return plain
        picture = int(str(self.records[index].image_id).removeprefix("c19-"), 16)
        random = np.random.default_rng([self.seed, picture, *draw])
        return self.augmentation(plain, random)

    @cached_property
    def class_weights(self) -> NDArray[np.float32]:
        """Weigh classes so that each counts alike, as a loss takes it; 0 for an empty class."""
        if self.label.several or not self.label.classes:
            raise SelectionError(f"The label {self.label.name} has no classes to weigh.")
        known = self.targets[self.targets >= 0]
        counts = np.bincount(known, minlength=len(self.label.classes)).astype(np.float32)
        present = np.count_nonzero(counts)
        weights: NDArray[np.float32] = np.zeros_like(counts)
        np.divide(counts.sum(), present * counts, out=weights, where=counts > 0)
        return weights

    @property
    def weights(self) -> NDArray[np.float32]:
        """Weigh images so that every class is drawn equally often; 0 where it is not known."""
        weights: NDArray[np.float32] = self.class_weights[self.targets]
        return np.where(self.targets < 0, np.float32(0), weights)

    def of(self, split: str) -> "Selection":
        """Return one split of the selection; only training pictures are augmented."""
        records = tuple(record for record in self.records if record.split == split)
        drawn = self.augmentation if split == "train" else None
        return replace(self, records=records, splits=(split,), augmentation=drawn)

    def __repr__(self) -> str:
        return _described(self)


def _described(chosen: Selection) -> str:
    side = "their own sizes" if chosen.size is None else f"{chosen.size} × {chosen.size}"
    counted = chosen.label.counts(chosen.records) if chosen.label.classes else Counter[str]()
    classes = ", ".join(f"{word} {n:,}" for word, n in counted.most_common(8))
    sources = Counter(record.source for record in chosen.records).most_common()
    lines = [
        f"{len(chosen):,} images of {', '.join(chosen.splits)}, {side}",
        f"label {chosen.label.name}" + (f": {classes}" if classes else ""),
        "from " + ", ".join(f"{source} {n:,}" for source, n in sources),
        f"release {chosen.copy.version} in {chosen.copy.folder}",
    ]
    left = [f"{n:,} {reason}" for reason, n in sorted(chosen.left_out.items())]
    return "\n".join(lines + (["left out: " + ", ".join(left)] if left else []))


def select(
    modality: ModalityName | str = "all",
    split: str | None = None,
    *,
    label: LabelName | Literal["coarse"] | str = "covid",
    size: int | None = 224,
    sources: str | Sequence[str] | None = None,
    version: str | None = None,
    augment: Any = None,  # noqa: ANN401  a name, an Augmentation, any function
    root: Path | str | None = None,
    unknown: Literal["drop", "keep"] = "drop",
    copies: bool = False,
    seed: int = 0,
    cache: bool = True,
) -> Selection:
    """Choose images of the local copy; download one where there is none.

    Args:
        modality: `xray`, `ct`, `other` or `all`.
        split: `train`, `validation` or `test`; all three by default.
        label: `covid`, `findings`, `coarse2`, `coarse3`, `coarse4` or `raw`; see docs/labels.md.
        size: Side of the squares in pixels: 224 and 512 are ready in a release, others are
            computed. `None` for the pictures' own sizes.
        sources: Names of sources; all by default.
        version: The release wanted; whatever is there, or the newest one.
        augment: `light`, `standard` or `strong`, an `Augment`, or any function of one picture; for
            training only.
        root: Folder of the local copy; `$COVID19_IMAGES_DIR` or the user's data folder by default.
        unknown: What to do with images of which the label knows nothing.
        copies: Whether copies of other pictures are given too.
        seed: Of everything that is drawn.
        cache: Whether squares are kept ready in a file; if not, every picture is decoded and
            resized each time.

    Raises:
        SelectionError: Nothing matches.
        LocalCopyError: There is no local copy, and none can be had.
    """
    sides = _sides(split)
    drawn = augmentation(augment)
    if drawn and sides != ("train",) and split is not None:
        raise SelectionError(f"Augmentation is for training; {split} is left as it is.")
    labels_of = labelled(label)
    copy = obtain(root, version, size=size)
    wanted = _kinds(modality)
    asked = {sources} if isinstance(sources, str) else set(sources or ())
    _known_sources(copy, asked)
    left: Counter[str] = Counter()
    records = tuple(
        record
        for record in copy.records
        if record.status == "active" and record.split in sides
        if wanted is None or record.modality in wanted
        if not asked or record.source in asked
        if not _left_out(record, labels_of, copy, left, unknown=unknown, copies=copies)
    )
    chosen = Selection(records, labels_of, size, sides, copy, drawn, seed, cache, left)
    return chosen if records else _nothing(chosen, modality)


def _left_out(
    record: Record,
    labels_of: Label,
    copy: LocalCopy,
    left: Counter[str],
    *,
    unknown: str,
    copies: bool,
) -> bool:
    if not copies and record.duplicate_of:
        reason = "copies of others"
    elif unknown == "drop" and not labels_of.known(record):
        reason = f"without a known {labels_of.name}"
    elif not copy.holds(record):
        reason = "not in this copy (covid19-images download --pointers fetches them)"
    else:
        return False
    left[reason] += 1
    return True


def _sides(split: str | None) -> tuple[str, ...]:
    if split in (None, "all"):
        return SIDES
    name = _OTHER_NAMES.get(str(split), str(split))
    if name not in SIDES:
        raise SelectionError(f"There is no split {split!r}; there are {', '.join(SIDES)}.")
    return (name,)


def _kinds(modality: str) -> tuple[Modality | None, ...] | None:
    name = _OTHER_NAMES.get(modality, modality)
    if name == "all":
        return None
    if name not in MODALITIES:
        names = ", ".join([*MODALITIES, "all"])
        raise SelectionError(f"There is no modality {modality!r}; there are {names}.")
    return MODALITIES[name]


def _known_sources(copy: LocalCopy, asked: Iterable[str]) -> None:
    known = {record.source for record in copy.records}
    strange = sorted(set(asked) - known)
    if strange:
        raise SelectionError(
            f"{copy.folder} has no source {strange[0]!r}; it has {', '.join(sorted(known))}."
        )


def _nothing(chosen: Selection, modality: str) -> Selection:
    left = "; ".join(f"{n:,} {reason}" for reason, n in sorted(chosen.left_out.items()))
    counts = Counter(record.split for record in chosen.copy.records if record.status == "active")
    there = ", ".join(f"{side} {counts[side]:,}" for side in SIDES)  # type: ignore[index]
    raise SelectionError(
        f"No image of {', '.join(chosen.splits)} with modality {modality} can be given from "
        f"{chosen.copy.folder}. Its active images: {there}."
        + (f" Left out: {left}." if left else "")
    )
