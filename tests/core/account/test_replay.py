"""A replay in any chunks results in the same ledger as the live run."""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.aux_heat_guard.core import engine
from custom_components.aux_heat_guard.core.account import replay
from custom_components.aux_heat_guard.core.account.archive import ArchiveSegment
from custom_components.aux_heat_guard.core.account.energy import MeterState
from custom_components.aux_heat_guard.core.account.ledger import Ledger, open_ledger
from custom_components.aux_heat_guard.core.account.replay import Replay
from custom_components.aux_heat_guard.core.account.tracker import TrackerMemory, begin_tracking
from custom_components.aux_heat_guard.core.model import HeatState, Observation
from custom_components.aux_heat_guard.core.sense.kinds import (
    InferenceSignal,
    OnOffSignal,
    ThresholdSignal,
)
from custom_components.aux_heat_guard.core.settings.guard import (
    MAX_MONTHS,
    RECENT_PERIOD,
    EnergySource,
    Settings,
)
from custom_components.aux_heat_guard.core.settings.signal import Timing

from ..helpers import (
    RELAY,
    START,
    after,
    make_observation,
    observe_state,
    quick,
    step_until,
    thorough,
)
from ..random_lives import (
    AUX,
    BY_ENERGY,
    DAY,
    Moment,
    are_same_points,
    are_same_runs,
    is_close,
    is_same_ledger,
    is_same_run,
    moment_lists,
    observe_moments,
)

OFF, PUMP, UNKNOWN = HeatState.OFF, HeatState.HEAT_PUMP, HeatState.UNKNOWN
HOUR = 3600
RATED = BY_ENERGY[EnergySource.RATED]


def begin_watch(settings: Settings) -> Replay:
    return replay.start_replay(begin_tracking(START, settings))


def replay_in_chunks(
    observations: list[Observation], ends: list[datetime], settings: Settings
) -> Replay:
    """Return the replay of observations, in chunks up to each of some instants."""
    whole, rest = begin_watch(settings), observations
    for end in ends:
        chunk = (
            rest
            if end is ends[-1]
            else [observation for observation in rest if observation.at < end]
        )
        whole, rest = whole.advance(chunk, end, settings), rest[len(chunk) :]
    return whole


def live_through(
    observations: list[Observation], until: datetime, settings: Settings
) -> engine.State:
    """Return the state after observations, with every wake on time."""
    state = engine.start(START, settings)
    for observation in observations:
        state = step_until(state, observation, settings)
    # Take all steps that are due before the end, then count up to the end.
    while state.wake_at <= until:
        state = engine.step(state, replace(observations[-1], at=state.wake_at), settings).state
    return engine.build_state(engine.tracker_at(state, until, settings))


def agrees(one: Ledger, other: Ledger) -> bool:
    """Return True if two ledgers agree, even if they keep different parts of the past."""
    begin = max(one.points[0].at, other.points[0].at)
    return (
        one.at == other.at
        and is_close(one.totals, other.totals)
        and is_close(one.amounts, other.amounts)
        and are_same_points(
            [p for p in one.points if p.at > begin], [p for p in other.points if p.at > begin]
        )
        and are_same_points(one.months, other.months)
        and is_same_run(one.run, other.run)
        and are_same_runs(
            [run for run in one.runs if run.start > begin],
            [run for run in other.runs if run.start > begin],
        )
    )


@quick
@given(
    moments=moment_lists(20),
    energy=st.sampled_from(EnergySource),
    cuts=st.lists(st.floats(0, 1, exclude_max=True), max_size=6).map(sorted),
    rest=st.floats(0, 200_000),
)
def test_chunk_size_does_not_change_the_result(
    moments: list[Moment], energy: EnergySource, cuts: list[float], rest: float
) -> None:
    settings = BY_ENERGY[energy]
    observations = observe_moments(START, moments)
    end = observations[-1].at + timedelta(seconds=rest)
    ends = [*(START + (end - START) * cut for cut in cuts), end]

    at_once, bit_by_bit = (
        replay_in_chunks(observations, [end], settings),
        replay_in_chunks(observations, ends, settings),
    )

    assert is_same_ledger(at_once.full_ledger(), bit_by_bit.full_ledger())
    assert at_once.tracker.heat == bit_by_bit.tracker.heat
    assert at_once.tracker.meter == bit_by_bit.tracker.meter


@quick
@given(moments=moment_lists(12), energy=st.sampled_from(EnergySource), rest=st.floats(0, 50_000))
def test_a_replay_equals_live_tracking(
    moments: list[Moment], energy: EnergySource, rest: float
) -> None:
    settings = BY_ENERGY[energy]
    # The price always changes, so that each observation is a step: equal ones are none.
    numbered = enumerate(observe_moments(START, moments))
    observations = [
        replace(look, price=None if look.price is None else number / 1000)
        for number, look in numbered
    ]
    observations = [
        replace(look, meter_reading=(look.meter_reading or 0) + number / 1e6)
        for number, look in enumerate(observations)
    ]
    end = observations[-1].at + timedelta(seconds=rest)

    again = replay_in_chunks(observations, [end], settings)

    assert agrees(again.full_ledger(), live_through(observations, end, settings).ledger)


TEMPERATURES = st.tuples(
    st.floats(0, 10_000), st.sampled_from([-5.0, 3.0, 15.0]), st.sampled_from([0.0, 400.0, 9000.0])
)


@quick
@given(
    turns=st.lists(TEMPERATURES, min_size=1, max_size=10),
    cuts=st.lists(st.floats(0, 1, exclude_max=True), max_size=4).map(sorted),
)
def test_delayed_signals_switch_correctly_across_chunks(
    turns: list[tuple[float, float, float]], cuts: list[float]
) -> None:
    settings = replace(
        RATED, signals=(ThresholdSignal(RELAY, on_above=1000, off_below=500), InferenceSignal())
    )
    observations, at = [], START
    for wait, outdoor, watts in turns:
        at += timedelta(seconds=wait)
        look = make_observation(
            at, watts, None, action="heating", room=17.0, setpoint=20.0, outdoor=outdoor
        )
        observations.append(replace(look, outdoor_last_reported=at))
    end = at + timedelta(hours=5)
    ends = [*(START + (end - START) * cut for cut in cuts), end]

    assert is_same_ledger(
        replay_in_chunks(observations, [end], settings).full_ledger(),
        replay_in_chunks(observations, ends, settings).full_ledger(),
    )


def test_unchanged_weather_stays_known_across_chunks() -> None:
    observations = [
        replace(
            observe_state(PUMP, after(hours=hours)),
            outdoor=-5.0,
            outdoor_last_reported=after(hours=hours),
        )
        for hours in (0, 2, 3.5, 5.5)
    ]

    whole = begin_watch(RATED)
    for begin in range(0, 8, 2):
        end = after(hours=begin + 2)
        whole = whole.advance(
            [look for look in observations if after(hours=begin) <= look.at < end], end, RATED
        )

    # The last report was at half past five, and is valid for three hours.
    assert whole.tracker.ledger.amounts.outdoor_seconds == 8 * HOUR
    later = whole.advance([], after(hours=20), RATED)
    assert later.tracker.ledger.amounts.outdoor_seconds == 8.5 * HOUR
    assert later.tracker.ledger.amounts.outdoor == pytest.approx(-5.0)


def test_power_that_is_reported_again_unchanged_is_measured() -> None:
    observations = [
        replace(
            observe_state(AUX, after(60 * minute)),
            power=6000.0,
            power_last_reported=after(60 * minute),
        )
        for minute in range(61)
    ]

    amounts = (
        begin_watch(BY_ENERGY[EnergySource.POWER])
        .advance(observations, after(HOUR), BY_ENERGY[EnergySource.POWER])
        .tracker.ledger.amounts
    )

    assert amounts.kwh == pytest.approx(6.0)
    assert amounts.unmeasured == 0


def test_unobserved_time_is_unknown() -> None:
    whole = begin_watch(RATED).advance([observe_state(AUX, START)], after(600), RATED)
    whole = whole.skip_gap(after(1000), RATED)
    whole = whole.advance([observe_state(AUX, after(1000))], after(1100), RATED)

    ledger = whole.full_ledger()
    assert (
        ledger.totals.aux,
        ledger.totals.aux_unknown,
        ledger.totals.heat_pump_unknown,
        ledger.totals.cycles,
    ) == (700, 400, 400, 1)
    assert ledger.run is not None
    assert (ledger.run.start, ledger.run.last_seen, ledger.run.seconds) == (START, after(1100), 700)


def test_sleep_keeps_what_the_meter_said() -> None:
    settings = BY_ENERGY[EnergySource.METER]
    whole = replay.start_replay(
        begin_tracking(
            START, settings, memory=TrackerMemory(MeterState(count=100.0, read_at=START))
        )
    )

    whole = whole.skip_gap(after(HOUR), settings).advance(
        [replace(observe_state(AUX, after(HOUR)), meter_reading=104.5)], after(HOUR), settings
    )

    assert whole.tracker.ledger.amounts.kwh == 4.5


def test_an_empty_chunk_stays_unknown() -> None:
    whole = begin_watch(RATED).advance([], after(HOUR), RATED)

    assert whole.tracker.ledger.totals.aux_unknown == HOUR
    assert whole.tracker.last_observation is None


def test_all_points_are_kept_while_only_recent_ones_are_loaded() -> None:
    observations = [
        observe_state(AUX if hour % 6 == 0 else PUMP, after(hours=hour))
        for hour in range(0, 40 * 24, 3)
    ]

    at_hand = replay_in_chunks(observations, [after(days=day) for day in range(1, 41)], RATED)
    whole = at_hand.full_ledger()

    assert at_hand.tracker.ledger.points[0].at >= after(days=40) - RECENT_PERIOD - timedelta(days=1)
    assert whole.points[0].at == START
    assert len(whole.runs) == whole.totals.cycles - whole.runs[-1].is_running == 160
    assert sum(run.seconds for run in whole.runs) == whole.totals.aux == 160 * 3 * HOUR
    for day in range(1, 40):
        assert whole.cumulative_at(after(days=day))[0].aux == day * 4 * 3 * HOUR
    assert len({point.at for point in whole.points if point.at.minute == 0}) == 40 * 24 + 1


def test_an_independent_ledger_is_appended_to_the_history() -> None:
    ledger = open_ledger(START)

    assert Replay(begin_tracking(START, RATED, ledger), ArchiveSegment()).full_ledger().at == START


@thorough
@given(moments=moment_lists(15), settings=st.sampled_from(list(BY_ENERGY.values())))
def test_no_window_of_seven_days_differs_from_the_count_of_what_was_seen(
    moments: list[Moment], settings: Settings
) -> None:
    observations = observe_moments(START, moments)
    end = observations[-1].at + timedelta(days=1)
    ledger = replay_in_chunks(observations, [end], settings).tracker.ledger

    begin = end - timedelta(days=7)
    spans = [(START, UNKNOWN)] + [
        (o.at, m.state) for o, m in zip(observations, moments, strict=True)
    ]
    counted = 0.0
    for (at, state), (until, _) in zip(spans, [*spans[1:], (end, OFF)], strict=True):
        if state in {AUX, HeatState.EMERGENCY}:
            counted += max((until - max(at, begin)).total_seconds(), 0.0)
    assert ledger.window(begin)[0].aux == pytest.approx(counted, abs=1e-5)


def test_fourteen_months_and_eight_days_are_kept() -> None:
    observations = [observe_state(AUX if day % 2 else OFF, after(days=day)) for day in range(800)]

    ledger = replay_in_chunks(observations, [after(days=800)], RATED).tracker.ledger

    starts = [point.at for point in ledger.months[1:]]
    assert ledger.months[0].at == START
    assert len(starts) == MAX_MONTHS == 14
    assert all((at.day, at.hour) == (1, 0) for at in starts)
    assert (starts[0].year, starts[0].month, starts[-1].year, starts[-1].month) == (
        2027,
        2,
        2028,
        3,
    )
    for start in starts:
        days = (start - START.replace(hour=0)).days
        assert ledger.cumulative_at(start)[0].aux == days // 2 * DAY - (
            HOUR * 12 if days % 2 == 0 else 0
        )
    assert all(
        run.last_seen >= ledger.at - RECENT_PERIOD - timedelta(days=1) for run in ledger.runs
    )


def test_a_replay_keeps_its_memory() -> None:
    settings = Settings(
        signals=(OnOffSignal(RELAY, timing=Timing(off_delay=timedelta(minutes=5))),)
    )
    whole = begin_watch(settings).advance(
        [make_observation(START, "on"), make_observation(after(600), "off")], after(700), settings
    )

    # The relay turned off 100 s ago, which counts after another 200 s.
    watch = whole.tracker.resume_after_replay(after(700), settings, whole.tracker.ledger)
    watch = watch.advance(make_observation(after(700), "off"), settings)
    watch = watch.advance(make_observation(after(1200), "off"), settings)

    assert watch.ledger.totals.aux == 900
