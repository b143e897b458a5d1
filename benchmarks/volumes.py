"""NIfTI or slices: how large a volume is in each, and how long it takes to read.

Run `python -m benchmarks.volumes`; it draws one volume of 40 slices of 512 × 512.
"""

import io
import time
from collections.abc import Callable

import nibabel as nib
import numpy as np
from PIL import Image

from covid19_images.images.formats import nifti
from covid19_images.images.formats.picture import STANDARD
from covid19_images.images.write_nifti import write_nifti
from covid19_images.images.write_png import write_png
from flows.demo.ct import ct_volume

SLICES, SIDE_PX, PATCH = 40, 512, 8


def milliseconds(act: Callable[[], object], *, times: int = 3) -> float:
    """Return the shortest CPU time of some runs."""
    found = []
    for _ in range(times):
        begun = time.process_time()
        act()
        found.append(time.process_time() - begun)
    return 1000 * min(found)


def main() -> None:
    """Print a line for each way."""
    volume = ct_volume(7, slices=SLICES, size=SIDE_PX)
    whole = write_nifti(volume.T, np.eye(4))
    image = nib.Nifti1Image(volume.T, np.eye(4))  # type: ignore[no-untyped-call]
    slices = [write_png((plane.astype(np.int32) + 32768).astype(np.uint16)) for plane in volume]

    def read(some: list[bytes]) -> None:
        np.stack([np.asarray(Image.open(io.BytesIO(one))) for one in some])

    print(f"stored {len(image.to_bytes()):,} bytes")
    rows = (
        ("NIfTI, gzip", len(whole), lambda: nifti.stored(whole, STANDARD)),
        ("slices, PNG", sum(map(len, slices)), lambda: read(slices)),
        (f"{PATCH} slices of it", 0, lambda: read(slices[:PATCH])),
    )
    for name, size, act in rows:
        print(f"{name:<20} {size:>12,} bytes {milliseconds(act):8.0f} ms")


if __name__ == "__main__":
    main()
