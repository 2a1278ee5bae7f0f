"""The displayed figures: windows, share, coverage, and the size of a long history."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from custom_components.aux_heat_guard.core import engine
from custom_components.aux_heat_guard.core.account.energy import NO_AMOUNTS
from custom_components.aux_heat_guard.core.account.figures import UsageWindows
from custom_components.aux_heat_guard.core.account.ledger import Ledger, Point, Totals
from custom_components.aux_heat_guard.core.model import Equipment, HeatState
from custom_components.aux_heat_guard.core.settings.guard import MAX_MONTHS, Settings

from ..helpers import START, STRIPS_AND_COMPRESSOR, after, observe_state, run_states

OFF, PUMP, AUX, EMERGENCY, UNKNOWN = (
    HeatState.OFF,
    HeatState.HEAT_PUMP,
    HeatState.HEAT_PUMP_AUX,
    HeatState.EMERGENCY,
    HeatState.UNKNOWN,
)
HOUR = 3600


@pytest.mark.parametrize(
    ("changes", "share"),
    [
        pytest.param([(0, OFF), (100, OFF)], None, id="nothing heated"),
        pytest.param([(0, PUMP), (100, OFF)], 0.0, id="the pump alone"),
        pytest.param([(0, PUMP), (300, AUX), (400, OFF)], 0.25, id="a quarter of the pump's time"),
        pytest.param([(0, EMERGENCY), (100, OFF)], 1.0, id="strips alone"),
        pytest.param(
            [(0, PUMP), (100, AUX), (200, EMERGENCY), (400, OFF)],
            0.75,
            id="EPA's: (AUX + EMG) / (HP + EMG)",
        ),
    ],
)
def test_share_of_the_heating_time(
    changes: list[tuple[float, HeatState]], share: float | None
) -> None:
    assert run_states(*changes).figures.day.aux_share == share


def test_share_of_a_furnace_home() -> None:
    furnace = replace(STRIPS_AND_COMPRESSOR, equipment=Equipment.FURNACE)
    state = run_states((0, PUMP), (300, EMERGENCY), (400, OFF), settings=furnace)

    assert state.ledger.totals.furnace == 100
    assert state.figures.day.aux_share == 0.25


def test_share_never_passes_one_though_a_clock_set_back_makes_the_day_longer() -> None:
    state = run_states((0, AUX), (4 * HOUR, OFF))
    moved = replace(state.figures.day, totals=Totals(aux=10.0, heat_pump=9.0))

    assert moved.aux_share == 1.0


def test_coverage_is_the_share_of_time_in_which_the_strips_were_seen() -> None:
    shown = run_states((0, OFF), (300, UNKNOWN), (400, OFF)).figures

    # Counting started 400 s ago. The time before that is no gap.
    assert (
        shown.today.coverage,
        shown.day.coverage,
        shown.season.coverage,
        shown.total.coverage,
    ) == (0.75,) * 4


def test_coverage_is_full_before_any_time_has_passed() -> None:
    state = engine.start(START, STRIPS_AND_COMPRESSOR)

    assert state.figures.today.coverage == 1.0
    assert state.figures.day.aux_share is None


def test_the_rolling_day_is_24_hours() -> None:
    state = run_states((0, AUX), (HOUR, OFF), (24.5 * HOUR, PUMP))

    assert state.figures.day.start == after(hours=0.5)
    assert state.figures.day.totals.aux == HOUR / 2
    assert state.figures.day.totals.cycles == 0


YEARS = 450
"""Days: more than a year."""


def run_days(state: engine.State, days: int) -> list[UsageWindows]:
    """Return the state after some days with a minute of aux heat at noon."""
    shown = []
    for day in range(days):
        state = engine.step(state, observe_state(AUX, after(days=day)), STRIPS_AND_COMPRESSOR).state
        state = engine.step(
            state, observe_state(OFF, after(60, days=day)), STRIPS_AND_COMPRESSOR
        ).state
        shown.append(state.figures)
    return shown


def test_the_total_outlives_the_stored_points() -> None:
    state = engine.start(START, STRIPS_AND_COMPRESSOR)
    shown = run_days(state, YEARS)

    assert [figures.total.totals.aux for figures in shown] == [
        60 * (day + 1) for day in range(YEARS)
    ]
    assert {figures.total.start for figures in shown} == {START}
    july, last = datetime(2026, 7, 1, tzinfo=UTC), shown[-1]
    assert last.season.start == july
    assert (
        last.season.totals.aux
        == 60 * (last.others_at.date() - july.date() + timedelta(days=1)).days
    )


def test_the_ledger_stays_small() -> None:
    state = engine.start(START, STRIPS_AND_COMPRESSOR)
    for day in range(YEARS):
        state = engine.step(state, observe_state(AUX, after(days=day)), STRIPS_AND_COMPRESSOR).state
        state = engine.step(
            state, observe_state(OFF, after(60, days=day)), STRIPS_AND_COMPRESSOR
        ).state

    assert len(state.ledger.months) == MAX_MONTHS + 1
    assert len(state.ledger.points) < 10 * 26
    assert len(state.ledger.runs) < 10


def test_unobserved_years_are_unknown_and_take_little_memory() -> None:
    before = run_states((0, AUX), (60, OFF)).ledger

    state = engine.start(after(days=3650), STRIPS_AND_COMPRESSOR, before)

    assert len(state.ledger.months) <= MAX_MONTHS + 1
    assert state.ledger.totals.aux == 60
    assert state.ledger.totals.aux_unknown == timedelta(days=3650).total_seconds() - 60
    assert state.figures.season.totals.aux == 0
    assert state.figures.total.totals.aux == 60


def test_a_month_with_a_lost_start_shows_only_certain_time() -> None:
    start = Point(at=START, state=OFF, is_aux_known=True, totals=Totals())
    late = Point(at=after(days=100), state=OFF, is_aux_known=True, totals=Totals(aux=500.0))
    ledger = Ledger(at=after(days=101), amounts=NO_AMOUNTS, months=(start,), points=(late,))

    assert ledger.window(after(days=50))[0].aux == 0
    assert ledger.window(START)[0].aux == 500
    assert ledger.totals.aux == 500


def test_changed_settings_are_adopted_without_a_restart() -> None:
    state = run_states((0, OFF), (13 * HOUR, AUX), (14 * HOUR, OFF))
    assert state.figures.today.totals.aux == HOUR
    by_month = Settings(signals=STRIPS_AND_COMPRESSOR.signals, season_start_month=1)

    adopted = engine.with_settings(state, by_month)

    assert adopted.figures.bounds.season == datetime(2026, 1, 1, tzinfo=UTC)
    assert adopted.ledger is state.ledger
    again = engine.step(adopted, observe_state(OFF, after(14 * HOUR + 1)), by_month)
    assert again.state is not adopted
    assert again.state.ledger.totals.aux == HOUR


def test_while_nothing_changes_the_ledger_can_be_written_as_of_now() -> None:
    state = run_states((0, PUMP), (HOUR, OFF))
    assert state.ledger.at == after(HOUR)

    ledger = engine.tracker_at(state, after(days=2), STRIPS_AND_COMPRESSOR).ledger

    assert ledger.at == after(days=2)
    assert (ledger.totals.heat_pump, ledger.totals.aux_unknown) == (HOUR, 0)
    assert [point.at for point in ledger.points[-2:]] == [after(hours=47), after(hours=48)]
    resumed = engine.start(after(60, days=2), STRIPS_AND_COMPRESSOR, ledger)
    assert resumed.ledger.totals.aux_unknown == 60
