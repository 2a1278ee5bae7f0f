"""The history that is no longer at hand: cut, joined and looked at again. All of it are ledgers, with longer lines."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, tzinfo
from operator import attrgetter

from ..model import Cause, Heat, HeatState, Run
from ..settings.guard import KEPT_MONTHS
from . import days
from . import ledger as ledgers
from .energy import Amounts
from .ledger import AUX_STATES, Ledger, Point, Totals

_instant = attrgetter("at")
_run_start = attrgetter("start")

CHAPTER_MONTH = 7
"""A chapter goes from July to June, in UTC: one heating season of the northern half of the earth, whatever season the user chose."""


QUARTER = 15
"""min"""

ROUNDING = 1e-3
"""s or kWh. Two accounts of the same that differ by less say the same."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """What is kept of one season."""

    points: tuple[Point, ...] = ()
    runs: tuple[Run, ...] = ()
    """Those that have ended."""
    rebuilds: int = 0
    """How often the history was rebuilt before this was written."""


def chapter_of(at: datetime) -> int:
    """Name the chapter an instant belongs to, by the year in which it starts."""
    utc = at.astimezone(UTC)
    return utc.year if utc.month >= CHAPTER_MONTH else utc.year - 1


def extended(chapter: Chapter, later: Chapter) -> Chapter:
    """Put behind a chapter what comes after it. Where both tell of a time, as after a clock that was set back, the later account holds."""
    points, runs, rebuilds = chapter.points, chapter.runs, chapter.rebuilds
    if later.points:
        points, rebuilds = _points_before(points, later.points[0]), later.rebuilds
    if later.runs:
        runs = runs[: bisect_left(runs, later.runs[0].start, key=_run_start)]
    return Chapter((*points, *later.points), (*runs, *later.runs), rebuilds)


def _points_before(points: tuple[Point, ...], first: Point) -> tuple[Point, ...]:
    """Return the points of a line that another line, which starts with a given point, can follow.

    Instants alone do not tell: after a clock that was set back, the same hour is counted twice.
    """
    return points[: bisect_left(points, True, key=lambda point: not _precedes(point, first))]


def _precedes(point: Point, later: Point) -> bool:
    return point.at < later.at and point.totals.is_within(later.totals)


def thin(chapter: Chapter, until: datetime) -> Chapter:
    """Keep only the points before an instant at which a day or an hour starts in any time zone, or the first one of each hour.

    The totals at those stay exact; in between, it is no longer known when something changed. All runs are kept.
    """
    cut = bisect_left(chapter.points, until, key=_instant)
    kept: list[Point] = []
    for point in chapter.points[:cut]:
        if not kept or _is_on_quarter(point.at) or _hour(point.at) != _hour(kept[-1].at):
            kept.append(point)
    return chapter if len(kept) == cut else replace(chapter, points=(*kept, *chapter.points[cut:]))


def _is_on_quarter(at: datetime) -> bool:
    # Zones are off by quarters of an hour at the least.
    return not (at.minute % QUARTER or at.second or at.microsecond)


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def unarchived_points(ledger: Ledger, archived: Point | None) -> tuple[Point, ...]:
    """Return the points of a ledger from the last archived one on; all of them if none is archived.

    The clock may have been set back since: then the points counted after that are not in the archive, although they are earlier.
    """
    if archived is None or archived.at > ledger.at:
        return ledger.points
    return ledger.points[len(_points_before(ledger.points, archived)) :]


def by_chapter(ledger: Ledger, archived: Point | None = None) -> dict[int, Chapter]:
    """Cut what a ledger has from the last archived point on, and all runs it has at hand, into chapters."""
    points: dict[int, list[Point]] = {}
    for point in unarchived_points(ledger, archived):
        points.setdefault(chapter_of(point.at), []).append(point)
    runs: dict[int, list[Run]] = {}
    for run in ledger.runs:
        # One that was last seen long ago may have ended, as nobody saw, only now.
        runs.setdefault(chapter_of(run.start), []).append(run)
    return {
        year: Chapter(tuple(points.get(year, ())), tuple(runs.get(year, ())))
        for year in sorted({*points, *runs})
    }


def lengthened(ledger: Ledger, earlier: Chapter) -> Ledger:
    """Put before a ledger what it no longer has at hand."""
    points = _points_before(earlier.points, ledger.points[0])
    at_hand = _all_runs(ledger)
    before = earlier.runs[
        : bisect_left(earlier.runs, at_hand[0].start if at_hand else ledger.at, key=_run_start)
    ]
    # The clock may have been ahead when they were written.
    runs = (ledgers.limit_run(run, ledger.at) for run in before)
    return replace(ledger, points=(*points, *ledger.points), runs=(*runs, *ledger.runs))


def is_outdated(ledger: Ledger, chapter: Chapter) -> bool:
    """Return True if the archive has counted more than a ledger from the small file.

    The small file is older if it was restored from a backup, or if Home Assistant was killed before it could be written. What was counted
    tells, not the instants: the clock may have been set back in between.
    """
    return bool(chapter.points) and not chapter.points[-1].totals.is_within(ledger.totals, ROUNDING)


def revived(chapter: Chapter, run: Run | None = None) -> Ledger | None:
    """Make a ledger of the archive alone; with the last run that is known from elsewhere, which may go on."""
    if not chapter.points:
        return None
    last = chapter.points[-1]
    runs = tuple(ledgers.limit_run(ended, last.at) for ended in chapter.runs)
    known = runs[-1] if runs else None
    if run is not None and (known is None or run.start > known.start):
        known = ledgers.limit_run(run, last.at)
    return Ledger(last.at, last.amounts, chapter.points[:1], chapter.points, known, runs)


def rezoned(ledger: Ledger, zone: tzinfo) -> Ledger:
    """Find the starts of the months anew, in another time zone. Those before the first known point cannot be moved, and stay."""
    start, *months = ledger.months
    first = ledger.points[0].at
    kept = [month for month in months if month.at < first]
    kept += [_mark(ledger, at) for at in _month_starts(first, ledger.at, zone) if at > start.at]
    return replace(ledger, months=(start, *kept[-KEPT_MONTHS:]))


def reopened(ledger: Ledger, at: datetime) -> Ledger:
    """Go back to an instant: the ledger as it was then. One before its start becomes the start; else it must have points at both sides.

    Where points were thinned out, it goes back to the next instant of which everything is known.
    """
    if at <= ledger.months[0].at:
        return ledgers.opened(at)
    at = _known_from(ledger, min(max(at, ledger.points[0].at), ledger.at))
    now = _mark(ledger, at)
    runs = [run for run in _all_runs(ledger) if run.start < at]
    runs[-1:] = [_as_of(ledger, run, at) for run in runs[-1:]]
    return Ledger(
        at,
        now.amounts,
        tuple(point for point in ledger.months if point.at <= at) or (now,),
        (*ledger.points[: bisect_left(ledger.points, at, key=_instant)], now),
        runs[-1] if runs else None,
        tuple(run for run in runs if not run.running),
    )


def _known_from(ledger: Ledger, at: datetime) -> datetime:
    index = bisect_left(ledger.points, at, key=_instant)
    if not 0 < index < len(ledger.points):
        return at
    before, after = ledger.points[index - 1], ledger.points[index]
    carried = replace(before.totals_at(after.at), cycles=after.totals.cycles)
    return at if carried.is_close_to(after.totals) else after.at


@dataclass(frozen=True, slots=True)
class Blank:
    """From an instant on, what a new account knows nothing of, though the old one may have seen it."""

    at: datetime
    aux: bool
    """A sign that can show that the strips run."""
    other: bool
    """A sign of what else heats, or the thermostat."""


def merged(begin: Ledger, old: Ledger, new: Ledger, blanks: tuple[Blank, ...] = ()) -> Ledger:
    """Go on from a ledger by two accounts of the time since: what the new one did not see is taken from the old one.

    All three start at the same instant; the result ends where the new one does. The starts of months are not in it. The blanks are in
    order; before the first one, the new account saw everything.
    """
    times = {
        old.at,
        new.at,
        *(point.at for account in (old, new) for point in account.points),
        *(blank.at for blank in blanks),
    }
    # Only its last point matters for what comes next: a line that grows is not handed from step to step.
    ledger, points, runs = begin, [*begin.points[:-1]], [*begin.runs]
    for until in sorted(at for at in times if begin.at < at <= new.at):
        ledger = _gone_on(
            replace(ledger, points=ledger.points[-1:], runs=()),
            old,
            new,
            until,
            _blank_at(blanks, ledger.at),
        )
        points += ledger.points[:-1]
        runs += ledger.runs
    why = _causes(old) | _causes(new)
    run = None if ledger.run is None else _explained(ledger.run, why)
    return replace(
        ledger,
        points=(*points, ledger.points[-1]),
        run=run,
        runs=tuple(_explained(run, why) for run in runs),
    )


def _causes(account: Ledger) -> dict[datetime, Cause]:
    return {run.start: run.cause for run in _all_runs(account) if run.cause is not Cause.UNKNOWN}


def _explained(run: Run, why: Mapping[datetime, Cause]) -> Run:
    """Say of a run why it happened, where an account that saw it begin knows."""
    return replace(run, cause=why.get(run.start, run.cause))


def _blank_at(blanks: tuple[Blank, ...], at: datetime) -> Blank | None:
    index = bisect_right(blanks, at, key=_instant)
    return blanks[index - 1] if index else None


def _is_old_better(seen: Point, missed: Point, blank: Blank | None) -> bool:
    """Return True if the old account knows more of an instant than the new one, by what each tells of it."""
    if not missed.strips_seen or not seen.strips_seen:
        return missed.strips_seen
    if blank is None or not (blank.aux or blank.other):
        return False
    if _is_aux(seen) is _is_aux(missed):
        # What heats besides, the old one knew from more signs.
        return missed.state is not HeatState.UNKNOWN
    return blank.aux and _is_aux(missed)


def _is_aux(point: Point) -> bool:
    return point.state in AUX_STATES


def _gone_on(
    ledger: Ledger, old: Ledger, new: Ledger, until: datetime, blank: Blank | None
) -> Ledger:
    """Go on through a time in which nothing changes in either account."""
    at = ledger.at
    seen, missed = _seen_at(new, at), _seen_at(old, at)
    account, point = (old, missed) if _is_old_better(seen, missed, blank) else (new, seen)
    is_agreed = seen.strips_seen and _is_aux(seen) is _is_aux(point)
    amounts = (
        _better_known(old, new, at, until)
        if account is new or is_agreed
        else _drawn(old, at, until)
    )
    strips = point.state in AUX_STATES if point.strips_seen else None
    turned = ledgers.turned(ledger, Heat(point.state, strips), amounts.outdoor)
    if turned is ledger and at > ledger.points[-1].at:
        turned = ledgers.marked(ledger)
    return _made_good(ledgers.counted(turned, until, amounts), account, at)


def _drawn(account: Ledger, at: datetime, until: datetime) -> Amounts:
    return account.before(until)[1] - account.before(at)[1]


def _better_known(old: Ledger, new: Ledger, at: datetime, until: datetime) -> Amounts:
    """Take what was drawn, and how warm it was, from the account that knows more of it: the meter may be recorded no more."""
    before, now = _drawn(old, at, until), _drawn(new, at, until)
    knows_less = (
        now.unmeasured > before.unmeasured + ROUNDING or now.unpriced > before.unpriced + ROUNDING
    )
    if knows_less and before.kwh >= now.kwh - ROUNDING and _seen_at(old, at).strips_seen:
        now = replace(
            before, degree_seconds=now.degree_seconds, outdoor_seconds=now.outdoor_seconds
        )
    if before.outdoor_seconds > now.outdoor_seconds + ROUNDING:
        now = replace(
            now, degree_seconds=before.degree_seconds, outdoor_seconds=before.outdoor_seconds
        )
    return now


def _made_good(ledger: Ledger, account: Ledger, since: datetime) -> Ledger:
    """Count what happened between two points of an account beside what its state tells: there were more, which were thinned out."""
    point = ledger.points[-1]
    totals = point.totals - (_settled(account, since) - _settled(account, ledger.at))
    if (
        totals.cycles > point.totals.cycles
        and point.state not in AUX_STATES
        and _seen_at(account, ledger.at).state in AUX_STATES
    ):
        # One of them comes on now: the next change of state will count it.
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


def _settled(account: Ledger, at: datetime) -> Totals:
    """Tell all that an account has counted at an instant, with what happened at it."""
    index = bisect_right(account.points, at, key=_instant)
    totals = account.points[max(index - 1, 0)].totals_at(min(at, account.at))
    return totals.at_most(account.points[index].totals) if index < len(account.points) else totals


def _seen_at(account: Ledger, at: datetime) -> Point:
    """Find what an account tells of an instant; outside of it, nothing."""
    if account.points[0].at <= at < account.at:
        return account.points[bisect_right(account.points, at, key=_instant) - 1]
    return Point(at, HeatState.UNKNOWN, strips_seen=False, totals=account.totals)


def _mark(ledger: Ledger, at: datetime) -> Point:
    """Set a point at an instant, before what happened at it."""
    totals, amounts = ledger.before(at)
    before = ledger.points[max(bisect_left(ledger.points, at, key=_instant) - 1, 0)]
    return replace(before, at=at, totals=totals, amounts=amounts)


def _all_runs(ledger: Ledger) -> tuple[Run, ...]:
    """Put the run that goes on behind those that ended."""
    return (*ledger.runs, ledger.run) if ledger.run and ledger.run.running else ledger.runs


def _as_of(ledger: Ledger, run: Run, at: datetime) -> Run:
    """Tell a run as it was known at an instant after its start."""
    last_seen, running = at, True
    for point in reversed(ledger.points[: bisect_left(ledger.points, at, key=_instant)]):
        if point.state in AUX_STATES:
            break
        last_seen, running = point.at, running and not point.strips_seen
    (totals, amounts), (until, drawn) = ledger.before(at), ledger.before(max(at, run.last_seen))
    return replace(
        run,
        last_seen=max(run.start, min(last_seen, run.last_seen)),
        seconds=max(run.seconds - (until.aux - totals.aux), 0.0),
        running=running,
        kwh=run.kwh - (drawn.kwh - amounts.kwh),
        cost=run.cost - (drawn.cost - amounts.cost),
    )


def _month_starts(after: datetime, until: datetime, zone: tzinfo) -> Iterator[datetime]:
    month = after.astimezone(zone).date().replace(day=1)
    while (start := days.midnight(month, zone)) <= until:
        if start >= after:
            yield start
        month = date(month.year + month.month // 12, month.month % 12 + 1, 1)
