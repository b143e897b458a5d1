"""Decide whether two pictures are the same picture, and how one was made from the other.

The verdict depends on the two pictures alone, and not on which of them is called `a` by the
caller: they are put in order of their keys first. So any order of arrival gives the same answers.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from covid19_images.duplicates import hamming
from covid19_images.duplicates.agreement import Agreement, agree
from covid19_images.duplicates.features import Features
from covid19_images.duplicates.item import Item
from covid19_images.duplicates.kinds import kind_of
from covid19_images.duplicates.register import Registration, register, turned_frame
from covid19_images.duplicates.words import INVERTED, MIRRORED, VARIANTS
from covid19_images.records import DuplicateKind

HASH_RADIUS_BITS = 32

# Medians of block agreement: 676 true copies have 0.86 and more, 174 look-alikes 0.67 and less.
_SURE_MEDIAN, _DOUBTFUL_MEDIAN = 0.80, 0.70
_SURE_QUARTILE = 0.50
_LEAST_BLOCKS = 12
_LEAST_TEXTURED = 0.25  # title cards and shared borders: little texture, much agreement
_MAX_ASTRAY = 0.15


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a verdict rests on.

    Attributes:
        hamming_bits: Distance of the 256-bit pHashes in the best orientation, None if unknown.
        inliers: Keypoints that agree with the transform.
        agreement: Of the registered pictures.
        inverted: Whether one is the other's negative.
        transform: Row by row, the map from the first picture (by key) to the second, in
            fractions of their widths and heights.
    """

    hamming_bits: int | None = None
    inliers: int = 0
    agreement: Agreement | None = None
    inverted: bool = False
    transform: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Same:
    """Two copies of one picture."""

    kind: DuplicateKind
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Different:
    """Two different pictures."""

    reason: str


@dataclass(frozen=True, slots=True)
class Undecided:
    """Two pictures that a person should look at."""

    reason: str
    evidence: Evidence


Verdict = Same | Different | Undecided


@dataclass(frozen=True, slots=True)
class Hint:
    """Where to look.

    Attributes:
        variants: Those that share words; see `words`.
        turns: Orientations in which the hashes are near, and their distances in bits.
    """

    variants: Collection[int] = VARIANTS
    turns: Mapping[hamming.Way, int] = field(default_factory=dict)


def decide(a: Item, b: Item, hint: Hint | None = None) -> Verdict:
    """Decide about one pair.

    Args:
        a: One picture.
        b: The other.
        hint: What the search found out; without it everything is tried.
    """
    a, b = sorted((a, b), key=lambda item: item.key)
    if (known := settle(a, b)) is not None:
        return known
    hint = hint or look(a, b)
    best = max(_trials(a, b, hint), key=_strength, default=None)
    if best is None:
        return Different("no transform maps one on the other")
    return _judge(a, b, _bits(a, b, hint), *best)


def settle(a: Item, b: Item) -> Verdict | None:
    """Decide what needs no geometry: equal bytes or pixels, blank pictures, slices of a series."""
    if "blank" in a.quality or "blank" in b.quality:
        return Different("a blank picture is a copy of nothing")
    if a.sha256 and a.sha256 == b.sha256 or a.blob and a.blob == b.blob:
        return Same("bytes", Evidence(hamming_bits=0))
    if a.pixels_sha256 and a.pixels_sha256 == b.pixels_sha256:
        return Same("pixels", Evidence(hamming_bits=0))
    if a.series_id and b.series_id and (a.series_id == b.series_id or _same_patient(a, b)):
        return Different("two pictures that a scanner made of one patient")
    return None


def look(a: Item, b: Item) -> Hint:
    """Compare the hashes of one pair in all orientations."""
    if not a.phash or not b.phash:
        return Hint()
    here, there = hamming.pack([a.phash]), hamming.pack([b.phash])
    near = {
        way: int(np.bitwise_count(hamming.turned(here, *way) ^ there).sum())
        for way in hamming.WAYS
    }
    return Hint(turns={way: bits for way, bits in near.items() if bits <= HASH_RADIUS_BITS})


def _bits(a: Item, b: Item, hint: Hint) -> int | None:
    if hint.turns:
        return min(hint.turns.values())
    if not a.phash or not b.phash:
        return None
    return (int(a.phash, 16) ^ int(b.phash, 16)).bit_count()


def _same_patient(a: Item, b: Item) -> bool:
    return bool(a.patient_id and a.patient_id == b.patient_id)


def _trials(a: Item, b: Item, hint: Hint) -> Iterator[tuple[Registration, Agreement]]:
    for variant in sorted({*hint.variants, *(_variant(*way) for way in hint.turns)}):
        if found := register(a.features, b.features, variant):
            yield found, _agreement(a, b, found)
    for turn, inverted in sorted(hint.turns):
        matrix = turned_frame(_frame(a.features).shape, _frame(b.features).shape, turn)
        found = Registration(matrix, _variant(turn, inverted), inliers=0)
        yield found, _agreement(a, b, found)


def _variant(turn: int, inverted: bool) -> int:
    return INVERTED * inverted | MIRRORED * (turn.bit_count() % 2)


def _agreement(a: Item, b: Item, found: Registration) -> Agreement:
    other = _frame(b.features)
    return agree(
        _frame(a.features), 255 - other if found.variant & INVERTED else other, found.matrix
    )


def _strength(trial: tuple[Registration, Agreement]) -> tuple[float, ...]:
    found, agreement = trial
    return agreement.median * (agreement.blocks >= _LEAST_BLOCKS), found.inliers, -found.variant


@lru_cache(maxsize=4096)
def _frame(features: Features) -> NDArray[np.uint8]:
    return features.picture()


def _judge(
    a: Item, b: Item, bits: int | None, found: Registration, agreement: Agreement
) -> Verdict:
    frames = _frame(a.features), _frame(b.features)
    evidence = Evidence(
        hamming_bits=bits,
        inliers=found.inliers,
        agreement=agreement,
        inverted=bool(found.variant & INVERTED),
        transform=_in_fractions(found, *(frame.shape for frame in frames)),
    )
    if agreement.median < _DOUBTFUL_MEDIAN or agreement.blocks < _LEAST_BLOCKS:
        return Different("the registered pictures differ in texture")
    kind = kind_of(a, b, found, agreement, *frames)
    if doubt := _doubt(a, b, kind, agreement):
        return Undecided(doubt, evidence)
    return Same(kind, evidence)


def _doubt(a: Item, b: Item, kind: DuplicateKind, agreement: Agreement) -> str | None:
    # A panel is one certain slice of a figure; whole slices can be their neighbours' twins.
    if a.modality == "CT" and b.modality == "CT" and kind != "part":
        return "two CT slices without a common series: neighbours look like copies"
    if agreement.median < _SURE_MEDIAN or agreement.quartile < _SURE_QUARTILE:
        return "the texture agrees only in part"
    if agreement.textured < _LEAST_TEXTURED:
        return "little texture where the pictures overlap"
    if agreement.astray > _MAX_ASTRAY:
        return "some blocks show something else"
    return None


def _in_fractions(found: Registration, a: Sequence[int], b: Sequence[int]) -> tuple[float, ...]:
    scaled = np.diag([1 / b[1], 1 / b[0]]) @ found.matrix @ np.diag([a[1], a[0], 1.0])
    return tuple(round(float(value), 4) for value in scaled.reshape(-1))
