"""What is proposed where nothing may be written."""

from ..context import AlertContext
from ..verdict import NOT_MET, Thresholds, Verdict


def is_proposed(context: AlertContext, _thresholds: Thresholds) -> Verdict:
    """Tell whether another setpoint would spare the strips."""
    advice, setpoint = context.advice, context.setpoint
    if advice is None or setpoint is None:
        return NOT_MET
    return Verdict(
        True, facts={"applied_c": advice.setpoint, "setpoint_c": setpoint, "limit": advice.limit}
    )
