"""The names of shards and of the members in them."""

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
