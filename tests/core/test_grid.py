"""Rounding to what a thermostat can be set to."""

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.aux_heat_guard.core.grid import down, up
from custom_components.aux_heat_guard.core.model import Grid
from custom_components.aux_heat_guard.core.units import fahrenheit, fahrenheit_degrees

WHOLE_F, HALF_C = Grid(), Grid(0.5, 0.0)
GRIDS = st.sampled_from(
    [WHOLE_F, HALF_C, Grid(fahrenheit_degrees(0.5)), Grid(0.1, 0.0), Grid(1.0, 0.0)]
)


@pytest.mark.parametrize(
    ("temperature", "grid", "lower", "higher"),
    [
        (fahrenheit(70), WHOLE_F, fahrenheit(70), fahrenheit(70)),
        (fahrenheit(70.9), WHOLE_F, fahrenheit(70), fahrenheit(71)),
        (fahrenheit(-0.5), WHOLE_F, fahrenheit(-1), fahrenheit(0)),
        (20.0, HALF_C, 20.0, 20.0),
        (20.7, HALF_C, 20.5, 21.0),
        (fahrenheit(62), HALF_C, 16.5, 17.0),
    ],
)
def test_to_the_step_under_and_over(
    temperature: float, grid: Grid, lower: float, higher: float
) -> None:
    assert down(temperature, grid) == pytest.approx(lower)
    assert up(temperature, grid) == pytest.approx(higher)


@given(temperature=st.floats(-40, 60), grid=GRIDS)
def test_what_lies_on_the_grid_stays(temperature: float, grid: Grid) -> None:
    for rounded in (down(temperature, grid), up(temperature, grid)):
        assert down(rounded, grid) == pytest.approx(rounded)
        assert up(rounded, grid) == pytest.approx(rounded)
    assert down(temperature, grid) <= temperature + 1e-5
    assert up(temperature, grid) >= temperature - 1e-5
