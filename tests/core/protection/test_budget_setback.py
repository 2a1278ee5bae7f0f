"""Aux heat over its budget lowers the setpoint, which returns when aux heat stays off."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from custom_components.aux_heat_guard.core.protection.limits.budget_setback import (
    NO_BUDGET_SETBACK,
    BudgetSetback,
)
from custom_components.aux_heat_guard.core.settings.protection import MAX_BUDGET_SETBACK
from custom_components.aux_heat_guard.core.units import kelvin_from_fahrenheit

from ..helpers import after

DEGREE = kelvin_from_fahrenheit(1)
MINUTE = timedelta(minutes=1)


def run_setback(*steps: tuple[float, bool, float | None]) -> list[int]:
    """Return the setback in °F at each (minute, is over budget, minute aux heat was last on)."""
    setback, lowered = NO_BUDGET_SETBACK, []
    for minutes, is_over, last in steps:
        setback, _ = setback.advance(
            after(minutes=minutes),
            is_over_budget=is_over,
            aux_last_seen=None if last is None else after(minutes=last),
        )
        lowered.append(round(setback.lowered_by / DEGREE))
    return lowered


def test_the_setback_grows_one_degree_per_half_hour_up_to_three() -> None:
    assert run_setback(*((minutes, True, minutes) for minutes in range(0, 181, 30))) == [
        1,
        2,
        3,
        3,
        3,
        3,
        3,
    ]
    assert run_setback((0, True, 0), (29, True, 29), (30, True, 30)) == [1, 1, 2]


def test_the_setback_shrinks_one_degree_per_two_hours_without_aux() -> None:
    down = [(minutes, True, minutes) for minutes in (0, 30, 60)]

    assert run_setback(
        *down, *((minutes, False, 60) for minutes in (61, 179, 180, 299, 300, 419, 420, 600))
    )[3:] == [3, 3, 2, 2, 1, 1, 0, 0]


def test_aux_delays_the_return() -> None:
    assert run_setback(
        (0, True, 0), (119, False, 100), (120, False, 100), (219, False, 100), (220, False, 100)
    ) == [1, 1, 1, 1, 0]


def test_a_returned_step_is_not_returned_twice() -> None:
    assert run_setback(
        (0, True, 0), (30, True, 30), (150, False, 30), (151, False, 30), (270, False, 30)
    ) == [1, 2, 1, 1, 0]


def test_without_aux_the_setback_shrinks_even_over_budget() -> None:
    down = [(0, True, 0), (30, True, 30)]

    assert run_setback(*down, *((minutes, True, 30) for minutes in (60, 149, 150, 269, 270, 600)))[
        2:
    ] == [2, 2, 1, 1, 0, 0]


def test_the_setback_reports_when_its_next_step_is_due() -> None:
    assert NO_BUDGET_SETBACK.advance(after(0), is_over_budget=True, aux_last_seen=after(0))[
        1
    ] == after(minutes=30)
    assert (
        NO_BUDGET_SETBACK.advance(after(0), is_over_budget=False, aux_last_seen=after(0))[1] is None
    )
    assert BudgetSetback(DEGREE, after(0)).advance(
        after(minutes=1), is_over_budget=False, aux_last_seen=None
    )[1] == after(minutes=120)
    assert BudgetSetback(2 * DEGREE, after(0)).advance(
        after(minutes=120),
        is_over_budget=False,
        aux_last_seen=None,
    )[1] == after(minutes=240)
    assert BudgetSetback(MAX_BUDGET_SETBACK, after(0)).advance(
        after(minutes=120),
        is_over_budget=True,
        aux_last_seen=after(minutes=120),
    )[1] == after(minutes=240)


def test_a_clock_set_back_does_not_delay_the_setback() -> None:
    setback, due = BudgetSetback(DEGREE, after(days=30)).advance(
        after(0), is_over_budget=False, aux_last_seen=None
    )

    assert due == after(minutes=120)
    assert (
        setback.advance(after(minutes=120), is_over_budget=False, aux_last_seen=None)[0]
        == NO_BUDGET_SETBACK
    )


@given(steps=st.lists(st.tuples(st.floats(0, 200), st.booleans()), max_size=60))
def test_the_setback_stays_between_zero_and_three_degrees(steps: list[tuple[float, bool]]) -> None:
    setback, at, last = NO_BUDGET_SETBACK, after(0), after(0)
    for wait, is_over in steps:
        at += wait * MINUTE
        last = at if is_over else last
        setback, due = setback.advance(at, is_over_budget=is_over, aux_last_seen=last)
        assert 0 <= setback.lowered_by <= MAX_BUDGET_SETBACK + 1e-6
        assert due is None or due > at
