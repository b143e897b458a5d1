"""What stands in place of a picture that could not be read."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refused:
    """A file or blob that is no picture we can read.

    Attributes:
        reason: Why, in words a maintainer understands; printable, at most 200 characters, and
            without anything a DICOM header says.
    """

    reason: str
