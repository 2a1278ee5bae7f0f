"""Random lives of a home, for tests that compare two accounts of the same life."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields, replace
from datetime import datetime, timedelta

from hypothesis import strategies as st

from custom_components.aux_heat_guard.core import engine
from custom_components.aux_heat_guard.core.account.energy import Amounts
from custom_components.aux_heat_guard.core.account.ledger import Ledger, Point, Totals
from custom_components.aux_heat_guard.core.model import HeatState, Observation, Run
from custom_components.aux_heat_guard.core.settings.guard import EnergySource, Settings

from .helpers import STATE_OBSERVATIONS, STRIPS_AND_COMPRESSOR

DAY = 86_400
BY_ENERGY = {
    energy: replace(STRIPS_AND_COMPRESSOR, energy_source=energy) for energy in EnergySource
}
AUX = HeatState.HEAT_PUMP_AUX


@dataclass(frozen=True)
class Moment:
    """The readings at some number of seconds after the previous moment."""

    wait: float
    state: HeatState | str
    outdoor: float | None
    price: float | None
    power: float | None
    energy_drawn: float
    """The growth of the counter, in kWh."""


WAITS = (
    st.sampled_from([0.0, 0.0, 1.0, 30.0, 3600.0])
    | st.floats(0, 600)
    | st.floats(0, 20_000)
    | st.integers(0, DAY).map(float)
)
MOMENTS = st.builds(
    Moment,
    wait=WAITS,
    state=st.sampled_from([*STATE_OBSERVATIONS, AUX, AUX]),
    outdoor=st.none() | st.floats(-30, 30),
    price=st.sampled_from([None, 0.1, 0.31, -0.05]),
    power=st.none() | st.floats(0, 20_000),
    energy_drawn=st.sampled_from([0.0, 0.0, 0.01, 0.5, 3.0]),
)


def moment_lists(longest: int = 25) -> st.SearchStrategy[list[Moment]]:
    """Return a strategy for lives with a maximum number of moments."""
    return st.lists(MOMENTS, min_size=1, max_size=longest)


def observe_moments(start: datetime, moments: Sequence[Moment]) -> list[Observation]:
    """Return the observations of a life. No reading is stale, since every moment reports all."""
    observations, at, meter = [], start, 1000.0
    for moment in moments:
        at += timedelta(seconds=moment.wait)
        meter += moment.energy_drawn
        observation = replace(
            STATE_OBSERVATIONS[moment.state],
            at=at,
            outdoor=moment.outdoor,
            outdoor_last_reported=at,
        )
        observations.append(
            replace(
                observation,
                power=moment.power,
                power_last_reported=at,
                meter_reading=meter,
                price=moment.price,
            )
        )
    return observations


def step_through(
    state: engine.State, observations: Sequence[Observation], settings: Settings
) -> engine.State:
    """Return the state after a step for each observation."""
    for observation in observations:
        state = engine.step(state, observation, settings).state
    return state


def is_close(one: Totals | Amounts, other: Totals | Amounts, within: float = 1e-6) -> bool:
    """Return True if all fields are equal; degree-seconds to a thousandth, if no less exactly."""
    first = max(within, 1e-3) if isinstance(one, Amounts) else within
    tolerances = (first, *[within] * (len(fields(one)) - 1))
    return all(
        abs(a - b) <= most
        for a, b, most in zip(astuple(one), astuple(other), tolerances, strict=True)
    )


def is_same_point(one: Point, other: Point) -> bool:
    """Return True if two points are equal to a millionth, at exactly the same instant."""
    return (
        (one.at, one.state, one.is_aux_known, one.totals.cycles)
        == (other.at, other.state, other.is_aux_known, other.totals.cycles)
        and is_close(one.totals, other.totals)
        and is_close(one.amounts, other.amounts)
    )


def are_same_points(ones: Sequence[Point], others: Sequence[Point]) -> bool:
    """Return True if two series of points are equal."""
    return len(ones) == len(others) and all(map(is_same_point, ones, others, strict=True))


def is_same_run(one: Run | None, other: Run | None, within: float = 1e-6) -> bool:
    """Return True if two runs are equal."""
    if one is None or other is None:
        return one is other
    numbers = (
        (one.seconds, other.seconds),
        (one.kwh, other.kwh),
        (one.cost, other.cost),
        (one.outdoor or 0, other.outdoor or 0),
    )
    return (
        (one.start, one.last_seen, one.is_running)
        == (other.start, other.last_seen, other.is_running)
        and (one.outdoor is None) is (other.outdoor is None)
        and all(abs(a - b) <= within for a, b in numbers)
    )


def are_same_runs(ones: Sequence[Run], others: Sequence[Run]) -> bool:
    """Return True if two lists of runs are equal."""
    return len(ones) == len(others) and all(map(is_same_run, ones, others, strict=True))


def is_same_ledger(one: Ledger, other: Ledger) -> bool:
    """Return True if two ledgers are equal in every field."""
    return (
        one.at == other.at
        and is_close(one.amounts, other.amounts)
        and is_close(one.totals, other.totals)
        and are_same_points(one.months, other.months)
        and are_same_points(one.points, other.points)
        and is_same_run(one.run, other.run)
        and are_same_runs(one.runs, other.runs)
    )
