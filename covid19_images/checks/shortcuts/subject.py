"""One picture as an audit sees it: its labels, where it comes from, and all of it but the lungs."""

from dataclasses import dataclass

from covid19_images.checks.shortcuts.outside import Outside

ALL = "all"
"""The split of a set that has none."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Subject:
    """Describe one picture of the set that is audited.

    Attributes:
        labels: What it is labelled with.
        split: Which split it is in.
        source: Which source it comes from; `None` where that is not known.
        group: Patient or group: those of one are never on both sides of a fit.
        width: In pixels, of the file.
        height: In pixels, of the file.
        bytes: Of the file.
        bit_depth: Of the file.
        media_type: Of the file.
        outside: What of the picture is not lungs; `None` where it was not looked at.
    """

    labels: frozenset[str]
    split: str = ALL
    source: str | None = None
    group: str = ""
    width: int | None = None
    height: int | None = None
    bytes: int | None = None
    bit_depth: int | None = None
    media_type: str | None = None
    outside: Outside | None = None
