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
class Pictures:
    """All pictures of one proposal.

    Attributes:
        thumbnails: By blob id. A picture that could not be read has none.
        pairs: By the keys of the copy and the original, as in `FoundCopy`.
        left_out: How many more there were than one proposal shows, pictures and pairs together.
    """

    thumbnails: Mapping[str, Thumbnail] = field(default_factory=dict)
    pairs: Mapping[tuple[str, str], PairPictures] = field(default_factory=dict)
    left_out: int = 0


NO_PICTURES = Pictures()
