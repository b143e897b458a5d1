"""Recall and false pairs of panels: figures printed from real pictures, as journals print them.

    python -m benchmarks.duplicates_figures ../shared/upstreams/*.bundle

Each figure is looked for at the size of print and at 45 % of it, among all pictures. A pair of a
figure with a picture that it does not show (nor a copy of one that it shows) is false.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.duplicates_pictures import File, describe_all, files
from covid19_images.duplicates.clusters import links, together
from covid19_images.duplicates.engine import Pair, find
from covid19_images.duplicates.verdict import Same

FIGURES_EACH = 8
SMALLER = 0.45
JPEG_QUALITY = 85
_LEAST_PX = 400  # short side of a picture that a journal prints

Grey = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Layout:
    """Rows and columns of square panels, cut from the middles of pictures, with gutters."""

    rows: int
    columns: int
    gutter_px: int
    gutter: int
    panel_px: int

    def __call__(self, pictures: list[Grey]) -> Grey:
        """Print the figure, with a letter in the corner of each panel."""
        step = self.panel_px + self.gutter_px
        shape = (self.rows * step - self.gutter_px, self.columns * step - self.gutter_px)
        page = np.full(shape, self.gutter, np.uint8)
        for at, picture in enumerate(pictures):
            top, left = (place * step for place in divmod(at, self.columns))
            panel = _middle(picture, self.panel_px)
            page[top : top + self.panel_px, left : left + self.panel_px] = panel
            corner = (left + 8, top + 34)
            cv2.putText(page, chr(65 + at), corner, cv2.FONT_HERSHEY_SIMPLEX, 1.1, 255, 3)
        return page


def irregular(pictures: list[Grey]) -> Grey:
    """Print two rows of three whole pictures of their own widths, without gutters."""
    rows = [np.hstack([_high(one, 400) for one in pictures[at : at + 3]]) for at in (0, 3)]
    width = min(row.shape[1] for row in rows)
    return np.vstack([_resized(row, width, round(len(row) * width / row.shape[1])) for row in rows])


LAYOUTS: dict[str, tuple[int, Callable[[list[Grey]], Grey]]] = {
    "2 × 2, white gutters": (4, Layout(2, 2, 8, 255, 500)),
    "2 × 2, black gutters": (4, Layout(2, 2, 6, 0, 500)),
    "2 × 2, no gutters": (4, Layout(2, 2, 0, 0, 500)),
    "1 × 3, white gutters": (3, Layout(1, 3, 10, 255, 400)),
    "2 × 3, white gutters": (6, Layout(2, 3, 8, 255, 400)),
    "2 × 3, no gutters": (6, Layout(2, 3, 0, 0, 400)),
    "2 × 3, own widths, no gutters": (6, irregular),
    "3 × 3, white gutters": (9, Layout(3, 3, 6, 255, 350)),
    "3 × 3, black gutters": (9, Layout(3, 3, 6, 0, 350)),
    "3 × 4, white gutters": (12, Layout(3, 4, 6, 255, 300)),
}


def _resized(picture: Grey, width: int, height: int) -> Grey:
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _high(picture: Grey, height: int) -> Grey:
    return _resized(picture, round(picture.shape[1] * height / len(picture)), height)


def _middle(picture: Grey, side: int) -> Grey:
    scale = side / min(picture.shape)
    height, width = (max(side, round(length * scale)) for length in picture.shape)
    top, left = (height - side) // 2, (width - side) // 2
    return _resized(picture, width, height)[top : top + side, left : left + side]


def _decoded(content: bytes) -> Grey:
    grey = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE)
    return np.asarray(grey, np.uint8)


def _encoded(picture: Grey) -> bytes:
    return cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1].tobytes()


def _printed(pool: list[File]) -> Iterator[tuple[File, set[str]]]:
    """Yield figures, and the pictures that each shows."""
    random = np.random.default_rng(5)
    for name, (panels, layout) in LAYOUTS.items():
        for at in range(FIGURES_EACH):
            some = [pool[i] for i in random.choice(len(pool), panels, replace=False)]
            page = layout([_decoded(content) for _, content in some])
            smaller = _resized(page, *(round(side * SMALLER) for side in page.shape[::-1]))
            for size, picture in (("", page), (", small", smaller)):
                yield (f"figure/{name}{size}#{at}", _encoded(picture)), {key for key, _ in some}


def main(places: list[Path]) -> None:
    """Print the table."""
    cv2.setNumThreads(1)  # processes are forked below, and OpenCV's threads do not survive it
    every = [one for one in files(places) if one[0].endswith((".jpg", ".jpeg", ".png"))]
    known = describe_all([one for one in every if "/docs/" not in one[0]])
    keys = {one.key for one in known if min(one.height, one.width) >= _LEAST_PX}
    made = list(_printed([one for one in every if one[0] in keys]))
    shows = {file[0]: keys for file, keys in made}
    group = together(links(find(known, [])))
    found, false = _counted(find(describe_all([file for file, _ in made]), known), shows, group)
    total: Counter[str] = Counter()
    for key, pictures in shows.items():
        total[_layout(key)] += len(pictures)
    for name, panels in total.items():
        print(f"{name:38} {found[name] / panels:.3f} of {panels}")
    print(f"\nrecall {found.total() / total.total():.3f} of {total.total():,}, false pairs {false}")


def _counted(
    pairs: list[Pair], shows: dict[str, set[str]], group: dict[str, str]
) -> tuple[Counter[str], int]:
    found: Counter[str] = Counter()
    false = 0
    for pair in pairs:
        figure, other = (pair.a, pair.b) if pair.a in shows else (pair.b, pair.a)
        if not isinstance(pair.verdict, Same):
            continue
        shown = {group.get(key, key) for key in shows[figure]}
        others = {group.get(key, key) for key in shows.get(other, {other})}
        found[_layout(figure)] += other in shows[figure]
        false += not shown & others
    return found, false


def _layout(key: str) -> str:
    return key.removeprefix("figure/").split("#")[0]


if __name__ == "__main__":
    main([Path(word) for word in sys.argv[1:]])
