"""The room stays far below the setpoint, and rises too slowly."""

from datetime import datetime

from ...model import Alert
from ...units import EPSILON, HUNDREDTH_F, NumberSpec, kelvin_from_fahrenheit
from ..conditions.common_facts import outdoor_facts, room_facts
from ..conditions.room import CAUGHT_UP_WITHIN, MIN_RISE
from ..context import AlertContext
from ..facts import Facts, difference, number_of
from ..rule import Rule, Trigger, minutes_from
from ..verdict import MET, NOT_MET, UNKNOWN, Thresholds, Verdict

REFRIGERANT_WARMING = kelvin_from_fahrenheit(5)
"""K: a room that lags although it became this much warmer outdoors points to low refrigerant
(the heat-pump makers' sign)."""


def is_below_target(context: AlertContext, thresholds: Thresholds) -> Verdict:
    """Check whether the room is far below the highest sensible setpoint."""
    below = _below_target(context)
    if below is None:
        return NOT_MET if _is_heating_off(context) else UNKNOWN
    if below < thresholds["under"] - EPSILON:
        return NOT_MET
    return Verdict(
        holds=True,
        facts={"under": difference(below), **room_facts(context), **outdoor_facts(context)},
    )


def is_rising_too_slowly(
    context: AlertContext, _thresholds: Thresholds, since: datetime
) -> Verdict:
    """Check whether the room has risen too slowly since an instant."""
    return context.trend.rises_slower_than(context.at, MIN_RISE, since)


def has_caught_up(context: AlertContext, _thresholds: Thresholds, _raised: datetime) -> Verdict:
    """Check whether the room is near its setpoint, or no heat is wanted."""
    below = _below_target(context)
    if below is None:
        return MET if _is_heating_off(context) else UNKNOWN
    return Verdict(holds=below <= CAUGHT_UP_WITHIN + EPSILON)


def _is_heating_off(context: AlertContext) -> bool:
    """Return True if the thermostat reports its mode and has no heating setpoint."""
    return context.observation.thermostat.hvac_mode is not None and context.setpoint is None


def _below_target(context: AlertContext) -> float | None:
    """Return the difference in K between the room and the setpoint, or the cap if that is lower."""
    setpoint, room, outdoor = context.setpoint, context.room, context.outdoor
    if setpoint is None or room is None:
        return None
    return (setpoint if outdoor is None else min(setpoint, context.cap_at(outdoor))) - room


def refrigerant_variant(initial: Facts, current: Facts) -> str | None:
    """Return the variant about low refrigerant if it became much warmer outdoors."""
    before, outdoor = number_of(initial.get("outdoor")), number_of(current.get("outdoor"))
    if before is None or outdoor is None or outdoor - before < REFRIGERANT_WARMING - EPSILON:
        return None
    return "low_refrigerant"


RULE = Rule(
    alert=Alert.NOT_CATCHING_UP,
    thresholds={
        "after": NumberSpec(
            120,
            30,
            720,
            10,
            "min",
            "The heat-pump makers' sign: it is not there after a usual recovery.",
        ),
        "under": NumberSpec(
            kelvin_from_fahrenheit(3),
            0.5,
            6,
            HUNDREDTH_F,
            "K",
            "3 °F: the heat-pump makers' sign that a pump cannot keep up.",
        ),
    },
    triggers=(
        Trigger(
            condition=is_below_target,
            delay=minutes_from("after"),
            final_condition=is_rising_too_slowly,
        ),
    ),
    clear_condition=has_caught_up,
    suppressed_by=frozenset({Alert.NOT_HEATING}),
    variant=refrigerant_variant,
)
