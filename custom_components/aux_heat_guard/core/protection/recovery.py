"""What should hold now, so that it is warm in time by the pump alone.

The pump alone warms the home at a rate that falls with the outdoor temperature: at 47 °F it is a setting, at the balance point none is left,
and between it is linear. Going back from the instant at which a higher temperature is wanted, by these rates at the forecast outdoor
temperatures, for six hours at the most, is how low the room may be now.
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
"""How fine, and how often, the course of a day is foretold: forecasts are by the hour."""
PLAN_LENGTH = timedelta(hours=24)

type TemperatureSchedule = Sequence[tuple[datetime, float]]
"""(from when on, °C), in order; the first one holds now."""
type OutdoorForecast = Sequence[tuple[datetime, float]]
"""(from when on, °C), in order; the first one holds now."""


@dataclass(frozen=True, slots=True)
class RecoveryPlan:
    """How what should hold goes on, as far as it is known."""

    at: datetime | None = None
    """When it was foretold."""
    schedule: TemperatureSchedule = ()
    """What it was foretold from: what is wanted later."""
    start: datetime | None = None
    """When the heating starts early for what is wanted next."""
    points: tuple[tuple[datetime, float], ...] = ()
    """(from when on, °C), in order."""


NO_RECOVERY_PLAN = RecoveryPlan()


def heat_up_rate(outdoor: float, rated_rate: float, balance_point: float) -> float:
    """Tell by how many K in an hour the pump alone warms the home at an outdoor temperature in °C."""
    return (
        max(rated_rate * (outdoor - balance_point) / (RATED_OUTDOOR - balance_point), 0.0)
        if balance_point < RATED_OUTDOOR
        else 0.0
    )


def scheduled_temperature(schedule: TemperatureSchedule, at: datetime) -> float:
    """Tell what is wanted at an instant, °C: of a plan that was made some time ago, not what held then."""
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
    """Tell what should hold now, °C, and when to look again."""
    found = scheduled_temperature(schedule, at)
    coming = [(start, temperature) for start, temperature in schedule[1:] if start > at]
    dues = [start for start, _ in coming[:1]]
    for start, temperature in coming:
        if temperature <= found:
            continue
        if start > at + RECOVERY_LOOK_AHEAD:
            dues.append(start - RECOVERY_LOOK_AHEAD)
            continue
        begin = max(at, start - LONGEST_RECOVERY)
        found = max(
            found, temperature - _pump_gain(begin, start, forecast, rated_rate, balance_point)
        )
        dues.append(max(start - LONGEST_RECOVERY, at + RECOVERY_CHECK_INTERVAL))
    return found, min(dues, default=None)


def is_fresh(plan: RecoveryPlan, at: datetime, schedule: TemperatureSchedule) -> bool:
    """Tell whether a course still stands: it is not old, and the same is wanted."""
    if (
        plan.at is None
        or not timedelta(0) <= at - plan.at < PLAN_RESOLUTION
        or tuple(plan.schedule) != _later_blocks(schedule, at)
    ):
        return False
    # One that had begun when it was foretold goes on.
    return plan.start is None or plan.start <= plan.at or at < plan.start


def plan_recovery(  # noqa: PLR0913, PLR0917 -- what a day goes by
    at: datetime,
    schedule: TemperatureSchedule,
    forecast: OutdoorForecast,
    rated_rate: float,
    balance_point: float,
    previous: RecoveryPlan = NO_RECOVERY_PLAN,
) -> RecoveryPlan:
    """Foretell the next 24 hours; where nothing else is wanted later, there is nothing to foretell."""
    later = _later_blocks(schedule, at)
    if not later or not forecast:
        return RecoveryPlan(at, later)
    beats = [at + beat * PLAN_RESOLUTION for beat in range(PLAN_LENGTH // PLAN_RESOLUTION)]
    points = [
        (then, recovery_target(then, schedule, forecast, rated_rate, balance_point)[0])
        for then in beats
    ]
    turns = [
        point
        for point, last in zip(points, [None, *points], strict=False)
        if last is None or abs(point[1] - last[1]) > EPSILON
    ]
    return RecoveryPlan(at, later, _early_start(at, schedule, points, previous), tuple(turns))


def _early_start(
    at: datetime,
    schedule: TemperatureSchedule,
    points: Sequence[tuple[datetime, float]],
    previous: RecoveryPlan,
) -> datetime | None:
    """Find when it first rises to more than is wanted then; a setback that is kept shallow is no rise. A rise that goes on began when it did."""
    is_early = points[0][1] > scheduled_temperature(schedule, at) + EPSILON
    if (
        is_early
        and previous.start is not None
        and previous.start <= at
        and previous.schedule[:1] == _later_blocks(schedule, at)[:1]
    ):
        return previous.start
    for (then, value), (later, risen) in pairwise(points):
        if risen > value + EPSILON and risen > scheduled_temperature(schedule, later) + EPSILON:
            return then if value > scheduled_temperature(schedule, then) + EPSILON else later
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
    """Add up what the pump alone gains between two instants, K."""
    gained, last = 0.0, len(forecast) - 1
    for index, (start, outdoor) in enumerate(forecast):
        since = begin if index == 0 else max(begin, start)
        until = end if index == last else min(end, forecast[index + 1][0])
        if until > since:
            gained += heat_up_rate(outdoor, rated_rate, balance_point) * ((until - since) / HOUR)
    return gained
