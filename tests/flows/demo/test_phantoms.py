"""What the drawn chests promise: the same seed the same picture, another seed another person."""

import io
from itertools import combinations, pairwise

import imagehash
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from flows.demo import copies
from flows.demo.canvas import Finding
from flows.demo.ct import ct_volume
from flows.demo.radiograph import View, radiograph


def _hash(picture: NDArray[np.uint8]) -> NDArray[np.bool_]:
    bits: NDArray[np.bool_] = imagehash.phash(Image.fromarray(picture), hash_size=16).hash
    return bits


def _nearest(pictures: list[NDArray[np.uint8]]) -> int:
    hashes = [_hash(picture) for picture in pictures]
    return min(int((a != b).sum()) for a, b in combinations(hashes, 2))


def _window(hounsfield: NDArray[np.int16]) -> NDArray[np.uint8]:
    shown: NDArray[np.uint8] = np.clip((hounsfield + 1250.0) / 6, 0, 255).astype(np.uint8)
    return shown


@pytest.mark.parametrize("view", ["PA", "AP", "LATERAL"])
def test_the_same_seed_draws_the_same_radiograph(view: View) -> None:
    """Nothing but the arguments decides a picture."""
    first = radiograph(7, view=view, finding="opacity")
    assert np.array_equal(first, radiograph(7, view=view, finding="opacity"))


def test_the_same_seed_cuts_the_same_volume() -> None:
    """Nothing but the arguments decides a volume."""
    assert np.array_equal(ct_volume(7, slices=4, size=64), ct_volume(7, slices=4, size=64))


@pytest.mark.parametrize("view", ["PA", "LATERAL"])
def test_different_seeds_are_far_apart_for_a_perceptual_hash(view: View) -> None:
    """Two people's pictures differ in more than 60 of 256 bits, so none is a false copy."""
    assert _nearest([radiograph(seed, view=view) for seed in range(2, 22)]) > 60


def test_two_exposures_of_one_body_are_different_pictures() -> None:
    """A follow-up is not a duplicate: it is beyond the 32 bits within which pictures are paired."""
    for seed in range(2, 12):
        assert _nearest([radiograph(seed, exposure=number) for number in range(2)]) > 32


def test_a_radiograph_has_the_size_asked_for_and_shows_dark_lungs() -> None:
    """Width and height come in that order; lungs are darker than spine and belly."""
    picture = radiograph(3, size=(480, 400))
    assert picture.shape == (400, 480)
    assert picture.dtype == np.uint8
    rows = picture[140:240].astype(float)
    sides = min(np.median(rows[:, 100:160]), np.median(rows[:, 320:380]))
    assert sides < np.median(rows[:, 220:260]) - 40


def test_a_finding_makes_the_lungs_lighter() -> None:
    """What disease adds is seen against the same body and pose without it."""
    clear = radiograph(5).mean()
    findings: tuple[Finding, ...] = ("opacity", "consolidation", "interstitial")
    for finding in findings:
        assert radiograph(5, finding=finding).mean() > clear


def test_a_ct_volume_holds_air_lung_soft_tissue_and_bone() -> None:
    """Values are Hounsfield units of the tissues a chest has."""
    volume = ct_volume(4, slices=8, size=128)
    assert volume.shape == (8, 128, 128)
    assert volume.dtype == np.int16
    for low, high in ((-1024, -950), (-900, -780), (0, 100), (300, 1500)):
        assert ((volume > low) & (volume < high)).mean() > 0.005


def test_neighbouring_ct_slices_resemble_each_other_and_are_not_copies() -> None:
    """Slices correlate as a patient's do, yet lie beyond the radius of copies."""
    volume = ct_volume(421, slices=16, size=256)
    for above, below in pairwise(volume):
        assert np.corrcoef(above.ravel(), below.ravel())[0, 1] > 0.7
    assert _nearest([_window(cut) for cut in volume]) > 32


@pytest.mark.parametrize("kind", sorted(copies.COPIES))
def test_every_kind_of_copy_is_other_bytes_of_the_same_picture(kind: str) -> None:
    """A copy is made again byte for byte, and never is the original file."""
    original = copies.encode(radiograph(6))
    made = copies.copy(original, kind)
    assert made == copies.copy(original, kind)
    assert made != original


def test_a_pixels_copy_decodes_to_the_same_pixels() -> None:
    """The kind `pixels` is exact: another container, the same samples."""
    original = copies.encode(radiograph(6))
    same = copies.decode(copies.copy(original, "pixels"))
    assert np.array_equal(same, copies.decode(original))


def test_a_sixteen_bit_png_uses_a_part_of_its_range() -> None:
    """Clipping it to eight bits would turn the picture white, which is the trap."""
    picture = Image.open(io.BytesIO(copies.encode(radiograph(6), "16-bit")))
    values = np.asarray(picture)
    assert values.min() > 255
    assert values.max() < 2**14
