"""Open DICOM files as programs write them: deflated, without a preamble, with bytes behind."""

import io
import zlib

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filebase import DicomBytesIO
from pydicom.filereader import read_dataset, read_partial
from pydicom.filewriter import write_file_meta_info
from pydicom.pixels.decoders.base import get_decoder
from pydicom.tag import BaseTag, Tag
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from covid19_images.images.formats import sniff
from covid19_images.images.formats.picture import Limits, UnreadableError

_META_GROUP = 2
_START = b"\0" * sniff.DICOM_PREAMBLE_BYTES + b"DICM"
_PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
_LAST = Tag("PixelData")
_NEEDED = ("Rows", "Columns", "SamplesPerPixel", "PhotometricInterpretation", "BitsAllocated")
_NEEDED_OF_INTEGERS = ("BitsStored", "PixelRepresentation")


def opened(content: bytes, limits: Limits) -> Dataset:
    """Open a DICOM file that has pixels; nothing is decoded.

    Raises:
        UnreadableError: It has none, lacks what describes them, is larger than the limit when it is
            inflated, or in a transfer syntax that is not read.
    """
    content = _inflated(content, limits)
    force = not sniff.has_preamble(content)
    dataset = read_partial(io.BytesIO(content), force=force)
    found = _pixels(dataset)
    if found is None:  # what follows them may be no DICOM, as where a file was padded
        dataset = read_partial(io.BytesIO(content), _is_behind_pixels, force=force)
        found = _pixels(dataset)
    if found is None:
        raise UnreadableError("a DICOM file without pixels")
    if "TransferSyntaxUID" not in dataset.file_meta:
        is_implicit, is_little = dataset.original_encoding
        explicit = ExplicitVRLittleEndian if is_little else ExplicitVRBigEndian
        syntax = ImplicitVRLittleEndian if is_implicit else explicit
        dataset.file_meta.TransferSyntaxUID = syntax
    _refuse_unread(dataset.file_meta.TransferSyntaxUID)
    needed = _NEEDED + (_NEEDED_OF_INTEGERS if found == "PixelData" else ())
    if lacking := [keyword for keyword in needed if dataset.get(keyword) in (None, "")]:
        raise UnreadableError(f"a DICOM file whose header does not say {', '.join(lacking)}")
    return dataset


def _is_behind_pixels(tag: BaseTag, _vr: str | None, _length: int) -> bool:
    return bool(tag > _LAST)


def _pixels(dataset: Dataset) -> str | None:
    return next((keyword for keyword in _PIXELS if keyword in dataset), None)


def _refuse_unread(syntax: UID) -> None:
    try:
        is_read = get_decoder(syntax).is_available
    except NotImplementedError:
        is_read = False
    if not is_read:
        # The name of one that pydicom does not know is what the file says, which may be anything.
        name = "one that is not known" if syntax.name == str(syntax) else syntax.name
        raise UnreadableError(f"a DICOM file in a transfer syntax that is not read: {name}")


def _inflated(content: bytes, limits: Limits) -> bytes:
    """Return a file of the deflated transfer syntax as a plain one; any other as it is.

    pydicom would inflate it whole, whatever its size.
    """
    start = len(_START) if sniff.has_preamble(content) else 0
    stream = io.BytesIO(content[start:])
    meta = FileMetaDataset(
        read_dataset(
            stream,
            is_implicit_VR=False,
            is_little_endian=True,
            stop_when=lambda tag, _vr, _length: tag.group != _META_GROUP,
        )
    )
    if meta.get("TransferSyntaxUID") != DeflatedExplicitVRLittleEndian:
        return content
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        plain = inflate.decompress(stream.read(), limits.max_bytes + 1)
    except zlib.error:
        raise UnreadableError("a deflated DICOM file that cannot be inflated") from None
    if len(plain) > limits.max_bytes:
        raise UnreadableError(
            f"a deflated DICOM file of more than the limit of {limits.max_bytes:,} bytes"
        )
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    written = DicomBytesIO()
    write_file_meta_info(written, meta, enforce_standard=False)
    return _START + written.getvalue() + plain
