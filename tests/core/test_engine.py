"""Steps are taken when they are due, announce the next one, and never fail."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.aux_heat_guard.core import engine
from custom_components.aux_heat_guard.core.model import (
    HeatState,
    Observation,
    Raw,
    Role,
    Thermostat,
)
from custom_components.aux_heat_guard.core.sense.kinds import (
    CounterSignal,
    EqualsSignal,
    InferenceSignal,
    OnOffSignal,
    ThresholdSignal,
    TokenSignal,
)
from custom_components.aux_heat_guard.core.settings.guard import Settings

from .helpers import (
    ATTRIBUTE,
    RELAY,
    START,
    STRIPS_AND_COMPRESSOR,
    after,
    make_observation,
    observe_state,
    quick,
    run_states,
    step_until,
    thorough,
)
from .sense.test_readings import ANYTHING

OFF, PUMP, AUX, EMERGENCY, DEFROST, UNKNOWN = (
    HeatState.OFF,
    HeatState.HEAT_PUMP,
    HeatState.HEAT_PUMP_AUX,
    HeatState.EMERGENCY,
    HeatState.DEFROST,
    HeatState.UNKNOWN,
)
HOUR = 3600
MIDNIGHT = datetime(2026, 1, 15, tzinfo=UTC)
MINUTE, FIVE_MINUTES, QUARTER = (
    timedelta(seconds=60),
    timedelta(seconds=300),
    timedelta(seconds=900),
)


class TestNoStep:
    def test_an_observation_equal_to_the_last_takes_no_step(self) -> None:
        state = run_states((0, AUX))

        step = engine.step(state, observe_state(AUX, after(59)), STRIPS_AND_COMPRESSOR)

        assert step.state is state
        assert (step.view, step.wake_at) == (state.view, state.wake_at)

    def test_a_step_is_taken_at_the_wake_time(self) -> None:
        state = run_states((0, AUX))

        step = engine.step(state, observe_state(AUX, state.wake_at), STRIPS_AND_COMPRESSOR)

        assert step.state is not state
        assert step.view.figures.today.totals.aux == 60

    def test_any_changed_observation_takes_a_step(self) -> None:
        state = run_states((0, AUX))
        same = observe_state(AUX, after(1))

        for other in (
            replace(same, readings=("on", "off")),
            replace(same, thermostat=replace(same.thermostat, hvac_action="idle")),
            replace(same, outdoor=1.0),
            replace(same, power=9000.0),
            replace(same, meter_reading=1.0),
            replace(same, price=0.2),
        ):
            assert engine.step(state, other, STRIPS_AND_COMPRESSOR).state is not state

    def test_the_room_counts_for_an_estimate_only(self) -> None:
        for settings, matters in ((STRIPS_AND_COMPRESSOR, False), (ESTIMATE, True)):
            first = make_observation(
                START, *["on"] * len(settings.signals), action="heating", room=20.0, setpoint=21.0
            )
            state = engine.step(engine.start(START, settings), first, settings).state
            warmer = replace(first, at=after(1), thermostat=replace(first.thermostat, room=20.1))

            assert (
                engine.step(state, warmer, settings).state.tracker is not state.tracker
            ) is matters

    def test_an_unchanged_observation_takes_no_step_with_any_rules(self) -> None:
        first = make_observation(START, "off", "on", action="heating", room=20.0, setpoint=21.0)
        state = engine.step(
            engine.start(START, STRIPS_AND_COMPRESSOR), first, STRIPS_AND_COMPRESSOR
        ).state

        assert engine.step(state, replace(first, at=after(1)), STRIPS_AND_COMPRESSOR).state is state

    def test_the_first_observation_takes_a_step(self) -> None:
        state = engine.start(START, STRIPS_AND_COMPRESSOR)

        assert (
            engine.step(state, observe_state(UNKNOWN, START), STRIPS_AND_COMPRESSOR).state
            is not state
        )

    def test_a_clock_set_back_takes_a_step(self) -> None:
        state = run_states((0, OFF))

        assert (
            engine.step(state, observe_state(OFF, after(-1)), STRIPS_AND_COMPRESSOR).state
            is not state
        )


class TestCadence:
    @pytest.mark.parametrize("state", [AUX, EMERGENCY], ids=str)
    def test_while_aux_runs_today_is_at_most_60_s_old_and_the_rest_300_s(
        self, state: HeatState
    ) -> None:
        wakes: list[engine.Step] = []
        began = run_states((0, state))

        step_until(
            began, observe_state(OFF, after(HOUR)), STRIPS_AND_COMPRESSOR, on_step=wakes.append
        )

        assert len(wakes) == 60
        for step in wakes:
            shown = step.view.figures
            now = step.state.ledger.at
            assert shown.today_at == now
            assert now - shown.others_at < FIVE_MINUTES
            assert shown.today.totals.aux == (now - START).total_seconds()
        assert [later.wake_at - earlier.wake_at for earlier, later in pairwise(wakes[:-1])] == [
            MINUTE
        ] * 58

    def test_an_early_update_of_today_does_not_delay_the_other_windows(self) -> None:
        wakes: list[engine.Step] = []
        # A room temperature that changes at 90 s refreshes the figures of today. The next ones are
        # due at 150, 210, 270 and 330 s.
        warmer = replace(
            observe_state(AUX, after(90)),
            thermostat=Thermostat(hvac_mode="heat", hvac_action="heating", room=19.0),
        )
        state = engine.step(run_states((0, AUX)), warmer, STRIPS_AND_COMPRESSOR).state

        step_until(
            state, observe_state(OFF, after(310)), STRIPS_AND_COMPRESSOR, on_step=wakes.append
        )

        assert [step.state.ledger.at for step in wakes] == [
            after(seconds) for seconds in (150, 210, 270, 300, 310)
        ]
        assert wakes[3].view.figures.others_at == after(300)

    def test_while_the_pump_heats_alone_a_step_every_900_s(self) -> None:
        wakes: list[engine.Step] = []

        step_until(
            run_states((0, PUMP)),
            observe_state(OFF, after(HOUR)),
            STRIPS_AND_COMPRESSOR,
            on_step=wakes.append,
        )

        assert [step.state.ledger.at for step in wakes] == [
            after(minutes=15 * beat) for beat in range(1, 5)
        ]
        assert all(step.view.figures.others_at == step.state.ledger.at for step in wakes)

    @pytest.mark.parametrize("state", [OFF, DEFROST], ids=str)
    def test_where_nothing_heats_and_no_aux_ran_for_24_h_only_midnight_wakes(
        self, state: HeatState
    ) -> None:
        assert run_states((0, state)).wake_at == MIDNIGHT
        assert engine.start(START, STRIPS_AND_COMPRESSOR).wake_at == MIDNIGHT

    def test_rolling_windows_update_until_their_aux_has_left(self) -> None:
        wakes: list[engine.Step] = []

        step_until(
            run_states((0, AUX), (600, OFF)),
            observe_state(PUMP, after(days=8)),
            STRIPS_AND_COMPRESSOR,
            on_step=wakes.append,
        )

        between = [
            step.view.figures
            for step in wakes
            if after(600) < step.state.ledger.at < after(600, days=7)
        ]
        assert len(between) >= 7 * 24 * 4 - 1
        assert all(
            later.others_at - earlier.others_at <= QUARTER for earlier, later in pairwise(between)
        )
        quiet = [
            step.state.ledger.at
            for step in wakes
            if step.state.ledger.at > after(600 + 900, days=7)
        ]
        assert quiet == [MIDNIGHT + timedelta(days=7), after(days=8)]

    def test_at_midnight_a_new_day_is_shown(self) -> None:
        state = run_states((0, AUX), (600, OFF))

        state = step_until(state, observe_state(PUMP, MIDNIGHT), STRIPS_AND_COMPRESSOR)

        assert state.figures.today.start == MIDNIGHT
        assert state.figures.today.totals.aux == 0
        assert state.figures.day.totals.aux == 600

    def test_a_change_is_shown_at_once(self) -> None:
        state = run_states((0, PUMP), (7, AUX), (19, PUMP))

        assert (
            state.figures.today.totals.aux,
            state.figures.total.totals.heat_pump,
            state.tracker.heat.state,
        ) == (12, 19, PUMP)

    def test_the_end_of_a_delay_wakes(self) -> None:
        power = Settings(signals=(ThresholdSignal(RELAY, on_above=1000, off_below=500),))
        state = engine.step(
            engine.start(START, power), make_observation(START, 0, action="heating"), power
        ).state

        state = engine.step(state, make_observation(after(30), 9600, action="heating"), power).state
        assert (state.wake_at, state.tracker.heat.state) == (after(50), PUMP)

        state = engine.step(state, make_observation(after(50), 9600, action="heating"), power).state
        assert (
            state.tracker.heat.state,
            state.ledger.run is not None and state.ledger.run.start,
        ) == (AUX, after(50))


ESTIMATE = Settings(signals=(InferenceSignal(),))


def observe_cold(seconds: float, *, outdoor: float = -5.0, reported: float = 0) -> Observation:
    observation = make_observation(
        after(seconds), None, action="heating", room=15.0, setpoint=20.0, outdoor=outdoor
    )
    return replace(observation, outdoor_last_reported=after(reported))


class TestOutdoorTemperature:
    def estimating(self) -> engine.State:
        state = engine.step(engine.start(START, ESTIMATE), observe_cold(0), ESTIMATE).state
        return step_until(state, observe_cold(600), ESTIMATE)

    def test_an_unreported_outdoor_temperature_goes_stale(self) -> None:
        state = step_until(self.estimating(), observe_cold(4 * HOUR), ESTIMATE)

        assert state.tracker.heat.state is UNKNOWN
        assert state.ledger.run is not None
        assert state.ledger.run.seconds == pytest.approx(3 * HOUR - 600, abs=1e-5)

    def test_an_unchanged_report_keeps_the_outdoor_temperature_fresh(self) -> None:
        state = self.estimating()
        for minute in range(11, 6 * 60):
            # Every wake comes a moment late, as in reality.
            state = engine.step(
                state, observe_cold(60 * minute + 0.05, reported=60 * minute), ESTIMATE
            ).state

        assert state.tracker.heat.state is AUX
        assert state.ledger.totals.aux_unknown == 600
        assert state.ledger.totals.cycles == 1

    def test_a_report_a_moment_before_the_old_one_gets_stale_leaves_no_gap(self) -> None:
        state = step_until(self.estimating(), observe_cold(3 * HOUR - 60), ESTIMATE)
        assert (
            engine.step(state, observe_cold(3 * HOUR - 30, reported=3 * HOUR - 30), ESTIMATE).state
            is state
        )

        state = engine.step(
            state, observe_cold(3 * HOUR + 0.05, reported=3 * HOUR - 30), ESTIMATE
        ).state

        assert state.tracker.heat.state is AUX
        assert state.ledger.totals.aux_unknown == 600

    def test_an_unchanged_report_after_staleness_is_accepted(self) -> None:
        state = step_until(self.estimating(), observe_cold(4 * HOUR), ESTIMATE)

        back = engine.step(state, observe_cold(4 * HOUR + 1, reported=4 * HOUR + 1), ESTIMATE).state

        assert back is not state
        assert (
            step_until(
                back, observe_cold(4 * HOUR + 601, reported=4 * HOUR + 1), ESTIMATE
            ).tracker.heat.state
            is AUX
        )


def test_a_thousand_changes_in_a_second_are_counted_to_the_microsecond() -> None:
    state = run_states((0, OFF))
    for change in range(1000):
        name = OFF if change % 2 else AUX
        state = engine.step(
            state,
            observe_state(name, START + timedelta(milliseconds=change)),
            STRIPS_AND_COMPRESSOR,
        ).state

    assert state.ledger.totals.aux == pytest.approx(0.5, abs=1e-9)
    assert state.ledger.totals.cycles == 500
    assert state.tracker.heat.state is OFF


EVERY_KIND = Settings(
    signals=(
        TokenSignal(ATTRIBUTE, tokens=frozenset({"auxheat1"}), other_tokens=frozenset({"fan"})),
        EqualsSignal(RELAY, values=frozenset({"aux heat"}), other_values=frozenset({"standby"})),
        OnOffSignal(RELAY, role=Role.COMPRESSOR),
        OnOffSignal(RELAY, role=Role.EMERGENCY),
        ThresholdSignal(RELAY, on_above=1000, off_below=500),
        CounterSignal(RELAY),
        InferenceSignal(),
    )
)
TEXT = st.none() | st.sampled_from(["heating", "idle", "defrosting", "heat", "\ud800"])
NUMBER = st.none() | st.floats()
OBSERVATIONS = st.lists(
    st.builds(
        Observation,
        at=st.integers(-100, 200_000).map(after),
        readings=st.tuples(*[ANYTHING] * len(EVERY_KIND.signals)),
        thermostat=st.builds(
            Thermostat, hvac_mode=TEXT, hvac_action=TEXT, room=NUMBER, setpoint=NUMBER
        ),
        outdoor=NUMBER,
        outdoor_last_reported=st.none() | st.integers(-(10**6), 10**6).map(after),
    ),
    min_size=1,
    max_size=6,
)


@thorough
@given(observations=OBSERVATIONS)
def test_no_observation_ever_raises(observations: list[Observation]) -> None:
    state = engine.start(START, EVERY_KIND)
    for observation in observations:
        step = engine.step(state, observation, EVERY_KIND)
        state = step.state
        assert step.wake_at > observation.at
        assert len(step.view.evidence) == len(EVERY_KIND.signals)
        assert step.view.run == state.ledger.run


NOTHING: st.SearchStrategy[Raw] = st.sampled_from(
    [None, "", "unknown", "unavailable", "nonsense", float("nan"), 1e400, (), 10**5000]
)


@quick
@given(
    steps=st.lists(
        st.tuples(
            st.integers(1, 5000), st.booleans(), NOTHING, st.sampled_from(["heating", "idle", None])
        ),
        max_size=20,
    ),
)
def test_while_the_evidence_is_unknown_no_second_of_aux_is_counted(
    steps: list[tuple[int, bool, Raw, str | None]],
) -> None:
    settings = Settings(
        signals=(OnOffSignal(RELAY), ThresholdSignal(RELAY, on_above=1000, off_below=500))
    )
    state, at = engine.start(START, settings), START
    for seconds, blind, nothing, action in steps:
        at += timedelta(seconds=seconds)
        was, known = state.ledger.totals, state.tracker.heat.aux is not None
        observation = (
            make_observation(at, nothing, nothing, action=action)
            if blind
            else make_observation(at, "on", 9000, action=action)
        )
        state = step_until(state, observation, settings)
        if not known:
            assert state.ledger.totals.aux == was.aux
        assert (state.tracker.heat.state is UNKNOWN) is blind


def test_signals_that_were_added_start_without_a_memory() -> None:
    one = Settings(signals=(CounterSignal(RELAY),))
    two = Settings(signals=(CounterSignal(RELAY), OnOffSignal(RELAY)))
    state = engine.step(engine.start(START, one), make_observation(START, 5), one).state
    state = engine.with_settings(state, two)

    state = engine.step(state, make_observation(after(1), 5, "off"), two).state

    assert [evidence.is_on for evidence in state.tracker.evidence] == [None, False]
