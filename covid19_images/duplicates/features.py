"""Describe one picture in a few kilobytes, enough to recognise and to verify its copies.

Local features are SIFT (Lowe, "Distinctive image features from scale-invariant keypoints", IJCV
2004) as RootSIFT (Arandjelović and Zisserman, CVPR 2012), kept as signs of random projections
(Charikar, "Similarity estimation techniques from rounding algorithms", STOC 2002). The projections
are fixed and closed under mirroring and inversion: see `words`. Nothing is trained.

A figure of several panels gets a frame in which each panel is as large as other pictures are in
theirs, and as many keypoints: a small panel is found like a picture of its own.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from covid19_images.duplicates.codes import CODE_BYTES, projections
from covid19_images.duplicates.keypoints import STEPS_PER_PX, keypoints, squarer
from covid19_images.duplicates.panels import Box, panels

ALGORITHM_VERSION = 6
# Long side that features are computed on. 256 finds the same known copies, a few more of the
# hardest changes (crops of 40 %, photos of a screen), and costs a fifth more.
FRAME_PX = 224
MAX_POINTS = 250  # of a picture, and of each panel of a figure
MAX_BYTES = 20_000  # 250 points of 28 bytes and the frame
MAX_FIGURE_PX = 504  # places of keypoints end at 512
MAX_FIGURE_POINTS = 2_500
MAX_FIGURE_BYTES = 120_000  # 2,500 points and a frame of four times the bytes
_JPEG_QUALITIES = (70, 50, 30, 10)
_JPEG_BYTES = 12_000  # 250 points of 28 bytes and this stay under MAX_BYTES
_FIGURE_JPEG_BYTES = 49_000
_HEADER = struct.Struct("<HHHI")  # version, points, panels, thumbnail bytes


class Panel(NamedTuple):
    """A panel of a figure: where it is in the frame, in pixels, and how many points it has."""

    top: int
    left: int
    bottom: int
    right: int
    points: int


_PANEL_VALUES = len(Panel._fields)


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """What the engine knows of a picture.

    Attributes:
        points: Places of the keypoints in the frame, 1/128 px, (n, 2) uint16, x then y,
            strongest first; n <= 250. Those of a figure's panels follow each other; n <= 2,500.
        codes: Signs of their projected descriptors, (n, 24) uint8.
        frame: The picture at 224 px as a small grey JPEG; a figure at up to 504 px.
        panels: The panels of a figure, in the order of their points; empty for other pictures.
    """

    points: NDArray[np.uint16]
    codes: NDArray[np.uint8]
    frame: bytes
    panels: tuple[Panel, ...] = ()

    def to_bytes(self) -> bytes:
        """Write the features for the cache; `from_bytes` reads them back exactly."""
        head = _HEADER.pack(ALGORITHM_VERSION, len(self.points), len(self.panels), len(self.frame))
        panels = np.array(self.panels, "<u2").tobytes()
        places = self.points.astype("<u2").tobytes()
        return head + panels + places + self.codes.tobytes() + self.frame

    @classmethod
    def from_bytes(cls, raw: bytes) -> "Features":
        """Read what `to_bytes` wrote.

        Raises:
            ValueError: The bytes are cut short or come from another algorithm version.
        """
        if len(raw) < _HEADER.size:
            raise ValueError(f"{len(raw)} bytes are no features; compute them again.")
        version, count, parts, size = _HEADER.unpack_from(raw)
        places = _HEADER.size + 2 * _PANEL_VALUES * parts
        codes = places + 4 * count
        end = codes + CODE_BYTES * count
        if version != ALGORITHM_VERSION or len(raw) != end + size:
            raise ValueError(
                f"These features have version {version} and {len(raw)} bytes; version "
                f"{ALGORITHM_VERSION} needs {end + size}. Compute them again."
            )
        found = tuple(Panel(*values) for values in _rows(raw[_HEADER.size : places]))
        if found and sum(panel.points for panel in found) != count:
            raise ValueError("The panels of these features have other points. Compute them again.")
        return cls(
            np.frombuffer(raw, "<u2", 2 * count, places).reshape(-1, 2),
            np.frombuffer(raw[codes:end], np.uint8).reshape(count, CODE_BYTES),
            raw[end:],
            found,
        )

    def picture(self) -> NDArray[np.uint8]:
        """Decode the frame, (h, w) uint8, long side at most 224 px (a figure: 504 px)."""
        grey = cv2.imdecode(np.frombuffer(self.frame, np.uint8), cv2.IMREAD_GRAYSCALE)
        return np.asarray(grey, np.uint8)

    def codes_by_panel(self) -> Iterator[NDArray[np.uint8]]:
        """Yield the codes of each panel of a figure, or all of another picture."""
        if not self.panels:
            yield self.codes
            return
        yield from np.split(self.codes, np.cumsum([panel.points for panel in self.panels])[:-1])


def extract(grey: NDArray[np.uint8]) -> Features:
    """Compute the features of one grey picture.

    Args:
        grey: The picture, (h, w) uint8; of one painted in colours, what was painted
            (`covid19_images.images.colour_maps`).
    """
    boxes = _panels(grey)
    if len(boxes) == 1:
        frame, looked = _frame(grey)
        points, descriptors = keypoints(frame, MAX_POINTS, looked)
        return Features(points, _signs(_root(descriptors)), _encoded(frame, _JPEG_BYTES))
    frame = _resized(grey, _fitted(grey.shape, _longest_px(grey, boxes)))
    boxes = list(_scaled(boxes, frame.shape, grey.shape))
    parts = [_of_panel(frame, box, len(boxes)) for box in boxes]
    points, descriptors = (np.concatenate(some) for some in zip(*parts, strict=True))
    return Features(
        points,
        _signs(_root(descriptors)),
        _encoded(frame, _FIGURE_JPEG_BYTES),
        tuple(Panel(*box, len(places)) for box, (places, _) in zip(boxes, parts, strict=True)),
    )


def _rows(raw: bytes) -> list[list[int]]:
    values: list[list[int]] = np.frombuffer(raw, "<u2").reshape(-1, _PANEL_VALUES).tolist()
    return values


def _signs(descriptors: NDArray[np.float32]) -> NDArray[np.uint8]:
    if not len(descriptors):
        return np.empty((0, CODE_BYTES), np.uint8)
    projected = cv2.gemm(descriptors, projections(), 1.0, np.empty(0, np.float32), 0.0)
    return np.packbits(np.asarray(projected) > 0, axis=1)


def _encoded(frame: NDArray[np.uint8], most_bytes: int) -> bytes:
    encoded = b""
    for quality in _JPEG_QUALITIES:
        _, buffer = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, quality])
        encoded = buffer.tobytes()
        if len(encoded) <= most_bytes:
            break
    return encoded


def frame_shape(grey: NDArray[np.uint8]) -> tuple[int, int]:
    """Return the height and width of the frame of a picture, in pixels.

    >>> frame_shape(np.zeros((448, 1000), np.uint8)), frame_shape(np.zeros((100, 80), np.uint8))
    ((100, 224), (100, 80))
    """
    return _fitted(grey.shape, _longest_px(grey, _panels(grey)))


def _panels(grey: NDArray[np.uint8]) -> list[Box]:
    """Return the panels of a figure that has more to show than the frame of one picture."""
    if max(grey.shape) < 2 * FRAME_PX or min(grey.shape) < FRAME_PX // 2:
        return [Box(0, 0, *grey.shape)]
    return panels(grey)


def _longest_px(grey: NDArray[np.uint8], boxes: Sequence[Box]) -> int:
    """Return the long side of the frame in which panels are as large as pictures in theirs."""
    panel = float(np.median([box.long_side for box in boxes]))
    return min(MAX_FIGURE_PX, round(FRAME_PX * int(max(grey.shape)) / panel))


def _fitted(shape: tuple[int, ...], longest_px: int) -> tuple[int, int]:
    height, width = shape
    scale = longest_px / max(height, width)
    if scale >= 1:
        return height, width
    return max(8, round(height * scale)), max(8, round(width * scale))


def _frame(grey: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8] | None]:
    """Return the frame of one picture, and the squarer one where it is as fine."""
    shape = _fitted(grey.shape, FRAME_PX)
    wanted = squarer(*shape)
    if wanted[0] > grey.shape[0] or wanted[1] > grey.shape[1]:
        return _resized(grey, shape), None
    looked = _resized(grey, wanted)  # the large picture is read once: the other one is made of this
    return _resized(looked, shape), looked


def _resized(grey: NDArray[np.uint8], shape: tuple[int, int]) -> NDArray[np.uint8]:
    if shape == grey.shape:
        return np.ascontiguousarray(grey)
    return np.asarray(cv2.resize(grey, shape[::-1], interpolation=cv2.INTER_AREA), np.uint8)


def _scaled(boxes: Sequence[Box], to: tuple[int, ...], of: tuple[int, ...]) -> Iterator[Box]:
    down, across = to[0] / of[0], to[1] / of[1]
    for box in boxes:
        edges = zip(box, (down, across, down, across), strict=True)
        yield Box(*(round(edge * scale) for edge, scale in edges))


def _of_panel(
    frame: NDArray[np.uint8], box: Box, panels: int
) -> tuple[NDArray[np.uint16], NDArray[np.float32]]:
    part = np.ascontiguousarray(frame[box.top : box.bottom, box.left : box.right])
    places, described = keypoints(part, min(MAX_POINTS, MAX_FIGURE_POINTS // panels))
    corner = np.array([box.left, box.top]) * STEPS_PER_PX
    return (places + corner).astype(np.uint16), described


def _root(descriptors: NDArray[np.float32]) -> NDArray[np.float32]:
    total = np.maximum(descriptors.sum(1, keepdims=True), 1e-6)
    return np.asarray(np.sqrt(descriptors / total), np.float32)
