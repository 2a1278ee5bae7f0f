"""Cut, join, thin out and merge the archived history, which is kept as long ledgers."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, tzinfo
from operator import attrgetter

from ..model import Cause, Heat, HeatState, Run
from ..settings.guard import MAX_MONTHS
from . import days
from .energy import Amounts
from .ledger import AUX_STATES, Ledger, Point, Totals, open_ledger

_instant = attrgetter("at")
_run_start = attrgetter("start")

ARCHIVE_SEASON_MONTH = 7
"""A segment runs from July to June, UTC: one heating season of the northern hemisphere."""


QUARTER_MINUTES = 15
"""Minutes. Time zone offsets are multiples of it."""

ROUNDING_TOLERANCE = 1e-3
"""Seconds or kWh. Two ledgers of the same time that differ by less are equal."""


@dataclass(frozen=True, slots=True)
class ArchiveSegment:
    """The archived points and runs of one season."""

    points: tuple[Point, ...] = ()
    runs: tuple[Run, ...] = ()
    """The runs that have ended."""
    rebuilds: int = 0
    """The number of rebuilds of the history before the segment was written."""

    def append(self, later: ArchiveSegment) -> ArchiveSegment:
        """Append a later segment, which takes precedence where the two overlap."""
        points, runs, rebuilds = self.points, self.runs, self.rebuilds
        if later.points:
            points, rebuilds = _points_before(points, later.points[0]), later.rebuilds
        if later.runs:
            runs = runs[: bisect_left(runs, later.runs[0].start, key=_run_start)]
        return ArchiveSegment((*points, *later.points), (*runs, *later.runs), rebuilds)

    def thin(self, until: datetime) -> ArchiveSegment:
        """Thin out the points before an instant to the starts of hours in any time zone.

        The totals at the kept points stay exact. The changes between them are lost. All runs are
        kept.
        """
        cut = bisect_left(self.points, until, key=_instant)
        kept: list[Point] = []
        for point in self.points[:cut]:
            if (
                not kept
                or _is_quarter_hour(point.at)
                or _hour_start(point.at) != _hour_start(kept[-1].at)
            ):
                kept.append(point)
        return self if len(kept) == cut else replace(self, points=(*kept, *self.points[cut:]))

    def to_ledger(self, run: Run | None = None) -> Ledger | None:
        """Return a ledger of the archive only, with the last run if the caller knows it."""
        if not self.points:
            return None
        last = self.points[-1]
        runs = tuple(ended.limit_to(last.at) for ended in self.runs)
        last_run = runs[-1] if runs else None
        if run is not None and (last_run is None or run.start > last_run.start):
            last_run = run.limit_to(last.at)
        return Ledger(
            at=last.at,
            amounts=last.amounts,
            months=self.points[:1],
            points=self.points,
            run=last_run,
            runs=runs,
        )


def season_year(at: datetime) -> int:
    """Return the year in which the archive season of an instant starts."""
    utc = at.astimezone(UTC)
    return utc.year if utc.month >= ARCHIVE_SEASON_MONTH else utc.year - 1


def _points_before(points: tuple[Point, ...], first: Point) -> tuple[Point, ...]:
    """Return the points that come before the first point of a later series.

    Instants are not enough to compare: after the clock was set back, the same hour is counted
    twice.
    """
    return points[: bisect_left(points, True, key=lambda point: not _is_before(point, first))]


def _is_before(point: Point, later: Point) -> bool:
    return point.at < later.at and point.totals.is_within(later.totals)


def _is_quarter_hour(at: datetime) -> bool:
    # Time zone offsets are multiples of a quarter of an hour.
    return not (at.minute % QUARTER_MINUTES or at.second or at.microsecond)


def _hour_start(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def unarchived_points(ledger: Ledger, archived: Point | None) -> tuple[Point, ...]:
    """Return the points of a ledger from the last archived one on, or all if none is archived.

    If the clock was set back since, the points counted after that are not in the archive, although
    they are earlier.
    """
    if archived is None or archived.at > ledger.at:
        return ledger.points
    return ledger.points[len(_points_before(ledger.points, archived)) :]


def split_by_season(ledger: Ledger, archived: Point | None = None) -> dict[int, ArchiveSegment]:
    """Return the points from the last archived one on, and all runs, by season."""
    points: dict[int, list[Point]] = {}
    for point in unarchived_points(ledger, archived):
        points.setdefault(season_year(point.at), []).append(point)
    runs: dict[int, list[Run]] = {}
    for run in ledger.runs:
        # All runs: one that was last seen before the last archived point may have ended after it.
        runs.setdefault(season_year(run.start), []).append(run)
    return {
        year: ArchiveSegment(tuple(points.get(year, ())), tuple(runs.get(year, ())))
        for year in sorted({*points, *runs})
    }


def prepend(ledger: Ledger, earlier: ArchiveSegment) -> Ledger:
    """Return the ledger with the earlier points and runs of an archive segment."""
    points = _points_before(earlier.points, ledger.points[0])
    kept = _all_runs(ledger)
    before = earlier.runs[
        : bisect_left(earlier.runs, kept[0].start if kept else ledger.at, key=_run_start)
    ]
    # The clock may have been ahead when the runs were written.
    runs = (run.limit_to(ledger.at) for run in before)
    return replace(ledger, points=(*points, *ledger.points), runs=(*runs, *ledger.runs))


def is_outdated(ledger: Ledger, segment: ArchiveSegment) -> bool:
    """Return True if the archive has counted more than the stored ledger.

    The stored ledger is older if it was restored from a backup, or if Home Assistant was killed
    before it could write the ledger. The totals are compared, not the instants, because the clock
    may have been set back in between.
    """
    return bool(segment.points) and not segment.points[-1].totals.is_within(
        ledger.totals, ROUNDING_TOLERANCE
    )


def with_time_zone(ledger: Ledger, zone: tzinfo) -> Ledger:
    """Return the ledger with the starts of months in another time zone.

    Starts of months before the first known point cannot be moved.
    """
    start, *months = ledger.months
    first = ledger.points[0].at
    kept = [month for month in months if month.at < first]
    kept += [
        _make_point(ledger, at) for at in _month_starts(first, ledger.at, zone) if at > start.at
    ]
    return replace(ledger, months=(start, *kept[-MAX_MONTHS:]))


def as_of(ledger: Ledger, at: datetime) -> Ledger:
    """Return the ledger as it was at an instant.

    The instant is limited to the known points of the ledger. If it is before the start of
    counting, the ledger is empty and starts at the instant. Where points were thinned out, the
    next instant with exact totals is used.
    """
    if at <= ledger.months[0].at:
        return open_ledger(at)
    at = _next_known_instant(ledger, min(max(at, ledger.points[0].at), ledger.at))
    now = _make_point(ledger, at)
    runs = [run for run in _all_runs(ledger) if run.start < at]
    runs[-1:] = [_run_as_of(ledger, run, at) for run in runs[-1:]]
    return Ledger(
        at=at,
        amounts=now.amounts,
        months=tuple(point for point in ledger.months if point.at <= at) or (now,),
        points=(*ledger.points[: bisect_left(ledger.points, at, key=_instant)], now),
        run=runs[-1] if runs else None,
        runs=tuple(run for run in runs if not run.is_running),
    )


def _next_known_instant(ledger: Ledger, at: datetime) -> datetime:
    index = bisect_left(ledger.points, at, key=_instant)
    if not 0 < index < len(ledger.points):
        return at
    before, after = ledger.points[index - 1], ledger.points[index]
    expected = replace(before.totals_at(after.at), cycles=after.totals.cycles)
    return at if expected.is_close_to(after.totals) else after.at


@dataclass(frozen=True, slots=True)
class CoverageGap:
    """Signals that a new ledger lacks from an instant on, but an old ledger may have."""

    since: datetime
    is_aux_missing: bool
    """Whether a signal that can report aux heat is missing."""
    is_other_missing: bool
    """Whether the thermostat, or a signal of other heating equipment, is missing."""


def merge(base: Ledger, old: Ledger, new: Ledger, gaps: tuple[CoverageGap, ...] = ()) -> Ledger:
    """Continue a ledger with two others; the old one fills the gaps of the new one.

    All three start at the same instant, and the result ends with the new ledger. It lacks the
    starts of months. The gaps are in order. Before the first gap, the new ledger has all signals.
    """
    times = {
        old.at,
        new.at,
        *(point.at for one in (old, new) for point in one.points),
        *(gap.since for gap in gaps),
    }
    # Each step needs the last point only, so the growing lists of points and runs are kept here
    # instead of being copied in each step.
    ledger, points, runs = base, [*base.points[:-1]], [*base.runs]
    for until in sorted(at for at in times if base.at < at <= new.at):
        ledger = _merge_interval(
            replace(ledger, points=ledger.points[-1:], runs=()),
            old,
            new,
            until,
            _gap_at(gaps, ledger.at),
        )
        points += ledger.points[:-1]
        runs += ledger.runs
    causes = _known_causes(old) | _known_causes(new)
    run = None if ledger.run is None else _with_cause(ledger.run, causes)
    return replace(
        ledger,
        points=(*points, ledger.points[-1]),
        run=run,
        runs=tuple(_with_cause(run, causes) for run in runs),
    )


def _known_causes(ledger: Ledger) -> dict[datetime, Cause]:
    return {run.start: run.cause for run in _all_runs(ledger) if run.cause is not Cause.UNKNOWN}


def _with_cause(run: Run, causes: Mapping[datetime, Cause]) -> Run:
    """Return a run with its cause from the known causes by start of run, if any."""
    return replace(run, cause=causes.get(run.start, run.cause))


def _gap_at(gaps: tuple[CoverageGap, ...], at: datetime) -> CoverageGap | None:
    index = bisect_right(gaps, at, key=attrgetter("since"))
    return gaps[index - 1] if index else None


def _is_old_better(new_point: Point, old_point: Point, gap: CoverageGap | None) -> bool:
    """Return True if the old ledger knows more about an instant than the new one."""
    if not old_point.is_aux_known or not new_point.is_aux_known:
        return old_point.is_aux_known
    if gap is None or not (gap.is_aux_missing or gap.is_other_missing):
        return False
    if _is_aux(new_point) is _is_aux(old_point):
        # The old ledger knew from more signals what heats besides aux heat.
        return old_point.state is not HeatState.UNKNOWN
    return gap.is_aux_missing and _is_aux(old_point)


def _is_aux(point: Point) -> bool:
    return point.state in AUX_STATES


def _merge_interval(
    ledger: Ledger, old: Ledger, new: Ledger, until: datetime, gap: CoverageGap | None
) -> Ledger:
    """Advance the merged ledger through an interval without changes in either ledger."""
    at = ledger.at
    new_point, old_point = _point_at(new, at), _point_at(old, at)
    source, point = (
        (old, old_point) if _is_old_better(new_point, old_point, gap) else (new, new_point)
    )
    is_agreed = new_point.is_aux_known and _is_aux(new_point) is _is_aux(point)
    amounts = (
        _best_amounts(old, new, at, until)
        if source is new or is_agreed
        else _amounts_between(old, at, until)
    )
    is_aux_on = point.state in AUX_STATES if point.is_aux_known else None
    following = ledger.record_state(Heat(state=point.state, aux=is_aux_on), amounts.outdoor)
    if following is ledger and at > ledger.points[-1].at:
        following = ledger.add_mark()
    return _add_thinned_counts(following.advance(until, amounts), source, at)


def _amounts_between(ledger: Ledger, at: datetime, until: datetime) -> Amounts:
    return ledger.cumulative_at(until)[1] - ledger.cumulative_at(at)[1]


def _best_amounts(old: Ledger, new: Ledger, at: datetime, until: datetime) -> Amounts:
    """Return the amounts of an interval from the ledger that knows more about it."""
    before, now = _amounts_between(old, at, until), _amounts_between(new, at, until)
    knows_less = (
        now.unmeasured > before.unmeasured + ROUNDING_TOLERANCE
        or now.unpriced > before.unpriced + ROUNDING_TOLERANCE
    )
    if (
        knows_less
        and before.kwh >= now.kwh - ROUNDING_TOLERANCE
        and _point_at(old, at).is_aux_known
    ):
        now = replace(
            before, degree_seconds=now.degree_seconds, outdoor_seconds=now.outdoor_seconds
        )
    if before.outdoor_seconds > now.outdoor_seconds + ROUNDING_TOLERANCE:
        now = replace(
            now, degree_seconds=before.degree_seconds, outdoor_seconds=before.outdoor_seconds
        )
    return now


def _add_thinned_counts(ledger: Ledger, source: Ledger, since: datetime) -> Ledger:
    """Add the totals that a ledger counted in an interval whose points were thinned out."""
    point = ledger.points[-1]
    totals = point.totals - (_totals_after(source, since) - _totals_after(source, ledger.at))
    if (
        totals.cycles > point.totals.cycles
        and point.state not in AUX_STATES
        and _point_at(source, ledger.at).state in AUX_STATES
    ):
        # Aux heat turns on at the end of the interval: the next change of state counts that cycle.
        totals = replace(totals, cycles=totals.cycles - 1)
    if totals.is_close_to(ledger.totals):
        return ledger
    return replace(
        ledger,
        points=(
            *ledger.points,
            replace(point, at=ledger.at, totals=totals, amounts=ledger.amounts),
        ),
    )


def _totals_after(ledger: Ledger, at: datetime) -> Totals:
    """Return the totals that a ledger has counted up to and including an instant."""
    index = bisect_right(ledger.points, at, key=_instant)
    totals = ledger.points[max(index - 1, 0)].totals_at(min(at, ledger.at))
    return totals.limit_to(ledger.points[index].totals) if index < len(ledger.points) else totals


def _point_at(ledger: Ledger, at: datetime) -> Point:
    """Return the point of a ledger that holds at an instant, or an unknown state outside of it."""
    if ledger.points[0].at <= at < ledger.at:
        return ledger.points[bisect_right(ledger.points, at, key=_instant) - 1]
    return Point(at=at, state=HeatState.UNKNOWN, is_aux_known=False, totals=ledger.totals)


def _make_point(ledger: Ledger, at: datetime) -> Point:
    """Return a point at an instant, with the state just before the instant."""
    totals, amounts = ledger.cumulative_at(at)
    before = ledger.points[max(bisect_left(ledger.points, at, key=_instant) - 1, 0)]
    return replace(before, at=at, totals=totals, amounts=amounts)


def _all_runs(ledger: Ledger) -> tuple[Run, ...]:
    """Return the ended runs, followed by the current run if there is one."""
    return (*ledger.runs, ledger.run) if ledger.run and ledger.run.is_running else ledger.runs


def _run_as_of(ledger: Ledger, run: Run, at: datetime) -> Run:
    """Return a run as it was known at an instant after its start."""
    last_seen, running = at, True
    for point in reversed(ledger.points[: bisect_left(ledger.points, at, key=_instant)]):
        if point.state in AUX_STATES:
            break
        last_seen, running = point.at, running and not point.is_aux_known
    (totals, amounts), (until, drawn) = (
        ledger.cumulative_at(at),
        ledger.cumulative_at(max(at, run.last_seen)),
    )
    return replace(
        run,
        last_seen=max(run.start, min(last_seen, run.last_seen)),
        seconds=max(run.seconds - (until.aux - totals.aux), 0.0),
        is_running=running,
        kwh=run.kwh - (drawn.kwh - amounts.kwh),
        cost=run.cost - (drawn.cost - amounts.cost),
    )


def _month_starts(after: datetime, until: datetime, zone: tzinfo) -> Iterator[datetime]:
    month = after.astimezone(zone).date().replace(day=1)
    while (start := days.midnight(month, zone)) <= until:
        if start >= after:
            yield start
        month = date(month.year + month.month // 12, month.month % 12 + 1, 1)
