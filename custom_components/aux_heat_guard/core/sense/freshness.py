"""Learn how often each source reports, and find sources that went silent.

A source that reports only changes is never stale, however long nothing changes. One that also
reports what has not changed, as everything does that is polled, has a habit of reporting, and is
stale when it has been silent for several times as long as usual.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ..model import Observation, Thermostat
from ..settings.guard import (
    DUPLICATE_REPORT_WINDOW,
    REPORTING_CHECK_INTERVAL,
    REPORTING_LEARN_TIME,
    REPORTING_MIN_REPEATS,
    REPORTING_PERIOD,
    REPORTING_RANK,
    STALE_CEILING,
    STALE_FACTOR,
    STALE_FLOOR,
)

NO_TIME = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportingInterval:
    """How often a source reports."""

    reported_at: datetime | None = None
    """When it reported last; None: it is gone."""
    tracked_since: datetime | None = None
    """Since when it is followed."""
    repeats: int = 0
    """How often it reported what it had reported before, halved each period."""
    period_start: datetime | None = None
    """When the present period began."""
    recent_silences: tuple[timedelta, ...] = ()
    """The longest silences of this period, longest first."""
    earlier_silences: tuple[timedelta, ...] = ()
    """Those of the period before."""
    stale_after: timedelta | None = None
    """After how long a silence it is stale; None: never."""
    is_fixed: bool = False
    """Whether nothing is learned: what was recorded tells when a silence began, but not how often
    something was reported before."""

    def is_stale(self, at: datetime) -> bool:
        """Return True if it has been silent for too long."""
        return (
            self.stale_after is not None
            and self.reported_at is not None
            and at - self.reported_at >= self.stale_after
        )


UNKNOWN_INTERVAL = ReportingInterval()

type ReportingIntervals = tuple[ReportingInterval, ...]
"""One for each signal, in their order, and one for the thermostat."""


def track_reports(
    intervals: ReportingIntervals, observation: Observation, looked_at: datetime
) -> ReportingIntervals:
    """Update the intervals with the last reports; `looked_at` is the previous update."""
    thermostat, count = observation.thermostat, len(observation.readings)
    reported = (*(observation.last_reported or (None,) * count), thermostat.last_reported)
    changed = (*(observation.last_changed or (None,) * count), thermostat.last_changed)
    if len(intervals) != count + 1:
        intervals = (UNKNOWN_INTERVAL,) * (count + 1)
    return tuple(
        [_track_report(*each, looked_at) for each in zip(intervals, reported, changed, strict=True)]
    )


def interrupt(intervals: ReportingIntervals) -> ReportingIntervals:
    """Continue learning after a time without observations, whose silences are unknown."""
    return tuple(replace(interval, reported_at=None, is_fixed=False) for interval in intervals)


def freeze(intervals: ReportingIntervals) -> ReportingIntervals:
    """Go by what is known of the sources, and learn nothing."""
    return tuple(replace(interval, reported_at=None, is_fixed=True) for interval in intervals)


def has_new_reports(before: Observation | None, now: Observation) -> bool:
    """Return True if a source reported since an observation."""
    return (
        before is None
        or before.last_reported != now.last_reported
        or before.thermostat.last_reported != now.thermostat.last_reported
    )


def without_stale(observation: Observation, intervals: ReportingIntervals) -> Observation:
    """Return what is known at an instant: what a stale source says is not."""
    at = observation.at
    stale = [interval.is_stale(at) for interval in intervals]
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


def next_checks(intervals: ReportingIntervals, at: datetime) -> Iterable[datetime]:
    """Return when to check again: when sources may become stale, and often enough to learn."""
    if all(interval.reported_at is None for interval in intervals):
        return []
    times = (
        interval.reported_at + interval.stale_after
        for interval in intervals
        if interval.stale_after is not None and interval.reported_at is not None
    )
    return [*(time for time in times if time > at), at + REPORTING_CHECK_INTERVAL]


def with_reports_until(previous: Observation, now: Observation, at: datetime) -> Observation:
    """Return an observation with the repeated reports that are known by now, up to an instant."""
    thermostat = previous.thermostat
    if now.thermostat.last_changed is not None and now.thermostat.last_changed <= at:
        thermostat = replace(thermostat, last_reported=now.thermostat.last_reported)
    if len(previous.last_reported) != len(now.last_reported):
        return replace(previous, thermostat=thermostat)
    reports = zip(previous.last_reported, now.last_reported, now.last_changed, strict=True)
    reported = tuple(
        later if changed is not None and changed <= at else before
        for before, later, changed in reports
    )
    return replace(previous, last_reported=reported, thermostat=thermostat)


def _track_report(
    interval: ReportingInterval,
    reported_at: datetime | None,
    changed_at: datetime | None,
    looked_at: datetime,
) -> ReportingInterval:
    if reported_at == interval.reported_at:
        return interval
    if interval.is_fixed:
        return replace(interval, reported_at=reported_at)
    since, period = interval.tracked_since or reported_at, interval.period_start or reported_at
    if (
        reported_at is None
        or since is None
        or period is None
        or interval.reported_at is None
        or reported_at < interval.reported_at
    ):
        # It went, came, or the clock was set back: how long it was silent, nobody knows.
        return replace(interval, reported_at=reported_at, tracked_since=since, period_start=period)
    silence = max(looked_at - interval.reported_at, NO_TIME)
    is_repeat = (
        changed_at is not None
        and reported_at - max(changed_at, interval.reported_at) > DUPLICATE_REPORT_WINDOW
    )
    recent, earlier, repeats = interval.recent_silences, interval.earlier_silences, interval.repeats
    if reported_at - period >= REPORTING_PERIOD:
        recent, earlier, repeats, period = (), recent, repeats // 2, reported_at
    followed = ReportingInterval(
        reported_at=reported_at,
        tracked_since=min(since, reported_at),
        repeats=min(repeats + is_repeat, 2 * REPORTING_MIN_REPEATS),
        period_start=min(period, reported_at),
        recent_silences=_longest(silence, *recent),
        earlier_silences=earlier,
    )
    return replace(followed, stale_after=_stale_after(followed))


def _longest(*silences: timedelta) -> tuple[timedelta, ...]:
    return tuple(sorted(silences, reverse=True)[:REPORTING_RANK])


def _stale_after(interval: ReportingInterval) -> timedelta | None:
    silences = _longest(*interval.recent_silences, *interval.earlier_silences)
    if (
        interval.reported_at is None
        or interval.tracked_since is None
        or interval.reported_at - interval.tracked_since < REPORTING_LEARN_TIME
    ):
        return None
    if interval.repeats < REPORTING_MIN_REPEATS or len(silences) < REPORTING_RANK:
        return None
    limit = max(STALE_FACTOR * silences[-1], STALE_FLOOR)
    return limit if limit <= STALE_CEILING else None
