"""When nights and releases run; the workflows and `prefect.yaml` say the same."""

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Weekly:
    """A time of day, on every day or on one.

    Attributes:
        at: The time (UTC).
        weekday: 0 is Monday; `None` is every day.
    """

    at: dt.time
    weekday: int | None = None

    @property
    def cron(self) -> str:
        """Return the same schedule for cron.

        >>> NIGHTLY.cron, WEEKLY.cron
        ('17 3 * * *', '41 5 * * 1')
        """
        day = "*" if self.weekday is None else str((self.weekday + 1) % 7)
        return f"{self.at.minute} {self.at.hour} * * {day}"

    def after(self, now: dt.datetime) -> dt.datetime:
        """Return when it runs next (UTC).

        >>> NIGHTLY.after(dt.datetime(2026, 11, 23, 4, tzinfo=dt.UTC)).isoformat()
        '2026-11-24T03:17:00+00:00'
        """
        day = now.astimezone(dt.UTC).date()
        while True:
            then = dt.datetime.combine(day, self.at, dt.UTC)
            if then > now and self.weekday in (None, day.weekday()):
                return then
            day += dt.timedelta(days=1)


NIGHTLY = Weekly(dt.time(3, 17))
WEEKLY = Weekly(dt.time(5, 41), weekday=0)
