"""Volumes that were chosen, with their masks: turned, resampled and windowed as they are asked for.

All loaders give what is made here, so their numbers are the same.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from covid19_images.dataset import volume_arguments as arguments
from covid19_images.dataset import volume_masks, volume_parts
from covid19_images.dataset.arguments import SelectionError, one_of, words
from covid19_images.dataset.mask_memory import MaskMemory
from covid19_images.dataset.selection import Selection
from covid19_images.dataset.volume_item import VolumeItem, as_slice
from covid19_images.dataset.volume_parts import VolumePart
from covid19_images.download import volumes as local
from covid19_images.download.volumes import LocalVolume
from covid19_images.images.volumes.identity import canonical, canonical_order
from covid19_images.images.volumes.resample import canonical_affine, grid_of, resampled
from covid19_images.images.volumes.volume import Affine


@dataclass(frozen=True, eq=False)
class VolumeSelection:
    """Volumes with targets; `chosen[3]` is a `VolumeItem`.

    Attributes:
        chosen: The pictures that they are made of.
        volumes: The volumes.
        masks: Classes of masks, in the order in which an item has them.
        spacing_mm: From voxel to voxel, along each axis; `None` for the volumes' own.
        window: Centre and width, in Hounsfield units; `None` for the volumes' own values.
        patch: Size of what is cut out of each volume, at a place drawn by seed; `None`
            for all of it.
        neighbours: Items are axial slices, with so many on each side as channels; `None` for
            volumes.
        left_out: How many volumes were left out, by reason.
        memory: The masks that were decoded last.
    """

    chosen: Selection
    volumes: tuple[LocalVolume, ...]
    masks: tuple[str, ...] = ()
    spacing_mm: tuple[float, float, float] | None = None
    window: tuple[float, float] | None = None
    patch: tuple[int, int, int] | None = None
    neighbours: int | None = None
    left_out: Counter[str] = field(default_factory=Counter)
    memory: MaskMemory = field(default_factory=MaskMemory, repr=False)

    def __len__(self) -> int:
        return len(self.volumes) if self.neighbours is None else len(self._places)

    def __getitem__(self, index: int) -> VolumeItem:
        return self.item(index)

    def item(self, index: int, *, draw: Sequence[int] = (0,)) -> VolumeItem:
        """Return one volume, a patch of it, or one slice with its neighbours.

        Args:
            index: Which one.
            draw: What makes this draw of a patch another one: epoch, worker …
        """
        if self.neighbours is not None:
            at, number = self._places[index]
            part = volume_parts.slab(self._shape(at), number, self.neighbours)
            return as_slice(self._part(at, part), self.neighbours, number)
        if self.patch is None:
            return self._whole(index)
        key = self._name(index)
        name = int(hashlib.sha256(key.encode()).hexdigest()[:16], 16)
        random = np.random.default_rng([self.chosen.seed, name, *draw])
        return self._part(index, volume_parts.drawn(self._shape(index), self.patch, random))

    def _name(self, at: int) -> str:
        return self.volumes[at].name

    @cached_property
    def _places(self) -> list[tuple[int, int]]:
        """Return volume and slice of each item, where items are slices."""
        counts = [self._shape(at)[2] for at in range(len(self.volumes))]
        return [(at, number) for at, count in enumerate(counts) for number in range(count)]

    def _shape(self, at: int) -> tuple[int, ...]:
        """Return how many voxels a volume has as it was asked for; nothing is read."""
        affine, stored = self.volumes[at].affine, self.volumes[at].size
        turned = tuple(stored[axis] for axis, _ in canonical_order(affine))
        return grid_of(canonical_affine(affine, stored), turned, self.spacing_mm)[1]

    def _part(self, at: int, part: VolumePart) -> VolumeItem:
        """Return a part of a volume; of one on its own grid, only the slices that it needs."""
        if self.spacing_mm is not None:
            whole = self._whole(at)
            image = part.of_image(whole.image, whole.image.shape)
            mask, affine = part.of_mask(whole.mask, whole.image.shape), part.affine(whole.affine)
            return replace(whole, image=image, mask=mask, affine=affine)
        volume, shape, copy = self.volumes[at], self._shape(at), self.chosen.copy
        order = canonical_order(volume.affine)
        axis = [stored for stored, _ in order].index(2)
        first, end = part.reaches(axis, shape[axis])
        is_turned = order[axis][1]
        between = (shape[axis] - end, shape[axis] - first) if is_turned else (first, end)
        values = canonical(local.values(copy, volume, between=between), volume.affine)
        begins = tuple(first if one == axis else 0 for one in range(3))
        grid = canonical_affine(volume.affine, volume.size)
        low, high = part.reaches(2, shape[2])
        mask = self._mask(volume, (grid, shape), (low, high))
        return VolumeItem(
            image=self._windowed(part.of_image(values, shape, begins)),
            mask=part.of_mask(mask, shape, (0, 0, low)),
            affine=part.affine(grid),
            target=self._of_volumes[at],
            key=volume.name,
        )

    def _whole(self, index: int) -> VolumeItem:
        volume, copy = self.volumes[index], self.chosen.copy
        values = local.values(copy, volume)
        affine = canonical_affine(volume.affine, values.shape)
        own = canonical(values, volume.affine)
        grid, size = grid_of(affine, own.shape, self.spacing_mm)
        image = own if grid is affine else resampled(own, affine, grid, size, order=1)
        return VolumeItem(
            image=np.ascontiguousarray(self._windowed(image), np.float32),
            mask=self._mask(volume, (grid, size), (0, size[2])),
            affine=grid,
            target=self._of_volumes[index],
            key=volume.name,
        )

    def _mask(
        self,
        volume: LocalVolume,
        where: tuple[Affine | None, tuple[int, ...]],
        between: tuple[int, int],
    ) -> NDArray[np.uint8]:
        """Return some slices of a volume's masks, classes first."""
        found = [
            self.memory.get(
                (volume.name, name),
                partial(volume_masks.on_grid, self.chosen.copy, volume, name, where),
            ).slices(*between)
            for name in self.masks
        ]
        empty = np.zeros((0, *where[1][:2], between[1] - between[0]), np.uint8)
        return np.ascontiguousarray(np.stack(found)) if found else empty

    @cached_property
    def targets(self) -> NDArray[Any]:
        """Return the target of each item, which is that of its volume's first chosen picture."""
        if self.neighbours is None:
            return self._of_volumes
        found: NDArray[Any] = self._of_volumes[[at for at, _ in self._places]]
        return found

    @cached_property
    def _of_volumes(self) -> NDArray[Any]:
        places = {record.key: at for at, record in enumerate(self.chosen.records)}
        own = [next(places[r.key] for r in v.records if r.key in places) for v in self.volumes]
        found: NDArray[Any] = self.chosen.targets[own]
        return found

    @property
    def pictures(self) -> Selection:
        """Return the chosen pictures that the volumes are made of."""
        keys = {record.key for volume in self.volumes for record in volume.records}
        records = tuple(record for record in self.chosen.records if record.key in keys)
        return replace(self.chosen, records=records)

    def split(self, index: int) -> str:
        """Return the split that a volume is in."""
        return str(self.volumes[index].records[0].split)

    def _windowed(self, image: NDArray[np.float32]) -> NDArray[np.float32]:
        if self.window is None:
            return image
        centre, width = self.window
        low = np.float32(centre - width / 2)
        levels: NDArray[np.float32] = np.clip((image - low) / np.float32(width), 0, 1)
        return levels

    def __repr__(self) -> str:
        left = [f"{n:,} {reason}" for reason, n in sorted(self.left_out.items())]
        first = f"{len(self):,} volumes of {', '.join(self.chosen.splits)}"
        return "\n".join([first, *(["left out: " + ", ".join(left)] if left else [])])


def volumes(
    chosen: Selection,
    *,
    masks: str | Sequence[str] | None = None,
    spacing_mm: Sequence[float] | None = None,
    window: str | Sequence[float] | None = None,
    patch: Sequence[int] | None = None,
    neighbours: int | None = None,
) -> VolumeSelection:
    """Choose the volumes of which any picture was chosen; of copies the one that is kept.

    A copy stays where the other is left out: it has no such mask, or is of another source.

    Args:
        chosen: The pictures.
        masks: Classes of masks, such as `lung`; volumes without a mask of any of them are left out.
        spacing_mm: Three lengths, to the right, the front and the head; their own by default.
        window: `lung`, `mediastinum` or `bone`, or centre and width in Hounsfield units: values
            become 0 to 1. The volumes' own values by default.
        patch: Three numbers of voxels: so much of each volume, at a place drawn by `seed`; where a
            volume is smaller, its edge goes on. The whole volume by default.
        neighbours: 1 gives each axial slice with the one below and the one above as channels (2.5
            dimensions), 0 each slice alone; at the ends of a volume its edge goes on. Masks are
            of the slice in the middle. Volumes by default.

    Raises:
        SelectionError: Nothing matches, there is no such word, or the units of a volume are not
            known and a window was asked for.
    """
    asked = _classes(chosen, words("masks", masks))
    spacing = arguments.spacing_mm(spacing_mm)
    ends = arguments.window(window)
    cut, beside = arguments.patch(patch), arguments.neighbours(neighbours, patch)
    left = Counter[str]()
    found = []
    for volume in chosen.volumes:
        reason = _reason(volume, asked, spacing)
        if reason is None:
            found.append(volume)
        else:
            left[reason] += 1
    if not chosen.copies:
        found, again = _without_copies(found)
        left.update({"copies of others": again} if again else {})
    if ends is not None:
        _refuse_unknown_units(found)
    if not found:
        why = "; ".join(f"{n:,} {reason}" for reason, n in sorted(left.items()))
        raise SelectionError(
            f"None of these {len(chosen):,} images is of a volume that can be given."
            + (f" Left out: {why}." if why else "")
        )
    return VolumeSelection(chosen, tuple(found), asked, spacing, ends, cut, beside, left)


def _classes(chosen: Selection, names: Sequence[str]) -> tuple[str, ...]:
    """Return classes as the masks of the copy call them."""
    known = sorted({name for row in local.masks(chosen.copy) for name in row.classes})
    return tuple(one_of("masks", name, known or ("none in this copy",)) for name in names)


def _refuse_unknown_units(found: Sequence[LocalVolume]) -> None:
    unknown = [volume for volume in found if volume.row.units != "HU"]
    if unknown:
        raise SelectionError(
            f"{unknown[0].name} does not say that its values are Hounsfield units, and neither "
            f"do {len(unknown) - 1:,} others: a window would be a guess. Leave window out for "
            "their own values, or name the sources you want."
        )


def channels_last(
    chosen: VolumeSelection, at: int, draw: Sequence[int] = (0,)
) -> tuple[NDArray[np.float32], NDArray[Any]]:
    """Return an image and its mask, or its target, as TensorFlow and JAX lay them.

    Args:
        chosen: The volumes.
        at: Which one.
        draw: What makes this draw of a patch another one.
    """
    item = chosen.item(at, draw=draw)
    wanted = np.moveaxis(item.mask, 0, -1) if chosen.masks else np.asarray(item.target)
    return item.channels_last, wanted


def _without_copies(found: Sequence[LocalVolume]) -> tuple[list[LocalVolume], int]:
    """Leave out copies of volumes that are kept in their place; return how many."""
    names = {volume.name for volume in found}
    kept = [volume for volume in found if volume.copy_of not in names]
    return kept, len(found) - len(kept)


def _reason(
    volume: LocalVolume, masks: Sequence[str], spacing: tuple[float, float, float] | None
) -> str | None:
    if "localizer" in volume.row.finding or "too_large" in volume.row.finding:
        return "localizers, or too large"
    if spacing is not None and volume.affine is None:
        return "without a known spacing"
    if masks and not any(volume_masks.shows(row, name) for row in volume.masks for name in masks):
        return f"without a mask of {', '.join(masks)}"
    return None
