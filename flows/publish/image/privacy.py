"""The privacy gate: nothing that tells a person reaches an asset.

It looks at finished bytes and knows nothing of how they were made, so that a mistake of the
processing does not hide itself.
"""

import io
import json
import re
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path

import nibabel as nib
import pydicom
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError

from covid19_images.duplicates.features import Features
from covid19_images.images.decode import media_type
from covid19_images.images.formats import sniff
from covid19_images.images.formats.metadata import has_personal_metadata
from covid19_images.release import tar as members
from covid19_images.release.row import Row

_BROKEN = (OSError, SyntaxError, ValueError, struct.error, Image.DecompressionBombError)

DATED = re.compile(
    r"(?<!\d)(19|20)\d\d[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])(\d{4}|\d{6})?(?!\d)"
)
"""A day in a file name, with or without a time of day behind it."""

_MEMBER = re.compile(r"c19-[0-9a-f]{16}(-\d{4,})?\.(png|jpg|8bit\.png|json)")
_FEATURES = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?\.features")
_FACTS = frozenset(
    {
        "image_id",
        "source",
        "blob",
        "sha256",
        "pixels_sha256",
        "media_type",
        "width",
        "height",
        "bit_depth",
        "licence",
        "black",
        "white",
        "frame",
        "frames",
        "value_step",
        "value_offset",
        "rescale_slope",
        "rescale_intercept",
    }
)
# PS3.15 table E.1-1 by kind of value: names, dates, times, and all that names one thing only.
# https://dicom.nema.org/medical/dicom/current/output/chtml/part15/chapter_E.html
_IDENTIFYING_VR = frozenset({"PN", "DA", "DT", "TM", "UI"})
_IDENTIFYING_WORDS = re.compile(
    r"Patient(ID|Address|Telephone|Comments|Insurance|Mother|Religious)|Institution|Operator"
    r"|Physician|Station|SerialNumber|AccessionNumber|StudyID|IssuerOf|Comments|Description"
    r"|ProtocolName|DeviceID|Occupation|EthnicGroup|OtherPatient|Requested|Performed"
)
_NO_PERSON = ("SOPClassUID", "MediaStorageSOPClassUID", "TransferSyntaxUID")


def identifying_metadata(content: bytes) -> list[str]:
    """List what a file's metadata may say of a person: kinds only, never values.

    Args:
        content: An image file of any format.

    Returns:
        What was found; empty where there is nothing.
    """
    found = media_type(content)
    if found == "application/dicom":
        return _dicom(content)
    if found == "application/x-nifti":
        return _nifti(content)
    if found is None:
        return []
    try:
        with Image.open(io.BytesIO(content)) as image:
            personal = has_personal_metadata(image) or "xmp" in image.info
    except _BROKEN:
        return ["metadata that cannot be read"]
    return (
        ["EXIF, GPS, XMP, IPTC or text that may name a person, a place or a day"]
        if personal
        else []
    )


def _dicom(content: bytes) -> list[str]:
    try:
        dataset = pydicom.dcmread(
            io.BytesIO(content), force=not sniff.has_preamble(content), stop_before_pixels=True
        )
        return sorted({*_attributes(dataset), *_attributes(dataset.file_meta)})
    except (*_BROKEN, AttributeError, EOFError, LookupError, InvalidDicomError):
        return ["a DICOM header that cannot be read"]


def _attributes(dataset: Dataset) -> Iterator[str]:
    for element in dataset:
        if element.VR == "SQ":
            for item in element.value:
                yield from _attributes(item)
        elif element.tag.is_private:
            yield f"DICOM private element {element.tag}"
        elif element.value not in (None, "") and _identifies(element.VR, element.keyword):
            yield f"DICOM {element.keyword}"


def _identifies(kind: str, keyword: str) -> bool:
    if keyword in _NO_PERSON:
        return False
    return kind in _IDENTIFYING_VR or bool(_IDENTIFYING_WORDS.search(keyword))


def _nifti(content: bytes) -> list[str]:
    try:
        header = nib.Nifti1Image.from_bytes(content).header
    except (nib.filebasedimages.ImageFileError, *_BROKEN):
        return ["a NIfTI header that cannot be read"]
    texts = ("descrip", "aux_file", "db_name", "intent_name")
    found = [f"NIfTI {name}" for name in texts if bytes(header[name].tobytes()).strip(b"\0 ")]
    return found + (["NIfTI header extensions"] if header.extensions else [])


def in_member(name: str, content: bytes) -> Iterator[str]:
    """List what must not be in a shard, for one member."""
    if _FEATURES.fullmatch(name):
        try:
            frame = Features.from_bytes(content).frame
        except ValueError:
            frame = b""
        if media_type(frame) != "image/jpeg":
            yield f"{name}: no features"
        yield from (f"{name}: {what}" for what in identifying_metadata(frame))
        return
    if not _MEMBER.fullmatch(name):
        yield f"{name!r} is not named by its content"
        if DATED.search(name):
            yield f"{name!r} has a day in its name"
    if name.endswith(".json"):
        yield from (f"{name}: the JSON tells {key!r}" for key in _odd_keys(content))
        return
    kind = media_type(content)
    if kind not in ("image/png", "image/jpeg"):
        yield f"{name}: {kind or 'no image'} where only PNG and JPEG belong"
    yield from (f"{name}: {what}" for what in identifying_metadata(content))


def _odd_keys(content: bytes) -> list[str]:
    try:
        found = json.loads(content)
    except ValueError:
        return ["something that is no JSON"]
    return sorted(set(found) - _FACTS) if isinstance(found, dict) else ["no object"]


def in_shard(tar: Path) -> list[str]:
    """List what must not be in a shard."""
    found = []
    for name in members.spans(tar):
        content = members.read(tar, name) or b""
        found += [f"{tar.name}: {problem}" for problem in in_member(name, content)]
    return found


def in_rows(rows: Iterable[Row]) -> list[str]:
    """List rows of a manifest that have a day in a file name."""
    found = []
    for row in rows:
        record = row.record
        names = [record.path, record.duplicate_of or "", row.member or "", _file(row)]
        if any(DATED.search(name) for name in names):
            found.append(
                f"manifest: a row of {record.source} (blob {record.blob[:12]}) has a day"
                " in a file name"
            )
    return found


def _file(row: Row) -> str:
    return (row.pointer_url or "").rpartition("/")[2]
