"""The small inputs beside the repository, each with the picture that independent readers see."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from covid19_images.images.decode import Picture, read

CASES = Path(__file__).parents[4] / "shared" / "cases" / "dicom"
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
