"""Never far over the room, and never so near that the pump does not start."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.aux_heat_guard.core.model import WHOLE_FAHRENHEIT, Grid
from custom_components.aux_heat_guard.core.protection.limits.ramp_limit import (
    LOOSE,
    Leash,
    Look,
    followed,
    length,
)
from custom_components.aux_heat_guard.core.settings.protection import PROTECTION, ProtectSettings
from custom_components.aux_heat_guard.core.units import fahrenheit, fahrenheit_degrees

from ..helpers import after

HALVES = Grid(fahrenheit_degrees(0.5))
"""A thermostat of half degrees."""


def shown(leash: Leash) -> float | None:
    return None if leash.value is None else round(leash.value * 1.8 + 32, 3)


def lived(
    *looks: tuple[float, float, bool],
    target: float = 70,
    comfort: float | None = None,
    told: float = 70,
    settings: ProtectSettings = PROTECTION,
    grid: Grid = HALVES,
) -> list[float | None]:
    """Look at (minutes, room °F, whether heat is called for); tell the leash, °F. What people want is the target, unless it is said."""
    leash, values = LOOSE, []
    for minutes, room, calls in looks:
        goal = fahrenheit(target)
        look = Look(
            after(minutes=minutes),
            fahrenheit(room),
            goal,
            goal if comfort is None else fahrenheit(comfort),
            calls,
            fahrenheit(told),
            grid,
        )
        leash, _ = followed(leash, look, settings)
        values.append(shown(leash))
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
    def test_it_lies_between_differential_and_droop(
        self, wanted: float | None, differential: float, droop: float, degrees: float | None
    ) -> None:
        settings = replace(
            PROTECTION,
            leash=None if wanted is None else fahrenheit_degrees(wanted),
            differential=fahrenheit_degrees(differential),
            droop=fahrenheit_degrees(droop),
        )

        assert length(LOOSE, settings) == (
            None if degrees is None else pytest.approx(fahrenheit_degrees(degrees))
        )


class TestFollowed:
    def test_it_goes_up_with_the_room_in_steps_and_no_noise_moves_it(self) -> None:
        assert lived(
            (0, 62.0, True), (1, 62.4, True), (2, 62.7, True), (3, 62.8, True), (4, 63.0, True)
        ) == [63.5, 63.5, 63.5, 64, 64]

    def test_it_goes_down_at_once_while_heat_is_called_for(self) -> None:
        assert lived((0, 66.0, True), (1, 65.9, True), (2, 65.4, True)) == [67.5, 67, 66.5]

    def test_while_the_thermostat_rests_it_is_no_lower_than_what_that_is_set_to(self) -> None:
        assert lived((0, 70.0, True), (60, 69.5, False), (120, 68.9, False)) == [71.5, 71, 70]

    def test_what_was_wanted_long_ago_does_not_let_a_jump_through(self) -> None:
        night = lived((0, 70.0, True), (300, 63.0, False), told=62)

        assert night == [71.5, 64.5]

    def test_a_thermostat_that_does_not_start_gets_more_and_more_until_the_droop(self) -> None:
        values = lived(
            *((minutes, 68.6, False) for minutes in range(0, 61, 5)),
            told=68,
            settings=replace(PROTECTION, droop=5),
        )

        assert values[0] == 70
        assert values[3] == 70.5
        assert values[6] == 71
        assert lived(*((minutes, 68.6, False) for minutes in range(0, 300, 5)), told=68)[
            -1
        ] == pytest.approx(70)

    def test_near_its_target_it_may_rest(self) -> None:
        assert set(lived(*((minutes, 69.1, False) for minutes in range(0, 61, 5)), told=69)) == {
            70.5
        }

    def test_where_the_pump_alone_leaves_the_room_cold_for_an_hour_it_lets_go_until_the_thermostat_rests(
        self,
    ) -> None:
        cold = [(minutes, 67.0, True) for minutes in range(0, 66, 5)]
        warmer = [(70, 68.5, True), (80, 69.5, True), (90, 70.2, True), (95, 70.5, False)]

        values = lived(*cold, *warmer)

        assert values[:12] == [68.5] * 12
        assert values[12:17] == [None] * 5
        assert values[17] == 72

    def test_it_lets_go_for_what_people_want_now_and_not_for_what_is_planned(self) -> None:
        cold = [(minutes, 66.0, True) for minutes in range(0, 90, 5)]

        assert None not in lived(*cold, comfort=62)
        assert lived(*cold, comfort=69)[-1] is None

    def test_what_nobody_wants_any_more_is_given_up(self) -> None:
        leash = Leash(lets_go=True)
        night = Look(
            after(0),
            fahrenheit(68),
            fahrenheit(70),
            fahrenheit(62),
            calls=True,
            told=None,
            grid=HALVES,
        )

        assert shown(followed(leash, night, PROTECTION)[0]) == 69.5
        assert shown(followed(leash, replace(night, comfort=fahrenheit(70)), PROTECTION)[0]) is None

    def test_an_hour_that_is_broken_starts_anew(self) -> None:
        assert None not in lived(
            (0, 67.0, True), (30, 68.1, True), (31, 67.0, True), (90, 67.0, True)
        )

    def test_it_says_when_time_alone_may_change_it(self) -> None:
        rests = Look(
            after(0), fahrenheit(67), fahrenheit(70), fahrenheit(70), calls=False, told=None
        )
        calls = replace(rests, calls=True)

        assert followed(LOOSE, rests, PROTECTION)[1] == after(minutes=15)
        assert followed(LOOSE, calls, PROTECTION)[1] == after(minutes=60)
        assert followed(LOOSE, replace(calls, room=fahrenheit(70)), PROTECTION)[1] is None
        assert followed(Leash(lets_go=True), calls, PROTECTION)[1] is None

    def test_a_clock_that_was_set_back_holds_nothing_for_longer(self) -> None:
        look = Look(
            after(0), fahrenheit(67), fahrenheit(70), fahrenheit(70), calls=False, told=None
        )

        assert followed(
            Leash(resting_since=after(days=1), cold_since=after(days=1)), look, PROTECTION
        )[1] == after(minutes=15)


NARROW = replace(PROTECTION, droop=fahrenheit_degrees(1))


class TestNoRoom:
    """The thermostat calls its strips at a degree: no length starts the pump and spares them."""

    def test_it_is_raised_by_a_step_once_the_room_is_near_enough(self) -> None:
        looks = [(0, 63.5, True), (5, 64.0, True), (10, 64.3, True), (15, 65.3, True)]

        assert lived(*looks, told=64, settings=NARROW, grid=WHOLE_FAHRENHEIT) == [64, 64, 65, 66]

    def test_what_it_is_set_to_stands(self) -> None:
        assert lived((0, 60.0, True), told=70, settings=NARROW) == [70]

    def test_it_lets_go_as_well(self) -> None:
        cold = [(minutes, 66.0, True) for minutes in range(0, 70, 5)]

        assert lived(*cold, told=66, settings=NARROW)[-1] is None

    def test_nobody_holds_where_it_is_switched_off_or_nothing_shows(self) -> None:
        look = Look(after(0), fahrenheit(66), fahrenheit(70), fahrenheit(70), calls=True, told=None)

        assert followed(LOOSE, look, NARROW)[0].value is None
        assert (
            followed(LOOSE, replace(look, told=20.0), replace(NARROW, leash=None))[0].value is None
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
    grid = Grid(fahrenheit_degrees(step))
    leash, at = LOOSE, after(0)
    for wait, room, calls in rooms:
        at += timedelta(minutes=wait)
        leash, due = followed(
            leash,
            Look(at, fahrenheit(room), fahrenheit(70), fahrenheit(70), calls, None, grid),
            PROTECTION,
        )
        if leash.value is not None and calls:
            assert (
                leash.value - fahrenheit(room) <= PROTECTION.droop - fahrenheit_degrees(0.25) + 1e-5
            )
        assert due is None or due > at
