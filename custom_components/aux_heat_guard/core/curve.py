"""Curves given by points, such as the cap or the efficiency by outdoor temperature."""

from itertools import pairwise

type Curve = tuple[tuple[float, float], ...]
"""(x, y) in rising order of x; at least one point."""


def interpolate(curve: Curve, x: float) -> float:
    """Return y at x, linear between the points and constant beyond the first and last ones."""
    if x <= curve[0][0]:
        return curve[0][1]
    for (low, at_low), (high, at_high) in pairwise(curve):
        if x < high:
            return at_low + (at_high - at_low) * (x - low) / (high - low)
    return curve[-1][1]
