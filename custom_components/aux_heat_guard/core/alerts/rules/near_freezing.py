"""The setpoint is high near freezing, now or within the next hours."""

from datetime import datetime, timedelta

from ...model import Alert, Mode, Severity
from ...units import HUNDREDTH_F, NumberSpec, celsius_from_fahrenheit
from ..context import AlertContext
from ..facts import Facts, number_of, setpoint, temperature
from ..rule import ONE_DAY, Rule, Trigger, variant_from
from ..verdict import MET, NOT_MET, UNKNOWN, Thresholds, Verdict

FREEZING_CLEAR_ABOVE = celsius_from_fahrenheit(38)
"""°C: 3 °F over the threshold, or the alert would come and go with a thermometer's noise."""

NEAR_FREEZING_DELAY = timedelta(minutes=10)
"""Two samples of a source that is polled every 5 min: one alone is a setpoint in passing, or a
thermometer's noise."""

FREEZING_LOOKAHEAD = timedelta(hours=12)
"""A night."""

SETPOINT_TOLERANCE = 0.1
"""K: thermostats report tenths."""


def is_setpoint_high_near_freezing(context: AlertContext, thresholds: Thresholds) -> Verdict:
    """Check whether it is or will be near freezing, with a setpoint too high for the heat pump."""
    if _has_cap(context):
        return NOT_MET
    coldest, is_ahead = _coldest(context, thresholds["outdoor"])
    if coldest is None:
        is_unknown = context.outdoor is None or _is_forecast_missing(context)
        return UNKNOWN if is_unknown else NOT_MET
    if context.setpoint is None:
        return NOT_MET if context.observation.thermostat.hvac_mode is not None else UNKNOWN
    cap = context.lowest_setpoint_at(coldest)
    if cap is None:
        return NOT_MET
    facts: Facts = {
        "setpoint": setpoint(context.setpoint),
        "cap": temperature(cap),
        "outdoor": temperature(coldest),
        "when": "ahead" if is_ahead else "now",
    }
    return Verdict(holds=context.setpoint > cap + SETPOINT_TOLERANCE, facts=facts)


def is_not_near_freezing(
    context: AlertContext, thresholds: Thresholds, _raised: datetime
) -> Verdict:
    """Check whether it is warm enough again, or the setpoint is low enough."""
    if _has_cap(context):
        return MET
    coldest, _ = _coldest(context, thresholds["outdoor"])
    if coldest is None:
        if context.outdoor is None or _is_forecast_missing(context):
            return UNKNOWN
        return Verdict(holds=context.outdoor > max(FREEZING_CLEAR_ABOVE, thresholds["outdoor"]))
    if context.setpoint is None:
        return MET if context.observation.thermostat.hvac_mode is not None else UNKNOWN
    cap = context.lowest_setpoint_at(coldest)
    return Verdict(holds=cap is None or context.setpoint <= cap + SETPOINT_TOLERANCE)


def _has_cap(context: AlertContext) -> bool:
    """Return True if the cap lowers the setpoint, or proposes to."""
    return context.settings.mode is not Mode.MONITOR and context.settings.protection.cap is not None


def _coldest(context: AlertContext, threshold: float) -> tuple[float | None, bool]:
    """Return the lowest temperature at or below a threshold, and whether it is still ahead."""
    now = context.outdoor if context.outdoor is not None and context.outdoor <= threshold else None
    ahead = min(
        (outdoor for _, outdoor in context.forecast(FREEZING_LOOKAHEAD) if outdoor <= threshold),
        default=None,
    )
    if now is None or (ahead is not None and ahead < now):
        return ahead, True
    return now, False


def _is_forecast_missing(context: AlertContext) -> bool:
    return context.settings.has_forecast and not context.observation.forecast.hours


def _delay(_thresholds: Thresholds) -> timedelta:
    return NEAR_FREEZING_DELAY


def _cap_setpoint(_setpoint: float, facts: Facts) -> float | None:
    return number_of(facts.get("cap"))


RULE = Rule(
    alert=Alert.NEAR_FREEZING,
    severity=Severity.INFO,
    thresholds={
        "outdoor": NumberSpec(
            celsius_from_fahrenheit(35),
            -15,
            15,
            HUNDREDTH_F,
            "°C",
            "35 °F: the coil is then at freezing.",
        ),
    },
    triggers=(Trigger(condition=is_setpoint_high_near_freezing, delay=_delay),),
    clear_condition=is_not_near_freezing,
    cooldown=ONE_DAY,
    waits_while_allowed=True,
    variant=variant_from("when"),
    lower_setpoint=_cap_setpoint,
)
