"""The names of shards and of the members in them."""

from covid19_images.manifest.record import Record

EIGHT_BIT = ".8bit.png"
"""Ends the name of the 8-bit rendering of a member that has more bits."""


def sized_name(shard: str, size: int) -> str:
    """Return the shard of squares that belongs to a shard of images.

    >>> sized_name("images-hannover-00000.tar", 224)
    'sized224-hannover-00000.tar'
    """
    return f"sized{size}-{shard.removeprefix('images-')}"


def frame_stem(image_id: str, frame: int, frames: int) -> str:
    """Return a member's name without its ending: the image, and the slice where there are several.

    >>> frame_stem("c19-0123456789abcdef", 7, 40)
    'c19-0123456789abcdef-0007'
    """
    return image_id if frames == 1 else f"{image_id}-{frame:04d}"


def is_whole(member: str, record: Record) -> bool:
    """Return whether a member is all of the image, as a picture or an animation is."""
    return member.partition(".")[0] == record.image_id


def of_frame(member: str, record: Record, frame: int | None) -> str:
    """Return the member that holds one slice of an image; the image's own one by default.

    Raises:
        IndexError: The image has no such slice.
    """
    frames = record.frames or 1
    if frame is None or is_whole(member, record):
        return member
    if not 0 <= frame < frames:
        raise IndexError(f"{record.key} has {frames} frames; there is no frame {frame}.")
    _, dot, ending = member.partition(".")
    return frame_stem(record.image_id or "", frame, frames) + dot + ending
