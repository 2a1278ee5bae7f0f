"""The figures that are shown, and how old each may get."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from ..settings.guard import FIGURES_BEAT, QUIET_BEAT, TODAY_BEAT
from .days import Bounds
from .energy import Amounts
from .ledger import AUX_STATES, HEAT_PUMP_STATES, Ledger, Totals

DAY = timedelta(hours=24)
SEVEN_DAYS = timedelta(days=7)
NOTHING = Totals()


@dataclass(frozen=True, slots=True)
class Window:
    """What happened between an instant and now."""

    start: datetime
    totals: Totals
    amounts: Amounts
    coverage: float
    """The share of the window's time, 0 to 1, in which it was seen whether AUX ran."""
    heat_pump_coverage: float
    """The same of the compressor."""

    @property
    def share(self) -> float | None:
        """The share of the heating time, 0 to 1, that needed AUX; None where nothing heated.

        Resistance heat utilisation of EPA's connected-thermostat method: (AUX + EMG) / (HP + EMG).
        """
        heating = self.totals.heat_pump + _without_compressor(self.totals)
        return min(self.totals.aux / heating, 1.0) if heating else None


@dataclass(frozen=True, slots=True)
class Figures:
    """All windows, each as of its own latest beat."""

    bounds: Bounds
    today_at: datetime
    today: Window
    rest_at: datetime
    today_so_far: Window
    """Today once more, for what need not be followed by the minute."""
    day: Window
    """The rolling 24 hours."""
    seven_days: Window
    """The rolling seven times 24 hours."""
    week: Window
    month: Window
    season: Window
    total: Window


def figures(ledger: Ledger, bounds: Bounds) -> Figures:
    """Work out all windows as of now."""
    totals = ledger.totals
    windows = partial(window, ledger, totals=totals)
    today = windows(bounds.day)
    return Figures(
        bounds,
        today_at=ledger.at,
        today=today,
        rest_at=ledger.at,
        today_so_far=today,
        day=windows(ledger.at - DAY),
        seven_days=windows(ledger.at - SEVEN_DAYS),
        week=windows(bounds.week),
        month=windows(bounds.month),
        season=windows(bounds.season),
        total=replace(windows(ledger.months[0].at), totals=totals, amounts=ledger.amounts),
    )


def refreshed(shown: Figures, ledger: Ledger) -> Figures:
    """Bring up to date what has become too old to show."""
    clock_was_set_back = ledger.at < shown.today_at
    if clock_was_set_back or ledger.at >= shown.rest_at + _beat(ledger):
        return figures(ledger, shown.bounds)
    if ledger.points[-1].state in AUX_STATES and ledger.at >= shown.today_at + TODAY_BEAT:
        return replace(shown, today_at=ledger.at, today=window(ledger, shown.bounds.day))
    return shown


def _beat(ledger: Ledger) -> timedelta:
    return FIGURES_BEAT if ledger.points[-1].state in AUX_STATES else QUIET_BEAT


def due(shown: Figures, ledger: Ledger) -> datetime:
    """When the next figure becomes too old to show."""
    state = ledger.points[-1].state
    if state in AUX_STATES:
        return min(shown.today_at + TODAY_BEAT, shown.rest_at + FIGURES_BEAT, shown.bounds.day_ends)
    if state in HEAT_PUMP_STATES or shown.seven_days.totals != NOTHING:
        return min(shown.rest_at + QUIET_BEAT, shown.bounds.day_ends)
    return shown.bounds.day_ends


def window(ledger: Ledger, start: datetime, totals: Totals | None = None) -> Window:
    """Work out one window as of now; by the totals of now, where they are worked out already."""
    totals, amounts = ledger.window(start, totals)
    length = (ledger.at - max(start, ledger.months[0].at)).total_seconds()
    return Window(
        start,
        totals,
        amounts,
        seen(totals.aux_unknown, length),
        seen(totals.heat_pump_unknown, length),
    )


def seen(unknown: float, length: float) -> float:
    """Tell the share of a time that was seen."""
    return max(1 - unknown / length, 0.0) if length else 1.0


def _without_compressor(totals: Totals) -> float:
    return totals.emergency + totals.furnace
