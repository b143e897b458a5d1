"""Write the manifest rows of one source from what is known of its files."""

import datetime as dt
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeVar

from covid19_images.images.fingerprint import Fingerprint, image_id
from covid19_images.images.refused import Refused
from covid19_images.manifest.record import GONE_UPSTREAM, Privacy, Record
from flows.collection.problems import Problem
from flows.config.load import Vocabulary
from flows.config.source import Patient, Source
from flows.decoding.result import DecodeResult, LfsPointer
from flows.labels import fields, patients
from flows.labels.assign import Labelled
from flows.labels.quantities import fahrenheit
from flows.labels.words import ImpossibleError, UnmappedError, Words, words
from flows.labels.written import Written
from flows.text import names
from flows.upstream.history import Dates
from flows.upstream.tree import Entry

W = TypeVar("W", bound=str)


@dataclass(slots=True)
class Description:
    """The rows of one source, what in it nobody could explain, and why a person should look."""

    records: list[Record] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)


def translations(source: Source, vocabulary: Vocabulary) -> Words:
    """Join the collection's vocabulary with a source's own words, which win."""
    canonical = {"finding": {finding: (finding,) for finding in vocabulary.findings}}
    return words(
        vocabulary.unknown,
        vocabulary.countries,
        canonical,
        vocabulary.values,
        source.values,
        ranges=vocabulary.ranges,
    )


def describe(
    source: Source,
    vocabulary: Vocabulary,
    images: Sequence[Entry],
    results: Mapping[str, DecodeResult],
    labelled: Labelled,
    dates: Mapping[str, Dates],
) -> Description:
    """Write one row for every image file of a source.

    Args:
        source: Its configuration.
        vocabulary: The collection's words.
        images: The image files at the commit described.
        results: What the blobs turned out to be, by object id.
        labelled: What the layout says of every path.
        dates: When every path arrived.
    """
    described = Description(problems=list(labelled.problems))
    translate = translations(source, vocabulary)
    if fahrenheit(_stated(labelled, "temperature", translate)):
        translate = replace(translate, fahrenheit=True)
        what = "all temperatures are in Fahrenheit; they are converted to °C"
        described.problems.append(Problem(source.name, "", 0, "unit_converted", what))
    numeric = not source.patient.pattern and patients.numeric_throughout(
        _stated(labelled, "patient", translate)
    )
    for entry in images:
        cells, problems = _labels(
            source, translate, labelled.by_path[entry.path], numeric_patients=numeric
        )
        described.problems += problems
        record = _record(source, entry, results.get(entry.blob), cells)
        quality = record.quality
        if source.tables and entry.path not in labelled.with_row:
            quality = _joined(quality, ("no_metadata",))
        when = dates.get(entry.path, Dates(None, None))
        first, last = when.first_seen, when.last_changed
        record = replace(record, quality=quality, first_seen=first, last_changed=last)
        described.records.append(record)
        described.problems += [*_refusal(record), *_impossible(record, results.get(entry.blob))]
    described.problems += patients.conflicts(source, described.records)
    return described


def _stated(labelled: Labelled, name: str, words: Words) -> list[str]:
    """Return all texts that a source has for a field and that say something."""
    texts = [text.text for labels in labelled.by_path.values() for text in labels.get(name, ())]
    return [text for text in texts if not words.knows_nothing(text)]


def _labels(
    source: Source,
    translate: Words,
    written: Mapping[str, Sequence[Written]],
    *,
    numeric_patients: bool = False,
) -> tuple[dict[str, Any], list[Problem]]:
    cells: dict[str, Any] = {}
    problems = []
    for name, statements in sorted(written.items()):
        text = " | ".join(one.text for one in statements)
        try:
            cells |= fields.read(name, text, translate)
        except UnmappedError as value:
            first = statements[0]
            problems.append(_odd_value(source, name, first, value))
            if name == "finding":
                cells["finding_raw"] = fields.one_line(text)
    if "patient_id" in cells:
        raw = cells["patient_id"]
        cells["patient_id"] = patient_id(source, patients.number(raw) if numeric_patients else raw)
    return _settled(source, cells), problems


def _odd_value(source: Source, name: str, statement: Written, value: UnmappedError) -> Problem:
    if isinstance(value, ImpossibleError):
        what = f"{name} is {fields.one_line(str(value))}; it was left out"
        return Problem(source.name, statement.file, statement.line, "impossible_value", what)
    what = f"{name} is {fields.one_line(str(value))!r}, which has no word in the vocabulary"
    return Problem(source.name, statement.file, statement.line, "unmapped_value", what)


def _settled(source: Source, cells: dict[str, Any]) -> dict[str, Any]:
    """Drop what explains nothing, and say on what the licence rests."""
    if not cells.get("finding"):
        cells.pop("label_basis", None)
    if cells.get("offset_days") is None:
        cells.pop("offset_basis", None)
    if "licence" in cells:
        basis = "image"
    else:
        cells["licence"] = source.licence
        basis = "none" if source.licence == "NOASSERTION" else "dataset"
    return cells | {"licence_basis": basis}


def patient_id(source: Source, raw: str) -> str:
    """Return a patient's id within a source, readable only where it is a bare study number."""
    rule: Patient = source.patient
    found = re.search(rule.pattern, raw) if rule.pattern else None
    own = found[1] if found else raw
    own = source.patients.get(own, own)
    hashed = hashlib.sha256(f"{source.name}\0{own}".encode()).hexdigest()[:16]
    return f"{source.name}/{own if rule.readable else hashed}"


def _record(
    source: Source, entry: Entry, result: DecodeResult | None, cells: dict[str, Any]
) -> Record:
    cells = dict(cells)
    quality, privacy = cells.pop("quality", ()), _name_privacy(source, entry.path)
    match result:
        case Fingerprint():
            known = _from_headers(source, result) | cells
            seen: dict[str, Any] = {name: getattr(result, name) for name in _SEEN}
            seen["image_id"] = image_id(result.pixels_sha256)
            quality, privacy = _joined(quality, result.quality), _joined(privacy, result.privacy)
        case LfsPointer():
            known, seen = cells, {"status": "pointer", "status_reason": result.reason}
        case Refused():
            known, seen = cells, {"status": "refused", "status_reason": result.reason}
        case None:
            raise KeyError(f"{source.name}/{entry.path}: blob {entry.blob} was never read")
    return Record(
        source=source.name,
        path=entry.path,
        blob=entry.blob,
        quality=quality,
        privacy=privacy,
        **seen,
        **known,
    )


IMPOSSIBLE: Final = "impossible_value"
_AGE = "the age in its header"

_SEEN = (
    "media_type",
    "sha256",
    "pixels_sha256",
    "bytes",
    "width",
    "height",
    "frames",
    "bit_depth",
    "phash",
)


def _from_headers(source: Source, result: Fingerprint) -> dict[str, Any]:
    headers = result.headers
    cells = {
        "modality": headers.modality,
        "view": headers.view,
        "patient_id": f"{source.name}/{headers.patient}" if headers.patient else None,
        "study_id": headers.study,
        "series_id": headers.series,
        "instance": headers.instance,
        "sex": headers.sex,
        "age_min": headers.age_years,
        "age_max": headers.age_years,
    }
    ignored = {column for name in source.ignore_headers for column in _HEADER_COLUMNS[name]}
    return {name: value for name, value in cells.items() if not (value is None or name in ignored)}


_HEADER_COLUMNS: Mapping[str, Sequence[str]] = {
    "age": ("age_min", "age_max"),
    "instance": ("instance",),
    "modality": ("modality",),
    "patient": ("patient_id",),
    "series": ("series_id",),
    "sex": ("sex",),
    "study": ("study_id",),
    "view": ("view",),
}


def _joined(first: Sequence[W], second: Sequence[W]) -> tuple[W, ...]:
    return tuple(sorted({*first, *second}))


def _name_privacy(source: Source, path: str) -> tuple[Privacy, ...]:
    return ("dated_name",) if names.may_tell(path, source.harmless) else ()


def _refusal(record: Record) -> list[Problem]:
    kinds = {"refused": "refused", "pointer": "lfs_pointer"}
    kind = kinds.get(record.status)
    if kind is None:
        return []
    reason = record.status_reason or ""
    return [Problem(record.source, record.path, 0, kind, reason)]  # type: ignore[arg-type]


def _impossible(record: Record, result: DecodeResult | None) -> list[Problem]:
    age = result.headers.impossible_age if isinstance(result, Fingerprint) else None
    if age is None:
        return []
    return [Problem(record.source, record.path, 0, IMPOSSIBLE, f"{_AGE} is {age}; it was left out")]


def has_impossible_age(problem: Problem) -> bool:
    """Return whether a problem is an impossible age in a DICOM header."""
    return problem.kind == IMPOSSIBLE and problem.what.startswith(_AGE)


def is_gone_upstream(record: Record) -> bool:
    """Return whether the upstream itself removed a row's file; a pin or our own rules may, too."""
    return record.status == "withdrawn" and (record.status_reason or "").startswith(GONE_UPSTREAM)


def set_aside(record: Record, reason: str) -> Record:
    """Mark a row whose file is not taken in any more, for a reason of ours."""
    return replace(
        record,
        status="withdrawn",
        status_reason=reason,
        duplicate_of=None,
        duplicate_kind=None,
    )


def withdraw(record: Record, date: dt.date | None) -> Record:
    """Mark a row whose file is gone upstream: it stays, as a tombstone without a copy's ties."""
    reason = f"{GONE_UPSTREAM} since {date.isoformat()}" if date else GONE_UPSTREAM
    return replace(set_aside(record, reason), last_changed=date or record.last_changed)
