"""Compare the rows of a renamed source with those it had, without its patients' new ids."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from covid19_images.manifest.record import Record


def as_patients_now(before: Sequence[Record], now: Sequence[Record]) -> tuple[Record, ...]:
    """Return rows with the ids that their patients have now.

    An id is hashed together with the source's name, so a new name makes new ids of the same
    patients. Only where one patient became one patient is the id taken over: all else is news.

    Args:
        before: The rows before.
        now: The rows now.
    """
    there = {row.path: row.patient_id for row in now}
    new: dict[str, set[str]] = defaultdict(set)
    old: dict[str, set[str]] = defaultdict(set)
    for row in before:
        if row.patient_id and (patient := there.get(row.path)):
            new[row.patient_id].add(patient)
            old[patient].add(row.patient_id)
    same = {
        was: patient
        for was, found in new.items()
        for patient in found
        if len(found) == len(old[patient]) == 1
    }
    return tuple(
        replace(row, patient_id=same.get(row.patient_id, row.patient_id)) if row.patient_id else row
        for row in before
    )
