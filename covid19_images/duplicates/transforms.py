"""Try the transforms that the search suggests for a pair, and keep the one that agrees best."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from covid19_images.duplicates import hamming
from covid19_images.duplicates.codes import INVERTED, MIRRORED, VARIANTS
from covid19_images.duplicates.features import Features, Panel
from covid19_images.duplicates.picture import Item
from covid19_images.duplicates.registration import Registration, register, turned_frame
from covid19_images.duplicates.texture import Agreement, agree

HASH_RADIUS_BITS = 32  # of 256; unrelated X-rays begin to collide at 40
LEAST_BLOCKS = 12


@dataclass(frozen=True, slots=True)
class Hint:
    """Where to look.

    Attributes:
        variants: Those that share words; see `words`.
        turns: Orientations in which the hashes are near, and their distances in bits.
    """

    variants: Collection[int] = VARIANTS
    turns: Mapping[hamming.Way, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trial:
    """A transform from one picture to another, and how well they agree under it."""

    found: Registration
    agreement: Agreement

    def strength(self) -> tuple[float, ...]:
        """Order trials; a few blocks may agree by chance."""
        enough = self.agreement.blocks >= LEAST_BLOCKS
        return self.agreement.median * enough, self.found.inliers, -self.found.variant


def look(a: Item, b: Item) -> Hint:
    """Compare the hashes of one pair in all orientations, and suggest every variant."""
    if not a.phash or not b.phash:
        return Hint()
    here, there = hamming.pack([a.phash]), hamming.pack([b.phash])
    near = {
        way: int(np.bitwise_count(hamming.turned(here, *way) ^ there).sum()) for way in hamming.WAYS
    }
    return Hint(turns={way: bits for way, bits in near.items() if bits <= HASH_RADIUS_BITS})


def best_trial(a: Item, b: Item, hint: Hint) -> Trial | None:
    """Register two pictures in the ways of the hint; None where no transform is plausible."""
    return max(_trials(a, b, hint), key=Trial.strength, default=None)


@lru_cache(maxsize=4096)
def frame(features: Features) -> NDArray[np.uint8]:
    """Decode the small picture once for all its pairs; 4,096 of them take 200 MB."""
    return features.picture()


def _trials(a: Item, b: Item, hint: Hint) -> Iterator[Trial]:
    for variant in sorted({*hint.variants, *(_variant(*way) for way in hint.turns)}):
        if found := register(a.features, b.features, variant):
            yield Trial(found, _agreement(a, b, found))
    for turn, inverted in sorted(hint.turns):  # smooth pictures have too few keypoints
        matrix = turned_frame(frame(a.features).shape, frame(b.features).shape, turn)
        found = Registration(matrix, _variant(turn, inverted), inliers=0)
        yield Trial(found, _agreement(a, b, found))


def within_panels(a: Item, b: Item, trial: Trial) -> Trial | None:
    """Compare two pictures where most of their keypoints agree: in one panel of a figure.

    What a figure shows beside that panel says nothing against a copy.

    Returns:
        The same transform, and the agreement inside the panels; None where neither is a figure.
    """
    if not (a.features.panels or b.features.panels) or not trial.found.inliers:
        return None
    left, right = (
        _panel(item.features, points)
        for item, points in zip((a, b), trial.found.keypoints, strict=True)
    )
    matrix = trial.found.matrix.copy()
    matrix[:, 2] += matrix[:, :2] @ (left.left, left.top) - np.array([right.left, right.top])
    frames = _cut(frame(a.features), left), _cut(_seen(b, trial.found), right)
    inside = agree(*frames, matrix)
    shares = [
        part.size / frame(item.features).size for part, item in zip(frames, (a, b), strict=True)
    ]
    covers = inside.cover_a * shares[0], inside.cover_b * shares[1]
    return Trial(trial.found, replace(inside, cover_a=covers[0], cover_b=covers[1]))


def _panel(features: Features, points: NDArray[np.intp]) -> Panel:
    """Return the panel that most of some keypoints are in."""
    if not features.panels:
        height, width = frame(features).shape
        return Panel(0, 0, height, width, len(features.points))
    ends = np.cumsum([panel.points for panel in features.panels])
    return features.panels[int(np.bincount(np.searchsorted(ends, points, "right")).argmax())]


def _cut(picture: NDArray[np.uint8], to: Panel) -> NDArray[np.uint8]:
    return np.ascontiguousarray(picture[to.top : to.bottom, to.left : to.right])


def _variant(turn: int, inverted: bool) -> int:
    return INVERTED * inverted | MIRRORED * (turn.bit_count() % 2)


def _agreement(a: Item, b: Item, found: Registration) -> Agreement:
    return agree(frame(a.features), _seen(b, found), found.matrix)


def _seen(b: Item, found: Registration) -> NDArray[np.uint8]:
    other = frame(b.features)
    return 255 - other if found.variant & INVERTED else other
