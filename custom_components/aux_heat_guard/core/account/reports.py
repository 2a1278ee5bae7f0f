"""Report a period by hour, day, month or season, by run and by outdoor temperature."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from functools import cache
from itertools import pairwise

from ..model import Run
from ..settings.guard import Settings
from . import bins, days
from .bins import HeatingPeriod, OutdoorBin
from .energy import Amounts
from .figures import known_share
from .ledger import Ledger, Totals

EXCESS_WINDOWS = (1, 2, 3)
"""Hours. The windows for which the excess resistance score is reported."""

MIN_COVERAGE = 0.95
"""An hour with less coverage counts as unknown: EPA's figure for a day that lacks data."""

MAX_POINT_GAP = timedelta(hours=2)
"""The longest time between two points without a loss of history.

The ledger adds a point each hour.
"""


class Resolution(StrEnum):
    """The length of the rows of a report."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"
    SEASON = "season"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRequest:
    """The period [start, end) of a report, and its details."""

    start: datetime
    end: datetime
    resolution: Resolution
    edges: tuple[float, ...] = bins.FAHRENHEIT_EDGES
    """The edges of the bins by outdoor temperature, in °C, rising."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The figures of the time [start, end)."""

    start: datetime
    end: datetime
    totals: Totals
    amounts: Amounts
    coverage: float
    """The share of the time, 0 to 1, in which it is known whether aux heat ran."""
    heat_pump_coverage: float
    """The share of the time, 0 to 1, in which it is known whether the compressor ran."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The report of a period, as far as its history is known."""

    total: Row
    rows: tuple[Row, ...]
    """The rows in order, without gaps.

    The first and the last row may be parts of an hour, day, month or season.
    """
    runs: tuple[Run, ...]
    """The runs that overlap the period, each from its start to its end."""
    by_outdoor: tuple[OutdoorBin, ...]
    """The whole days by their mean outdoor temperature, see `bins.bin_by_outdoor`."""
    near_freezing: OutdoorBin
    excess_resistance: tuple[float | None, ...]
    """The score for each of the EXCESS_WINDOWS, see `bins.excess_resistance`."""


def build_report(ledger: Ledger, request: ReportRequest, settings: Settings) -> Report:
    """Return the report of a ledger whose points and runs reach back to the start of the period.

    Time before the first point, after the last count, or before a loss of history is left out. The
    start and end of the total row show what is covered.
    """
    start, end = _known_period(ledger, request)
    row = _row_builder(ledger)
    rows = [
        row(at, until) for at, until in pairwise(_edges(start, end, request.resolution, settings))
    ]
    whole_days = [
        _heating_period(row(at, until))
        for at, until in pairwise(midnights(start, end, settings.zone))
    ]
    hours = [_heating_hour(row(at, until)) for at, until in pairwise(_full_hours(start, end))]
    return Report(
        total=row(start, end),
        rows=tuple(rows),
        runs=tuple(_runs_in_period(ledger, start, end)),
        by_outdoor=bins.bin_by_outdoor(whole_days, request.edges),
        near_freezing=bins.near_freezing_bin(whole_days),
        excess_resistance=tuple(bins.excess_resistance(hours, window) for window in EXCESS_WINDOWS),
    )


def _known_period(ledger: Ledger, request: ReportRequest) -> tuple[datetime, datetime]:
    """Return the latest part of a period in which the history is complete."""
    start, end = max(request.start, ledger.points[0].at), min(request.end, ledger.at)
    for before, after in pairwise(ledger.points):
        if after.at - before.at > MAX_POINT_GAP and before.at < end:
            # The totals at the end of a loss include the lost time. A period that ends within a
            # loss is limited to the time before it.
            start, end = (
                (max(start, after.at + timedelta.resolution), end)
                if after.at <= end
                else (start, before.at)
            )
    return start, max(start, end)


def _row_builder(ledger: Ledger) -> Callable[[datetime, datetime], Row]:
    before = cache(ledger.cumulative_at)

    def row(start: datetime, end: datetime) -> Row:
        (totals, amounts), (earlier, less) = before(end), before(start)
        totals, length = totals - earlier, (end - start).total_seconds()
        # A row without length has no coverage.
        return Row(
            start=start,
            end=end,
            totals=totals,
            amounts=amounts - less,
            coverage=known_share(totals.aux_unknown, length) if length else 0.0,
            heat_pump_coverage=known_share(totals.heat_pump_unknown, length) if length else 0.0,
        )

    return row


def _edges(
    start: datetime, end: datetime, resolution: Resolution, settings: Settings
) -> list[datetime]:
    zone = settings.zone
    if resolution is Resolution.HOUR:
        return sorted({start, *_local_hours(start, end, zone), end})
    if resolution is Resolution.DAY:
        return sorted({start, *midnights(start, end, zone), end})
    only = settings.season_start_month if resolution is Resolution.SEASON else None
    return sorted({start, *_month_starts(start, end, zone, only), end})


def _local_hours(start: datetime, end: datetime, zone: tzinfo) -> Iterator[datetime]:
    """Yield the hours of the home's clock. A change by half an hour makes one hour short."""
    at = start
    while at < end:
        yield at
        local = at.astimezone(zone)
        at += days.HOUR - timedelta(
            minutes=local.minute, seconds=local.second, microseconds=local.microsecond
        )


def heating_between(ledger: Ledger, start: datetime, end: datetime) -> HeatingPeriod:
    """Return the heating between two instants."""
    return _heating_period(_row_builder(ledger)(start, end))


def midnights(start: datetime, end: datetime, zone: tzinfo) -> list[datetime]:
    """Yield the local midnights from one instant to another, both included."""
    first = start.astimezone(zone).date()
    found = [
        days.midnight(first + timedelta(days=day), zone) for day in range((end - start).days + 3)
    ]
    # A day that a time zone skipped starts and ends at the same instant.
    return sorted({at for at in found if start <= at <= end})


def _month_starts(
    start: datetime, end: datetime, zone: tzinfo, only: int | None
) -> Iterator[datetime]:
    """Yield the starts of local months in a period, or of one month of the year."""
    month = start.astimezone(zone).date().replace(day=1)
    while (at := days.midnight(month, zone)) < end:
        if at > start and only in {None, month.month}:
            yield at
        month = date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _full_hours(start: datetime, end: datetime) -> Iterator[datetime]:
    """Yield the full hours of UTC, at which the ledger has points with the outdoor temperature."""
    at = days.next_hour(start - timedelta.resolution)
    while at <= end:
        yield at
        at += days.HOUR


def _heating_period(row: Row) -> HeatingPeriod:
    totals = row.totals
    aux = max(totals.aux - totals.emergency - totals.furnace, 0.0)
    return HeatingPeriod(
        outdoor=row.amounts.outdoor, heat_pump=totals.heat_pump, aux=aux, emergency=totals.emergency
    )


def _heating_hour(row: Row) -> HeatingPeriod:
    part = _heating_period(row)
    if min(row.coverage, row.heat_pump_coverage) >= MIN_COVERAGE:
        return part
    return HeatingPeriod(
        outdoor=None, heat_pump=part.heat_pump, aux=part.aux, emergency=part.emergency
    )


def _runs_in_period(ledger: Ledger, start: datetime, end: datetime) -> list[Run]:
    # The last run is stored in its own field and, once it has ended, also among the others.
    by_start = {run.start: run for run in (*ledger.runs, ledger.run) if run is not None}
    return [
        run
        for at, run in sorted(by_start.items())
        if at < end and max(run.last_seen, ledger.at if run.is_running else run.start) > start
    ]
