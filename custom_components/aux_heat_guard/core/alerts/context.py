"""What the rules look at."""

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
    """What the season so far tells of the heat pump's size, without recoveries from setback and by hand."""

    heating_days: int = 0
    aux_shares: tuple[tuple[float, float, float], ...] = ()
    """(over °C, up to °C, resistance heat utilisation 0 to 1) of the bins by outdoor temperature in which no strips should be needed."""


@dataclass(frozen=True, slots=True)
class AlertContext:
    """An instant, with what led to it. Temperatures in °C, differences in K; None where nobody knows."""

    observation: Observation
    evidence: tuple[Evidence, ...]
    heat: Heat
    ledger: Ledger
    """Counted up to a wake of the engine, which may be a little before now."""
    counters: Counters
    circumstances: Circumstances
    trend: Trend
    sizing: Sizing | None
    """None: not looked at yet."""
    settings: Settings
    outdoor: float | None
    """Outdoors, where that was reported lately."""
    room: float | None
    setpoint: float | None
    """What is to be heated to; None where nothing is."""
    advice: Advice | None = None
    """What is proposed; None where nothing is, or it is done."""
    last_cooled: bool = False
    """Whether the thermostat cooled when it last heated or cooled."""

    @property
    def at(self) -> datetime:
        """Now."""
        return self.observation.at

    @property
    def current_run(self) -> Run | None:
        """The run that goes on."""
        run = self.ledger.run
        return run if run is not None and run.is_running else None

    @property
    def is_aux_running(self) -> bool:
        """Whether AUX is seen to run."""
        return self.ledger.points[-1].state in AUX_STATES

    @property
    def below_setpoint(self) -> float | None:
        """How far the room is under what is to be heated to."""
        setpoint, room = self.setpoint, self.room
        return None if setpoint is None or room is None else setpoint - room

    @property
    def is_below_balance_point(self) -> bool:
        """Whether it is below the balance point, where AUX is expected."""
        return self.outdoor is not None and self.outdoor < self.settings.alerts.balance_point

    def cap_at(self, outdoor: float) -> float:
        """Tell the highest sensible setpoint at an outdoor temperature."""
        return interpolate(self.settings.alerts.cap, outdoor)

    def lowest_setpoint_at(self, outdoor: float) -> float | None:
        """Return to what setpoint in °C it can sensibly be lowered at an outdoor temperature; None where that would cool the home."""
        thermostat = self.observation.thermostat
        if not thermostat.has_shared_setpoint:
            return self.cap_at(outdoor)
        if thermostat.hvac_action == COOLING_ACTION or self.last_cooled or self.room is None:
            return None
        return max(self.cap_at(outdoor), round_up(self.room, thermostat.grid))

    def forecast(self, within: timedelta) -> list[tuple[datetime, float]]:
        """List what is forecast for the time from now on, an hour that goes on included."""
        begin, end = self.at - timedelta(hours=1), self.at + within
        return [
            (at, outdoor) for at, outdoor in self.observation.forecast.hours if begin < at < end
        ]

    @property
    def is_reheating(self) -> bool:
        """Whether the strips warm air that was cooled to dry it."""
        return is_reheating(self.observation)

    @property
    def has_furnace(self) -> bool:
        """Whether AUX is a furnace, which is meant to heat without the compressor."""
        return self.settings.equipment is Equipment.FURNACE


def run_starts_since(ledger: Ledger, since: datetime) -> list[datetime]:
    """List when AUX came on, after an instant."""
    return sorted(run.start for run in runs_since(ledger, since) if run.start > since)


def runs_since(ledger: Ledger, since: datetime) -> list[Run]:
    """List the runs that were seen after an instant, the latest first, the one that goes on among them."""
    run = ledger.run
    going_on = (run,) if run is not None and run.is_running else ()
    # From the end: those of many days are at hand, and this is asked at each event.
    return list(
        takewhile(lambda one: one.last_seen > since, chain(going_on, reversed(ledger.runs)))
    )
