"""Figures for display, and the highest age of each."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from ..settings.guard import IDLE_USAGE_INTERVAL, TODAY_INTERVAL, USAGE_INTERVAL
from .days import Bounds
from .energy import Amounts
from .ledger import AUX_STATES, HEAT_PUMP_STATES, Ledger, Totals

DAY = timedelta(hours=24)
SEVEN_DAYS = timedelta(days=7)
NO_TOTALS = Totals()


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Totals and amounts between an instant and now."""

    start: datetime
    totals: Totals
    amounts: Amounts
    coverage: float
    """The share of the window, 0 to 1, in which it is known whether aux heat ran."""
    heat_pump_coverage: float
    """The share of the window, 0 to 1, in which it is known whether the compressor ran."""

    @property
    def aux_share(self) -> float | None:
        """The share of the heating time, 0 to 1, that needed aux heat, or None without heating.

        Resistance heat utilization of EPA's connected-thermostat method: (AUX + EMG) / (HP + EMG).
        """
        heating = self.totals.heat_pump + _aux_only_seconds(self.totals)
        return min(self.totals.aux / heating, 1.0) if heating else None


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageWindows:
    """All windows, each as of its own last refresh."""

    bounds: Bounds
    today_at: datetime
    today: Window
    others_at: datetime
    today_so_far: Window
    """Today again, for entities that are not updated each minute."""
    day: Window
    """The rolling 24 hours."""
    seven_days: Window
    """The rolling seven times 24 hours."""
    week: Window
    month: Window
    season: Window
    total: Window

    def refresh(self, ledger: Ledger) -> UsageWindows:
        """Return the windows with those updated that are too old to show."""
        clock_was_set_back = ledger.at < self.today_at
        if clock_was_set_back or ledger.at >= self.others_at + _refresh_interval(ledger):
            return usage_windows(ledger, self.bounds)
        if ledger.points[-1].state in AUX_STATES and ledger.at >= self.today_at + TODAY_INTERVAL:
            return replace(self, today_at=ledger.at, today=window(ledger, self.bounds.day))
        return self

    def refresh_due_at(self, ledger: Ledger) -> datetime:
        """Return when the next window becomes too old to show."""
        state = ledger.points[-1].state
        if state in AUX_STATES:
            return min(
                self.today_at + TODAY_INTERVAL, self.others_at + USAGE_INTERVAL, self.bounds.day_end
            )
        if state in HEAT_PUMP_STATES or self.seven_days.totals != NO_TOTALS:
            return min(self.others_at + IDLE_USAGE_INTERVAL, self.bounds.day_end)
        return self.bounds.day_end


def usage_windows(ledger: Ledger, bounds: Bounds) -> UsageWindows:
    """Return all windows as of now."""
    totals = ledger.totals
    windows = partial(window, ledger, totals=totals)
    today = windows(bounds.day)
    return UsageWindows(
        bounds=bounds,
        today_at=ledger.at,
        today=today,
        others_at=ledger.at,
        today_so_far=today,
        day=windows(ledger.at - DAY),
        seven_days=windows(ledger.at - SEVEN_DAYS),
        week=windows(bounds.week),
        month=windows(bounds.month),
        season=windows(bounds.season),
        total=replace(windows(ledger.months[0].at), totals=totals, amounts=ledger.amounts),
    )


def _refresh_interval(ledger: Ledger) -> timedelta:
    return USAGE_INTERVAL if ledger.points[-1].state in AUX_STATES else IDLE_USAGE_INTERVAL


def window(ledger: Ledger, start: datetime, totals: Totals | None = None) -> Window:
    """Return one window as of now, given the current totals if known."""
    totals, amounts = ledger.window(start, totals)
    length = (ledger.at - max(start, ledger.months[0].at)).total_seconds()
    return Window(
        start=start,
        totals=totals,
        amounts=amounts,
        coverage=known_share(totals.aux_unknown, length),
        heat_pump_coverage=known_share(totals.heat_pump_unknown, length),
    )


def known_share(unknown: float, length: float) -> float:
    """Return the known share of a time, 0 to 1."""
    return max(1 - unknown / length, 0.0) if length else 1.0


def _aux_only_seconds(totals: Totals) -> float:
    return totals.emergency + totals.furnace
