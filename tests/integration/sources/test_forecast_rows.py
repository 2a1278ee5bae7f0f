"""The rows of hourly, twice-daily and daily forecasts, as the hours that the guard uses."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from custom_components.aux_heat_guard.feeds.forecast_rows import read_forecast
from custom_components.aux_heat_guard.sources.suitability import ForecastType

ZONE = ZoneInfo("America/New_York")
NOW = datetime(2027, 1, 15, 17, 20, tzinfo=UTC)
"""12:20 at home."""


def read_rows(
    offered: ForecastType, rows: list[Any], now: datetime = NOW, zone: ZoneInfo = ZONE
) -> dict[str, float]:
    """Return the forecast by the home's clock."""
    found = read_forecast(rows, offered, "°C", now, zone)
    return {f"{at.astimezone(zone):%d %H:%M}": round(outdoor, 2) for at, outdoor in found.hours}


def daily_row(on: str, low: Any, high: Any) -> dict[str, Any]:
    return {"datetime": on, "templow": low, "temperature": high}


def half_daily_row(on: str, temperature: float, *, is_day: Any) -> dict[str, Any]:
    return {"datetime": on, "temperature": temperature, "is_daytime": is_day}


@pytest.mark.parametrize(
    "hour",
    ["T00:00:00-05:00", "T06:00:00-05:00", "T12:00:00-05:00", "T00:00:00+00:00", "", "T23:59:00"],
    ids=["midnight", "morning", "noon", "midnight in UTC", "the date alone", "the end of the day"],
)
def test_days_are_coldest_in_the_morning_and_warmest_in_the_afternoon(hour: str) -> None:
    rows = [
        daily_row(f"2027-01-{on}{hour}", low, high)
        for on, low, high in ((15, -3, 6), (16, -12, 3), (17, 0, 9))
    ]
    found = read_rows(ForecastType.DAILY, rows)
    assert next(iter(found)) == "15 12:00"
    assert (
        found["15 12:00"],
        found["15 15:00"],
        found["16 06:00"],
        found["16 15:00"],
        found["17 06:00"],
    ) == (3, 6, -12, 3, 0)
    assert found["16 05:00"] == pytest.approx(-10.8)
    assert list(found)[-1] == "17 12:00"


def test_midnight_in_utc_is_the_day_it_names_wherever_the_home_is() -> None:
    zone = ZoneInfo("America/Los_Angeles")
    rows = [daily_row(f"2027-01-{on}T00:00:00+00:00", 0, 10) for on in (15, 16)]
    found = read_rows(ForecastType.DAILY, rows, zone=zone)
    assert (found["15 15:00"], found["16 06:00"]) == (10, 0)


def test_before_the_first_day_and_over_a_missing_one_nothing_is_known() -> None:
    rows = [daily_row(f"2027-01-{on}T12:00:00-05:00", 0, 10) for on in (16, 18)]
    found = read_rows(ForecastType.DAILY, rows, NOW + timedelta(hours=12))
    assert (next(iter(found)), list(found)[-1]) == ("16 06:00", "16 14:00")


@pytest.mark.parametrize(
    "row",
    [
        daily_row("2027-01-16", None, 5),
        daily_row("2027-01-16", "x", 5),
        daily_row("2027-13-16", 0, 5),
        daily_row("9998-01-16", 0, 5),
        7,
    ],
)
def test_a_day_that_makes_no_sense_is_left_out(row: Any) -> None:
    found = read_rows(ForecastType.DAILY, [daily_row("2027-01-15", 0, 9), row])
    assert list(found) == ["15 12:00", "15 13:00", "15 14:00"]


def test_half_days_tell_the_warmest_of_the_day_and_the_coldest_of_the_night() -> None:
    rows = [
        half_daily_row("2027-01-15T12:00:00-05:00", 6, is_day=True),
        half_daily_row("2027-01-15T18:00:00-05:00", -9, is_day=False),
        half_daily_row("2027-01-16T06:00:00-05:00", 3, is_day=True),
        half_daily_row("2027-01-16T18:00:00-05:00", -9, is_day="no"),
    ]
    found = read_rows(ForecastType.TWICE_DAILY, rows)
    assert (found["15 15:00"], found["16 06:00"], list(found)[-1]) == (6, -9, "16 14:00")


def test_a_night_that_has_begun_ends_in_the_same_morning() -> None:
    rows = [
        half_daily_row("2027-01-16T02:00:00-05:00", -9, is_day=False),
        half_daily_row("2027-01-16T06:00:00-05:00", 0, is_day=True),
    ]
    found = read_rows(ForecastType.TWICE_DAILY, rows, datetime(2027, 1, 16, 7, tzinfo=UTC))
    assert next(iter(found)) == "16 06:00"
    assert found["16 06:00"] == -9
    assert found["16 12:00"] == pytest.approx(-3)


def test_hours_that_are_over_or_far_away_are_left_out() -> None:
    rows = [
        {"datetime": f"2027-01-15T{hour:02}:00:00-05:00", "temperature": hour} for hour in range(24)
    ]
    rows.append({"datetime": "2027-01-19T12:00:00-05:00", "temperature": 1})
    found = read_rows(ForecastType.HOURLY, rows)
    assert (next(iter(found)), list(found)[-1], len(found)) == ("15 12:00", "15 23:00", 12)
