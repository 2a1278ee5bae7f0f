"""Number settings, and conversions of figures that were chosen in °F."""

from dataclasses import dataclass

HUNDREDTH_F = 1 / 180
"""K. The step of figures that may be set in °F."""

EPSILON = 1e-6
"""K. Temperatures converted from °F are off by less."""


@dataclass(frozen=True, slots=True)
class NumberSpec:
    """A number that the user can set."""

    default: float
    minimum: float
    maximum: float
    step: float
    unit: str | None
    reason: str


def celsius_from_fahrenheit(temperature: float) -> float:
    """Convert a temperature from °F to °C."""
    return (temperature - 32) / 1.8


def kelvin_from_fahrenheit(difference: float) -> float:
    """Convert a difference from °F to K."""
    return difference / 1.8
