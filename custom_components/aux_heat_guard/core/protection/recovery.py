"""What should hold now, so that it is warm in time by the pump alone.

The pump alone warms the home at a rate that falls with the outdoor temperature: at 47 °F it is a setting, at the balance point none is left,
and between it is linear. Going back from the instant at which a higher temperature is wanted, by these rates at the forecast outdoor
temperatures, for six hours at the most, is how low the room may be now.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from ..settings.protection import HORIZON, PLAN_AHEAD, PLAN_BEAT, RATE_AT
from ..units import EPSILON

HOUR = timedelta(hours=1)
COURSE_BEAT = timedelta(minutes=15)
"""How fine, and how often, the course of a day is foretold: forecasts are by the hour."""
COURSE_LENGTH = timedelta(hours=24)

type Wanted = Sequence[tuple[datetime, float]]
"""(from when on, °C), in order; the first one holds now."""
type Outdoors = Sequence[tuple[datetime, float]]
"""(from when on, °C), in order; the first one holds now."""


@dataclass(frozen=True, slots=True)
class Course:
    """How what should hold goes on, as far as it is known."""

    at: datetime | None = None
    """When it was foretold."""
    wanted: Wanted = ()
    """What it was foretold from: what is wanted later."""
    start: datetime | None = None
    """When the heating starts early for what is wanted next."""
    points: tuple[tuple[datetime, float], ...] = ()
    """(from when on, °C), in order."""


NO_COURSE = Course()


def rate(outdoor: float, at_rated: float, balance_point: float) -> float:
    """Tell by how many K in an hour the pump alone warms the home at an outdoor temperature in °C."""
    return (
        max(at_rated * (outdoor - balance_point) / (RATE_AT - balance_point), 0.0)
        if balance_point < RATE_AT
        else 0.0
    )


def holding(wanted: Wanted, at: datetime) -> float:
    """Tell what is wanted at an instant, °C: of a plan that was made some time ago, not what held then."""
    return [temperature for start, temperature in wanted if start <= at or start == wanted[0][0]][
        -1
    ]


def target(
    at: datetime, wanted: Wanted, outdoors: Outdoors, at_rated: float, balance_point: float
) -> tuple[float, datetime | None]:
    """Tell what should hold now, °C, and when to look again."""
    found = holding(wanted, at)
    coming = [(start, temperature) for start, temperature in wanted[1:] if start > at]
    dues = [start for start, _ in coming[:1]]
    for start, temperature in coming:
        if temperature <= found:
            continue
        if start > at + PLAN_AHEAD:
            dues.append(start - PLAN_AHEAD)
            continue
        begin = max(at, start - HORIZON)
        found = max(found, temperature - _gained(begin, start, outdoors, at_rated, balance_point))
        dues.append(max(start - HORIZON, at + PLAN_BEAT))
    return found, min(dues, default=None)


def is_fresh(course: Course, at: datetime, wanted: Wanted) -> bool:
    """Tell whether a course still stands: it is not old, and the same is wanted."""
    if (
        course.at is None
        or not timedelta(0) <= at - course.at < COURSE_BEAT
        or tuple(course.wanted) != _later(wanted, at)
    ):
        return False
    # One that had begun when it was foretold goes on.
    return course.start is None or course.start <= course.at or at < course.start


def course(  # noqa: PLR0913, PLR0917 -- what a day goes by
    at: datetime,
    wanted: Wanted,
    outdoors: Outdoors,
    at_rated: float,
    balance_point: float,
    before: Course = NO_COURSE,
) -> Course:
    """Foretell the next 24 hours; where nothing else is wanted later, there is nothing to foretell."""
    later = _later(wanted, at)
    if not later or not outdoors:
        return Course(at, later)
    beats = [at + beat * COURSE_BEAT for beat in range(COURSE_LENGTH // COURSE_BEAT)]
    points = [(then, target(then, wanted, outdoors, at_rated, balance_point)[0]) for then in beats]
    turns = [
        point
        for point, last in zip(points, [None, *points], strict=False)
        if last is None or abs(point[1] - last[1]) > EPSILON
    ]
    return Course(at, later, _start(at, wanted, points, before), tuple(turns))


def _start(
    at: datetime, wanted: Wanted, points: Sequence[tuple[datetime, float]], before: Course
) -> datetime | None:
    """Find when it first rises to more than is wanted then; a setback that is kept shallow is no rise. A rise that goes on began when it did."""
    is_early = points[0][1] > holding(wanted, at) + EPSILON
    if (
        is_early
        and before.start is not None
        and before.start <= at
        and before.wanted[:1] == _later(wanted, at)[:1]
    ):
        return before.start
    for (then, value), (later, risen) in pairwise(points):
        if risen > value + EPSILON and risen > holding(wanted, later) + EPSILON:
            return then if value > holding(wanted, then) + EPSILON else later
    return None


def _later(wanted: Wanted, at: datetime) -> tuple[tuple[datetime, float], ...]:
    return tuple(block for block in wanted if block[0] > at)


def _gained(
    begin: datetime, end: datetime, outdoors: Outdoors, at_rated: float, balance_point: float
) -> float:
    """Add up what the pump alone gains between two instants, K."""
    gained, last = 0.0, len(outdoors) - 1
    for index, (start, outdoor) in enumerate(outdoors):
        since = begin if index == 0 else max(begin, start)
        until = end if index == last else min(end, outdoors[index + 1][0])
        if until > since:
            gained += rate(outdoor, at_rated, balance_point) * ((until - since) / HOUR)
    return gained
