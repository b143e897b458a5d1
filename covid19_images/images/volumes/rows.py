"""Write what was read of volumes as rows of the tables of volumes."""

from collections.abc import Iterable

import numpy as np

from covid19_images.images.volumes.volume import Affine, Volume
from covid19_images.manifest.volume import SliceRow, VolumeRow, files_sha256


def volume_row(volume: Volume, *, source: str, name: str, blobs: dict[str, str]) -> VolumeRow:
    """Return the row of a volume.

    Args:
        volume: What was read.
        source: The source.
        name: How the volume is called there.
        blobs: The blob of each path that its places name, and maybe of others.
    """
    own = {place.file: blobs[place.file] for place in volume.places}
    spacing = volume.spacing_mm or (None, None, None)
    columns, rows, slices = volume.size
    centre, width = volume.window or (None, None)
    return VolumeRow(
        source=source,
        volume=name,
        volume_id=volume.volume_id,
        media_type=volume.media_type,
        files=len(own),
        files_sha256=files_sha256(own),
        columns=columns,
        rows=rows,
        slices=slices,
        spacing_x_mm=_micrometres(spacing[0]),
        spacing_y_mm=_micrometres(spacing[1]),
        spacing_z_mm=_micrometres(spacing[2]),
        affine=None if volume.affine is None else affine_text(volume.affine),
        slice_thickness_mm=_micrometres(volume.thickness_mm),
        kernel=volume.kernel,
        window_centre=_micrometres(centre),
        window_width=_micrometres(width),
        units=volume.units,
        finding=volume.finding,
        gaps=tuple(f"{before + 1}+{count}" for before, count in volume.gaps),
        missing_slices=volume.missing or None,
    )


def slice_rows(volume: Volume, *, source: str, name: str) -> Iterable[SliceRow]:
    """Yield the rows of a volume's pictures.

    Args:
        volume: What was read.
        source: The source.
        name: How the volume is called there.
    """
    for place in volume.places:
        yield SliceRow(
            source=source,
            path=place.file,
            frame=place.frame,
            volume=name,
            slice=None if place.index is None else place.index + 1,
        )


def affine_text(affine: Affine) -> str:
    """Write an affine as twelve numbers, row by row, with the digits that NIfTI holds.

    >>> affine_text(np.diag([0.7, 0.7, 2, 1]))
    '0.7 0 0 0 0 0.7 0 0 0 0 2 0'
    """
    return " ".join(f"{number:.7g}" for number in affine[:3].ravel() + 0.0)


def read_affine(text: str) -> Affine:
    """Read an affine as `affine_text` writes it.

    >>> read_affine("0.7 0 0 0 0 0.7 0 0 0 0 2 0").diagonal().tolist()
    [0.7, 0.7, 2.0, 1.0]
    """
    numbers = np.array([float(word) for word in text.split(" ")])
    return np.vstack([numbers.reshape(3, 4), [0, 0, 0, 1]])


def _micrometres(number: float | None) -> float | None:
    """Return a number with the digits that the table keeps."""
    return None if number is None else round(number, 6)
