"""The inputs of the alert rules: the conditions at an instant, and their history."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, takewhile

from ..account.causes import Circumstances
from ..account.counters import Counters
from ..account.ledger import AUX_STATES, Ledger
from ..curve import interpolate
from ..grid import round_up
from ..model import COOLING_ACTION, Advice, Equipment, Evidence, Heat, Observation, Run
from ..sense.values import is_reheating
from ..settings.guard import Settings
from .trend import Trend


@dataclass(frozen=True, slots=True)
class Sizing:
    """The use of aux heat this season, which shows whether the heat pump is too small.

    Recoveries from a setback and from manual changes are left out.
    """

    heating_days: int = 0
    aux_shares: tuple[tuple[float, float, float], ...] = ()
    """(above °C, up to °C, resistance heat utilization 0 to 1) of each bin by outdoor temperature
    in which no strips should be needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertContext:
    """The conditions at an instant, and their history.

    Temperatures are in °C and differences in K; None means unknown.
    """

    observation: Observation
    evidence: tuple[Evidence, ...]
    heat: Heat
    ledger: Ledger
    """Counted up to the last wake of the engine, which may be a little before now."""
    counters: Counters
    circumstances: Circumstances
    trend: Trend
    sizing: Sizing | None
    """None until the season is analyzed."""
    settings: Settings
    outdoor: float | None
    """The outdoor temperature, if it was reported recently."""
    room: float | None
    setpoint: float | None
    """The heating setpoint; None while no heat is wanted."""
    advice: Advice | None = None
    """The proposed setpoint; None if there is none, or it is applied."""
    last_cooled: bool = False
    """Whether the thermostat cooled rather than heated the last time it did either."""

    @property
    def at(self) -> datetime:
        """The instant of the observation."""
        return self.observation.at

    @property
    def current_run(self) -> Run | None:
        """The aux run in progress."""
        run = self.ledger.run
        return run if run is not None and run.is_running else None

    @property
    def is_aux_running(self) -> bool:
        """Whether aux heat runs."""
        return self.ledger.points[-1].state in AUX_STATES

    @property
    def below_setpoint(self) -> float | None:
        """The difference in K between the heating setpoint and the room, or None if unknown."""
        setpoint, room = self.setpoint, self.room
        return None if setpoint is None or room is None else setpoint - room

    @property
    def is_below_balance_point(self) -> bool:
        """Whether it is colder outdoors than the balance point, so that aux heat is expected."""
        return self.outdoor is not None and self.outdoor < self.settings.alerts.balance_point

    def cap_at(self, outdoor: float) -> float:
        """Return the highest sensible setpoint in °C at an outdoor temperature."""
        return interpolate(self.settings.alerts.cap, outdoor)

    def lowest_setpoint_at(self, outdoor: float) -> float | None:
        """Return the lowest sensible setpoint in °C at an outdoor temperature.

        None if that setpoint would cool the home.
        """
        thermostat = self.observation.thermostat
        if not thermostat.has_shared_setpoint:
            return self.cap_at(outdoor)
        if thermostat.hvac_action == COOLING_ACTION or self.last_cooled or self.room is None:
            return None
        return max(self.cap_at(outdoor), round_up(self.room, thermostat.grid))

    def forecast(self, within: timedelta) -> list[tuple[datetime, float]]:
        """Return the forecast from the current hour on, as (instant, °C)."""
        begin, end = self.at - timedelta(hours=1), self.at + within
        return [
            (at, outdoor) for at, outdoor in self.observation.forecast.hours if begin < at < end
        ]

    @property
    def is_reheating(self) -> bool:
        """Whether aux heat warms air that was cooled to dry it."""
        return is_reheating(self.observation)

    @property
    def has_furnace(self) -> bool:
        """Whether aux heat is a furnace, which is meant to heat without the compressor."""
        return self.settings.equipment is Equipment.FURNACE


def run_starts_since(ledger: Ledger, since: datetime) -> list[datetime]:
    """Return the starts of the aux runs after an instant."""
    return sorted(run.start for run in runs_since(ledger, since) if run.start > since)


def runs_since(ledger: Ledger, since: datetime) -> list[Run]:
    """Return the aux runs that lasted beyond an instant, the latest first, with the current one."""
    latest = ledger.run
    current = (latest,) if latest is not None and latest.is_running else ()
    # From the end: the ledger holds runs of many days, and this runs at each event.
    return list(takewhile(lambda run: run.last_seen > since, chain(current, reversed(ledger.runs))))
