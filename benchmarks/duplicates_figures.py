"""Recall and false pairs of panels: figures printed from real pictures, as journals print them.

    python -m benchmarks.duplicates_figures ../shared/upstreams/*.bundle

Each figure is looked for at the size of print and at 45 % of it, among all pictures. A pair of a
figure with a picture that it does not show (nor a copy of one that it shows) is false. Figures are
printed from pictures of the sources named after `--of`, or of all.
"""

import argparse
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from benchmarks.duplicates_pictures import File, describe_all, files
from benchmarks.figure_layouts import KINDS, OTHERS, Grey, Page, resized
from covid19_images.duplicates.clusters import links, together
from covid19_images.duplicates.engine import Pair, find
from covid19_images.duplicates.verdict import Same

FIGURES_EACH = 8
OTHERS_EACH = 4
SMALLER = 0.45
_LEAST_PX = 400  # short side of a picture that a journal prints


def _decoded(content: bytes) -> Grey:
    grey = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE)
    return np.asarray(grey, np.uint8)


def _encoded(page: Page, quality: int) -> bytes:
    return cv2.imencode(".jpg", page, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


def _printed(pool: list[File]) -> Iterator[tuple[File, set[str]]]:
    """Yield figures, and the pictures that each shows."""
    random = np.random.default_rng(5)
    for name, kind in (KINDS | OTHERS).items():
        for at in range(FIGURES_EACH if name in KINDS else OTHERS_EACH):
            some = [pool[i] for i in random.choice(len(pool), kind.panels, replace=False)]
            page = kind.layout([_decoded(content) for _, content in some])
            smaller = resized(page, *(round(side * SMALLER) for side in page.shape[1::-1]))
            for size, picture in (("", page), (", small", smaller)):
                content = _encoded(picture, kind.quality)
                yield (f"figure/{name}{size}#{at}", content), {key for key, _ in some}


def main(places: list[Path], sources: list[str]) -> None:
    """Print the table."""
    cv2.setNumThreads(1)  # processes are forked below, and OpenCV's threads do not survive it
    every = [one for one in files(places) if one[0].endswith((".jpg", ".jpeg", ".png"))]
    known = describe_all([one for one in every if "/docs/" not in one[0]])
    keys = {one.key for one in known if min(one.height, one.width) >= _LEAST_PX}
    if sources:
        keys = {key for key in keys if key.partition("/")[0] in sources}
    made = list(_printed([one for one in every if one[0] in keys]))
    shows = {file[0]: keys for file, keys in made}
    group = together(links(find(known, [])))
    found, false = Counter[str](), 0
    for name in KINDS | OTHERS:  # figures of one kind meet each other, and all pictures
        both = (name, f"{name}, small")
        figures = describe_all([file for file, _ in made if _layout(file[0]) in both])
        counts, wrong = _counted(find(figures, known), shows, group)
        found, false = found + counts, false + wrong
    total: Counter[str] = Counter()
    for key, pictures in shows.items():
        total[_layout(key)] += len(pictures)
    for what, kinds in (("as before", KINDS), ("other kinds", OTHERS)):
        names = [f"{kind}{size}" for kind in kinds for size in ("", ", small")]
        for name in names:
            print(f"{name:42} {found[name] / total[name]:.3f} of {total[name]}")
        shown = sum(total[name] for name in names)
        share = sum(found[name] for name in names) / shown
        print(f"recall, {what}: {share:.3f} of {shown:,}\n")
    print(f"false pairs {false}")


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
    asked = argparse.ArgumentParser()
    asked.add_argument("places", nargs="+", type=Path)
    asked.add_argument("--of", nargs="*", default=[])
    words = asked.parse_args()
    main(words.places, words.of)
