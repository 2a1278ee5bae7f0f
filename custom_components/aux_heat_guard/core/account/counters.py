"""Counters outside the ledger: time without aux heat, mild weather, filter and standstill."""

from dataclasses import dataclass, replace
from datetime import datetime

from ..model import Alert, HeatState, Observation
from ..sense.values import current_outdoor, is_reheating
from ..settings.alerts import MILD_OUTDOOR
from ..settings.guard import Settings
from .energy import MeterState
from .ledger import AUX_STATES, Ledger, Point
from .standstill import NO_STANDSTILL, CompressorResponse, Standstill

AIRFLOW_STATES = frozenset(
    {
        HeatState.HEAT_PUMP,
        HeatState.HEAT_PUMP_AUX,
        HeatState.EMERGENCY,
        HeatState.FURNACE,
        HeatState.DEFROST,
    }
)
AIRFLOW_ACTIONS = frozenset({"cooling", "drying", "fan", "heating", "preheating", "defrosting"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """Counters in seconds."""

    aux_off_seconds: float = 0.0
    """Known time without aux heat since the last run."""
    previous_aux_off_seconds: float = 0.0
    """Known time without aux heat before the current or last run."""
    airflow_seconds: float = 0.0
    """Time with airflow through the filter since the filter was cleaned."""
    mild_aux_seconds: float = 0.0
    """Aux heat in mild weather today, from ended runs that were not expected."""
    mild_run_seconds: float = 0.0
    """Aux heat in mild weather of the current run, whatever its cause."""
    last_good_mild_day_end: datetime | None = None
    """The end of the last mild day without unexpected aux heat."""
    filter_age_seconds: float = 0.0
    """The time since air first went through the filter after it was cleaned."""
    standstill: Standstill = NO_STANDSTILL

    def add_interval(self, seconds: float, point: Point, context: CountingContext) -> Counters:
        """Count a time without changes."""
        runs = point.state in AUX_STATES
        air = self.airflow_seconds + seconds if context.has_airflow else self.airflow_seconds
        rest = self.aux_off_seconds + seconds if point.is_aux_known else self.aux_off_seconds
        rest = 0.0 if runs else rest
        mild_run = (
            self.mild_run_seconds + seconds
            if runs and _is_mild(context.observation, context.settings)
            else self.mild_run_seconds
        )
        # Cleaning the filter resets both its hours and its age.
        age = (self.filter_age_seconds if self.airflow_seconds else 0.0) + seconds if air else 0.0
        standstill = self.standstill.advance(
            seconds, context.compressor_response, context.observation, context.settings
        )
        return Counters(
            aux_off_seconds=rest,
            previous_aux_off_seconds=self.previous_aux_off_seconds,
            airflow_seconds=air,
            mild_aux_seconds=self.mild_aux_seconds,
            mild_run_seconds=mild_run,
            last_good_mild_day_end=self.last_good_mild_day_end,
            filter_age_seconds=age,
            standstill=standstill,
        )

    def start_run(self) -> Counters:
        """Start a run."""
        return replace(self, previous_aux_off_seconds=self.aux_off_seconds, mild_run_seconds=0.0)

    def end_run(self, *, is_expected: bool) -> Counters:
        """End a run. An expected run does not count toward mild weather."""
        return replace(
            self,
            mild_aux_seconds=self.mild_seconds(is_expected=is_expected),
            mild_run_seconds=0.0,
        )

    def end_day(
        self, ledger: Ledger, day_start: datetime, settings: Settings, *, is_expected: bool
    ) -> Counters:
        """Start a new day. `is_expected` refers to the current run, if any."""
        _, before = ledger.cumulative_at(day_start)
        outdoor = (ledger.amounts - before).outdoor
        was_well = (
            outdoor is not None
            and outdoor > mild_threshold(settings)
            and not self.mild_seconds(is_expected=is_expected)
        )
        return replace(
            self,
            mild_aux_seconds=0.0,
            mild_run_seconds=0.0,
            last_good_mild_day_end=ledger.at if was_well else self.last_good_mild_day_end,
        )

    def mild_seconds(self, *, is_expected: bool) -> float:
        """Return the seconds of unexpected aux heat in mild weather today."""
        return self.mild_aux_seconds + (0.0 if is_expected else self.mild_run_seconds)


NO_COUNTERS = Counters()


@dataclass(frozen=True, slots=True, kw_only=True)
class CountingContext:
    """The conditions of a time that is counted."""

    observation: Observation | None
    """The outdoor temperature, price and power at that time."""
    meter: MeterState
    settings: Settings
    compressor_response: CompressorResponse = CompressorResponse.NOT_APPLICABLE
    has_airflow: bool = False
    """Whether air goes through the filter."""


def has_airflow(point: Point, observation: Observation | None) -> bool:
    """Return True if air goes through the filter."""
    return point.state in AIRFLOW_STATES or (
        observation is not None and observation.thermostat.hvac_action in AIRFLOW_ACTIONS
    )


def mild_threshold(settings: Settings) -> float:
    """Return the outdoor temperature in °C above which weather is mild."""
    return settings.alerts.threshold(Alert.MILD_WEATHER, "outdoor", MILD_OUTDOOR)


def _is_mild(observation: Observation | None, settings: Settings) -> bool:
    outdoor = current_outdoor(observation) if observation else None
    return (
        outdoor is not None
        and outdoor > mild_threshold(settings)
        and observation is not None
        and not is_reheating(observation)
    )
