"""Nights and releases run at a time of day, and never twice at it."""

import datetime as dt

import pytest

from flows.config.schedule import NIGHTLY, WEEKLY


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2026-11-23T03:16:59", "2026-11-23T03:17"),
        ("2026-11-23T03:17:00", "2026-11-24T03:17"),
        ("2026-12-31T03:18:00", "2027-01-01T03:17"),
    ],
)
def test_the_next_night_is_always_later(now: str, then: str):
    assert NIGHTLY.after(_utc(now)) == _utc(then)


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2026-11-23T05:40:59", "2026-11-23T05:41"),  # a Monday
        ("2026-11-23T05:41:00", "2026-11-30T05:41"),
        ("2026-11-29T23:00:00", "2026-11-30T05:41"),
    ],
)
def test_the_next_release_is_on_a_monday(now: str, then: str):
    assert WEEKLY.after(_utc(now)) == _utc(then)


def test_another_time_zone_changes_nothing():
    east = dt.timezone(dt.timedelta(hours=9))
    now = dt.datetime(2026, 11, 23, 12, 16, tzinfo=east)  # 03:16 UTC
    assert NIGHTLY.after(now) == _utc("2026-11-23T03:17")


def _utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)
