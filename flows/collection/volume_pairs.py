"""Pairs of volumes that are copies: in order, by other names, and with their sides exchanged."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

import numpy as np

from covid19_images.manifest.volume_pair import Side, VolumePairRow
from flows.collection.keys import key_in


def once(pairs: Iterable[VolumePairRow]) -> list[VolumePairRow]:
    """Return pairs, sorted, each once; of two with one key the later counts."""
    return sorted({pair.key: pair for pair in pairs}.values(), key=lambda pair: pair.key)


def renamed(pairs: Iterable[VolumePairRow], names: Mapping[str, str]) -> list[VolumePairRow]:
    """Return pairs whose sources have other names.

    Args:
        pairs: The pairs.
        names: The new name of each source by its old one.
    """
    return once(_renamed(pair, names) for pair in pairs)


def _renamed(pair: VolumePairRow, names: Mapping[str, str]) -> VolumePairRow:
    a, b = (key_in(key, names) for key in (pair.a, pair.b))
    named = replace(pair, a=a, b=b)
    return named if pair.b_is == "picture" or a < b else exchanged(named)


def exchanged(pair: VolumePairRow) -> VolumePairRow:
    """Return a pair with its sides exchanged."""
    kept: Side = "b" if pair.kept == "a" else "a"
    return replace(
        pair, a=pair.b, b=pair.a, kept=kept, affine=_inverse(pair.affine) if pair.affine else None
    )


def _inverse(affine: str) -> str:
    numbers = np.array([float(word) for word in affine.split(" ")]).reshape(3, 4)
    whole = np.linalg.pinv(np.vstack([numbers, [0, 0, 0, 1]]))[:3]
    return " ".join(f"{number:.7g}" for number in whole.ravel() + 0.0)


def is_there(pair: VolumePairRow, volumes: Collection[str], pictures: Collection[str]) -> bool:
    """Return whether both sides of a pair are there.

    Args:
        pair: The pair.
        volumes: Those that are there, as `source/volume`.
        pictures: The keys of the pictures that are there.
    """
    if not set(pair.volumes) <= set(volumes):
        return False
    return pair.b_is == "volume" or pair.b in pictures
