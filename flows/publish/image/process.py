"""Turn an upstream's file into what a release ships of it: the minimally processed layer.

- Of JPEG and PNG the parts that the pixels need are copied, and nothing else; a file that has only
  these stays as it is, byte for byte. Where the parts cannot be distinguished, or the
  picture is not what is stored (it was turned upright, or lies in alpha), its pixels become a new
  PNG.
- Everything else (DICOM, NIfTI, TIFF, BMP, GIF, WebP) becomes PNG, one a frame. Samples of up to
  16 bits are kept: `value = sample * value_step + value_offset`, written beside the image.
- Where a plain reader would not show a picture as it should look, an 8-bit grey rendering by
  the window of the file stands beside it.
- Squares of 224 and 512 pixels, 8-bit grey, by `covid19_images.images.resize`.
"""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray

from covid19_images.images import decode
from covid19_images.images.fingerprint import pixels_sha256
from covid19_images.images.formats import nifti, sniff
from covid19_images.images.formats.picture import STANDARD, Limits, Picture
from covid19_images.images.refused import Refused
from covid19_images.images.resize import sized
from covid19_images.images.sizes import SIZES_PX
from covid19_images.images.volumes import slices
from covid19_images.images.write_png import write_png
from covid19_images.release.names import EIGHT_BIT, frame_stem
from flows.publish.image import jpeg, png

PROCESSING_VERSION = 4
"""Raised when the same file would have other members; all shards are then built anew."""

_MOST = 65535  # of 16 bits
_SIGNED = -32768

Cell = str | int | float | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What is shipped of one frame: of the picture, or of one slice of a volume.

    Attributes:
        stem: The members' name without ending.
        ending: `png` or `jpg`.
        kept: The minimally processed file.
        rendering: The 8-bit grey PNG, where `kept` alone would not look as it should.
        squares: 8-bit grey PNGs by side in pixels.
        facts: What else is known of it, for the JSON beside it.
    """

    stem: str
    ending: str
    kept: bytes
    rendering: bytes | None
    squares: Mapping[int, bytes]
    facts: Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class Processed:
    """All frames of a file, and which of them stands for it."""

    frames: tuple[Frame, ...]
    representative: int

    @property
    def member(self) -> str:
        """Return the member that stands for the file."""
        frame = self.frames[self.representative]
        return f"{frame.stem}.{frame.ending}"


def process(content: bytes, image_id: str, *, limits: Limits = STANDARD) -> Processed | Refused:
    """Make what a release ships of a file.

    Args:
        content: The upstream's file.
        image_id: What its members are named by.
        limits: What is too large.

    Returns:
        Its frames, or why there are none.
    """
    picture = decode.read(content, limits=limits)
    if isinstance(picture, Refused):
        return picture
    if picture.media_type in ("image/jpeg", "image/png"):
        kept = _bare(content, picture) if picture.is_as_stored else None
        if kept is not None:
            return Processed((_whole(kept, picture, image_id),), 0)
    step, offset = _scale(picture.samples)
    values: dict[str, Cell] = {"value_step": step, "value_offset": offset}
    rescales = _rescales(content, picture, limits)
    frames = tuple(
        _frame(picture, k, frame_stem(image_id, k, picture.frames), step, offset, values | rescale)
        for k, rescale in enumerate(rescales)
    )
    return Processed(frames, picture.representative)


def _bare(content: bytes, picture: Picture) -> bytes | None:
    """Return the file with what its pixels need only; `None` where its pixels must be written."""
    try:
        bare = (jpeg if picture.media_type == "image/jpeg" else png).bare(content)
    except ValueError:
        return None
    if bare == content:
        return content
    again = decode.read(bare)
    same = isinstance(again, Picture) and pixels_sha256(again) == pixels_sha256(picture)
    return bare if same else None


def _whole(kept: bytes, picture: Picture, stem: str) -> Frame:
    grey = picture.grey()
    return Frame(
        stem=stem,
        ending="jpg" if picture.media_type == "image/jpeg" else "png",
        kept=kept,
        rendering=None if picture.is_ordinary else write_png(grey),
        squares={size: write_png(sized(grey, size)) for size in SIZES_PX},
        facts=_window(picture, picture.representative),
    )


def _frame(
    picture: Picture, k: int, stem: str, step: float, offset: float, facts: Mapping[str, Cell]
) -> Frame:
    grey = picture.grey(k)
    plane = picture.samples[k]
    if plane.dtype != np.uint8:
        plane = _sixteen_bits(plane, step, offset)
    return Frame(
        stem=stem,
        ending="png",
        kept=write_png(plane),
        rendering=None if picture.is_ordinary else write_png(grey),
        squares={size: write_png(sized(grey, size)) for size in SIZES_PX},
        facts=dict(facts) | _window(picture, k),
    )


def _window(picture: Picture, k: int) -> dict[str, Cell]:
    black, white = picture.ends(k)
    return {"black": black, "white": white, "frames": picture.frames, "frame": k}


def _scale(samples: NDArray[Any]) -> tuple[float, float]:
    """Return how 16 bits hold the samples: `value = sample * step + offset`."""
    if samples.dtype == np.uint8:
        return 1.0, 0.0
    low, high = _ends(samples)
    are_whole = (bool((plane == np.rint(plane)).all()) for plane in samples)
    if samples.dtype.kind in "iu" or all(are_whole):
        for offset in (0.0, float(_SIGNED), low):
            if offset <= low and high - offset <= _MOST:
                return 1.0, offset
    return (high - low) / _MOST or 1.0, low


def _ends(samples: NDArray[Any]) -> tuple[float, float]:
    """Return the least and the greatest sample; infinite ones are shipped as these."""
    if samples.dtype.kind != "f":
        return float(samples.min()), float(samples.max())
    real = [plane[np.isfinite(plane)] for plane in samples]
    ends = [(float(one.min()), float(one.max())) for one in real if one.size] or [(0.0, 0.0)]
    return min(low for low, _ in ends), max(high for _, high in ends)


def _sixteen_bits(plane: NDArray[Any], step: float, offset: float) -> NDArray[np.uint16]:
    scaled = (plane.astype(np.float64) - offset) / step
    return (scaled + 0.5).clip(0, _MOST).astype(np.uint16)


def _rescales(content: bytes, picture: Picture, limits: Limits) -> list[dict[str, Cell]]:
    """Return what leads from each frame's values to real ones, as Hounsfield units, where known."""
    found: list[tuple[float, float] | None] = [None] * picture.frames
    if picture.media_type == "application/x-nifti":
        header, _ = nifti.stored(content, limits)
        if (rescale := nifti.rescale_of(header)) != (1.0, 0.0):
            found = [rescale] * picture.frames
    if picture.media_type == "application/dicom":
        found = _of_dicom(content, picture.frames)
    return [
        {} if one is None else {"rescale_slope": one[0], "rescale_intercept": one[1]}
        for one in found
    ]


def _of_dicom(content: bytes, frames: int) -> list[tuple[float, float] | None]:
    """Return the rescale of each frame; that of the file, where frames say nothing of it."""
    dataset = pydicom.dcmread(
        io.BytesIO(content),
        force=not sniff.has_preamble(content),
        stop_before_pixels=True,
    )
    own = slices.rescales(dataset)
    return own if len(own) == frames else [None] * frames


def beside(frame: Frame, known: Mapping[str, Cell]) -> bytes:
    """Write the JSON that lies beside an image in a shard.

    It holds what never changes as long as the file and its licence stay the same. Labels may be
    corrected later, so they are in the manifest only, under the same `image_id`.
    """
    facts = {key: value for key, value in {**known, **frame.facts}.items() if value is not None}
    return json.dumps(facts, sort_keys=True, ensure_ascii=True).encode()


def members(frame: Frame, layer: str, text: bytes) -> list[tuple[str, bytes]]:
    """Return the members that one layer holds of a frame, in order.

    Args:
        frame: The frame.
        layer: `images`, or `sized` and the side in pixels.
        text: The JSON beside it.
    """
    if layer != "images":
        square = frame.squares[int(layer.removeprefix("sized"))]
        return [(f"{frame.stem}.json", text), (f"{frame.stem}.png", square)]
    found = [(f"{frame.stem}.{frame.ending}", frame.kept), (f"{frame.stem}.json", text)]
    if frame.rendering is not None:
        found.append((frame.stem + EIGHT_BIT, frame.rendering))
    return sorted(found)
