"""Name how a copy was made, from the transform that relates it to the other picture."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from covid19_images.duplicates.codes import INVERTED
from covid19_images.duplicates.picture import Item
from covid19_images.duplicates.registration import Affine, Registration
from covid19_images.duplicates.texture import Agreement, differ
from covid19_images.duplicates.transforms import HASH_RADIUS_BITS
from covid19_images.manifest.record import DuplicateKind

_WHOLE = 0.97  # covers less: something was cut off or added around
MOST_OF_A_PART = 0.6  # a panel is a smaller share of its composite
_INSIDE = 0.85
_LEVEL_DEGREES = 1.5
_SQUARE_SHEAR = 0.03
_MARKED = 0.002
_TONED = 6.0
_GUTTER_PX = 4
_CONTINUOUS = 0.6
_PLAIN_LEVELS = 12
_PLAIN_REST = 0.1

Picture = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Motion:
    """An affine map taken apart: mirrored or not, degrees of rotation, shear."""

    mirrored: bool
    degrees: float
    shear: float

    @property
    def off_level(self) -> float:
        """Degrees to the nearest quarter turn."""
        return abs((self.degrees + 45) % 90 - 45)


def motion(matrix: Affine) -> Motion:
    """Decompose the linear part of an affine map (QR, so that stretching is not shear)."""
    linear = matrix[:, :2]
    mirrored = bool(np.linalg.det(linear) < 0)
    unmirrored = linear @ np.diag([-1.0, 1.0]) if mirrored else linear
    turn, rest = np.linalg.qr(unmirrored)
    signs = np.diag(np.sign(np.diag(rest)))
    turn, rest = turn @ signs, signs @ rest
    degrees = float(np.degrees(np.arctan2(turn[1, 0], turn[0, 0])))
    return Motion(mirrored, degrees, float(abs(rest[0, 1] / rest[1, 1])))


def kind_of(
    a: Item, b: Item, found: Registration, agreement: Agreement, left: Picture, right: Picture
) -> DuplicateKind:
    """Return the kind of copy.

    Args:
        a: One picture.
        b: The other, for the sizes in pixels.
        found: The map from a's frame to b's.
        agreement: Of the two.
        left: a's frame, (h, w) uint8.
        right: b's frame.
    """
    if _is_panel(found.matrix, agreement, left, right):
        return "part"
    if (moved := _moved(motion(found.matrix), agreement)) is not None:
        return moved
    if min(agreement.cover_a, agreement.cover_b) < _WHOLE:
        return "cropped"
    return _retouched(a, b, found, left, right)


def _moved(of: Motion, agreement: Agreement) -> DuplicateKind | None:
    if of.off_level > _LEVEL_DEGREES or of.shear > _SQUARE_SHEAR:
        plain = not of.mirrored and of.shear <= _SQUARE_SHEAR
        return (
            "rotated"
            if plain and max(agreement.cover_a, agreement.cover_b) > _INSIDE
            else ("augmented")
        )
    if of.mirrored:
        return "flipped"
    return "rotated" if abs(of.degrees) > 45 else None


def _retouched(
    a: Item, b: Item, found: Registration, left: Picture, right: Picture
) -> DuplicateKind:
    if found.variant & INVERTED:
        return "adjusted"
    difference = differ(left, right, found.matrix)
    if difference.marks > _MARKED:
        return "annotated"
    if difference.tone > _TONED or _is_repainted(a, b):
        return "adjusted"
    return "reencoded" if (a.width, a.height) == (b.width, b.height) else "resized"


def _is_repainted(a: Item, b: Item) -> bool:
    """Return whether only one is in colour, and so much that its luminance is another picture."""
    if ("colour" in a.quality) == ("colour" in b.quality) or not a.phash or not b.phash:
        return False
    return (int(a.phash, 16) ^ int(b.phash, 16)).bit_count() > HASH_RADIUS_BITS


def _is_panel(matrix: Affine, agreement: Agreement, left: Picture, right: Picture) -> bool:
    if agreement.cover_a > agreement.cover_b:  # b is the larger scene
        whole, piece, inverse = right, left, matrix
        shares = agreement.cover_b, agreement.cover_a
    else:
        whole, piece, inverse = left, right, np.asarray(cv2.invertAffineTransform(matrix))
        shares = agreement.cover_a, agreement.cover_b
    if shares[0] >= MOST_OF_A_PART or shares[1] <= _INSIDE:
        return False
    return not _continues(whole, piece, inverse) and not _is_padding(whole, piece, inverse)


def _continues(whole: Picture, piece: Picture, matrix: Affine) -> bool:
    """Return whether a piece is a crop and no panel: past its edge the same picture goes on."""
    height, width = piece.shape
    likeness = []
    for edge in range(4):
        lines = [_line(width, height, edge, off) for off in (-_GUTTER_PX, _GUTTER_PX)]
        inner, outer = (cv2.transform(line[None], matrix)[0].astype(np.float32) for line in lines)
        limits = np.array(whole.shape[::-1]) - 1
        if not ((outer >= 0) & (outer <= limits)).all(1).mean() > 0.8:
            continue
        values = [_sampled(whole, line) for line in (inner, outer)]
        flat = min(value.std() for value in values) < 1
        likeness.append(0.0 if flat else float(np.corrcoef(values[0], values[1])[0, 1]))
    return not likeness or float(np.median(likeness)) > _CONTINUOUS


def _sampled(picture: Picture, places: NDArray[np.float32]) -> NDArray[np.float64]:
    x, y = places[None, :, 0], places[None, :, 1]
    return np.asarray(cv2.remap(picture, x, y, cv2.INTER_LINEAR), np.float64).reshape(-1)


def _is_padding(whole: Picture, piece: Picture, matrix: Affine) -> bool:
    """Return whether all that a scene has beside the piece is one plain colour."""
    height, width = piece.shape
    corners = np.array([[[0, 0], [width, 0], [width, height], [0, height]]], np.float64)
    covered = np.zeros(whole.shape, np.uint8)
    cv2.fillConvexPoly(covered, np.rint(cv2.transform(corners, matrix)).astype(np.int32), 1)
    rest = whole[covered == 0].astype(np.int16)
    return bool((abs(rest - np.median(rest)) < _PLAIN_LEVELS).mean() > 1 - _PLAIN_REST)


def _line(width: int, height: int, edge: int, outwards: int) -> NDArray[np.float32]:
    """Run along one edge of a frame, some pixels outside (or, negative, inside), (64, 2)."""
    along = np.linspace(0.05, 0.95, 64)
    across = np.full(64, -outwards if edge < 2 else (height, width)[edge % 2] + outwards)
    if edge % 2:  # left and right
        return np.stack([across, along * height], 1).astype(np.float32)
    return np.stack([along * width, across], 1).astype(np.float32)
