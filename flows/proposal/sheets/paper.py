"""The paper of a sheet: where things stand on it, its type and its greys."""

import io
from dataclasses import dataclass, field

import numpy as np
from PIL import Image, ImageChops, ImageDraw

from flows.proposal.sheets.words import fitted, font

WIDTH_PX = 1200  # GitHub shows it at 830: 18 px of type come out as 12
MARGIN_PX = 28
INNER_PX = WIDTH_PX - 2 * MARGIN_PX

PAPER, BOX, INK, QUIET = (255, 255, 255), (241, 241, 239), (34, 34, 34), (110, 110, 110)
HEADING_PX, SUBHEADING_PX, TEXT_PX, SMALL_PX = 34, 23, 18, 16
_LEADING = 1.35
_GREY = 6  # levels that channels may differ by: WebP gives grey back with a tint of 2

Colour = tuple[int, int, int]


@dataclass(slots=True)
class Paper:
    """A sheet in the making; it grows downwards.

    Attributes:
        height_px: How far down it is filled.
        placed: Pictures and the boxes they stand in: left, top, width, height.
        written: Lines of text: left, top, size, colour.
    """

    height_px: int = MARGIN_PX
    placed: list[tuple[Image.Image | None, tuple[int, int, int, int]]] = field(default_factory=list)
    written: list[tuple[str, tuple[int, int], int, Colour]] = field(default_factory=list)

    def put(self, picture: Image.Image | None, box: tuple[int, int, int, int]) -> None:
        """Place a picture in the middle of a box, or leave the box empty."""
        self.placed.append((picture, box))

    def write(
        self, text: str, left: int, top: int, width: int, *, size: int = TEXT_PX, ink: Colour = INK
    ) -> int:
        """Write one line, shortened to a width.

        Returns:
            Where the next line begins.
        """
        self.written.append((fitted(text, size, width), (left, top), size, ink))
        return top + line_px(size)

    def finished(self) -> Image.Image:
        """Draw everything."""
        sheet = Image.new("RGB", (WIDTH_PX, self.height_px + MARGIN_PX), PAPER)
        pen = ImageDraw.Draw(sheet)
        for picture, (left, top, width, height) in self.placed:
            pen.rectangle((left, top, left + width - 1, top + height - 1), fill=BOX)
            if picture is not None:
                corner = left + (width - picture.width) // 2, top + (height - picture.height) // 2
                sheet.paste(picture, corner)
        for text, corner, size, ink in self.written:
            pen.text(corner, text, fill=ink, font=font(size))
        return sheet


def line_px(size: int) -> int:
    """Return the distance of lines of a size."""
    return round(size * _LEADING)


def jpeg(sheet: Image.Image, quality: int) -> bytes:
    """Write a sheet as JPEG, in grey where it holds no colour, without metadata."""
    spread = ImageChops.difference(sheet, sheet.convert("L").convert("RGB"))
    grey = int(np.asarray(spread).max()) <= _GREY
    out = io.BytesIO()
    (sheet.convert("L") if grey else sheet).save(
        out, "JPEG", quality=quality, optimize=True, progressive=True
    )
    return out.getvalue()
