"""Quiet hours."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.aux_heat_guard.core.alerts.quiet_hours import (
    next_local_time,
    quiet_hours_end,
)

NEW_YORK = ZoneInfo("America/New_York")
NIGHT = (time(22), time(7))
NOON = (time(12), time(13, 30))
ZONES = st.sampled_from(
    [
        ZoneInfo(name)
        for name in ("America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia")
    ]
)
INSTANTS = st.integers(0, 20 * 366 * 86_400).map(
    lambda seconds: datetime(2010, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
TIMES = st.times()


def local_instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


@pytest.mark.parametrize(
    ("at", "quiet", "until"),
    [
        ("2027-01-15 21:59", NIGHT, "2027-01-15 21:59"),
        ("2027-01-15 22:00", NIGHT, "2027-01-16 07:00"),
        ("2027-01-16 03:00", NIGHT, "2027-01-16 07:00"),
        ("2027-01-16 07:00", NIGHT, "2027-01-16 07:00"),
        ("2027-01-16 03:00", None, "2027-01-16 03:00"),
        ("2027-01-16 11:59", NOON, "2027-01-16 11:59"),
        ("2027-01-16 12:00", NOON, "2027-01-16 13:30"),
        ("2027-01-16 13:30", NOON, "2027-01-16 13:30"),
        ("2027-03-14 01:30", NIGHT, "2027-03-14 07:00"),
        ("2027-11-07 01:30", NIGHT, "2027-11-07 07:00"),
        ("2027-01-16 12:00", (time(8), time(8)), "2027-01-16 12:00"),
    ],
)
def test_quiet_hours_delay_a_notification_to_the_morning(
    at: str, quiet: tuple[time, time] | None, until: str
) -> None:
    assert quiet_hours_end(local_instant(at), quiet, NEW_YORK) == local_instant(until)


@given(at=INSTANTS, wanted=TIMES, zone=ZONES)
def test_each_clock_time_comes_within_two_days(at: datetime, wanted: time, zone: ZoneInfo) -> None:
    # One day is longer by an hour, and Samoa skipped a whole day.
    assert at < next_local_time(at, wanted, zone) <= at + timedelta(hours=49)


@given(at=INSTANTS, start=TIMES, end=TIMES)
def test_quiet_hours_end_at_the_configured_time(at: datetime, start: time, end: time) -> None:
    until = quiet_hours_end(at, (start, end), UTC)

    assert at <= until < at + timedelta(days=1)
    assert until == at or until.time() == end
    assert quiet_hours_end(until, (start, end), UTC) == until


@given(at=INSTANTS, start=TIMES, end=TIMES, zone=ZONES)
def test_no_notification_waits_longer_than_a_day(
    at: datetime, start: time, end: time, zone: ZoneInfo
) -> None:
    assert at <= quiet_hours_end(at, (start, end), zone) <= at + timedelta(hours=49)
