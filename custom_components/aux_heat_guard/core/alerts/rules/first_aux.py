"""Aux heat runs for the first time after a long pause."""

from datetime import datetime

from ...model import Alert, Severity
from ...units import NumberSpec
from ..context import AlertContext
from ..facts import count
from ..rule import ONE_DAY, Rule, Trigger
from ..verdict import NOT_MET, Thresholds, Verdict


def is_first_run(context: AlertContext, thresholds: Thresholds) -> Verdict:
    """Check whether the current run is the first one after a long pause."""
    run = context.current_run
    if run is None or context.at - run.start >= ONE_DAY:
        return NOT_MET
    pause, day = context.counters.previous_aux_off_seconds, ONE_DAY.total_seconds()
    if pause < thresholds["days"] * day:
        return NOT_MET
    return Verdict(holds=True, facts={"days": count(pause // day)})


def is_one_day_old(context: AlertContext, _thresholds: Thresholds, raised: datetime) -> Verdict:
    """Check whether the alert was raised a day ago."""
    return Verdict(holds=context.at >= raised + ONE_DAY, due=raised + ONE_DAY)


RULE = Rule(
    alert=Alert.FIRST_AUX,
    severity=Severity.INFO,
    thresholds={
        "days": NumberSpec(60, 7, 365, 1, "d", "Two months of dust on the strips can be smelt."),
    },
    triggers=(Trigger(condition=is_first_run),),
    clear_condition=is_one_day_old,
    clears_on_acknowledge=True,
    depends_on_aux_signal=True,
)
