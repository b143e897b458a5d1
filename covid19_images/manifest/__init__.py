"""The manifest: one row per image, what sources state of it, and its split.

records = manifest.read(Path("datasets/manifest"))
table = manifest.frame(records)
"""

from covid19_images.manifest.folder import read
from covid19_images.manifest.record import Record
from covid19_images.manifest.table import ManifestError, diff, frame, validate

__all__ = ["ManifestError", "Record", "diff", "frame", "read", "validate"]
