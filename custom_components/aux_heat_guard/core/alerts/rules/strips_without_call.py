"""The strips are on although the thermostat does not call for heat: a stuck relay, for example."""

from datetime import datetime, timedelta

from ...model import Alert, Severity
from ...sense.detector import (
    CALLING_ACTIONS,
    NOT_HEATING_ACTIONS,
    NOT_HEATING_MODES,
    calling_thermostat,
    is_called_elsewhere,
)
from ...units import NumberSpec
from ..conditions.uncalled_aux import is_aux_measured, is_aux_on_while_idle
from ..context import AlertContext
from ..rule import Rule, Trigger, minutes_from
from ..verdict import NOT_MET, UNKNOWN, Thresholds, Verdict

UNREPORTED_CALL_TIMEOUT = timedelta(minutes=30)
"""A thermostat that reports only changes may have said long ago that it is off; after half an
hour of aux heat its state counts as current."""

STRIPS_CLEAR_DELAY = timedelta(minutes=5)
"""How long the strips must be off to be trusted again."""


def is_aux_on_while_off(context: AlertContext, _thresholds: Thresholds) -> Verdict:
    """Check whether aux heat is measured although the thermostat is off or cools."""
    thermostat, run = context.observation.thermostat, context.current_run
    measured, is_called = is_aux_measured(context), is_called_elsewhere(context.observation)
    if measured is False or run is None or context.is_reheating or is_called:
        return NOT_MET
    if measured is None or thermostat.hvac_mode is None or is_called is None:
        return UNKNOWN
    if (
        thermostat.hvac_mode not in NOT_HEATING_MODES
        and thermostat.hvac_action not in NOT_HEATING_ACTIONS
    ):
        return NOT_MET
    timeout = run.start + UNREPORTED_CALL_TIMEOUT
    reported = thermostat.last_reported
    is_current = (reported is not None and reported >= run.start) or context.at >= timeout
    return Verdict(
        holds=is_current,
        due=timeout,
        facts={"mode": thermostat.hvac_action or thermostat.hvac_mode},
    )


def is_aux_following_calls(
    context: AlertContext, _thresholds: Thresholds, raised: datetime
) -> Verdict:
    """Check whether the strips are off, or went off and run again on a call for heat."""
    measured = is_aux_measured(context)
    if not measured:
        return Verdict(holds=None if measured is None else True)
    thermostat = calling_thermostat(context.observation)
    if thermostat.hvac_action is None:
        return UNKNOWN
    is_called = thermostat.is_set_to_heat and thermostat.hvac_action in CALLING_ACTIONS
    run = context.current_run
    return Verdict(holds=is_called and run is not None and run.start > raised)


RULE = Rule(
    alert=Alert.STRIPS_WITHOUT_CALL,
    severity=Severity.CRITICAL,
    thresholds={
        "after": NumberSpec(
            5, 2, 120, 1, "min", "Longer than any thermostat takes to tell that it called."
        ),
        "idle_after": NumberSpec(
            15,
            5,
            240,
            5,
            "min",
            "Some thermostats are idle between two calls; no strips coast that long.",
        ),
    },
    triggers=(
        Trigger(condition=is_aux_on_while_off, delay=minutes_from("after")),
        Trigger(
            condition=is_aux_on_while_idle,
            delay=minutes_from("idle_after"),
            max_severity=Severity.WARNING,
            can_be_normal=True,
        ),
    ),
    clear_condition=is_aux_following_calls,
    clear_delay=STRIPS_CLEAR_DELAY,
)
