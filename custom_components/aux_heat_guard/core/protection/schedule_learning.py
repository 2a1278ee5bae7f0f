"""A thermostat that keeps a schedule of its own shows it: the same change, at the same time, on the same kind of day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from statistics import median

from ..account import days
from ..settings.protection import RECURS_LIKE, RECURS_OF, RECURS_ON, RECURS_WITHIN
from ..units import EPSILON

WEEKEND = 5
"""Saturday, as Python counts."""
AHEAD_DAYS = 2
LOOK_BACK = timedelta(days=7 * RECURS_OF)
SAID_ON = 1
"""Of a thermostat that is said to keep a schedule, one such day before is enough: what came once may have been a hand."""


@dataclass(frozen=True, slots=True)
class Change:
    """A setpoint that the thermostat was given, °C, and when."""

    at: datetime
    value: float


def recurs(
    changes: Sequence[Change], at: datetime, value: float, zone: tzinfo, *, said: bool = False
) -> bool:
    """Tell whether a change comes as it came on most of the last days of the same kind."""
    today = at.astimezone(zone).date()
    like = [change for change in changes if abs(change.value - value) <= RECURS_LIKE + EPSILON]
    found = sum(
        any(abs(change.at - _same_time(at, day, zone)) <= RECURS_WITHIN for change in like)
        for day in _days_before(today, RECURS_OF)
    )
    return found >= (SAID_ON if said else RECURS_ON)


def learnt(
    changes: Sequence[Change], at: datetime, zone: tzinfo, *, said: bool = False
) -> list[Change]:
    """Foretell what the thermostat's own schedule will change today, tomorrow and the day after, in order."""
    recent = [change for change in changes if at - LOOK_BACK <= change.at <= at]
    today = at.astimezone(zone).date()
    expected: list[Change] = []
    for ahead in range(AHEAD_DAYS + 1):
        day = today + timedelta(days=ahead)
        expected += _on(day, recent, zone, said=said)
    return sorted(expected, key=lambda change: change.at)


def day_ends(at: datetime, zone: tzinfo) -> datetime:
    """Find the next local midnight: from then on there is another day to foretell."""
    return days.midnight(at.astimezone(zone).date() + timedelta(days=1), zone)


def _on(day: date, changes: Iterable[Change], zone: tzinfo, *, said: bool) -> list[Change]:
    """Foretell the changes of a day by those of the days of its kind, up to now."""
    kind, found = _is_weekend(day), list[Change]()
    of_kind = [
        change for change in changes if _is_weekend(change.at.astimezone(zone).date()) is kind
    ]
    for change in reversed(of_kind):
        same = _same_time(change.at, day, zone)
        if any(abs(same - other.at) <= RECURS_WITHIN for other in found):
            continue
        if recurs(of_kind, same, change.value, zone, said=said):
            found.append(Change(_usual(of_kind, same, day, zone), change.value))
    return found


def _usual(changes: Iterable[Change], about: datetime, day: date, zone: tzinfo) -> datetime:
    times = (_same_time(change.at, day, zone) for change in changes)
    offsets = [
        (time - about).total_seconds() for time in times if abs(time - about) <= RECURS_WITHIN
    ]
    return about + timedelta(seconds=median(offsets))


def _same_time(at: datetime, day: date, zone: tzinfo) -> datetime:
    return days.at_time(day, at.astimezone(zone).time(), zone)


def _days_before(day: date, count: int) -> list[date]:
    """List the last days of the same kind before a day."""
    before = (day - timedelta(days=back) for back in range(1, LOOK_BACK.days + 1))
    return [one for one in before if _is_weekend(one) is _is_weekend(day)][:count]


def _is_weekend(day: date) -> bool:
    return day.weekday() >= WEEKEND
