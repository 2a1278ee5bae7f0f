"""Figures that a user can set, and those that were chosen in °F: in °C they are no round numbers, and must be just these."""

from dataclasses import dataclass

HUNDREDTH_F = 1 / 180
"""K. The step of figures that may be set in °F."""

EPSILON = 1e-6
"""K. Differences of what was converted from °F are off by less."""


@dataclass(frozen=True, slots=True)
class NumberSpec:
    """A figure the user can set."""

    default: float
    minimum: float
    maximum: float
    step: float
    unit: str | None
    reason: str


def celsius_from_fahrenheit(temperature: float) -> float:
    """Tell a temperature in °F in °C."""
    return (temperature - 32) / 1.8


def kelvin_from_fahrenheit(difference: float) -> float:
    """Tell a difference in °F in K."""
    return difference / 1.8
