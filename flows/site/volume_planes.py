"""The planes of volumes on the site: drawn where a night kept them, and the licence lets us."""

from collections.abc import Callable, Iterator
from pathlib import Path

from flows.decoding import strips
from flows.decoding.cache import Cache
from flows.decoding.strips import Drawn
from flows.site.volumes import Volume
from flows.text.planes import Outline, Planes, outlines

Draw = Callable[[Volume], Drawn | None]
"""Return a volume, drawn; `None` where it was not drawn on this machine."""


def none_drawn(_volume: Volume) -> None:
    """Return nothing: the pages then list the pictures of a volume only."""


def kept(cache: Path) -> Draw:
    """Return how volumes are looked up that were drawn while they were decoded.

    Args:
        cache: The folder of what may be lost.
    """
    memory = Cache(cache / "decoded.sqlite")

    def draw(volume: Volume) -> Drawn | None:
        row = volume.rows[0]
        # An overview is one picture, and has a page as such.
        return None if "localizer" in row.finding else strips.drawn(memory, row, volume.masks)

    return draw


def planes(volume: Volume, drawn: Drawn) -> Iterator[Planes]:
    """Yield the planes of a volume with the addresses of their files, seen from its page."""
    for plane in drawn.planes:
        strip, name = plane.strip, file_name(volume, plane.strip.axis)
        yield Planes(
            strip.axis, strip.numbers, strip.count, plane.picture.width, strip.height, name
        )


def file_name(volume: Volume, axis: str) -> str:
    """Return the name of the file of a strip, beside the volume's page.

    Args:
        volume: The volume.
        axis: `axial`, `coronal` or `sagittal`.
    """
    return f"{volume.volume_id}-{axis}.webp"


def outlined(volume: Volume, drawn: Drawn | None) -> list[Outline]:
    """Return what masks outline in a volume, with the colours of what is drawn."""
    return list(outlines(volume.masks, [mask.path for mask in drawn.masks] if drawn else ()))
