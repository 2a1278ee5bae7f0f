"""How often each source reports, and which of them has fallen silent: what it said last says nothing about now.

A source that reports only changes is never stale, however long nothing changes. One that also reports what has not changed, as
everything does that is polled, has a habit of reporting, and is stale when it has been silent for several times as long as usual.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ..model import Observation, Thermostat
from ..settings.guard import (
    HABIT_KNOWN,
    HABIT_LOOK,
    HABIT_PERIOD,
    HABIT_RANK,
    HABIT_REPEATS,
    SAME_REPORT,
    STALE_CEILING,
    STALE_FACTOR,
    STALE_FLOOR,
)

NO_TIME = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """How often a source reports."""

    reported: datetime | None = None
    """When it reported last; None: it is gone."""
    since: datetime | None = None
    """Since when it is followed."""
    repeats: int = 0
    """How often it reported what it had reported before, halved each period."""
    period: datetime | None = None
    """When the present period began."""
    recent: tuple[timedelta, ...] = ()
    """The longest silences of this period, longest first."""
    earlier: tuple[timedelta, ...] = ()
    """Those of the period before."""
    limit: timedelta | None = None
    """After how long a silence it is stale; None: never."""
    is_fixed: bool = False
    """Whether nothing is learned: what was recorded tells when a silence began, but not how often something was reported before."""

    def is_stale(self, at: datetime) -> bool:
        """Return True if it has been silent for too long."""
        return (
            self.limit is not None
            and self.reported is not None
            and at - self.reported >= self.limit
        )


UNKNOWN = Habit()

type Habits = tuple[Habit, ...]
"""One for each signal, in their order, and one for the thermostat."""


def follow(habits: Habits, observation: Observation, looked: datetime) -> Habits:
    """Take in when the sources reported; looked is when somebody looked before."""
    thermostat, count = observation.thermostat, len(observation.readings)
    reported = (*(observation.reported or (None,) * count), thermostat.reported)
    changed = (*(observation.changed or (None,) * count), thermostat.changed)
    if len(habits) != count + 1:
        habits = (UNKNOWN,) * (count + 1)
    return tuple([_after(*each, looked) for each in zip(habits, reported, changed, strict=True)])


def interrupt(habits: Habits) -> Habits:
    """Learn on after a time in which nobody looked: how long a source was silent in it, nobody knows."""
    return tuple(replace(habit, reported=None, is_fixed=False) for habit in habits)


def fix(habits: Habits) -> Habits:
    """Go by what is known of the sources, and learn nothing."""
    return tuple(replace(habit, reported=None, is_fixed=True) for habit in habits)


def has_new_reports(before: Observation | None, now: Observation) -> bool:
    """Return True if a source reported since an observation."""
    return (
        before is None
        or before.reported != now.reported
        or before.thermostat.reported != now.thermostat.reported
    )


def known(observation: Observation, habits: Habits) -> Observation:
    """Return what is known at an instant: what a stale source says is not."""
    at = observation.at
    stale = [habit.is_stale(at) for habit in habits]
    if True not in stale:
        return observation
    *each, thermostat = stale
    readings = tuple(
        None if is_stale else raw for raw, is_stale in zip(observation.readings, each, strict=True)
    )
    return replace(
        observation,
        readings=readings,
        thermostat=Thermostat() if thermostat else observation.thermostat,
    )


def next_due(habits: Habits, at: datetime) -> Iterable[datetime]:
    """Return when to look again: when sources will be stale, where nothing is reported until then, and often enough to learn."""
    if all(habit.reported is None for habit in habits):
        return []
    times = (
        habit.reported + habit.limit
        for habit in habits
        if habit.limit is not None and habit.reported is not None
    )
    return [*(time for time in times if time > at), at + HABIT_LOOK]


def reported_until(seen: Observation, now: Observation, at: datetime) -> Observation:
    """Add to what was seen before what is known by now of its reports up to an instant: it may have been reported again, unchanged."""
    thermostat = seen.thermostat
    if now.thermostat.changed is not None and now.thermostat.changed <= at:
        thermostat = replace(thermostat, reported=now.thermostat.reported)
    if len(seen.reported) != len(now.reported):
        return replace(seen, thermostat=thermostat)
    reports = zip(seen.reported, now.reported, now.changed, strict=True)
    reported = tuple(
        later if changed is not None and changed <= at else before
        for before, later, changed in reports
    )
    return replace(seen, reported=reported, thermostat=thermostat)


def _after(
    habit: Habit, reported: datetime | None, changed: datetime | None, looked: datetime
) -> Habit:
    if reported == habit.reported:
        return habit
    if habit.is_fixed:
        return replace(habit, reported=reported)
    since, period = habit.since or reported, habit.period or reported
    if (
        reported is None
        or since is None
        or period is None
        or habit.reported is None
        or reported < habit.reported
    ):
        # It went, came, or the clock was set back: how long it was silent, nobody knows.
        return replace(habit, reported=reported, since=since, period=period)
    silence = max(looked - habit.reported, NO_TIME)
    is_repeat = changed is not None and reported - max(changed, habit.reported) > SAME_REPORT
    recent, earlier, repeats = habit.recent, habit.earlier, habit.repeats
    if reported - period >= HABIT_PERIOD:
        recent, earlier, repeats, period = (), recent, repeats // 2, reported
    followed = Habit(
        reported=reported,
        since=min(since, reported),
        repeats=min(repeats + is_repeat, 2 * HABIT_REPEATS),
        period=min(period, reported),
        recent=_longest(silence, *recent),
        earlier=earlier,
    )
    return replace(followed, limit=_limit(followed))


def _longest(*silences: timedelta) -> tuple[timedelta, ...]:
    return tuple(sorted(silences, reverse=True)[:HABIT_RANK])


def _limit(habit: Habit) -> timedelta | None:
    silences = _longest(*habit.recent, *habit.earlier)
    if habit.reported is None or habit.since is None or habit.reported - habit.since < HABIT_KNOWN:
        return None
    if habit.repeats < HABIT_REPEATS or len(silences) < HABIT_RANK:
        return None
    limit = max(STALE_FACTOR * silences[-1], STALE_FLOOR)
    return limit if limit <= STALE_CEILING else None
