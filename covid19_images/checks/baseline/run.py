"""Train and score the baseline of a local copy: `c19.baseline("xray")`."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Unpack

from covid19_images.checks.baseline import NOT_MEANT, frozen, logistic, network
from covid19_images.checks.baseline.frozen import Levels, Matrix
from covid19_images.checks.baseline.measure import Fit, Measured, Trainer, measure
from covid19_images.checks.baseline.report import Table, comparison, of_scores
from covid19_images.checks.baseline.subjects import Subjects, subjects
from covid19_images.dataset.arguments import SelectionError, one_of
from covid19_images.dataset.labels import Label
from covid19_images.dataset.options import ModalityName, Options
from covid19_images.dataset.select import select
from covid19_images.dataset.selection import Selection
from covid19_images.download.progress import progress
from covid19_images.download.squares import Say
from covid19_images.manifest import spreadsheet

_MODELS: dict[str, tuple[Callable[[Iterable[Levels]], Matrix], Fit]] = {
    "linear": (frozen.describe, logistic.fit),
    "network": (network.describe, network.fit),
}


@dataclass(frozen=True, slots=True, eq=False)
class Baseline:
    """A small model, and what it reaches.

    Attributes:
        version: The release.
        label: What was to be recognised.
        subjects: The images, copies among them.
        measured: The figures.
        model: Which model: `linear` or `network`.
    """

    version: str
    label: Label
    subjects: Subjects
    measured: Measured
    model: str = "linear"

    def tables(self) -> list[Table]:
        """Return the figures as three tables."""
        return [
            of_scores("The fixed splits: trained on train, scored on test", self.measured.test),
            of_scores("A source never seen: trained on all others", self.measured.unseen),
            comparison(self.measured.leakage),
        ]

    def predictions(self) -> str:
        """Return its predictions of validation and test as CSV, as `score` reads them."""
        rows = [
            (record.image_id, f"{probability:.6f}")
            for record, probability, own in zip(
                self.subjects.records, self.measured.predicted, self.subjects.own, strict=True
            )
            if own and record.split in ("validation", "test")
        ]
        return spreadsheet.dumps([("image_id", "score"), *rows])

    def document(self) -> dict[str, Any]:
        """Return the figures for programs."""
        return {
            "version": self.version,
            "label": self.label.name,
            "model": self.model,
            "test": [asdict(one) for one in self.measured.test],
            "unseen": [asdict(one) for one in self.measured.unseen],
            "leakage": asdict(self.measured.leakage),
            "not_meant": NOT_MEANT,
        }

    def __repr__(self) -> str:
        head = f"Baseline of release {self.version}, label {self.label.name}, model {self.model}."
        return "\n\n".join([head, *(str(table) for table in self.tables()), NOT_MEANT])


def baseline(
    modality: ModalityName | str = "xray", *, model: str = "linear", **options: Unpack[Options]
) -> Baseline:
    """Train a small model on the local copy, and score it on its fixed splits.

    Filters that are drawn once and never trained describe the pictures, logistic regression parts
    them; or a small network of three layers is trained. On one machine the figures are the same to
    the last digit each time.

    Args:
        modality: `xray`, `ct`, `other` or `all`.
        model: `linear`, or `network` where PyTorch is installed.
        options: See `covid19_images.dataset.select.select`; the label has two classes.

    Raises:
        SelectionError: Nothing matches, or there is nothing to tell apart.
        LocalCopyError: There is no local copy, and none can be had.
    """
    model = one_of("model", model, tuple(_MODELS), {"cnn": "network"})
    chosen = select(modality, **(options | {"copies": True, "unknown": "drop"}))
    two_classes(chosen.label)
    if chosen.size is None:
        raise SelectionError("The baseline sees squares; name a size.")
    with progress() as say:
        return of(chosen, say, model)


def two_classes(label: Label) -> None:
    """Raise a `SelectionError` where a label has not two classes."""
    if label.several or len(label.classes) != 2:
        raise SelectionError(
            f"The label {label.name} has not two classes; choose covid, or a single finding."
        )


def of(chosen: Selection, say: Say, model: str = "linear") -> Baseline:
    """Train and score on a selection.

    Args:
        chosen: With copies, of a label of two classes.
        say: Called with the progress.
        model: One of those there are.
    """
    found, (describe, fit) = subjects(chosen.records, chosen.label), _MODELS[model]
    measured = measure(found, Trainer(describe(_pictures(chosen, say)), fit))
    if measured is None:
        raise SelectionError(
            f"The training split has images of one class of {chosen.label.name} only, so there is "
            "nothing to tell apart."
        )
    return Baseline(chosen.copy.version, chosen.label, found, measured, model)


def _pictures(chosen: Selection, say: Say) -> Iterator[Levels]:
    order: Sequence[int] = range(len(chosen))
    for done in order:
        say("Describing pictures", done, len(order))
        yield chosen.plain(done)
    say("Fitting", len(order), len(order))
