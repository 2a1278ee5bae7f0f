"""Round to setpoints that a thermostat accepts."""

from math import ceil, floor

from .model import Grid

STEP_TOLERANCE = 1e-6
"""Share of a step; converted temperatures miss the grid by less."""


def round_down(temperature: float, grid: Grid) -> float:
    """Return the highest setpoint, °C, that is not above a temperature."""
    return grid.offset + floor((temperature - grid.offset) / grid.step + STEP_TOLERANCE) * grid.step


def round_up(temperature: float, grid: Grid) -> float:
    """Return the lowest setpoint, °C, that is not below a temperature."""
    return grid.offset + ceil((temperature - grid.offset) / grid.step - STEP_TOLERANCE) * grid.step
