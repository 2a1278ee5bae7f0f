"""How the room went in the last hours."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter

from ..number import fahrenheit_degrees

SPACING = timedelta(minutes=5)
"""Finer is noise: a room changes by a tenth of a degree in that time."""

LENGTH = timedelta(hours=2)
"""The longest time that anybody looks back."""

COARSEST = fahrenheit_degrees(1)
"""K. What a thermometer tells is taken to be this coarse until it has told something finer."""

FINEST = 0.05
"""K. Smaller steps are made in converting."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The room from an instant on, °C."""

    at: datetime
    room: float | None


@dataclass(frozen=True, slots=True)
class Trend:
    """A sample every few minutes."""

    samples: tuple[Sample, ...] = ()
    step: float = COARSEST
    """K. The smallest difference between two readings of the room that was ever seen."""

    def rise(self, at: datetime, over: timedelta) -> float | None:
        """Tell by how many K the room is warmer than a time ago; None where that is not known."""
        index = bisect_right(self.samples, at - over, key=_instant)
        if not index:
            return None
        then, now = self.samples[index - 1].room, self.samples[-1].room
        return None if then is None or now is None else now - then


_instant = attrgetter("at")

FRESH = Trend()


def followed(trend: Trend, at: datetime, room: float | None) -> Trend:
    """Take in a reading of the room."""
    samples = trend.samples
    if not samples or at < samples[-1].at:
        return Trend((Sample(at, room),), trend.step)
    last = samples[-1]
    step = trend.step
    if room is not None and last.room is not None and FINEST <= abs(room - last.room) < step:
        step = abs(room - last.room)
    if at - last.at < SPACING:
        # The sample of these minutes tells what was said last in them.
        if room == last.room and step == trend.step:
            return trend
        return Trend((*samples[:-1], Sample(last.at, room)), step)
    # The first one tells of the time before the second.
    kept = samples[1:] if len(samples) > 1 and samples[1].at <= at - LENGTH else samples
    return Trend((*kept, Sample(at, room)), step)
