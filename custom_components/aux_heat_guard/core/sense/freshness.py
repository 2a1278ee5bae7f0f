"""Learn how often each source reports, and find sources that went silent.

A source that reports only changes is never stale, however long nothing changes. A source that also
reports unchanged values, as every polled source does, has a usual interval. It is stale when it has
been silent for several times that interval.
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
    """The learned reporting interval of a source."""

    reported_at: datetime | None = None
    """The time of the last report, or None if the source is missing."""
    tracked_since: datetime | None = None
    """The time since which the source is tracked."""
    repeats: int = 0
    """The number of reports of unchanged values, halved each period."""
    period_start: datetime | None = None
    """The start of the current period."""
    recent_silences: tuple[timedelta, ...] = ()
    """The longest silences of this period, longest first."""
    earlier_silences: tuple[timedelta, ...] = ()
    """The longest silences of the previous period, longest first."""
    stale_after: timedelta | None = None
    """The length of a silence after which the source is stale, or None for never."""
    is_fixed: bool = False
    """Whether nothing is learned. Records show when a silence began, but not how often an unchanged
    value was reported."""

    def is_stale(self, at: datetime) -> bool:
        """Return True if the source has been silent for too long."""
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
    """Return the intervals to continue with after a time without observations."""
    return tuple(replace(interval, reported_at=None, is_fixed=False) for interval in intervals)


def freeze(intervals: ReportingIntervals) -> ReportingIntervals:
    """Return the intervals as they are known, without further learning."""
    return tuple(replace(interval, reported_at=None, is_fixed=True) for interval in intervals)


def has_new_reports(before: Observation | None, now: Observation) -> bool:
    """Return True if a source reported since an observation."""
    return (
        before is None
        or before.last_reported != now.last_reported
        or before.thermostat.last_reported != now.thermostat.last_reported
    )


def without_stale(observation: Observation, intervals: ReportingIntervals) -> Observation:
    """Return an observation without the readings of stale sources."""
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
    """Return when to check again, to find stale sources and to learn intervals."""
    if all(interval.reported_at is None for interval in intervals):
        return []
    times = (
        interval.reported_at + interval.stale_after
        for interval in intervals
        if interval.stale_after is not None and interval.reported_at is not None
    )
    return [*(time for time in times if time > at), at + REPORTING_CHECK_INTERVAL]


def with_reports_until(previous: Observation, now: Observation, at: datetime) -> Observation:
    """Return an observation with the repeated reports up to an instant that are known now."""
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
        # The source disappeared or appeared, or the clock was set back: the silence is unknown.
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
