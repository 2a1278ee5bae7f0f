"""The highest setpoint by outdoor temperature."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.aux_heat_guard.core.curve import interpolate
from custom_components.aux_heat_guard.core.protection.limits.cap import NO_CAP, Cap
from custom_components.aux_heat_guard.core.settings.protection import (
    CAP_DWELL,
    CAP_HYSTERESIS,
    DEFAULT_CAP,
)
from custom_components.aux_heat_guard.core.units import celsius_from_fahrenheit

from ..helpers import after

TEMPERATURES = st.floats(-50, 50)


@pytest.mark.parametrize(
    ("outdoor", "highest"),
    [
        (-40, 70),
        (24.9, 70),
        (25, 70),
        (32.5, 72),
        (35, 70 + 4 * 10 / 15),
        (39.99, 73.997),
        (40, 74),
        (40.1, 74),
        (90, 74),
    ],
)
def test_the_cap_falls_with_the_outdoor_temperature(outdoor: float, highest: float) -> None:
    assert interpolate(DEFAULT_CAP, celsius_from_fahrenheit(outdoor)) == pytest.approx(
        celsius_from_fahrenheit(highest), abs=1e-3
    )


@given(one=TEMPERATURES, other=TEMPERATURES)
def test_a_warmer_outdoor_temperature_never_lowers_the_cap(one: float, other: float) -> None:
    assert interpolate(DEFAULT_CAP, min(one, other)) <= interpolate(DEFAULT_CAP, max(one, other))


@pytest.mark.parametrize(
    ("readings", "held"),
    [
        pytest.param([(0, 40.0)], 40, id="the first one counts at once"),
        pytest.param([(0, 40.0), (60, 38.1)], 40, id="a little colder"),
        pytest.param([(0, 40.0), (60, 38.0)], 38, id="two degrees colder"),
        pytest.param([(0, 40.0), (29, 30.0)], 40, id="much colder, too soon"),
        pytest.param(
            [(0, 40.0), (29, 30.0), (30, 30.0)], 30, id="and half an hour after the last change"
        ),
        pytest.param([(0, 40.0), (60, 42.0)], 42, id="two degrees warmer"),
        pytest.param([(0, 40.0), (60, None)], None, id="nobody has known for long"),
        pytest.param([(0, 40.0), (29, None)], 40, id="nobody knows for some minutes"),
        pytest.param([(0, 40.0), (30, None)], None, id="for half an hour"),
        pytest.param([(0, None), (1, 40.0)], 40, id="and then somebody does"),
        pytest.param(
            [(600, 40.0), (0, 30.0), (30, 30.0)],
            30,
            id="a clock that was set back holds it no longer",
        ),
    ],
)
def test_the_cap_follows_a_steady_outdoor_temperature(
    readings: list[tuple[float, float | None]], held: float | None
) -> None:
    memory = NO_CAP
    for minutes, outdoor in readings:
        memory, _ = memory.advance(
            after(minutes=minutes),
            None if outdoor is None else celsius_from_fahrenheit(outdoor),
        )

    assert memory.outdoor == (
        None if held is None else pytest.approx(celsius_from_fahrenheit(held))
    )


def test_the_cap_reports_when_its_next_change_is_due() -> None:
    memory, due = Cap(5.0, after(0)).advance(after(minutes=10), 0.0)

    assert (memory.outdoor, due) == (5.0, after(minutes=30))


@given(readings=st.lists(st.tuples(st.floats(0, 40), st.floats(-20, 20)), min_size=1, max_size=60))
def test_the_cap_changes_rarely_and_by_a_full_step(
    readings: list[tuple[float, float]],
) -> None:
    memory, at, changes = NO_CAP, after(0), []
    for wait, outdoor in readings:
        at += timedelta(minutes=wait)
        before, (memory, _) = memory, memory.advance(at, outdoor)
        if (
            before.outdoor is not None
            and memory.outdoor is not None
            and memory.outdoor != before.outdoor
        ):
            changes.append(at)
            assert abs(memory.outdoor - before.outdoor) >= CAP_HYSTERESIS - 1e-5
    assert all(later - earlier >= CAP_DWELL for earlier, later in pairwise(changes))
