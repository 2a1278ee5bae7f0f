"""Factors between the units that North American equipment is rated in and SI.

Sources: the International Table Btu (1055.05585262 J) and the definition of the degree Fahrenheit,
both exact.
"""

J_PER_KWH = 3.6e6
S_PER_MIN = 60.0
S_PER_H = 3600.0

J_PER_BTU = 1055.05585262
K_PER_F = 5.0 / 9.0
W_PER_BTU_H = J_PER_BTU / S_PER_H

_FREEZING_F = 32.0


def celsius(fahrenheit: float) -> float:
    """Return a temperature of °F in °C."""
    return (fahrenheit - _FREEZING_F) * K_PER_F


def fahrenheit(celsius: float) -> float:
    """Return a temperature of °C in °F."""
    return celsius / K_PER_F + _FREEZING_F
