"""Smart recovery: the setpoint from which the heat pump alone reaches the next one in time.

The heat pump alone warms the home at a rate that falls with the outdoor temperature: a setting at
47 °F, zero at the balance point, and linear in between. The temperature wanted later, less what the
heat pump gains until then at the forecast outdoor temperatures, is the lowest setpoint now. At most
six hours count.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from ..settings.protection import (
    LONGEST_RECOVERY,
    RATED_OUTDOOR,
    RECOVERY_CHECK_INTERVAL,
    RECOVERY_LOOK_AHEAD,
)
from ..units import EPSILON

HOUR = timedelta(hours=1)
PLAN_RESOLUTION = timedelta(minutes=15)
"""How fine, and how often, a day is planned: forecasts are hourly."""
PLAN_LENGTH = timedelta(hours=24)

type TemperatureSchedule = Sequence[tuple[datetime, float]]
"""(start, °C) in order. The first entry applies now."""
type OutdoorForecast = Sequence[tuple[datetime, float]]
"""(start, °C) in order. The first entry applies now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryPlan:
    """The planned setpoints of the next 24 hours."""

    at: datetime | None = None
    """The time the plan was made."""
    schedule: TemperatureSchedule = ()
    """The later part of the schedule that the plan was made for."""
    start: datetime | None = None
    """The time at which heating starts early for the next scheduled setpoint."""
    points: tuple[tuple[datetime, float], ...] = ()
    """(start, °C) in order."""

    def is_fresh(self, at: datetime, schedule: TemperatureSchedule) -> bool:
        """Return True if the plan is recent and was made for the same schedule."""
        if (
            self.at is None
            or not timedelta(0) <= at - self.at < PLAN_RESOLUTION
            or tuple(self.schedule) != _later_blocks(schedule, at)
        ):
            return False
        # A recovery that had started when the plan was made goes on.
        return self.start is None or self.start <= self.at or at < self.start


NO_RECOVERY_PLAN = RecoveryPlan()


def heat_up_rate(outdoor: float, rated_rate: float, balance_point: float) -> float:
    """Return how many K per hour the heat pump alone warms the home at an outdoor °C."""
    if balance_point >= RATED_OUTDOOR:
        return 0.0
    return max(rated_rate * (outdoor - balance_point) / (RATED_OUTDOOR - balance_point), 0.0)


def scheduled_temperature(schedule: TemperatureSchedule, at: datetime) -> float:
    """Return the scheduled setpoint in °C at a time."""
    return [
        temperature for start, temperature in schedule if start <= at or start == schedule[0][0]
    ][-1]


def recovery_target(
    at: datetime,
    schedule: TemperatureSchedule,
    forecast: OutdoorForecast,
    rated_rate: float,
    balance_point: float,
) -> tuple[float, datetime | None]:
    """Return the setpoint in °C for now, and when to check again."""
    target = scheduled_temperature(schedule, at)
    upcoming = [(start, temperature) for start, temperature in schedule[1:] if start > at]
    dues = [start for start, _ in upcoming[:1]]
    for start, temperature in upcoming:
        if temperature <= target:
            continue
        if start > at + RECOVERY_LOOK_AHEAD:
            dues.append(start - RECOVERY_LOOK_AHEAD)
            continue
        begin = max(at, start - LONGEST_RECOVERY)
        target = max(
            target, temperature - _pump_gain(begin, start, forecast, rated_rate, balance_point)
        )
        dues.append(max(start - LONGEST_RECOVERY, at + RECOVERY_CHECK_INTERVAL))
    return target, min(dues, default=None)


def plan_recovery(  # noqa: PLR0913, PLR0917 -- all that a plan depends on
    at: datetime,
    schedule: TemperatureSchedule,
    forecast: OutdoorForecast,
    rated_rate: float,
    balance_point: float,
    previous: RecoveryPlan = NO_RECOVERY_PLAN,
) -> RecoveryPlan:
    """Return the plan of the next 24 hours. It is empty if nothing is scheduled later."""
    later = _later_blocks(schedule, at)
    if not later or not forecast:
        return RecoveryPlan(at=at, schedule=later)
    times = [at + index * PLAN_RESOLUTION for index in range(PLAN_LENGTH // PLAN_RESOLUTION)]
    points = [
        (time, recovery_target(time, schedule, forecast, rated_rate, balance_point)[0])
        for time in times
    ]
    changes = [
        point
        for point, last in zip(points, [None, *points], strict=False)
        if last is None or abs(point[1] - last[1]) > EPSILON
    ]
    return RecoveryPlan(
        at=at,
        schedule=later,
        start=_early_start(at, schedule, points, previous),
        points=tuple(changes),
    )


def _early_start(
    at: datetime,
    schedule: TemperatureSchedule,
    points: Sequence[tuple[datetime, float]],
    previous: RecoveryPlan,
) -> datetime | None:
    """Return when the setpoint first rises above the schedule.

    A setback that is kept shallow is no rise. A rise that goes on keeps its start.
    """
    is_early = points[0][1] > scheduled_temperature(schedule, at) + EPSILON
    if (
        is_early
        and previous.start is not None
        and previous.start <= at
        and previous.schedule[:1] == _later_blocks(schedule, at)[:1]
    ):
        return previous.start
    for (time, value), (next_time, next_value) in pairwise(points):
        if (
            next_value > value + EPSILON
            and next_value > scheduled_temperature(schedule, next_time) + EPSILON
        ):
            is_raised = value > scheduled_temperature(schedule, time) + EPSILON
            return time if is_raised else next_time
    return None


def _later_blocks(
    schedule: TemperatureSchedule, at: datetime
) -> tuple[tuple[datetime, float], ...]:
    return tuple(block for block in schedule if block[0] > at)


def _pump_gain(
    begin: datetime,
    end: datetime,
    forecast: OutdoorForecast,
    rated_rate: float,
    balance_point: float,
) -> float:
    """Return how many K the heat pump alone gains between two times."""
    gain, last = 0.0, len(forecast) - 1
    for index, (start, outdoor) in enumerate(forecast):
        since = begin if index == 0 else max(begin, start)
        until = end if index == last else min(end, forecast[index + 1][0])
        if until > since:
            gain += heat_up_rate(outdoor, rated_rate, balance_point) * ((until - since) / HOUR)
    return gain
