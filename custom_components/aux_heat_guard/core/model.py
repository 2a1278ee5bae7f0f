"""Frozen values that cross rooms."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from .units import celsius_from_fahrenheit, kelvin_from_fahrenheit

type Raw = str | bool | int | float | tuple[str, ...] | None
"""A raw value of a source; None: the source reports nothing."""


class HeatState(StrEnum):
    """What heats the house at this moment."""

    OFF = "off"
    HEAT_PUMP = "heat_pump"
    HEAT_PUMP_AUX = "heat_pump_aux"
    EMERGENCY = "emergency"
    FURNACE = "furnace"
    DEFROST = "defrost"
    UNKNOWN = "unknown"


class Quality(StrEnum):
    """How good a piece of evidence is, best first."""

    MEASURED = "measured"
    REPORTED = "reported"
    INFERRED = "inferred"


class Role(StrEnum):
    """What a piece of evidence is about."""

    AUX = "aux"
    EMERGENCY = "emergency"
    COMPRESSOR = "compressor"
    DEFROST = "defrost"


class Equipment(StrEnum):
    """What provides aux heat in this home."""

    STRIPS = "strips"
    FURNACE = "furnace"
    NONE = "none"


class Cause(StrEnum):
    """Why the strips ran."""

    SETBACK = "setback"
    """The room is brought back from a setback."""
    MANUAL = "hand"
    """Somebody raised the setpoint."""
    DEFROST = "defrost"
    EMERGENCY = "emergency"
    COLD = "cold"
    """Below the balance point the heat pump alone does not carry the home."""
    UNKNOWN = "unknown"


class Severity(StrEnum):
    """How much an alert matters."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class Alert(StrEnum):
    """The alerts."""

    OVERRUN = "overrun"
    LONG_RUN = "long_run"
    MILD_WEATHER = "mild_weather"
    NOT_HEATING = "not_heating"
    NOT_CATCHING_UP = "not_catching_up"
    EMERGENCY_LEFT_ON = "emergency_left_on"
    STRIPS_WITHOUT_CALL = "strips_without_call"
    SHORT_CYCLING = "short_cycling"
    NEAR_FREEZING = "near_freezing"
    COLD_SNAP = "cold_snap"
    FIRST_AUX = "first_aux"
    UNDERSIZED = "undersized"
    FILTER = "filter"
    MISSING_DATA = "blind"
    ADVICE = "advice"


class Limit(StrEnum):
    """What holds the heating setpoint down."""

    CAP = "cap"
    """It is cold, and a heat pump alone does not reach more."""
    RAMP_LIMIT = "leash"
    """Further over the room the thermostat would call the strips."""
    BUDGET_SETBACK = "overrun"
    """The strips ran over their budget."""


class Mode(StrEnum):
    """What may be done about the strips."""

    MONITOR = "monitor"
    """Nothing is ever written to the thermostat."""
    ADVISE = "advise"
    """It is said what would be written."""
    PROTECT = "protect"


class SwitchoverKind(StrEnum):
    """What is switched by the outdoor temperature."""

    FURNACE = "furnace"
    """The furnace heats in the place of the heat pump."""
    AUX_LOCKOUT = "lockout"
    """AUX is locked out."""


class Author(StrEnum):
    """Who caused a state change of the thermostat, as far as Home Assistant knows."""

    UNKNOWN = "unknown"
    """A person at the wall, the thermostat's app or schedule, or a late answer."""
    GUARD = "guard"
    """The thermostat's answer to a command that the guard sent or forwarded."""
    AUTOMATION = "automation"
    PERSON = "person"

    @property
    def is_foreign(self) -> bool:
        """Whether a person or an automation changed it in Home Assistant, not through the guard."""
        return self in {Author.AUTOMATION, Author.PERSON}


@dataclass(frozen=True, slots=True)
class Grid:
    """The setpoints that a thermostat can have."""

    step: float = kelvin_from_fahrenheit(1)
    """K"""
    offset: float = celsius_from_fahrenheit(0)
    """°C; steps are counted from here: 0 °F or 0 °C."""


FAHRENHEIT_GRID = Grid()


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command to the thermostat."""

    setpoint: float
    """°C"""
    preset: str | None = None
    """The preset to resume after the command."""
    runs_resume_action: bool = False
    """Whether to run the action that the user chose for resuming the program."""
    is_single: bool = False
    """Whether one temperature goes to a thermostat that has a range, as requested."""
    cooling_setpoint: float | None = None
    """The requested cooling setpoint, °C, if the thermostat does not report it yet."""

    @property
    def resumes_program(self) -> bool:
        """Whether the thermostat resumes its program, with the setpoint of the program."""
        return self.runs_resume_action or self.preset is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A setpoint that somebody requests on the guard's climate entity."""

    temperature: float
    """The heating setpoint, °C."""
    hvac_mode: str | None = None
    """The mode that goes with it."""
    is_single: bool = False
    """Whether it is one temperature, and not the heating end of a range."""
    cooling_setpoint: float | None = None
    """The cooling end of the range, °C."""


@dataclass(frozen=True, slots=True)
class Advice:
    """A setpoint that is proposed, °C, and by which limit."""

    setpoint: float
    limit: str


@dataclass(frozen=True, slots=True)
class Source:
    """Where a reading comes from: the state of an entity, or one of its attributes."""

    entity_id: str
    attribute: str | None = None

    def __str__(self) -> str:
        return self.entity_id if self.attribute is None else f"{self.entity_id} {self.attribute}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thermostat:
    """What the thermostat reports; None is unknown. Temperatures in °C."""

    hvac_mode: str | None = None
    hvac_action: str | None = None
    room: float | None = None
    setpoint: float | None = None
    """The heating setpoint."""
    max_setpoint: float | None = None
    """The highest setpoint that it accepts."""
    min_setpoint: float | None = None
    """The lowest setpoint that it accepts."""
    cooling_setpoint: float | None = None
    """The cooling setpoint of a range; None: it has one setpoint."""
    preset: str | None = None
    grid: Grid = FAHRENHEIT_GRID
    is_manual_change: bool = field(default=False, compare=False)
    """Whether a person made the last change, as far as known."""
    author: Author = field(default=Author.UNKNOWN, compare=False)
    last_reported: datetime | None = field(default=None, compare=False)
    """When it last reported."""
    last_changed: datetime | None = field(default=None, compare=False)
    """When its report last changed; later reports were repeated."""

    @property
    def is_set_to_heat(self) -> bool:
        """Whether the setpoint is one to heat to."""
        return self.hvac_mode in HEATING_MODES

    @property
    def has_shared_setpoint(self) -> bool:
        """Whether one setpoint serves for heating and cooling."""
        return self.hvac_mode in CHANGEOVER_MODES and self.cooling_setpoint is None


HEATING_MODES = frozenset({"heat", "heat_cool", "auto"})
CHANGEOVER_MODES = HEATING_MODES - {"heat"}
"""In these a thermostat heats or cools, whichever is needed."""
COOLING_ACTION = "cooling"
"""The action of a thermostat that cools."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """How warm it will be outdoors: (instant, °C), in order."""

    hours: tuple[tuple[datetime, float], ...] = ()


NO_FORECAST = Forecast()


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """Everything that was read at one instant. Equality ignores when it was read."""

    at: datetime = field(compare=False)
    readings: tuple[Raw, ...] = ()
    """One for each signal of the settings, in their order."""
    thermostat: Thermostat = Thermostat()
    outdoor: float | None = None
    """°C"""
    outdoor_last_reported: datetime | None = field(default=None, compare=False)
    power: float | None = None
    """W that AUX draws, where a meter says so."""
    power_last_reported: datetime | None = field(default=None, compare=False)
    meter_reading: float | None = None
    """kWh that AUX has drawn, by a counter that only grows until it is reset."""
    price: float | None = None
    """Of one kWh, in the home's currency."""
    forecast: Forecast = NO_FORECAST
    schedule: tuple[tuple[datetime, float], ...] = ()
    """Scheduled heating setpoints, (start, °C), in order; the first holds now. Empty: unknown."""
    other_thermostats: tuple[Thermostat, ...] = ()
    """The other thermostats of the same equipment: only mode and action."""
    last_reported: tuple[datetime | None, ...] = field(default=(), compare=False)
    """When the source of each reading last reported; None: no source. Empty: unknown."""
    last_changed: tuple[datetime | None, ...] = field(default=(), compare=False)
    """When the source of each reading last changed; later reports were repeated."""
    known_values: tuple[frozenset[str], ...] = ()
    """For each reading the values that its source lists as possible, case-folded.

    Empty: no source lists values.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The verdict of one signal: on, off or unknown (None)."""

    role: Role
    quality: Quality
    is_on: bool | None
    unknown_value: str | None = None
    """A value this signal has no meaning for."""
    is_on_by_delay: bool = False
    """Whether only the delay keeps it on: the reading is already off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heat:
    """The heat state, and the evidence for it."""

    state: HeatState = HeatState.UNKNOWN
    aux: bool | None = None
    compressor: bool | None = None
    emergency_mode: bool | None = None
    quality: Quality | None = None
    """Of the best evidence that tells whether the strips run."""


UNKNOWN_HEAT = Heat()


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run of the strips, from on to off. Unknown times neither end a run nor count."""

    start: datetime
    last_seen: datetime
    """When they were last known to be on."""
    seconds: float
    """Known time on."""
    is_running: bool
    kwh: float = 0.0
    cost: float = 0.0
    outdoor: float | None = None
    """°C when it began, or as soon as that was known."""
    cause: Cause = Cause.UNKNOWN
    """Provisional while it runs."""

    @property
    def end(self) -> datetime | None:
        """When the strips turned off; None while they run."""
        return None if self.is_running else self.last_seen

    def limit_to(self, latest: datetime) -> Run:
        """Return the run with neither its start nor its end after an instant."""
        if self.last_seen <= latest:
            return self
        return replace(self, start=min(self.start, latest), last_seen=latest)
