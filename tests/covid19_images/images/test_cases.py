"""The small inputs beside the repository, each with the picture that independent readers see."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from covid19_images.images.decode import Picture, Refused, read

FOLDER = Path(__file__).parents[4] / "shared" / "cases"
CASES = FOLDER / "dicom"
# Its picture is frame 1 over the whole range of that frame, as readers show it that do not look
# into functional groups. The window of that frame is 2000/400.
OWN_WINDOWS = "frames-own-windows"
EXPECTED = [path for path in sorted(CASES.glob("*.expected.png")) if OWN_WINDOWS not in path.name]


def decoded(name: str) -> Picture:
    path = CASES / f"{name}.dcm"
    if not path.is_file():
        pytest.skip(f"{path} is not here")
    found = read(path.read_bytes())
    assert isinstance(found, Picture), found
    return found


def test_every_dicom_file_looks_as_in_other_readers() -> None:
    if not EXPECTED:
        pytest.skip(f"{CASES} is not here")
    for path in EXPECTED:
        expected = np.asarray(Image.open(path).convert("L"), np.float64)
        ours = decoded(path.name.removesuffix(".expected.png")).grey().astype(np.float64)
        assert np.abs(ours - expected).max() <= 2, path.name
        assert np.corrcoef(ours.ravel(), expected.ravel())[0, 1] >= 0.99, path.name


def test_frames_have_their_own_windows() -> None:
    found = decoded(OWN_WINDOWS)
    assert [found.ends(k) for k in range(3)] == [(0, 999), (1800, 2199), (0, 5999)]


def test_headers_are_read_as_the_standard_says() -> None:
    assert decoded("view-decubitus").headers.view is None
    assert decoded("modality-rg").headers.modality == "XR"
    assert decoded("age-dirty").headers.age_years is None
    assert decoded("mentions-deflated").grey().max() == 255


# What is no picture of ours, or not whole; the others must be read.
REFUSED = {
    "raster/jpg-cut-100bytes.jpg": "truncated",
    "raster/jpg-cut-10pct.jpg": "truncated",
    "raster/jpg-leading-newline.jpg": "no image format that is known",
    "raster/png-crlf-mangled.png": "no image format that is known",
    "raster/x.avif": "no image format that is known",
    "raster/x.jp2": "no image format that is known",
    "nifti/dim-4-with-t0.nii": "empty volume",
    "nifti/gz-cut-crc.nii.gz": "cannot be decoded",
    "nifti/magic-empty.nii": "no image format that is known",
    "nifti/magic-ni1-single.nii": "in another file",
}
TWO_LEVELS = {"raster/png-1bit.png", "raster/tif-g4.tif"}  # of which only black and white are left


def _files(kind: str) -> list[Path]:
    found = [path for path in sorted((FOLDER / kind).glob("*")) if path.suffix != ".npy"]
    return found or pytest.skip(f"{FOLDER / kind} is not here")


@pytest.mark.parametrize("kind", ["raster", "nifti"])
def test_every_other_file_is_read_or_refused_with_its_reason(kind: str) -> None:
    for path in _files(kind):
        name, found = f"{kind}/{path.name}", read(path.read_bytes())
        if name in REFUSED:
            assert isinstance(found, Refused), name
            assert REFUSED[name] in found.reason, name
        else:
            assert isinstance(found, Picture), (name, found)


def test_every_ordinary_picture_shows_its_scene() -> None:
    files = _files("raster")
    scene = np.load(FOLDER / "raster" / "truth.npy") * 255
    for path in files:
        name, found = f"raster/{path.name}", read(path.read_bytes())
        if not isinstance(found, Picture) or name in TWO_LEVELS:
            continue
        assert np.corrcoef(found.grey().ravel(), scene.ravel())[0, 1] >= 0.999, name
        assert np.abs(found.grey() - scene).mean() <= 2.1, name


def test_every_volume_holds_its_scene() -> None:
    files = _files("nifti")
    scene = np.load(FOLDER / "nifti" / "truth.npy").astype(np.float64)
    for path in files:
        found = read(path.read_bytes())
        if not isinstance(found, Picture) or found.samples.shape != scene.shape:
            continue
        if path.name in ("bool-u1.nii", "mask-u1-0-1-x255.nii", "z-flipped.nii"):
            continue  # of two values, or in another order
        shown = np.stack([found.levels(k) for k in range(found.frames)]).astype(np.float64)
        best = max(
            abs(np.corrcoef(turned.ravel(), scene.ravel())[0, 1])
            for turned in (shown, shown[:, ::-1], shown[:, :, ::-1], shown[:, ::-1, ::-1])
        )
        assert best >= 0.85, (path.name, best)  # a part of it may be background
