"""Evidence with delays: confirm and release times, growing counters, the estimate."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from custom_components.aux_heat_guard.core import engine
from custom_components.aux_heat_guard.core.model import Evidence, Observation, Raw, Source
from custom_components.aux_heat_guard.core.sense import signals
from custom_components.aux_heat_guard.core.sense.kinds import (
    CounterSignal,
    InferenceSignal,
    OnOffSignal,
    ThresholdSignal,
)
from custom_components.aux_heat_guard.core.sense.signals import sense
from custom_components.aux_heat_guard.core.sense.values import is_outdoor_stale
from custom_components.aux_heat_guard.core.settings.guard import OUTDOOR_STALE, Settings
from custom_components.aux_heat_guard.core.settings.signal import Signal, SignalMemory, Timing

from ..helpers import RELAY, START, after, judge_readings, make_observation, step_until

SLOW = OnOffSignal(
    RELAY, timing=Timing(on_delay=timedelta(seconds=20), off_delay=timedelta(seconds=40))
)


class TestConfirmAndRelease:
    def test_the_first_reading_is_believed_at_once(self) -> None:
        assert judge_readings(SLOW, (0, "on")) == [True]
        assert judge_readings(SLOW, (0, "off")) == [False]

    def test_on_counts_after_the_confirm_delay(self) -> None:
        assert judge_readings(SLOW, (0, "off"), (10, "on"), (29.9, "on"), (30, "on")) == [
            False,
            False,
            False,
            True,
        ]

    def test_off_counts_after_the_release_delay(self) -> None:
        assert judge_readings(SLOW, (0, "on"), (10, "off"), (49.9, "off"), (50, "off")) == [
            True,
            True,
            True,
            False,
        ]

    def test_a_surge_that_ends_within_the_delay_leaves_no_trace(self) -> None:
        assert judge_readings(
            SLOW, (0, "off"), (10, "on"), (15, "off"), (20, "on"), (39, "on"), (40, "on")
        ) == [False] * 5 + [True]

    def test_unavailable_is_unknown_at_once_and_the_next_reading_counts_as_a_first(self) -> None:
        assert judge_readings(SLOW, (0, "off"), (10, "on"), (15, "unavailable"), (16, "on")) == [
            False,
            False,
            None,
            True,
        ]

    def test_a_clock_set_back_starts_the_delay_anew(self) -> None:
        assert judge_readings(
            SLOW, (100, "off"), (100, "on"), (0, "on"), (19, "on"), (20, "on")
        ) == [
            False,
            False,
            False,
            False,
            True,
        ]

    def test_without_delays_every_reading_is_believed_at_once(self) -> None:
        assert judge_readings(OnOffSignal(RELAY), (0, "on"), (0, "off"), (0, "on")) == [
            True,
            False,
            True,
        ]

    def test_power_waits_20_seconds_by_default_both_ways(self) -> None:
        power = ThresholdSignal(RELAY, on_above=1000, off_below=500)

        verdicts = judge_readings(
            power, (0, 0), (1, 9600), (20, 9600), (21, 9600), (30, 0), (49, 0), (50, 0)
        )

        assert verdicts == [False, False, False, True, True, True, False]

    def test_a_wake_is_requested_only_at_the_end_of_the_delay(self) -> None:
        _, memory = sense(SLOW, "off", make_observation(START), SignalMemory())
        assert signals.next_change(SLOW, make_observation(START), memory) is None

        _, memory = sense(SLOW, "on", make_observation(after(5)), memory)
        assert signals.next_change(SLOW, make_observation(after(5)), memory) == after(25)

        _, memory = sense(SLOW, "on", make_observation(after(25)), memory)
        assert signals.next_change(SLOW, make_observation(after(25)), memory) is None


VENSTAR = CounterSignal(RELAY, stall_timeout=timedelta(seconds=90))


class TestCounter:
    @pytest.mark.parametrize(
        ("readings", "verdicts"),
        [
            pytest.param(
                [(0, 12), (60, 12), (89, 12), (90, 12)],
                [None, None, None, False],
                id="the first value tells nothing until the hold",
            ),
            pytest.param([(0, 12), (60, 13)], [None, True], id="growth soon after the first value"),
            pytest.param(
                [(0, 0), (100, 0), (160, 1), (220, 2), (309, 2), (310, 2)],
                [None, False, True, True, True, False],
                id="a run",
            ),
            pytest.param(
                [(0, 0), (100, 0), (160, 1), (245, 3)],
                [None, False, True, True],
                id="a report that is late within the hold",
            ),
            pytest.param(
                [(0, 0), (100, 0), (160, "1.5"), (220, "2.5")],
                [None, False, True, True],
                id="as text",
            ),
            pytest.param(
                [(0, 240), (60, 241), (120, 1), (180, 2)],
                [None, True, True, True],
                id="falls to zero at the day's end, and goes on",
            ),
            pytest.param(
                [(0, 240), (100, 240), (160, 0), (300, 0)],
                [None, False, False, False],
                id="falls to zero at the day's end, and rests",
            ),
            pytest.param(
                [(0, 240), (60, 0), (149, 0), (150, 0)],
                [None, None, None, False],
                id="falls before anything is known",
            ),
            pytest.param(
                [(0, 5), (60, 6), (120, "unavailable"), (600, 9), (660, 10)],
                [None, True, None, None, True],
                id="what grew in a long gap does not tell that it grows now",
            ),
            pytest.param(
                [(0, 5), (60, 6), (70, "unavailable"), (120, 7)],
                [None, True, None, True],
                id="growth over a gap shorter than the hold",
            ),
            pytest.param(
                [(0, 5), (60, 6), (120, "unknown"), (600, 6)],
                [None, True, None, False],
                id="a gap in which it did not grow",
            ),
            pytest.param([(0, None), (60, 5), (120, 6)], [None, None, True], id="nothing at first"),
            pytest.param(
                [(500, 5), (560, 6), (0, 6), (89, 6), (90, 6)],
                [None, True, True, True, False],
                id="clock set back",
            ),
        ],
    )
    def test_a_counter_is_on_while_it_grew_within_the_hold(
        self, readings: list[tuple[float, Raw]], verdicts: list[bool | None]
    ) -> None:
        assert judge_readings(VENSTAR, *readings) == verdicts

    def test_a_counter_requests_a_wake_at_the_end_of_the_hold(self) -> None:
        _, memory = sense(VENSTAR, 5, make_observation(START), SignalMemory())
        assert signals.next_change(VENSTAR, make_observation(START), memory) == after(90)

        _, memory = sense(VENSTAR, 5, make_observation(after(90)), memory)
        assert signals.next_change(VENSTAR, make_observation(after(90)), memory) is None

    def test_a_counter_without_readings_requests_no_wake(self) -> None:
        _, memory = sense(VENSTAR, None, make_observation(START), SignalMemory())
        assert signals.next_change(VENSTAR, make_observation(START), memory) is None


ESTIMATE = InferenceSignal(droop=1.5, recovered_within=0.25, outdoor_below=4.0)


def observe_cold(
    at: datetime,
    *,
    action: str | None = "heating",
    room: float | None = 18.0,
    outdoor: float | None = 0.0,
) -> Observation:
    return make_observation(at, None, action=action, room=room, setpoint=20.0, outdoor=outdoor)


def estimate_verdicts(*observations: Observation, signal: Signal = ESTIMATE) -> list[bool | None]:
    memory, verdicts = SignalMemory(), []
    evidence: Evidence
    for observation in observations:
        evidence, memory = sense(signal, None, observation, memory)
        verdicts.append(evidence.is_on)
    return verdicts


class TestEstimate:
    def test_the_estimate_is_not_on_before_its_delay(self) -> None:
        assert estimate_verdicts(
            observe_cold(START), observe_cold(after(599)), observe_cold(after(600))
        ) == [None, None, True]

    def test_the_estimate_stays_off_until_its_delay_has_passed(self) -> None:
        assert estimate_verdicts(
            observe_cold(START, action="idle"),
            observe_cold(after(1)),
            observe_cold(after(600)),
            observe_cold(after(601)),
        ) == [False, False, False, True]

    def test_a_jump_of_the_room_sensor_does_not_turn_the_estimate_on(self) -> None:
        assert (
            estimate_verdicts(
                observe_cold(START, room=19.9),
                observe_cold(after(60)),
                observe_cold(after(300), room=19.9),
                observe_cold(after(660)),
            )
            == [False] * 4
        )

    def test_the_estimate_ends_when_the_room_has_recovered(self) -> None:
        verdicts = estimate_verdicts(
            observe_cold(START),
            observe_cold(after(600)),
            observe_cold(after(900), room=19.7),
            observe_cold(after(1200), room=19.8),
        )

        assert verdicts == [None, True, True, False]

    def test_the_estimate_ends_at_once_when_idle_or_mild(self) -> None:
        assert estimate_verdicts(
            observe_cold(START), observe_cold(after(600)), observe_cold(after(601), action="idle")
        ) == [
            None,
            True,
            False,
        ]
        assert estimate_verdicts(
            observe_cold(START), observe_cold(after(600)), observe_cold(after(601), outdoor=4.0)
        ) == [
            None,
            True,
            False,
        ]

    @pytest.mark.parametrize(
        ("observation", "verdict"),
        [
            pytest.param(observe_cold(START, room=None), None, id="room unknown"),
            pytest.param(observe_cold(START, room=1e9), None, id="room impossible"),
            pytest.param(observe_cold(START, outdoor=None), None, id="outdoors unknown"),
            pytest.param(observe_cold(START, outdoor=float("nan")), None, id="outdoors NaN"),
            pytest.param(observe_cold(START, action=None), None, id="action unknown"),
            pytest.param(
                observe_cold(START, action=None, outdoor=10.0),
                False,
                id="mild, whatever the thermostat does",
            ),
            pytest.param(
                observe_cold(START, room=20.0, outdoor=None),
                False,
                id="room warm, whatever the weather",
            ),
            pytest.param(
                observe_cold(START, action="idle", room=None, outdoor=None),
                False,
                id="idle, whatever else",
            ),
        ],
    )
    def test_a_false_condition_outweighs_an_unknown_one(
        self, observation: Observation, verdict: bool | None
    ) -> None:
        assert estimate_verdicts(observation) == [verdict]

    def test_an_outdoor_temperature_over_three_hours_old_is_unknown(self) -> None:
        fresh = replace(observe_cold(after(hours=4)), outdoor_last_reported=after(hours=1))
        stale = replace(
            observe_cold(after(hours=4)),
            outdoor_last_reported=after(hours=1) - timedelta(microseconds=1),
        )

        assert (is_outdoor_stale(fresh), is_outdoor_stale(stale)) == (False, True)
        assert estimate_verdicts(observe_cold(START), observe_cold(after(600)), fresh, stale) == [
            None,
            True,
            True,
            None,
        ]

    def test_the_estimate_requests_a_wake_when_the_outdoor_temperature_goes_stale(self) -> None:
        observation = replace(observe_cold(after(1), action="idle"), outdoor_last_reported=START)

        due = signals.next_change(ESTIMATE, observation, SignalMemory())

        assert due is not None
        assert is_outdoor_stale(replace(observation, at=due))
        assert not is_outdoor_stale(replace(observation, at=START + OUTDOOR_STALE))

    def test_the_estimate_has_no_source(self) -> None:
        assert ESTIMATE.source is None


def test_a_meter_does_not_hold_a_run_that_the_relay_has_ended() -> None:
    meter = ThresholdSignal(Source("sensor.strips"), on_above=1000, off_below=500)
    settings = Settings(signals=(OnOffSignal(RELAY), meter))
    state = engine.start(START, settings)
    for second, relay, watts in [
        (0, "off", 0),
        (100, "on", 9000),
        (160, "off", 9000),
        (161, "off", 0),
        (400, "off", 0),
    ]:
        state = step_until(
            state, make_observation(after(second), relay, watts, action="heating"), settings
        )

    # The relay opened a second before the power dropped, which ends the run.
    assert (state.ledger.totals.aux, state.ledger.totals.cycles) == (61, 1)


def test_a_meter_alone_waits_for_the_delay() -> None:
    settings = Settings(
        signals=(ThresholdSignal(Source("sensor.strips"), on_above=1000, off_below=500),)
    )
    state = engine.start(START, settings)
    for second, watts in [(0, 0), (100, 9000), (160, 0), (165, 9000), (200, 0), (400, 0)]:
        state = step_until(
            state, make_observation(after(second), watts, action="heating"), settings
        )

    assert (state.ledger.totals.aux, state.ledger.totals.cycles) == (100, 1)
