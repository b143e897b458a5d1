"""Ask a model about rows that it was not trained on: part by part, and groups never straddle."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from covid19_images.manifest.record import Record

PARTS = 6
SURE = 0.8
"""How probable it must be that a row is named, so that a person is asked about few."""


def parts(rows: Sequence[Record], order: Iterable[int] | None = None) -> NDArray[np.int64]:
    """Return the part of each row, from 0 to 5; the rows of one group have the same.

    Args:
        rows: The rows that are asked about.
        order: In which order they are dealt to the parts; as they stand by default.
    """
    place: dict[str, int] = {}
    for at in range(len(rows)) if order is None else order:
        place.setdefault(_group(rows[at]), len(place) % PARTS)
    return np.array([place[_group(row)] for row in rows], np.int64)


def _group(row: Record) -> str:
    return row.group or row.patient_id or row.duplicate_of or row.key
