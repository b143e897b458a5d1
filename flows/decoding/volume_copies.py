"""Compare volumes in a child process: voxels are read there, and verdicts come back."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from covid19_images.duplicates.features import Features
from covid19_images.duplicates.volumes.compare import Copied, Seed, decided
from covid19_images.duplicates.volumes.sketch import Sketch, sketch, slices
from covid19_images.images.fingerprint import fingerprint_and_grey
from covid19_images.images.formats.picture import Limits
from covid19_images.images.refused import Refused
from covid19_images.images.volumes.read import Found, read
from flows.decoding.volumes import numbered
from flows.sandbox.processes import start_item_timer
from flows.upstream import blobs


@dataclass(frozen=True, slots=True)
class Files:
    """Where a volume or a picture is.

    Attributes:
        clone: The bare clone; it holds the blobs.
        blobs: Of its files.
        volume_id: Which volume of these; `None` for a picture, which is one blob.
    """

    clone: Path
    blobs: tuple[str, ...]
    volume_id: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A volume, and those that may be copies of it.

    Attributes:
        number: Of the question.
        volume: The volume.
        others: Volumes and pictures, each with the slices that may be the same.
    """

    number: int
    volume: Files
    others: tuple[tuple[Files, tuple[Seed, ...]], ...]


def features_batch(batch: Sequence[Files], limits: Limits) -> list[tuple[Features, ...]]:
    """Return the features of each slice of a few volumes, in canonical orientation.

    Args:
        batch: The volumes.
        limits: What is too large; a volume that cannot be read has no slices.
    """
    return [_features(files, limits) for files in batch]


def compare_batch(batch: Sequence[Question], limits: Limits) -> list[list[Copied | None]]:
    """Return, for each question, how each of the others is a copy of the volume.

    Two volumes are in memory at a time.

    Args:
        batch: The questions.
        limits: What is too large.
    """
    return [list(_answers(question, limits)) for question in batch]


def _features(files: Files, limits: Limits) -> tuple[Features, ...]:
    found = _volume(files, limits)
    if found is None:
        return ()
    return slices("", found.values(), found.volume.affine).features


def _answers(question: Question, limits: Limits) -> Iterator[Copied | None]:
    volume = _sketch(question.volume, limits)
    for files, seeds in question.others:
        start_item_timer()
        other = None if volume is None else _sketch(files, limits)
        yield None if volume is None or other is None else decided(volume, other, seeds)


def _sketch(files: Files, limits: Limits) -> Sketch | None:
    if files.volume_id is None:
        return _picture(files, limits)
    found = _volume(files, limits)
    if found is None:
        return None
    return sketch("", found.values(), found.volume.affine, features=())


def _picture(files: Files, limits: Limits) -> Sketch | None:
    [(_, content)] = blobs.read(files.clone, files.blobs, max_bytes=limits.max_bytes)
    both = content if isinstance(content, Refused) else fingerprint_and_grey(content, limits=limits)
    return None if isinstance(both, Refused) else sketch("", both[1].T[:, :, None], features=())


def _volume(files: Files, limits: Limits) -> Found | None:
    contents = blobs.read(files.clone, files.blobs, max_bytes=limits.max_bytes)
    found = read(numbered(contents), limits=limits, before_each=start_item_timer)
    own = (one for one in found if one.volume.volume_id == files.volume_id)
    # One that is too large for memory is known by its id only.
    small = (one for one in own if "too_large" not in one.volume.finding)
    return next((one for one in small if one.voxels is not None), None)
