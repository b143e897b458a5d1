"""Work out which masks of copies a release offers to the pictures that they are copies of."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from covid19_images.duplicates.features import Features
from covid19_images.duplicates.transforms import frame
from covid19_images.manifest import offered_mask
from covid19_images.manifest.mask import MaskRow
from covid19_images.manifest.offered_mask import OfferedMaskRow
from covid19_images.manifest.record import Record
from flows.collection.duplicates import Pair
from flows.night.compare.features import features as look
from flows.night.context import RunContext
from flows.publish.select import ReleasePlan

_SAME = ("bytes", "pixels")

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Offer:
    """A mask, its picture, and a copy of that picture that it is offered to.

    Attributes:
        pair: How they are copies.
        of: The picture with the mask, as the release has it.
        picture: The other.
        is_a: Whether `of` is the pair's first.
        mask: The mask.
    """

    pair: Pair
    of: Record
    picture: Record
    is_a: bool
    mask: MaskRow


def texts(
    context: RunContext, masks: Sequence[MaskRow], release_plan: ReleasePlan
) -> dict[str, str]:
    """Return the table by the name of its file; nothing where there is nothing in it.

    Args:
        context: Configuration, base state and cache paths.
        masks: Those of the release, under its names.
        release_plan: The rows of the release, and the names that some have there.
    """
    offers = found(context.base.pairs, masks, release_plan)
    pictures = [record for one in offers for record in (one.of, one.picture)]
    listed = list(rows(offers, look(context, pictures)))
    return {offered_mask.FILE: offered_mask.dumps(listed)} if listed else {}


def found(
    pairs: Iterable[Pair], masks: Sequence[MaskRow], release_plan: ReleasePlan
) -> list[Offer]:
    """Return the pictures in use that masks of their copies can be offered to.

    Args:
        pairs: The copies among pictures, under the names that rows have in git.
        masks: Those of the release, under its names.
        release_plan: The rows of the release, and the names that some have there.
    """
    of_picture: dict[str, list[MaskRow]] = defaultdict(list)
    for mask in masks:
        if mask.picture is not None and mask.agreement == "same_size":
            of_picture[f"{mask.source}/{mask.picture}"].append(mask)
    if not of_picture:
        return []
    shown = {
        row.record.key: row.record for row in release_plan.rows if row.record.status == "active"
    }
    known = [pair for pair in pairs if pair.kind != "undecided"]
    return [
        Offer(pair, shown[of], shown[picture], is_a, mask)
        for pair in known
        for a, b in [(_named(pair.a, release_plan.paths), _named(pair.b, release_plan.paths))]
        if a in shown and b in shown
        for of, picture, is_a in ((a, b, True), (b, a, False))
        for mask in of_picture.get(of, ())
    ]


def rows(found: Iterable[Offer], features: Mapping[str, Features]) -> Iterator[OfferedMaskRow]:
    """Yield a row for each mask whose place in the other picture is known.

    Args:
        found: Masks, and what they are offered to.
        features: Those of the pictures, by blob: maps are from frame to frame of these.
    """
    for one in found:
        matrix = _map(one, features)
        if matrix is not None and one.pair.kind != "undecided":
            yield OfferedMaskRow(
                picture=one.picture.key,
                source=one.mask.source,
                path=one.mask.path,
                of=one.of.key,
                kind=one.pair.kind,
                affine=" ".join(f"{number:.6g}" for number in matrix[:2].ravel() + 0.0),
                decided_by=one.pair.decided_by,
            )


def _named(key: str, names: Mapping[str, str]) -> str:
    source, _, path = key.partition("/")
    return f"{source}/{names.get(key, path)}"


def _map(one: Offer, features: Mapping[str, Features]) -> Matrix | None:
    """Return the map, 3 × 3, from pixels of the other picture to those of the mask's own."""
    if one.pair.kind in _SAME:
        is_same = (one.of.width, one.of.height) == (one.picture.width, one.picture.height)
        return np.eye(3) if is_same else None
    numbers = [float(word) for word in one.pair.transform.split() if word != "inverted"]
    ends = [_to_fractions(record, features) for record in (one.of, one.picture)]
    of, picture = ends
    if len(numbers) != 6 or of is None or picture is None:
        return None
    matrix = np.array([*numbers, 0, 0, 1], np.float64).reshape(3, 3)
    if abs(np.linalg.det(matrix)) < np.finfo(np.float32).eps:
        return None
    forward = np.linalg.inv(matrix) if one.is_a else matrix
    return np.asarray(np.linalg.inv(of) @ forward @ picture, np.float64)


def _to_fractions(record: Record, features: Mapping[str, Features]) -> Matrix | None:
    """Return the map, 3 × 3, from pixels of a picture to fractions as a pair's transform has them.

    These count from the middle of the first pixel of the frame, as pixels do from that of theirs.
    """
    known = features.get(record.blob)
    if known is None or not record.width or not record.height:
        return None
    high, wide = frame(known).shape
    found = np.diag([1 / record.width, 1 / record.height, 1.0])
    found[0, 2] = 0.5 / record.width - 0.5 / wide
    found[1, 2] = 0.5 / record.height - 0.5 / high
    return found
