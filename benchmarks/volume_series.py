"""Copies of real slices: those of one DICOM series, made and compared run by run.

    python -m benchmarks.volume_series FOLDER

A run is slices without a gap between them. Nothing of them is written.
"""

import argparse
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.volume_copies import encoded, is_found, windowed
from covid19_images.duplicates.volumes.sketch import Sketch, sketch, sketch_pictures
from covid19_images.images.volumes.read import read

AFFINE = np.diag([-1.0, -1.0, 1.0, 1.0])
LEAST = 6  # slices of a run
LUNG, SOFT = (-600.0, 1500.0), (40.0, 400.0)
PART = 0.45

Values = NDArray[np.float32]


def runs(folder: Path) -> Iterator[Values]:
    """Yield the slices between gaps, in the order columns, rows, slices."""
    files = ((path.name, path.read_bytes()) for path in sorted(folder.iterdir()) if path.is_file())
    for found in read(files):
        if found.voxels is None:
            continue
        values, size = found.values(), found.volume.size[2]
        cuts = [0, *(after + 1 for after, _ in found.volume.gaps), size]
        yield from (values[:, :, a:b] for a, b in pairwise(cuts) if b - a >= LEAST)


def whole(hu: Values) -> Sketch:
    """Return the sketch of slices that are a file."""
    return sketch("copy", hu, AFFINE)


def pictures(hu: Values, window: tuple[float, float], quality: int = 0, side: float = 1) -> Sketch:
    """Return the sketch of slices as a viewer exports them: PNG, or JPEG where it has a quality."""
    found = []
    for level in windowed(hu, *window):
        kept = encoded(level, ".jpg", quality) if quality else level
        size = round(kept.shape[1] * side), round(kept.shape[0] * side)
        small = cv2.resize(kept, size, interpolation=cv2.INTER_AREA)
        found.append(np.asarray(small, np.uint8))
    return sketch_pictures("copy", found)


def copies(hu: Values) -> Iterator[tuple[str, Sketch, Sketch]]:
    """Yield the way, the original and the copy."""
    own, middle = whole(hu), hu.shape[2] // 2
    lone = hu[:, :, middle : middle + 1]
    yield "PNG slices", own, pictures(hu, LUNG)
    yield "soft tissue", own, pictures(hu, SOFT)
    yield "JPEG 75", own, pictures(hu, LUNG, 75)
    yield "half", own, pictures(hu, LUNG, side=0.5)
    yield "cropped", own, whole(hu[90:-40, 60:-110])
    yield "flipped", own, whole(hu[::-1])
    yield "reversed", own, whole(hu[:, :, ::-1])
    yield "part", own, whole(hu[:, :, 1:-2])
    yield "every second", own, whole(hu[:, :, ::2])
    yield "one slice", own, pictures(lone, LUNG)
    yield "one JPEG 75", own, pictures(lone, LUNG, 75)
    yield "one, small JPEG", own, pictures(lone, LUNG, 88, PART)


def look_alikes(hu: Values) -> Iterator[tuple[str, Sketch, Sketch]]:
    """Yield the relation and two volumes, or a volume and a slice, that are no copies."""
    odd, size = whole(hu[:, :, ::2]), hu.shape[2]
    yield "odd and even", odd, whole(hu[:, :, 1::2])
    yield "odd and even", odd, pictures(hu[:, :, 1::2], LUNG)
    yield "halves", whole(hu[:, :, : size // 2]), whole(hu[:, :, size // 2 :])
    for k in (size // 2, size - 1):
        rest, lone = whole(np.delete(hu, k, 2)), hu[:, :, k : k + 1]
        yield "lacks it", rest, pictures(lone, LUNG)
        yield "lacks it", rest, pictures(lone, LUNG, 75)
        yield "lacks it", rest, pictures(lone, LUNG, 88, PART)
    yield "two before it", whole(hu[:, :, :2]), pictures(hu[:, :, 2:3], LUNG, 88, PART)


def main() -> None:
    """Print a line for each pair that comes out wrong, and the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    counts: dict[str, list[int]] = {"copy": [0, 0], "look-alike": [0, 0]}
    for number, hu in enumerate(runs(parser.parse_args().folder)):
        for group, some in (("copy", copies(hu)), ("look-alike", look_alikes(hu))):
            for name, a, b in some:
                found = int(is_found(a, b))
                counts[group][0] += 1
                counts[group][1] += found
                if bool(found) != (group == "copy"):
                    print(f"wrong: run {number} of {hu.shape[2]} slices, {group}, {name}")
    for group, (pairs, found) in counts.items():
        print(f"{group:12}{found:6,} of {pairs:6,} found")


if __name__ == "__main__":
    main()
