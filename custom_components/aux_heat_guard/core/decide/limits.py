"""Limits of the heating setpoint."""

from itertools import pairwise

from ..alert_settings import COMFORT_FLOOR, LOWER_BY, Curve
from ..model import Alert
from .verdict import Facts

LOWERABLE = frozenset({Alert.OVERRUN, Alert.LONG_RUN})


def cap(outdoor: float, curve: Curve) -> float:
    """Tell the highest sensible setpoint, in °C, at an outdoor temperature in °C: linear between the curve's points, constant beyond."""
    if outdoor <= curve[0][0]:
        return curve[0][1]
    for (low, at_low), (high, at_high) in pairwise(curve):
        if outdoor < high:
            return at_low + (at_high - at_low) * (outdoor - low) / (high - low)
    return curve[-1][1]


def lowered(alert: Alert, setpoint: float, facts: Facts) -> float | None:
    """Suggest a setpoint, in °C, that spares the strips; None where lowering it would not help."""
    wanted = facts.get("cap_c") if alert is Alert.NEAR_FREEZING else setpoint - LOWER_BY if alert in LOWERABLE else None
    if not isinstance(wanted, float):
        return None
    return wanted if COMFORT_FLOOR <= wanted < setpoint else None
