"""Rounding to what a thermostat can be set to."""

from math import ceil, floor

from .model import Grid

TOLERANCE = 1e-6
"""Of a step. Temperatures that were converted lie beside the grid by less."""


def down(temperature: float, grid: Grid) -> float:
    """Find the highest setpoint that is no higher, °C."""
    return grid.origin + floor((temperature - grid.origin) / grid.step + TOLERANCE) * grid.step


def up(temperature: float, grid: Grid) -> float:
    """Find the lowest setpoint that is no lower, °C."""
    return grid.origin + ceil((temperature - grid.origin) / grid.step - TOLERANCE) * grid.step
