"""Limits of the heating setpoint."""

from itertools import pairwise

from ..alert_settings import Curve


def cap(outdoor: float, curve: Curve) -> float:
    """Tell the highest sensible setpoint, in °C, at an outdoor temperature in °C: linear between the curve's points, constant beyond."""
    if outdoor <= curve[0][0]:
        return curve[0][1]
    for (low, at_low), (high, at_high) in pairwise(curve):
        if outdoor < high:
            return at_low + (at_high - at_low) * (outdoor - low) / (high - low)
    return curve[-1][1]
