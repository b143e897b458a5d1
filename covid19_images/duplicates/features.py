"""Describe one picture in a few kilobytes, enough to recognise and to verify its copies.

Local features are SIFT (Lowe, "Distinctive image features from scale-invariant keypoints", IJCV
2004) as RootSIFT (Arandjelović and Zisserman, CVPR 2012), kept as signs of random projections
(Charikar, "Similarity estimation techniques from rounding algorithms", STOC 2002). The projections
are fixed and closed under mirroring and inversion: see `words`. Nothing is trained.
"""

import struct
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from covid19_images.duplicates.codes import CODE_BYTES, projections

ALGORITHM_VERSION = 3
# Long side that features are computed on. 256 finds the same known copies, a few more of the
# hardest changes (crops of 40 %, photos of a screen), and costs a fifth more.
FRAME_PX = 224
MAX_POINTS = 250
MAX_BYTES = 20_000  # 250 points of 28 bytes and the frame
STEPS_PER_PX = 128  # resolution of a stored coordinate
_JPEG_QUALITIES = (70, 50, 30, 10)
_JPEG_BYTES = 12_000  # 250 points of 28 bytes and this stay under MAX_BYTES
_LEAST_SIDE = 16  # below, there is no keypoint
# The lung fields of an X-ray are faint, so the threshold is low; but most pictures have enough
# keypoints above a higher one, and their strongest are the same.
_CONTRASTS = (0.03, 0.01)
_HEADER = struct.Struct("<HHHI")  # version, points, reserved, thumbnail bytes


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """What the engine knows of a picture.

    Attributes:
        points: Places of the keypoints in the frame, 1/128 px, (n, 2) uint16, x then y,
            strongest first; n <= 250.
        codes: Signs of their projected descriptors, (n, 24) uint8.
        frame: The picture at 224 px as a small grey JPEG.
    """

    points: NDArray[np.uint16]
    codes: NDArray[np.uint8]
    frame: bytes

    def to_bytes(self) -> bytes:
        """Write the features for the cache; `from_bytes` reads them back exactly."""
        head = _HEADER.pack(ALGORITHM_VERSION, len(self.points), 0, len(self.frame))
        return head + self.points.astype("<u2").tobytes() + self.codes.tobytes() + self.frame

    @classmethod
    def from_bytes(cls, raw: bytes) -> "Features":
        """Read what `to_bytes` wrote.

        Raises:
            ValueError: The bytes are cut short or come from another algorithm version.
        """
        if len(raw) < _HEADER.size:
            raise ValueError(f"{len(raw)} bytes are no features; compute them again.")
        version, count, _, size = _HEADER.unpack_from(raw)
        places, codes = _HEADER.size, _HEADER.size + 4 * count
        end = codes + CODE_BYTES * count
        if version != ALGORITHM_VERSION or len(raw) != end + size:
            raise ValueError(
                f"These features have version {version} and {len(raw)} bytes; version "
                f"{ALGORITHM_VERSION} needs {end + size}. Compute them again."
            )
        return cls(
            np.frombuffer(raw, "<u2", 2 * count, places).reshape(-1, 2),
            np.frombuffer(raw[codes:end], np.uint8).reshape(count, CODE_BYTES),
            raw[end:],
        )

    def picture(self) -> NDArray[np.uint8]:
        """Decode the frame, (h, w) uint8, long side at most 224 px."""
        grey = cv2.imdecode(np.frombuffer(self.frame, np.uint8), cv2.IMREAD_GRAYSCALE)
        return np.asarray(grey, np.uint8)


def extract(grey: NDArray[np.uint8]) -> Features:
    """Compute the features of one grey picture.

    Args:
        grey: The picture, (h, w) uint8; of one painted in colours, what was painted
            (`covid19_images.images.colour_maps`).
    """
    frame = _shrink(grey)
    points, descriptors = _keypoints(frame)
    return Features(points, _signs(_root(descriptors)), _encoded(frame))


def _signs(descriptors: NDArray[np.float32]) -> NDArray[np.uint8]:
    if not len(descriptors):
        return np.empty((0, CODE_BYTES), np.uint8)
    projected = cv2.gemm(descriptors, projections(), 1.0, np.empty(0, np.float32), 0.0)
    return np.packbits(np.asarray(projected) > 0, axis=1)


def _encoded(frame: NDArray[np.uint8]) -> bytes:
    encoded = b""
    for quality in _JPEG_QUALITIES:
        _, buffer = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, quality])
        encoded = buffer.tobytes()
        if len(encoded) <= _JPEG_BYTES:
            break
    return encoded


def frame_shape(height: int, width: int) -> tuple[int, int]:
    """Return the height and width of the frame of a picture, in pixels.

    >>> frame_shape(448, 1000), frame_shape(100, 80)
    ((100, 224), (100, 80))
    """
    scale = FRAME_PX / max(height, width)
    if scale >= 1:
        return height, width
    return max(8, round(height * scale)), max(8, round(width * scale))


def _shrink(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = frame_shape(*grey.shape)
    if (height, width) == grey.shape:
        return np.ascontiguousarray(grey)
    return np.asarray(cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


# Made anew each time: OpenCV's detectors keep scratch space, and must not be shared by threads.
def _sift(contrast: float) -> cv2.SIFT:
    return cv2.SIFT.create(nfeatures=MAX_POINTS, contrastThreshold=contrast, edgeThreshold=20)


def _evened() -> cv2.CLAHE:
    return cv2.createCLAHE(3.0, (8, 8))


def _keypoints(frame: NDArray[np.uint8]) -> tuple[NDArray[np.uint16], NDArray[np.float32]]:
    nothing = np.empty((0, 2), np.uint16), np.empty((0, 128), np.float32)
    if min(frame.shape) < _LEAST_SIDE:
        return nothing
    even = _evened().apply(frame)
    for contrast in _CONTRASTS:
        found, described = _sift(contrast).detectAndCompute(even, None)
        if len(found) >= MAX_POINTS:
            break
    if not found:
        return nothing
    strongest = np.argsort([-point.response for point in found], kind="stable")[:MAX_POINTS]
    places = np.array([found[i].pt for i in strongest], np.float32) * STEPS_PER_PX
    return np.clip(places, 0, 65_535).astype(np.uint16), np.asarray(described, np.float32)[
        strongest
    ]


def _root(descriptors: NDArray[np.float32]) -> NDArray[np.float32]:
    total = np.maximum(descriptors.sum(1, keepdims=True), 1e-6)
    return np.asarray(np.sqrt(descriptors / total), np.float32)
