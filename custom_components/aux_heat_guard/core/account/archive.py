"""The history that is no longer at hand: cut, joined and looked at again. All of it are ledgers, with longer lines."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, tzinfo
from itertools import pairwise
from operator import attrgetter

from ..model import Heat, HeatState, Run
from ..settings import KEPT_MONTHS
from . import days
from . import ledger as ledgers
from .ledger import AUX_STATES, Ledger, Point

_instant = attrgetter("at")
_run_start = attrgetter("start")

CHAPTER_MONTH = 7
"""A chapter goes from July to June, in UTC: one heating season of the northern half of the earth, whatever season the user chose."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """What is kept of one season."""

    points: tuple[Point, ...] = ()
    runs: tuple[Run, ...] = ()
    """Those that have ended."""


def chapter_of(at: datetime) -> int:
    """Name the chapter an instant belongs to, by the year in which it starts."""
    utc = at.astimezone(UTC)
    return utc.year if utc.month >= CHAPTER_MONTH else utc.year - 1


def extended(chapter: Chapter, later: Chapter) -> Chapter:
    """Put behind a chapter what comes after it; what it has already stays as it is."""
    points, runs = later.points, later.runs
    had = chapter.points
    if had:
        points = points[bisect_left(points, had[-1].at, key=_instant) :]
        if points and points[0].at == had[-1].at:
            # Of one instant, the later account has all points.
            had = had[: bisect_left(had, points[0].at, key=_instant)]
    if chapter.runs:
        runs = runs[bisect_right(runs, chapter.runs[-1].start, key=_run_start) :]
    return Chapter((*had, *points), (*chapter.runs, *runs))


def points_from(ledger: Ledger, since: datetime) -> tuple[Point, ...]:
    """Find the points at or after an instant."""
    return ledger.points[bisect_left(ledger.points, since, key=_instant) :]


def by_chapter(ledger: Ledger, since: datetime) -> dict[int, Chapter]:
    """Cut what a ledger has from an instant on, and all runs it has at hand, into chapters."""
    points: dict[int, list[Point]] = {}
    for point in points_from(ledger, since):
        points.setdefault(chapter_of(point.at), []).append(point)
    runs: dict[int, list[Run]] = {}
    for run in ledger.runs:
        # One that was last seen long ago may have ended, as nobody saw, only now.
        runs.setdefault(chapter_of(run.start), []).append(run)
    return {year: Chapter(tuple(points.get(year, ())), tuple(runs.get(year, ()))) for year in sorted({*points, *runs})}


def lengthened(ledger: Ledger, earlier: Chapter) -> Ledger:
    """Put before a ledger what it no longer has at hand."""
    points = earlier.points[: bisect_left(earlier.points, ledger.points[0].at, key=_instant)]
    first = ledger.runs[0].start if ledger.runs else ledger.run.start if ledger.run else ledger.at
    runs = earlier.runs[: bisect_left(earlier.runs, first, key=_run_start)]
    return replace(ledger, points=(*points, *ledger.points), runs=(*runs, *ledger.runs))


def revived(chapter: Chapter) -> Ledger | None:
    """Make a ledger of the history alone, where nothing else is left."""
    if not chapter.points:
        return None
    last = chapter.points[-1]
    return Ledger(last.at, last.amounts, chapter.points[:1], chapter.points, chapter.runs[-1] if chapter.runs else None, chapter.runs)


def rezoned(ledger: Ledger, zone: tzinfo) -> Ledger:
    """Find the starts of the months anew, in another time zone."""
    start = ledger.months[0]
    months = [_mark(ledger, at) for at in _month_starts(max(start.at, ledger.points[0].at), ledger.at, zone)]
    return replace(ledger, months=(start, *months[1 - KEPT_MONTHS :]))


def reopened(ledger: Ledger, at: datetime) -> Ledger:
    """Go back to an instant: the ledger as it was then. One before its start becomes the start."""
    if at <= ledger.months[0].at:
        return ledgers.opened(at)
    at = max(at, ledger.points[0].at)
    now = _mark(ledger, at)
    before = tuple(run for run in ledger.runs if run.last_seen <= at)
    over = [run for run in (*ledger.runs, *([ledger.run] if ledger.run else [])) if run.start < at < run.last_seen]
    run = _cut(ledger, over[0], at) if over else before[-1] if before else None
    return Ledger(
        at,
        now.amounts,
        tuple(point for point in ledger.months if point.at <= at) or (now,),
        (*ledger.points[: bisect_left(ledger.points, at, key=_instant)], now),
        run,
        before,
    )


def merged(begin: Ledger, old: Ledger, new: Ledger) -> Ledger:
    """Go on from a ledger by two accounts of the time since: what the new one did not see is taken from the old one.

    All three start at the same instant; the result ends where the new one does.
    """
    ledger = begin
    times = sorted({begin.at, *(point.at for account in (old, new) for point in account.points if begin.at < point.at < new.at)})
    for at, until in pairwise([*times, new.at]):
        seen, missed = _point_at(new, at), _point_at(old, at)
        account, point = (new, seen) if seen.strips_seen or not missed.strips_seen else (old, missed)
        amounts = account.before(until)[1] - account.before(at)[1]
        strips = point.state in AUX_STATES if point.strips_seen else None
        turned = ledgers.turned(ledger, Heat(point.state, strips), amounts.outdoor)
        if turned is ledger and at > begin.at:
            turned = ledgers.marked(ledger)
        ledger = ledgers.counted(turned, until, amounts)
    return ledger


def _point_at(ledger: Ledger, at: datetime) -> Point:
    if at > ledger.at:
        return Point(at, HeatState.UNKNOWN, strips_seen=False, totals=ledger.totals)
    return ledger.points[max(bisect_right(ledger.points, at, key=_instant) - 1, 0)]


def _mark(ledger: Ledger, at: datetime) -> Point:
    totals, amounts = ledger.before(at)
    # What changes at the very instant comes after it.
    before = ledger.points[max(bisect_left(ledger.points, at, key=_instant) - 1, 0)]
    return replace(before, at=at, totals=totals, amounts=amounts)


def _cut(ledger: Ledger, run: Run, at: datetime) -> Run:
    """Tell a run as it was at an instant within it."""
    (totals, amounts), (since, drawn) = ledger.before(at), ledger.before(run.start)
    return replace(
        run, last_seen=at, seconds=totals.aux - since.aux, running=True, kwh=amounts.kwh - drawn.kwh, cost=amounts.cost - drawn.cost
    )


def _month_starts(after: datetime, until: datetime, zone: tzinfo) -> Iterator[datetime]:
    month = after.astimezone(zone).date().replace(day=1)
    while (start := days.midnight(month, zone)) <= until:
        if start > after:
            yield start
        month = date(month.year + month.month // 12, month.month % 12 + 1, 1)
