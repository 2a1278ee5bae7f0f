"""What is proposed where nothing may be written."""

from ..context import Situation
from ..verdict import NO, Figures, Verdict


def is_proposed(now: Situation, _figures: Figures) -> Verdict:
    """Tell whether another setpoint would spare the strips."""
    advice, setpoint = now.advice, now.setpoint
    if advice is None or setpoint is None:
        return NO
    return Verdict(
        True, facts={"applied_c": advice.setpoint, "setpoint_c": setpoint, "limit": advice.limit}
    )
