"""Planes of a volume on a page, with sliders, and the words of what masks outline in it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from covid19_images.manifest.mask import MaskRow

STYLE, SCRIPT = "volume-planes.css", "volume-planes.js"
_COLOURS = 5  # of outlines: the classes o1 to o5 of the style


@dataclass(frozen=True, slots=True)
class Planes:
    """A volume along one axis, as a page shows it.

    Attributes:
        axis: Which.
        numbers: Which planes are in the strip, from 1.
        count: How many there are.
        width: Of a plane, in pixels.
        height: Of a plane, in pixels.
        address: Of the strip.
    """

    axis: str
    numbers: tuple[int, ...]
    count: int
    width: int
    height: int
    address: str

    @property
    def middle(self) -> int:
        """Return the place of the plane that is shown first, from 0."""
        return len(self.numbers) // 2


@dataclass(frozen=True, slots=True)
class Outline:
    """What is outlined.

    Attributes:
        colour: From 1; 0 where it is not drawn.
        words: What it is, and who made it.
    """

    colour: int
    words: str


def assets() -> dict[str, bytes]:
    """Return the style and the script of planes, by the names of their files."""
    here = Path(__file__).parent
    return {name: (here / name).read_bytes() for name in (STYLE, SCRIPT)}


def outlines(masks: Iterable[MaskRow], drawn: Sequence[str]) -> Iterator[Outline]:
    """Yield what masks outline, in the order of their colours.

    Args:
        masks: The masks.
        drawn: Paths of those that are drawn.
    """
    colour = 0
    for mask in sorted(masks, key=lambda row: row.path not in drawn):
        shows = dict(text.split("=", 1) for text in mask.shows)
        for value in mask.values or ("*",):
            words = shows.get(value, shows.get("*", f"value {value}"))
            colour += 1
            is_drawn = mask.path in drawn
            shown = (colour - 1) % _COLOURS + 1 if is_drawn else 0
            yield Outline(shown, _made(mask, words, is_drawn=is_drawn))


def _made(mask: MaskRow, words: str, *, is_drawn: bool) -> str:
    by = f"by a {mask.made_by}" if mask.made_by != "unknown" else ""
    why = "" if is_drawn else "not drawn"
    return ", ".join(filter(None, (words, by, why)))
