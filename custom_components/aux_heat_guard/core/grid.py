"""Rounding to what a thermostat can be set to."""

from math import ceil, floor

from .model import Grid

STEP_TOLERANCE = 1e-6
"""Of a step. Temperatures that were converted lie beside the grid by less."""


def round_down(temperature: float, grid: Grid) -> float:
    """Find the highest setpoint that is no higher, °C."""
    return grid.offset + floor((temperature - grid.offset) / grid.step + STEP_TOLERANCE) * grid.step


def round_up(temperature: float, grid: Grid) -> float:
    """Find the lowest setpoint that is no lower, °C."""
    return grid.offset + ceil((temperature - grid.offset) / grid.step - STEP_TOLERANCE) * grid.step
