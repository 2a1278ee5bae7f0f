"""A thermostat that keeps a schedule of its own shows it: the same change, at the same time, on the same kind of day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from statistics import median

from ..account import days
from ..settings.protection import (
    RECURRENCE_DAYS,
    RECURRENCE_MIN_DAYS,
    RECURRENCE_TEMPERATURE_TOLERANCE,
    RECURRENCE_TIME_TOLERANCE,
)
from ..units import EPSILON

FIRST_WEEKEND_DAY = 5
"""Saturday, as Python counts."""
DAYS_AHEAD = 2
LOOK_BACK = timedelta(days=7 * RECURRENCE_DAYS)
DECLARED_MIN_DAYS = 1
"""Of a thermostat that is said to keep a schedule, one such day before is enough: what came once may have been a hand."""


@dataclass(frozen=True, slots=True)
class ObservedChange:
    """A setpoint that the thermostat was given, °C, and when."""

    at: datetime
    value: float


def is_recurring(
    changes: Sequence[ObservedChange],
    at: datetime,
    value: float,
    zone: tzinfo,
    *,
    is_declared: bool = False,
) -> bool:
    """Tell whether a change comes as it came on most of the last days of the same kind."""
    today = at.astimezone(zone).date()
    like = [
        change
        for change in changes
        if abs(change.value - value) <= RECURRENCE_TEMPERATURE_TOLERANCE + EPSILON
    ]
    found = sum(
        any(
            abs(change.at - _same_time_on(at, day, zone)) <= RECURRENCE_TIME_TOLERANCE
            for change in like
        )
        for day in _previous_days_of_kind(today, RECURRENCE_DAYS)
    )
    return found >= (DECLARED_MIN_DAYS if is_declared else RECURRENCE_MIN_DAYS)


def predict_changes(
    changes: Sequence[ObservedChange], at: datetime, zone: tzinfo, *, is_declared: bool = False
) -> list[ObservedChange]:
    """Foretell what the thermostat's own schedule will change today, tomorrow and the day after, in order."""
    recent = [change for change in changes if at - LOOK_BACK <= change.at <= at]
    today = at.astimezone(zone).date()
    expected: list[ObservedChange] = []
    for ahead in range(DAYS_AHEAD + 1):
        day = today + timedelta(days=ahead)
        expected += _predict_day(day, recent, zone, is_declared=is_declared)
    return sorted(expected, key=lambda change: change.at)


def next_midnight(at: datetime, zone: tzinfo) -> datetime:
    """Find the next local midnight: from then on there is another day to foretell."""
    return days.midnight(at.astimezone(zone).date() + timedelta(days=1), zone)


def _predict_day(
    day: date, changes: Iterable[ObservedChange], zone: tzinfo, *, is_declared: bool
) -> list[ObservedChange]:
    """Foretell the changes of a day by those of the days of its kind, up to now."""
    kind, found = _is_weekend(day), list[ObservedChange]()
    of_kind = [
        change for change in changes if _is_weekend(change.at.astimezone(zone).date()) is kind
    ]
    for change in reversed(of_kind):
        same = _same_time_on(change.at, day, zone)
        if any(abs(same - other.at) <= RECURRENCE_TIME_TOLERANCE for other in found):
            continue
        if is_recurring(of_kind, same, change.value, zone, is_declared=is_declared):
            found.append(ObservedChange(_usual_time(of_kind, same, day, zone), change.value))
    return found


def _usual_time(
    changes: Iterable[ObservedChange], about: datetime, day: date, zone: tzinfo
) -> datetime:
    times = (_same_time_on(change.at, day, zone) for change in changes)
    offsets = [
        (time - about).total_seconds()
        for time in times
        if abs(time - about) <= RECURRENCE_TIME_TOLERANCE
    ]
    return about + timedelta(seconds=median(offsets))


def _same_time_on(at: datetime, day: date, zone: tzinfo) -> datetime:
    return days.local_instant(day, at.astimezone(zone).time(), zone)


def _previous_days_of_kind(day: date, count: int) -> list[date]:
    """List the last days of the same kind before a day."""
    before = (day - timedelta(days=back) for back in range(1, LOOK_BACK.days + 1))
    return [one for one in before if _is_weekend(one) is _is_weekend(day)][:count]


def _is_weekend(day: date) -> bool:
    return day.weekday() >= FIRST_WEEKEND_DAY
