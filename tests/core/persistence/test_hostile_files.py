"""Data that was read from a file can be stored and read again, also after further steps."""

from dataclasses import fields, replace
from datetime import timedelta
from math import inf, nan
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
import pytest

from custom_components.aux_heat_guard.core import engine
from custom_components.aux_heat_guard.core.account import archive
from custom_components.aux_heat_guard.core.account.counters import Counters
from custom_components.aux_heat_guard.core.account.energy import Amounts, MeterState
from custom_components.aux_heat_guard.core.account.ledger import Totals
from custom_components.aux_heat_guard.core.account.tracker import TrackerMemory
from custom_components.aux_heat_guard.core.alerts.facts import count
from custom_components.aux_heat_guard.core.model import HeatState, Observation
from custom_components.aux_heat_guard.core.persistence.history import (
    StoredGuard,
    decode,
    decode_segment,
    encode,
    encode_segment,
)
from custom_components.aux_heat_guard.core.persistence.json_values import (
    MAX_NUMBER,
    MAX_SECONDS,
    InvalidDataError,
)
from custom_components.aux_heat_guard.core.settings.guard import EnergySource

from ..helpers import after, observe_state, run_states, thorough
from ..random_lives import AUX, BY_ENERGY, are_same_points, are_same_runs, is_same_ledger
from .test_history import CHAPTER, GARBAGE, SAMPLE_STATE, json_round_trip, node_paths, with_node
from .test_tracker import SAVED_ALERTS, SAVED_CIRCUMSTANCES

OFF, PUMP = HeatState.OFF, HeatState.HEAT_PUMP
END = SAMPLE_STATE.ledger.at
MEMO = TrackerMemory(
    MeterState(power=9600.0, count=1234.5, read_at=END),
    Counters(
        aux_off_seconds=1.5,
        previous_aux_off_seconds=2,
        airflow_seconds=3,
        mild_aux_seconds=4,
        mild_run_seconds=5,
        last_good_mild_day_end=after(7),
    ),
    SAVED_CIRCUMSTANCES,
)
WRITTEN: dict[str, Any] = json_round_trip(
    encode(
        StoredGuard(ledger=SAMPLE_STATE.ledger, memory=MEMO, zone="UTC", alerts=SAVED_ALERTS), None
    )
)
NODES = [path for path in node_paths(WRITTEN) if path and path[0] != "protection"]
EDGES = st.sampled_from(
    [
        0,
        -1,
        0.5,
        5e-324,
        4e-7,
        1e9,
        1e10,
        9.999999999e9,
        4e11,
        5e14,
        9.99e14,
        1e15,
        -1e15,
        END.timestamp(),
    ]
)


def mutate(data: Any, changes: list[tuple[tuple[Any, ...], object]]) -> Any:
    for path, value in changes:
        try:
            data = with_node(data, path, value)
        except KeyError, IndexError, TypeError:
            # An earlier change removed the node of this one.
            continue
    return data


def node_changes(
    nodes: list[tuple[Any, ...]],
) -> st.SearchStrategy[list[tuple[tuple[Any, ...], object]]]:
    return st.lists(st.tuples(st.sampled_from(nodes), EDGES | GARBAGE), min_size=1, max_size=3)


def assert_is_read_again(kept: StoredGuard) -> StoredGuard:
    again = decode(json_round_trip(encode(kept, None)))
    once_more = decode(json_round_trip(encode(again, None)))
    assert is_same_ledger(once_more.ledger, again.ledger)
    assert replace(once_more, ledger=again.ledger) == again
    return again


def continue_from(kept: StoredGuard, hours: float) -> StoredGuard:
    """Return the stored state after a few more steps in which everything grows."""
    settings, begin = BY_ENERGY[EnergySource.RATED], END + timedelta(hours=hours)
    state = engine.start(begin, settings, kept.ledger, kept.memory, kept.alerts)
    for step, name in enumerate((AUX, PUMP, AUX, OFF)):
        at = begin + timedelta(minutes=40 * step)
        observation = replace(
            observe_state(name, at), outdoor=-7.0, outdoor_last_reported=at, price=0.3
        )
        state = engine.step(state, observation, settings).state
    return StoredGuard(
        ledger=state.ledger, memory=state.tracker.memory_to_save(), zone="UTC", alerts=state.alerts
    )


@thorough
@example(changes=[(("amounts", 2), 1e15)], hours=0)
@example(changes=[(("amounts", 5), -1e15)], hours=17)
@example(changes=[(("run", 4), 1e15)], hours=0)
@example(changes=[(("run", 2), 1e15)], hours=0)
@example(changes=[(("line", 0, 2, 0), 1e14)], hours=0)
@example(changes=[(("tally", 3), 1e15)], hours=0)
@given(changes=node_changes(NODES), hours=st.sampled_from([0, 17, -1]))
def test_a_decoded_state_can_continue_and_be_encoded_again(
    changes: list[tuple[tuple[Any, ...], object]], hours: float
) -> None:
    try:
        kept = decode(mutate(WRITTEN, changes))
    except InvalidDataError:
        return
    again = assert_is_read_again(kept)

    assert_is_read_again(continue_from(again, hours))


@thorough
@given(changes=node_changes([path for path in node_paths(CHAPTER) if path]))
def test_a_decoded_chapter_can_be_joined_and_encoded_again(
    changes: list[tuple[tuple[Any, ...], object]],
) -> None:
    try:
        chapter = decode_segment(mutate(CHAPTER, changes))
    except InvalidDataError:
        return
    again = decode_segment(json_round_trip(encode_segment(chapter)))
    assert are_same_points(again.points, chapter.points)
    assert are_same_runs(again.runs, chapter.runs)
    for year, later in archive.split_by_season(
        run_states((0, OFF), (40 * 3600, AUX)).ledger
    ).items():
        assert year == 2025
        extended = chapter.append(later)
        decode_segment(json_round_trip(encode_segment(extended)))
    revived = chapter.to_ledger(SAMPLE_STATE.ledger.run)
    for ledger in (revived, archive.prepend(SAMPLE_STATE.ledger, chapter)):
        if ledger is not None:
            assert_is_read_again(StoredGuard(ledger=ledger, memory=MEMO, zone="UTC"))


@pytest.mark.parametrize("value", [MAX_NUMBER, -MAX_NUMBER, 1e16, -1e300, inf, -inf, nan])
def test_any_sum_is_encoded_so_that_it_can_be_decoded(value: float) -> None:
    amounts = Amounts(**dict.fromkeys((field.name for field in fields(Amounts)), value))
    point = replace(SAMPLE_STATE.ledger.points[-1], at=END, amounts=amounts)
    ledger = replace(
        SAMPLE_STATE.ledger, points=(*SAMPLE_STATE.ledger.points, point), amounts=amounts
    )

    assert_is_read_again(
        StoredGuard(
            ledger=ledger,
            memory=replace(MEMO, meter=MeterState(power=value, count=value, read_at=END)),
            zone="UTC",
        )
    )


@pytest.mark.parametrize("seconds", [MAX_SECONDS, MAX_SECONDS + 1, 1e14])
def test_impossible_second_counts_are_rejected(seconds: float) -> None:
    totals = Totals(aux=seconds)
    ledger = replace(
        SAMPLE_STATE.ledger,
        points=(replace(SAMPLE_STATE.ledger.points[-1], totals=totals),),
        at=END,
    )
    written = json_round_trip(encode(StoredGuard(ledger=ledger, memory=MEMO, zone="UTC"), None))

    assert decode(written).ledger.points[0].totals.aux == MAX_SECONDS
    with pytest.raises(InvalidDataError):
        decode(with_node(written, ("line", 0, 2, 0), MAX_SECONDS + 1))


def fuzz_observation(hours: float, **more: Any) -> Observation:
    at = END + timedelta(hours=hours)
    return replace(
        observe_state(AUX, at),
        outdoor=-7.0,
        outdoor_last_reported=at,
        power_last_reported=at,
        **more,
    )


@pytest.mark.parametrize("energy", EnergySource)
@pytest.mark.parametrize("value", [1e300, -1e300, 1e15, inf, -inf, nan])
def test_an_impossible_meter_reading_does_not_lose_the_history(
    energy: EnergySource, value: float
) -> None:
    settings = BY_ENERGY[energy]
    state = engine.start(END, settings, SAMPLE_STATE.ledger)
    sound = {"power": 9000.0, "meter_reading": 1000.0, "price": 0.3}
    for step, name in enumerate((*sound, *sound)):
        minutes = 0.1 * step
        readings = sound | {"meter_reading": 1000.0 + step, name: value}
        state = engine.step(state, fuzz_observation(minutes, **readings), settings).state
        state = engine.step(
            state,
            fuzz_observation(minutes + 0.05, **sound | {"meter_reading": 1000.5 + step}),
            settings,
        ).state

    kept = assert_is_read_again(
        StoredGuard(ledger=state.ledger, memory=state.tracker.memory_to_save(), zone="UTC")
    )

    assert abs(kept.ledger.amounts.kwh - SAMPLE_STATE.ledger.amounts.kwh) < 20
    assert abs(kept.ledger.amounts.cost) < 20


def test_alert_facts_fit_the_decoding_limit() -> None:
    alert, state = next(
        (alert, state) for alert, state in SAVED_ALERTS.states.items() if state.episode is not None
    )
    assert state.episode is not None
    alert_state = replace(
        state, episode=replace(state.episode, facts={"story": "x" * 500, "sum": count(inf)})
    )

    again = assert_is_read_again(
        StoredGuard(
            ledger=SAMPLE_STATE.ledger,
            memory=MEMO,
            zone="UTC",
            alerts=replace(SAVED_ALERTS, states={alert: alert_state}),
        )
    )

    assert again.alerts.states.keys() == {alert}
