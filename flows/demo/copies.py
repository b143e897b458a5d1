"""Write pictures to files, and make the copies that collections make of each other's pictures."""

import gzip
import hashlib
import io
from collections.abc import Callable
from types import MappingProxyType
from typing import Any, Literal

import cv2
import nibabel
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydicom import uid
from pydicom.dataset import Dataset, FileMetaDataset

Picture = NDArray[np.uint8]
Form = Literal["jpeg", "progressive", "png", "rgba", "16-bit"]


def encode(picture: Picture, form: Form = "jpeg", *, quality: int = 90) -> bytes:
    """Write a picture as a file.

    Args:
        picture: Grey (height, width) or blue-green-red (height, width, 3).
        form: "rgba" and "16-bit" are PNG; 16-bit values keep to a part of their range, as
            detectors' do, so that clipping them would turn the picture white.
        quality: Of a JPEG, 1..100.
    """
    if form in ("jpeg", "progressive"):
        flags = [cv2.IMWRITE_JPEG_QUALITY, quality]
        return _file(".jpg", picture, [*flags, cv2.IMWRITE_JPEG_PROGRESSIVE, form != "jpeg"])
    pixels: NDArray[Any] = picture
    if form == "rgba":
        pixels = cv2.cvtColor(picture, cv2.COLOR_GRAY2BGRA)
    elif form == "16-bit":
        pixels = picture.astype(np.uint16) * 13 + 700
    return _file(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, 6])


def decode(content: bytes) -> Picture:
    """Read the 8-bit grey picture that `encode` wrote."""
    return np.asarray(Image.open(io.BytesIO(content)).convert("L"))


def _file(ending: str, pixels: NDArray[Any], flags: list[int]) -> bytes:
    done, content = cv2.imencode(ending, pixels, [int(flag) for flag in flags])
    if not done:
        raise ValueError(f"OpenCV cannot write a {ending} file of shape {pixels.shape}")
    return content.tobytes()


def encode_dicom(stored: NDArray[np.int16], *, series: int, instance: int, z_mm: float) -> bytes:
    """Write a CT slice as DICOM, explicit VR little endian, with identifying fields filled.

    Args:
        stored: Hounsfield units plus 1024, shape (rows, columns).
        series: Series number; 1 is the localizer.
        instance: Number of the slice in its series.
        z_mm: Position along the body in millimetres.
    """
    slice_ = Dataset()
    slice_.update(_identity())
    slice_.SOPClassUID = uid.CTImageStorage
    slice_.SOPInstanceUID = f"2.25.20200417.{series}.{instance}"
    slice_.StudyInstanceUID, slice_.SeriesInstanceUID = "2.25.20200417", f"2.25.20200417.{series}"
    slice_.ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER" if series == 1 else "AXIAL"]
    slice_.Modality, slice_.SeriesNumber, slice_.InstanceNumber = "CT", series, instance
    slice_.ImagePositionPatient, slice_.SliceLocation = [-180, -180, z_mm], z_mm
    slice_.ImageOrientationPatient = [1, 0, 0, 0, 1 - (series == 1), -(series == 1)]
    slice_.Rows, slice_.Columns = stored.shape
    slice_.PixelSpacing = [360 / stored.shape[0], 360 / stored.shape[1]]
    slice_.SamplesPerPixel, slice_.PhotometricInterpretation = 1, "MONOCHROME2"
    slice_.BitsAllocated, slice_.BitsStored, slice_.HighBit = 16, 16, 15
    slice_.PixelRepresentation, slice_.PixelPaddingValue = 1, -2000
    slice_.RescaleIntercept, slice_.RescaleSlope = -1024, 1
    slice_.WindowCenter, slice_.WindowWidth = -500, 1500
    slice_.PixelData = stored.astype("<i2").tobytes()
    slice_.file_meta = FileMetaDataset()
    slice_.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    # Given here because pydicom would write its own version, and other bytes with each release.
    slice_.file_meta.ImplementationClassUID = uid.UID("2.25.20200000")
    slice_.file_meta.ImplementationVersionName = "SYNTHETIC"
    file = io.BytesIO()
    slice_.save_as(file, enforce_file_format=True)
    return file.getvalue()


def _identity() -> Dataset:
    """Invent what a scanner writes about a person, so that there is something to take out."""
    identity = Dataset()
    identity.PatientName, identity.PatientID = "SYNTHETIC^PHANTOM", "SYN-000417"
    identity.PatientBirthDate, identity.PatientAge, identity.PatientSex = "19590401", "061Y", "M"
    identity.StudyDate = identity.SeriesDate = identity.AcquisitionDate = "20200417"
    identity.StudyTime, identity.AccessionNumber = "101500", "SYN-ACC-1"
    identity.InstitutionName, identity.StationName = "Synthetic General Hospital", "CT-SYN-1"
    identity.ReferringPhysicianName = "SYNTHETIC^DOCTOR"
    identity.StudyDescription = "SYNTHETIC CHEST PHANTOM"
    private = identity.private_block(0x0009, "SYNTHETIC DEMO", create=True)
    private.add_new(0x10, "LO", "SYNTHETIC^PHANTOM private copy")
    private.add_new(0x11, "DA", "20200417")
    private.add_new(0x12, "SH", "SYN-PHONE-0000")
    return identity


def encode_nifti(
    volume: NDArray[np.int16 | np.uint8],
    *,
    spacing_mm: tuple[float, float],
    first_mm: tuple[float, float, float] = (0.0, 0.0, 0.0),
) -> bytes:
    """Write a volume (slice, row, column; from the apices down) as compressed NIfTI.

    Args:
        volume: Its values.
        spacing_mm: From pixel to pixel, and from slice to slice.
        first_mm: Where the first pixel of the lowest slice is, in RAS+.
    """
    head_up = np.ascontiguousarray(volume[::-1].transpose(2, 1, 0))
    to_world = np.diag([-spacing_mm[0], -spacing_mm[0], spacing_mm[1], 1.0])
    to_world[:3, 3] = first_mm
    image = nibabel.Nifti1Image(head_up, to_world)  # type: ignore[no-untyped-call]
    return gzip.compress(image.to_bytes(), mtime=0)


def lfs_pointer(content: bytes) -> bytes:
    """Write the text that Git LFS commits in place of a file."""
    oid = hashlib.sha256(content).hexdigest()
    spec = "https://git-lfs.github.com/spec/v1"
    return f"version {spec}\noid sha256:{oid}\nsize {len(content)}\n".encode()


def truncated(content: bytes) -> bytes:
    """Cut a file short, as an upload that broke off leaves it."""
    return content[: len(content) // 3]


def resized(picture: Picture, scale: float = 0.75) -> Picture:
    """Make the picture smaller."""
    return _grey(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))


def cropped(picture: Picture) -> Picture:
    """Keep the middle, about three quarters of the area, off centre."""
    h, w = picture.shape
    return picture[int(h * 0.05) : int(h * 0.91), int(w * 0.09) : int(w * 0.95)]


def flipped(picture: Picture) -> Picture:
    """Swap left and right, as augmentation does; the side marker then reads backwards."""
    return _grey(cv2.flip(picture, 1))


def rotated(picture: Picture, degrees: float = 8.0) -> Picture:
    """Turn the picture and fill the corners with black."""
    h, w = picture.shape
    turn = cv2.getRotationMatrix2D((w / 2, h / 2), degrees, 1.0)
    return _grey(cv2.warpAffine(picture, turn, (w, h), flags=cv2.INTER_LINEAR))


def adjusted(picture: Picture) -> Picture:
    """Change brightness and contrast, as a screenshot of a viewer does."""
    return _grey(np.clip(255 * (picture / 255) ** 0.7 * 0.88 + 14, 0, 255))


def annotated(picture: Picture) -> Picture:
    """Draw what papers draw on figures: coloured arrows, and a panel's letter."""
    h, w = picture.shape
    figure = cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR)
    for x, y in ((0.3, 0.62), (0.72, 0.56)):
        tip = (int(w * x), int(h * y))
        cv2.arrowedLine(figure, (tip[0] - w // 12, tip[1] - h // 12), tip, (40, 220, 250), 3)
    cv2.putText(figure, "A", (w // 40, h - h // 40), cv2.FONT_HERSHEY_DUPLEX, 1.2, (255,) * 3, 2)
    return figure.astype(np.uint8)


def augmented(picture: Picture) -> Picture:
    """Rotate, stretch and flip at once, with edges repeated, as training scripts do."""
    h, w = picture.shape
    turn = np.array(cv2.getRotationMatrix2D((w / 2, h / 2), -11, 1.06), dtype=float)
    turn[0, :2] *= 1.05
    bent = cv2.warpAffine(picture, turn, (w, h), borderMode=cv2.BORDER_REPLICATE)
    return flipped(_grey(bent))


def _grey(pixels: NDArray[Any]) -> Picture:
    return pixels.astype(np.uint8)


def reencoded(picture: Picture) -> Picture:
    """Leave the picture as it is: writing it once more is what changes it."""
    return picture


COPIES: MappingProxyType[str, Callable[[Picture], Picture]] = MappingProxyType(
    {
        "reencoded": reencoded,
        "resized": resized,
        "cropped": cropped,
        "flipped": flipped,
        "rotated": rotated,
        "adjusted": adjusted,
        "annotated": annotated,
        "augmented": augmented,
    }
)


def copy(content: bytes, kind: str) -> bytes:
    """Make a copy of a file.

    Args:
        content: The file that is copied.
        kind: "bytes", "pixels" (the same picture as PNG), or one of `COPIES`, as JPEG.
    """
    if kind == "bytes":
        return content
    picture = decode(content)
    if kind == "pixels":
        return encode(picture, "png")
    return encode(COPIES[kind](picture), quality=74)
