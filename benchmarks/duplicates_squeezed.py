"""Recall of pictures that were squeezed and cropped, and of all other changes, on fresh originals.

    python -m benchmarks.duplicates_squeezed ../shared/upstreams/*.bundle

What finds squeezed pictures was first tried on originals by which a power was then chosen. These
are others: none of them, nor a copy of one, was changed by `duplicates_transforms` or in those
trials. Which ones they are follows from their digests, and was fixed before any was looked for.
"""

import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from PIL import Image

from benchmarks.duplicates_pictures import File, describe, describe_all, files
from benchmarks.duplicates_transforms import (
    CHANGES,
    Change,
    Random,
    changed_copies,
    cropped,
    encoded,
    table,
)
from covid19_images.duplicates.clusters import links, together
from covid19_images.duplicates.engine import find
from covid19_images.duplicates.picture import Item

ORIGINALS = {"darshan": 48, "figure1": 16, "ieee8023": 24, "covid-19-pos-case": 6}
MOST_PX = 2_500_000  # larger originals take most of the time
FACTORS = (0.65, 0.7, 0.75, 0.8, 0.85)
CROPS = (0, 0.10, 0.15)
# First one and how many: of the pictures in their order, which ones were changed before.
_CHANGED_BEFORE = ((0, 100), (7, 34), (3, 90))


def squeezed(width: float, height: float, crop: float) -> Change:
    """Scale the sides of a picture by two factors, then cut a share of both off."""

    def change(picture: Image.Image, random: Random) -> bytes:
        size = round(picture.width * width), round(picture.height * height)
        narrow = picture.resize(size, Image.Resampling.BICUBIC)
        return encoded(cropped(crop)(narrow, random))

    return change


def _squeezes() -> Iterator[tuple[str, Change]]:
    for factor in FACTORS:
        for crop in CROPS:
            yield f"width × {factor}, crop {crop:.0%}", squeezed(factor, 1, crop)
            yield f"height × {factor}, crop {crop:.0%}", squeezed(1, factor, crop)


SQUEEZES = dict(_squeezes())


def without(side: str, share: float) -> Change:
    """Cut a share of the width or height off one side, which changes the shape too."""

    def change(picture: Image.Image, _: Random) -> bytes:
        width, height = (round(length * share) for length in picture.size)
        left, top = width * (side == "left"), height * (side == "top")
        right = picture.width - width * (side == "right")
        return encoded(
            picture.crop((left, top, right, picture.height - height * (side == "bottom")))
        )

    return change


SIDES = {
    f"without {share:.0%} at the {side}": without(side, share)
    for share in (0.2, 0.3, 0.4, 0.5)
    for side in ("left", "right", "top", "bottom")
}
ALL = CHANGES | SQUEEZES | SIDES


def originals(some: list[File], held: list[Item], group: Mapping[str, str]) -> list[str]:
    """Choose the keys of fresh originals: the largest of each group, in order of their digests.

    Args:
        some: All files, in the order in which originals were chosen before.
        held: Their pictures.
        group: The group of each of them that has copies.
    """
    usual = [key for key, _ in some if key.endswith((".jpg", ".jpeg", ".png"))]
    before = {
        key for at, many in _CHANGED_BEFORE for key in usual[at :: max(1, len(usual) // many)]
    }
    known = {_family(one, group) for one in held if one.key in before}
    fresh = list[Item]()
    for one in sorted(held, key=lambda one: (-one.width * one.height, one.sha256)):
        if (family := _family(one, group)) not in known and "blank" not in one.quality:
            known.add(family)
            fresh += [one] if one.width * one.height <= MOST_PX else []
    fresh.sort(key=lambda one: one.sha256 or "")
    return [
        one.key
        for source, many in ORIGINALS.items()
        for one in [one for one in fresh if one.source == source][:many]
    ]


def _family(one: Item, group: Mapping[str, str]) -> str:
    """Return what an original stands for: pictures of one group, slices of one series."""
    return one.series_id or group.get(one.key, one.key)


def _changed(key: str, raw: bytes) -> list[tuple[str, Item]]:
    both = describe((key, raw))
    assert both is not None
    return changed_copies(key, both[1], ALL)


def main(places: list[Path]) -> None:
    """Print a table of the squeezed ones, of those cut off at one side, and of the others."""
    some = list(files(places))
    held = describe_all(some)
    group = together(links(find(held, [])))
    content, keys = dict(some), originals(some, held, group)
    with ProcessPoolExecutor(2) as pool:
        many = pool.map(_changed, keys, [content[key] for key in keys])
        made = [one for all_of_one in many for one in all_of_one]
    for changes in (SQUEEZES, SIDES, CHANGES):
        table([(name, one) for name, one in made if name in changes], held, group)


if __name__ == "__main__":
    main([Path(word) for word in sys.argv[1:]])
