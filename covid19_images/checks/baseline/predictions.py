"""Score anybody's predictions on the fixed splits: `c19.score("predictions.csv")`."""

import csv
import io
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Unpack

import numpy as np

from covid19_images.checks.baseline import NOT_MEANT
from covid19_images.checks.baseline.figures import Score
from covid19_images.checks.baseline.report import Table, of_scores
from covid19_images.checks.baseline.run import two_classes
from covid19_images.checks.baseline.subjects import subjects
from covid19_images.dataset.options import ModalityName, Options, Split
from covid19_images.dataset.select import select
from covid19_images.manifest.spreadsheet import uncell

_NAMED = ("image_id", "key")
_SCORE = "score"


class PredictionsError(ValueError):
    """Raised for predictions that cannot be scored: why."""


@dataclass(frozen=True, slots=True)
class Scored:
    """What predictions are worth.

    Attributes:
        version: The release.
        label: What was to be recognised.
        splits: The splits that were scored.
        scores: By source.
        missing: Images asked about without a prediction; the figures are of the others.
        unused: Predictions of anything else.
    """

    version: str
    label: str
    splits: tuple[str, ...]
    scores: tuple[Score, ...]
    missing: int
    unused: int

    def table(self) -> Table:
        """Return the figures as a table."""
        where = ", ".join(self.splits)
        title = f"Release {self.version}, label {self.label}, scored on {where}"
        return of_scores(title, self.scores)

    @property
    def sentences(self) -> list[str]:
        """Return remarks on the figures."""
        remarks = []
        if self.missing:
            remarks.append(
                f"Without a prediction: {self.missing:,} images of {', '.join(self.splits)}. "
                "Figures that leave out images cannot be compared with others."
            )
        if self.unused:
            remarks.append(f"Not used: {self.unused:,} predictions of other images.")
        return [*remarks, NOT_MEANT]

    def document(self) -> dict[str, Any]:
        """Return the figures for programs."""
        return asdict(self) | {"not_meant": NOT_MEANT}

    def __repr__(self) -> str:
        return "\n\n".join([str(self.table()), *self.sentences])


def score(
    predictions: Path | str,
    modality: ModalityName | str = "xray",
    split: Split = "test",
    *,
    threshold: float = 0.5,
    **options: Unpack[Options],
) -> Scored:
    """Score predictions by source, with intervals.

    Args:
        predictions: A CSV file with the columns `image_id` (or `key`, which is `source/path`) and
            `score`: larger where the positive class is more probable.
        modality: `xray`, `ct`, `other` or `all`.
        split: What is scored; see `covid19_images.dataset.select.select`.
        threshold: From which number on an image counts as positive.
        options: See `covid19_images.dataset.select.select`; the label has two classes.

    Raises:
        PredictionsError: The file cannot be read, or says two things of one image.
        SelectionError: Nothing matches.
        LocalCopyError: There is no local copy, and none can be had.
    """
    given = read(Path(predictions))
    chosen = select(modality, split, **(options | {"copies": False, "unknown": "drop"}))
    two_classes(chosen.label)
    found = subjects(chosen.records, chosen.label)
    asked = [
        given.get(str(record.image_id), given.get(record.key, math.nan)) for record in found.records
    ]
    predicted = np.array(asked, np.float64)
    there = ~np.isnan(predicted)
    if not there.any():
        raise PredictionsError(
            f"{predictions} predicts none of the {len(found):,} images of "
            f"{', '.join(chosen.splits)}; its first column holds {next(iter(given), 'nothing')!r}."
        )
    return Scored(
        version=chosen.copy.version,
        label=chosen.label.name,
        splits=chosen.splits,
        scores=tuple(found.by_source(there, predicted, threshold)),
        missing=int((~there).sum()),
        unused=len(given) - int(there.sum()),
    )


def read(file: Path) -> Mapping[str, float]:
    """Read predictions by image id or key.

    Raises:
        PredictionsError: The file cannot be read, or says two things of one image.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise PredictionsError(f"{file} cannot be read: {why}. Nothing was scored.") from None
    lines = csv.DictReader(io.StringIO(text, newline=""))
    columns = lines.fieldnames or []
    named = next((name for name in _NAMED if name in columns), None)
    if named is None or _SCORE not in columns:
        raise PredictionsError(
            f"{file} needs the columns image_id (or key) and score; it has {', '.join(columns)}."
        )
    found: dict[str, float] = {}
    for row in lines:
        name, value = uncell(row[named] or ""), _number(row[_SCORE], f"{file}:{lines.line_num}")
        if found.setdefault(name, value) != value:
            raise PredictionsError(f"{file}:{lines.line_num}: another score of {name} before.")
    return found


def _number(text: str | None, where: str) -> float:
    try:
        number = float(text or "")
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise PredictionsError(f"{where}: score is {text!r}; it is a number.")
    return number
