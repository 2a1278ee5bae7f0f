"""Exact totals of time by heat state, from the changes of state.

The ledger keeps a line of points: at each change of state, and at each local midnight, the totals up to then. The total of any window is
the difference of the totals at its ends, so a figure costs two look-ups however long the history is.
"""

from bisect import bisect_left, bisect_right
from dataclasses import astuple, dataclass, replace
from datetime import datetime
from itertools import pairwise
from operator import attrgetter

from ..model import Heat, HeatState, Run
from ..settings import KEPT_DAYS, MOST_POINTS, RECENT, RUN_GAP, THINNED_TO

AUX_STATES = frozenset({HeatState.HEAT_PUMP_AUX, HeatState.EMERGENCY, HeatState.FURNACE})
HEAT_PUMP_STATES = frozenset({HeatState.HEAT_PUMP, HeatState.HEAT_PUMP_AUX})


@dataclass(frozen=True, slots=True)
class Totals:
    """Seconds by what was running, and the number of times the strips came on."""

    aux: float = 0.0
    """Strips (or furnace), with or without the compressor."""
    heat_pump: float = 0.0
    """Compressor heating, with or without the strips."""
    emergency: float = 0.0
    """Strips without the compressor."""
    furnace: float = 0.0
    """Furnace without the compressor."""
    defrost: float = 0.0
    """Defrosting, no strips seen."""
    aux_unknown: float = 0.0
    """Nobody saw whether the strips ran."""
    heat_pump_unknown: float = 0.0
    """Nobody saw whether the compressor heated."""
    cycles: int = 0

    def __sub__(self, earlier: Totals) -> Totals:
        return Totals(
            self.aux - earlier.aux,
            self.heat_pump - earlier.heat_pump,
            self.emergency - earlier.emergency,
            self.furnace - earlier.furnace,
            self.defrost - earlier.defrost,
            self.aux_unknown - earlier.aux_unknown,
            self.heat_pump_unknown - earlier.heat_pump_unknown,
            self.cycles - earlier.cycles,
        )

    def at_most(self, later: Totals) -> Totals:
        """Keep each amount within that of a later instant."""
        return Totals(*map(min, astuple(self), astuple(later), strict=True))


@dataclass(frozen=True, slots=True)
class Point:
    """An instant, the state from it on, and the totals up to it (with the run that starts at it)."""

    at: datetime
    state: HeatState
    strips_seen: bool
    """Whether the state tells of the strips: while it is unknown what heats, it may still be known that they do not."""
    totals: Totals

    def totals_at(self, at: datetime) -> Totals:
        """Carry the totals on, in this point's state, to a later instant."""
        passed = (at - self.at).total_seconds()
        if passed <= 0:
            return self.totals
        state, totals = self.state, self.totals
        return Totals(
            totals.aux + passed if state in AUX_STATES else totals.aux,
            totals.heat_pump + passed if state in HEAT_PUMP_STATES else totals.heat_pump,
            totals.emergency + passed if state is HeatState.EMERGENCY else totals.emergency,
            totals.furnace + passed if state is HeatState.FURNACE else totals.furnace,
            totals.defrost + passed if state is HeatState.DEFROST else totals.defrost,
            totals.aux_unknown if self.strips_seen else totals.aux_unknown + passed,
            totals.heat_pump_unknown + passed if state is HeatState.UNKNOWN else totals.heat_pump_unknown,
            totals.cycles,
        )


@dataclass(frozen=True, slots=True)
class Ledger:
    """Never empty: it starts with the point at which counting started."""

    at: datetime
    """Up to here everything is counted."""
    days: tuple[Point, ...]
    """The start of counting, then one point a local midnight."""
    points: tuple[Point, ...]
    """Every change of state, and the midnights, of the last two days; of a source that flickers, the older ones thinned out."""
    run: Run | None = None
    """The last run of the strips, or the one that goes on."""

    @property
    def totals(self) -> Totals:
        """Everything since counting started."""
        return self.points[-1].totals_at(self.at)

    def window(self, start: datetime) -> Totals:
        """Everything from an instant until now; after a source that flickered, within minutes.

        Exact from any instant of the last two days and from any local midnight that is kept; else from the first known point after it.
        """
        return self.totals - self._totals_before(start)

    def _totals_before(self, at: datetime) -> Totals:
        # What happens at the very instant belongs to the window that starts there.
        day = bisect_left(self.days, at, key=attrgetter("at"))
        index = bisect_left(self.points, at, key=attrgetter("at"))
        if day < len(self.days) and (not index or self.days[day].at == at):
            return self.days[day].totals
        if not index:
            return self.points[0].totals
        totals = self.points[index - 1].totals_at(at)
        return totals.at_most(self.points[index].totals) if index < len(self.points) else totals


def opened(at: datetime) -> Ledger:
    """Start counting."""
    start = Point(at, HeatState.UNKNOWN, strips_seen=False, totals=Totals())
    return Ledger(at, days=(start,), points=(start,))


def turned(ledger: Ledger, heat: Heat) -> Ledger:
    """Go on, from where the ledger stands, in another state."""
    last = ledger.points[-1]
    seen = heat.strips is not None
    if heat.state is last.state and seen is last.strips_seen:
        return ledger
    totals = last.totals_at(ledger.at)
    run = ledger.run
    if heat.strips and run is not None and run.running and ledger.at - run.last_seen <= RUN_GAP:
        run = replace(run, last_seen=ledger.at)
    elif heat.strips:
        run = Run(ledger.at, ledger.at, 0.0, running=True)
        totals = replace(totals, cycles=totals.cycles + 1)
    elif run is not None and heat.strips is False:
        run = replace(run, running=False)
    points = (*_thinned(ledger.points), Point(ledger.at, heat.state, seen, totals))
    return replace(ledger, points=points, run=run)


def _thinned(points: tuple[Point, ...]) -> tuple[Point, ...]:
    """Where a source flickers so much that points become too many, keep one every few minutes of the older half."""
    if len(points) < MOST_POINTS:
        return points
    half = len(points) // 2
    kept = [points[0]]
    kept += [point for before, point in pairwise(points[:half]) if _slot(point) != _slot(before)]
    return (*kept, *points[half:])


def _slot(point: Point) -> int:
    return int(point.at.timestamp() // THINNED_TO.total_seconds())


def counted(ledger: Ledger, until: datetime) -> Ledger:
    """Count the time that passed in the present state."""
    run = ledger.run
    if run is not None and ledger.points[-1].state in AUX_STATES:
        run = replace(run, last_seen=until, seconds=run.seconds + (until - ledger.at).total_seconds())
    return replace(ledger, at=until, run=run)


def marked(ledger: Ledger) -> Ledger:
    """Set a point at a local midnight, where the ledger stands, and let go of what lies far behind it."""
    last = ledger.points[-1]
    midnight = replace(last, at=ledger.at, totals=last.totals_at(ledger.at))
    # The state at the start of what is kept was taken on before it.
    oldest = max(bisect_right(ledger.points, ledger.at - RECENT, key=attrgetter("at")) - 1, 0)
    start, *midnights = ledger.days
    return replace(ledger, days=(start, *midnights[1 - KEPT_DAYS :], midnight), points=(*ledger.points[oldest:], midnight))


def rewound(ledger: Ledger, at: datetime) -> Ledger:
    """Follow a clock that was set back: what was counted stays counted, what happened "later" happened now."""
    last = ledger.points[-1]
    now = replace(last, at=at, totals=ledger.totals)
    days = tuple(point for point in ledger.days if point.at <= at) or (now,)
    points = tuple(point for point in ledger.points if point.at <= at)
    run = ledger.run
    if run is not None:
        run = replace(run, start=min(run.start, at), last_seen=min(run.last_seen, at))
    return Ledger(at, days, (*points, now), run)
