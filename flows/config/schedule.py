"""When nights and releases run; the workflows and `prefect.yaml` say the same."""

import datetime as dt
from dataclasses import dataclass

from cronsim import CronSim


@dataclass(frozen=True, slots=True)
class Schedule:
    """Times of day in UTC, as cron writes them.

    Attributes:
        cron: Minute, hour, day of the month, month and day of the week.
    """

    cron: str

    def after(self, now: dt.datetime) -> dt.datetime:
        """Return the first time after another (UTC).

        >>> NIGHTLY.after(dt.datetime(2026, 11, 23, 4, tzinfo=dt.UTC)).isoformat()
        '2026-11-24T03:17:00+00:00'
        """
        return next(CronSim(self.cron, now.astimezone(dt.UTC)))


NIGHTLY = Schedule("17 3 * * *")
WEEKLY = Schedule("41 5 * * 1")
