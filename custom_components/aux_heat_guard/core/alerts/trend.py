"""How the room went in the last hours."""

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
"""Finer is noise: a room changes by a tenth of a degree in that time."""

MAX_LOOKBACK = timedelta(hours=4)
"""The longest time that anybody looks back: in it the coarsest thermometers show whether a room gets warmer."""

COARSEST_STEP = kelvin_from_fahrenheit(1)
"""K. What a thermometer tells is taken to be this coarse until it has told something finer."""

WHOLE_DEGREE = 1.0
"""K. No thermostat is coarser: a larger difference is a room that changed while nobody looked."""

FINEST_STEP = 0.05
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
    latest: float | None = None
    """The room, °C, as it was told last."""
    smallest_step: float | None = None
    """K. The smallest difference between two readings of the room that was ever seen."""

    @property
    def step(self) -> float:
        """How coarse the thermometer is, K."""
        return COARSEST_STEP if self.smallest_step is None else self.smallest_step

    def rise(self, at: datetime, over: timedelta) -> float | None:
        """Tell by how many K the room is warmer than a time ago; None where that is not known."""
        index = bisect_right(self.samples, at - over, key=_instant)
        if not index:
            return None
        then = self.samples[index - 1].room
        return None if then is None or self.latest is None else self.latest - then

    def rises_slower_than(self, at: datetime, rate: float, since: datetime) -> Verdict:
        """Tell whether the room surely rises by less than so many K in an hour: over any number of whole hours, or all the time since an instant.

        Each of two readings is rounded to a step of the thermometer: the room rose by less than their difference and a step.
        With a rate under 0: whether it surely falls by more.
        """
        longest = min(at - since, MAX_LOOKBACK)
        looked = UNKNOWN
        for over in (*(hours * HOUR for hours in range(1, longest // HOUR + 1)), longest):
            rise = self.rise(at, over)
            if rise is not None:
                looked = NOT_MET
                if rise + self.step <= rate * (over / HOUR) + EPSILON or (
                    rate >= 0 and rise < -EPSILON
                ):
                    return MET
        return looked

    def rise_from_lowest(self, at: datetime, within: timedelta) -> float:
        """Tell by how many K the room is above its lowest of a time up to now."""
        if self.latest is None:
            return 0.0
        return self.latest - min(
            (room for at_then, room in self._rooms() if at_then >= at - within), default=self.latest
        )

    def max_rise(self, at: datetime, within: timedelta) -> float:
        """Tell by how many K the room rose at the most, from any reading of a time up to now to a later one."""
        rooms = [room for at_then, room in self._rooms() if at_then >= at - within]
        if self.latest is not None:
            rooms.append(self.latest)
        return max(
            (room - lowest for room, lowest in zip(rooms, accumulate(rooms, min), strict=True)),
            default=0.0,
        )

    def _rooms(self) -> Iterator[tuple[datetime, float]]:
        return ((sample.at, sample.room) for sample in self.samples if sample.room is not None)


_instant = attrgetter("at")

NO_TREND = Trend()


def add_reading(trend: Trend, at: datetime, room: float | None) -> Trend:
    """Take in a reading of the room."""
    samples = trend.samples
    if not samples or at < samples[-1].at:
        return Trend((Sample(at, room),), room, trend.smallest_step)
    smallest = trend.smallest_step
    if (
        room is not None
        and trend.latest is not None
        and FINEST_STEP <= abs(room - trend.latest) <= (smallest or WHOLE_DEGREE)
    ):
        smallest = abs(room - trend.latest)
    if at - samples[-1].at < SAMPLE_SPACING:
        return trend if room == trend.latest else Trend(samples, room, smallest)
    # The first one tells of the time before the second.
    kept = samples[1:] if len(samples) > 1 and samples[1].at <= at - MAX_LOOKBACK else samples
    return Trend((*kept, Sample(at, room)), room, smallest)
