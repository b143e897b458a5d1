"""The figures of the baseline for the data card, from the small pictures that the bot keeps.

They are the library's own (`covid19-images baseline`), but for the pictures: a release is described
before anybody has its squares, and shards of earlier releases are elsewhere.
"""

import hashlib
from collections.abc import Mapping, Sequence

from covid19_images.checks.baseline.frozen import describe
from covid19_images.checks.baseline.logistic import fit
from covid19_images.checks.baseline.measure import Trainer, measure
from covid19_images.checks.baseline.report import Table, comparison, of_scores
from covid19_images.checks.baseline.subjects import subjects as subjects_of
from covid19_images.dataset.labels import label
from covid19_images.duplicates.features import Features
from covid19_images.images.resize import sized
from covid19_images.manifest.record import Record
from covid19_images.manifest.statements.conflicts import in_doubt
from covid19_images.release.row import Row

MOST = 4000
"""Images looked at, whole groups of them: a release must not wait for its card."""

_SIDE_PX = 128
_RADIOGRAPHS = ("CR", "DX", "XR")
_SIDES = ("train", "validation", "test")
_LABEL = label("covid")


def subjects(rows: Sequence[Row]) -> list[Record]:
    """Choose the radiographs asked about, copies among them; whole groups, where there are many."""
    records = [row.record for row in rows]
    doubtful = in_doubt(records)
    found = [r for r in records if _is_subject(r) and r.key not in doubtful]
    found.sort(key=lambda r: (hashlib.sha256(_group(r).encode()).hexdigest(), r.key))
    if len(found) <= MOST:
        return found
    cut = _group(found[MOST])
    return [record for record in found[:MOST] if _group(record) != cut]


def _is_subject(record: Record) -> bool:
    return (
        record.status == "active"
        and record.modality in _RADIOGRAPHS
        and record.split in _SIDES
        and _LABEL.known(record)
    )


def _group(record: Record) -> str:
    return record.group or record.duplicate_of or record.key


def tables(records: Sequence[Record], features: Mapping[str, Features]) -> list[Table]:
    """Measure the baseline; nothing where there is nothing to tell apart.

    Args:
        records: The images.
        features: Their small pictures, by blob; an image without one is left out.
    """
    records = [record for record in records if record.blob in features]
    pictures = (sized(features[record.blob].picture(), _SIDE_PX) for record in records)
    found = subjects_of(records, _LABEL)
    measured = measure(found, Trainer(describe(pictures), fit)) if len(found) else None
    if measured is None:
        return []
    return [
        of_scores("The fixed splits: trained on train, scored on test", measured.test),
        of_scores("A source never seen: trained on all others", measured.unseen),
        comparison(measured.leakage),
    ]
