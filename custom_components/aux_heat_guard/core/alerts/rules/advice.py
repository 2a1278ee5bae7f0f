"""A limit proposes another setpoint, where the guard may not write one itself."""

from ...model import Alert, Severity
from ...units import NumberSpec
from ..context import AlertContext
from ..facts import setpoint
from ..rule import Rule, Trigger, minutes_from, variant_from
from ..verdict import NOT_MET, Thresholds, Verdict


def is_proposed(context: AlertContext, _thresholds: Thresholds) -> Verdict:
    """Check whether a limit proposes another setpoint."""
    advice = context.advice
    if advice is None or context.setpoint is None:
        return NOT_MET
    return Verdict(
        holds=True,
        facts={
            "applied": setpoint(advice.setpoint),
            "setpoint": setpoint(context.setpoint),
            "limit": advice.limit,
        },
    )


RULE = Rule(
    alert=Alert.ADVICE,
    severity=Severity.INFO,
    thresholds={
        "after": NumberSpec(
            10, 1, 240, 1, "min", "Nobody gets up for a limit that is over in minutes."
        ),
    },
    triggers=(Trigger(condition=is_proposed, delay=minutes_from("after")),),
    variant=variant_from("limit"),
)
