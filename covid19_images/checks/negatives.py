"""Find radiographs that are negatives: dark where others are light. Laterals are left out.

A small model is trained on the pictures and on their own negatives, each time without the group
that it is asked about. It is for people to look at: nothing is applied.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from covid19_images.checks.baseline.logistic import fit
from covid19_images.checks.left_out import PARTS, SURE, parts
from covid19_images.checks.views import KINDS
from covid19_images.manifest.record import Record

_LEAST = 20  # pictures, below which nothing can be learnt
_SIDE_PX = 16


@dataclass(frozen=True, slots=True)
class Negative:
    """One row whose picture is a negative.

    Attributes:
        key: The row.
        probability: How probably it is one.
    """

    key: str
    probability: float


def negatives(
    records: Sequence[Record], pictures: Mapping[str, NDArray[np.uint8]]
) -> list[Negative]:
    """Return the radiographs that are negatives, the surest first.

    Args:
        records: All rows.
        pictures: Grey levels by blob id; rows without them are not asked about.
    """
    asked = sorted(
        (row for row in records if _is_asked(row) and row.blob in pictures),
        key=lambda row: row.key,
    )
    if len(asked) < _LEAST:
        return []
    features = np.stack([_features(pictures[row.blob]) for row in asked])
    part_of = parts(asked)
    found = []
    for part in range(PARTS):
        here = part_of == part
        others = features[~here]
        if not here.any() or not len(others):
            continue
        is_negative = np.repeat([False, True], len(others))
        scores = fit(np.vstack([others, -others]), is_negative).probabilities(features[here])
        found += [
            Negative(asked[at].key, float(score))
            for at, score in zip(np.flatnonzero(here), scores, strict=True)
            if score > SURE
        ]
    return sorted(found, key=lambda one: (-one.probability, one.key))


def _is_asked(row: Record) -> bool:
    """Return whether a row is of a radiograph; of laterals there are too few to learn from."""
    return row.status == "active" and row.modality in KINDS and row.view != "LATERAL"


def _features(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return coarse grey levels about the middle, so that a negative has the opposite ones."""
    small = cv2.resize(picture, (_SIDE_PX, _SIDE_PX), interpolation=cv2.INTER_AREA)
    return np.asarray(small.ravel() / 255 - 0.5, np.float32)
