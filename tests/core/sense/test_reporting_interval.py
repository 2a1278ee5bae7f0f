"""Sources that report no more, though what they said last still stands."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from custom_components.aux_heat_guard.core import engine
from custom_components.aux_heat_guard.core.account import replay
from custom_components.aux_heat_guard.core.account import tracker as watches
from custom_components.aux_heat_guard.core.model import (
    HeatState,
    Observation,
    Quality,
    Raw,
    Role,
    Source,
)
from custom_components.aux_heat_guard.core.sense import freshness
from custom_components.aux_heat_guard.core.sense.freshness import Habit
from custom_components.aux_heat_guard.core.settings.guard import (
    HABIT_KNOWN,
    HABIT_PERIOD,
    HABIT_REPEATS,
    STALE_CEILING,
    STALE_FACTOR,
    STALE_FLOOR,
    CounterSignal,
    EqualsSignal,
    InferenceSignal,
    OnOffSignal,
    Settings,
    Signal,
    ThresholdSignal,
    TokenSignal,
)

from ..helpers import ATTRIBUTE, RELAY, START, after, seen

MINUTE, HOUR = 60.0, 3600.0
TOKENS = TokenSignal(ATTRIBUTE, frozenset({"auxheat1"}))


class Home:
    """A home whose source is polled, and looked at whenever the engine asks for it."""

    def __init__(self, signal: Signal = TOKENS, every: float = 180.0) -> None:
        self.settings = Settings(signals=(signal,))
        self.state = engine.begin(START, self.settings)
        self.every = every
        self.raw: Raw = ""
        self.action = "idle"
        self.at, self.changed, self.polled = 0.0, 0.0, 0.0
        self.is_frozen = False
        self.has_gone = False

    def lives(self, seconds: float, *, raw: Raw = None, action: str | None = None) -> engine.State:
        """Say something from now on, and let time pass with every wake on time."""
        if raw is not None and raw != self.raw:
            self.raw, self.changed = raw, self.at
            self.polled = self.at
        self.action = action or self.action
        end = self.at + seconds
        self._look(self.at)
        while (wake := (self.state.wake - START).total_seconds()) < end:
            self._look(wake)
        self._look(end)
        return self.state

    def _look(self, at: float) -> None:
        self.at = at
        if not self.is_frozen and self.every:
            self.polled = max(self.polled, at // self.every * self.every)
        self.state = engine.step(self.state, self.observed(), self.settings).state

    def observed(self) -> Observation:
        observation = seen(after(self.at), self.raw, action=self.action)
        reported, changed = (
            (None, None) if self.has_gone else (after(self.polled), after(self.changed))
        )
        thermostat = replace(observation.thermostat, reported=reported, changed=changed)
        return replace(observation, thermostat=thermostat, reported=(reported,), changed=(changed,))

    @property
    def verdict(self) -> bool | None:
        return self.state.watch.evidence[0].verdict


def test_what_froze_is_counted_no_longer_than_the_source_is_usually_silent() -> None:
    home = Home()
    home.lives(4 * HOUR)
    home.lives(10 * MINUTE, raw="auxHeat1", action="heating")
    home.is_frozen = True
    totals = engine.watch_at(home.lives(3 * HOUR), after(home.at), home.settings).ledger.totals

    assert home.verdict is None
    # Of ten minutes nine were told: it was polled each third.
    assert totals.aux == 9 * MINUTE + STALE_FLOOR.total_seconds()
    assert totals.aux_unknown == 3 * HOUR + MINUTE - STALE_FLOOR.total_seconds()

    home.is_frozen = False
    assert home.lives(10 * MINUTE, raw="", action="idle").ledger.totals.aux == totals.aux
    assert home.verdict is False


@pytest.mark.parametrize(
    ("signal", "raw"),
    [
        (TOKENS, "auxHeat1"),
        (EqualsSignal(ATTRIBUTE, frozenset({"aux"})), "aux"),
        (OnOffSignal(RELAY), "on"),
        (ThresholdSignal(RELAY, 1000, 500, elements=2), 9600),
    ],
)
def test_whatever_is_polled_can_freeze(signal: Signal, raw: Raw) -> None:
    home = Home(signal)
    home.lives(4 * HOUR, raw=raw, action="heating")
    assert home.verdict is True

    home.is_frozen = True
    home.lives(HOUR)
    assert home.verdict is None


def test_a_counter_that_does_not_grow_because_it_is_frozen_is_unknown() -> None:
    home = Home(CounterSignal(RELAY))
    home.lives(4 * HOUR, raw="7")
    assert home.verdict is False

    home.is_frozen = True
    home.lives(HOUR)
    assert home.verdict is None


def test_what_the_thermostat_says_of_itself_can_freeze() -> None:
    home = Home(InferenceSignal())
    home.lives(4 * HOUR, raw="", action="heating")
    home.is_frozen = True

    assert home.lives(HOUR).watch.heat.state is HeatState.UNKNOWN


def test_a_frozen_thermostat_does_not_call_the_heat_pump_beside_a_relay_that_is_off() -> None:
    home = Home(OnOffSignal(RELAY))
    home.lives(4 * HOUR, raw="off", action="heating")
    assert home.state.watch.heat.state is HeatState.HEAT_PUMP
    observation = home.observed()
    fresh = replace(observation, at=after(5 * HOUR), reported=(after(5 * HOUR),))
    state = engine.step(home.state, fresh, home.settings).state

    assert (state.watch.heat.state, state.watch.heat.strips) == (HeatState.UNKNOWN, False)


@pytest.mark.parametrize("raw", ["on", "off"])
def test_what_reports_only_changes_is_never_stale(raw: str) -> None:
    home = Home(OnOffSignal(RELAY), every=0)
    for _ in range(20):
        home.lives(10 * MINUTE, raw="on")
        home.lives(10 * MINUTE, raw="off")
    home.lives(40 * HOUR, raw=raw)

    assert home.verdict is (raw == "on")


def test_a_report_that_comes_twice_is_no_habit() -> None:
    home = Home(OnOffSignal(RELAY), every=0)
    for number in range(40):
        home.lives(2, raw="on" if number % 2 else "off")
        home.polled = home.at
        home.lives(10 * MINUTE)
    home.lives(40 * HOUR)

    assert home.verdict is True


@pytest.mark.parametrize(
    "every", [30.0, 180.0, 900.0, 901.0, 1199.0, 1201.0, 1500.0, 3600.0, 5400.0, 6 * HOUR]
)
def test_a_sound_source_is_never_stale_however_seldom_it_reports(every: float) -> None:
    home = Home(every=every)

    assert home.lives(100 * HOUR).ledger.totals.aux_unknown == 0


def test_a_source_that_comes_to_report_more_seldom_is_learnt() -> None:
    home = Home()
    home.lives(4 * HOUR)
    home.every = HOUR
    home.lives(5 * HOUR)
    unknown = home.state.ledger.totals.aux_unknown
    home.lives(12 * HOUR)

    assert 0 < unknown <= 3 * HOUR
    assert home.state.ledger.totals.aux_unknown == unknown


def test_two_failures_are_no_habit() -> None:
    home = Home()
    for _ in range(2):
        home.is_frozen = False
        home.lives(4 * HOUR)
        home.is_frozen = True
        home.lives(2 * HOUR)
    home.is_frozen = False
    home.lives(2 * HOUR, raw="auxHeat1")
    home.is_frozen = True
    home.lives(STALE_FLOOR.total_seconds())

    assert home.verdict is None


def test_until_its_habit_is_known_a_source_is_not_stale() -> None:
    home = Home()
    home.lives(HABIT_KNOWN.total_seconds() - MINUTE)
    home.is_frozen = True
    home.lives(20 * HOUR)

    assert home.verdict is False


def test_a_source_that_was_gone_was_not_silent() -> None:
    home = Home()
    home.lives(4 * HOUR)
    for _ in range(4):
        home.has_gone = True
        home.lives(2 * HOUR)
        home.has_gone = False
        home.lives(HOUR)
    limits = {habit.limit for habit in home.state.watch.habits}

    assert limits == {STALE_FLOOR}


def test_a_time_in_which_the_machine_slept_was_no_silence() -> None:
    home = Home()
    home.lives(4 * HOUR)
    for _ in range(4):
        until = home.at + 5 * HOUR
        home.state = engine.slept(home.state, after(home.at), after(until), home.settings)
        home.at = until
        home.lives(HOUR)

    assert {habit.limit for habit in home.state.watch.habits} == {STALE_FLOOR}


def test_after_a_clock_set_back_it_goes_on() -> None:
    home = Home()
    home.lives(6 * HOUR)
    home.at = home.polled = home.changed = 3 * HOUR
    home.lives(3 * HOUR)
    assert (home.verdict, home.state.ledger.totals.aux_unknown) == (False, 0)

    home.is_frozen = True
    home.lives(HOUR)
    assert home.verdict is None


def test_a_source_that_is_silent_for_longer_than_any_limit_has_none() -> None:
    silences = (STALE_CEILING / STALE_FACTOR + timedelta(seconds=1),) * 3
    habit = Habit(
        reported=after(9 * HOUR), since=START, period=START, recent=silences, repeats=HABIT_REPEATS
    )
    report = seen(after(10 * HOUR))
    report = replace(
        report, thermostat=replace(report.thermostat, reported=after(10 * HOUR), changed=START)
    )

    (followed,) = freshness.follow((habit,), report, after(9 * HOUR))
    assert followed.limit is None


def test_silences_are_forgotten_after_two_periods() -> None:
    home = Home(every=3600)
    home.lives(HABIT_PERIOD.total_seconds())
    before = home.state.watch.habits[0].limit
    assert before is not None
    assert before > STALE_FLOOR

    home.every = 180
    home.lives(2 * HABIT_PERIOD.total_seconds())
    assert home.state.watch.habits[0].limit == STALE_FLOOR


def test_a_look_that_comes_late_takes_reports_into_account_that_were_made_meanwhile() -> None:
    home = Home()
    home.lives(4 * HOUR, raw="auxHeat1", action="heating")
    home.at, home.polled = 6 * HOUR, 6 * HOUR - MINUTE
    state = engine.step(home.state, home.observed(), home.settings).state
    assert state.ledger.totals.aux_unknown == 0

    # Another word that came after hours of silence does not tell that the one before was reported all the time.
    changed = replace(
        home.observed(),
        at=after(8 * HOUR),
        readings=("",),
        reported=(after(8 * HOUR),),
        changed=(after(8 * HOUR),),
    )
    state = engine.step(state, changed, home.settings).state
    assert state.ledger.totals.aux_unknown == 2 * HOUR + MINUTE - STALE_FLOOR.total_seconds()


def test_other_signs_are_followed_anew() -> None:
    home = Home()
    home.lives(4 * HOUR)
    settings = Settings(signals=(TOKENS, OnOffSignal(RELAY)))
    two = replace(
        home.observed(), at=after(5 * HOUR), readings=("", "off"), reported=(), changed=()
    )
    state = engine.step(engine.adopt(home.state, settings), two, settings).state

    assert [habit.limit for habit in state.watch.habits[:2]] == [None, None]


def test_what_was_recorded_is_gone_through_by_what_is_known_and_teaches_nothing() -> None:
    home = Home()
    home.lives(4 * HOUR)
    habits = home.state.watch.habits
    begun = watches.with_habits(watches.begun(START, home.settings), home.state.watch)
    at = [0.0, HOUR, 2 * HOUR, 2 * HOUR]
    looks = [
        replace(home.observed(), at=after(end), reported=(after(start),))
        for start, end in pairwise(at)
    ]
    lived = replay.lived(replay.opened(begun), looks, after(3 * HOUR), home.settings)

    assert lived.watch.ledger.totals.aux_unknown > 0
    taken_up = watches.taken_up(lived.watch, after(4 * HOUR), home.settings, lived.watch.ledger)
    assert taken_up.habits == freshness.interrupt(habits)


@pytest.mark.parametrize("role", [Role.COMPRESSOR, Role.EMERGENCY])
def test_no_role_is_exempt(role: Role) -> None:
    home = Home(OnOffSignal(Source("switch.e_heat"), role=role, quality=Quality.REPORTED))
    home.lives(4 * HOUR, raw="on", action="heating")
    home.is_frozen = True
    home.lives(HOUR)

    heat = home.state.watch.heat
    assert (heat.compressor, heat.emergency_mode) == (None, None)


def test_an_instant_is_stale_from_its_limit_on() -> None:
    habit = Habit(reported=START, limit=STALE_FLOOR)
    times: list[datetime] = [
        START + STALE_FLOOR - timedelta(microseconds=1),
        START + STALE_FLOOR,
        START - timedelta(hours=5),
    ]

    assert [habit.is_stale(at) for at in times] == [False, True, False]


def test_what_is_not_told_of_reports_leaves_what_was_known() -> None:
    home = Home()
    observation = home.observed()
    untold = replace(observation, reported=(), changed=())

    assert freshness.reported_until(observation, untold, START).reported == observation.reported
