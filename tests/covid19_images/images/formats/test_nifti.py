"""NIfTI volumes: their slices, and what makes them absurd."""

import gzip
import struct

import numpy as np
import pytest

from covid19_images.images.decode import Limits, Picture, read
from covid19_images.images.refused import Refused
from tests.covid19_images.images.formats import files

VOXELS = files.slices(frames=5).transpose(2, 1, 0)  # i, j, k


def picture(content: bytes) -> Picture:
    found = read(content)
    assert isinstance(found, Picture), found
    return found


def reason(content: bytes) -> str:
    found = read(content)
    assert isinstance(found, Refused)
    return found.reason


@pytest.mark.parametrize("version", [1, 2])
def test_frame_k_is_slice_k(version):
    """So `path#k` means what the owner's viewer calls slice k."""
    found = picture(files.nifti(VOXELS, version=version))
    assert (found.frames, found.height, found.width) == (5, 32, 40)
    assert (found.representative, found.bit_depth) == (2, 16)
    assert np.array_equal(found.samples[3], VOXELS[:, :, 3].T)


def test_a_volume_of_eight_voxels_is_one():
    """It is shorter than the header of NIfTI-2."""
    content = files.nifti(VOXELS[:2, :2, :2])
    assert len(content) < 540
    for written in (content, gzip.compress(content, mtime=0)):
        assert np.array_equal(picture(written).samples, VOXELS[:2, :2, :2].T)


def test_slices_are_turned_as_dicom_lays_them():
    """RAS+ runs to the right and to the front; a radiologist looks from the feet."""
    found = picture(files.nifti(VOXELS, np.eye(4)))
    assert np.array_equal(found.samples[0], VOXELS[::-1, ::-1, 0].T)


def test_a_packed_volume_is_the_same_picture():
    """Gzip changes nothing."""
    plain = files.nifti(VOXELS)
    assert np.array_equal(picture(plain).samples, picture(gzip.compress(plain)).samples)


def test_a_gzip_bomb_is_refused_by_its_header():
    """It is never unpacked: the header tells what it would become."""
    plain = bytearray(files.nifti(VOXELS))
    plain[40:48] = struct.pack("<4h", 3, 30_000, 30_000, 4000)
    bomb = gzip.compress(bytes(plain) + bytes(10**7))
    assert "30,000 x 30,000 pixels are more than the limit" in reason(bomb)


def test_what_follows_the_voxels_is_not_unpacked():
    """A small volume may have gigabytes of zeros behind it."""
    found = read(gzip.compress(files.nifti(VOXELS) + bytes(10**7)), limits=Limits(max_samples=6400))
    assert isinstance(found, Picture)


@pytest.mark.parametrize(
    ("dim", "says"),
    [
        ((0, 1, 1, 1), "0 dimensions"),
        ((9, 1, 1, 1), "9 dimensions"),
        ((3, -4, 5, 6), "empty"),
        ((3, 40, 32, 30_000), "30,000 frames"),
    ],
)
def test_absurd_dimensions_are_refused(dim, says):
    """Whatever the voxels are."""
    content = bytearray(files.nifti(VOXELS))
    content[40:48] = struct.pack("<4h", *dim)
    assert says in reason(bytes(content))


def test_infinite_voxels_render_as_the_ends_of_the_others():
    voxels = VOXELS.astype(np.float32)
    voxels[1, 2, 3], voxels[2, 2, 3] = np.inf, -np.inf
    found = read(files.nifti(voxels))
    assert isinstance(found, Picture)
    real = voxels[np.isfinite(voxels)]
    assert (found.black, found.white) == (real.min(), real.max())
    assert {int(found.levels(3)[found.samples[3] == end][0]) for end in (np.inf, -np.inf)} == {
        0,
        255,
    }


def test_voxels_of_which_none_is_a_number_are_refused():
    """No range could render them."""
    for value in (np.inf, np.nan):
        assert "no numbers" in reason(files.nifti(np.full(VOXELS.shape, value, np.float32)))


def test_what_was_not_measured_is_black():
    voxels = VOXELS.astype(np.float32)
    expected = picture(files.nifti(voxels)).levels(0)
    voxels[voxels == voxels.min()] = np.nan
    found = picture(files.nifti(voxels))
    assert np.isfinite(found.samples).all()
    assert np.abs(found.levels(0).astype(int) - expected).max() <= 8
    assert found.levels(0).min() == 0


def test_nothing_but_nan_is_refused():
    assert "no numbers" in reason(files.nifti(np.full((9, 9, 9), np.nan, np.float32)))


@pytest.mark.parametrize("tail", [b"\0" * 64, b"garbage, and more of it", b"\x1f\x8bno member"])
def test_bytes_behind_a_packed_volume_are_nobodys(tail):
    packed = gzip.compress(files.nifti(VOXELS), mtime=0)
    assert np.array_equal(picture(packed + tail).samples, picture(packed).samples)


def test_a_packed_volume_whose_sum_is_wrong_is_refused():
    packed = bytearray(gzip.compress(files.nifti(VOXELS), mtime=0))
    packed[-8] ^= 1
    assert "cannot be decoded" in reason(bytes(packed))


@pytest.mark.parametrize("names", ["RGB", "RGBA"])
def test_colours_are_read(names):
    kind = np.dtype([(name, np.uint8) for name in names])
    voxels = np.zeros((6, 5, 3), kind)
    for value, name in enumerate(names, start=1):
        voxels[name] = np.arange(90).reshape(6, 5, 3) * value % 256
    found = picture(files.nifti(voxels))
    assert found.samples.shape == (3, 5, 6, len(names))
    assert found.is_ordinary
    assert {int(found.samples[0, 0, 0, k]) for k in range(3)} == {0}


def test_complex_voxels_are_refused():
    """They are no picture."""
    assert "not plain numbers" in reason(files.nifti(VOXELS.astype(np.complex64)))
