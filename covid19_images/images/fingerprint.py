"""Hashes and size of one image file: all that later nights need to know of its content."""

import hashlib
from dataclasses import dataclass
from typing import Any

import imagehash
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from covid19_images.images.colour_maps import structure
from covid19_images.images.decode import Limits, Picture, read
from covid19_images.images.formats import grey
from covid19_images.images.formats.headers import Headers
from covid19_images.images.formats.picture import NOTHING_SAID, STANDARD
from covid19_images.images.refused import Refused
from covid19_images.manifest.record import MediaType, Privacy, Quality

__all__ = [
    "ALGORITHM_VERSION",
    "Fingerprint",
    "Headers",
    "fingerprint",
    "fingerprint_and_grey",
    "fingerprint_picture",
    "image_id",
]

ALGORITHM_VERSION = 4
"""Raised when any value below changes for the same bytes."""

HASH_SIZE = 16  # bits a side
LOW_RESOLUTION = 224  # pixels; networks are fed with at least this
FLAT = 4  # grey levels; compressing an empty picture makes no more
# A pixel is coloured where its channels differ this much, and a picture where so many of its
# pixels are. Chroma noise of JPEG and tinted films stay below, coloured arrows do not.
CHROMA = 48
COLOURED = 0.0005
_LOOKED_AT = 512  # pixels a side, of those that are asked for their colour


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """Hashes and size of one image file.

    Attributes:
        media_type: Found in the content.
        sha256: Of the file's bytes, 64 hex digits.
        pixels_sha256: Of the decoded picture (`pixels_sha256`).
        bytes: Size of the file.
        width: In pixels.
        height: In pixels.
        frames: Slices, pages or animation frames.
        bit_depth: Bits of a sample.
        phash: `imagehash.phash(…, hash_size=16)` of the grey picture, 64 hex digits.
        quality: `blank` where every sample is the same (8-bit pictures: within 4 grey levels);
            `colour` where 1 pixel in 2,000 has channels that differ by 48 or more;
            `low_resolution` where the shorter side is under 224 pixels; `turned` where the file
            says by EXIF that it is stored on its side or mirrored.
        privacy: `exif` and `dicom_identity`, where the metadata may say who.
        headers: What a DICOM file says of itself.
    """

    media_type: MediaType
    sha256: str
    pixels_sha256: str
    bytes: int
    width: int
    height: int
    frames: int
    bit_depth: int
    phash: str
    quality: tuple[Quality, ...] = ()
    privacy: tuple[Privacy, ...] = ()
    headers: Headers = NOTHING_SAID


def fingerprint(content: bytes, *, limits: Limits = STANDARD) -> Fingerprint | Refused:
    """Fingerprint an image file, or say why it is none."""
    both = fingerprint_and_grey(content, limits=limits)
    return both if isinstance(both, Refused) else both[0]


def fingerprint_and_grey(
    content: bytes,
    *,
    limits: Limits = STANDARD,
) -> tuple[Fingerprint, NDArray[np.uint8]] | Refused:
    """Fingerprint an image file and keep the grey picture of the same decode.

    Args:
        content: The file's bytes.
        limits: What is too large.

    Returns:
        The fingerprint and the grey levels of the representative frame, shape (height, width), in
        which copies are recognised: of a picture painted with a rainbow map those that were
        painted, of all others the luminance. Or why there are none.
    """
    picture = read(content, limits=limits)
    if isinstance(picture, Refused):
        return picture
    levels = picture.grey()
    found = fingerprint_picture(content, picture, levels)
    return found, structure(picture, levels) if "colour" in found.quality else levels


def fingerprint_picture(content: bytes, picture: Picture, levels: NDArray[np.uint8]) -> Fingerprint:
    """Fingerprint a picture that is decoded already.

    Args:
        content: The file's bytes.
        picture: What they hold.
        levels: `picture.grey()`, shape (height, width).

    Returns:
        The fingerprint.
    """
    return Fingerprint(
        media_type=picture.media_type,
        sha256=hashlib.sha256(content).hexdigest(),
        pixels_sha256=pixels_sha256(picture),
        bytes=len(content),
        width=picture.width,
        height=picture.height,
        frames=picture.frames,
        bit_depth=picture.bit_depth,
        phash=phash(levels),
        quality=_quality(picture, levels),
        privacy=picture.privacy,
        headers=picture.headers,
    )


def image_id(pixels_sha256: str) -> str:
    """Return the id of a picture, whatever its path or encoding.

    >>> image_id("0123456789abcdef" * 4)
    'c19-0123456789abcdef'
    """
    return f"c19-{pixels_sha256[:16]}"


def phash(levels: NDArray[np.uint8]) -> str:
    """Return the 256-bit perceptual hash of grey levels (height, width) as 64 hex digits."""
    return str(imagehash.phash(Image.fromarray(levels), hash_size=HASH_SIZE))


def pixels_sha256(picture: Picture) -> str:
    """Hash a decoded picture, whatever format and byte order it was stored in.

    The hash is over one line, `<frames> <height> <width> <channels> <type> <sense>` (type: u1,
    u2, i2, f4 …; sense: `+`, or `-` where high samples are dark), then the samples in C order,
    little endian. Samples of up to 8 bits are 0..255 whatever their depth was, so a picture of 16
    grey levels and its 8-bit expansion are the same.

    Returns:
        64 hex digits.
    """
    samples: NDArray[Any] = picture.samples
    channels = samples.shape[3] if samples.ndim == 4 else 1
    kind = f"{samples.dtype.kind}{samples.dtype.itemsize}"
    sense = "-" if picture.black > picture.white else "+"
    size = f"{picture.frames} {picture.height} {picture.width}"
    digest = hashlib.sha256(f"{size} {channels} {kind} {sense}\n".encode())
    little = samples.dtype.newbyteorder("<")
    for frame in samples:  # one at a time, because a volume may need a copy
        digest.update(np.ascontiguousarray(frame, little).data)
    return digest.hexdigest()


def _quality(picture: Picture, levels: NDArray[np.uint8]) -> tuple[Quality, ...]:
    found: list[Quality] = []
    if _is_blank(picture, levels):
        found.append("blank")
    if _is_coloured(picture):
        found.append("colour")
    if min(picture.width, picture.height) < LOW_RESOLUTION:
        found.append("low_resolution")
    if picture.orientation != 1:
        found.append("turned")
    return tuple(found)


def _is_blank(picture: Picture, levels: NDArray[np.uint8]) -> bool:
    if not picture.is_ordinary:
        low, high = grey.real_range(picture.samples, picture.padding)
        return low == high
    if np.ptp(levels) > FLAT:
        return False
    return all(np.ptp(picture.grey(frame)) <= FLAT for frame in range(picture.frames))


def _is_coloured(picture: Picture) -> bool:
    if picture.samples.ndim < 4 or picture.samples.shape[3] < 3:
        return False
    step = -(-max(picture.width, picture.height) // _LOOKED_AT)
    frame = picture.samples[picture.representative, ::step, ::step, :3]
    if not picture.is_ordinary:
        frame = grey.scale(frame, picture.black, picture.white)
    red, green, blue = np.moveaxis(frame, -1, 0)
    brightest = np.maximum(np.maximum(red, green), blue)
    spread = brightest - np.minimum(np.minimum(red, green), blue)
    return bool((spread >= CHROMA).mean() >= COLOURED)
