"""Decide whether two volumes are copies, and find the map of one to the other."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from covid19_images.duplicates.codes import INVERTED
from covid19_images.duplicates.registration import register
from covid19_images.duplicates.volumes.along import look
from covid19_images.duplicates.volumes.kinds import kind_of
from covid19_images.duplicates.volumes.sketch import Sketch
from covid19_images.duplicates.volumes.slices import Slices
from covid19_images.manifest.volume_pair import VolumeKind

TRIED = 6  # pairs of slices that are registered: the first of copies lie on each other
LEAST_WORDS = 20  # that two slices share, for any to be registered: of copies 31 and more
_LEAST_INLIERS = 24  # keypoints that agree: of copies 51 and more, of other patients at most 19
_LOOKED = 3

Plain = NDArray[np.float64]
Proposal = tuple[int, int, int]
Seed = tuple[int, int, Plain]


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """Two volumes that hold the same scan.

    Attributes:
        kind: How one was made from the other.
        affine: 4 × 4; from indices of the first volume, as stored, to those of the second.
    """

    kind: VolumeKind
    affine: Plain


def compare(a: Sketch, b: Sketch, proposed: Sequence[Proposal]) -> Copied | None:
    """Return how two volumes are copies of each other; `None` where they are not.

    Args:
        a: One volume.
        b: The other.
        proposed: Slices of a and of b that may be the same, and the variant that relates them;
            the best first.
    """
    if known := by_name(a, b):
        return known
    return decided(a, b, list(seeds(a, b, proposed)))


def by_name(a: Slices, b: Slices) -> Copied | None:
    """Return how two volumes of the same voxels are copies; `None` where they have others."""
    if a.volume_id and a.volume_id == b.volume_id:
        return Copied(kind="voxels", affine=np.linalg.inv(b.turn) @ a.turn)
    return None


def decided(a: Sketch, b: Sketch, begun: Sequence[Seed]) -> Copied | None:
    """Return how two volumes are copies of each other; `None` where they are not.

    Args:
        a: One volume.
        b: The other.
        begun: Slices that may be the same, and the map between their planes, the surest first.
    """
    for i, j, matrix in begun:
        if (found := _followed(a, b, (i, j), matrix)) is None:
            continue  # these slices lead nowhere; others may
        is_copy, space = found
        if not is_copy:
            return None
        indices = np.linalg.inv(b.to_planes) @ space @ a.to_planes
        stored = np.linalg.inv(b.turn) @ indices @ a.turn
        return Copied(kind=kind_of(a, b, indices), affine=stored)
    return None


def seeds(a: Slices, b: Slices, proposed: Sequence[Proposal]) -> list[Seed]:
    """Return pairs of slices and the map between their planes, the surest first.

    Args:
        a: One volume.
        b: The other.
        proposed: Slices of a and of b that may be the same, and the variant that relates them;
            the best first.
    """
    if a.series and a.series == b.series:
        return []
    found = []
    for i, j, variant in proposed[:TRIED]:
        if variant & INVERTED:
            continue
        if one := register(a.features[i], b.features[j], variant):
            found.append((one.inliers, i, j, one.matrix))
    if max((inliers for inliers, *_ in found), default=0) < _LEAST_INLIERS:
        return []
    return [
        (i, j, _in_planes(a.to_frame(a.features[i]), b.to_frame(b.features[j]), matrix))
        for _, i, j, matrix in sorted(found, key=lambda one: -one[0])[:_LOOKED]
    ]


def _in_planes(here: Plain, there: Plain, matrix: Plain) -> Plain:
    """Return a map between frames of features as one between planes."""
    whole = np.linalg.inv(there) @ np.vstack([matrix, [0, 0, 1]]) @ here
    return np.asarray(whole[:2], np.float64)


def _followed(
    a: Sketch, b: Sketch, seed: tuple[int, int], matrix: Plain
) -> tuple[bool, Plain] | None:
    """Return whether they are copies, and the map from a's planes to b's in space."""
    if len(b.planes) == 1 < len(a.planes):
        turned = _followed(b, a, seed[::-1], np.asarray(cv2.invertAffineTransform(matrix)))
        return turned and (turned[0], np.asarray(np.linalg.inv(turned[1]), np.float64))
    found = look(a, b, matrix, seed)
    if found is None:
        return None
    along, plane = found
    space = np.eye(4)
    space[:2, :2], space[:2, 3] = plane[:, :2], plane[:, 2]
    space[2, 2], space[2, 3] = along.slope or 1, along.start
    return along.is_copied(is_one=len(a.planes) == 1), space
