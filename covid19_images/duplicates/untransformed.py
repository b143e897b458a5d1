"""Of copies that are equal otherwise, name those that seem to be the pictures as they were taken.

`benchmarks/originals.py` measures how often it is right. A sharpened copy is taken for an original.
"""

from collections.abc import Sequence

from covid19_images.duplicates.filled import filled_share
from covid19_images.duplicates.mirrored import looks_mirrored
from covid19_images.duplicates.picture import Item

_AS_FINE = 1.05  # what differs by less is the same: rounding and JPEG change as much
_NOISE = 1.3  # finer detail than nearly all radiographs have: added noise, which is no original
_AS_FILLED = 0.02


def untransformed(items: Sequence[Item]) -> list[Item]:
    """Return those that were least transformed; all of them where nothing tells them apart.

    Resampling takes fine detail; rotating and shifting fills in; flipping moves the heart.

    Args:
        items: Copies of one size; at least one.
    """
    best = _as_filled_as_the_least(_as_fine_as_the_finest(items))
    upright = [item for item in best if not looks_mirrored(item.features)] if best[1:] else best
    return upright or best


def _as_fine_as_the_finest(items: Sequence[Item]) -> list[Item]:
    found = [item.detail for item in items if item.detail is not None]
    finest = max(found, key=lambda detail: detail.fineness, default=None)
    if len(found) < len(items) or not finest or not finest.is_clear or finest.fineness > _NOISE:
        return list(items)
    least = finest.fineness / _AS_FINE
    return [item for item in items if item.detail and item.detail.fineness >= least]


def _as_filled_as_the_least(items: Sequence[Item]) -> list[Item]:
    if len(items) == 1:
        return list(items)
    shares = [filled_share(item.features) for item in items]
    most = min(shares) + _AS_FILLED
    return [item for item, share in zip(items, shares, strict=True) if share <= most]
