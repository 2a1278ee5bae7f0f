"""Sources that stopped reporting, with their last value still available."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from custom_components.aux_heat_guard.core import engine
from custom_components.aux_heat_guard.core.account import replay
from custom_components.aux_heat_guard.core.account.tracker import begin_tracking
from custom_components.aux_heat_guard.core.model import (
    HeatState,
    Observation,
    Quality,
    Raw,
    Role,
    Source,
)
from custom_components.aux_heat_guard.core.sense import freshness
from custom_components.aux_heat_guard.core.sense.freshness import ReportingInterval
from custom_components.aux_heat_guard.core.sense.kinds import (
    CounterSignal,
    EqualsSignal,
    InferenceSignal,
    OnOffSignal,
    ThresholdSignal,
    TokenSignal,
)
from custom_components.aux_heat_guard.core.settings.guard import (
    REPORTING_LEARN_TIME,
    REPORTING_MIN_REPEATS,
    REPORTING_PERIOD,
    STALE_CEILING,
    STALE_FACTOR,
    STALE_FLOOR,
    Settings,
)
from custom_components.aux_heat_guard.core.settings.signal import Signal

from ..helpers import ATTRIBUTE, RELAY, START, after, make_observation

MINUTE, HOUR = 60.0, 3600.0
TOKENS = TokenSignal(ATTRIBUTE, frozenset({"auxheat1"}))


class PolledHome:
    """A home with a polled source, observed at every wake of the engine."""

    def __init__(self, signal: Signal = TOKENS, every: float = 180.0) -> None:
        self.settings = Settings(signals=(signal,))
        self.state = engine.start(START, self.settings)
        self.every = every
        self.raw: Raw = ""
        self.action = "idle"
        self.at, self.changed, self.polled = 0.0, 0.0, 0.0
        self.is_frozen = False
        self.has_gone = False

    def report(self, seconds: float, *, raw: Raw = None, action: str | None = None) -> engine.State:
        """Report a value from now on, and let time pass with every wake on time."""
        if raw is not None and raw != self.raw:
            self.raw, self.changed = raw, self.at
            self.polled = self.at
        self.action = action or self.action
        end = self.at + seconds
        self._step(self.at)
        while (wake := (self.state.wake_at - START).total_seconds()) < end:
            self._step(wake)
        self._step(end)
        return self.state

    def _step(self, at: float) -> None:
        self.at = at
        if not self.is_frozen and self.every:
            self.polled = max(self.polled, at // self.every * self.every)
        self.state = engine.step(self.state, self.observe(), self.settings).state

    def observe(self) -> Observation:
        observation = make_observation(after(self.at), self.raw, action=self.action)
        reported, changed = (
            (None, None) if self.has_gone else (after(self.polled), after(self.changed))
        )
        thermostat = replace(observation.thermostat, last_reported=reported, last_changed=changed)
        return replace(
            observation, thermostat=thermostat, last_reported=(reported,), last_changed=(changed,)
        )

    @property
    def verdict(self) -> bool | None:
        return self.state.tracker.evidence[0].is_on


def test_a_frozen_source_counts_only_for_its_reporting_interval() -> None:
    home = PolledHome()
    home.report(4 * HOUR)
    home.report(10 * MINUTE, raw="auxHeat1", action="heating")
    home.is_frozen = True
    totals = engine.tracker_at(home.report(3 * HOUR), after(home.at), home.settings).ledger.totals

    assert home.verdict is None
    # Nine of ten minutes count, because the source was polled every third minute.
    assert totals.aux == 9 * MINUTE + STALE_FLOOR.total_seconds()
    assert totals.aux_unknown == 3 * HOUR + MINUTE - STALE_FLOOR.total_seconds()

    home.is_frozen = False
    assert home.report(10 * MINUTE, raw="", action="idle").ledger.totals.aux == totals.aux
    assert home.verdict is False


@pytest.mark.parametrize(
    ("signal", "raw"),
    [
        (TOKENS, "auxHeat1"),
        (EqualsSignal(ATTRIBUTE, frozenset({"aux"})), "aux"),
        (OnOffSignal(RELAY), "on"),
        (ThresholdSignal(RELAY, 1000, 500, element_count=2), 9600),
    ],
)
def test_any_polled_source_can_freeze(signal: Signal, raw: Raw) -> None:
    home = PolledHome(signal)
    home.report(4 * HOUR, raw=raw, action="heating")
    assert home.verdict is True

    home.is_frozen = True
    home.report(HOUR)
    assert home.verdict is None


def test_a_counter_that_does_not_grow_because_it_is_frozen_is_unknown() -> None:
    home = PolledHome(CounterSignal(RELAY))
    home.report(4 * HOUR, raw="7")
    assert home.verdict is False

    home.is_frozen = True
    home.report(HOUR)
    assert home.verdict is None


def test_thermostat_attributes_can_freeze() -> None:
    home = PolledHome(InferenceSignal())
    home.report(4 * HOUR, raw="", action="heating")
    home.is_frozen = True

    assert home.report(HOUR).tracker.heat.state is HeatState.UNKNOWN


def test_a_frozen_thermostat_does_not_call_the_heat_pump_beside_a_relay_that_is_off() -> None:
    home = PolledHome(OnOffSignal(RELAY))
    home.report(4 * HOUR, raw="off", action="heating")
    assert home.state.tracker.heat.state is HeatState.HEAT_PUMP
    observation = home.observe()
    fresh = replace(observation, at=after(5 * HOUR), last_reported=(after(5 * HOUR),))
    state = engine.step(home.state, fresh, home.settings).state

    assert (state.tracker.heat.state, state.tracker.heat.aux) == (HeatState.UNKNOWN, False)


@pytest.mark.parametrize("raw", ["on", "off"])
def test_a_source_that_reports_only_changes_is_never_stale(raw: str) -> None:
    home = PolledHome(OnOffSignal(RELAY), every=0)
    for _ in range(20):
        home.report(10 * MINUTE, raw="on")
        home.report(10 * MINUTE, raw="off")
    home.report(40 * HOUR, raw=raw)

    assert home.verdict is (raw == "on")


def test_a_repeated_report_sets_no_reporting_interval() -> None:
    home = PolledHome(OnOffSignal(RELAY), every=0)
    for number in range(40):
        home.report(2, raw="on" if number % 2 else "off")
        home.polled = home.at
        home.report(10 * MINUTE)
    home.report(40 * HOUR)

    assert home.verdict is True


@pytest.mark.parametrize(
    "every", [30.0, 180.0, 900.0, 901.0, 1199.0, 1201.0, 1500.0, 3600.0, 5400.0, 6 * HOUR]
)
def test_a_sound_source_is_never_stale_however_seldom_it_reports(every: float) -> None:
    home = PolledHome(every=every)

    assert home.report(100 * HOUR).ledger.totals.aux_unknown == 0


def test_a_longer_reporting_interval_is_learned() -> None:
    home = PolledHome()
    home.report(4 * HOUR)
    home.every = HOUR
    home.report(5 * HOUR)
    unknown = home.state.ledger.totals.aux_unknown
    home.report(12 * HOUR)

    assert 0 < unknown <= 3 * HOUR
    assert home.state.ledger.totals.aux_unknown == unknown


def test_two_failures_set_no_reporting_interval() -> None:
    home = PolledHome()
    for _ in range(2):
        home.is_frozen = False
        home.report(4 * HOUR)
        home.is_frozen = True
        home.report(2 * HOUR)
    home.is_frozen = False
    home.report(2 * HOUR, raw="auxHeat1")
    home.is_frozen = True
    home.report(STALE_FLOOR.total_seconds())

    assert home.verdict is None


def test_a_source_is_not_stale_before_its_interval_is_known() -> None:
    home = PolledHome()
    home.report(REPORTING_LEARN_TIME.total_seconds() - MINUTE)
    home.is_frozen = True
    home.report(20 * HOUR)

    assert home.verdict is False


def test_unavailable_time_is_not_silence() -> None:
    home = PolledHome()
    home.report(4 * HOUR)
    for _ in range(4):
        home.has_gone = True
        home.report(2 * HOUR)
        home.has_gone = False
        home.report(HOUR)
    limits = {habit.stale_after for habit in home.state.tracker.reporting_intervals}

    assert limits == {STALE_FLOOR}


def test_suspended_time_is_not_silence() -> None:
    home = PolledHome()
    home.report(4 * HOUR)
    for _ in range(4):
        until = home.at + 5 * HOUR
        home.state = engine.resume_after_gap(
            home.state, after(home.at), after(until), home.settings
        )
        home.at = until
        home.report(HOUR)

    assert {habit.stale_after for habit in home.state.tracker.reporting_intervals} == {STALE_FLOOR}


def test_freshness_continues_after_a_clock_set_back() -> None:
    home = PolledHome()
    home.report(6 * HOUR)
    home.at = home.polled = home.changed = 3 * HOUR
    home.report(3 * HOUR)
    assert (home.verdict, home.state.ledger.totals.aux_unknown) == (False, 0)

    home.is_frozen = True
    home.report(HOUR)
    assert home.verdict is None


def test_a_very_slow_source_has_no_limit() -> None:
    silences = (STALE_CEILING / STALE_FACTOR + timedelta(seconds=1),) * 3
    habit = ReportingInterval(
        reported_at=after(9 * HOUR),
        tracked_since=START,
        period_start=START,
        recent_silences=silences,
        repeats=REPORTING_MIN_REPEATS,
    )
    report = make_observation(after(10 * HOUR))
    report = replace(
        report,
        thermostat=replace(report.thermostat, last_reported=after(10 * HOUR), last_changed=START),
    )

    (followed,) = freshness.track_reports((habit,), report, after(9 * HOUR))
    assert followed.stale_after is None


def test_silences_are_forgotten_after_two_periods() -> None:
    home = PolledHome(every=3600)
    home.report(REPORTING_PERIOD.total_seconds())
    before = home.state.tracker.reporting_intervals[0].stale_after
    assert before is not None
    assert before > STALE_FLOOR

    home.every = 180
    home.report(2 * REPORTING_PERIOD.total_seconds())
    assert home.state.tracker.reporting_intervals[0].stale_after == STALE_FLOOR


def test_a_late_step_accounts_for_reports_made_meanwhile() -> None:
    home = PolledHome()
    home.report(4 * HOUR, raw="auxHeat1", action="heating")
    home.at, home.polled = 6 * HOUR, 6 * HOUR - MINUTE
    state = engine.step(home.state, home.observe(), home.settings).state
    assert state.ledger.totals.aux_unknown == 0

    # A new value after hours of silence does not mean that the old one was reported all the time.
    changed = replace(
        home.observe(),
        at=after(8 * HOUR),
        readings=("",),
        last_reported=(after(8 * HOUR),),
        last_changed=(after(8 * HOUR),),
    )
    state = engine.step(state, changed, home.settings).state
    assert state.ledger.totals.aux_unknown == 2 * HOUR + MINUTE - STALE_FLOOR.total_seconds()


def test_changed_signals_are_tracked_anew() -> None:
    home = PolledHome()
    home.report(4 * HOUR)
    settings = Settings(signals=(TOKENS, OnOffSignal(RELAY)))
    two = replace(
        home.observe(), at=after(5 * HOUR), readings=("", "off"), last_reported=(), last_changed=()
    )
    state = engine.step(engine.with_settings(home.state, settings), two, settings).state

    assert [habit.stale_after for habit in state.tracker.reporting_intervals[:2]] == [None, None]


def test_a_replay_uses_known_intervals_and_learns_none() -> None:
    home = PolledHome()
    home.report(4 * HOUR)
    habits = home.state.tracker.reporting_intervals
    begun = begin_tracking(START, home.settings).with_reporting_intervals(home.state.tracker)
    at = [0.0, HOUR, 2 * HOUR, 2 * HOUR]
    observations = [
        replace(home.observe(), at=after(end), last_reported=(after(start),))
        for start, end in pairwise(at)
    ]
    lived = replay.start_replay(begun).advance(observations, after(3 * HOUR), home.settings)

    assert lived.tracker.ledger.totals.aux_unknown > 0
    taken_up = lived.tracker.resume_after_replay(
        after(4 * HOUR), home.settings, lived.tracker.ledger
    )
    assert taken_up.reporting_intervals == freshness.interrupt(habits)


@pytest.mark.parametrize("role", [Role.COMPRESSOR, Role.EMERGENCY])
def test_no_role_is_exempt(role: Role) -> None:
    home = PolledHome(OnOffSignal(Source("switch.e_heat"), role=role, quality=Quality.REPORTED))
    home.report(4 * HOUR, raw="on", action="heating")
    home.is_frozen = True
    home.report(HOUR)

    heat = home.state.tracker.heat
    assert (heat.compressor, heat.emergency_mode) == (None, None)


def test_a_report_is_stale_from_its_limit_on() -> None:
    habit = ReportingInterval(reported_at=START, stale_after=STALE_FLOOR)
    times: list[datetime] = [
        START + STALE_FLOOR - timedelta(microseconds=1),
        START + STALE_FLOOR,
        START - timedelta(hours=5),
    ]

    assert [habit.is_stale(at) for at in times] == [False, True, False]


def test_an_observation_without_report_times_keeps_known_intervals() -> None:
    home = PolledHome()
    observation = home.observe()
    untold = replace(observation, last_reported=(), last_changed=())

    assert (
        freshness.with_reports_until(observation, untold, START).last_reported
        == observation.last_reported
    )
