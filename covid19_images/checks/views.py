"""Find radiographs whose view their picture contradicts: frontal against lateral.

A small model is trained on the rows' own views, each time without the group that it is asked about.
It is for people to look at: nothing is applied.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from covid19_images.checks.baseline.logistic import fit
from covid19_images.checks.left_out import PARTS, SURE, parts
from covid19_images.manifest.record import Record

_FRONTAL = frozenset({"PA", "AP", "AP_SUPINE", "AP_ERECT"})
KINDS = frozenset({"XR", "CR", "DX"})
_LEAST = 6  # pictures of either kind, below which nothing can be learnt
_SIDE_PX, _COARSE_PX = 32, 16


@dataclass(frozen=True, slots=True)
class Contradicted:
    """One row whose view its picture contradicts.

    Attributes:
        key: The row.
        view: What it states.
        lateral: How probably the picture is a lateral one.
    """

    key: str
    view: str
    lateral: float


def contradicted(
    records: Sequence[Record], pictures: Mapping[str, NDArray[np.uint8]]
) -> list[Contradicted]:
    """Return the rows whose view their picture contradicts, the surest first.

    Args:
        records: All rows.
        pictures: Grey levels by blob id; rows without them are not asked about.
    """
    asked = [row for row in records if _is_asked(row) and row.blob in pictures]
    asked.sort(key=lambda row: row.key)
    lateral = np.array([row.view == "LATERAL" for row in asked], np.bool_)
    if min(lateral.sum(), (~lateral).sum()) < _LEAST:
        return []
    features = np.stack([_features(pictures[row.blob]) for row in asked])
    laterals_first = np.argsort(~lateral, kind="stable").tolist()  # so that all parts have some
    part_of = parts(asked, laterals_first)
    found = []
    for part in range(PARTS):
        here = part_of == part
        if not here.any() or len(set(lateral[~here])) < 2:
            continue
        model = fit(features[~here], lateral[~here])
        for at, score in zip(
            np.flatnonzero(here), model.probabilities(features[here]), strict=True
        ):
            row, own = asked[at], bool(lateral[at])
            if (1 - score if own else score) > SURE:
                found.append(Contradicted(row.key, str(row.view), float(score)))
    return sorted(found, key=lambda one: (-abs(one.lateral - 0.5), one.key))


def _is_asked(row: Record) -> bool:
    stated = row.view == "LATERAL" or row.view in _FRONTAL
    return row.status == "active" and stated and row.modality in KINDS


def _features(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return coarse grey levels, and how far the halves are from mirroring each other."""
    small = cv2.resize(picture, (_SIDE_PX, _SIDE_PX), interpolation=cv2.INTER_AREA)
    even = cv2.equalizeHist(small).astype(np.float32) / 255
    coarse = cv2.resize(even, (_COARSE_PX, _COARSE_PX), interpolation=cv2.INTER_AREA) - 0.5
    mirrored = np.abs((even - even[:, ::-1]).reshape(8, 4, _SIDE_PX).mean(axis=1))
    return np.concatenate([coarse.ravel(), 2 * mirrored.ravel()]).astype(np.float32)
