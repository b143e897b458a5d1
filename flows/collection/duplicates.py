"""Keep `datasets/duplicates.csv`: every confirmed pair of copies, once."""

import csv
import datetime as dt
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from covid19_images.manifest.record import DuplicateKind
from covid19_images.manifest.spreadsheet import cell, uncell

Decider = Literal["bytes", "pixels", "verified", "person"]
_HEADER = [
    "a",
    "b",
    "kind",
    "hamming_bits",
    "inliers",
    "correlation",
    "transform",
    "decided_by",
    "date",
]


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
    correlation: float | None = None
    transform: str = ""
    decided_by: Decider = "verified"
    date: dt.date | None = None


def dumps(pairs: Iterable[Pair]) -> str:
    """Write pairs as CSV, sorted."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_HEADER)
    for pair in sorted(pairs, key=lambda p: (p.a, p.b)):
        correlation = "" if pair.correlation is None else f"{pair.correlation:.4f}"
        date = pair.date.isoformat() if pair.date else ""
        writer.writerow(
            [
                cell(pair.a),
                cell(pair.b),
                pair.kind,
                _blank(pair.hamming_bits),
                _blank(pair.inliers),
                correlation,
                pair.transform,
                pair.decided_by,
                date,
            ]
        )
    return out.getvalue()


def _blank(number: int | None) -> str:
    return "" if number is None else str(number)


def loads(text: str) -> list[Pair]:
    """Read pairs back.

    Raises:
        ValueError: When the text is not what `dumps` writes.
    """
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        if next(rows, []) != _HEADER:
            raise ValueError("datasets/duplicates.csv does not begin with the header we write.")
        return [_pair(row, rows.line_num) for row in rows]
    except csv.Error as error:
        raise ValueError(f"datasets/duplicates.csv, line {rows.line_num}: {error}.") from None


def _pair(row: Sequence[str], line: int) -> Pair:
    where = f"datasets/duplicates.csv, line {line}"
    if len(row) != len(_HEADER):
        raise ValueError(f"{where}: {len(row)} cells where {len(_HEADER)} belong.")
    a, b, kind, bits, inliers, correlation, transform, decider, date = row
    if kind not in (*get_args(DuplicateKind), "undecided") or decider not in get_args(Decider):
        raise ValueError(f"{where}: unknown kind or decider.")
    try:
        return Pair(
            a=uncell(a),
            b=uncell(b),
            kind=kind,  # type: ignore[arg-type]
            hamming_bits=int(bits) if bits else None,
            inliers=int(inliers) if inliers else None,
            correlation=float(correlation) if correlation else None,
            transform=transform,
            decided_by=decider,  # type: ignore[arg-type]
            date=dt.date.fromisoformat(date) if date else None,
        )
    except ValueError as error:
        raise ValueError(f"{where}: {error}.") from None
