"""Volumes that were chosen, with their masks: turned, resampled and windowed as they are asked for.

All loaders give what is made here, so their numbers are the same.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from covid19_images.dataset import volume_arguments as arguments
from covid19_images.dataset.arguments import SelectionError, one_of, words
from covid19_images.dataset.selection import Selection
from covid19_images.download import volumes as local
from covid19_images.download.volumes import LocalVolume
from covid19_images.images.volumes.identity import canonical
from covid19_images.images.volumes.resample import canonical_affine, grid_of, resampled
from covid19_images.images.volumes.volume import Affine
from covid19_images.manifest.mask import MaskRow

_ON_ITS_GRID = ("same_grid", "affine")


@dataclass(frozen=True, slots=True)
class VolumeItem:
    """A volume as it was asked for.

    Attributes:
        image: float32, axes to the right, the front and the head; in the volume's units, or from
            0 to 1 where a window was asked for.
        mask: uint8, 0 or 1, the classes of masks first; no classes, where none was asked for.
        affine: From voxels to mm in RAS+; `None` where it is not known.
        target: Of its pictures; see `Label.targets`.
        key: `source/volume`.
    """

    image: NDArray[np.float32]
    mask: NDArray[np.uint8]
    affine: Affine | None
    target: Any
    key: str


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
        left_out: How many volumes were left out, by reason.
    """

    chosen: Selection
    volumes: tuple[LocalVolume, ...]
    masks: tuple[str, ...] = ()
    spacing_mm: tuple[float, float, float] | None = None
    window: tuple[float, float] | None = None
    patch: tuple[int, int, int] | None = None
    left_out: Counter[str] = field(default_factory=Counter)

    def __len__(self) -> int:
        return len(self.volumes)

    def __getitem__(self, index: int) -> VolumeItem:
        return self.item(index)

    def item(self, index: int, *, draw: Sequence[int] = (0,)) -> VolumeItem:
        """Return one volume, or a patch of it.

        Args:
            index: Which one.
            draw: What makes this draw of a patch another one: epoch, worker …
        """
        whole = self._whole(index)
        if self.patch is None:
            return whole
        name = int(hashlib.sha256(whole.key.encode()).hexdigest()[:16], 16)
        return _cut(whole, self.patch, np.random.default_rng([self.chosen.seed, name, *draw]))

    def _whole(self, index: int) -> VolumeItem:
        volume = self.volumes[index]
        values = local.values(self.chosen.copy, volume)
        affine = canonical_affine(volume.affine, values.shape)
        own = canonical(values, volume.affine)
        grid, size = grid_of(affine, own.shape, self.spacing_mm)
        image = own if grid is affine else resampled(own, affine, grid, size, order=1)
        masks = [self._mask(volume, name, grid, size) for name in self.masks]
        return VolumeItem(
            image=np.ascontiguousarray(self._windowed(image), np.float32),
            mask=np.stack(masks) if masks else np.zeros((0, *size), np.uint8),
            affine=grid,
            target=self.targets[index],
            key=volume.name,
        )

    @cached_property
    def targets(self) -> NDArray[Any]:
        """Return the target of each volume, which is that of its first chosen picture."""
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

    def _mask(
        self, volume: LocalVolume, name: str, grid: Affine | None, size: tuple[int, ...]
    ) -> NDArray[np.uint8]:
        """Return where any mask of a volume shows a class, on the grid that was asked for."""
        found = np.zeros(size, np.uint8)
        for row in volume.masks:
            outlined = local.mask(self.chosen.copy, row) if _shows(row, name) else None
            if outlined is None:
                continue
            values, affine = outlined
            wanted = np.asarray(_outline(values, row, name), np.uint8)
            if affine is None or grid is None:
                found |= canonical(wanted, volume.affine)
            else:
                found |= resampled(wanted, affine, grid, size, order=0, outside="grid-constant")
        return found

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

    Raises:
        SelectionError: Nothing matches, there is no such word, or the units of a volume are not
            known and a window was asked for.
    """
    asked = _classes(chosen, words("masks", masks))
    spacing = arguments.spacing_mm(spacing_mm)
    ends = arguments.window(window)
    cut = arguments.patch(patch)
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
    return VolumeSelection(chosen, tuple(found), asked, spacing, ends, cut, left)


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
    return item.image[..., None], wanted


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
    if masks and not any(_shows(row, name) for row in volume.masks for name in masks):
        return f"without a mask of {', '.join(masks)}"
    return None


def _cut(item: VolumeItem, size: Sequence[int], random: np.random.Generator) -> VolumeItem:
    """Return a patch of a volume, which lies where it lay."""
    shape = item.image.shape
    missing = [max(wanted - there, 0) for wanted, there in zip(size, shape, strict=True)]
    more = [(n // 2, n - n // 2) for n in missing]
    first = [
        int(random.integers(there + lack - wanted + 1))
        for wanted, there, lack in zip(size, shape, missing, strict=True)
    ]
    part = tuple(slice(at, at + n) for at, n in zip(first, size, strict=True))
    affine = item.affine
    if affine is not None:
        move = np.eye(4)
        move[:3, 3] = np.array(first) - [before for before, _ in more]
        affine = affine @ move
    return replace(
        item,
        image=np.ascontiguousarray(np.pad(item.image, more, mode="edge")[part]),
        mask=np.ascontiguousarray(np.pad(item.mask, [(0, 0), *more])[:, *part]),
        affine=affine,
    )


def _shows(row: MaskRow, name: str) -> bool:
    return name in row.classes and row.agreement in _ON_ITS_GRID


def _outline(values: NDArray[Any], row: MaskRow, name: str) -> NDArray[np.bool_]:
    meant = row.values_of(name)
    if "*" in meant:
        return np.asarray(values != 0)
    return np.isin(values, [int(value) for value in meant])
