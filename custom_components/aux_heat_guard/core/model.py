"""Frozen values that cross rooms."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from .units import fahrenheit, fahrenheit_degrees

type Raw = str | bool | int | float | tuple[str, ...] | None
"""What a source says, as it says it; None where it says nothing."""


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
    """What a piece of evidence speaks of."""

    AUX = "aux"
    EMERGENCY = "emergency"
    COMPRESSOR = "compressor"
    DEFROST = "defrost"


class Equipment(StrEnum):
    """What AUX is in this home."""

    STRIPS = "strips"
    FURNACE = "furnace"
    NONE = "none"


class Cause(StrEnum):
    """Why the strips ran."""

    SETBACK = "setback"
    """The room is brought back from a setback."""
    HAND = "hand"
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
    """What is told of."""

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
    BLIND = "blind"
    ADVICE = "advice"


class Limit(StrEnum):
    """What holds the heating setpoint down."""

    CAP = "cap"
    """It is cold, and a heat pump alone does not reach more."""
    LEASH = "leash"
    """Further over the room the thermostat would call the strips."""
    OVERRUN = "overrun"
    """The strips ran over their budget."""


class Mode(StrEnum):
    """What may be done about the strips."""

    MONITOR = "monitor"
    """Nothing is ever written to the thermostat."""
    ADVISE = "advise"
    """It is said what would be written."""
    PROTECT = "protect"


class Switch(StrEnum):
    """What is switched by the outdoor temperature."""

    FURNACE = "furnace"
    """The furnace heats in the place of the heat pump."""
    LOCKOUT = "lockout"
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

    step: float = fahrenheit_degrees(1)
    """K"""
    origin: float = fahrenheit(0)
    """°C; steps are counted from here: 0 °F or 0 °C."""


WHOLE_FAHRENHEIT = Grid()


@dataclass(frozen=True, slots=True)
class Command:
    """What the thermostat is to be told."""

    setpoint: float
    """°C"""
    preset: str | None = None
    """What is to be resumed after it."""
    resumes: bool = False
    """Whether the thermostat is to go on as before, by what the user chose for that."""
    single: bool = False
    """Whether it is told as one temperature to a thermostat that has a range, as somebody asked for it."""
    cooling: float | None = None
    """The cooling end of the range, °C, where the thermostat does not show yet what somebody asked for."""

    @property
    def goes_on(self) -> bool:
        """Whether the thermostat comes to go on as before, with whatever setpoint that has."""
        return self.resumes or self.preset is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A setpoint that somebody requests on the guard's climate entity."""

    temperature: float
    """The heating setpoint, °C."""
    mode: str | None = None
    """The mode that goes with it."""
    single: bool = False
    """Whether it is one temperature, and not the heating end of a range."""
    cooling: float | None = None
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


@dataclass(frozen=True, slots=True)
class Thermostat:
    """What the thermostat says of itself; None is unknown. Temperatures in °C."""

    mode: str | None = None
    action: str | None = None
    room: float | None = None
    setpoint: float | None = None
    """What it heats to."""
    ceiling: float | None = None
    """The highest setpoint that it says it takes."""
    floor: float | None = None
    """The lowest setpoint that it says it takes."""
    cooling: float | None = None
    """What it cools to, where it has a range; None: it has one setpoint."""
    preset: str | None = None
    grid: Grid = WHOLE_FAHRENHEIT
    by_hand: bool = field(default=False, compare=False)
    """Whether a person made it say so, as far as that is known."""
    author: Author = field(default=Author.UNKNOWN, compare=False)
    reported: datetime | None = field(default=None, compare=False)
    """When it said so last."""
    changed: datetime | None = field(default=None, compare=False)
    """Since when it says so: what it reported later, it reported again."""

    @property
    def is_set_to_heat(self) -> bool:
        """Whether the setpoint is one to heat to."""
        return self.mode in HEATING_MODES

    @property
    def may_cool_too(self) -> bool:
        """Whether one setpoint serves for heating and cooling."""
        return self.mode in CHANGEOVER_MODES and self.cooling is None


HEATING_MODES = frozenset({"heat", "heat_cool", "auto"})
CHANGEOVER_MODES = HEATING_MODES - {"heat"}
"""In these a thermostat heats or cools, whichever is needed."""
COOLING = "cooling"
"""What a thermostat says that it does while it cools."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """How warm it will be outdoors: (instant, °C), in order."""

    hours: tuple[tuple[datetime, float], ...] = ()


NO_FORECAST = Forecast()


@dataclass(frozen=True, slots=True)
class Observation:
    """Everything that was seen at one instant. Two observations of the same things are equal, whenever they were made."""

    at: datetime = field(compare=False)
    readings: tuple[Raw, ...] = ()
    """One for each signal of the settings, in their order."""
    thermostat: Thermostat = Thermostat()
    outdoor: float | None = None
    """°C"""
    outdoor_reported: datetime | None = field(default=None, compare=False)
    power: float | None = None
    """W that AUX draws, where a meter says so."""
    power_reported: datetime | None = field(default=None, compare=False)
    meter: float | None = None
    """kWh that AUX has drawn, by a counter that only grows until it is reset."""
    price: float | None = None
    """Of one kWh, in the home's currency."""
    forecast: Forecast = NO_FORECAST
    plan: tuple[tuple[datetime, float], ...] = ()
    """What is wanted of the heating: (from when on, °C), in order; the first one holds now. Empty: nobody said."""
    others: tuple[Thermostat, ...] = ()
    """The other thermostats of the same equipment: only mode and action."""
    reported: tuple[datetime | None, ...] = field(default=(), compare=False)
    """For each reading when its source said so last; None where it has none, or is gone. Empty: nobody knows."""
    changed: tuple[datetime | None, ...] = field(default=(), compare=False)
    """For each reading since when its source says so: what it reported later, it reported again."""
    words: tuple[frozenset[str], ...] = ()
    """For each reading the words, case-folded, that its source says it can say; none where it does not tell. Empty: no source tells."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one signal says: on, off, or nothing (None)."""

    role: Role
    quality: Quality
    verdict: bool | None
    strange: str | None = None
    """A value this signal has no meaning for."""
    lingers: bool = False
    """Whether it says on by its delay only: what it reads says off already."""


@dataclass(frozen=True, slots=True)
class Heat:
    """The heat state with what it rests on."""

    state: HeatState = HeatState.UNKNOWN
    strips: bool | None = None
    compressor: bool | None = None
    emergency_mode: bool | None = None
    quality: Quality | None = None
    """Of the best evidence that tells whether the strips run."""


NOTHING_KNOWN = Heat()


@dataclass(frozen=True, slots=True)
class Run:
    """The strips from on to off. Gaps in which nobody saw them do not end a run, and do not count."""

    start: datetime
    last_seen: datetime
    """Up to here they were seen on."""
    seconds: float
    """For how long they were seen on."""
    running: bool
    kwh: float = 0.0
    cost: float = 0.0
    outdoor: float | None = None
    """°C when it began, or as soon as that was known."""
    cause: Cause = Cause.UNKNOWN
    """Provisional while it runs."""

    @property
    def end(self) -> datetime | None:
        """When they went off; None while they run."""
        return None if self.running else self.last_seen
