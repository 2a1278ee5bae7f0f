"""A clock that jumps raises no error, loses no counted time, and adds none."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.aux_heat_guard.core import engine
from custom_components.aux_heat_guard.core.model import Alert, HeatState, Role
from custom_components.aux_heat_guard.core.sense.kinds import (
    CounterSignal,
    InferenceSignal,
    OnOffSignal,
    ThresholdSignal,
)
from custom_components.aux_heat_guard.core.settings.guard import Settings

from .helpers import (
    RELAY,
    START,
    STRIPS_AND_COMPRESSOR,
    after,
    long,
    make_observation,
    observe_state,
    run_states,
    step_until,
)

OFF, AUX = HeatState.OFF, HeatState.HEAT_PUMP_AUX
HOUR = 3600
BACK = [
    pytest.param(timedelta(microseconds=1), id="a microsecond"),
    pytest.param(timedelta(seconds=5), id="seconds"),
    pytest.param(timedelta(hours=1), id="an hour"),
    pytest.param(timedelta(hours=14), id="to yesterday"),
    pytest.param(timedelta(days=40), id="over a month"),
    pytest.param(timedelta(days=3650), id="years"),
]


@pytest.mark.parametrize("back", BACK)
def test_a_clock_set_back_in_a_run_loses_no_counted_second(back: timedelta) -> None:
    state = run_states((0, AUX), (HOUR, OFF), (2 * HOUR, AUX), (3 * HOUR, AUX))
    before = state.ledger.totals
    at = state.ledger.at - back

    state = engine.step(state, observe_state(AUX, at), STRIPS_AND_COMPRESSOR).state
    assert state.ledger.at == at
    assert state.ledger.totals == before
    assert state.figures.total.totals == before

    state = step_until(state, observe_state(OFF, at + timedelta(hours=1)), STRIPS_AND_COMPRESSOR)
    assert state.ledger.totals.aux == before.aux + HOUR
    assert state.ledger.totals.cycles == 2
    run = state.ledger.run
    assert run is not None
    assert run.start <= run.last_seen <= state.ledger.at
    assert run.seconds == 2 * HOUR


@pytest.mark.parametrize("back", BACK[:3])
def test_a_clock_set_back_within_the_day_keeps_every_window(back: timedelta) -> None:
    state = run_states((0, AUX), (HOUR, OFF), (2 * HOUR, AUX), (3 * HOUR, OFF))

    after_it = engine.step(
        state, observe_state(OFF, state.ledger.at - back), STRIPS_AND_COMPRESSOR
    ).state

    for name in ("today", "day", "week", "month", "season", "total"):
        assert getattr(after_it.figures, name).totals == getattr(state.figures, name).totals


@pytest.mark.parametrize("back", BACK)
def test_a_clock_set_back_does_not_delay_figures(back: timedelta) -> None:
    state = run_states((0, AUX), (3 * HOUR, AUX))
    at = state.ledger.at - back

    state = engine.step(state, observe_state(AUX, at), STRIPS_AND_COMPRESSOR).state

    assert state.figures.today_at == state.figures.others_at == at
    assert at < state.wake_at <= at + timedelta(seconds=60)


def test_a_clock_set_back_before_the_history_leaves_new_windows_empty() -> None:
    state = run_states((0, AUX), (3 * HOUR, OFF))

    state = engine.step(state, observe_state(OFF, after(days=-3650)), STRIPS_AND_COMPRESSOR).state

    shown = state.figures
    assert [
        window.totals.aux
        for window in (shown.today, shown.day, shown.week, shown.month, shown.season)
    ] == [0] * 5
    assert shown.total.totals.aux == 3 * HOUR


def test_a_clock_set_back_and_forth_adds_no_heating_time() -> None:
    state = run_states((0, AUX), (HOUR, OFF))
    state = engine.step(state, observe_state(OFF, after(days=-2)), STRIPS_AND_COMPRESSOR).state
    # After a clock that was set ahead, counting starts again.
    state = engine.start(after(2 * HOUR), STRIPS_AND_COMPRESSOR, state.ledger)
    state = engine.step(state, observe_state(OFF, after(2 * HOUR)), STRIPS_AND_COMPRESSOR).state

    assert state.ledger.totals.aux == HOUR
    assert state.ledger.totals.cycles == 1


def test_a_clock_set_back_over_midnight_returns_to_the_previous_day() -> None:
    state = run_states((0, OFF), (12.25 * HOUR, AUX), (12.5 * HOUR, OFF))
    assert state.figures.today.totals.aux == HOUR / 4

    state = engine.step(state, observe_state(OFF, after(11.5 * HOUR)), STRIPS_AND_COMPRESSOR).state
    assert (state.figures.today.start.day, state.figures.today.totals.aux) == (14, HOUR / 4)

    state = step_until(state, observe_state(AUX, after(12.1 * HOUR)), STRIPS_AND_COMPRESSOR)
    assert (state.figures.today.start.day, state.figures.today.totals.aux) == (15, 0)
    assert state.figures.total.totals.aux == HOUR / 4


def test_a_clock_set_back_by_a_day_keeps_the_rolling_day_exact() -> None:
    # Ran from midnight to one; two days on, at half past midnight, the clock goes back by a day.
    state = run_states(
        (0, OFF), (12 * HOUR, AUX), (13 * HOUR, OFF), (60.5 * HOUR, HeatState.HEAT_PUMP)
    )

    state = engine.step(state, observe_state(OFF, after(36.5 * HOUR)), STRIPS_AND_COMPRESSOR).state

    assert state.figures.day.start == after(12.5 * HOUR)
    assert state.figures.day.totals.aux == HOUR / 2


@pytest.mark.parametrize(
    "ahead",
    [timedelta(hours=1), timedelta(days=40), timedelta(days=36_500)],
    ids=["an hour", "over a month", "a century"],
)
def test_a_clock_set_ahead_over_a_restart_leaves_unknown_time(ahead: timedelta) -> None:
    before = run_states((0, AUX), (HOUR, AUX)).ledger

    state = engine.start(before.at + ahead, STRIPS_AND_COMPRESSOR, before)

    assert state.ledger.totals.aux == HOUR
    assert state.ledger.totals.aux_unknown == ahead.total_seconds()
    assert state.ledger.totals.cycles == 1
    assert state.wake_at > state.ledger.at


EVERY_KIND = Settings(
    signals=(
        OnOffSignal(RELAY),
        ThresholdSignal(RELAY, on_above=1000, off_below=500, role=Role.COMPRESSOR),
        CounterSignal(RELAY),
        InferenceSignal(),
    ),
    zone=ZoneInfo("America/New_York"),
)
JUMP = st.integers(-(10**9), 10**9) | st.integers(-90_000, 90_000) | st.integers(0, 300)


@long
@given(
    jumps=st.lists(
        st.tuples(JUMP, st.sampled_from(["on", "off", None]), st.integers(0, 3), st.booleans()),
        min_size=1,
        max_size=12,
    )
)
def test_no_clock_jump_raises_or_decreases_a_total(
    jumps: list[tuple[int, str | None, int, bool]],
) -> None:
    state, at = engine.start(START, EVERY_KIND), START
    for seconds, relay, number, again in jumps:
        at = max(min(at + timedelta(seconds=seconds), after(days=20_000)), after(days=-15_000))
        before = state.ledger.totals
        if again:
            state = engine.start(at, EVERY_KIND, state.ledger)
        observation = make_observation(
            at,
            relay,
            number * 600,
            number,
            None,
            action="heating",
            room=15.0,
            setpoint=20.0,
            outdoor=0.0,
        )
        step = engine.step(state, observation, EVERY_KIND)
        assert step.state is state or step.state.ledger.at == at
        state = step.state
        now = state.ledger.totals
        assert state.wake_at > at
        assert state.figures.bounds.contains(at)
        for field in (
            "aux",
            "heat_pump",
            "emergency",
            "defrost",
            "aux_unknown",
            "heat_pump_unknown",
            "cycles",
        ):
            assert getattr(now, field) >= getattr(before, field)


def test_a_machine_suspend_counts_up_to_its_start_and_is_then_unknown() -> None:
    state = run_states((0, AUX), (HOUR, AUX))

    state = engine.resume_after_gap(state, after(2 * HOUR), after(5 * HOUR), STRIPS_AND_COMPRESSOR)
    state = engine.step(state, observe_state(OFF, after(5 * HOUR)), STRIPS_AND_COMPRESSOR).state

    totals = state.figures.total.totals
    assert (totals.aux, totals.aux_unknown, totals.heat_pump_unknown, totals.cycles) == (
        2 * HOUR,
        3 * HOUR,
        3 * HOUR,
        1,
    )


@pytest.mark.parametrize("is_restart", [False, True])
@pytest.mark.parametrize("back", [timedelta(days=1), timedelta(days=40)])
def test_a_clock_set_back_extends_no_snooze_or_allowance(back: timedelta, is_restart: bool) -> None:
    state = run_states((0, AUX), (HOUR, OFF))
    put_off = state.alerts.with_aux_allowed(after(3 * HOUR)).with_snooze(
        frozenset({Alert.OVERRUN}), after(5 * HOUR)
    )
    state = engine.with_alerts(state, put_off)
    at = state.ledger.at - back
    if is_restart:
        state = engine.start(at, STRIPS_AND_COMPRESSOR, state.ledger, alerts=state.alerts)
    state = engine.step(state, observe_state(OFF, at), STRIPS_AND_COMPRESSOR).state

    assert state.alerts.allowed_until == at + timedelta(hours=2)
    assert state.alerts.states[Alert.OVERRUN].snoozed_until == at + timedelta(hours=4)
    assert state.view.alerts.allowed_until == at + timedelta(hours=2)
