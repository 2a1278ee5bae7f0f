"""Exact totals of time by heat state, from the changes of state.

The ledger keeps a series of points with the totals up to each change of state, full hour and local
midnight. The total of a window is the difference of the totals at its ends, so each figure takes
two look-ups, however long the history is.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import datetime
from itertools import pairwise
from operator import attrgetter

from ..model import Heat, HeatState, Run
from ..settings.guard import (
    MAX_MONTHS,
    MAX_POINTS,
    MAX_RUNS,
    RECENT_PERIOD,
    RUN_GAP,
    THINNED_SPACING,
)
from .energy import NO_AMOUNTS, Amounts

AUX_STATES = frozenset({HeatState.HEAT_PUMP_AUX, HeatState.EMERGENCY, HeatState.FURNACE})
HEAT_PUMP_STATES = frozenset({HeatState.HEAT_PUMP, HeatState.HEAT_PUMP_AUX})
ROUNDING_TOLERANCE_SECONDS = 1e-6
"""The resolution of clocks. The sum of a century of seconds has a hundredth of this error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Seconds by running equipment, and the number of times aux heat turned on."""

    aux: float = 0.0
    """Aux heat (strips or furnace), with or without the compressor."""
    heat_pump: float = 0.0
    """Compressor heating, with or without the strips."""
    emergency: float = 0.0
    """Strips without the compressor."""
    furnace: float = 0.0
    """Furnace without the compressor."""
    defrost: float = 0.0
    """Defrosting without reported aux heat."""
    aux_unknown: float = 0.0
    """Time in which it is unknown whether aux heat ran."""
    heat_pump_unknown: float = 0.0
    """Time in which it is unknown whether the compressor heated."""
    cycles: int = 0
    """The number of times aux heat turned on."""

    def __add__(self, more: Totals) -> Totals:
        return Totals(
            aux=self.aux + more.aux,
            heat_pump=self.heat_pump + more.heat_pump,
            emergency=self.emergency + more.emergency,
            furnace=self.furnace + more.furnace,
            defrost=self.defrost + more.defrost,
            aux_unknown=self.aux_unknown + more.aux_unknown,
            heat_pump_unknown=self.heat_pump_unknown + more.heat_pump_unknown,
            cycles=self.cycles + more.cycles,
        )

    def __sub__(self, earlier: Totals) -> Totals:
        return Totals(
            aux=self.aux - earlier.aux,
            heat_pump=self.heat_pump - earlier.heat_pump,
            emergency=self.emergency - earlier.emergency,
            furnace=self.furnace - earlier.furnace,
            defrost=self.defrost - earlier.defrost,
            aux_unknown=self.aux_unknown - earlier.aux_unknown,
            heat_pump_unknown=self.heat_pump_unknown - earlier.heat_pump_unknown,
            cycles=self.cycles - earlier.cycles,
        )

    def is_close_to(self, other: Totals) -> bool:
        """Return True if two totals are equal, except for rounding."""
        return all(
            abs(one - another) < ROUNDING_TOLERANCE_SECONDS
            for one, another in zip(totals_values(self), totals_values(other), strict=True)
        )

    def is_within(self, later: Totals, tolerance: float = ROUNDING_TOLERANCE_SECONDS) -> bool:
        """Return True if no total exceeds that of a later instant, except for rounding."""
        return all(
            earlier - after < tolerance
            for earlier, after in zip(totals_values(self), totals_values(later), strict=True)
        )

    def limit_to(self, later: Totals) -> Totals:
        """Return the totals with none above that of a later instant."""
        return Totals(
            aux=min(self.aux, later.aux),
            heat_pump=min(self.heat_pump, later.heat_pump),
            emergency=min(self.emergency, later.emergency),
            furnace=min(self.furnace, later.furnace),
            defrost=min(self.defrost, later.defrost),
            aux_unknown=min(self.aux_unknown, later.aux_unknown),
            heat_pump_unknown=min(self.heat_pump_unknown, later.heat_pump_unknown),
            cycles=min(self.cycles, later.cycles),
        )


totals_values: Callable[[Totals], tuple[float, ...]] = attrgetter(
    *(field.name for field in fields(Totals))
)
"""Return the values of all fields, in their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """An instant, the state from then on, and the totals up to it.

    The cycles include the run that starts at the instant.
    """

    at: datetime
    state: HeatState
    is_aux_known: bool
    """Whether it is known if aux heat runs. Aux heat can be known to be off in an unknown state."""
    totals: Totals
    amounts: Amounts = NO_AMOUNTS

    def totals_at(self, at: datetime) -> Totals:
        """Return the totals at a later instant, if the state holds until then."""
        passed = (at - self.at).total_seconds()
        if passed <= 0:
            return self.totals
        state, totals = self.state, self.totals
        return Totals(
            aux=totals.aux + passed if state in AUX_STATES else totals.aux,
            heat_pump=totals.heat_pump + passed if state in HEAT_PUMP_STATES else totals.heat_pump,
            emergency=totals.emergency + passed
            if state is HeatState.EMERGENCY
            else totals.emergency,
            furnace=totals.furnace + passed if state is HeatState.FURNACE else totals.furnace,
            defrost=totals.defrost + passed if state is HeatState.DEFROST else totals.defrost,
            aux_unknown=totals.aux_unknown if self.is_aux_known else totals.aux_unknown + passed,
            heat_pump_unknown=totals.heat_pump_unknown + passed
            if state is HeatState.UNKNOWN
            else totals.heat_pump_unknown,
            cycles=totals.cycles,
        )

    def amounts_at(self, at: datetime, later: datetime, amounts: Amounts) -> Amounts:
        """Return the amounts at an instant, interpolated to those of a later point."""
        length = (later - self.at).total_seconds()
        if length <= 0 or at >= later:
            return amounts
        return self.amounts + (amounts - self.amounts).scale(
            (at - self.at).total_seconds() / length
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """The totals of a guard. Never empty: the first point is the start of counting."""

    at: datetime
    """The instant up to which everything is counted."""
    amounts: Amounts
    """The amounts since the start of counting."""
    months: tuple[Point, ...]
    """The start of counting, then the start of each local month."""
    points: tuple[Point, ...]
    """Changes of state, full hours and midnights of the last days.

    If the state flickers, older points are thinned out.
    """
    run: Run | None = None
    """The current or last run of aux heat."""
    runs: tuple[Run, ...] = ()
    """The runs that ended in the last days."""

    @property
    def totals(self) -> Totals:
        """The totals since counting started."""
        return self.points[-1].totals_at(self.at)

    def window(self, start: datetime, totals: Totals | None = None) -> tuple[Totals, Amounts]:
        """Return totals and amounts from an instant until now, given the current totals if known.

        The window is exact from any instant of the last eight days, and from the start of each kept
        local month. Otherwise it starts at the first known point after the instant. If the state
        flickered, it is exact to minutes.
        """
        earlier, less = self.cumulative_at(start)
        return (totals or self.totals) - earlier, self.amounts - less

    def cumulative_at(self, at: datetime) -> tuple[Totals, Amounts]:
        """Return totals and amounts from the start of counting until just before an instant."""
        at = min(at, self.at)
        index = bisect_left(self.points, at, key=_instant)
        if not index:
            month = bisect_left(self.months, at, key=_instant)
            first = min((*self.months[month : month + 1], self.points[0]), key=_instant)
            return first.totals, first.amounts
        point = self.points[index - 1]
        totals = point.totals_at(at)
        if index == len(self.points):
            return totals, point.amounts_at(at, self.at, self.amounts)
        following = self.points[index]
        if following.at == at and not replace(totals, cycles=following.totals.cycles).is_close_to(
            following.totals
        ):
            # Points in between were thinned out, so only the following point has the totals.
            totals = following.totals
        return totals.limit_to(following.totals), point.amounts_at(
            at, following.at, following.amounts
        )

    def record_state(self, heat: Heat, outdoor: float | None = None) -> Ledger:
        """Return the ledger with another heat state from its current instant on."""
        last = self.points[-1]
        is_aux_known = heat.aux is not None
        if heat.state is last.state and is_aux_known is last.is_aux_known:
            return self
        totals = last.totals_at(self.at)
        run, ended = _next_run(self, heat, outdoor)
        if run is not None and run.start == self.at and heat.aux and run != self.run:
            totals = replace(totals, cycles=totals.cycles + 1)
        points = (
            *_thin_points(self.points),
            Point(
                at=self.at,
                state=heat.state,
                is_aux_known=is_aux_known,
                totals=totals,
                amounts=self.amounts,
            ),
        )
        return replace(self, points=points, run=run, runs=(*self.runs, *ended)[-MAX_RUNS:])

    def with_ended_run(self, run: Run) -> Ledger:
        """Return the ledger with the run that has just ended replaced."""
        last = run if self.run is not None and not self.run.is_running else self.run
        return replace(self, run=last, runs=(*self.runs[:-1], run))

    def advance(self, until: datetime, amounts: Amounts = NO_AMOUNTS) -> Ledger:
        """Count the time until an instant in the current state, with the amounts of that time."""
        run = self.run
        if run is not None and self.points[-1].state in AUX_STATES:
            seconds = run.seconds + (until - self.at).total_seconds()
            run = Run(
                start=run.start,
                last_seen=until,
                seconds=seconds,
                is_running=run.is_running,
                kwh=run.kwh + amounts.kwh,
                cost=run.cost + amounts.cost,
                outdoor=run.outdoor,
                cause=run.cause,
            )
        summed = self.amounts if amounts is NO_AMOUNTS else self.amounts + amounts
        return Ledger(
            at=until,
            amounts=summed,
            months=self.months,
            points=self.points,
            run=run,
            runs=self.runs,
        )

    def add_mark(self, *, is_month_start: bool = False) -> Ledger:
        """Add a point now: at a full hour, a local midnight, or the start of a local month."""
        last = self.points[-1]
        mark = Point(
            at=self.at,
            state=last.state,
            is_aux_known=last.is_aux_known,
            totals=last.totals_at(self.at),
            amounts=self.amounts,
        )
        if not is_month_start:
            return replace(self, points=(*self.points, mark))
        start, *months = self.months
        return replace(
            self, points=(*self.points, mark), months=(start, *months[1 - MAX_MONTHS :], mark)
        )

    def trim(self) -> Ledger:
        """Drop points and runs older than the recent period."""
        begin = self.at - RECENT_PERIOD
        # The last earlier point holds the state at the start of the period.
        oldest = max(bisect_right(self.points, begin, key=_instant) - 1, 0)
        runs = tuple(run for run in self.runs if run.last_seen >= begin)
        return (
            replace(self, points=self.points[oldest:], runs=runs)
            if oldest or runs != self.runs
            else self
        )

    def rewind(self, at: datetime) -> Ledger:
        """Return the ledger after the clock was set back to an instant, with all counts kept."""
        now = replace(self.points[-1], at=at, totals=self.totals, amounts=self.amounts)
        months = tuple(point for point in self.months if point.at <= at) or (now,)
        points = tuple(point for point in self.points if point.at <= at)
        run = None if self.run is None else self.run.limit_to(at)
        return Ledger(
            at=at,
            amounts=self.amounts,
            months=months,
            points=(*points, now),
            run=run,
            runs=tuple(run.limit_to(at) for run in self.runs),
        )


_instant = attrgetter("at")


def open_ledger(at: datetime) -> Ledger:
    """Return a ledger that starts counting at an instant."""
    start = Point(at=at, state=HeatState.UNKNOWN, is_aux_known=False, totals=Totals())
    return Ledger(at=at, amounts=NO_AMOUNTS, months=(start,), points=(start,))


def _next_run(
    ledger: Ledger, heat: Heat, outdoor: float | None
) -> tuple[Run | None, tuple[Run, ...]]:
    """Return the last run from now on, and the run that has ended, if any."""
    run = ledger.run
    if heat.aux is None:
        return run, ()
    if run is None or not run.is_running:
        return (
            Run(start=ledger.at, last_seen=ledger.at, seconds=0.0, is_running=True, outdoor=outdoor)
            if heat.aux
            else run
        ), ()
    if heat.aux and ledger.at - run.last_seen <= RUN_GAP:
        return replace(run, last_seen=ledger.at), ()
    ended = replace(run, is_running=False)
    return (
        Run(start=ledger.at, last_seen=ledger.at, seconds=0.0, is_running=True, outdoor=outdoor)
        if heat.aux
        else ended
    ), (ended,)


def _thin_points(points: tuple[Point, ...]) -> tuple[Point, ...]:
    """Thin out the older half of the points to one every few minutes, if there are too many."""
    if len(points) < MAX_POINTS:
        return points
    half = len(points) // 2
    kept = [points[0]]
    kept += [point for before, point in pairwise(points[:half]) if _slot(point) != _slot(before)]
    return (*kept, *points[half:])


def _slot(point: Point) -> int:
    return int(point.at.timestamp() // THINNED_SPACING.total_seconds())
