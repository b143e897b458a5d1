"""What a few files of a repository turned out to be when they were decoded."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from covid19_images.images.fingerprint import Fingerprint
from flows.decoding.result import DecodeResult
from flows.onboarding.names import ending, stem

_EACH, _FOLDERS = 3, 40
_OTHER = "OT"  # whatever is none of X-ray and CT
_FEWEST_PAIRS = 2
_TWINS_SAID = 5
_ALIKE_BITS = 64  # of 256 may differ; of 903 pairs of chests none differed in less than 80
_MASK_BITS = 0.6  # a pixel; what PNG needs for two flat tones, and for no chest


@dataclass(frozen=True, slots=True)
class Sight:
    """One decoded picture.

    Attributes:
        media_type: What its content is.
        width: In pixels.
        height: In pixels.
        bits: Of the file, a pixel.
        modality: What its header says, where it has one.
        phash: What it looks like, as hexadecimal digits.
    """

    media_type: str
    width: int
    height: int
    bits: float
    modality: str | None = None
    phash: str = ""

    @property
    def is_flat(self) -> bool:
        """Return whether it is as plain as a mask."""
        return self.media_type == "image/png" and self.bits < _MASK_BITS


def sight(found: DecodeResult) -> Sight | None:
    """Return what a decoded file shows; `None` where it is no picture."""
    if not isinstance(found, Fingerprint):
        return None
    pixels = max(found.width * found.height * found.frames, 1)
    bits = 8 * found.bytes / pixels
    modality_there = found.headers.modality
    return Sight(found.media_type, found.width, found.height, bits, modality_there, found.phash)


def sample(paths: Iterable[str]) -> list[str]:
    """Choose a few files of every folder and ending: the first, a middle one and the last."""
    alike: dict[tuple[str, str], list[str]] = {}
    for path in sorted(paths):
        alike.setdefault((path.rpartition("/")[0], ending(path)), []).append(path)
    groups = sorted(alike.values(), key=len, reverse=True)[:_FOLDERS]
    return sorted({one for some in groups for one in _spread(some)})


def _spread(paths: Sequence[str]) -> list[str]:
    last = len(paths) - 1
    return [paths[last * number // (_EACH - 1)] for number in range(_EACH)]


def twins(sights: Mapping[str, Sight], images: Sequence[str]) -> list[str]:
    """Return a doubt for folders whose pictures of one name look alike: some may be made of others.

    Args:
        sights: What some files turned out to be.
        images: The pictures.
    """
    names: dict[str, set[str]] = {}
    for path in images:
        if path in sights and sights[path].modality:
            continue  # slices of scans look alike
        names.setdefault(path.rpartition("/")[0], set()).add(stem(path))
    seen = {(path.rpartition("/")[0], stem(path)): one.phash for path, one in sights.items()}
    doubts = []
    for one, other in combinations(sorted({folder for folder, _ in seen} & names.keys()), 2):
        both = names[one] & names[other]
        pairs = [(seen[one, n], seen[other, n]) for n in both if {(one, n), (other, n)} <= {*seen}]
        if len(pairs) >= _FEWEST_PAIRS and all(_alike(*pair) for pair in pairs):
            doubts.append(
                f"{one}/ and {other}/ have {len(both):,} names in common, and the pictures looked "
                "at are alike: where one was made of the other, give it quality = augmented"
            )
    return doubts[:_TWINS_SAID]


def _alike(one: str, other: str) -> bool:
    return (int(one or "0", 16) ^ int(other or "0", 16)).bit_count() <= _ALIKE_BITS


def converted(sights: Mapping[str, Sight], images: Iterable[str]) -> list[str]:
    """Return a doubt where DICOM headers say that pictures are of no kind, as converters do."""
    odd = sum(path in sights and sights[path].modality == _OTHER for path in images)
    if not odd:
        return []
    headers = f"of the DICOM files looked at, the headers of {odd:,} give no modality of chests"
    return [f"{headers}, as a converter's defaults do; ignore_headers takes them out"]


def modality(sights: Mapping[str, Sight], images: Iterable[str]) -> str | None:
    """Guess what pictures are: what headers say, or what squares of a CT's size are."""
    seen = [sights[path] for path in images if path in sights]
    modalities = {one.modality for one in seen if one.modality} - {_OTHER}
    if len(modalities) == 1:
        return modalities.pop()
    if not seen or modalities:
        return None
    squares = sum(one.width == one.height == 512 for one in seen)
    return "CT" if squares > 0.8 * len(seen) else "XR"
