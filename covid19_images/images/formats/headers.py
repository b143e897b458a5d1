"""What a DICOM header says of the image, without saying who the patient is.

Names, dates and ids never leave this module: ids become hashes, dates become an age.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydicom.datadict import dictionary_has_tag, dictionary_VR
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag, Tag

from covid19_images.manifest.record import Modality, Sex, View

OLDEST = 90  # years; higher ages single people out
_IMPOSSIBLE = 125  # years; nobody has lived so long
_MOST_ITEMS = 10_000  # of a sequence, which are looked into; one with more may say anything

_MODALITY: dict[str, Modality] = {"CR": "CR", "DX": "DX", "CT": "CT", "RG": "XR"}
_SEX: dict[str, Sex] = {"M": "M", "F": "F", "O": "O", "MALE": "M", "FEMALE": "F", "OTHER": "O"}
_PROJECTIONS = ("CR", "DX", "RG")
# Left and right lateral decubitus (LLD, RLD) are not here: the patient lies on one side and is seen
# from the front or the back, and the header does not say from which.
_POSITION: dict[str, View] = {
    "PA": "PA",
    "AP": "AP",
    "LL": "LATERAL",
    "RL": "LATERAL",
    "LATERAL": "LATERAL",
    "LAT": "LATERAL",
}
_PLANES: tuple[View, View, View] = ("SAGITTAL", "CORONAL", "AXIAL")  # by x, y and z of the normal
_STEEPEST = 0.8  # cosine; a plane tilted more than 37 degrees is oblique and has no name here
_YEARS = {"D": 1 / 365.25, "W": 7 / 365.25, "M": 1 / 12, "Y": 1.0}

# UIDs are not here: every file has them, and they are hashed wherever they are shown.
_IDENTITY = frozenset(
    Tag(keyword)
    for keyword in (
        "PatientName",
        "PatientID",
        "PatientBirthDate",
        "PatientBirthTime",
        "OtherPatientIDs",
        "OtherPatientNames",
        "PatientAddress",
        "PatientTelephoneNumbers",
        "PatientMotherBirthName",
        "MilitaryRank",
        "EthnicGroup",
        "Occupation",
        "PatientComments",
        "IssuerOfPatientID",
        "ReferringPhysicianName",
        "PerformingPhysicianName",
        "PhysiciansOfRecord",
        "NameOfPhysiciansReadingStudy",
        "OperatorsName",
        "RequestingPhysician",
        "InstitutionName",
        "InstitutionAddress",
        "InstitutionalDepartmentName",
        "StationName",
        "DeviceSerialNumber",
        "AccessionNumber",
        "StudyID",
        "StudyDate",
        "SeriesDate",
        "AcquisitionDate",
        "ContentDate",
        "AcquisitionDateTime",
        "InstanceCreationDate",
        "PerformedProcedureStepStartDate",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Headers:
    """What a DICOM file says of itself, without identity.

    Attributes:
        modality: Its kind of picture.
        view: Its view; of a slice, the plane by its orientation.
        patient: Hash of the patient's id, 16 hex digits.
        study: Hash of the study's UID.
        series: Hash of the series' UID.
        instance: Number within the series.
        sex: Of the patient.
        age_years: Of the patient, 90 where it is more; `None` where nobody can be so old.
        impossible_age: An age that nobody can have, or that has no unit, as it is written.
    """

    modality: Modality | None = None
    view: View | None = None
    patient: str | None = None
    study: str | None = None
    series: str | None = None
    instance: int | None = None
    sex: Sex | None = None
    age_years: int | None = None
    impossible_age: str | None = None


def read(dataset: Dataset) -> Headers:
    """Read what a DICOM header says of the image."""
    modality = _text(dataset, "Modality").upper()
    instance = _text(dataset, "InstanceNumber")
    years, written = _age(dataset)
    return Headers(
        modality=_MODALITY.get(modality, "OT") if modality else None,
        view=_view(dataset),
        patient=_hashed(dataset, "PatientID"),
        study=_hashed(dataset, "StudyInstanceUID"),
        series=_hashed(dataset, "SeriesInstanceUID"),
        instance=int(instance) if re.fullmatch(r"-?\d{1,12}", instance) else None,
        sex=_SEX.get(_text(dataset, "PatientSex").upper()),
        age_years=min(years, OLDEST) if years is not None and years < _IMPOSSIBLE else None,
        impossible_age=(written or None) if years is None or years >= _IMPOSSIBLE else None,
    )


# What programs that anonymise write instead of a name.
_NOBODY = frozenset(
    {"anonym", "anonymised", "anonymized", "anonymous", "applicable", "available", "de"}
    | {"deidentified", "identified", "known", "na", "none", "not", "null", "redacted", "removed"}
    | {"unknown", "unspecified"}
)


def has_identity(dataset: Dataset) -> bool:
    """Return whether a DICOM file names a person, a place, a device or a day, or may do so.

    Items of sequences are looked into too. Other elements are not read: a number that is none would
    end it.
    """
    sequences: list[BaseTag] = []
    for tag in sorted(dataset.keys()):
        kind = dictionary_VR(tag) if dictionary_has_tag(tag) else ""
        if tag.is_private:
            return True
        if (tag in _IDENTITY or kind == "PN") and _names_somebody(_text(dataset, tag)):
            return True
        if kind == "SQ":
            sequences.append(tag)
    inside = [list(dataset[tag].value or ()) for tag in sequences]
    return any(len(items) > _MOST_ITEMS or any(map(has_identity, items)) for items in inside)


def _names_somebody(text: str) -> bool:
    words = re.split(r"[\W_]+", text.lower().replace("n/a", "na"))
    return any(word.strip("0x") and word not in _NOBODY for word in words)


def _text(dataset: Dataset, keyword: str | BaseTag) -> str:
    value = dataset.get(keyword)
    if isinstance(value, DataElement):  # where it was asked for by its tag
        value = value.value
    return "" if value is None else str(value).strip(" \0")


def _hashed(dataset: Dataset, keyword: str) -> str | None:
    value = _text(dataset, keyword)
    # The keyword keeps a study and a patient of the same id apart.
    return hashlib.sha256(f"{keyword}\0{value}".encode()).hexdigest()[:16] if value else None


def _view(dataset: Dataset) -> View | None:
    image_type = _words(dataset.get("ImageType"))
    if "LOCALIZER" in image_type or "SCOUT" in image_type:
        return "LOCALIZER"
    position = _text(dataset, "ViewPosition").upper()
    if _text(dataset, "Modality").upper() in _PROJECTIONS:
        return _POSITION.get(position)  # the orientation says how the detector stood
    plane = _plane(_orientation(dataset))
    if plane is None and "AXIAL" in image_type:
        plane = "AXIAL"
    return plane or _POSITION.get(position)


def _words(value: object) -> list[str]:
    values = [value]
    if isinstance(value, Sequence) and not isinstance(value, str):
        values = list(value)
    return [str(word).strip().upper() for word in values]


def _orientation(dataset: Dataset) -> Sequence[Any]:
    found = dataset.get("ImageOrientationPatient")
    for group in dataset.get("SharedFunctionalGroupsSequence") or ():
        for plane in group.get("PlaneOrientationSequence") or ():
            found = found or plane.get("ImageOrientationPatient")
    return found or ()


def _plane(orientation: Sequence[Any]) -> View | None:
    if len(orientation) != 6:  # the cosines of a row and of a column
        return None
    cosines = np.array([float(cosine) for cosine in orientation])
    normal = np.abs(np.cross(cosines[:3], cosines[3:]))
    axis = int(normal.argmax())
    return _PLANES[axis] if normal[axis] >= _STEEPEST else None


def _age(dataset: Dataset) -> tuple[int | None, str]:
    """Return the age in years, and how it is written; dates are not passed on."""
    written = _text(dataset, "PatientAge").upper()
    if age := re.fullmatch(r"(\d{1,3})([DWMY])", written):
        return int(int(age[1]) * _YEARS[age[2]]), age[0]
    born, seen = (
        re.fullmatch(r"(?!0000)(\d{4})(\d{4})", _text(dataset, keyword))
        for keyword in ("PatientBirthDate", "StudyDate")
    )
    if not born or not seen or born[0] > seen[0]:
        return None, _odd_age(written)
    years = int(seen[1]) - int(born[1]) - (seen[2] < born[2])
    return years, f"{years} years by its dates"


def _odd_age(written: str) -> str:
    """Return an age that is none of DICOM's, where it can be no name or day."""
    if not written or re.fullmatch(r"[-+.,<>\d]{1,4}[DWMY]?", written):
        return written
    return "no number with a unit" if any(map(str.isalnum, written)) else ""
