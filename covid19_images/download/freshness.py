"""Whether the newest release of a place is older than the schedule promises.

A place that is frozen, by mistake or by somebody who holds back what was taken down, shows the same
release for ever. Nothing in it is wrong; only the calendar tells.
"""

import datetime as dt

from covid19_images.download.trust import Proof
from covid19_images.release import proof

_MISSED = 2  # a week may be skipped, because nothing changed or nobody approved it


def days_late(version: str, proved: Proof | None, today: dt.date) -> int | None:
    """Return how many days old a release is, where more than one should have followed it.

    >>> days_late("2026.11.23", None, dt.date(2026, 12, 7))
    >>> days_late("2026.11.23", None, dt.date(2026, 12, 8))
    15
    """
    every = proved.statement.internal.every_days if proved else proof.EVERY_DAYS
    year, month, day = (int(part) for part in version.split(".")[:3])
    try:
        age = (today - dt.date(year, month, day)).days
    except ValueError:  # a version of digits that are no day
        return None
    return age if age > _MISSED * every else None
