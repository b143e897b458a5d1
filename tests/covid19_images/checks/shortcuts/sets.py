"""Sets of synthetic pictures with the labels and sources of a published split."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from covid19_images.manifest import spreadsheet

# Pictures by split, source and class in about the proportions of COVIDx8B: all its negatives come
# from one source, and no source of its positives has any.
AS_COVIDX = {
    ("train", "rsna", "negative"): 130,
    ("train", "cohen", "positive"): 30,
    ("train", "sirm", "positive"): 45,
    ("train", "ricord", "positive"): 55,
    ("test", "rsna", "negative"): 30,
    ("test", "ricord", "positive"): 30,
}
BALANCED = {
    (split, source, word): count
    for split, count in (("train", 40), ("test", 20))
    for source in ("one", "two", "three")
    for word in ("negative", "positive")
}


def write(folder: Path, counts: dict[tuple[str, str, str], int], side: int = 64) -> Path:
    """Write pictures that hold nothing but noise, and a table of them; return the table."""
    (folder / "images").mkdir(parents=True)
    table = folder / "set.csv"
    table.write_text(spreadsheet.dumps(_rows(folder, counts, side)), encoding="utf-8")
    return table


def _rows(
    folder: Path, counts: dict[tuple[str, str, str], int], side: int
) -> Iterator[tuple[str, ...]]:
    yield "patient_id", "filename", "label", "source", "split"
    random = np.random.default_rng(5)
    for (split, source, word), count in counts.items():
        for at in range(count):
            name = f"images/{split}-{source}-{word}-{at}.png"
            coarse = random.integers(0, 255, (9, 9), dtype=np.uint8)
            cv2.imwrite(str(folder / name), cv2.resize(coarse, (side, side)))
            yield f"{source}-{at // 2}-{word}", name, word, source, split
