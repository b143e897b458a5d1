"""What the bytes of a blob turned out to be: a picture, a pointer to one, or nothing we can read.

A blob never changes, so it is decoded once: the manifest's rows hold the result.
"""

import re
from dataclasses import dataclass, fields
from typing import TypeAlias

from covid19_images.images.fingerprint import Fingerprint, Headers
from covid19_images.images.refused import Refused
from covid19_images.manifest.record import Record


@dataclass(frozen=True, slots=True)
class LfsPointer:
    """A Git LFS pointer: the picture is elsewhere.

    Attributes:
        oid: sha256 of the object, 64 hex digits.
        size: Its size in bytes.
    """

    oid: str
    size: int

    @property
    def reason(self) -> str:
        """Return what it points at, in words."""
        return f"Git LFS pointer to sha256:{self.oid} ({self.size:,} bytes); the object is not here"


DecodeResult: TypeAlias = Fingerprint | Refused | LfsPointer

# What decoding alone tells; the rest of these two columns comes from layouts and names.
PIXEL_QUALITY = ("blank", "colour", "low_resolution", "turned")
CONTENT_PRIVACY = ("exif", "dicom_identity")

_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n(?:ext-[^\n]*\n)*"
    rb"oid sha256:([0-9a-f]{64})\nsize (\d{1,18})\n?"
)
_REASON = re.compile(r"Git LFS pointer to sha256:([0-9a-f]{64}) \(([\d,]+) bytes\)")


def lfs_pointer(content: bytes) -> LfsPointer | None:
    """Recognise a Git LFS pointer file (git-lfs spec, version 1)."""
    found = _POINTER.fullmatch(content) if len(content) < 1024 else None
    return LfsPointer(found[1].decode(), int(found[2])) if found else None


def from_record(record: Record, *, headers_stand: bool) -> DecodeResult | None:
    """Recover a decode result from a manifest row.

    Args:
        record: The row.
        headers_stand: Whether the row was made with the configuration now in force. Only then do
            its columns hold what a DICOM header said: another one may have overruled it.

    Returns:
        The result, or `None` where the row does not hold all of it.
    """
    reason = record.status_reason or ""
    if record.status == "pointer" and (found := _REASON.match(reason)):
        return LfsPointer(found[1], int(found[2].replace(",", "")))
    if record.status == "refused":
        return Refused(reason)
    if record.pixels_sha256 is None:
        return None
    if record.media_type == "application/dicom" and not headers_stand:
        return None
    cells = {name: getattr(record, name) for name in _SHARED}
    cells["quality"] = tuple(q for q in record.quality if q in PIXEL_QUALITY)
    cells["privacy"] = tuple(p for p in record.privacy if p in CONTENT_PRIVACY)
    return Fingerprint(**cells, headers=_headers(record))


_SHARED = [field.name for field in fields(Fingerprint) if field.name != "headers"]


def _headers(record: Record) -> Headers:
    if record.media_type != "application/dicom":
        return Headers()
    patient = record.patient_id
    return Headers(
        modality=record.modality,
        view=record.view,
        patient=patient.removeprefix(f"{record.source}/") if patient else None,
        study=record.study_id,
        series=record.series_id,
        instance=record.instance,
        sex=record.sex,
        age_years=record.age_min,
    )
