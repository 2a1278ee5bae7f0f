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
"""h. The windows that the excess resistance score is told for."""

MIN_COVERAGE = 0.95
"""An hour with less coverage counts as unknown: EPA's figure for a day that lacks data."""

MAX_POINT_GAP = timedelta(hours=2)
"""The ledger sets a point each hour.

Where two lie further apart than this, what was kept of the time between is gone.
"""


class Resolution(StrEnum):
    """How long the rows of a report are."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"
    SEASON = "season"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRequest:
    """What to report of: all that happened in [start, end)."""

    start: datetime
    end: datetime
    resolution: Resolution
    edges: tuple[float, ...] = bins.FAHRENHEIT_EDGES
    """Of the bins by outdoor temperature; °C, rising."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What happened in [start, end)."""

    start: datetime
    end: datetime
    totals: Totals
    amounts: Amounts
    coverage: float
    """The share of the time, 0 to 1, in which it was seen whether AUX ran."""
    heat_pump_coverage: float
    """The same of the compressor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """An account of a period, as far as its history is known."""

    total: Row
    rows: tuple[Row, ...]
    """Without gaps, in order.

    The first and the last may be parts of an hour, day, month or season.
    """
    runs: tuple[Run, ...]
    """Those that began in the period or reach into it, each from its start to its end."""
    by_outdoor: tuple[OutdoorBin, ...]
    """The whole days by their mean outdoor temperature, see `bins.by_outdoor`."""
    near_freezing: OutdoorBin
    excess_resistance: tuple[float | None, ...]
    """For each of the EXCESS_WINDOWS, see `bins.excess_resistance`."""


def build_report(ledger: Ledger, request: ReportRequest, settings: Settings) -> Report:
    """Make a report of a ledger whose points and runs reach back to the start of the period.

    What lies before the first point, after the last count, or beyond a loss in the history is left
    out; the whole's start and end tell.
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
    """Find the part of a period that the history is whole in: the latest, where it is broken."""
    start, end = max(request.start, ledger.points[0].at), min(request.end, ledger.at)
    for before, after in pairwise(ledger.points):
        if after.at - before.at > MAX_POINT_GAP and before.at < end:
            # What was counted in the lost time shows at the end of it; one that lies in it ends
            # what is known.
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
    """Yield the full hours of the home's clock; a change by half an hour makes a short one."""
    at = start
    while at < end:
        yield at
        local = at.astimezone(zone)
        at += days.HOUR - timedelta(
            minutes=local.minute, seconds=local.second, microseconds=local.microsecond
        )


def heating_between(ledger: Ledger, start: datetime, end: datetime) -> HeatingPeriod:
    """Return what heated between two instants."""
    return _heating_period(_row_builder(ledger)(start, end))


def midnights(start: datetime, end: datetime, zone: tzinfo) -> list[datetime]:
    """Find the local midnights from an instant to another one, both included."""
    first = start.astimezone(zone).date()
    found = [
        days.midnight(first + timedelta(days=day), zone) for day in range((end - start).days + 3)
    ]
    # A day that a zone skipped starts and ends at one instant.
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
    """Find the full hours of UTC, where the ledger knows the outdoor temperature best."""
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
    # The last run stands for itself, and when it has ended also among the others.
    by_start = {run.start: run for run in (*ledger.runs, ledger.run) if run is not None}
    return [
        run
        for at, run in sorted(by_start.items())
        if at < end and max(run.last_seen, ledger.at if run.is_running else run.start) > start
    ]
