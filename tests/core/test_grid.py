"""Rounding to the setpoints that a thermostat accepts."""

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.aux_heat_guard.core.grid import round_down, round_up
from custom_components.aux_heat_guard.core.model import Grid
from custom_components.aux_heat_guard.core.units import (
    celsius_from_fahrenheit,
    kelvin_from_fahrenheit,
)

WHOLE_F, HALF_C = Grid(), Grid(0.5, 0.0)
GRIDS = st.sampled_from(
    [WHOLE_F, HALF_C, Grid(kelvin_from_fahrenheit(0.5)), Grid(0.1, 0.0), Grid(1.0, 0.0)]
)


@pytest.mark.parametrize(
    ("temperature", "grid", "lower", "higher"),
    [
        (
            celsius_from_fahrenheit(70),
            WHOLE_F,
            celsius_from_fahrenheit(70),
            celsius_from_fahrenheit(70),
        ),
        (
            celsius_from_fahrenheit(70.9),
            WHOLE_F,
            celsius_from_fahrenheit(70),
            celsius_from_fahrenheit(71),
        ),
        (
            celsius_from_fahrenheit(-0.5),
            WHOLE_F,
            celsius_from_fahrenheit(-1),
            celsius_from_fahrenheit(0),
        ),
        (20.0, HALF_C, 20.0, 20.0),
        (20.7, HALF_C, 20.5, 21.0),
        (celsius_from_fahrenheit(62), HALF_C, 16.5, 17.0),
    ],
)
def test_values_round_down_and_up_to_the_step(
    temperature: float, grid: Grid, lower: float, higher: float
) -> None:
    assert round_down(temperature, grid) == pytest.approx(lower)
    assert round_up(temperature, grid) == pytest.approx(higher)


@given(temperature=st.floats(-40, 60), grid=GRIDS)
def test_values_on_the_grid_stay(temperature: float, grid: Grid) -> None:
    for rounded in (round_down(temperature, grid), round_up(temperature, grid)):
        assert round_down(rounded, grid) == pytest.approx(rounded)
        assert round_up(rounded, grid) == pytest.approx(rounded)
    assert round_down(temperature, grid) <= temperature + 1e-5
    assert round_up(temperature, grid) >= temperature - 1e-5
