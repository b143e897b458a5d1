"""What can be asked of every loader of volumes."""

from collections.abc import Sequence
from typing import Any, Unpack

from covid19_images.dataset.options import ModalityName, Options, Split
from covid19_images.dataset.select import select
from covid19_images.dataset.volumes import VolumeSelection, volumes


class VolumeOptions(Options, total=False):
    """What `select` takes, and what `covid19_images.dataset.volumes.volumes` takes beside it."""

    masks: str | Sequence[str] | None
    spacing_mm: Sequence[float] | None
    window: str | Sequence[float] | None
    patch: Sequence[int] | None
    neighbours: int | None


_OWN = ("masks", "spacing_mm", "window", "patch", "neighbours")


def select_volumes(
    modality: ModalityName | str = "all", split: Split = None, **options: Unpack[VolumeOptions]
) -> VolumeSelection:
    """Choose volumes of the local copy.

    Args:
        modality: `xray`, `ct`, `other` or `all`.
        split: `train`, `validation`, `test`, some, or a part of one; all three by default.
        options: See `covid19_images.dataset.select.select` and
            `covid19_images.dataset.volumes.volumes`.

    Raises:
        SelectionError: Nothing matches, or there is no such thing to choose.
        LocalCopyError: There is no local copy, and none can be had.
    """
    own: dict[str, Any] = {name: options.get(name) for name in _OWN}
    plain: Any = {name: value for name, value in options.items() if name not in _OWN}
    plain["size"] = None  # squares have no values: what is downloaded must be the slices
    return volumes(select(modality, split, **plain), **own)
