"""The images that a model is trained on and scored with: their truth, source, group and split."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from covid19_images.checks.baseline.figures import Score, score
from covid19_images.dataset.labels import Label
from covid19_images.manifest.record import Record

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Subjects:
    """Images whose class is known.

    Attributes:
        records: Their rows.
        truth: Which are positive.
        groups: A number for each group: patients, files, pictures and copies that belong together.
        sources: Their sources.
        sides: Their splits.
        own: Which are no copies of others.
    """

    records: tuple[Record, ...]
    truth: Mask
    groups: NDArray[np.int64]
    sources: NDArray[np.str_]
    sides: NDArray[np.str_]
    own: Mask

    def __len__(self) -> int:
        return len(self.records)

    def by_source(
        self, chosen: Mask, predicted: NDArray[np.float64], threshold: float = 0.5
    ) -> list[Score]:
        """Score predictions of some of the images, source by source."""
        return [
            self.score(name, chosen & (self.sources == name), predicted, threshold)
            for name in np.unique(self.sources[chosen]).tolist()
        ]

    def score(
        self, name: str, chosen: Mask, predicted: NDArray[np.float64], threshold: float = 0.5
    ) -> Score:
        """Score predictions of some of the images."""
        return score(name, self.truth[chosen], predicted[chosen], self.groups[chosen], threshold)


def subjects(records: Sequence[Record], label: Label) -> Subjects:
    """Return the images of which a label of two classes knows something.

    Args:
        records: Rows of the manifest.
        label: `covid`, `coarse2`, or a single finding.
    """
    known = tuple(record for record in records if label.known(record))
    names = [record.group or record.duplicate_of or record.key for record in known]
    return Subjects(
        records=known,
        truth=label.targets(known) == 1,
        groups=np.unique(np.array(names, np.str_), return_inverse=True)[1].astype(np.int64),
        sources=_texts(known, lambda record: record.source),
        sides=_texts(known, lambda record: str(record.split)),
        own=np.array([record.duplicate_of is None for record in known], np.bool_),
    )


def _texts(records: Sequence[Record], of: Callable[[Record], str]) -> NDArray[np.str_]:
    return np.array([of(record) for record in records], np.str_)
