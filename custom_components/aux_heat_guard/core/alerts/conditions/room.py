"""Figures about the room that several alerts share."""

from ...units import kelvin_from_fahrenheit

MIN_RISE = kelvin_from_fahrenheit(0.5)
"""K in an hour: a room that rises by less is not catching up."""

CAUGHT_UP_WITHIN = kelvin_from_fahrenheit(1)
"""K: a room no further below the setpoint has caught up."""
