"""Count what a configuration does not state of its images, and what among them is probably none."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from covid19_images.manifest.record import Record
from flows.onboarding.sight import Sight
from flows.onboarding.sort import sort
from flows.text import names
from flows.text.plural import plural

_STATED = ("finding", "modality", "view", "patient_id", "licence")
NOT_READ = "it was not read: only a few pictures are"
_IN_HEADERS = ("modality", "view", "patient_id")
_WORDS = {"patient_id": "patient"}
_SHOWN = 3


def unstated(records: Sequence[Record]) -> list[str]:
    """Return a line for each thing that nobody states of some images.

    Args:
        records: The rows as the configuration makes them; of most nothing is read but their names
            and tables, so what DICOM headers say is not in them.
    """
    lines = []
    is_dicom = any(record.media_type == "application/dicom" for record in records)
    for column in _STATED:
        without = [record for record in records if _is_untold(getattr(record, column))]
        unread = sum(record.status_reason == NOT_READ for record in without)
        if without:
            word = _WORDS.get(column, column)
            line = f"not stated: {plural(len(without), 'images')} without {word}"
            if is_dicom and unread and column in _IN_HEADERS:
                line += f"; a DICOM header may state it of the {unread:,} that were not read"
            lines.append(line)
    return lines


def _is_untold(value: object) -> bool:
    return value in (None, (), "NOASSERTION")


def among_images(paths: Sequence[str], sights: Mapping[str, Sight]) -> list[str]:
    """Return a line for each pattern of files that are taken for images, and are probably none.

    Args:
        paths: What the configuration takes for images.
        sights: What a few of them turned out to be.
    """
    return [f"{one.pattern} looks like {one.why}" for one in sort(paths, sights).aside]


def over_folders(records: Sequence[Record], harmless: Sequence[str]) -> list[str]:
    """Return a line where patients have images in several folders, which may be two patients.

    Args:
        records: The rows as the configuration makes them.
        harmless: Regular expressions of paths that identify nobody.
    """
    folders: dict[str, set[str]] = defaultdict(set)
    for record in records:
        if record.patient_id:
            folders[record.patient_id].add(record.path.rpartition("/")[0] or "/")
    several = {patient: found for patient, found in folders.items() if len(found) > 1}
    if not several:
        return []
    first = min(several)
    where = ", ".join(
        names.shown_path(folder, names.NO_BLOB, harmless)
        for folder in sorted(several[first])[:_SHOWN]
    )
    return [f"{plural(len(several), 'patients')} in several folders, such as one in {where}"]


def row_words(record: Record) -> Iterator[tuple[str, str]]:
    """Return what a row says of its picture, as words, for a person who holds both side by side."""
    values = {
        "finding": ", ".join(record.finding),
        "basis": record.label_basis,
        "modality": record.modality,
        "view": record.view,
        "patient": record.patient_id,
        "sex": record.sex,
        "age": _range(record.age_min, record.age_max),
        "offset": _offset(record),
        "country": record.country,
        "licence": record.licence,
        "quality": ", ".join(record.quality),
        "status": record.status_reason if record.status != "active" else None,
    }
    yield from ((name, value) for name, value in values.items() if value)


def _range(least: int | None, most: int | None) -> str | None:
    if least is None and most is None:
        return None
    return str(least) if least == most else f"{least or ''}–{most or ''}"


def _offset(record: Record) -> str | None:
    if record.offset_days is None:
        return None
    return f"{record.offset_days} days since {record.offset_basis or 'an event that is not stated'}"
