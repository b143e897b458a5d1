"""The pictures a proposal shows: small, re-encoded, without metadata."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """One small picture.

    Attributes:
        webp: Its bytes, as WebP.
        width: In pixels.
        height: In pixels.
    """

    webp: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class PairPictures:
    """Two pictures laid on each other: of equal size, what is the same stands in the same place.

    Attributes:
        copy: The picture that is not kept, warped onto the other where it could be registered.
        original: The other.
        registered: Whether the two could be laid on each other; scaled side by side otherwise.
    """

    copy: Thumbnail
    original: Thumbnail
    registered: bool


@dataclass(frozen=True, slots=True)
class PlanePictures:
    """A volume along one axis: planes in one picture, one below the other, all of one height.

    Attributes:
        axis: `axial`, `coronal` or `sagittal`; `picture` of one that is no volume.
        numbers: Which planes these are, from 1.
        count: How many planes there are.
        strip: The picture.
    """

    axis: str
    numbers: tuple[int, ...]
    count: int
    strip: Thumbnail


@dataclass(frozen=True, slots=True)
class VolumePictures:
    """A volume with the outlines of its masks.

    Attributes:
        planes: Along each axis.
        masks: Paths of the masks that are drawn on it; their values have colours in this order.
    """

    planes: tuple[PlanePictures, ...]
    masks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pictures:
    """All pictures of one proposal.

    Attributes:
        thumbnails: By blob id. A picture that could not be read has none.
        pairs: By the keys of the copy and the original, as in `FoundCopy`.
        left_out: How many more there were than one proposal shows, pictures and pairs together.
        volumes: By source and name, and pictures with outlines by source and path. One that was not
            drawn on this machine has none.
    """

    thumbnails: Mapping[str, Thumbnail] = field(default_factory=dict)
    pairs: Mapping[tuple[str, str], PairPictures] = field(default_factory=dict)
    left_out: int = 0
    volumes: Mapping[tuple[str, str], VolumePictures] = field(default_factory=dict)


NO_PICTURES = Pictures()
