"""What can be asked of every loader, checked before anything is read or downloaded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypedDict

from covid19_images.dataset.arguments import (
    SelectionError,
    named,
    one_of,
    side_px,
    whole_number,
    words,
    yes_or_no,
)
from covid19_images.dataset.augment import Augmentation, augmentation
from covid19_images.dataset.balance import SOURCE
from covid19_images.dataset.filters import Filter, filters
from covid19_images.dataset.labels import Label, LabelName
from covid19_images.dataset.labels import label as labelled
from covid19_images.dataset.parts import Part, parts_of, sides_of
from covid19_images.manifest.record import LabelBasis, Modality, Quality, Sex, View

ModalityName = Literal["xray", "ct", "other", "all"]
Split = str | Sequence[str] | None
_MODALITIES: dict[str, tuple[Modality | None, ...] | None] = {
    "xray": ("CR", "DX", "XR"),
    "ct": ("CT",),
    "other": ("OT", None),
    "all": None,
}
_OTHER_NAMES = {"x-ray": "xray", "cxr": "xray", "xr": "xray"}
_UNKNOWN = ("drop", "keep")


class Options(TypedDict, total=False):
    """What can be asked of every loader; see `covid19_images.dataset.select.select`."""

    label: LabelName | Literal["coarse"] | str | Sequence[str]
    size: int | tuple[int, int] | None
    sources: str | Sequence[str] | None
    version: str | None
    augment: Any
    root: Path | str | None
    unknown: Literal["drop", "keep"]
    copies: bool
    seed: int
    cache: bool
    view: View | str | Sequence[str] | None
    sex: Sex | str | Sequence[str] | None
    age: tuple[float | None, float | None] | None
    patients: str | Sequence[str] | None
    finding: str | Sequence[str] | None
    quality: Quality | str | Sequence[str] | None
    licence: str | Sequence[str] | None
    label_basis: LabelBasis | str | Sequence[str] | None
    disputed: Literal["drop", "keep"]
    balance: Literal["source"] | str | None
    stream: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Everything a caller asked for, in types.

    Attributes:
        kinds: The modalities of the manifest; `None` for all of them.
        parts: Which splits, and how much of them.
        label: How images are labelled.
        size: Side of the squares in pixels; `None` for the pictures' own sizes.
        sources: Names of sources; all where there are none.
        drawn: What happens to a training picture.
        filters: What a row must pass, by the name of the option.
        keep_unknown: Whether images of which the label knows nothing are kept.
        copies: Whether copies of others are kept.
        is_balanced: Whether sources and labels are to be independent.
        keep_disputed: Whether pictures are kept whose own source contradicts itself about them.
        seed: Of everything that is drawn.
        cache: Whether squares are kept ready in a file.
        stream: Whether pictures are read where they are published.
    """

    modality: str
    kinds: tuple[Modality | None, ...] | None
    parts: tuple[Part, ...]
    label: Label
    size: int | None
    sources: frozenset[str]
    drawn: Augmentation | None
    filters: Mapping[str, Filter]
    keep_unknown: bool
    copies: bool
    keep_disputed: bool
    is_balanced: bool
    seed: int
    cache: bool
    stream: bool


def read(modality: object, split: object, options: Mapping[str, Any]) -> Asked:
    """Check everything a caller asked for.

    Raises:
        SelectionError: A word or a number is none that can be asked for.
        TypeError: There is no such option.
    """
    named(options, Options.__annotations__)
    parts = parts_of(split)
    drawn = augmentation(options.get("augment"))
    if drawn and split is not None and "train" not in sides_of(parts):
        raise SelectionError(f"Augmentation is for training; {split} is left as it is.")
    name = one_of("modality", modality, tuple(_MODALITIES), _OTHER_NAMES)
    _is_place(options.get("root"))
    stream = _is_streamed(options)
    return Asked(
        modality=name,
        kinds=_MODALITIES[name],
        parts=parts,
        label=labelled(options.get("label", "covid")),
        size=side_px(options.get("size", 224)),
        sources=frozenset(words("sources", options.get("sources"))),
        drawn=drawn,
        filters=filters(options),
        keep_unknown=one_of("unknown", options.get("unknown", "drop"), _UNKNOWN) == "keep",
        copies=yes_or_no("copies", options.get("copies", False)),
        keep_disputed=one_of("disputed", options.get("disputed", "drop"), _UNKNOWN) == "keep",
        is_balanced=_is_balanced(options.get("balance")),
        seed=whole_number("seed", options.get("seed", 0), least=0),
        cache=yes_or_no("cache", options.get("cache", not stream)),
        stream=stream,
    )


def _is_balanced(value: object) -> bool:
    return value is not None and one_of("balance", value, (SOURCE,)) == SOURCE


def _is_streamed(options: Mapping[str, Any]) -> bool:
    if not yes_or_no("stream", options.get("stream", False)):
        return False
    if options.get("root") is not None:
        raise SelectionError(
            "root is a copy on this disk, and stream=True reads a release where it is published: "
            "leave out one of them. $COVID19_IMAGES_FROM names the place, a folder or a url."
        )
    if options.get("cache") is True:
        raise SelectionError("cache=True needs every picture at once, and stream=True a few.")
    return True


def _is_place(root: object) -> None:
    if not isinstance(root, Path | str | None):
        raise SelectionError(f"root is {root!r}; it is the folder of a local copy.")
