"""What is drawn of volumes and masks while they are decoded, and kept beside their tables."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from covid19_images.images.volumes import strips
from covid19_images.images.volumes.read import Found
from covid19_images.images.volumes.strips import Strip
from covid19_images.manifest.mask import MaskRow
from covid19_images.manifest.volume import VolumeRow
from flows.decoding.cache import Cache

_QUALITY = 70


@dataclass(frozen=True, slots=True)
class Plane:
    """A volume along one axis, with the outlines that lie on it.

    Attributes:
        strip: Its planes.
        picture: The same as a picture, grey or RGB.
    """

    strip: Strip
    picture: Image.Image

    def webp(self) -> bytes:
        """Return the picture as a file."""
        out = io.BytesIO()
        self.picture.save(out, "WEBP", quality=_QUALITY, method=4)
        return out.getvalue()


@dataclass(frozen=True, slots=True)
class Drawn:
    """A volume, drawn.

    Attributes:
        planes: The axial, the coronal and the sagittal one.
        masks: Those that are drawn on it; their values have colours in this order.
    """

    planes: tuple[Plane, ...]
    masks: tuple[MaskRow, ...]


def of_volume(row: VolumeRow) -> str:
    """Return the name of what is drawn of a volume: its voxels, and where they are."""
    return f"{row.volume_id} {row.affine}"


def of_mask(blob: str) -> str:
    """Return the name of what is drawn of a mask."""
    return f"mask {blob}"


def draw(row: VolumeRow, found: Found) -> dict[str, bytes]:
    """Return what is drawn of a volume, by its name; nothing where its voxels are not known."""
    if found.voxels is None or row.volume_id is None:
        return {}
    with np.errstate(all="ignore"):  # a hostile slope gives infinite values
        made = strips.strips(
            found.voxels,
            found.volume.affine,
            is_hounsfield=row.units == "HU",
            rescale=(found.slope, found.intercept),
        )
    return {of_volume(row): strips.to_bytes(made, is_exact=False)}


def drawn(memory: Cache, row: VolumeRow, masks: Sequence[MaskRow]) -> Drawn | None:
    """Return a volume with the masks that lie on its grid; `None` where it was not drawn here.

    Args:
        memory: What is kept.
        row: The volume.
        masks: Its masks; one on another grid is not drawn.
    """
    content = memory.strips([of_volume(row)]).get(of_volume(row))
    if content is None:
        return None
    own = strips.from_bytes(content)
    shown: list[MaskRow] = []
    outlined: list[list[Strip]] = []
    for mask in masks:
        kept = memory.strips([of_mask(mask.blob)]).get(of_mask(mask.blob))
        parts = strips.from_bytes(kept) if kept else []
        if mask.agreement == "same_grid" and _fit(own, parts):
            shown.append(mask)
            outlined.append(parts)
    classes = [len(mask.values) for mask in shown]
    planes = [
        Plane(strip, strips.coloured(strip, [parts[at] for parts in outlined], classes))
        for at, strip in enumerate(own)
    ]
    return Drawn(tuple(planes), tuple(shown))


def outlined(
    memory: Cache, picture: Image.Image, masks: Sequence[MaskRow]
) -> tuple[Image.Image, tuple[MaskRow, ...]]:
    """Return a picture with the outlines of its masks, small, and the masks that are drawn.

    Args:
        memory: What is kept.
        picture: The picture, at least as large as `strips.LONGEST_PX`, or as it is.
        masks: Its masks; one of another size is not drawn, nor one in colour.
    """
    found: list[tuple[MaskRow, Strip]] = []
    for mask in masks:
        kept = memory.strips([of_mask(mask.blob)]).get(of_mask(mask.blob))
        parts = strips.from_bytes(kept) if kept else []
        if mask.agreement == "same_size" and [one.axis for one in parts] == [strips.PICTURE]:
            found.append((mask, parts[0]))
    sizes = {strip.levels.shape for _, strip in found}
    if len(sizes) != 1:  # none; all are of one picture, and so of one size
        return picture, ()
    high, wide = sizes.pop()
    small = np.asarray(picture.convert("L").resize((wide, high), Image.Resampling.LANCZOS))
    own = Strip(strips.PICTURE, (1,), 1, small)
    classes = [len(mask.values) for mask, _ in found]
    drawn = strips.coloured(own, [strip for _, strip in found], classes)
    return drawn, tuple(mask for mask, _ in found)


def _fit(own: Sequence[Strip], other: Sequence[Strip]) -> bool:
    sizes = ([(one.numbers, one.levels.shape) for one in some] for some in (own, other))
    return next(sizes) == next(sizes)
