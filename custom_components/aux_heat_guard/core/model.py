"""Frozen records that several parts of the package share."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from .units import celsius_from_fahrenheit, kelvin_from_fahrenheit

type Raw = str | bool | int | float | tuple[str, ...] | None
"""A raw value of a source. None if the source reports nothing."""


class HeatState(StrEnum):
    """The equipment that heats the house now."""

    OFF = "off"
    HEAT_PUMP = "heat_pump"
    HEAT_PUMP_AUX = "heat_pump_aux"
    EMERGENCY = "emergency"
    FURNACE = "furnace"
    DEFROST = "defrost"
    UNKNOWN = "unknown"


class Quality(StrEnum):
    """Quality of a piece of evidence, best first."""

    MEASURED = "measured"
    REPORTED = "reported"
    INFERRED = "inferred"


class Role(StrEnum):
    """Subject of a piece of evidence."""

    AUX = "aux"
    EMERGENCY = "emergency"
    COMPRESSOR = "compressor"
    DEFROST = "defrost"


class Equipment(StrEnum):
    """Equipment that provides aux heat in the home."""

    STRIPS = "strips"
    FURNACE = "furnace"
    NONE = "none"


class Cause(StrEnum):
    """Cause of an aux heat run."""

    SETBACK = "setback"
    """The room is recovering from a setback."""
    MANUAL = "hand"
    """Somebody raised the setpoint."""
    DEFROST = "defrost"
    EMERGENCY = "emergency"
    COLD = "cold"
    """The weather is below the balance point, where the heat pump alone cannot heat the home."""
    UNKNOWN = "unknown"


class Severity(StrEnum):
    """Severity of an alert."""

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
    """A limit on the heating setpoint."""

    CAP = "cap"
    """In the cold, the heat pump alone cannot reach a higher setpoint."""
    RAMP_LIMIT = "leash"
    """A setpoint further above the room temperature would make the thermostat call aux heat."""
    BUDGET_SETBACK = "overrun"
    """Aux heat exceeded its budget."""


class Mode(StrEnum):
    """Level of protection: what the guard may do to prevent aux heat."""

    MONITOR = "monitor"
    """The guard never writes to the thermostat."""
    ADVISE = "advise"
    """The guard proposes setpoints, but does not write them."""
    PROTECT = "protect"


class SwitchoverKind(StrEnum):
    """Use of a switchover at an outdoor temperature."""

    FURNACE = "furnace"
    """The furnace heats instead of the heat pump."""
    AUX_LOCKOUT = "lockout"
    """Aux heat is locked out."""


class Author(StrEnum):
    """Origin of a state change of the thermostat, as far as Home Assistant knows."""

    UNKNOWN = "unknown"
    """A person at the thermostat, the thermostat's app or schedule, or a late answer."""
    GUARD = "guard"
    """The thermostat's answer to a command that the guard sent or forwarded."""
    AUTOMATION = "automation"
    PERSON = "person"

    @property
    def is_foreign(self) -> bool:
        """True if somebody or an automation in Home Assistant made the change, not the guard."""
        return self in {Author.AUTOMATION, Author.PERSON}


@dataclass(frozen=True, slots=True)
class Grid:
    """The setpoints that a thermostat accepts."""

    step: float = kelvin_from_fahrenheit(1)
    """The step between setpoints, in K."""
    offset: float = celsius_from_fahrenheit(0)
    """The origin of the steps, in °C: 0 °F or 0 °C."""


FAHRENHEIT_GRID = Grid()


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command to the thermostat."""

    setpoint: float
    """°C"""
    preset: str | None = None
    """The preset to resume after the command."""
    runs_resume_action: bool = False
    """True to run the action that the user chose for resuming the program."""
    is_single: bool = False
    """True to send one temperature to a thermostat that has a range, as requested."""
    cooling_setpoint: float | None = None
    """The requested cooling setpoint, °C, if the thermostat does not report it yet."""

    @property
    def resumes_program(self) -> bool:
        """True if the thermostat resumes its program, with the setpoint of the program."""
        return self.runs_resume_action or self.preset is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A setpoint that somebody requests on the guard's climate entity."""

    temperature: float
    """The heating setpoint, °C."""
    hvac_mode: str | None = None
    """The requested mode."""
    is_single: bool = False
    """True for one temperature, False for the heating end of a range."""
    cooling_setpoint: float | None = None
    """The cooling end of the range, °C."""


@dataclass(frozen=True, slots=True)
class Advice:
    """A proposed setpoint, °C, and the limit that proposes it."""

    setpoint: float
    limit: str


@dataclass(frozen=True, slots=True)
class Source:
    """Source of a reading: the state of an entity, or one of its attributes."""

    entity_id: str
    attribute: str | None = None

    def __str__(self) -> str:
        return self.entity_id if self.attribute is None else f"{self.entity_id} {self.attribute}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thermostat:
    """State that the thermostat reports. None is unknown. Temperatures are in °C."""

    hvac_mode: str | None = None
    hvac_action: str | None = None
    room: float | None = None
    setpoint: float | None = None
    """The heating setpoint."""
    max_setpoint: float | None = None
    """The highest setpoint that the thermostat accepts."""
    min_setpoint: float | None = None
    """The lowest setpoint that the thermostat accepts."""
    cooling_setpoint: float | None = None
    """The cooling setpoint of a range. None if the thermostat has one setpoint."""
    preset: str | None = None
    grid: Grid = FAHRENHEIT_GRID
    is_manual_change: bool = field(default=False, compare=False)
    """True if a person made the last change, as far as known."""
    author: Author = field(default=Author.UNKNOWN, compare=False)
    last_reported: datetime | None = field(default=None, compare=False)
    """The time of the last report."""
    last_changed: datetime | None = field(default=None, compare=False)
    """The time the report last changed. Later reports were repeats."""

    @property
    def is_set_to_heat(self) -> bool:
        """True if the setpoint is a heating setpoint."""
        return self.hvac_mode in HEATING_MODES

    @property
    def has_shared_setpoint(self) -> bool:
        """True if one setpoint serves for heating and cooling."""
        return self.hvac_mode in CHANGEOVER_MODES and self.cooling_setpoint is None


HEATING_MODES = frozenset({"heat", "heat_cool", "auto"})
CHANGEOVER_MODES = HEATING_MODES - {"heat"}
"""The modes in which a thermostat heats or cools, whichever is needed."""
COOLING_ACTION = "cooling"
"""The action of a thermostat that is cooling."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """Forecast outdoor temperatures: (instant, °C), in order."""

    hours: tuple[tuple[datetime, float], ...] = ()


NO_FORECAST = Forecast()


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """All readings of one instant. Equality ignores the time of the readings."""

    at: datetime = field(compare=False)
    readings: tuple[Raw, ...] = ()
    """One for each signal of the settings, in their order."""
    thermostat: Thermostat = Thermostat()
    outdoor: float | None = None
    """°C"""
    outdoor_last_reported: datetime | None = field(default=None, compare=False)
    power: float | None = None
    """The power of aux heat, in W, if a meter reports it."""
    power_last_reported: datetime | None = field(default=None, compare=False)
    meter_reading: float | None = None
    """The energy of aux heat, in kWh, from a counter that only grows until it is reset."""
    price: float | None = None
    """The price of one kWh, in the home's currency."""
    forecast: Forecast = NO_FORECAST
    schedule: tuple[tuple[datetime, float], ...] = ()
    """Scheduled heating setpoints, (start, °C), in order; the first holds now. Empty: unknown."""
    other_thermostats: tuple[Thermostat, ...] = ()
    """The other thermostats of the same equipment: only mode and action."""
    last_reported: tuple[datetime | None, ...] = field(default=(), compare=False)
    """The time each source last reported. None: no source. Empty: unknown."""
    last_changed: tuple[datetime | None, ...] = field(default=(), compare=False)
    """The time each source last changed. Later reports were repeats."""
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
    """A value that the signal cannot interpret."""
    is_on_by_delay: bool = False
    """True if only the delay keeps the signal on: the reading is already off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heat:
    """The heat state, and the evidence for it."""

    state: HeatState = HeatState.UNKNOWN
    aux: bool | None = None
    compressor: bool | None = None
    emergency_mode: bool | None = None
    quality: Quality | None = None
    """The quality of the best evidence about aux heat."""


UNKNOWN_HEAT = Heat()


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run of aux heat, from on to off. Unknown times neither end a run nor count."""

    start: datetime
    last_seen: datetime
    """The time aux heat was last known to be on."""
    seconds: float
    """The known time on."""
    is_running: bool
    kwh: float = 0.0
    cost: float = 0.0
    outdoor: float | None = None
    """The outdoor temperature, °C, at the start of the run, or as soon as it was known."""
    cause: Cause = Cause.UNKNOWN
    """The cause, which is provisional during the run."""

    @property
    def end(self) -> datetime | None:
        """The time aux heat turned off. None during the run."""
        return None if self.is_running else self.last_seen

    def limit_to(self, latest: datetime) -> Run:
        """Return the run with neither its start nor its end after an instant."""
        if self.last_seen <= latest:
            return self
        return replace(self, start=min(self.start, latest), last_seen=latest)
