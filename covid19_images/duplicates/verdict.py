"""Decide whether two pictures are the same picture, and how one was made from the other.

The verdict depends on the two pictures alone, and not on which of them is called `a` by the
caller: they are put in order of their keys first. So any order of arrival gives the same answers.
"""

from dataclasses import dataclass

import numpy as np

from covid19_images.duplicates.codes import INVERTED
from covid19_images.duplicates.kinds import MOST_OF_A_PART, kind_of
from covid19_images.duplicates.picture import Item
from covid19_images.duplicates.registration import Registration
from covid19_images.duplicates.slices import is_slice
from covid19_images.duplicates.texture import Agreement
from covid19_images.duplicates.transforms import (
    LEAST_BLOCKS,
    Hint,
    Trial,
    best_trial,
    frame,
    look,
    within_panels,
)
from covid19_images.manifest.record import DuplicateKind

# Medians of block agreement in the visible corpora: 883 true copies have 0.89 and more; of all
# other registered pairs, two exposures of one child reach 0.81 and all others stay under 0.76.
_SURE_MEDIAN, _DOUBTFUL_MEDIAN = 0.86, 0.76
_SURE_QUARTILE = 0.65
_LEAST_TEXTURED = 0.5  # title cards and shared borders: little texture, much agreement; copies 0.76
_MAX_ASTRAY = 0.1  # copies 0.065
# Two exposures of one person, small enough, agree as well as copies do: 0.88 in 14 blocks. Known
# copies share 45 blocks and more.
_FEW_BLOCKS, _SURE_MEDIAN_OF_FEW = 30, 0.93


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a verdict rests on.

    Attributes:
        hamming_bits: Distance of the 256-bit pHashes, in the orientation that brings them within
            32 bits if there is one; None if unknown.
        inliers: Keypoints that agree with the transform.
        agreement: Of the registered pictures; None where none was needed.
        inverted: Whether one is the other's negative.
        transform: Row by row, the 2 × 3 map from the first picture (by key) to the second, in
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


def decide(a: Item, b: Item, hint: Hint | None = None) -> Verdict:
    """Decide about one pair.

    Args:
        a: One picture.
        b: The other.
        hint: What the search found out, for the pair in order of keys; without it everything is
            tried.
    """
    a, b = sorted((a, b), key=lambda item: item.key)
    if (known := _settled(a, b)) is not None:
        return known
    hint = hint or look(a, b)
    best = best_trial(a, b, hint)
    if best is None:
        return Different("no transform maps one on the other")
    if panel := _shared_panel(a, b, best):
        return Same("part", _evidence(a, b, hint, panel))
    agreement = best.agreement
    if agreement.median < _DOUBTFUL_MEDIAN or agreement.blocks < LEAST_BLOCKS:
        return Different("the registered pictures differ in texture")
    return _judge(a, b, best, _evidence(a, b, hint, best))


def _settled(a: Item, b: Item) -> Verdict | None:
    """Decide what needs no geometry."""
    if "blank" in a.quality or "blank" in b.quality:
        return Different("a blank picture is a copy of nothing")
    if (a.sha256 and a.sha256 == b.sha256) or (a.blob and a.blob == b.blob):
        return Same("bytes", Evidence(hamming_bits=0))
    if a.pixels_sha256 and a.pixels_sha256 == b.pixels_sha256:
        return Same("pixels", Evidence(hamming_bits=0))
    one_patient = a.patient_id and a.patient_id == b.patient_id
    if a.series_id and b.series_id and (a.series_id == b.series_id or one_patient):
        return Different("two pictures that a scanner made of one patient")
    return None


def _shared_panel(a: Item, b: Item, best: Trial) -> Trial | None:
    """Return the agreement in one panel, if that is beyond doubt and no more is shared."""
    covers = best.agreement.cover_a, best.agreement.cover_b
    figures = [cover for cover, item in zip(covers, (a, b), strict=True) if item.features.panels]
    if not figures or (min(figures) >= MOST_OF_A_PART and not _doubt(best.agreement)):
        return None
    panel = within_panels(a, b, best)
    if panel is None or panel.agreement.blocks < LEAST_BLOCKS or _doubt(panel.agreement):
        return None
    return panel


def _judge(a: Item, b: Item, best: Trial, evidence: Evidence) -> Verdict:
    frames = frame(a.features), frame(b.features)
    kind = kind_of(a, b, best.found, best.agreement, *frames)
    # A panel is one certain slice of a figure; whole slices can be their neighbours' twins.
    if kind != "part" and is_slice(a) and is_slice(b):
        return Undecided("CT slices without a common series: neighbours look alike", evidence)
    if doubt := _doubt(best.agreement):
        return Undecided(doubt, evidence)
    return Same(kind, evidence)


def _doubt(agreement: Agreement) -> str | None:
    if agreement.median < _SURE_MEDIAN or agreement.quartile < _SURE_QUARTILE:
        return "the texture agrees only in part"
    if agreement.blocks < _FEW_BLOCKS and agreement.median < _SURE_MEDIAN_OF_FEW:
        return "too little is shared to be sure"
    if agreement.textured < _LEAST_TEXTURED:
        return "little texture where the pictures overlap"
    if agreement.astray > _MAX_ASTRAY:
        return "some blocks show something else"
    return None


def _evidence(a: Item, b: Item, hint: Hint, best: Trial) -> Evidence:
    return Evidence(
        hamming_bits=_bits(a, b, hint),
        inliers=best.found.inliers,
        agreement=best.agreement,
        inverted=bool(best.found.variant & INVERTED),
        transform=_in_fractions(a, b, best.found),
    )


def _bits(a: Item, b: Item, hint: Hint) -> int | None:
    if hint.turns:
        return min(hint.turns.values())
    if not a.phash or not b.phash:
        return None
    return (int(a.phash, 16) ^ int(b.phash, 16)).bit_count()


def _in_fractions(a: Item, b: Item, found: Registration) -> tuple[float, ...]:
    (height, width), (rows, columns) = frame(a.features).shape, frame(b.features).shape
    scaled = np.diag([1 / columns, 1 / rows]) @ found.matrix @ np.diag([width, height, 1.0])
    return tuple(round(float(value), 4) for value in scaled.reshape(-1))
