"""Runs and cycles: a gap without data neither ends a run nor counts."""

from datetime import timedelta

import pytest

from custom_components.aux_heat_guard.core import engine
from custom_components.aux_heat_guard.core.account.ledger import open_ledger
from custom_components.aux_heat_guard.core.model import Heat, HeatState

from ..helpers import START, STRIPS_AND_COMPRESSOR, after, observe_state, run_states, step_until

OFF, PUMP, AUX, EMERGENCY, DEFROST, UNKNOWN = (
    HeatState.OFF,
    HeatState.HEAT_PUMP,
    HeatState.HEAT_PUMP_AUX,
    HeatState.EMERGENCY,
    HeatState.DEFROST,
    HeatState.UNKNOWN,
)
MINUTE = 60
HOUR = 3600


@pytest.mark.parametrize(
    ("changes", "cycles", "seconds"),
    [
        pytest.param([(0, PUMP), (60, PUMP)], 0, 0, id="no strips"),
        pytest.param([(0, PUMP), (60, AUX), (160, PUMP)], 1, 100, id="one run"),
        pytest.param([(0, AUX), (100, OFF)], 1, 100, id="running when counting starts"),
        pytest.param(
            [(0, AUX), (100, EMERGENCY), (150, AUX), (200, OFF)],
            1,
            200,
            id="the compressor drops out in between",
        ),
        pytest.param([(0, AUX), (100, OFF), (200, AUX), (250, OFF)], 2, 150, id="two runs"),
        pytest.param(
            [(0, AUX), (100, UNKNOWN), (280, AUX), (300, OFF)], 1, 120, id="a gap in a run"
        ),
        pytest.param(
            [(0, AUX), (100, UNKNOWN), (100 + 6 * HOUR, AUX), (20 + 7 * HOUR, OFF)],
            1,
            HOUR + 20,
            id="a gap of hours in a run",
        ),
        pytest.param(
            [(0, AUX), (100, UNKNOWN), (101 + 6 * HOUR, AUX), (21 + 7 * HOUR, OFF)],
            2,
            HOUR + 20,
            id="a gap too long for one run",
        ),
        pytest.param(
            [(0, AUX), (100, UNKNOWN), (280, OFF)], 1, 100, id="a gap at the end of a run"
        ),
        pytest.param(
            [(0, OFF), (100, UNKNOWN), (280, AUX), (300, OFF)], 1, 20, id="a gap before a run"
        ),
        pytest.param(
            [(0, AUX), (100, UNKNOWN), (200, UNKNOWN), (280, AUX), (290, UNKNOWN), (300, AUX)],
            1,
            110,
            id="gap after gap",
        ),
        pytest.param(
            [(0, AUX), (100, DEFROST), (200, AUX), (300, OFF)],
            2,
            200,
            id="a defrost without strips ends a run",
        ),
        pytest.param([(0, OFF), (100, UNKNOWN), (200, OFF)], 0, 0, id="a gap alone"),
        pytest.param(
            [(0, AUX), (50, "strips off, thermostat gone"), (80, AUX), (90, OFF)],
            2,
            60,
            id="strips seen off, all else unknown",
        ),
    ],
)
def test_cycles_and_seconds(
    changes: list[tuple[float, HeatState | str]], cycles: int, seconds: float
) -> None:
    totals = run_states(*changes).ledger.totals

    assert (totals.cycles, totals.aux) == (cycles, seconds)


def test_a_run_that_goes_on_has_no_end() -> None:
    run = step_until(
        run_states((0, PUMP), (60, AUX)), observe_state(AUX, after(180)), STRIPS_AND_COMPRESSOR
    ).ledger.run

    assert run is not None
    assert (run.start, run.end, run.is_running) == (after(60), None, True)


def test_a_run_ends_when_the_strips_were_last_seen_on() -> None:
    run = run_states((0, AUX), (100, UNKNOWN), (280, OFF)).ledger.run

    assert run is not None
    assert (run.start, run.end, run.seconds) == (START, after(100), 100)


def test_a_restart_in_a_run_is_no_cycle_and_its_time_is_unknown() -> None:
    before = run_states((0, AUX), (100, OFF), (200, AUX), (260, AUX))
    state = engine.start(after(500), STRIPS_AND_COMPRESSOR, before.ledger)
    assert state.tracker.heat.state is UNKNOWN
    assert state.tracker.evidence == ()

    state = step_until(state, observe_state(AUX, after(510)), STRIPS_AND_COMPRESSOR)
    state = step_until(state, observe_state(OFF, after(520)), STRIPS_AND_COMPRESSOR)

    totals = state.ledger.totals
    assert (totals.cycles, totals.aux, totals.aux_unknown) == (2, 100 + 60 + 10, 250)
    run = state.ledger.run
    assert run is not None
    assert (run.start, run.end, run.seconds) == (after(200), after(520), 70)


def test_a_restart_while_idle_is_no_cycle() -> None:
    state = engine.start(after(500), STRIPS_AND_COMPRESSOR, run_states((0, OFF), (100, OFF)).ledger)
    state = step_until(state, observe_state(OFF, after(510)), STRIPS_AND_COMPRESSOR)

    assert (state.ledger.totals.cycles, state.ledger.totals.aux, state.ledger.run) == (0, 0, None)


def test_unknown_time_is_separate_for_strips_and_compressor() -> None:
    totals = run_states(
        (0, OFF), (100, UNKNOWN), (150, "strips off, thermostat gone"), (250, OFF)
    ).ledger.totals

    assert (totals.aux_unknown, totals.heat_pump_unknown) == (50, 150)


def test_the_same_state_again_is_no_change() -> None:
    ledger = open_ledger(START).record_state(Heat(state=OFF, aux=False))

    assert ledger.record_state(Heat(state=OFF, aux=False)) is ledger


def test_a_run_over_midnight_is_a_cycle_of_the_day_it_began() -> None:
    eleven = timedelta(hours=11).total_seconds()
    state = run_states((0, OFF), (eleven, AUX), (eleven + 2 * 3600, OFF))

    shown = state.figures
    assert (shown.today.totals.aux, shown.today.totals.cycles) == (3600, 0)
    assert (shown.week.totals.aux, shown.week.totals.cycles) == (7200, 1)


def test_a_run_from_midnight_on_is_a_cycle_of_the_new_day() -> None:
    midnight = 12 * 3600
    state = run_states((0, OFF), (midnight, AUX), (midnight + 10, OFF))

    assert (state.figures.today.totals.aux, state.figures.today.totals.cycles) == (10, 1)
