"""Make up pictures that are searched for copies: their words and hashes, in blocks.

Words are as common as those of 1,818 real X-rays and CT slices were: two pictures share some ten
over all variants, by chance. Uniform ones are as rare as can be. One picture in fifty shares a
third of its words with another.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from covid19_images.duplicates.features import Features
from flows.decoding import blocks
from flows.decoding.blocks import Stored

_POINTS = 250
_COMMON, _OFTEN = 0.31, 0.32  # of words among the 10⁵ most common ones, and of these in 10⁴
_COPY_EVERY, _SHARED = 50, 80


def _features(number: int, *, uniform: bool) -> Features:
    drawn = np.random.default_rng(number)
    codes = drawn.integers(0, 256, (_POINTS, 8, 3), np.uint8)
    if not uniform:
        common = drawn.random((_POINTS, 8)) < _COMMON
        ranks = _ranks(drawn.random(int(common.sum())))
        halves = np.nonzero(common)[1] % 2  # words of a group's two halves are different words
        words = (2 * ranks + halves) * 0x9E3779B1 % 2**32 >> 8
        codes[common] = words.astype(">u4").view(np.uint8).reshape(-1, 4)[:, 1:]
    codes = codes.reshape(_POINTS, 24)
    if number and number % _COPY_EVERY == 0:
        codes[:_SHARED] = _features(number // 2, uniform=uniform).codes[:_SHARED]
    return Features(np.zeros((_POINTS, 2), np.uint16), codes, b"")


def _ranks(share: NDArray[np.float64]) -> NDArray[np.uint64]:
    """Return the ranks of common words: frequencies fall as a power, steeper from 10⁴ on."""
    often = share < _OFTEN
    below, power = np.where(often, share / _OFTEN, (share - _OFTEN) / (1 - _OFTEN)), (0.58, 0.38)
    first = 1e4 * below ** (1 / power[0])
    low, high = 1e4 ** power[1], 1e5 ** power[1]
    second = (low + below * (high - low)) ** (1 / power[1])
    return (np.where(often, first, second) / 2).astype(np.int64)


def blob(number: int) -> str:
    """Return the blob id of a picture."""
    return f"{number:040x}"


@dataclass(frozen=True)
class _Hashes(Mapping[str, str]):
    """Hashes of so many pictures, made when they are asked for: a night does not read them all."""

    pictures: int

    def __getitem__(self, name: str) -> str:
        if name not in self:
            raise KeyError(name)
        return hashlib.sha256(str(int(name, 16)).encode()).hexdigest()

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and int(name, 16) < self.pictures

    def __iter__(self) -> Iterator[str]:
        return map(blob, range(self.pictures))

    def __len__(self) -> int:
        return self.pictures


def covering(folder: Path, pictures: int, *, uniform: bool) -> list[Stored]:
    """Return blocks of so many pictures, in a folder; make those that are missing."""

    def look(some: Sequence[str]) -> Mapping[str, Features]:
        return {name: _features(int(name, 16), uniform=uniform) for name in some}

    return blocks.covering(folder / "blocks", _Hashes(pictures), look)
