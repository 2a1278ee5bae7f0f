"""Every figure equals a count second by second, whatever happens."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
import json
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.aux_heat_guard.core import engine
from custom_components.aux_heat_guard.core.account.energy import UNREAD_METER
from custom_components.aux_heat_guard.core.account.figures import usage_windows
from custom_components.aux_heat_guard.core.account.ledger import Ledger
from custom_components.aux_heat_guard.core.account.tracker import TrackerMemory
from custom_components.aux_heat_guard.core.model import Cause, HeatState, Raw, Role
from custom_components.aux_heat_guard.core.persistence import history as codec
from custom_components.aux_heat_guard.core.sense.kinds import (
    CounterSignal,
    EqualsSignal,
    InferenceSignal,
    OnOffSignal,
    ThresholdSignal,
)
from custom_components.aux_heat_guard.core.settings.guard import (
    MAX_POINTS,
    THINNED_SPACING,
    Settings,
)
from custom_components.aux_heat_guard.core.settings.signal import Signal, Timing

from ..helpers import (
    RELAY,
    START,
    STATE_OBSERVATIONS,
    STRIPS_AND_COMPRESSOR,
    after,
    long,
    make_observation,
    observe_state,
    quick,
    run_states,
    step_until,
)
from ..oracle import Oracle, window_starts

HOUR = 3600
LENGTH = 5 * 24 * HOUR
BEFORE, DAYS = timedelta(days=3), 12
"""How long before the start to look for local midnights, and for how many days."""

PLACES = [
    # A zone, and an instant 1 to 2 days before a clock change, a new month, a new week, or nothing.
    ("America/New_York", datetime(2026, 3, 6, 21, 7, 13, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 10, 30, 21, 7, 13, tzinfo=UTC)),
    ("America/New_York", START),
    ("Asia/Kolkata", datetime(2026, 1, 30, 3, 0, 0, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 3, 11, 59, 59, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 10, 2, 13, 0, 1, tzinfo=UTC)),
    ("Africa/Cairo", datetime(2024, 4, 24, 4, 0, 0, tzinfo=UTC)),
    ("Africa/Cairo", datetime(2024, 10, 29, 4, 0, 0, tzinfo=UTC)),
    ("America/Havana", datetime(2024, 11, 1, 22, 0, 0, tzinfo=UTC)),
    ("Asia/Beirut", datetime(2024, 3, 29, 22, 0, 0, tzinfo=UTC)),
    ("UTC", datetime(2026, 6, 29, 0, 0, 0, tzinfo=UTC)),
]
OBSERVE, RESTART = "look", "restart"
EVENTS = st.lists(
    st.tuples(
        # Some fall on the hour, so on a midnight too; some come at the same second.
        st.integers(0, LENGTH - 1)
        | st.integers(0, LENGTH // HOUR - 1).map(lambda hour: hour * HOUR),
        st.sampled_from(
            [
                *STATE_OBSERVATIONS,
                HeatState.HEAT_PUMP_AUX,
                HeatState.HEAT_PUMP_AUX,
                OBSERVE,
                RESTART,
            ]
        ),
    ),
    min_size=1,
    max_size=25,
).map(lambda events: sorted(events, key=lambda event: event[0]))


KWH_A_SECOND = 3600.0
"""kW: so the strips draw as many kWh as they run seconds."""


def reload_from_json(ledger: Ledger) -> Ledger:
    """Return a state that was stored as JSON and read again."""
    return codec.decode(
        json.loads(
            json.dumps(
                codec.encode(
                    codec.StoredGuard(
                        ledger=ledger, memory=TrackerMemory(UNREAD_METER), zone="UTC"
                    ),
                    archived=None,
                )
            )
        )
    ).ledger


def assert_matches_oracle(state: engine.State, oracle: Oracle, zone: ZoneInfo) -> None:
    """Assert that all displayed figures equal the oracle's at the time of their refresh."""
    shown = state.figures
    first = oracle.start.replace(minute=0, second=0) - BEFORE
    today = window_starts(shown.today_at, zone, first, DAYS)["today"]
    assert shown.today.start == today
    assert shown.today.totals == oracle.count_totals(today, shown.today_at)
    now = shown.others_at
    starts = window_starts(now, zone, first, DAYS)
    assert shown.day.totals == oracle.count_totals(now - timedelta(hours=24), now)
    assert shown.seven_days.totals == oracle.count_totals(now - timedelta(days=7), now)
    assert shown.week.totals == oracle.count_totals(starts["week"], now)
    assert shown.month.totals == oracle.count_totals(starts["month"], now)
    assert shown.season.totals == oracle.count_totals(starts["season"], now)
    assert shown.total.totals == oracle.count_totals(oracle.start, now)
    for window in (
        shown.today,
        shown.day,
        shown.seven_days,
        shown.week,
        shown.month,
        shown.season,
        shown.total,
    ):
        assert window.amounts.kwh == pytest.approx(window.totals.aux, abs=1e-3)
    run = state.ledger.run
    assert (run and replace(run, cause=Cause.UNKNOWN)) == oracle.find_last_run(state.ledger.at)


@long
@given(place=st.sampled_from(PLACES), events=EVENTS, punctual=st.booleans())
def test_all_figures_equal_the_count_of_seconds(
    place: tuple[str, datetime], events: list[tuple[int, str]], punctual: bool
) -> None:
    zone, start = ZoneInfo(place[0]), place[1]
    settings = replace(STRIPS_AND_COMPRESSOR, zone=zone, strips_kw=KWH_A_SECOND)
    oracle = Oracle(start, LENGTH)
    state = engine.start(start, settings)
    name: HeatState | str = HeatState.UNKNOWN
    for second, event in [*events, (LENGTH - 1, OBSERVE)]:
        at = start + timedelta(seconds=second)
        if event == RESTART:
            # The ledger was stored at its last step. Nothing was observed after that.
            oracle.set_state_from(
                round((state.ledger.at - start).total_seconds()), HeatState.UNKNOWN
            )
            state = engine.start(at, settings, reload_from_json(state.ledger))
            assert_matches_oracle(state, oracle, zone)
        elif event != OBSERVE:
            name = event
        observation = replace(STATE_OBSERVATIONS[name], at=at)
        state = (
            step_until(state, observation, settings)
            if punctual
            else engine.step(state, observation, settings).state
        )
        if state.ledger.at == at:
            # Otherwise nothing had changed, and there was no step.
            oracle.set_state_from(second, name)
        assert_matches_oracle(state, oracle, zone)


def with_delays(signal: Signal) -> Settings:
    return Settings(
        signals=(signal, OnOffSignal(RELAY, role=Role.COMPRESSOR)),
        zone=ZoneInfo("America/New_York"),
        strips_kw=0,
    )


DELAYED: list[tuple[Settings, list[Raw]]] = [
    (
        with_delays(ThresholdSignal(RELAY, on_above=1000, off_below=500)),
        [0, 700, 9000, "unavailable"],
    ),
    (with_delays(CounterSignal(RELAY)), [0, 1, 2, "unavailable"]),
    (with_delays(InferenceSignal()), [None]),
    (
        with_delays(
            EqualsSignal(
                RELAY,
                values=frozenset({"on"}),
                timing=Timing(timedelta(minutes=3), timedelta(hours=2)),
            )
        ),
        ["on", "off", None],
    ),
]
WEATHER = st.tuples(
    st.sampled_from([-5.0, 15.0, None]),
    st.sampled_from([16.0, 19.9, 21.0, None]),
    st.sampled_from(["heating", "idle", None]),
)


@long
@given(data=st.data(), case=st.sampled_from(DELAYED))
def test_steps_that_come_late_count_as_if_they_had_come_on_time(
    data: st.DataObject, case: tuple[Settings, list[Raw]]
) -> None:
    settings, readings = case
    punctual = late = engine.start(START, settings)
    at = START
    for _ in range(data.draw(st.integers(1, 12))):
        at += timedelta(
            seconds=data.draw(st.sampled_from([0, 1, 15, 20, 90, 600]) | st.integers(0, 20_000))
        )
        outdoor, room, action = data.draw(WEATHER)
        observation = make_observation(
            at,
            data.draw(st.sampled_from(readings)),
            data.draw(st.sampled_from(["on", "off"])),
            action=action,
            outdoor=outdoor,
            room=room,
        )
        observation = replace(
            observation,
            thermostat=replace(observation.thermostat, setpoint=20.0),
            outdoor_last_reported=START,
        )
        punctual = step_until(punctual, observation, settings)
        late = engine.step(late, observation, settings).state
        if late.ledger.at == punctual.ledger.at:
            assert late.ledger.totals == punctual.ledger.totals
            assert (late.ledger.run, late.tracker.heat) == (
                punctual.ledger.run,
                punctual.tracker.heat,
            )
    # Something must differ in the end, or no step would be due.
    end = replace(observation, at=at + timedelta(days=1), outdoor=-9.0)
    now_late, now_punctual = (
        engine.step(late, end, settings).state,
        step_until(punctual, end, settings),
    )
    assert now_late.ledger.totals == now_punctual.ledger.totals
    assert now_late.ledger.run == now_punctual.ledger.run


def test_steps_an_hour_late_give_the_same_totals() -> None:
    settings = with_delays(ThresholdSignal(RELAY, on_above=1000, off_below=500))
    state = engine.start(START, settings)
    for seconds, watts in [(0, 0), (100, 9000), (160, 0)]:
        state = engine.step(
            state, make_observation(after(seconds), watts, "on", action="heating"), settings
        ).state
    assert state.wake_at == after(180)

    late = engine.step(
        state, make_observation(after(180, hours=1), 0, "on", action="heating"), settings
    ).state

    # On from 100 + 20 s of confirming to 160 + 20 s of releasing.
    assert late.ledger.totals.aux == 60
    assert late.ledger.totals.heat_pump == 180 + HOUR
    assert late.ledger.run is not None
    assert (late.ledger.run.start, late.ledger.run.end) == (after(120), after(180))


def test_counting_in_fractions_of_a_second_does_not_drift() -> None:
    # A second and a third, as microseconds allow it, ten thousand times: strips on, strips off.
    beat = timedelta(microseconds=1_333_333)
    state, at = engine.start(START, STRIPS_AND_COMPRESSOR), START
    for turn in range(10_000):
        name = HeatState.HEAT_PUMP if turn % 2 else HeatState.HEAT_PUMP_AUX
        state = engine.step(state, observe_state(name, at), STRIPS_AND_COMPRESSOR).state
        at += beat
        if turn % 100 == 0:
            # This test needs no long history.
            last = replace(state.ledger.points[-1])
            state = replace(
                state, tracker=replace(state.tracker, ledger=replace(state.ledger, points=(last,)))
            )
    state = engine.step(state, observe_state(HeatState.OFF, at), STRIPS_AND_COMPRESSOR).state

    assert abs(state.ledger.totals.aux - 5000 * 1.333333) < 1e-6
    assert abs(state.ledger.totals.heat_pump - 10_000 * 1.333333) < 1e-6
    assert state.ledger.totals.cycles == 5000


@quick
@given(offsets=st.lists(st.integers(0, 10**6), min_size=2, max_size=60, unique=True).map(sorted))
def test_no_window_is_ever_negative(offsets: list[int]) -> None:
    state = engine.start(START, STRIPS_AND_COMPRESSOR)
    for turn, microseconds in enumerate(offsets):
        name = HeatState.OFF if turn % 2 else HeatState.HEAT_PUMP_AUX
        observation = observe_state(name, START + timedelta(microseconds=microseconds * 77_777))
        state = engine.step(state, observation, STRIPS_AND_COMPRESSOR).state
        shown = usage_windows(state.ledger, state.figures.bounds)
        for window in (
            shown.today,
            shown.day,
            shown.seven_days,
            shown.week,
            shown.month,
            shown.season,
            shown.total,
        ):
            assert window.totals.aux >= 0
            assert 0 <= window.coverage <= 1
        assert shown.day.aux_share is None or 0 <= shown.day.aux_share <= 1


def test_a_relay_that_flickers_fills_no_memory_and_loses_at_most_minutes_of_a_windows_start() -> (
    None
):
    states = (HeatState.HEAT_PUMP_AUX, HeatState.HEAT_PUMP)
    ledger = run_states(*((second, states[second % 2]) for second in range(8_000))).ledger

    assert len(ledger.points) < MAX_POINTS
    assert (ledger.totals.aux, ledger.totals.cycles) == (4000, 4000)
    for start in range(0, 8_000, 97):
        window, _ = ledger.window(after(start))
        assert window.aux == pytest.approx((7999 - start) / 2, abs=THINNED_SPACING.total_seconds())
        assert 0 <= window.cycles <= 4000
