"""What limits the heating setpoint: figures with unit and reason, and what the user chose. The only home of these defaults."""

from dataclasses import dataclass
from datetime import timedelta

from ..curve import Curve
from ..units import HUNDREDTH_F, NumberSpec, celsius_from_fahrenheit, kelvin_from_fahrenheit

DEFAULT_CAP: Curve = (
    (celsius_from_fahrenheit(25), celsius_from_fahrenheit(70)),
    (celsius_from_fahrenheit(40), celsius_from_fahrenheit(74)),
)
"""(°C outdoors, highest setpoint °C): 74 °F at 40 °F falling to 70 °F at 25 °F and below; makers advise the high 60s or low 70s at most."""

CAP_HYSTERESIS = kelvin_from_fahrenheit(2)
"""K outdoors: a smaller change moves the highest setpoint by less than a thermostat's step."""

CAP_DWELL = timedelta(minutes=30)
"""So long it stays where it is: an outdoor sensor in the sun and out of it must not move setpoints to and fro."""

SWITCHOVER_HYSTERESIS = kelvin_from_fahrenheit(2)
"""K outdoors: as the cap's."""

SWITCHOVER_DWELL = timedelta(minutes=30)
"""A furnace that is lit burns for half an hour at least, or it wears."""

DEFAULT_FURNACE_BELOW = celsius_from_fahrenheit(35)
"""°C: ecobee's default for the compressor to stop; frost takes a tenth of its heat from there on."""

DEFAULT_AUX_LOCKOUT_ABOVE = celsius_from_fahrenheit(40)
"""°C: ASHRAE 90.1 appendix G has no AUX above it."""

OUTDOOR_STALE_AFTER = timedelta(minutes=30)
"""So long the last outdoor temperature counts when there is none: clouds are gone for minutes, and weather does not jump."""

ROOM_STALE_AFTER = timedelta(minutes=10)
"""So long the leash stays where it is when nobody tells how warm the room is: a room does not jump either."""

COMFORT_FLOOR = celsius_from_fahrenheit(62)
"""°C: nobody is asked to live in less."""

FREEZE_FLOOR = 7.0
"""°C (45 °F): pipes freeze in walls that are colder than rooms; no setpoint goes under it, whatever is wanted."""

DEFAULT_RAMP_LIMIT = kelvin_from_fahrenheit(1.5)
"""K over the room: more than the usual differential of 0.5 °F, so that the pump starts, and less than the usual droop of 2 °F, so that the
strips do not."""

RAMP_LIMIT_OVER_DIFFERENTIAL = kelvin_from_fahrenheit(0.75)
"""K: nearer to the thermostat's differential a rounded setpoint may not start the pump."""

RAMP_LIMIT_UNDER_DROOP = kelvin_from_fahrenheit(0.25)
"""K: nearer to its droop a rounded room may stage the strips."""

DEFAULT_DIFFERENTIAL = kelvin_from_fahrenheit(0.5)
"""K under the setpoint at which thermostats call the pump: ecobee's default."""

DEFAULT_DROOP = kelvin_from_fahrenheit(2)
"""K under the setpoint at which thermostats call the strips: the middle of the usual 1 to 3 °F."""

WIDEN_AFTER = timedelta(minutes=15)
"""A thermostat that rests for longer with the room under what it should be does not start on so short a leash."""

WIDEN_UNDER = kelvin_from_fahrenheit(1)
"""K under the target: less is within the differential."""

BACKSTOP_UNDER = kelvin_from_fahrenheit(2)
"""K under what people want: colder is not comfortable."""

BACKSTOP_AFTER = timedelta(minutes=60)
"""So long the pump may try alone."""

BACKSTOP_OVER = kelvin_from_fahrenheit(1)
"""K: so near to what they want people do not notice, and so far over it they do not want it any more."""

COMFORT_LOOK_AHEAD = timedelta(hours=1)
"""How long before they want it people are given what the pump alone does not reach: strips bring a room up by two degrees in that time."""

BUDGET_SETBACK_STEP = kelvin_from_fahrenheit(1)
"""K: the least that shows in what the strips need."""

BUDGET_SETBACK_DWELL = timedelta(minutes=30)
"""A house answers to a step in that time."""

MAX_BUDGET_SETBACK = kelvin_from_fahrenheit(3)
"""K: what utilities take at the most before people switch it off."""

BUDGET_SETBACK_UNDO_AFTER = timedelta(hours=2)
"""So long without strips, and a step is given back."""

RATED_OUTDOOR = celsius_from_fahrenheit(47)
"""°C outdoors at which heat pumps are rated."""

DEFAULT_HEAT_UP_RATE = kelvin_from_fahrenheit(2.5)
"""K in an hour that a usual pump alone warms a usual home at 47 °F outdoors; at the balance point none is left."""

LONGEST_RECOVERY = timedelta(hours=6)
"""How long a recovery may take: what is saved before is lost in a longer one."""

RECOVERY_LOOK_AHEAD = timedelta(hours=24)
"""A setback that is longer is meant: people are away."""

RECOVERY_CHECK_INTERVAL = timedelta(minutes=5)
"""How often a rise is looked at: no write comes more often."""

MIN_WRITE_INTERVAL = timedelta(minutes=5)
MAX_WRITES_PER_HOUR = 12
MAX_WRITES_PER_DAY = 40
"""Clouds and radios of thermostats, and people who look at them, bear no more."""

READBACK_WINDOW = timedelta(minutes=10)
"""So long after a write its value, or the one before it, is no new wish: clouds that are asked every three minutes have answered thrice."""

MAX_READBACK_WINDOW = timedelta(hours=1)
"""However late a thermostat is wont to answer: later, what it shows is what it is."""

READBACK_LAG_FACTOR = 2
READBACK_MARGIN = timedelta(minutes=1)
"""A thermostat that is slower than that is waited for by twice what it took last, and a minute."""

SETTLE_TIME = timedelta(minutes=1)
"""How long a change that nobody in Home Assistant made must stand before it counts. Groups and radios show other values for
seconds while they change over; somebody at the wall does not notice a minute."""

SETTLE_TIME_AFTER_CHOICE = timedelta(seconds=20)
"""The same for what shows at once after a preset or mode was chosen: groups change over within ten seconds, and the strips must
not be called for a minute."""

SETTLE_TIME_AFTER_OUTAGE = timedelta(minutes=4)
"""The same after an outage or a start. Thermostats show a default until they are asked, which clouds do every three minutes."""

MAX_PROVISIONAL_TIME = timedelta(minutes=10)
"""How long changes may go on before the last value counts, settled or not: a flickering source must not disable a person's hand."""

COARSEST_STEP = 1.0
"""K. The coarsest step of common thermostats is 1 °C; rounding to it moves a setpoint by less than that."""

MAX_RANGE_SPLIT = 3.0
"""K. A thermostat that makes a range of one temperature heats to at most so much less; what lies further away is another change."""

FAST_TRIES = 3
"""How often it is told the same: a radio loses one message, hardly three."""

RETRY_INTERVAL = timedelta(hours=1)
"""After that so often: a cloud that was down for a night must not leave a limit behind."""

RECOVERY_EXPIRES_AFTER = timedelta(minutes=15)
"""A recovery that was over for longer when somebody looks again is not wanted any more."""

MANUAL_HOLD_TIME = timedelta(hours=2)
"""So long nothing is limited after somebody changed the setpoint by hand: who is cold now is warm by then."""

MAX_CONFLICTS = 3
CONFLICT_WINDOW = timedelta(days=1)
"""Who changes more often in a day what was written a moment ago wants it so, or is another automation."""

CONFLICT_PAUSE_TIME = timedelta(days=1)
"""So long nothing is limited then."""

RECURRENCE_TIME_TOLERANCE = timedelta(minutes=15)
RECURRENCE_TEMPERATURE_TOLERANCE = kelvin_from_fahrenheit(1)
"""K. A thermostat's schedule is on time to the minute; one that starts early by itself is not."""

RECURRENCE_MIN_DAYS = 3
RECURRENCE_DAYS = 5
"""On so many of the last so many days of the same kind, a change is the thermostat's schedule: one holiday does not undo it."""

MAX_CHANGES = 60
"""Four a day for two weeks, which hold the last five days of a weekend."""

DEADBAND = kelvin_from_fahrenheit(3)
"""K between heating to and cooling to: the least that thermostats take."""


@dataclass(frozen=True, slots=True)
class ProtectionSettings:
    """What the user chose. Temperatures °C, differences K; a limit that is None is off."""

    comfort_floor: float = COMFORT_FLOOR
    cap: Curve | None = DEFAULT_CAP
    ramp_limit: float | None = DEFAULT_RAMP_LIMIT
    has_budget_setback: bool = True
    """Whether AUX over its budget lowers the setpoint."""
    differential: float = DEFAULT_DIFFERENTIAL
    droop: float = DEFAULT_DROOP
    heat_up_rate: float = DEFAULT_HEAT_UP_RATE
    """K in an hour at 47 °F outdoors."""
    has_recovery: bool = True
    """Whether it is warm in time by the pump alone, where it is known what is wanted later."""
    furnace_below: float | None = None
    """°C outdoors at which the furnace takes over; None: never."""
    aux_lockout_above: float | None = None
    """°C outdoors from which on AUX is locked out; None: never."""
    has_resume_action: bool = False
    """Whether something is done to have the thermostat go on as before, whenever a setpoint is given back."""
    has_own_schedule: bool = False
    """Whether the thermostat is said to change its setpoint by itself."""


PROTECTION_NUMBERS: dict[str, NumberSpec] = {
    "comfort_floor": NumberSpec(
        COMFORT_FLOOR, 7, 25, HUNDREDTH_F, "°C", "62 °F: nobody is asked to live in less."
    ),
    "leash": NumberSpec(
        DEFAULT_RAMP_LIMIT,
        0.2,
        5,
        HUNDREDTH_F,
        "K",
        "1.5 °F: over the usual differential, under the usual droop.",
    ),
    "differential": NumberSpec(
        DEFAULT_DIFFERENTIAL, 0.05, 5, HUNDREDTH_F, "K", "0.5 °F: ecobee's default."
    ),
    "droop": NumberSpec(
        DEFAULT_DROOP, 0.2, 10, HUNDREDTH_F, "K", "2 °F: the middle of the usual 1 to 3 °F."
    ),
    "rate": NumberSpec(
        DEFAULT_HEAT_UP_RATE,
        0.1,
        10,
        HUNDREDTH_F,
        "K/h",
        "2.5 °F an hour at 47 °F: a usual pump in a usual home.",
    ),
    "cap_cold_outdoor": NumberSpec(
        DEFAULT_CAP[0][0],
        -30,
        20,
        HUNDREDTH_F,
        "°C",
        "25 °F: there makers advise the high 60s or low 70s at most.",
    ),
    "cap_cold": NumberSpec(
        DEFAULT_CAP[0][1],
        15,
        30,
        HUNDREDTH_F,
        "°C",
        "70 °F: the low 70s are the most that makers advise.",
    ),
    "cap_mild_outdoor": NumberSpec(
        DEFAULT_CAP[1][0],
        -30,
        20,
        HUNDREDTH_F,
        "°C",
        "40 °F: over it a usual pump carries any usual setpoint.",
    ),
    "cap_mild": NumberSpec(DEFAULT_CAP[1][1], 15, 30, HUNDREDTH_F, "°C", "74 °F: few set more."),
    "furnace_below": NumberSpec(
        DEFAULT_FURNACE_BELOW,
        -30,
        20,
        HUNDREDTH_F,
        "°C",
        "35 °F: where ecobee lets the compressor stop.",
    ),
    "lockout_above": NumberSpec(
        DEFAULT_AUX_LOCKOUT_ABOVE,
        -30,
        20,
        HUNDREDTH_F,
        "°C",
        "40 °F: ASHRAE 90.1 has no AUX above it.",
    ),
    "comfort": NumberSpec(
        celsius_from_fahrenheit(70),
        10,
        30,
        HUNDREDTH_F,
        "°C",
        "70 °F: what most set while they are up.",
    ),
    "setback": NumberSpec(
        celsius_from_fahrenheit(62), 7, 30, HUNDREDTH_F, "°C", "62 °F: what most set for the night."
    ),
}
"""What the user can set, and where nothing was set."""

DEFAULT_PROTECTION = ProtectionSettings()
