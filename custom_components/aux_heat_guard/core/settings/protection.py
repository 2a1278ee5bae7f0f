"""The figures of protection with unit and reason, and the user's choices.

This is the only place of these defaults.
"""

from dataclasses import dataclass
from datetime import timedelta

from ..curve import Curve
from ..units import HUNDREDTH_F, NumberSpec, celsius_from_fahrenheit, kelvin_from_fahrenheit

DEFAULT_CAP: Curve = (
    (celsius_from_fahrenheit(25), celsius_from_fahrenheit(70)),
    (celsius_from_fahrenheit(40), celsius_from_fahrenheit(74)),
)
"""(outdoor °C, highest setpoint °C): from 74 °F at 40 °F down to 70 °F at 25 °F and below.

Manufacturers advise the high 60s or low 70s at most.
"""

CAP_HYSTERESIS = kelvin_from_fahrenheit(2)
"""K outdoors. A smaller change moves the cap by less than a thermostat's step."""

CAP_DWELL = timedelta(minutes=30)
"""The shortest time between changes of the cap: sun on a sensor must not move setpoints."""

SWITCHOVER_HYSTERESIS = kelvin_from_fahrenheit(2)
"""K outdoors. The same as for the cap."""

SWITCHOVER_DWELL = timedelta(minutes=30)
"""The shortest time between switchovers: a furnace wears if it burns for less."""

DEFAULT_FURNACE_BELOW = celsius_from_fahrenheit(35)
"""°C. ecobee's default for stopping the compressor: below it, frost costs a tenth of the heat."""

DEFAULT_AUX_LOCKOUT_ABOVE = celsius_from_fahrenheit(40)
"""°C. ASHRAE 90.1 appendix G allows no aux heat above it."""

OUTDOOR_STALE_AFTER = timedelta(minutes=30)
"""How long the last outdoor temperature counts: cloud services fail for minutes at a time."""

ROOM_STALE_AFTER = timedelta(minutes=10)
"""How long the ramp limit stays the same without a room temperature."""

COMFORT_FLOOR = celsius_from_fahrenheit(62)
"""°C. No limit lowers the setpoint below it."""

FREEZE_FLOOR = 7.0
"""°C (45 °F). No setpoint goes below it: pipes freeze in walls that are colder than rooms."""

DEFAULT_RAMP_LIMIT = kelvin_from_fahrenheit(1.5)
"""K above the room.

More than the usual differential of 0.5 °F, so that the heat pump starts, and less than the usual
droop of 2 °F, so that aux heat does not.
"""

RAMP_LIMIT_OVER_DIFFERENTIAL = kelvin_from_fahrenheit(0.75)
"""K. Closer to the thermostat's differential, a rounded setpoint may not start the heat pump."""

RAMP_LIMIT_UNDER_DROOP = kelvin_from_fahrenheit(0.25)
"""K. Closer to the thermostat's droop, a rounded room temperature may start aux heat."""

DEFAULT_DIFFERENTIAL = kelvin_from_fahrenheit(0.5)
"""K below the setpoint at which a thermostat calls for heat: ecobee's default."""

DEFAULT_DROOP = kelvin_from_fahrenheit(2)
"""K below the setpoint at which a thermostat calls aux heat: the middle of the usual 1 to 3 °F."""

WIDEN_AFTER = timedelta(minutes=15)
"""A thermostat that rests for longer in a cold room needs a wider ramp limit to start heating."""

WIDEN_UNDER = kelvin_from_fahrenheit(1)
"""K below the target. Less is within the differential."""

BACKSTOP_UNDER = kelvin_from_fahrenheit(2)
"""K below the temperature that people want. A colder room is not comfortable."""

BACKSTOP_AFTER = timedelta(minutes=60)
"""How long the heat pump may try alone in a cold room."""

BACKSTOP_OVER = kelvin_from_fahrenheit(1)
"""K. A room this close to the wanted temperature is comfortable; one this far above is too warm."""

COMFORT_LOOK_AHEAD = timedelta(hours=1)
"""How long before a scheduled rise aux heat may help: it raises a room by 2 °F in that time."""

BUDGET_SETBACK_STEP = kelvin_from_fahrenheit(1)
"""K. The smallest step with a visible effect on aux heat."""

BUDGET_SETBACK_DWELL = timedelta(minutes=30)
"""How long a house takes to respond to a step."""

MAX_BUDGET_SETBACK = kelvin_from_fahrenheit(3)
"""K. The most that utilities use before people opt out."""

BUDGET_SETBACK_UNDO_AFTER = timedelta(hours=2)
"""How long aux heat must stay off before a step is undone."""

RATED_OUTDOOR = celsius_from_fahrenheit(47)
"""°C. The outdoor temperature at which heat pumps are rated."""

DEFAULT_HEAT_UP_RATE = kelvin_from_fahrenheit(2.5)
"""K per hour at which a typical heat pump alone warms a typical home at 47 °F outdoors."""

LONGEST_RECOVERY = timedelta(hours=6)
"""The longest recovery: a longer one loses what the setback saved."""

RECOVERY_LOOK_AHEAD = timedelta(hours=24)
"""Longer setbacks are not shortened by recovery: people are away."""

RECOVERY_CHECK_INTERVAL = timedelta(minutes=5)
"""How often a recovery is checked: writes are not more frequent."""

MIN_WRITE_INTERVAL = timedelta(minutes=5)
MAX_WRITES_PER_HOUR = 12
MAX_WRITES_PER_DAY = 40
"""Cloud services, radios and people tolerate no more writes."""

READBACK_WINDOW = timedelta(minutes=10)
"""How long a readback may take: cloud services polled every three minutes answer thrice in it."""

MAX_READBACK_WINDOW = timedelta(hours=1)
"""The longest readback window, even for slow thermostats."""

READBACK_LAG_FACTOR = 2
READBACK_MARGIN = timedelta(minutes=1)
"""The readback window of a slow thermostat: twice its last lag, plus a minute."""

SETTLE_TIME = timedelta(minutes=1)
"""How long a change from outside Home Assistant must stay before it counts.

Groups and radios report other values for seconds during a change. A person at the thermostat does
not notice a minute.
"""

SETTLE_TIME_AFTER_CHOICE = timedelta(seconds=20)
"""The same right after a preset or mode was chosen.

Groups change within ten seconds, and a minute would be long enough to call aux heat.
"""

SETTLE_TIME_AFTER_OUTAGE = timedelta(minutes=4)
"""The same after an outage or a start.

Thermostats report a default until they are polled, which cloud services do every three minutes.
"""

MAX_PROVISIONAL_TIME = timedelta(minutes=10)
"""How long changes may go on before the last value counts, settled or not.

A flickering source must not disable manual changes.
"""

COARSEST_STEP = 1.0
"""K. The coarsest step of common thermostats is 1 °C. Rounding moves a setpoint by less."""

MAX_RANGE_SPLIT = 3.0
"""K. A thermostat that splits one temperature into a range heats to at most this much less."""

FAST_TRIES = 3
"""How often a write is repeated quickly: a radio rarely loses three messages in a row."""

RETRY_INTERVAL = timedelta(hours=1)
"""How often a write is repeated after that: a limit must not stay after a night-long outage."""

RECOVERY_EXPIRES_AFTER = timedelta(minutes=15)
"""A recovery that was due longer ago than this is not wanted any more."""

MANUAL_HOLD_TIME = timedelta(hours=2)
"""How long nothing is limited after a manual change: a cold person is warm by then."""

MAX_CONFLICTS = 3
CONFLICT_WINDOW = timedelta(days=1)
"""More changes per day right after a write are intended, or come from another automation."""

CONFLICT_PAUSE_TIME = timedelta(days=1)
"""How long nothing is limited after repeated conflicts."""

RECURRENCE_TIME_TOLERANCE = timedelta(minutes=15)
RECURRENCE_TEMPERATURE_TOLERANCE = kelvin_from_fahrenheit(1)
"""K. The times have tolerance because some thermostats start their schedule early."""

RECURRENCE_MIN_DAYS = 3
RECURRENCE_DAYS = 5
"""A change on 3 of the last 5 days of the same kind is a schedule: one holiday does not end it."""

MAX_CHANGES = 60
"""Four changes a day for two weeks, which contain the last five weekend days."""

DEADBAND = kelvin_from_fahrenheit(3)
"""K between the heating and the cooling setpoint: the least that thermostats accept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectionSettings:
    """The user's choices. Temperatures in °C, differences in K. A limit that is None is off."""

    comfort_floor: float = COMFORT_FLOOR
    cap: Curve | None = DEFAULT_CAP
    ramp_limit: float | None = DEFAULT_RAMP_LIMIT
    has_budget_setback: bool = True
    """Whether aux heat over its budget lowers the setpoint."""
    differential: float = DEFAULT_DIFFERENTIAL
    droop: float = DEFAULT_DROOP
    heat_up_rate: float = DEFAULT_HEAT_UP_RATE
    """K per hour at 47 °F outdoors."""
    has_recovery: bool = True
    """Whether smart recovery is on."""
    furnace_below: float | None = None
    """The outdoor °C at and below which the furnace takes over, or None."""
    aux_lockout_above: float | None = None
    """The outdoor °C at and above which aux heat is locked out, or None."""
    has_resume_action: bool = False
    """Whether a resume action runs when the requested setpoint is restored."""
    has_own_schedule: bool = False
    """Whether the user declared that the thermostat runs a schedule of its own."""


PROTECTION_NUMBERS: dict[str, NumberSpec] = {
    "comfort_floor": NumberSpec(
        COMFORT_FLOOR, 7, 25, HUNDREDTH_F, "°C", "62 °F: no limit lowers the setpoint below it."
    ),
    "leash": NumberSpec(
        DEFAULT_RAMP_LIMIT,
        0.2,
        5,
        HUNDREDTH_F,
        "K",
        "1.5 °F: above the usual differential, below the usual droop.",
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
        "2.5 °F an hour at 47 °F: a typical heat pump in a typical home.",
    ),
    "cap_cold_outdoor": NumberSpec(
        DEFAULT_CAP[0][0],
        -30,
        20,
        HUNDREDTH_F,
        "°C",
        "25 °F: manufacturers advise the high 60s or low 70s at most.",
    ),
    "cap_cold": NumberSpec(
        DEFAULT_CAP[0][1],
        15,
        30,
        HUNDREDTH_F,
        "°C",
        "70 °F: manufacturers advise the low 70s at most.",
    ),
    "cap_mild_outdoor": NumberSpec(
        DEFAULT_CAP[1][0],
        -30,
        20,
        HUNDREDTH_F,
        "°C",
        "40 °F: above it a typical heat pump reaches any typical setpoint.",
    ),
    "cap_mild": NumberSpec(
        DEFAULT_CAP[1][1], 15, 30, HUNDREDTH_F, "°C", "74 °F: few people set more."
    ),
    "furnace_below": NumberSpec(
        DEFAULT_FURNACE_BELOW,
        -30,
        20,
        HUNDREDTH_F,
        "°C",
        "35 °F: ecobee's default for stopping the compressor.",
    ),
    "lockout_above": NumberSpec(
        DEFAULT_AUX_LOCKOUT_ABOVE,
        -30,
        20,
        HUNDREDTH_F,
        "°C",
        "40 °F: ASHRAE 90.1 allows no aux heat above it.",
    ),
    "comfort": NumberSpec(
        celsius_from_fahrenheit(70),
        10,
        30,
        HUNDREDTH_F,
        "°C",
        "70 °F: a common setpoint during the day.",
    ),
    "setback": NumberSpec(
        celsius_from_fahrenheit(62), 7, 30, HUNDREDTH_F, "°C", "62 °F: a common setpoint at night."
    ),
}
"""The figures that the user can set, with their defaults."""

DEFAULT_PROTECTION = ProtectionSettings()
