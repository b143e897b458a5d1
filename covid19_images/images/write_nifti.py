"""Write NIfTI in gzip: values and where they are, and nothing beside them."""

import gzip
import io
from typing import Any

import nibabel as nib
import numpy as np
from numpy.typing import NDArray


def write_nifti(values: NDArray[Any], affine: NDArray[np.float64] | None) -> bytes:
    """Return values as NIfTI in gzip: the same bytes for the same values, and no text.

    Args:
        values: In the order columns, rows, slices.
        affine: From these to RAS+ mm.
    """
    image = nib.Nifti1Image(values, affine)  # type: ignore[no-untyped-call]
    image.header.set_xyzt_units("mm")  # type: ignore[no-untyped-call]
    plain: bytes = image.to_bytes()
    out = io.BytesIO()
    with gzip.GzipFile(filename="", fileobj=out, mode="wb", compresslevel=9, mtime=0) as packed:
        packed.write(plain)
    return out.getvalue()
