"""Learns the thermostat's own schedule.

A schedule shows as the same change, at the same time, on the same kind of day.
"""

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
"""Saturday, as `date.weekday` counts."""
DAYS_AHEAD = 2
"""How many days after today are predicted."""
LOOK_BACK = timedelta(days=7 * RECURRENCE_DAYS)
DECLARED_MIN_DAYS = 1
"""If the user declared that the thermostat runs a schedule, one earlier day is enough.

Otherwise a single change may have been a manual one.
"""


@dataclass(frozen=True, slots=True)
class ObservedChange:
    """A change of the setpoint to a value in °C."""

    at: datetime
    value: float


@dataclass(frozen=True, slots=True)
class LearnedSchedule:
    """The predicted changes of the thermostat's own schedule."""

    learned_from: tuple[ObservedChange, ...] = ()
    """The changes that the schedule was learned from."""
    valid_until: datetime | None = None
    """The end of the day on which it was learned."""
    expected_changes: tuple[ObservedChange, ...] = ()
    """The predicted changes, in order."""


NO_LEARNED_SCHEDULE = LearnedSchedule()


def is_recurring(
    changes: Sequence[ObservedChange],
    at: datetime,
    value: float,
    zone: tzinfo,
    *,
    is_declared: bool = False,
) -> bool:
    """Return True if a change in °C occurred on most of the last days of the same kind."""
    today = at.astimezone(zone).date()
    similar = [
        change
        for change in changes
        if abs(change.value - value) <= RECURRENCE_TEMPERATURE_TOLERANCE + EPSILON
    ]
    count = sum(
        any(
            abs(change.at - _same_time_on(at, day, zone)) <= RECURRENCE_TIME_TOLERANCE
            for change in similar
        )
        for day in _previous_days_of_kind(today, RECURRENCE_DAYS)
    )
    return count >= (DECLARED_MIN_DAYS if is_declared else RECURRENCE_MIN_DAYS)


def predict_changes(
    changes: Sequence[ObservedChange], at: datetime, zone: tzinfo, *, is_declared: bool = False
) -> list[ObservedChange]:
    """Return the changes predicted for today and the next days, in order."""
    recent = [change for change in changes if at - LOOK_BACK <= change.at <= at]
    today = at.astimezone(zone).date()
    expected: list[ObservedChange] = []
    for ahead in range(DAYS_AHEAD + 1):
        day = today + timedelta(days=ahead)
        expected += _predict_day(day, recent, zone, is_declared=is_declared)
    return sorted(expected, key=lambda change: change.at)


def next_midnight(at: datetime, zone: tzinfo) -> datetime:
    """Return the next local midnight, when another day has to be predicted."""
    return days.midnight(at.astimezone(zone).date() + timedelta(days=1), zone)


def _predict_day(
    day: date, changes: Iterable[ObservedChange], zone: tzinfo, *, is_declared: bool
) -> list[ObservedChange]:
    """Return the changes predicted for a day from those on earlier days of the same kind."""
    kind, predicted = _is_weekend(day), list[ObservedChange]()
    of_kind = [
        change for change in changes if _is_weekend(change.at.astimezone(zone).date()) is kind
    ]
    for change in reversed(of_kind):
        same = _same_time_on(change.at, day, zone)
        if any(abs(same - other.at) <= RECURRENCE_TIME_TOLERANCE for other in predicted):
            continue
        if is_recurring(of_kind, same, change.value, zone, is_declared=is_declared):
            predicted.append(ObservedChange(_usual_time(of_kind, same, day, zone), change.value))
    return predicted


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
    """Return the last days of the same kind, workdays or weekend, before a day."""
    before = (day - timedelta(days=back) for back in range(1, LOOK_BACK.days + 1))
    return [one for one in before if _is_weekend(one) is _is_weekend(day)][:count]


def _is_weekend(day: date) -> bool:
    return day.weekday() >= FIRST_WEEKEND_DAY
