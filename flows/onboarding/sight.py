"""What a few files of a repository turned out to be when they were decoded."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from covid19_images.images.fingerprint import Fingerprint
from flows.decoding.result import DecodeResult

_EACH, _FOLDERS = 3, 40
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
    """

    media_type: str
    width: int
    height: int
    bits: float
    modality: str | None = None

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
    return Sight(found.media_type, found.width, found.height, bits, found.headers.modality)


def sample(paths: Iterable[str]) -> list[str]:
    """Choose a few files of every folder and ending: the first, a middle one and the last."""
    alike: dict[tuple[str, str], list[str]] = {}
    for path in sorted(paths):
        folder, _, name = path.rpartition("/")
        alike.setdefault((folder, name.rpartition(".")[2] if "." in name else ""), []).append(path)
    groups = sorted(alike.values(), key=len, reverse=True)[:_FOLDERS]
    return sorted({one for some in groups for one in _spread(some)})


def _spread(paths: Sequence[str]) -> list[str]:
    last = len(paths) - 1
    return [paths[last * number // (_EACH - 1)] for number in range(_EACH)]


def modality(sights: Mapping[str, Sight], images: Iterable[str]) -> str | None:
    """Guess what pictures are: what headers say, or what squares of a CT's size are."""
    seen = [sights[path] for path in images if path in sights]
    modalities = {one.modality for one in seen if one.modality}
    if len(modalities) == 1:
        return modalities.pop()
    if not seen or modalities:
        return None
    squares = sum(one.width == one.height == 512 for one in seen)
    return "CT" if squares > 0.8 * len(seen) else "XR"
