"""Make the pictures of a page smaller, all alike, where they would not fit into it together."""

import io
from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

from PIL import Image

from flows.proposal.pictures import Thumbnail

_SIZES_PX = (192, 160, 128, 112, 96)  # of the longer side
_QUALITY = 50
_SAMPLED = 24  # pictures that the size of all is guessed from
_MARGIN = 1.02  # of the guess
_AROUND_BYTES = 4  # the quotes and the comma around each

Name = TypeVar("Name", bound=Hashable)


def fitted(pictures: Mapping[Name, Thumbnail], *, budget_bytes: int) -> dict[Name, bytes]:
    """Return the pictures as WebP, as large as all of them probably fit.

    Args:
        pictures: What was drawn.
        budget_bytes: What they may take together, in base64. Where even the smallest would be too
            large, the smallest are returned.
    """
    distinct = list(dict.fromkeys(picture.webp for picture in pictures.values()))
    longest_px = _size(distinct, [picture.webp for picture in pictures.values()], budget_bytes)
    made = {webp: smaller(webp, longest_px) if longest_px else webp for webp in distinct}
    return {name: made[picture.webp] for name, picture in pictures.items()}


def in_page_bytes(webp: bytes) -> int:
    """Return how much of a page a picture takes, in base64."""
    return -(-len(webp) // 3) * 4 + _AROUND_BYTES


def smaller(webp: bytes, longest_px: int) -> bytes:
    """Return a picture whose longer side is no longer than this, in pixels."""
    with Image.open(io.BytesIO(webp)) as picture:
        picture.load()
        scale = longest_px / max(picture.size)
        if scale >= 1:
            return webp
        size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
        out = io.BytesIO()
        picture.resize(size, Image.Resampling.LANCZOS).save(out, "WEBP", quality=_QUALITY)
    return min(out.getvalue(), webp, key=len)


def _size(distinct: Sequence[bytes], every: Sequence[bytes], budget_bytes: int) -> int | None:
    """Choose the longer side, in pixels; `None` where the pictures fit as they are."""
    if sum(map(in_page_bytes, every)) <= budget_bytes:
        return None
    sample = distinct[:: max(1, len(distinct) // _SAMPLED)]
    for longest_px in _SIZES_PX[:-1]:
        mean_bytes = sum(in_page_bytes(smaller(one, longest_px)) for one in sample) / len(sample)
        if mean_bytes * len(every) * _MARGIN <= budget_bytes:
            return longest_px
    return _SIZES_PX[-1]
