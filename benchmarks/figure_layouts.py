"""How journals lay pictures out side by side, for `benchmarks.duplicates_figures`."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
Page = NDArray[np.uint8]  # (h, w), or (h, w, 3) in blue, green and red
Layout = Callable[[list[Grey]], Page]

_WHITE = 255
_RED = (0, 0, 255)


@dataclass(frozen=True, slots=True)
class Kind:
    """A way to print figures: how many panels, where they are, and the quality of the JPEG."""

    panels: int
    layout: Layout
    quality: int = 85


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows and columns of square panels, cut from the middles of pictures, with gutters.

    Attributes:
        rows: How many rows.
        columns: How many columns.
        gutter_px: Width of the gutters.
        gutter: Their grey level.
        panel_px: Side of a panel.
        label_px: Side of a white box with the letter that lies over the corner of each panel;
            without it, the letter is in the panel.
        caption_px: Height of a white line with words below each row.
    """

    rows: int
    columns: int
    gutter_px: int
    gutter: int
    panel_px: int
    label_px: int = 0
    caption_px: int = 0

    def __call__(self, pictures: list[Grey]) -> Page:
        """Print the figure, with a letter in the corner of each panel."""
        side, gap = self.panel_px, self.gutter_px
        down, across = side + gap + self.caption_px, side + gap
        page = np.full((self.rows * down - gap, self.columns * across - gap), self.gutter, np.uint8)
        for at, picture in enumerate(pictures):
            row, column = divmod(at, self.columns)
            top, left = row * down, column * across
            page[top : top + side, left : left + side] = middle(picture, side)
        for at in range(len(pictures)):
            row, column = divmod(at, self.columns)
            top, left = row * down, column * across
            if self.caption_px:
                page[top + side : top + side + self.caption_px, left : left + side] = _WHITE
                words = (left + 4, top + side + self.caption_px - 8)
                cv2.putText(page, "day 5, PA view", words, cv2.FONT_HERSHEY_SIMPLEX, 0.6, 0, 1)
            self._letter(page, chr(65 + at), top, left)
        return page

    def _letter(self, page: Page, letter: str, top: int, left: int) -> None:
        if not self.label_px:
            corner = (left + 8, top + 34)
            cv2.putText(page, letter, corner, cv2.FONT_HERSHEY_SIMPLEX, 1.1, _WHITE, 3)
            return
        half = self.label_px // 2
        box = slice(max(0, top - half), top + half), slice(max(0, left - half), left + half)
        page[box] = _WHITE
        corner = (max(0, left - half) + 4, top + half - 6)
        cv2.putText(page, letter, corner, cv2.FONT_HERSHEY_SIMPLEX, 1.0, 0, 2)


def own_widths(pictures: list[Grey], gutters_px: tuple[int, ...] = ()) -> Page:
    """Print two rows of three whole pictures of their own widths.

    Args:
        pictures: Six.
        gutters_px: Widths of white gutters, in turn; none without them.
    """
    widths = iter([*gutters_px, *gutters_px, *gutters_px])
    rows = []
    for at in (0, 3):
        parts = [_high(pictures[at], 400)]
        for one in pictures[at + 1 : at + 3]:
            parts += [_gap(400, next(widths, 0)), _high(one, 400)]
        rows.append(np.hstack(parts))
    width = min(row.shape[1] for row in rows)
    first, second = (resized(row, width, round(len(row) * width / row.shape[1])) for row in rows)
    return np.vstack([first, _gap(next(widths, 0), width), second])


def uneven(pictures: list[Grey]) -> Page:
    """Print two rows of three pictures of their own widths, no two gutters as wide."""
    return own_widths(pictures, (5, 22, 9, 31, 14))


def one_large(pictures: list[Grey]) -> Page:
    """Print a large square beside three small ones, one above the other, with white gutters."""
    small = [middle(picture, 260) for picture in pictures[1:]]
    gap = _gap(8, 260)
    beside = np.vstack([small[0], gap, small[1], gap, small[2]])
    return np.hstack([middle(pictures[0], len(beside)), _gap(len(beside), 8), beside])


def on_a_page(pictures: list[Grey]) -> Page:
    """Print four squares with white gutters and margins, and lines of text above and below."""
    figure = Grid(2, 2, 8, _WHITE, 400)(pictures)
    page = cv2.copyMakeBorder(figure, 90, 150, 60, 60, cv2.BORDER_CONSTANT, value=_WHITE)
    for line, at in enumerate((30, 62, len(page) - 110, len(page) - 76, len(page) - 42)):
        words = f"Figure 1. Radiographs of a patient, line {line}, with a legend of some words"
        cv2.putText(page, words, (60, at), cv2.FONT_HERSHEY_SIMPLEX, 0.65, 0, 1)
    return np.asarray(page, np.uint8)


def in_a_corner(pictures: list[Grey]) -> Page:
    """Print a picture with a smaller one in its lower right corner, in a white frame."""
    page, inset = middle(pictures[0], 800).copy(), middle(pictures[1], 280)
    framed = cv2.copyMakeBorder(inset, 4, 0, 4, 0, cv2.BORDER_CONSTANT, value=_WHITE)
    page[-len(framed) :, -len(framed) :] = framed
    return page


def in_colour(pictures: list[Grey]) -> Page:
    """Print four squares with red letters and arrows."""
    page = cv2.cvtColor(Grid(2, 2, 8, _WHITE, 400)(pictures), cv2.COLOR_GRAY2BGR)
    for at in range(4):
        top, left = (408 * place for place in divmod(at, 2))
        end = (left + 200, top + 180)
        cv2.arrowedLine(page, (left + 120, top + 100), end, _RED, 6, tipLength=0.3)
        cv2.putText(page, "abcd"[at], (left + 10, top + 44), cv2.FONT_HERSHEY_SIMPLEX, 1.4, _RED, 4)
    return np.asarray(page, np.uint8)


def one_painted(pictures: list[Grey]) -> Page:
    """Print four squares, of which the last is painted in the colours of JET."""
    page = cv2.cvtColor(Grid(2, 2, 8, _WHITE, 400)(pictures), cv2.COLOR_GRAY2BGR)
    page[408:, 408:] = cv2.applyColorMap(middle(pictures[3], 400), cv2.COLORMAP_JET)
    return np.asarray(page, np.uint8)


KINDS: dict[str, Kind] = {
    "2 × 2, white gutters": Kind(4, Grid(2, 2, 8, 255, 500)),
    "2 × 2, black gutters": Kind(4, Grid(2, 2, 6, 0, 500)),
    "2 × 2, no gutters": Kind(4, Grid(2, 2, 0, 0, 500)),
    "1 × 3, white gutters": Kind(3, Grid(1, 3, 10, 255, 400)),
    "2 × 3, white gutters": Kind(6, Grid(2, 3, 8, 255, 400)),
    "2 × 3, no gutters": Kind(6, Grid(2, 3, 0, 0, 400)),
    "2 × 3, own widths, no gutters": Kind(6, own_widths),
    "3 × 3, white gutters": Kind(9, Grid(3, 3, 6, 255, 350)),
    "3 × 3, black gutters": Kind(9, Grid(3, 3, 6, 0, 350)),
    "3 × 4, white gutters": Kind(12, Grid(3, 4, 6, 255, 300)),
}
# Written before panels were cut in these kinds; the numbers above stay comparable.
OTHERS: dict[str, Kind] = {
    "2 × 3, no gutters, JPEG 30": Kind(6, Grid(2, 3, 0, 0, 400), quality=30),
    "2 × 3, white gutters, JPEG 30": Kind(6, Grid(2, 3, 8, 255, 400), quality=30),
    "2 × 3, black gutters, JPEG 30": Kind(6, Grid(2, 3, 6, 0, 400), quality=30),
    "2 × 3, own widths, uneven gutters": Kind(6, uneven),
    "2 × 2, letters over the edges": Kind(4, Grid(2, 2, 8, 255, 400, label_px=44)),
    "2 × 2, letters over black gutters": Kind(4, Grid(2, 2, 6, 0, 400, label_px=44)),
    "3 × 3, letters over thin gutters": Kind(9, Grid(3, 3, 2, 255, 350, label_px=44)),
    "2 × 3, captions": Kind(6, Grid(2, 3, 8, 255, 400, caption_px=40)),
    "2 × 2, on a page": Kind(4, on_a_page),
    "one large, three small": Kind(4, one_large),
    "one in a corner": Kind(2, in_a_corner),
    "2 × 2, red letters and arrows": Kind(4, in_colour),
    "2 × 2, one painted": Kind(4, one_painted),
    "4 × 4, white gutters": Kind(16, Grid(4, 4, 6, 255, 260)),
    "4 × 5, white gutters": Kind(20, Grid(4, 5, 6, 255, 240)),
    "4 × 5, no gutters": Kind(20, Grid(4, 5, 0, 0, 240)),
}


def resized(picture: Page, width: int, height: int) -> Page:
    """Scale a picture or a page, by averages."""
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def middle(picture: Grey, side: int) -> Grey:
    """Cut the square out of the middle of a picture, and scale it."""
    scale = side / min(picture.shape)
    height, width = (max(side, round(length * scale)) for length in picture.shape)
    top, left = (height - side) // 2, (width - side) // 2
    return resized(picture, width, height)[top : top + side, left : left + side]


def _high(picture: Grey, height: int) -> Grey:
    return resized(picture, round(picture.shape[1] * height / len(picture)), height)


def _gap(height: int, width: int) -> Grey:
    return np.full((height, width), _WHITE, np.uint8)
