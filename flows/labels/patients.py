"""Patients as tables write them: one number however it is spelled, and rows that disagree."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from covid19_images.manifest.record import Record
from flows.collection.problems import Problem
from flows.config.source import Source

_NUMBER = re.compile(r"0*(\d+)(?:\.0*)?")
_DAYS_A_YEAR = 365.25


def numeric_throughout(texts: Iterable[str]) -> bool:
    """Return whether a column of patients holds whole numbers only, as spreadsheets write them.

    >>> numeric_throughout(["62", "062", "62.0 "]), numeric_throughout(["62", "62a"])
    (True, False)
    """
    stripped = [text.strip() for text in texts]
    return bool(stripped) and all(map(_NUMBER.fullmatch, stripped))


def number(text: str) -> str:
    """Write a patient's number in one way.

    >>> number("062"), number("62.0 "), number("0")
    ('62', '62', '0')
    """
    found = _NUMBER.fullmatch(text.strip())
    return str(int(found[1])) if found else text


def conflicts(source: Source, records: Iterable[Record]) -> Iterator[Problem]:
    """Find patients whose images contradict each other: two people under one id, or a typing error.

    Nothing is merged or split on that ground: a person has to look.
    """
    of_patient: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        if record.patient_id:
            of_patient[record.patient_id].append(record)
    for patient, images in sorted(of_patient.items()):
        for what in (_two(images, "sex"), _two(images, "country"), _ages(source, images)):
            if what:
                file = min(image.path for image in images)
                yield Problem(
                    source.name, file, 0, "patient_conflict", f"patient {patient}: {what}"
                )


def _two(images: Sequence[Record], column: str) -> str | None:
    first = {getattr(image, column): image.path for image in reversed(images)}
    first.pop(None, None)
    if len(first) < 2:
        return None
    return " but ".join(f"{column} {value} in {path}" for value, path in sorted(first.items()))


def _ages(source: Source, images: Sequence[Record]) -> str | None:
    """Compare the oldest and the youngest image, less the time that lies between them."""
    oldest = max(images, key=lambda image: image.age_min or 0)
    dated = [image for image in images if image.age_max is not None]
    youngest = min(dated, key=lambda image: image.age_max or 0, default=None)
    if youngest is None or oldest.age_min is None or youngest.age_max is None:
        return None
    between = 0.0
    if oldest.offset_days is not None and youngest.offset_days is not None:
        between = abs(oldest.offset_days - youngest.offset_days) / _DAYS_A_YEAR
    if oldest.age_min - youngest.age_max <= source.patient.ages_apart + between:
        return None
    return f"age {youngest.age_max} in {youngest.path} but age {oldest.age_min} in {oldest.path}"
