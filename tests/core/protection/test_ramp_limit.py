"""The ramp limit is never far above the room, and never so close that heating cannot start."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.aux_heat_guard.core.model import FAHRENHEIT_GRID, Grid
from custom_components.aux_heat_guard.core.protection.limits.ramp_limit import (
    NO_RAMP_LIMIT,
    RampInputs,
    RampLimit,
)
from custom_components.aux_heat_guard.core.settings.protection import (
    DEFAULT_PROTECTION,
    ProtectionSettings,
)
from custom_components.aux_heat_guard.core.units import (
    celsius_from_fahrenheit,
    kelvin_from_fahrenheit,
)

from ..helpers import after

HALVES = Grid(kelvin_from_fahrenheit(0.5))
"""A thermostat with half degrees."""


def ramp_f(ramp_limit: RampLimit) -> float | None:
    return None if ramp_limit.value is None else round(ramp_limit.value * 1.8 + 32, 3)


def run_ramp(
    *steps: tuple[float, float, bool],
    target: float = 70,
    comfort: float | None = None,
    current: float = 70,
    settings: ProtectionSettings = DEFAULT_PROTECTION,
    grid: Grid = HALVES,
) -> list[float | None]:
    """Return the ramp limit in °F at each (minute, room °F, is calling for heat).

    `comfort` is the target unless it is given.
    """
    ramp_limit, values = NO_RAMP_LIMIT, []
    for minutes, room, calls in steps:
        goal = celsius_from_fahrenheit(target)
        inputs = RampInputs(
            at=after(minutes=minutes),
            room=celsius_from_fahrenheit(room),
            target=goal,
            comfort=goal if comfort is None else celsius_from_fahrenheit(comfort),
            is_calling=calls,
            current_setpoint=celsius_from_fahrenheit(current),
            grid=grid,
        )
        ramp_limit, _ = ramp_limit.advance(inputs, settings)
        values.append(ramp_f(ramp_limit))
    return values


class TestLength:
    @pytest.mark.parametrize(
        ("wanted", "differential", "droop", "degrees"),
        [
            pytest.param(1.5, 0.5, 2.0, 1.5, id="as it was chosen"),
            pytest.param(1.0, 0.5, 2.0, 1.25, id="so that the pump starts"),
            pytest.param(3.0, 0.5, 2.0, 1.75, id="so that the strips do not"),
            pytest.param(1.5, 2.0, 3.0, 2.75, id="a wide differential"),
            pytest.param(1.5, 0.5, 1.0, None, id="a droop that leaves no room"),
            pytest.param(None, 0.5, 2.0, None, id="switched off"),
        ],
    )
    def test_the_ramp_length_lies_between_differential_and_droop(
        self, wanted: float | None, differential: float, droop: float, degrees: float | None
    ) -> None:
        settings = replace(
            DEFAULT_PROTECTION,
            ramp_limit=None if wanted is None else kelvin_from_fahrenheit(wanted),
            differential=kelvin_from_fahrenheit(differential),
            droop=kelvin_from_fahrenheit(droop),
        )

        assert NO_RAMP_LIMIT.max_above_room(settings) == (
            None if degrees is None else pytest.approx(kelvin_from_fahrenheit(degrees))
        )


class TestFollowed:
    def test_the_ramp_rises_with_the_room_and_ignores_noise(self) -> None:
        assert run_ramp(
            (0, 62.0, True), (1, 62.4, True), (2, 62.7, True), (3, 62.8, True), (4, 63.0, True)
        ) == [63.5, 63.5, 63.5, 64, 64]

    def test_the_ramp_falls_at_once_while_heat_is_called(self) -> None:
        assert run_ramp((0, 66.0, True), (1, 65.9, True), (2, 65.4, True)) == [67.5, 67, 66.5]

    def test_an_idle_thermostat_is_not_lowered(self) -> None:
        assert run_ramp((0, 70.0, True), (60, 69.5, False), (120, 68.9, False)) == [71.5, 71, 70]

    def test_an_old_target_does_not_allow_a_jump(self) -> None:
        night = run_ramp((0, 70.0, True), (300, 63.0, False), current=62)

        assert night == [71.5, 64.5]

    def test_the_ramp_grows_until_the_thermostat_calls_for_heat(self) -> None:
        values = run_ramp(
            *((minutes, 68.6, False) for minutes in range(0, 61, 5)),
            current=68,
            settings=replace(DEFAULT_PROTECTION, droop=5),
        )

        assert values[0] == 70
        assert values[3] == 70.5
        assert values[6] == 71
        assert run_ramp(*((minutes, 68.6, False) for minutes in range(0, 300, 5)), current=68)[
            -1
        ] == pytest.approx(70)

    def test_the_thermostat_may_rest_near_the_target(self) -> None:
        assert set(
            run_ramp(*((minutes, 69.1, False) for minutes in range(0, 61, 5)), current=69)
        ) == {70.5}

    def test_an_hour_without_recovery_lifts_the_ramp_limit(
        self,
    ) -> None:
        cold = [(minutes, 67.0, True) for minutes in range(0, 66, 5)]
        warmer = [(70, 68.5, True), (80, 69.5, True), (90, 70.2, True), (95, 70.5, False)]

        values = run_ramp(*cold, *warmer)

        assert values[:12] == [68.5] * 12
        assert values[12:17] == [None] * 5
        assert values[17] == 72

    def test_the_ramp_limit_is_lifted_for_requests_and_not_for_plans(self) -> None:
        cold = [(minutes, 66.0, True) for minutes in range(0, 90, 5)]

        assert None not in run_ramp(*cold, comfort=62)
        assert run_ramp(*cold, comfort=69)[-1] is None

    def test_an_outdated_target_is_dropped(self) -> None:
        ramp_limit = RampLimit(is_backstop_active=True)
        night = RampInputs(
            at=after(0),
            room=celsius_from_fahrenheit(68),
            target=celsius_from_fahrenheit(70),
            comfort=celsius_from_fahrenheit(62),
            is_calling=True,
            current_setpoint=None,
            grid=HALVES,
        )

        assert ramp_f(ramp_limit.advance(night, DEFAULT_PROTECTION)[0]) == 69.5
        assert (
            ramp_f(
                ramp_limit.advance(
                    replace(night, comfort=celsius_from_fahrenheit(70)), DEFAULT_PROTECTION
                )[0]
            )
            is None
        )

    def test_an_interrupted_hour_starts_over(self) -> None:
        assert None not in run_ramp(
            (0, 67.0, True), (30, 68.1, True), (31, 67.0, True), (90, 67.0, True)
        )

    def test_the_ramp_reports_when_time_may_change_it(self) -> None:
        rests = RampInputs(
            at=after(0),
            room=celsius_from_fahrenheit(67),
            target=celsius_from_fahrenheit(70),
            comfort=celsius_from_fahrenheit(70),
            is_calling=False,
            current_setpoint=None,
        )
        calls = replace(rests, is_calling=True)

        assert NO_RAMP_LIMIT.advance(rests, DEFAULT_PROTECTION)[1] == after(minutes=15)
        assert NO_RAMP_LIMIT.advance(calls, DEFAULT_PROTECTION)[1] == after(minutes=60)
        assert (
            NO_RAMP_LIMIT.advance(
                replace(calls, room=celsius_from_fahrenheit(70)), DEFAULT_PROTECTION
            )[1]
            is None
        )
        assert RampLimit(is_backstop_active=True).advance(calls, DEFAULT_PROTECTION)[1] is None

    def test_a_clock_set_back_extends_no_ramp_wait(self) -> None:
        inputs = RampInputs(
            at=after(0),
            room=celsius_from_fahrenheit(67),
            target=celsius_from_fahrenheit(70),
            comfort=celsius_from_fahrenheit(70),
            is_calling=False,
            current_setpoint=None,
        )

        assert RampLimit(resting_since=after(days=1), cold_since=after(days=1)).advance(
            inputs,
            DEFAULT_PROTECTION,
        )[1] == after(minutes=15)


NARROW = replace(DEFAULT_PROTECTION, droop=kelvin_from_fahrenheit(1))


class TestNoRoom:
    """A droop of one degree: no distance starts the heat pump without aux heat."""

    def test_a_narrow_ramp_rises_a_step_when_the_room_is_near(self) -> None:
        steps = [(0, 63.5, True), (5, 64.0, True), (10, 64.3, True), (15, 65.3, True)]

        assert run_ramp(*steps, current=64, settings=NARROW, grid=FAHRENHEIT_GRID) == [
            64,
            64,
            65,
            66,
        ]

    def test_a_narrow_ramp_keeps_the_current_setpoint(self) -> None:
        assert run_ramp((0, 60.0, True), current=70, settings=NARROW) == [70]

    def test_a_narrow_ramp_is_lifted_too(self) -> None:
        cold = [(minutes, 66.0, True) for minutes in range(0, 70, 5)]

        assert run_ramp(*cold, current=66, settings=NARROW)[-1] is None

    def test_no_ramp_limit_when_disabled_or_without_data(self) -> None:
        inputs = RampInputs(
            at=after(0),
            room=celsius_from_fahrenheit(66),
            target=celsius_from_fahrenheit(70),
            comfort=celsius_from_fahrenheit(70),
            is_calling=True,
            current_setpoint=None,
        )

        assert NO_RAMP_LIMIT.advance(inputs, NARROW)[0].value is None
        assert (
            NO_RAMP_LIMIT.advance(
                replace(inputs, current_setpoint=20.0),
                replace(NARROW, ramp_limit=None),
            )[0].value
            is None
        )


@given(
    rooms=st.lists(
        st.tuples(st.floats(0.5, 60), st.floats(58, 75), st.booleans()), min_size=1, max_size=40
    ),
    step=st.sampled_from([0.1, 0.5, 1.0]),
)
def test_while_heat_is_called_for_the_strips_are_never_called_by_droop(
    rooms: list[tuple[float, float, bool]], step: float
) -> None:
    grid = Grid(kelvin_from_fahrenheit(step))
    ramp_limit, at = NO_RAMP_LIMIT, after(0)
    for wait, room, calls in rooms:
        at += timedelta(minutes=wait)
        ramp_limit, due = ramp_limit.advance(
            RampInputs(
                at=at,
                room=celsius_from_fahrenheit(room),
                target=celsius_from_fahrenheit(70),
                comfort=celsius_from_fahrenheit(70),
                is_calling=calls,
                current_setpoint=None,
                grid=grid,
            ),
            DEFAULT_PROTECTION,
        )
        if ramp_limit.value is not None and calls:
            assert (
                ramp_limit.value - celsius_from_fahrenheit(room)
                <= DEFAULT_PROTECTION.droop - kelvin_from_fahrenheit(0.25) + 1e-5
            )
        assert due is None or due > at
