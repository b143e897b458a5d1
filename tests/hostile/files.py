"""Image files that are bombs, broken, cut, fuzzed or two things at once."""

import gzip
import io
import random
import struct
import warnings
import zipfile
import zlib

import nibabel as nib
import numpy as np
from pydicom.uid import JPEG2000Lossless

from tests.covid19_images.images.formats.files import dicom, every_kind, nifti, slices

CUTS = 8
MUTANTS = 24
_INFLATED_BYTES = 256 * 2**20


def zeros(size_bytes: int, *, gzipped: bool = False) -> bytes:
    """Compress so many zeros without ever holding them."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31 if gzipped else 15)
    chunk = bytes(2**20)
    packed = [packer.compress(chunk) for _ in range(size_bytes // len(chunk))]
    return b"".join([*packed, packer.compress(bytes(size_bytes % len(chunk))), packer.flush()])


def png(
    width: int, height: int, pixels: bytes, *extra: tuple[bytes, bytes], depth: int = 8
) -> bytes:
    """Write a grey PNG whose pixels are compressed already."""
    header = struct.pack(">IIBBBBB", width, height, depth, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), *extra, (b"IDAT", pixels), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


def _volume(*shape: int, dtype: type = np.uint8) -> bytes:
    """Write the header of a NIfTI volume."""
    header = nib.Nifti1Header()
    header.set_data_dtype(dtype)
    header["dim"][: len(shape) + 1] = [len(shape), *shape]
    header["vox_offset"], header["magic"] = 352, b"n+1"
    return header.binaryblock + bytes(204)


def bombs() -> dict[str, bytes]:
    """Make small files that unpack to large ones."""
    inflated = zeros(_INFLATED_BYTES)
    whole = dicom(slices()[0])
    deflated = whole.replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.1.99"[:20], 1)
    head = deflated.index(b"1.2.840.10008.1.2.1")
    return {
        "bomb-30000-squared.png": png(30_000, 30_000, zeros(30_000 * 3_751), depth=1),
        "bomb-more-than-announced.png": png(8, 8, inflated),
        "bomb-in-a-comment.png": png(
            8, 8, zlib.compress(bytes(72)), (b"zTXt", b"Comment\0\0" + inflated)
        ),
        "bomb-in-a-profile.png": png(
            8, 8, zlib.compress(bytes(72)), (b"iCCP", b"Profile\0\0" + inflated)
        ),
        "bomb-of-slices.nii.gz": gzip.compress(_volume(2000, 2000, 2000), mtime=0),
        "bomb-of-doubles.nii.gz": gzip.compress(_volume(500, 500, 500, dtype=np.float64), mtime=0)
        + zeros(500**3 * 8, gzipped=True),
        "bomb-behind-the-voxels.nii.gz": gzip.compress(_volume(4, 4, 4) + bytes(64), mtime=0)
        + zeros(_INFLATED_BYTES, gzipped=True),
        "bomb-without-a-header.nii.gz": zeros(_INFLATED_BYTES, gzipped=True),
        "bomb-deflated.dcm": whole[:head]
        + b"1.2.840.10008.1.2.1.99"
        + whole[head + 20 :]
        + inflated,
        "bomb-of-frames.dcm": dicom(slices(), NumberOfFrames=10**9),
        "bomb-of-rows.dcm": dicom(slices()[0], Rows=65535, Columns=65535),
        "bomb-in-the-stream.dcm": _lying_stream(),
        "bomb-of-sequences.dcm": _nested(3000),
    }


def _lying_stream() -> bytes:
    content = dicom(slices(np.uint16)[0], compress=JPEG2000Lossless)
    at = content.index(b"\xff\x4f\xff\x51") + 8
    return content[:at] + struct.pack(">II", 60_000, 60_000) + content[at + 8 :]


def _nested(depth: int) -> bytes:
    """Put sequences within sequences; written by hand, for pydicom cannot write so many."""
    content = dicom(slices()[0])
    at = content.index(b"\xe0\x7f\x10\x00OW")
    open_ended = struct.pack("<I", 0xFFFFFFFF)
    begin = b"\x40\x00\x30\xa7SQ\0\0" + open_ended + b"\xfe\xff\x00\xe0" + open_ended
    ends = b"\xfe\xff\x0d\xe0" + bytes(4) + b"\xfe\xff\xdd\xe0" + bytes(4)
    return content[:at] + begin * depth + ends * depth + content[at:]


def wide() -> dict[str, bytes]:
    """Make pictures of 10^5 pixels a side; only the area decides whether one is read."""
    return {
        "wide.png": png(100_000, 8, zlib.compress(bytes(100_001 * 8))),
        "tall.png": png(8, 100_000, zlib.compress(bytes(9 * 100_000))),
        "wide-and-tall.png": png(100_000, 100_000, b""),
    }


def polyglots() -> dict[str, bytes]:
    """Make files that are an image and something else as well."""
    kinds = every_kind()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("../../evil.sh", "rm -rf ~")
    script = b"<script>alert(1)</script>"
    return {
        "image-and-zip.png": kinds["png"] + packed.getvalue(),
        "image-and-page.jpg": kinds["jpeg"] + script,
        "page-and-image.jpg": script + kinds["jpeg"],
        "shell-and-image.png": b"#!/bin/sh\ntouch ran\n" + kinds["png"],
        "gif-and-script.gif": b"GIF89a=1;" + script,
        "dicom-and-png.dcm": kinds["png"][:128].ljust(128, b"\0") + kinds["dicom"][128:],
        "tiff-and-dicom.dcm": b"II*\0" + kinds["dicom"][4:],
        "svg.png": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    }


def broken() -> dict[str, bytes]:
    """Make files whose structure lies."""
    kinds = every_kind()
    loop = struct.pack("<2sHI", b"II", 42, 8) + struct.pack("<H", 0) + struct.pack("<I", 8)
    bmp, gif = bytearray(kinds["bmp"]), bytearray(kinds["gif"])
    bmp[18:26] = struct.pack("<ii", -(2**31), 2**31 - 1)
    gif[6:10] = b"\xff\xff\xff\xff"
    return {
        "empty.png": b"",
        "loop.tif": loop,
        "negative.bmp": bytes(bmp),
        "screen.gif": bytes(gif),
        "nan.nii": nifti(np.full((4, 4, 4), np.nan, np.float32)),
        "infinite.nii": nifti(np.full((4, 4, 4), np.inf, np.float32)),
        "no-voxels.nii": _volume(4, 4, 4),
        "far.nii": _volume(4, 4, 4).replace(struct.pack("<f", 352), struct.pack("<f", 3e38)),
        "nothing.dcm": dicom(slices()[0], PixelData=None),
        "short.dcm": dicom(slices()[0], PixelData=b"\0\0"),
        "names.dcm": dicom(slices()[0], PatientName="=cmd|'/c calc'!A1", PatientAge="@all"),
        "numbers.dcm": dicom(slices()[0], WindowCenter="nan", WindowWidth="inf"),
    }


def damaged(seed: int = 7) -> dict[str, bytes]:
    """Cut and garble one file of every kind, the same way every time."""
    chance = random.Random(seed)
    made = {}
    for kind, content in every_kind().items():
        name = kind.replace(" ", "-")
        for k in range(CUTS):
            made[f"cut-{k}-of-{name}"] = content[: len(content) * k // CUTS]
        for k in range(MUTANTS):
            made[f"garbled-{k}-of-{name}"] = mutate(content, chance)
    return made


def mutate(content: bytes, chance: random.Random) -> bytes:
    """Change a few bytes, or repeat, drop or swap a piece."""
    changed = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        at = chance.randrange(len(changed))
        match chance.randrange(6):
            case 0 | 1:
                changed[at] = chance.randrange(256)
            case 2:
                changed[at] ^= 1 << chance.randrange(8)
            case 3:
                changed[at : at + 4] = chance.choice((b"\xff" * 4, bytes(4), b"\x7f\xff\xff\xff"))
            case 4:
                changed[at:at] = changed[at : at + chance.randrange(1, 64)]
            case 5 if len(changed) > 128:
                del changed[at : at + chance.randrange(1, 64)]
    return bytes(changed)


def everything() -> dict[str, bytes]:
    """Make all of them, by file name."""
    with warnings.catch_warnings(action="ignore"):  # pydicom's, at what we make it write
        return bombs() | wide() | polyglots() | broken() | damaged()
