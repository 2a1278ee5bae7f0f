"""Reads the rows of a weather forecast. An invalid row is left out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from itertools import pairwise
from typing import Any

from homeassistant.util import dt as dt_util

from ..core.account.days import local_instant
from ..core.model import Forecast
from ..sources.suitability import ForecastType
from ..sources.units import celsius

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

HORIZON = timedelta(hours=48)
"""Nothing in the guard looks further ahead."""

MAX_DISTANCE = timedelta(days=10)
"""A row further away than this has no use for the next two days."""

COLDEST_AT, WARMEST_AT = time(6), time(15)
"""When a day is usually coldest and warmest, by the clock at home."""

type Rows = Sequence[tuple[datetime, Mapping[str, Any]]]
"""Rows with their instants in UTC."""

type Points = list[tuple[datetime, float]]
"""(instant in UTC, °C), in order."""


def read_forecast(
    rows: Iterable[Any], forecast_type: ForecastType, unit: object, now: datetime, zone: tzinfo
) -> Forecast:
    """Return the forecast of the next hours.

    Of days and half days only the coldest and the warmest temperature are forecast; the hours
    between them lie on straight lines.
    """
    dated = [
        (at, row)
        for row in rows
        if isinstance(row, Mapping) and (at := _parse_time(row, now)) is not None
    ]
    match forecast_type:
        case ForecastType.HOURLY:
            points = sorted(_hours(dated, unit))
        case ForecastType.TWICE_DAILY:
            points = _interpolate(dict(_half_days(dated, unit, zone)))
        case ForecastType.DAILY:
            points = _interpolate(dict(_days(dated, unit, zone)))
    latest = now + HORIZON
    return Forecast(tuple(point for point in points if now - HOUR < point[0] < latest))


def _hours(rows: Rows, unit: object) -> Iterator[tuple[datetime, float]]:
    for at, row in rows:
        outdoor = celsius(row.get("temperature"), unit)
        if outdoor is not None:
            yield at, outdoor


def _half_days(rows: Rows, unit: object, zone: tzinfo) -> Iterator[tuple[datetime, float]]:
    """Yield the warmest temperature of each day and the coldest of each night."""
    for at, row in rows:
        outdoor, is_day = celsius(row.get("temperature"), unit), row.get("is_daytime")
        if outdoor is None or not isinstance(is_day, bool):
            continue
        local = at.astimezone(zone)
        if is_day:
            yield local_instant(local.date(), WARMEST_AT, zone), outdoor
        else:
            morning = local.date() if local.time() < COLDEST_AT else local.date() + DAY
            yield local_instant(morning, COLDEST_AT, zone), outdoor


def _days(rows: Rows, unit: object, zone: tzinfo) -> Iterator[tuple[datetime, float]]:
    """Yield the coldest and the warmest temperature of each day for which both are forecast."""
    for at, row in rows:
        coldest, warmest = (celsius(row.get(name), unit) for name in ("templow", "temperature"))
        if coldest is None or warmest is None:
            continue
        day = _day_of(at, zone)
        yield local_instant(day, COLDEST_AT, zone), coldest
        yield local_instant(day, WARMEST_AT, zone), warmest


def _day_of(at: datetime, zone: tzinfo) -> date:
    """Return the day of a row. Many services give it as midnight UTC, wherever the home is."""
    return at.date() if at.time() == time.min else at.astimezone(zone).date()


def _parse_time(row: Mapping[str, Any], now: datetime) -> datetime | None:
    """Return the time of a row in UTC, or None if it is invalid or too far from now."""
    try:
        at = dt_util.parse_datetime(str(row.get("datetime")))
        utc = None if at is None else dt_util.as_utc(at)
    except ValueError, OverflowError:
        # A month 13, a 30 February, an offset of 99 hours, the last day of the year 9999.
        return None
    return utc if utc is not None and abs(utc - now) < MAX_DISTANCE else None


def _interpolate(anchors: Mapping[datetime, float]) -> Points:
    """Return a point for each full hour between the first and the last of some instants."""
    points: Points = []
    for (start, first), (end, last) in pairwise(sorted(anchors.items())):
        at = start
        # If a day is missing, nothing is known of it.
        while at < end <= start + DAY:
            points.append((at, first + (last - first) * ((at - start) / (end - start))))
            at += HOUR
    return points
