"""The sums of each full hour of UTC, and the sums up to its end."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from .days import HOUR
from .ledger import Ledger

_instant = attrgetter("at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Runtimes, energy and cost of a time."""

    aux: float
    """Seconds of aux heat (strips or furnace), with or without the compressor."""
    emergency: float
    """Seconds of strips without the compressor."""
    heat_pump: float
    """Seconds of the compressor heating, with or without the strips."""
    kwh: float
    """The energy of aux heat in kWh."""
    cost: float
    """The cost of that energy in the home's currency."""

    def __sub__(self, earlier: Sums) -> Sums:
        return Sums(
            aux=self.aux - earlier.aux,
            emergency=self.emergency - earlier.emergency,
            heat_pump=self.heat_pump - earlier.heat_pump,
            kwh=self.kwh - earlier.kwh,
            cost=self.cost - earlier.cost,
        )


@dataclass(frozen=True, slots=True)
class Hour:
    """A completed hour."""

    start: datetime
    cumulative: Sums
    """The sums from the start of counting to the end of the hour."""
    within_hour: Sums
    """The sums of the hour alone."""


def completed_hours(ledger: Ledger, since: datetime) -> Iterator[Hour]:
    """Yield the completed hours, from the hour of an instant, that the ledger holds."""
    start = max(hour_start(since), first_complete_hour(ledger))
    before = sums_at(ledger, start)
    while (end := start + HOUR) <= ledger.at:
        sums = sums_at(ledger, end)
        yield Hour(start, sums, sums - before)
        start, before = end, sums


def first_complete_hour(ledger: Ledger) -> datetime:
    """Return the first hour that the ledger holds completely.

    The hour in which counting started is complete.
    """
    known = ledger.points[0].at
    hour = hour_start(known)
    return hour if known in {hour, ledger.months[0].at} else hour + HOUR


def sums_at(ledger: Ledger, at: datetime) -> Sums:
    """Return the sums from the start of counting until an instant."""
    index = bisect_left(ledger.points, at, key=_instant)
    if index < len(ledger.points) and ledger.points[index].at == at:
        # A point at the instant is exact, even if the points before it were thinned out.
        totals, amounts = ledger.points[index].totals, ledger.points[index].amounts
    else:
        totals, amounts = ledger.cumulative_at(at)
    return Sums(
        aux=totals.aux,
        emergency=totals.emergency,
        heat_pump=totals.heat_pump,
        kwh=amounts.kwh,
        cost=amounts.cost,
    )


def hour_start(at: datetime) -> datetime:
    """Return the full hour of UTC at or before an instant in UTC."""
    return at.replace(minute=0, second=0, microsecond=0)
