"""Smart recovery sets the setpoint from which the heat pump alone is in time."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.aux_heat_guard.core.protection.recovery import (
    NO_RECOVERY_PLAN,
    RecoveryPlan,
    heat_up_rate,
    plan_recovery,
    recovery_target,
)
from custom_components.aux_heat_guard.core.settings.protection import (
    DEFAULT_HEAT_UP_RATE,
    LONGEST_RECOVERY,
    RECOVERY_CHECK_INTERVAL,
)
from custom_components.aux_heat_guard.core.units import (
    celsius_from_fahrenheit,
    kelvin_from_fahrenheit,
)

from ..helpers import after

BALANCE = celsius_from_fahrenheit(25)
NIGHT, DAY = celsius_from_fahrenheit(62), celsius_from_fahrenheit(70)
HOUR = timedelta(hours=1)
TEMPERATURES = st.floats(-30, 20)


def planned_f(
    *wanted: tuple[float, float], outdoors: float | Sequence[float] = 36, at: float = 0
) -> float:
    """Return the target in °F at an hour, for a schedule of (hour, °F).

    `outdoors` is one temperature in °F, or one for each hour from the start.
    """
    hours = [outdoors] if isinstance(outdoors, int | float) else outdoors
    weather = [
        (after(hours=hour), celsius_from_fahrenheit(outdoor)) for hour, outdoor in enumerate(hours)
    ]
    found, _ = recovery_target(
        after(hours=at),
        [(after(hours=hour), celsius_from_fahrenheit(degrees)) for hour, degrees in wanted],
        weather,
        DEFAULT_HEAT_UP_RATE,
        BALANCE,
    )
    return found * 1.8 + 32


@pytest.mark.parametrize(
    ("outdoor", "per_hour"),
    [(47, 2.5), (36, 1.25), (25, 0), (0, 0), (69, 5)],
)
def test_the_pump_alone_is_slower_the_colder_it_is(outdoor: float, per_hour: float) -> None:
    assert heat_up_rate(
        celsius_from_fahrenheit(outdoor), DEFAULT_HEAT_UP_RATE, BALANCE
    ) == pytest.approx(kelvin_from_fahrenheit(per_hour), abs=1e-9)


def test_a_pump_too_small_for_the_home_is_planned_for() -> None:
    assert (
        heat_up_rate(celsius_from_fahrenheit(50), DEFAULT_HEAT_UP_RATE, celsius_from_fahrenheit(47))
        == 0.0
    )


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        pytest.param(0, 62.5, id="six hours before and earlier as deep as six hours make good"),
        pytest.param(2, 62.5, id="when the rise begins"),
        pytest.param(4, 65, id="on the way"),
        pytest.param(7, 68.75, id="nearly there"),
        pytest.param(8, 70, id="in time"),
    ],
)
def test_a_rise_of_eight_hours(at: float, expected: float) -> None:
    assert planned_f(
        (at, 62 if at < 8 else 70), (8 if at < 8 else 22, 70 if at < 8 else 62), at=at
    ) == pytest.approx(expected)


def test_below_the_balance_point_nothing_is_set_back() -> None:
    assert planned_f((0, 62), (8, 70), outdoors=20) == pytest.approx(70)


def test_mild_weather_keeps_the_full_setback() -> None:
    assert planned_f((0, 62), (8, 70), outdoors=47) == pytest.approx(62)
    assert planned_f((5, 62), (8, 70), outdoors=47, at=5) == pytest.approx(62.5)


def test_a_rise_uses_the_forecast_for_its_own_time() -> None:
    cold_now = [20, 20, 36, 36, 36, 36, 36, 36, 36]
    cold_then = [36, 36, 36, 36, 36, 36, 20, 20, 20]

    assert planned_f((0, 62), (8, 70), outdoors=cold_now) == pytest.approx(62.5)
    assert planned_f((0, 62), (8, 70), outdoors=cold_then) == pytest.approx(70 - 4 * 1.25)


def test_a_lower_target_applies_at_once() -> None:
    assert planned_f((0, 70), (1, 62)) == pytest.approx(70)
    assert planned_f((0, 62)) == pytest.approx(62)


def test_a_setback_of_days_is_kept() -> None:
    assert planned_f((0, 60), (72, 70), outdoors=20) == pytest.approx(60)
    assert recovery_target(
        after(0),
        [(after(0), NIGHT), (after(days=3), DAY)],
        [(after(0), 5.0)],
        DEFAULT_HEAT_UP_RATE,
        BALANCE,
    )[1] == after(days=2)


def test_an_old_plan_uses_its_current_block() -> None:
    assert planned_f((0, 70), (2, 62), at=3) == pytest.approx(62)


def test_the_higher_of_two_rises_wins() -> None:
    assert planned_f((0, 62), (1, 64), (4, 70)) == pytest.approx(max(64 - 1.25, 70 - 4 * 1.25))


def test_the_plan_reports_when_to_check_again() -> None:
    wanted = [(after(0), NIGHT), (after(hours=8), DAY), (after(hours=24), NIGHT)]
    weather = [(after(0), celsius_from_fahrenheit(36))]

    assert recovery_target(after(0), wanted, weather, DEFAULT_HEAT_UP_RATE, BALANCE)[1] == after(
        hours=2
    )
    assert (
        recovery_target(after(hours=3), wanted, weather, DEFAULT_HEAT_UP_RATE, BALANCE)[1]
        == after(hours=3) + RECOVERY_CHECK_INTERVAL
    )
    assert recovery_target(after(hours=8), wanted[1:], weather, DEFAULT_HEAT_UP_RATE, BALANCE)[
        1
    ] == after(hours=24)
    assert (
        recovery_target(after(hours=8), wanted[1:2], weather, DEFAULT_HEAT_UP_RATE, BALANCE)[1]
        is None
    )


@given(
    steps=st.lists(st.tuples(st.integers(1, 600), st.floats(10, 25)), min_size=1, max_size=5),
    outdoors=st.lists(TEMPERATURES, min_size=1, max_size=30),
    balance=st.floats(-20, 12),
)
def test_the_target_lies_between_the_current_and_final_setpoint(
    steps: list[tuple[int, float]], outdoors: list[float], balance: float
) -> None:
    wanted, at = [(after(0), steps[0][1])], after(0)
    for minutes, temperature in steps[1:]:
        at += timedelta(minutes=minutes)
        wanted.append((at, temperature))
    weather = [(after(hours=hour), outdoor) for hour, outdoor in enumerate(outdoors)]

    found, due = recovery_target(after(0), wanted, weather, DEFAULT_HEAT_UP_RATE, balance)

    assert wanted[0][1] <= found <= max(temperature for _, temperature in wanted)
    assert due is None or due > after(0)


@given(start=st.floats(0.1, 12), outdoors=st.lists(st.floats(-4, 15), min_size=24, max_size=24))
def test_a_rise_is_never_faster_than_the_pump(start: float, outdoors: list[float]) -> None:
    weather = [(after(hours=hour), outdoor) for hour, outdoor in enumerate(outdoors)]
    wanted = (after(hours=start), DAY)
    before = recovery_target(
        after(0), [(after(0), NIGHT), wanted], weather, DEFAULT_HEAT_UP_RATE, BALANCE
    )[0]

    for minutes in range(5, int(start * 60), 5):
        at = after(minutes=minutes)
        now = recovery_target(
            at,
            [(at, NIGHT), wanted],
            [(at, outdoors[minutes // 60]), *weather[minutes // 60 + 1 :]],
            DEFAULT_HEAT_UP_RATE,
            BALANCE,
        )[0]
        gained = (
            max(
                heat_up_rate(outdoors[max(minutes - 5, 0) // 60], DEFAULT_HEAT_UP_RATE, BALANCE),
                heat_up_rate(outdoors[minutes // 60], DEFAULT_HEAT_UP_RATE, BALANCE),
            )
            / 12
        )
        assert now - before <= gained + 1e-6
        before = now
    assert LONGEST_RECOVERY == 6 * HOUR


class TestCourse:
    WANTED = ((after(hours=-5), NIGHT), (after(hours=3), DAY))

    def make_forecast(self, at: float = 0) -> RecoveryPlan:
        return plan_recovery(
            after(hours=at),
            self.WANTED,
            [(after(hours=at), celsius_from_fahrenheit(36))],
            DEFAULT_HEAT_UP_RATE,
            BALANCE,
        )

    def test_a_target_holds_for_a_quarter_of_an_hour(self) -> None:
        rising = self.make_forecast()

        assert rising.start == after(0)
        assert rising.is_fresh(after(minutes=14), self.WANTED)
        assert not rising.is_fresh(after(minutes=15), self.WANTED)
        assert not rising.is_fresh(after(minutes=-1), self.WANTED)

    def test_a_new_request_or_rise_changes_the_target_at_once(self) -> None:
        before = plan_recovery(
            after(hours=-4),
            self.WANTED,
            [(after(hours=-4), celsius_from_fahrenheit(47))],
            DEFAULT_HEAT_UP_RATE,
            BALANCE,
        )
        assert before.start is not None
        late = replace(before, at=before.start - timedelta(minutes=5))

        assert not before.is_fresh(after(hours=-4), self.WANTED[:1])
        assert late.is_fresh(before.start - timedelta(minutes=1), self.WANTED)
        assert not late.is_fresh(before.start, self.WANTED)

    NIGHTS = ((after(hours=-1), NIGHT), (after(hours=8), DAY))

    def observe_night(self, at: float, before: RecoveryPlan = NO_RECOVERY_PLAN) -> RecoveryPlan:
        return plan_recovery(
            after(hours=at),
            self.NIGHTS,
            [(after(hours=at), celsius_from_fahrenheit(30))],
            DEFAULT_HEAT_UP_RATE,
            BALANCE,
            before,
        )

    def test_a_shallow_setback_is_not_a_rise(self) -> None:
        evening = self.observe_night(0)

        assert evening.points[0][1] > NIGHT
        assert evening.start == after(hours=2)

    def test_a_continuing_rise_keeps_its_start(self) -> None:
        before = self.observe_night(0)
        for at in (2, 2.25, 4, 7.75):
            before = self.observe_night(at, before)
            assert before.start == after(hours=2)
        assert self.observe_night(8.25, before).start is None

    def test_an_unfollowed_rise_starts_now(self) -> None:
        assert self.observe_night(4).start == after(hours=4)
