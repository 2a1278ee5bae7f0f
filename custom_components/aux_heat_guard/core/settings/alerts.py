"""What each alert goes by: its figures with default, range, unit and reason, and how much it matters. The only home of these defaults."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta

from ..curve import Curve
from ..model import Alert, Severity
from ..units import HUNDREDTH_F, NumberSpec, celsius_from_fahrenheit, kelvin_from_fahrenheit
from .protection import DEFAULT_CAP

_MIN, _HOURS, _DAYS, _CELSIUS, _KELVIN = "min", "h", "d", "°C", "K"

BALANCE_POINT = NumberSpec(
    celsius_from_fahrenheit(25),
    -30,
    15,
    HUNDREDTH_F,
    _CELSIUS,
    "25 °F: below it a usual heat pump of the usual size needs help.",
)

THRESHOLDS: dict[Alert, dict[str, NumberSpec]] = {
    Alert.OVERRUN: {
        "budget": NumberSpec(180, 5, 10_080, 5, _MIN, "ecobee's own alert: 3 h."),
        "window": NumberSpec(
            24, 1, 168, 1, _HOURS, "A day: what a home needs changes with day and night."
        ),
    },
    Alert.LONG_RUN: {
        "longest": NumberSpec(
            90,
            10,
            1440,
            5,
            _MIN,
            "A recovery of a few degrees with strips is over in half that time.",
        ),
    },
    Alert.MILD_WEATHER: {
        "minutes": NumberSpec(
            10,
            1,
            600,
            1,
            _MIN,
            "One run is at least 5 min by the thermostats' own minimum; two of them are no accident.",
        ),
        "outdoor": NumberSpec(
            celsius_from_fahrenheit(40),
            -10,
            20,
            HUNDREDTH_F,
            _CELSIUS,
            "40 °F: ASHRAE 90.1 lets strips run only below it.",
        ),
    },
    Alert.NOT_HEATING: {
        "after": NumberSpec(
            60, 20, 480, 5, _MIN, "Any sound pump shows in the room within an hour."
        ),
        "under": NumberSpec(
            kelvin_from_fahrenheit(1),
            0.2,
            5,
            HUNDREDTH_F,
            _KELVIN,
            "1 °F: outside a thermostat's differential.",
        ),
        "above_balance": NumberSpec(
            kelvin_from_fahrenheit(10),
            0,
            20,
            HUNDREDTH_F,
            _KELVIN,
            "10 °F above its balance point a pump has a third of its capacity to spare.",
        ),
        "lockout": NumberSpec(
            celsius_from_fahrenheit(0),
            -40,
            15,
            HUNDREDTH_F,
            _CELSIUS,
            "0 °F: few compressors are locked out above it; those that are need a setting.",
        ),
        "strips_alone": NumberSpec(
            180,
            30,
            1440,
            10,
            _MIN,
            "No defrosts and no delays before a compressor starts add up to 3 h, for it runs between them.",
        ),
    },
    Alert.NOT_CATCHING_UP: {
        "after": NumberSpec(
            120,
            30,
            720,
            10,
            _MIN,
            "The heat-pump makers' sign: it is not there after a usual recovery.",
        ),
        "under": NumberSpec(
            kelvin_from_fahrenheit(3),
            0.5,
            6,
            HUNDREDTH_F,
            _KELVIN,
            "3 °F: the heat-pump makers' sign that a pump cannot keep up.",
        ),
    },
    Alert.EMERGENCY_LEFT_ON: {
        "after": NumberSpec(
            12,
            1,
            168,
            1,
            _HOURS,
            "A night is what emergency heat is for; the day after somebody has forgotten it.",
        ),
        "mild_after": NumberSpec(
            60, 10, 1440, 10, _MIN, "Where the pump would do, an hour is for nothing."
        ),
        "outdoor": NumberSpec(
            celsius_from_fahrenheit(40),
            -10,
            20,
            HUNDREDTH_F,
            _CELSIUS,
            "40 °F, as in mild weather.",
        ),
    },
    Alert.STRIPS_WITHOUT_CALL: {
        "after": NumberSpec(
            5, 2, 120, 1, _MIN, "Longer than any thermostat takes to tell that it called."
        ),
        "idle_after": NumberSpec(
            15,
            5,
            240,
            5,
            _MIN,
            "Some thermostats are idle between two calls; no strips coast that long.",
        ),
    },
    Alert.SHORT_CYCLING: {
        "starts": NumberSpec(
            10,
            3,
            60,
            1,
            None,
            "With the usual minimum of 5 min on, ten starts leave the strips a minute's rest each.",
        ),
    },
    Alert.NEAR_FREEZING: {
        "outdoor": NumberSpec(
            celsius_from_fahrenheit(35),
            -15,
            15,
            HUNDREDTH_F,
            _CELSIUS,
            "35 °F: the coil is then at freezing.",
        ),
    },
    Alert.COLD_SNAP: {
        "hours": NumberSpec(3, 1, 24, 1, _HOURS, "A shorter dip is carried by the house."),
    },
    Alert.FIRST_AUX: {
        "days": NumberSpec(60, 7, 365, 1, _DAYS, "Two months of dust on the strips can be smelt."),
    },
    Alert.UNDERSIZED: {
        "days": NumberSpec(30, 7, 200, 1, _DAYS, "Fewer are one spell of weather."),
        "share": NumberSpec(
            10,
            2,
            90,
            1,
            "%",
            "A pump of the right size leaves under a tenth to strips above 30 °F.",
        ),
    },
    Alert.FILTER: {
        "hours": NumberSpec(
            250,
            50,
            3000,
            10,
            _HOURS,
            "The makers say monthly at best; a heating month has about as many.",
        ),
        "days": NumberSpec(
            30,
            0,
            365,
            1,
            _DAYS,
            "The makers' month: an inverter pump that runs all day has its hours in ten days, at a breath of air.",
        ),
    },
    Alert.MISSING_DATA: {
        "after": NumberSpec(
            30,
            5,
            1440,
            5,
            _MIN,
            "Clouds are gone for minutes; after half an hour something is broken.",
        ),
    },
    Alert.ADVICE: {
        "after": NumberSpec(
            10, 1, 240, 1, _MIN, "Nobody gets up for a limit that is over in minutes."
        ),
    },
}

DEFAULT_SEVERITIES = dict.fromkeys(Alert, Severity.WARNING) | {
    Alert.STRIPS_WITHOUT_CALL: Severity.CRITICAL,
    Alert.NEAR_FREEZING: Severity.INFO,
    Alert.COLD_SNAP: Severity.INFO,
    Alert.FIRST_AUX: Severity.INFO,
    Alert.UNDERSIZED: Severity.INFO,
    Alert.FILTER: Severity.INFO,
    Alert.ADVICE: Severity.INFO,
}

OVERRUN_CLEAR_SHARE = 0.8
"""Share of the budget: an alert that comes and goes with each minute would be switched off."""

CYCLING_CLEAR_SHARE = 0.5
"""Share of the starts: an hour with under 5 where 10 are too many."""

REFRIGERANT_WARMING = kelvin_from_fahrenheit(5)
"""K: that much warmer outdoors and still behind points to low refrigerant (the heat-pump makers' sign)."""

MIN_RISE = kelvin_from_fahrenheit(0.5)
"""K in an hour: under it a room is not catching up."""

AUX_AFTERHEAT = timedelta(hours=1)
"""So long after the strips the walls take heat from air that they warmed: a room that falls tells nothing of the pump."""

NO_RISE = 0.1
"""K in an hour: under it a room does not rise; thermometers tell tenths."""

STANDSTILL_LIMIT = timedelta(minutes=10)
"""Of calls without the compressor: twice the 5 min that it must rest between two runs. After that it has to prove itself anew."""

MIN_STRIPS_SHARE = 0.1
"""Of the time in which heat is called for: strips that hide a dead compressor in mild weather rest for most of it."""

CAUGHT_UP_WITHIN = kelvin_from_fahrenheit(1)
"""K under the target."""

FREEZING_CLEAR_ABOVE = celsius_from_fahrenheit(38)
"""°C: 3 °F over the threshold, or an alert would come and go with a thermometer's noise."""

NEAR_FREEZING_DELAY = timedelta(minutes=10)
"""Two samples of a source that is polled every 5 min: one alone is a setpoint in passing, or a thermometer's noise."""

FREEZING_LOOKAHEAD = timedelta(hours=12)
"""A night."""

COLD_SNAP_LOOKAHEAD = timedelta(hours=24)
"""In a day something can still be done about it."""

UNDERSIZED_ABOVE = celsius_from_fahrenheit(30)
"""°C: strips are needed below it in many homes, above it in none that has the right pump."""

UNREPORTED_CALL_TIMEOUT = timedelta(minutes=30)
"""A thermostat that says only what changes said long ago that it is off; after half an hour of strips its word counts as fresh."""

UNKNOWN_TIMEOUT = timedelta(minutes=10)
"""A condition that nobody sees for longer starts anew; clouds are gone for three minutes."""

PUMP_CLEAR_DELAY = timedelta(hours=1)
"""So long a pump must heat again to be trusted."""

STRIPS_CLEAR_DELAY = timedelta(minutes=5)
"""So long strips must be off again to be trusted."""

CRITICAL_REMINDER = timedelta(hours=1)
"""What is dangerous is told again until somebody answers."""

COOLDOWN = timedelta(hours=1)
"""What comes back within it is shown, and told when it lasts."""

ONE_DAY = timedelta(hours=24)
"""How long what is told once a day at most rests."""

SNOOZE_TIME = timedelta(hours=24)
ALLOW_AUX_TIME = timedelta(hours=2)
"""How long AUX is allowed by a button: a bath, a visit, a recovery."""

SUMMARY_AT = time(8)
"""When the day's summary of what was expected is told."""

MIN_SUMMARY_AUX = timedelta(minutes=30)
"""Of AUX in a day: less is nothing to speak of."""

QUIET_START, QUIET_END = time(22), time(7)
"""When nothing but what is critical is told."""

SUGGESTED_SETBACK = kelvin_from_fahrenheit(2)
"""K: what utilities let setpoints move at once."""

ALLOWABLE_ALERTS = frozenset(
    {Alert.OVERRUN, Alert.LONG_RUN, Alert.MILD_WEATHER, Alert.NEAR_FREEZING}
)
"""What is not told while somebody has allowed AUX."""


@dataclass(frozen=True, slots=True)
class AlertConfig:
    """What the user chose for one alert."""

    enabled: bool = True
    severity: Severity = Severity.WARNING
    thresholds: Mapping[str, float] = field(default_factory=dict)


def default_config(alert: Alert) -> AlertConfig:
    """Choose what fits most homes."""
    return AlertConfig(
        True,
        DEFAULT_SEVERITIES[alert],
        {name: number.default for name, number in THRESHOLDS[alert].items()},
    )


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """What the user chose for all alerts."""

    configs: Mapping[Alert, AlertConfig] = field(
        default_factory=lambda: {alert: default_config(alert) for alert in Alert}
    )
    balance_point: float = BALANCE_POINT.default
    """°C outdoors at which the heat pump alone just carries the home."""
    cap: Curve = DEFAULT_CAP
    quiet_hours: tuple[time, time] | None = (QUIET_START, QUIET_END)
    """Local times between which nothing but what is critical is told; None: never."""


DEFAULT_ALERTS = AlertSettings()
