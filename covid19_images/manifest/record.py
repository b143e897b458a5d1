"""The manifest's row: its columns, their types and their words.

This dataclass is the one place where a column is defined; reading, writing, validating and
the pandas types all follow from its annotations.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from covid19_images.manifest.columns import columns_of

SCHEMA_VERSION = 2

Status = Literal["active", "refused", "pointer", "excluded", "withdrawn", "held", "quarantined"]
MediaType = Literal[
    "image/jpeg",
    "image/png",
    "image/tiff",
    "image/bmp",
    "image/gif",
    "image/webp",
    "application/dicom",
    "application/x-nifti",
]
Modality = Literal["CR", "DX", "XR", "CT", "OT"]
View = Literal[
    "PA", "AP", "AP_SUPINE", "AP_ERECT", "LATERAL", "AXIAL", "CORONAL", "SAGITTAL", "LOCALIZER"
]
LabelBasis = Literal["rt_pcr", "radiologist", "publication", "stated", "folder_name", "dataset"]
Sex = Literal["M", "F", "O"]
OffsetBasis = Literal["symptom_onset", "admission", "icu", "unknown"]
Qualifier = Literal["=", "<", ">", "~"]
LicenceBasis = Literal["image", "dataset", "none"]
Quality = Literal[
    "annotated",
    "colour",
    "crop",
    "composite",
    "blank",
    "photo",
    "augmented",
    "low_resolution",
    "turned",
    "pediatric",
    "no_metadata",
]
Privacy = Literal["exif", "dated_name", "dicom_identity", "burned_in_text"]
DuplicateKind = Literal[
    "bytes",
    "pixels",
    "resized",
    "reencoded",
    "cropped",
    "annotated",
    "adjusted",
    "flipped",
    "rotated",
    "augmented",
    "part",
]
GONE_UPSTREAM = "gone upstream"  # begins the reason of a row that the upstream itself withdrew
Split = Literal["train", "validation", "test", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Describe one image file at the pinned commit: one manifest row.

    `None` (or an empty tuple) means not known. The pair (source, path) is the key; `image_id`
    names the picture itself, whatever its path or encoding. Columns are explained in
    docs/manifest.md.
    """

    source: str
    path: str
    image_id: str | None = None
    status: Status = "active"
    status_reason: str | None = None
    blob: str
    sha256: str | None = None
    pixels_sha256: str | None = None
    media_type: MediaType | None = None
    bytes: int | None = None
    width: int | None = None
    height: int | None = None
    frames: int | None = None
    bit_depth: int | None = None
    phash: str | None = None
    modality: Modality | None = None
    view: View | None = None
    finding: tuple[str, ...] = ()
    finding_raw: str | None = None
    label_basis: LabelBasis | None = None
    patient_id: str | None = None
    study_id: str | None = None
    series_id: str | None = None
    instance: int | None = None
    sex: Sex | None = None
    age_min: int | None = None
    age_max: int | None = None
    offset_days: int | None = None
    offset_basis: OffsetBasis | None = None
    survival: bool | None = None
    intubated: bool | None = None
    icu: bool | None = None
    oxygen: bool | None = None
    temperature_c: float | None = None
    temperature_c_qualifier: Qualifier | None = None
    spo2_percent: float | None = None
    spo2_percent_qualifier: Qualifier | None = None
    country: str | None = None
    doi: str | None = None
    url: str | None = None
    licence: str | None = None
    licence_basis: LicenceBasis | None = None
    quality: tuple[Quality, ...] = ()
    privacy: tuple[Privacy, ...] = ()
    duplicate_of: str | None = None
    duplicate_kind: DuplicateKind | None = None
    group: str | None = None
    split: Split | None = None
    split_reason: str | None = None
    first_seen: dt.date | None = None
    last_changed: dt.date | None = None
    notes: str | None = None

    @property
    def key(self) -> str:
        """Return the row's key, `source/path`, as `duplicate_of` names it."""
        return f"{self.source}/{self.path}"


def is_withdrawn(record: Record) -> bool:
    """Return whether nobody should use a picture any more: its owner withdrew it, or it is held."""
    reason = record.status_reason or ""
    return record.status == "held" or (
        record.status == "withdrawn" and reason.startswith(GONE_UPSTREAM)
    )


COLUMNS = columns_of(Record)
