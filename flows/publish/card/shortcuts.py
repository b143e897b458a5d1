"""Figures that say how far a good score may be trusted: shortcuts.

A model that sees only the border of a picture, or only the size and format of its file, knows
nothing of the lungs. As far as it still tells COVID-19 from other findings, so may any model.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from covid19_images.duplicates.features import Features
from covid19_images.manifest.record import Record
from covid19_images.release.row import Row

_FOLDS = 5
_LEAST = 20  # images of either class; below, a figure would be chance
MOST = 4000  # images looked at, chosen by id; more do not change the figure
_SIDE, _RING = 64, 5  # pixels of the small picture, and of its border
_BINS = 16  # along each side of the border

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Shortcut:
    """How well something that is not the lungs tells COVID-19 from other findings.

    Attributes:
        name: What the model sees.
        auc: Area under the ROC curve, out of fold; 0.5 is chance. `None` where there are too few.
        positive: Images with COVID-19.
        negative: Images with another finding, or none.
    """

    name: str
    auc: float | None
    positive: int
    negative: int


def _is_subject(record: Record) -> bool:
    return record.status == "active" and bool(record.finding) and not record.duplicate_of


def subjects(rows: Sequence[Row]) -> list[Record]:
    """Choose the images asked about: no copies, and with a finding."""
    found = [r.record for r in rows if _is_subject(r.record)]
    return sorted(found, key=lambda r: (r.image_id or "", r.key))[:MOST]


def shortcuts(records: Sequence[Record], features: Mapping[str, Features]) -> list[Shortcut]:
    """Measure what border, file and source tell.

    Args:
        records: The images.
        features: Their small pictures, by blob; an image without one is left out.
    """
    records = [r for r in records if r.blob in features]
    if not records:
        return []
    borders = np.array([_border(features[r.blob].picture()) for r in records])
    files = np.array([_file(r) for r in records])
    names = sorted({r.source for r in records})
    sources = np.array([[float(r.source == name) for name in names] for r in records])
    return [
        _shortcut("the border of the picture", records, borders),
        _shortcut("size and format of the file", records, files),
        _shortcut("the name of the source", records, sources),
    ]


def _shortcut(name: str, records: Sequence[Record], features: Matrix) -> Shortcut:
    covid = np.array(["COVID-19" in r.finding for r in records])
    groups = np.array([r.group or r.patient_id or r.key for r in records])
    positive, negative = int(covid.sum()), int((~covid).sum())
    enough = min(positive, negative) >= _LEAST and len(set(groups)) >= 2 * _FOLDS
    auc = _auc(features, covid, groups) if enough else None
    return Shortcut(name, auc, positive, negative)


def _auc(features: Matrix, covid: NDArray[np.bool_], groups: NDArray[np.str_]) -> float:
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415  slow to import
    from sklearn.metrics import roc_auc_score  # noqa: PLC0415
    from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict  # noqa: PLC0415
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415

    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=1000))
    folds = StratifiedGroupKFold(_FOLDS, shuffle=True, random_state=0)
    guesses = cross_val_predict(
        model, features, covid, groups=groups, cv=folds, method="decision_function"
    )
    return round(float(roc_auc_score(covid, guesses)), 2)


def _border(picture: NDArray[np.uint8]) -> Matrix:
    """Describe only the outer ring of a picture: means along its sides, and their spread."""
    small = cv2.resize(picture, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA).astype(np.float64)
    sides = [small[:_RING], small[-_RING:], small[:, :_RING].T, small[:, -_RING:].T]
    parts = [side.reshape(_RING, _BINS, -1) for side in sides]
    means = [part.mean(axis=(0, 2)) for part in parts]
    spreads = [part.std(axis=(0, 2)) for part in parts]
    return np.concatenate([*means, *spreads])


def _file(record: Record) -> list[float]:
    width, height = float(record.width or 1), float(record.height or 1)
    kinds = ("image/jpeg", "image/png", "application/dicom")
    return [
        np.log(width),
        np.log(height),
        width / height,
        np.log(max(record.bytes or 1, 1) / (width * height)),
        float(record.bit_depth or 8),
        float("colour" in record.quality),
        *(float(record.media_type == kind) for kind in kinds),
    ]
