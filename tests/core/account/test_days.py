"""Days, weeks, months and seasons in the home's zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.aux_heat_guard.core.account.days import bounds, midnight

from ..helpers import START, thorough

ZONES = [
    "UTC",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "Asia/Beirut",
    "America/Havana",
    "America/St_Johns",
    "America/Santiago",
    "Pacific/Apia",
    "Pacific/Kiritimati",
]
ZONE = st.sampled_from(ZONES).map(ZoneInfo)
INSTANT = st.datetimes(datetime(1995, 1, 1), datetime(2035, 1, 1)).map(  # noqa: DTZ001
    lambda naive: naive.replace(tzinfo=UTC)
)


def parse_local(text: str, zone: str) -> datetime:
    """Read a local time; fold 0."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("zone", "noon", "hours"),
    [
        pytest.param("America/New_York", "2026-01-14T12:00", 24, id="New York, an ordinary day"),
        pytest.param("America/New_York", "2026-03-08T12:00", 23, id="New York, clocks go forward"),
        pytest.param("America/New_York", "2026-11-01T12:00", 25, id="New York, clocks go back"),
        pytest.param("Asia/Kolkata", "2026-03-08T12:00", 24, id="Kolkata, half-hour zone"),
        pytest.param(
            "Australia/Lord_Howe", "2026-04-05T12:00", 24.5, id="Lord Howe, half an hour back"
        ),
        pytest.param(
            "Australia/Lord_Howe", "2026-10-04T12:00", 23.5, id="Lord Howe, half an hour forward"
        ),
        pytest.param("Africa/Cairo", "2024-04-26T12:00", 23, id="Cairo, there is no midnight"),
        pytest.param(
            "Africa/Cairo",
            "2024-10-31T12:00",
            25,
            id="Cairo, back over midnight: the hour before it comes twice",
        ),
        pytest.param("Asia/Beirut", "2024-03-31T12:00", 23, id="Beirut, there is no midnight"),
        pytest.param("America/Havana", "2024-03-10T12:00", 23, id="Havana, there is no midnight"),
        pytest.param("America/Havana", "2024-11-03T12:00", 25, id="Havana, midnight comes twice"),
        pytest.param(
            "America/St_Johns",
            "2010-03-14T12:00",
            23,
            id="St Johns, forward at a minute past midnight",
        ),
        pytest.param(
            "America/St_Johns",
            "2010-11-07T12:00",
            25,
            id="St Johns, back at a minute past midnight",
        ),
    ],
)
def test_a_day_length_follows_clock_changes(zone: str, noon: str, hours: float) -> None:
    day = bounds(parse_local(noon, zone), ZoneInfo(zone), 7)

    assert day.day_end - day.day == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("zone", "now", "day", "ends"),
    [
        pytest.param(
            "UTC",
            "2026-01-14T00:00",
            "2026-01-14T00:00",
            "2026-01-15T00:00",
            id="midnight belongs to the day it starts",
        ),
        pytest.param(
            "Africa/Cairo",
            "2024-04-26T01:00",
            "2024-04-26T01:00",
            "2024-04-27T00:00",
            id="a day that starts at one",
        ),
        pytest.param(
            "America/St_Johns",
            "2010-11-07T00:00",
            "2010-11-07T00:00",
            "2010-11-08T00:00",
            id="the first of two midnights",
        ),
    ],
)
def test_where_a_day_starts_and_ends(zone: str, now: str, day: str, ends: str) -> None:
    found = bounds(parse_local(now, zone), ZoneInfo(zone), 7)

    assert (found.day, found.day_end) == (parse_local(day, zone), parse_local(ends, zone))


def test_a_clock_that_goes_back_over_midnight_does_not_bring_yesterday_back() -> None:
    zone = "America/St_Johns"
    first_midnight = parse_local("2010-11-07T00:00", zone)
    evening_again = first_midnight + timedelta(minutes=31)
    assert evening_again.astimezone(ZoneInfo(zone)).day == 6

    assert bounds(evening_again, ZoneInfo(zone), 7).day == first_midnight


def test_a_clock_that_goes_forward_over_midnight_leaves_no_instant_without_a_day() -> None:
    zone = ZoneInfo("America/Toronto")
    half_past_midnight = datetime(1919, 3, 31, 4, 30, tzinfo=UTC)
    assert (half_past_midnight - timedelta(minutes=1)).astimezone(
        zone
    ).isoformat() == "1919-03-30T23:29:00-05:00"
    assert half_past_midnight.astimezone(zone).isoformat() == "1919-03-31T00:30:00-04:00"

    before, at_it = (
        bounds(half_past_midnight + timedelta(minutes=minutes), zone, 7) for minutes in (-1, 0)
    )

    assert before == at_it
    assert at_it.contains(half_past_midnight)
    assert bounds(at_it.day_end, zone, 7).day == at_it.day_end


def test_weeks_start_on_monday_months_on_the_first() -> None:
    found = bounds(START, ZoneInfo("America/New_York"), 7)

    assert found.week == parse_local("2026-01-12T00:00", "America/New_York")
    assert found.month == parse_local("2026-01-01T00:00", "America/New_York")


@pytest.mark.parametrize(
    ("now", "start_month", "season"),
    [
        ("2026-01-14T12:00", 7, "2025-07-01T00:00"),
        ("2026-06-30T23:59:59", 7, "2025-07-01T00:00"),
        ("2026-07-01T00:00", 7, "2026-07-01T00:00"),
        ("2026-12-31T12:00", 1, "2026-01-01T00:00"),
    ],
)
def test_a_season_starts_in_its_month(now: str, start_month: int, season: str) -> None:
    assert bounds(
        parse_local(now, "America/New_York"), ZoneInfo("America/New_York"), start_month
    ).season == parse_local(season, "America/New_York")


def test_a_day_that_a_zone_skipped_has_no_length() -> None:
    apia = ZoneInfo("Pacific/Apia")

    last = bounds(parse_local("2011-12-29T12:00", "Pacific/Apia"), apia, 7)

    assert midnight(datetime(2011, 12, 30, tzinfo=UTC).date(), apia) == midnight(
        datetime(2011, 12, 31, tzinfo=UTC).date(), apia
    )
    assert bounds(last.day_end, apia, 7).day == last.day_end


@thorough
@given(now=INSTANT, zone=ZONE, start_month=st.integers(1, 12))
def test_windows_contain_the_instant_and_are_nested(
    now: datetime, zone: ZoneInfo, start_month: int
) -> None:
    found = bounds(now, zone, start_month)

    assert found.contains(now)
    assert found.week <= found.day
    assert found.season <= found.month <= found.day <= now < found.day_end
    assert not found.contains(found.day_end)
    assert not found.contains(found.day - timedelta(microseconds=1))
    assert found.day_end - found.day <= timedelta(hours=25)
    assert found.week >= found.day - timedelta(days=8)


@thorough
@given(now=INSTANT, zone=ZONE)
def test_days_tile_time_without_gap_or_overlap(now: datetime, zone: ZoneInfo) -> None:
    day = bounds(now, zone, 7)
    for _ in range(30):
        following = bounds(day.day_end, zone, 7)
        assert following.day == day.day_end
        assert bounds(day.day_end - timedelta(microseconds=1), zone, 7).day == day.day
        day = following
