"""Recall and false pairs among volumes, for each way a copy of one is made.

    python -m benchmarks.volume_copies                      500 copies, 2,000 look-alike pairs
    python -m benchmarks.volume_copies --patients 2         less than a tenth of it
    python -m benchmarks.volume_copies --first 100          patients that no threshold was set on

Scans are made from numbers (`benchmarks.volume_scans`): nothing is downloaded.
"""

import argparse
import collections
import io
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from benchmarks.volume_scans import DATE, FIRST, PHASE, STILL, Voxels, scan
from covid19_images.duplicates.volumes.find import find
from covid19_images.duplicates.volumes.sketch import Sketch, sketch, sketch_pictures
from covid19_images.images.volumes.identity import volume_id

PATIENTS, DRAWS = 10, 5
ALIKE = 200  # look-alike pairs for each patient
AFFINE = np.array([[-2.7, 0, 0, 170], [0, -2.7, 0, 160], [0, 0, 3.0, -300], [0, 0, 0, 1]])

Random = np.random.Generator
Levels = NDArray[np.uint8]


def plain(hu: NDArray[np.float32] | Voxels, affine: NDArray[np.float64] = AFFINE) -> Sketch:
    """Return the sketch of a volume that is a file."""
    return sketch("copy", hu, affine, volume_id=volume_id(hu, affine))


def windowed(hu: NDArray[np.float32] | Voxels, centre: float, width: float) -> list[Levels]:
    """Return slices in 8 bits, as a viewer shows them."""
    levels = np.clip((np.asarray(hu, np.float32) - centre) / width + 0.5, 0, 1) * 255
    return [np.rint(levels[:, :, k].T).astype(np.uint8) for k in range(hu.shape[2])]


def encoded(picture: Levels, kind: str, quality: int = 90) -> Levels:
    """Return a picture as its file shows it."""
    _, buffer = cv2.imencode(kind, picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(np.frombuffer(buffer, np.uint8), cv2.IMREAD_GRAYSCALE), np.uint8)


def as_nifti(hu: Voxels, _: Random) -> Sketch:
    """Turn the axes and store floats: same voxels, another file."""
    turned = AFFINE @ np.array(
        [[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, -1, hu.shape[2] - 1], [0, 0, 0, 1]]
    )
    return plain(hu.transpose(1, 0, 2)[:, :, ::-1].astype(np.float32), turned)


def as_slices(hu: Voxels, _: Random) -> Sketch:
    """Export sorted PNG slices with the lungs' window."""
    return sketch_pictures("copy", windowed(hu, -600, 1500))


def as_jpegs(hu: Voxels, random: Random) -> Sketch:
    """Export JPEG slices with a wide window."""
    quality = int(random.integers(75, 95))
    return sketch_pictures(
        "copy", [encoded(one, ".jpg", quality) for one in windowed(hu, -300, 1600)]
    )


def resampled(hu: Voxels, random: Random) -> Sketch:
    """Resample to other voxels."""
    steps = np.array([*[random.uniform(0.8, 1.25)] * 2, random.uniform(0.7, 1.5)])
    moved = ndimage.zoom(hu.astype(np.float32), 1 / steps, order=1, grid_mode=True, mode="nearest")
    return plain(moved, AFFINE @ np.diag([*steps, 1]))


def cropped(hu: Voxels, random: Random) -> Sketch:
    """Cut away what is outside a box."""
    size = [int(side * random.uniform(0.65, 0.9)) for side in hu.shape[:2]]
    x, y = (
        int(random.integers(0, side - cut + 1))
        for side, cut in zip(hu.shape[:2], size, strict=True)
    )
    return plain(hu[x : x + size[0], y : y + size[1]])


def flipped(hu: Voxels, random: Random) -> Sketch:
    """Mirror along any axis, with the header of before."""
    return plain(np.flip(hu, int(random.integers(3))))


def part(hu: Voxels, random: Random) -> Sketch:
    """Keep a run of the slices, or every second."""
    if random.random() < 0.5:
        return plain(hu[:, :, int(random.integers(2)) :: 2])
    length = int(random.integers(6, hu.shape[2] - 4))
    start = int(random.integers(0, hu.shape[2] - length + 1))
    return plain(hu[:, :, start : start + length])


def one_slice(hu: Voxels, random: Random) -> Sketch:
    """Export one slice as PNG."""
    k = int(random.integers(2, hu.shape[2] - 2))
    return sketch_pictures("copy", windowed(hu[:, :, k : k + 1], -600, 1500))


def printed(hu: Voxels, random: Random) -> Sketch:
    """Print one slice in a figure: resized, JPEG, with a frame and letters."""
    k = int(random.integers(2, hu.shape[2] - 2))
    [level] = windowed(hu[:, :, k : k + 1], -500, 1400)
    side = int(random.integers(200, 320))
    level = np.asarray(cv2.resize(level, (side, side), interpolation=cv2.INTER_CUBIC), np.uint8)
    framed = cv2.copyMakeBorder(level, 24, 40, 20, 20, cv2.BORDER_CONSTANT, value=(255,))
    cv2.putText(framed, "(b)", (24, 44), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (255,), 2)
    return sketch_pictures("copy", [encoded(np.asarray(framed, np.uint8), ".jpg", 88)])


def thick(hu: Voxels, random: Random) -> Sketch:
    """Crop, window and resample at once, as a preprocessed set has it."""
    side = float(random.uniform(0.8, 1.0))
    moved = ndimage.zoom(hu[6:-6, 9:-8].astype(np.float32), (side, side, 1), order=1)
    return sketch_pictures("copy", windowed(moved, -600, 1500)[2:])


TRANSFORMS: dict[str, Callable[[Voxels, Random], Sketch]] = {
    "another file": as_nifti,
    "PNG slices": as_slices,
    "JPEG slices": as_jpegs,
    "resampled": resampled,
    "cropped": cropped,
    "flipped": flipped,
    "part": part,
    "one slice": one_slice,
    "in a figure": printed,
    "preprocessed": thick,
}


def is_found(a: Sketch, b: Sketch) -> bool:
    """Return whether two sketches come out as copies."""
    left, right = (_named(one, key) for one, key in ((a, "a"), (b, "b")))
    return bool(find([left], [right]))


def _named(one: Sketch, key: str) -> Sketch:
    return replace(one, key=key)


def copies(patient: int, draws: int = DRAWS) -> Iterator[tuple[str, Sketch, Sketch]]:
    """Yield the way, the original and the copy."""
    hu = scan(patient)
    original = plain(hu)
    for draw in range(draws):
        for number, (name, act) in enumerate(TRANSFORMS.items()):
            yield name, original, act(hu, np.random.default_rng((patient, draw, number)))


def lone(cut: Voxels, way: int, random: Random) -> Sketch:
    """Return a slice as PNG, as JPEG, or printed in a figure."""
    if way == 0:
        return sketch_pictures("slice", windowed(cut, -600, 1500))
    if way == 1:
        return as_jpegs(cut, random)
    return printed(np.repeat(cut, 5, 2), random)


def look_alikes(patient: int, count: int = ALIKE) -> Iterator[tuple[str, Sketch, Sketch]]:
    """Yield the relation and two volumes, or a volume and a slice, that are no copies."""
    random = np.random.default_rng(patient + 10_000)
    first, phase, still, date = (scan(patient, one) for one in (FIRST, PHASE, STILL, DATE))
    other = scan(patient + 1000)
    volumes = {"phase": phase, "noise only": still, "date": date, "patient": other}
    own = plain(first)
    sketches = {name: plain(hu) for name, hu in volumes.items()}
    png = {name: as_slices(hu, random) for name, hu in volumes.items()}
    yield "interleaved", plain(first[:, :, ::2]), plain(first[:, :, 1::2])
    yield "interleaved", plain(first[:, :, ::2]), as_slices(first[:, :, 1::2], random)
    made = 2
    for some in (sketches, png):
        for name, one in some.items():
            made += 1
            yield name, own, one
    for at in range(count - made):
        k = 2 + at % (first.shape[2] - 4)
        name = ("neighbour", *volumes)[at % 5]
        if name == "neighbour":
            rest = plain(np.delete(first, k, 2))
            yield name, rest, lone(first[:, :, k : k + 1], at // 80, random)
        else:
            yield f"slice of {name}", own, lone(volumes[name][:, :, k : k + 1], at // 80, random)


Counts = dict[tuple[str, str], list[int]]


def measured(patient: int, *, draws: int = DRAWS, alike: int = ALIKE) -> Counts:
    """Count, for each kind of pair of a patient, how many there are and how many come out."""
    counts: Counts = collections.defaultdict(lambda: [0, 0])
    for group, some in (
        ("copy", copies(patient, draws)),
        ("look-alike", look_alikes(patient, alike)),
    ):
        for name, a, b in some:
            counts[group, name][0] += 1
            counts[group, name][1] += is_found(a, b)
    return dict(counts)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=PATIENTS)
    parser.add_argument("--first", type=int, default=0)
    wanted = parser.parse_args()
    began = time.monotonic()
    total: Counts = collections.defaultdict(lambda: [0, 0])
    with ProcessPoolExecutor() as workers:
        patients = range(wanted.first, wanted.first + wanted.patients)
        for patient, counts in zip(patients, workers.map(measured, patients), strict=True):
            for both, (pairs, found) in counts.items():
                total[both][0] += pairs
                total[both][1] += found
            print(f"patient {patient}: {_sums(total)}", file=sys.stderr, flush=True)
    written = io.StringIO()
    for (group, name), (pairs, found) in sorted(total.items()):
        print(f"{group:12}{name:22}{found:6,} of {pairs:6,}", file=written)
    print(f"{written.getvalue()}{_sums(total)}; {time.monotonic() - began:.0f} s")


def _sums(total: Counts) -> str:
    """Return how many copies and how many other pairs came out."""
    words = []
    for kind, word in (("copy", "recall"), ("look-alike", "false")):
        pairs, found = (sum(n[at] for (of, _), n in total.items() if of == kind) for at in (0, 1))
        words.append(f"{word} {found / pairs:.4f} ({found:,} of {pairs:,})")
    return ", ".join(words)


if __name__ == "__main__":
    main()
