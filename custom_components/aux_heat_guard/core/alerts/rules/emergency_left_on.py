"""Emergency heat was left on."""

from datetime import datetime

from ...model import Alert
from ...units import HUNDREDTH_F, NumberSpec, celsius_from_fahrenheit
from ..conditions.common_facts import outdoor_facts
from ..context import AlertContext
from ..rule import Rule, Trigger, hours_from, minutes_from
from ..verdict import NOT_MET, UNKNOWN, Thresholds, Verdict


def is_emergency_heat_on(context: AlertContext, _thresholds: Thresholds) -> Verdict:
    """Check whether emergency heat is on."""
    mode = context.heat.emergency_mode
    if mode is None:
        return UNKNOWN
    return Verdict(holds=True, facts=outdoor_facts(context)) if mode else NOT_MET


def is_emergency_heat_on_in_mild_weather(context: AlertContext, thresholds: Thresholds) -> Verdict:
    """Check whether emergency heat is on although the heat pump would do."""
    if not context.heat.emergency_mode:
        return is_emergency_heat_on(context, thresholds)
    if context.outdoor is None:
        return UNKNOWN
    if context.outdoor <= thresholds["outdoor"]:
        return NOT_MET
    return Verdict(holds=True, facts=outdoor_facts(context))


def is_emergency_heat_off(
    context: AlertContext, _thresholds: Thresholds, _raised: datetime
) -> Verdict:
    """Check whether emergency heat is off."""
    mode = context.heat.emergency_mode
    return UNKNOWN if mode is None else Verdict(holds=not mode)


RULE = Rule(
    alert=Alert.EMERGENCY_LEFT_ON,
    thresholds={
        "after": NumberSpec(
            12,
            1,
            168,
            1,
            "h",
            "A night is what emergency heat is for; the day after somebody has forgotten it.",
        ),
        "mild_after": NumberSpec(
            60, 10, 1440, 10, "min", "Where the pump would do, an hour is for nothing."
        ),
        "outdoor": NumberSpec(
            celsius_from_fahrenheit(40), -10, 20, HUNDREDTH_F, "°C", "40 °F, as in mild weather."
        ),
    },
    triggers=(
        Trigger(condition=is_emergency_heat_on, delay=hours_from("after"), survives_restart=True),
        Trigger(condition=is_emergency_heat_on_in_mild_weather, delay=minutes_from("mild_after")),
    ),
    clear_condition=is_emergency_heat_off,
)
