"""The size of the heat pump, as shown by a season."""

from dataclasses import replace
from datetime import timedelta

import pytest

from custom_components.aux_heat_guard.core import engine
from custom_components.aux_heat_guard.core.account.ledger import Ledger
from custom_components.aux_heat_guard.core.alerts.context import Sizing
from custom_components.aux_heat_guard.core.alerts.sizing import season_sizing
from custom_components.aux_heat_guard.core.model import Cause, HeatState
from custom_components.aux_heat_guard.core.units import celsius_from_fahrenheit

from ..helpers import START, STRIPS_AND_COMPRESSOR, after, observe_state, step_until

AUX, OFF, PUMP, EMERGENCY = (
    HeatState.HEAT_PUMP_AUX,
    HeatState.OFF,
    HeatState.HEAT_PUMP,
    HeatState.EMERGENCY,
)
RESTING, HEATING = (0, 0), (6, 14)


def run_winter(*days: tuple[float, tuple[int, int]], alone: int = 0) -> Ledger:
    """Run days, each (°F outdoors, (hours of aux heat, hours of the heat pump before them)).

    After them the strips heat alone for some hours of each day.
    """
    state = engine.start(START, STRIPS_AND_COMPRESSOR)
    begin = START + timedelta(hours=12)
    for day, (outdoor, (aux, pump)) in enumerate(days):
        for hour in range(24):
            at = begin + timedelta(days=day, hours=hour)
            hours = [PUMP] * pump + [AUX] * aux + [EMERGENCY] * alone + [OFF] * 24
            name = hours[hour]
            observation = replace(
                observe_state(name, at),
                outdoor=celsius_from_fahrenheit(outdoor),
                outdoor_last_reported=at,
            )
            state = step_until(state, observation, STRIPS_AND_COMPRESSOR)
    return step_until(
        state, observe_state(OFF, begin + timedelta(days=len(days), hours=1)), STRIPS_AND_COMPRESSOR
    ).ledger


def with_cause(ledger: Ledger, cause: Cause, *which: int) -> Ledger:
    return replace(
        ledger,
        runs=tuple(
            replace(run, cause=cause) if index in which else run
            for index, run in enumerate(ledger.runs)
        ),
    )


def shares(ledger: Ledger) -> list[tuple[int, int, object]]:
    found = season_sizing(ledger, ledger.at, STRIPS_AND_COMPRESSOR).aux_shares
    return [(round(low * 1.8 + 32), round(high * 1.8 + 32), share) for low, high, share in found]


def test_the_aux_share_is_reported_for_bins_above_the_balance_point() -> None:
    ledger = run_winter((38, HEATING), (38, HEATING), (33, (2, 20)), (33, (2, 20)))

    # (AUX + EMG) / (HP + EMG), and the pump runs beside the strips.
    assert shares(ledger) == [(30, 35, pytest.approx(2 / 22)), (35, 40, pytest.approx(6 / 20))]


@pytest.mark.parametrize("cause", [Cause.SETBACK, Cause.MANUAL])
def test_recovery_runs_are_left_out(cause: Cause) -> None:
    ledger = with_cause(run_winter((38, HEATING), (38, HEATING)), cause, 0)

    assert shares(ledger) == [(35, 40, pytest.approx(6 / 40))]


@pytest.mark.parametrize("cause", [Cause.COLD, Cause.DEFROST, Cause.UNKNOWN])
def test_other_runs_are_included(cause: Cause) -> None:
    ledger = with_cause(run_winter((38, HEATING), (38, HEATING)), cause, 0, 1)

    assert shares(ledger) == [(35, 40, pytest.approx(6 / 20))]


def test_a_recovery_over_midnight_is_left_out_of_both_days() -> None:
    over_midnight = with_cause(
        run_winter((38, (4, 20)), (38, (0, 24)), (38, HEATING)), Cause.SETBACK, 0
    )

    assert shares(over_midnight) == [(35, 40, pytest.approx(6 / (24 + 24 + 20)))]


def test_colder_bins_are_left_out() -> None:
    assert shares(run_winter((29, HEATING), (29, HEATING))) == []


def test_days_of_unknown_weather_are_left_out() -> None:
    ledger = run_winter((38, HEATING), (38, HEATING))
    blind = replace(
        ledger,
        points=tuple(replace(point, amounts=ledger.points[0].amounts) for point in ledger.points),
    )

    assert shares(blind) == []


def test_strips_without_the_pump_are_left_out() -> None:
    assert shares(run_winter((38, HEATING), (38, HEATING), alone=4)) == [
        (35, 40, pytest.approx(6 / 20))
    ]
    assert shares(run_winter((38, (0, 20)), (38, (0, 20)), alone=4)) == [(35, 40, 0)]


def test_days_of_strips_alone_are_no_days_of_heating() -> None:
    ledger = run_winter((38, RESTING), (38, RESTING), alone=24)

    assert season_sizing(ledger, ledger.at, STRIPS_AND_COMPRESSOR) == Sizing()


def test_only_aux_beside_the_pump_is_left_out_of_a_recovery() -> None:
    """A run of 6 h beside the pump, then 4 h alone, and another of 6 h beside it on each day."""
    ledger = with_cause(run_winter((38, HEATING), (38, HEATING), alone=4), Cause.SETBACK, 0)

    assert shares(ledger) == [(35, 40, pytest.approx(6 / 40))]


def test_a_bin_of_a_few_hours_is_left_out() -> None:
    assert shares(run_winter((38, HEATING))) == []


def test_only_days_with_heating_are_counted() -> None:
    ledger = run_winter((60, RESTING), (38, HEATING), (60, RESTING), (38, HEATING))

    assert season_sizing(ledger, ledger.at, STRIPS_AND_COMPRESSOR).heating_days == 2


def test_the_previous_season_is_left_out() -> None:
    ledger = run_winter((38, HEATING), (38, HEATING))
    next_season = replace(STRIPS_AND_COMPRESSOR, season_start_month=2)

    assert season_sizing(ledger, after(days=40), next_season) == Sizing()


def test_an_empty_season_has_no_shares() -> None:
    state = engine.start(START, STRIPS_AND_COMPRESSOR)

    assert season_sizing(state.ledger, START, STRIPS_AND_COMPRESSOR) == Sizing()
