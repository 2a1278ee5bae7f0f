"""When a timer has ended."""

RESOLUTION_S = 1e-6
"""Timers count as ended this close to their end, s: floating-point sums of steps miss it by
less."""


def has_ended(left_s: float) -> bool:
    """Return True if a timer with this much left (s) has ended."""
    return left_s <= RESOLUTION_S
