"""The room temperature over the last hours."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from operator import attrgetter

from ..units import EPSILON, kelvin_from_fahrenheit
from .verdict import MET, NOT_MET, UNKNOWN, Verdict

HOUR = timedelta(hours=1)

SAMPLE_SPACING = timedelta(minutes=5)
"""Shorter intervals are noise: a room changes by a tenth of a degree in that time."""

MAX_LOOKBACK = timedelta(hours=4)
"""In this time the coarsest thermometer shows whether a room gets warmer."""

COARSEST_STEP = kelvin_from_fahrenheit(1)
"""K: the assumed step of a thermometer until it reports a smaller one."""

WHOLE_DEGREE = 1.0
"""K: no thermostat is coarser. A larger difference is a room that changed between readings."""

FINEST_STEP = 0.05
"""K: smaller steps come from unit conversion."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The room temperature in °C from an instant on."""

    at: datetime
    room: float | None


@dataclass(frozen=True, slots=True)
class Trend:
    """The room temperature, sampled every few minutes."""

    samples: tuple[Sample, ...] = ()
    latest: float | None = None
    """The last reported room temperature in °C."""
    smallest_step: float | None = None
    """The smallest difference in K between two readings so far."""

    @property
    def step(self) -> float:
        """The resolution of the thermometer in K."""
        return COARSEST_STEP if self.smallest_step is None else self.smallest_step

    def rise(self, at: datetime, over: timedelta) -> float | None:
        """Return the rise of the room in K within a time up to now, or None if that is unknown."""
        index = bisect_right(self.samples, at - over, key=_instant)
        if not index:
            return None
        then = self.samples[index - 1].room
        return None if then is None or self.latest is None else self.latest - then

    def rises_slower_than(self, at: datetime, rate: float, since: datetime) -> Verdict:
        """Judge whether the room certainly rose slower than a rate in K/h since an instant.

        Any number of whole hours counts, and the whole time. Both readings are rounded to a step
        of the thermometer: the room rose by less than their difference plus a step.
        With a negative rate, check whether the room certainly falls faster.
        """
        longest = min(at - since, MAX_LOOKBACK)
        verdict = UNKNOWN
        for over in (*(hours * HOUR for hours in range(1, longest // HOUR + 1)), longest):
            rise = self.rise(at, over)
            if rise is not None:
                verdict = NOT_MET
                if rise + self.step <= rate * (over / HOUR) + EPSILON or (
                    rate >= 0 and rise < -EPSILON
                ):
                    return MET
        return verdict

    def rise_from_lowest(self, at: datetime, within: timedelta) -> float:
        """Return the rise of the room in K from its lowest reading within a time up to now."""
        if self.latest is None:
            return 0.0
        return self.latest - min(
            (room for reading_at, room in self._rooms() if reading_at >= at - within),
            default=self.latest,
        )

    def max_rise(self, at: datetime, within: timedelta) -> float:
        """Return the largest rise in K between two readings of the room within a recent period."""
        rooms = [room for reading_at, room in self._rooms() if reading_at >= at - within]
        if self.latest is not None:
            rooms.append(self.latest)
        return max(
            (room - lowest for room, lowest in zip(rooms, accumulate(rooms, min), strict=True)),
            default=0.0,
        )

    def _rooms(self) -> Iterator[tuple[datetime, float]]:
        return ((sample.at, sample.room) for sample in self.samples if sample.room is not None)

    def with_reading(self, at: datetime, room: float | None) -> Trend:
        """Return the trend with another reading of the room in °C, or None if it is unknown."""
        samples = self.samples
        if not samples or at < samples[-1].at:
            return Trend((Sample(at, room),), room, self.smallest_step)
        smallest = self.smallest_step
        if (
            room is not None
            and self.latest is not None
            and FINEST_STEP <= abs(room - self.latest) <= (smallest or WHOLE_DEGREE)
        ):
            smallest = abs(room - self.latest)
        if at - samples[-1].at < SAMPLE_SPACING:
            return self if room == self.latest else Trend(samples, room, smallest)
        # The first sample covers the time before the second.
        kept = samples[1:] if len(samples) > 1 and samples[1].at <= at - MAX_LOOKBACK else samples
        return Trend((*kept, Sample(at, room)), room, smallest)


_instant = attrgetter("at")

NO_TREND = Trend()
