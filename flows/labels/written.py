"""What an upstream says, as it is written there, and why some of it may be missing."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Written:
    """One text an upstream gives for a field, and where it stands."""

    text: str
    file: str
    line: int = 0


Labels = dict[str, list[Written]]


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why labels that were there before may be missing now, through no decision of a person.

    Attributes:
        what: In words.
        fields: The fields concerned.
        without_row: Whether it concerns only images that no row describes.
        sure: Whether something is wrong even where no label would be lost.
    """

    what: str
    fields: frozenset[str]
    without_row: bool = False
    sure: bool = True
