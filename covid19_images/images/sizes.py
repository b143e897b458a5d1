"""The sizes of squares that a release has ready; it starts quickly, without any library."""

SIZES_PX = (224, 512)
"""The squares every release holds ready."""
