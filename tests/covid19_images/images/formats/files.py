"""Small image files of every kind, made in memory."""

import gzip
import io
from typing import Any

import cv2
import nibabel as nib
import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, JPEG2000Lossless, RLELossless

SECRETS = ("secret-77", "Doe", "Jane", "19700131", "20200313", "1.2.826.77")


def encode(image: Image.Image, kind: str, **options: Any) -> bytes:
    """Write a PIL image."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def encode_deep(samples: NDArray[Any], suffix: str) -> bytes:
    """Write 16-bit or float samples, blue first where they are colours."""
    written, content = cv2.imencode(suffix, samples)
    assert written
    return content.tobytes()


def tiff(samples: NDArray[Any], **options: Any) -> bytes:
    """Write samples of any kind as TIFF."""
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, samples, metadata=None, **options)
    return buffer.getvalue()


def ramp(height: int = 32, width: int = 40) -> NDArray[np.uint8]:
    """Make a grey picture in which every row and column differs."""
    rows, columns = np.mgrid[:height, :width]
    return ((rows * 5 + columns * 3) % 256).astype(np.uint8)


def colours(height: int = 32, width: int = 40) -> NDArray[np.uint8]:
    """Make a picture of many colours."""
    grey = ramp(height, width)
    return np.stack([grey, grey[::-1], grey[:, ::-1]], axis=-1)


def dicom(samples: NDArray[Any], *, compress: str | None = None, **elements: Any) -> bytes:
    """Write a DICOM CT slice, or several frames, of a patient with a name and a birthday."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = "1.2.826.77.9"
    dataset.Modality, dataset.PatientID, dataset.PatientName = "CT", "secret-77", "Doe^Jane"
    dataset.PatientBirthDate, dataset.StudyDate, dataset.PatientSex = "19700131", "20200313", "F"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = "1.2.826.77.1", "1.2.826.77.2"
    dataset.InstanceNumber = 4
    dataset.Rows, dataset.Columns = samples.shape[-2:]
    if samples.ndim > 2:
        dataset.NumberOfFrames = len(samples)
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = samples.dtype.itemsize * 8
    dataset.HighBit = dataset.BitsStored - 1
    dataset.PixelRepresentation = int(samples.dtype.kind == "i")
    dataset.PixelData = samples.tobytes()
    dataset["PixelData"].VR = "OW"
    for keyword, value in elements.items():
        if value is None:
            delattr(dataset, keyword)
        else:
            setattr(dataset, keyword, value)
    if compress:
        dataset.compress(compress, generate_instance_uid=False)
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def without_preamble(content: bytes) -> bytes:
    """Cut the preamble and the magic off a DICOM file."""
    return content[132:]


def nifti(voxels: NDArray[Any], affine: NDArray[Any] | None = None, version: int = 1) -> bytes:
    """Write a NIfTI volume, axes (i, j, k)."""
    kind = nib.Nifti2Image if version == 2 else nib.Nifti1Image
    content: bytes = kind(voxels, np.diag([-1, -1, 1, 1]) if affine is None else affine).to_bytes()
    return content


def slices(dtype: type = np.int16, frames: int = 3) -> NDArray[Any]:
    """Make slices (frames, 32, 40) of CT-like values."""
    return np.stack([ramp() * 8 + 10 * k for k in range(frames)]).astype(dtype)


def every_kind() -> dict[str, bytes]:
    """Make one small file of every format and of the variants that have their own code."""
    grey, rgb = Image.fromarray(ramp()), Image.fromarray(colours())
    deep = colours().astype(np.uint16) * 200
    more = [rgb.rotate(180), rgb.rotate(180).rotate(180)]
    volume = slices().transpose(2, 1, 0)
    return {
        "jpeg": encode(rgb, "JPEG"),
        "jpeg progressive": encode(grey, "JPEG", progressive=True),
        "jpeg cmyk": encode(rgb.convert("CMYK"), "JPEG"),
        "png": encode(rgb, "PNG"),
        "png 1 bit": encode(grey.convert("1"), "PNG"),
        "png palette": encode(rgb.quantize(9), "PNG"),
        "png alpha": encode(grey.convert("LA"), "PNG"),
        "png 16 bit": encode_deep(deep[..., 0], ".png"),
        "png 16 bit colour": encode_deep(deep, ".png"),
        "tiff": encode(rgb, "TIFF"),
        "tiff lzw": encode(grey, "TIFF", compression="tiff_lzw"),
        "tiff 16 bit colour": encode_deep(deep, ".tif"),
        "tiff float": encode_deep(deep[..., 0].astype(np.float32), ".tif"),
        "tiff signed": tiff(ramp().view(np.int8)),
        "tiff wide": tiff(deep[..., 0].astype(np.uint32) * 90_000),
        "tiff planes": tiff(np.moveaxis(deep, -1, 0), photometric="rgb", planarconfig="separate"),
        "tiff pages": encode(rgb, "TIFF", save_all=True, append_images=more),
        "bmp": encode(rgb, "BMP"),
        "gif": encode(grey, "GIF"),
        "gif animated": encode(rgb, "GIF", save_all=True, append_images=more),
        "webp": encode(rgb, "WEBP"),
        "dicom": dicom(slices()[0]),
        "dicom frames": dicom(slices()),
        "dicom bare": without_preamble(dicom(slices()[0])),
        "dicom rle": dicom(slices()[0], compress=RLELossless),
        "dicom jpeg 2000": dicom(slices(np.uint16)[0], compress=JPEG2000Lossless),
        "nifti": nifti(volume),
        "nifti 2": nifti(volume.astype(np.float32), version=2),
        "nifti gzip": gzip.compress(nifti(volume), mtime=0),
    }
