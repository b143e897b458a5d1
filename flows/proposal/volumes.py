"""The volumes that a proposal brings: new ones, and those whose masks are new."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from covid19_images.manifest.mask import MaskRow
from covid19_images.manifest.volume import VolumeRow
from flows.collection.volumes import Volumes


@dataclass(frozen=True, slots=True)
class NewVolume:
    """A volume, and its masks.

    Attributes:
        row: The volume.
        masks: What outlines something in it, sorted by path.
        is_new: Whether the volume is new; else only masks of it are.
    """

    row: VolumeRow
    masks: tuple[MaskRow, ...] = ()
    is_new: bool = True


def new_volumes(before: Volumes, after: Volumes) -> list[NewVolume]:
    """Return the volumes that are new or others than before, or whose masks are.

    Args:
        before: Those of the base.
        after: Those after the night.
    """
    known = set(before.rows)
    masks_before, masks = _masks(before), _masks(after)
    found = []
    for row in after.rows:
        own = masks.get(row.key, ())
        if row not in known or own != masks_before.get(row.key, ()):
            found.append(NewVolume(row, tuple(own), row not in known))
    return found


def _masks(volumes: Volumes) -> Mapping[tuple[str, str], Sequence[MaskRow]]:
    found: dict[tuple[str, str], list[MaskRow]] = defaultdict(list)
    for row in volumes.masks:
        if row.volume is not None:
            found[row.source, row.volume].append(row)
    return found
