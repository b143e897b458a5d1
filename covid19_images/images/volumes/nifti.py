"""Read a NIfTI file as a volume, with the geometry that nibabel finds in its header."""

from covid19_images.images.formats import nifti
from covid19_images.images.formats.picture import Limits, Samples
from covid19_images.images.volumes.identity import measured
from covid19_images.images.volumes.volume import Place, Volume
from covid19_images.manifest.volume import VolumeFinding

_GREY = 3  # axes: frames, rows, columns


def read(
    file: str, content: bytes, limits: Limits
) -> list[tuple[Volume, Samples | None, float, float]]:
    """Read a volume, its voxels and their rescale; none where it is in colour.

    NIfTI has no word for Hounsfield units, so the units are unknown. Of several volumes in one file
    (a fourth axis) the geometry is that of each, and the id is of all.

    Args:
        file: How the volume calls it.
        content: Its bytes.
        limits: What is too large.

    Raises:
        UnreadableError: It is broken, too large, or holds something else than real numbers.
    """
    header, samples = nifti.stored(content, limits)
    if samples.ndim != _GREY:
        return []
    slope, intercept = nifti.rescale_of(header)
    affine = nifti.affine_of(header)
    frames, rows, columns = samples.shape
    slices = int(header["dim"][3]) if header["dim"][0] > 2 else 1
    finding: list[VolumeFinding] = []
    finding += ["one_slice"] if slices == 1 else []
    finding += ["several_times"] if frames != slices else []
    # Without both, spacing is known; the rest of nibabel's affine is what files are by habit.
    is_said = int(header["sform_code"]) > 0 or int(header["qform_code"]) > 0
    finding += ["no_positions"] if affine is None or not is_said else []
    finding += ["forms_differ"] if nifti.forms_differ(header) else []
    voxels = samples.T
    name, are_numbers = measured(voxels, affine, slope=slope, intercept=intercept)
    finding += [] if are_numbers else ["not_numbers"]
    finding += ["too_large"] if samples.size > limits.max_samples else []
    volume = Volume(
        media_type="application/x-nifti",
        size=(columns, rows, slices),
        places=(Place(file),),
        affine=affine,
        finding=tuple(finding),
        volume_id=name,
    )
    return [(volume, voxels, slope, intercept)]
