"""Read volumes out of files: DICOM slices in any order, a multi-frame file, or NIfTI."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from covid19_images.images import decode
from covid19_images.images.formats.picture import STANDARD, Limits, Samples
from covid19_images.images.refused import Refused
from covid19_images.images.volumes import nifti, slices
from covid19_images.images.volumes.identity import measured
from covid19_images.images.volumes.laid import Laid
from covid19_images.images.volumes.slices import Slice
from covid19_images.images.volumes.stack import Stack, stacks
from covid19_images.images.volumes.volume import Place, Volume
from covid19_images.manifest.volume import VolumeFinding


@dataclass(frozen=True, slots=True)
class Found:
    """The volume that some files are.

    Attributes:
        volume: Its description.
        voxels: As stored, in the order columns, rows, slices; on disk where they are many, `None`
            where they are too many for that too.
        slope: What they are multiplied with to have values in the volume's units.
        intercept: What is added then.
    """

    volume: Volume
    voxels: Samples | None
    slope: float = 1.0
    intercept: float = 0.0

    def values(self) -> Samples:
        """Return the voxels in the volume's units, as 32-bit floats.

        Raises:
            ValueError: There are none, or they are too many for memory.
        """
        if self.voxels is None or "too_large" in self.volume.finding:
            raise ValueError("the volume has more voxels than the limit")
        values = self.voxels.astype(np.float64) * self.slope + self.intercept
        return values.astype(np.float32)


def read(
    files: Iterable[tuple[str, bytes]],
    *,
    limits: Limits = STANDARD,
    before_each: Callable[[], None] = lambda: None,
) -> list[Found]:
    """Read the volumes of some files: those of one DICOM series, or one NIfTI file.

    Slices are put in order by their positions, whatever their files are called; they become several
    volumes where orientation, spacing or matrix changes. Files that cannot be read are a finding of
    the volumes that the others make. Only one file is held beside the slices read so far, and these
    are laid on disk where they are more than the limit.

    Args:
        files: Names and bytes.
        limits: What is too large; `max_samples` is of all slices together, and so is
            `max_spooled_bytes`, behind which only their geometry is known.
        before_each: Called before each file is read.
    """
    found: list[Slice] = []
    whole: list[Found] = []
    unread = 0
    laid = Laid(limits)
    for name, content in files:
        before_each()
        both = decode.guarded(content, _reader(name, content, limits), limits=limits)
        if isinstance(both, Refused):
            unread += 1
            continue
        some, volumes = both
        found = laid.with_more(found, some)
        whole += volumes
    return [_with_unread(one, unread) for one in [*whole, *_volumes(found, laid)]]


def _reader(
    name: str, content: bytes, limits: Limits
) -> Callable[[str], tuple[list[Slice], list[Found]]]:
    def act(media_type: str) -> tuple[list[Slice], list[Found]]:
        if media_type == "application/dicom":
            return slices.read(name, content, limits), []
        if media_type == "application/x-nifti":
            return [], [Found(*one) for one in nifti.read(name, content, limits)]
        return [], []

    return act


def _with_unread(one: Found, unread: int) -> Found:
    if not unread:
        return one
    finding: tuple[VolumeFinding, ...] = (*one.volume.finding, "unreadable_slices")
    return replace(one, volume=replace(one.volume, finding=finding))


def _volumes(found: Sequence[Slice], laid: Laid) -> list[Found]:
    ordered = _in_order(found)
    made = [volume for alike in _alike(ordered) for volume in _stacked(alike, laid)]
    return sorted(made, key=_rank)


def _in_order(found: Sequence[Slice]) -> list[Slice]:
    """Return slices in an order that does not come from their names."""
    numbers = {(one.instance, one.frame) for one in found}
    if len(numbers) == len(found):
        return sorted(found, key=lambda one: (one.instance, one.frame or 0))
    return sorted(found, key=lambda one: (one.instance, one.frame or 0, one.digest))


def _rank(one: Found) -> tuple[bool, bool, int, tuple[float, ...]]:
    """Return what volumes of one series are sorted by: what matters most comes first."""
    volume = one.volume
    where = () if volume.affine is None else tuple(volume.affine.ravel().tolist())
    odd = "localizer" in volume.finding, "no_positions" in volume.finding
    return (*odd, -len(volume.places), where)


def _alike(found: Iterable[Slice]) -> list[list[Slice]]:
    """Part slices where orientation, spacing or matrix changes; localizers are apart."""
    groups: list[list[Slice]] = []
    for one in found:
        for group in groups:
            if _belong(group[0], one):
                group.append(one)
                break
        else:
            groups.append([one])
    return groups


def _belong(one: Slice, other: Slice) -> bool:
    if (one.samples.shape, one.is_localizer) != (other.samples.shape, other.is_localizer):
        return False
    if one.plane is None or other.plane is None:
        return one.plane is other.plane
    return one.plane.is_like(other.plane)


def _stacked(alike: Sequence[Slice], laid: Laid) -> list[Found]:
    planes = [one.plane for one in alike if one.plane is not None]
    if len(planes) < len(alike):
        rows, columns = alike[0].samples.shape
        places = tuple(Place(one.file, one.frame) for one in alike)
        volume = Volume(
            media_type="application/dicom",
            size=(columns, rows, len(alike)),
            places=places,
            finding=("no_positions", *_localizer(alike)),
        )
        return [Found(_described(volume, alike), None)]
    step = alike[0].step_mm or alike[0].thickness_mm
    return [_found(alike, stack, laid) for stack in stacks(planes, step_mm=step)]


def _found(alike: Sequence[Slice], stack: Stack, laid: Laid) -> Found:
    ordered = [alike[number] for number in stack.order]
    places = [Place(one.file, one.frame, index) for index, one in enumerate(ordered)]
    extra = [Place(alike[number].file, alike[number].frame) for number in stack.extra]
    rows, columns = ordered[0].samples.shape
    voxels, slope, intercept = laid.voxels(ordered)
    odd: tuple[VolumeFinding, ...] = ("too_large",) if laid.is_large else ()
    name, are_numbers = None, True
    if voxels is not None:
        name, are_numbers = measured(voxels, stack.affine, slope=slope, intercept=intercept)
    odd += () if are_numbers else ("not_numbers",)
    volume = Volume(
        media_type="application/dicom",
        size=(columns, rows, len(ordered)),
        places=(*places, *extra),
        affine=stack.affine,
        gaps=stack.gaps,
        finding=(*stack.finding, *_localizer(ordered), *odd),
        volume_id=name,
    )
    return Found(_described(volume, ordered), voxels, slope, intercept)


def _described(volume: Volume, alike: Sequence[Slice]) -> Volume:
    """Add what headers say, where all slices say the same."""
    windows = {one.window for one in alike}
    kernels = {one.kernel for one in alike}
    thicknesses = {one.thickness_mm for one in alike}
    return replace(
        volume,
        window=windows.pop() if len(windows) == 1 else None,
        kernel=kernels.pop() if len(kernels) == 1 else None,
        thickness_mm=thicknesses.pop() if len(thicknesses) == 1 else None,
        units="HU" if all(one.units == "HU" for one in alike) else "unknown",
    )


def _localizer(alike: Sequence[Slice]) -> tuple[VolumeFinding, ...]:
    return ("localizer",) if alike[0].is_localizer else ()
