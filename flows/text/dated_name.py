"""Dates in file names, which may say on which day a patient was examined."""

import re

_DATED = re.compile(
    r"(?<!\d)(19|20)\d\d[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])(\d{4}|\d{6})?(?!\d)"
)


def names_a_day(path: str) -> bool:
    """Return whether a path holds a day, with or without a time of day behind it.

    >>> names_a_day("images/IMG_20200312123456.png"), names_a_day("patient-2020.png")
    (True, False)
    """
    return _DATED.search(path) is not None
