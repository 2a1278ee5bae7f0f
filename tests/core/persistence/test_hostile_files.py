"""Whatever is read from a file can be written and read again, also after the guard has gone on from it."""

from dataclasses import replace
from datetime import timedelta
from math import inf, nan
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
import pytest

from custom_components.aux_heat_guard.core import engine
from custom_components.aux_heat_guard.core.account import archive
from custom_components.aux_heat_guard.core.account import tracker as watches
from custom_components.aux_heat_guard.core.account.counters import Tally
from custom_components.aux_heat_guard.core.account.energy import Amounts, Meter
from custom_components.aux_heat_guard.core.account.ledger import Totals
from custom_components.aux_heat_guard.core.account.tracker import Memo
from custom_components.aux_heat_guard.core.model import HeatState, Observation
from custom_components.aux_heat_guard.core.persistence.history import (
    Kept,
    decode,
    decode_chapter,
    encode,
    encode_chapter,
)
from custom_components.aux_heat_guard.core.persistence.json_values import (
    LARGEST,
    MOST_SECONDS,
    UnsoundError,
)
from custom_components.aux_heat_guard.core.settings.guard import EnergyFrom

from ..helpers import after, lived, situation, thorough
from ..random_lives import AUX, BY_ENERGY, same_ledger, same_points, same_runs
from .test_history import CHAPTER, GARBAGE, LIFE, changed, paths, through_json
from .test_tracker import REMEMBERED, SURROUNDED

OFF, PUMP = HeatState.OFF, HeatState.HEAT_PUMP
END = LIFE.ledger.at
MEMO = Memo(Meter(9600.0, 1234.5, END), Tally(1.5, 2, 3, 4, 5, after(7)), SURROUNDED)
WRITTEN: dict[str, Any] = through_json(encode(Kept(LIFE.ledger, MEMO, "UTC", REMEMBERED), None))
NODES = [path for path in paths(WRITTEN) if path and path[0] != "protection"]
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


def mutated(data: Any, changes: list[tuple[tuple[Any, ...], object]]) -> Any:
    for path, value in changes:
        try:
            data = changed(data, path, value)
        except KeyError, IndexError, TypeError:
            # An earlier change took away what this one was to change.
            continue
    return data


def changes_of(
    nodes: list[tuple[Any, ...]],
) -> st.SearchStrategy[list[tuple[tuple[Any, ...], object]]]:
    return st.lists(st.tuples(st.sampled_from(nodes), EDGES | GARBAGE), min_size=1, max_size=3)


def assert_is_read_again(kept: Kept) -> Kept:
    again = decode(through_json(encode(kept, None)))
    once_more = decode(through_json(encode(again, None)))
    assert same_ledger(once_more.ledger, again.ledger)
    assert replace(once_more, ledger=again.ledger) == again
    return again


def gone_on(kept: Kept, hours: float) -> Kept:
    """Go on from what was read, through a few steps in which everything grows."""
    settings, begin = BY_ENERGY[EnergyFrom.RATED], END + timedelta(hours=hours)
    state = engine.begin(begin, settings, kept.ledger, kept.memo, kept.alerts)
    for step, name in enumerate((AUX, PUMP, AUX, OFF)):
        at = begin + timedelta(minutes=40 * step)
        seen = replace(situation(name, at), outdoor=-7.0, outdoor_reported=at, price=0.3)
        state = engine.step(state, seen, settings).state
    return Kept(state.ledger, watches.memo_of(state.watch), "UTC", state.alerts)


@thorough
@example(changes=[(("amounts", 2), 1e15)], hours=0)
@example(changes=[(("amounts", 5), -1e15)], hours=17)
@example(changes=[(("run", 4), 1e15)], hours=0)
@example(changes=[(("run", 2), 1e15)], hours=0)
@example(changes=[(("line", 0, 2, 0), 1e14)], hours=0)
@example(changes=[(("tally", 3), 1e15)], hours=0)
@given(changes=changes_of(NODES), hours=st.sampled_from([0, 17, -1]))
def test_what_is_read_can_be_gone_on_from_and_written_and_read_again(
    changes: list[tuple[tuple[Any, ...], object]], hours: float
) -> None:
    try:
        kept = decode(mutated(WRITTEN, changes))
    except UnsoundError:
        return
    again = assert_is_read_again(kept)

    assert_is_read_again(gone_on(again, hours))


@thorough
@given(changes=changes_of([path for path in paths(CHAPTER) if path]))
def test_a_chapter_that_is_read_can_be_joined_and_written_and_read_again(
    changes: list[tuple[tuple[Any, ...], object]],
) -> None:
    try:
        chapter = decode_chapter(mutated(CHAPTER, changes))
    except UnsoundError:
        return
    again = decode_chapter(through_json(encode_chapter(chapter)))
    assert same_points(again.points, chapter.points)
    assert same_runs(again.runs, chapter.runs)
    for year, later in archive.by_chapter(lived((0, OFF), (40 * 3600, AUX)).ledger).items():
        assert year == 2025
        extended = archive.extended(chapter, later)
        decode_chapter(through_json(encode_chapter(extended)))
    revived = archive.revived(chapter, LIFE.ledger.run)
    for ledger in (revived, archive.lengthened(LIFE.ledger, chapter)):
        if ledger is not None:
            assert_is_read_again(Kept(ledger, MEMO, "UTC"))


@pytest.mark.parametrize("value", [LARGEST, -LARGEST, 1e16, -1e300, inf, -inf, nan])
def test_whatever_was_summed_up_is_written_so_that_it_is_read(value: float) -> None:
    amounts = Amounts(*[value] * 7)
    point = replace(LIFE.ledger.points[-1], at=END, amounts=amounts)
    ledger = replace(LIFE.ledger, points=(*LIFE.ledger.points, point), amounts=amounts)

    assert_is_read_again(Kept(ledger, replace(MEMO, meter=Meter(value, value, END)), "UTC"))


@pytest.mark.parametrize("seconds", [MOST_SECONDS, MOST_SECONDS + 1, 1e14])
def test_seconds_that_nobody_can_have_counted_are_refused(seconds: float) -> None:
    totals = Totals(aux=seconds)
    ledger = replace(LIFE.ledger, points=(replace(LIFE.ledger.points[-1], totals=totals),), at=END)
    written = through_json(encode(Kept(ledger, MEMO, "UTC"), None))

    assert decode(written).ledger.points[0].totals.aux == MOST_SECONDS
    with pytest.raises(UnsoundError):
        decode(changed(written, ("line", 0, 2, 0), MOST_SECONDS + 1))


def reading(hours: float, **more: Any) -> Observation:
    at = END + timedelta(hours=hours)
    return replace(situation(AUX, at), outdoor=-7.0, outdoor_reported=at, power_reported=at, **more)


@pytest.mark.parametrize("energy", EnergyFrom)
@pytest.mark.parametrize("value", [1e300, -1e300, 1e15, inf, -inf, nan])
def test_a_reading_that_cannot_be_costs_the_history_nothing(
    energy: EnergyFrom, value: float
) -> None:
    settings = BY_ENERGY[energy]
    state = engine.begin(END, settings, LIFE.ledger)
    sound = {"power": 9000.0, "meter": 1000.0, "price": 0.3}
    for step, name in enumerate((*sound, *sound)):
        minutes = 0.1 * step
        readings = sound | {"meter": 1000.0 + step, name: value}
        state = engine.step(state, reading(minutes, **readings), settings).state
        state = engine.step(
            state, reading(minutes + 0.05, **sound | {"meter": 1000.5 + step}), settings
        ).state

    kept = assert_is_read_again(Kept(state.ledger, watches.memo_of(state.watch), "UTC"))

    assert abs(kept.ledger.amounts.kwh - LIFE.ledger.amounts.kwh) < 20
    assert abs(kept.ledger.amounts.cost) < 20


def test_facts_of_an_alert_are_no_longer_than_what_is_read() -> None:
    alert, state = next(
        (alert, state) for alert, state in REMEMBERED.states.items() if state.episode is not None
    )
    assert state.episode is not None
    told = replace(state, episode=replace(state.episode, facts={"story": "x" * 500, "sum": inf}))

    again = assert_is_read_again(
        Kept(LIFE.ledger, MEMO, "UTC", replace(REMEMBERED, states={alert: told}))
    )

    assert again.alerts.states.keys() == {alert}
