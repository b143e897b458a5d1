"""Measure how often `duplicates` keeps the picture that was not transformed, of copies of one size.

python -m benchmarks.originals ../shared/upstreams/darshan.bundle ../shared/truth/pairs_positive.csv

The pairs are those whose kind begins with `augmented`: a picture, and what its set made of it.
Names decide nothing here: of pictures that are equal, each is as good as the other.
"""

import csv
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer
from numpy.typing import NDArray

from covid19_images.duplicates.detail import detail_of
from covid19_images.duplicates.features import extract
from covid19_images.duplicates.picture import Item
from covid19_images.duplicates.untransformed import untransformed

Grey = NDArray[np.uint8]


def _warped(grey: Grey, degrees: float, zoom: float, edge: int) -> Grey:
    height, width = grey.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, zoom)
    return np.asarray(cv2.warpAffine(grey, matrix, (width, height), borderMode=edge), np.uint8)


def _jpeg(grey: Grey, quality: int) -> Grey:
    _, content = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(content, cv2.IMREAD_GRAYSCALE), np.uint8)


def _noisy(grey: Grey) -> Grey:
    noise = np.random.default_rng(0).normal(0, 3, grey.shape)
    return np.clip(grey + noise, 0, 255).astype(np.uint8)


_MADE: Mapping[str, Callable[[Grey], Grey]] = {
    "rotated by 5°, edges repeated": lambda g: _warped(g, 5, 1, cv2.BORDER_REPLICATE),
    "rotated by 5°, black corners": lambda g: _warped(g, 5, 1, cv2.BORDER_CONSTANT),
    "zoomed by 1.1": lambda g: _warped(g, 0, 1.1, cv2.BORDER_REPLICATE),
    "mirrored": lambda g: np.ascontiguousarray(g[:, ::-1]),
    "mirrored, JPEG of 75": lambda g: _jpeg(np.ascontiguousarray(g[:, ::-1]), 75),
    "JPEG of 75": lambda g: _jpeg(g, 75),
    "brighter": lambda g: np.clip(g * 1.15, 0, 255).astype(np.uint8),
    "noise of 3 grey levels": _noisy,
    "sharpened": lambda g: np.asarray(
        cv2.addWeighted(g, 1.6, cv2.GaussianBlur(g, (0, 0), 1.5), -0.6, 0), np.uint8
    ),
}


def _item(key: str, grey: Grey) -> Item:
    return Item(key=key, source="", detail=detail_of(grey), features=extract(grey))


def _chances(original: Item, copies: Iterable[Item]) -> float:
    kept = untransformed([original, *copies])
    return (original in kept) / len(kept)


def main(
    bundle: Annotated[Path, typer.Argument(help="The repository with the pictures.")],
    truth: Annotated[Path, typer.Argument(help="The list of pairs.")],
) -> None:
    """Print how often the original is kept."""
    with truth.open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["kind"].startswith("augmented")]
    made = defaultdict(set)
    with tempfile.TemporaryDirectory() as scratch:
        subprocess.run(["git", "clone", "-q", "--bare", str(bundle), scratch], check=True)

        def read(blob: str) -> Grey:
            command = ["git", "-C", scratch, "cat-file", "blob", blob]
            content = subprocess.run(command, check=True, capture_output=True).stdout
            grey = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE)
            return np.asarray(grey, np.uint8)

        for row in rows:
            made[row["a_blob"]].add(row["b_blob"])
        pictures = {blob: read(blob) for blob in sorted({*made, *set().union(*made.values())})}
    items = {blob: _item(blob, grey) for blob, grey in pictures.items()}
    found = [_chances(items[blob], [items[one] for one in made[blob]]) for blob in sorted(made)]
    print(f"{'augmented by its set':32}{np.mean(found):6.1%} of {len(found)}")
    for name, make in _MADE.items():
        chosen = sorted(made)[::2]
        found = [_chances(items[one], [_item("copy", make(pictures[one]))]) for one in chosen]
        print(f"{name:32}{np.mean(found):6.1%} of {len(found)}")


if __name__ == "__main__":
    typer.run(main)
