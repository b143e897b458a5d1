"""Keep `datasets/duplicates.csv`: every confirmed pair of copies, once."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from covid19_images.manifest.dataclass_csv import Table
from covid19_images.manifest.record import DuplicateKind

Decider = Literal["bytes", "pixels", "verified", "person"]


@dataclass(frozen=True, slots=True, order=True, kw_only=True)
class Pair:
    """Two rows that show the same picture, `a` before `b`.

    Attributes:
        a: Key of one row, `source/path`.
        b: Key of the other.
        kind: How one differs from the other.
        hamming_bits: Distance of their 256-bit perceptual hashes.
        inliers: Feature points that agree under one affine map; `None` where none were needed.
        correlation: Correlation of the registered pictures.
        transform: The map found, in words.
        decided_by: What settled it.
        date: When the later of the two arrived (UTC).
    """

    a: str
    b: str
    kind: DuplicateKind | Literal["undecided"]
    hamming_bits: int | None = None
    inliers: int | None = None
    correlation: float | None = field(default=None, metadata={"format": ".4f"})
    transform: str = ""
    decided_by: Decider = "verified"
    date: dt.date | None = None


_TABLE = Table(Pair, "datasets/duplicates.csv")
loads = _TABLE.loads


def dumps(pairs: Iterable[Pair]) -> str:
    """Write pairs as CSV, sorted."""
    return _TABLE.dumps(sorted(pairs, key=lambda p: (p.a, p.b)))
