"""Our RHU equals that of EPA's package `thermostat`, bin by bin."""

from collections.abc import Callable
from dataclasses import dataclass
from math import isnan
import random
from typing import Protocol

import pandas as pd
from pandas.core.groupby import DataFrameGroupBy
import pytest
from thermostat.core import (
    RESISTANCE_HEAT_USE_BIN_FIRST,
    VAR_MIN_RHU_RUNTIME,
    CoreDaySet,
    Thermostat,
)

from custom_components.aux_heat_guard.core.account.bins import (
    MIN_RHU_SECONDS,
    HeatingPeriod,
    OutdoorBin,
    bin_by_outdoor,
    near_freezing_bin,
)

TOLERANCE = 1e-9
HOURS = 24
SEEDS = range(40)
HEAT_PUMP_WITH_AUX = 1
"""EPA's equipment type."""

pytestmark = pytest.mark.filterwarnings("ignore")


@dataclass(frozen=True, kw_only=True)
class Day:
    """A day in EPA's format: °F and minutes, one value for each hour except for the compressor."""

    outdoor: list[float]
    heat_pump: float
    aux: list[float]
    emergency: list[float]

    @property
    def our_part(self) -> HeatingPeriod:
        """The day in our format: °C and seconds."""
        outdoor = (sum(self.outdoor) / HOURS - 32) / 1.8
        return HeatingPeriod(
            outdoor=outdoor,
            heat_pump=self.heat_pump * 60,
            aux=sum(self.aux) * 60,
            emergency=sum(self.emergency) * 60,
        )


class EpaRow(Protocol):
    """A row of the package's table, in minutes."""

    heat_runtime: float
    aux_runtime: float
    emg_runtime: float
    rhu: float
    data_is_nonsense: bool


@pytest.fixture(autouse=True)
def _columns_by_tuple(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the package select several columns of a group as in pandas 1."""
    by_list = DataFrameGroupBy.__getitem__
    monkeypatch.setattr(
        DataFrameGroupBy,
        "__getitem__",
        lambda self, key: by_list(self, list(key) if isinstance(key, tuple) else key),
    )


def epa_bins(days: list[Day], bins: list[float]) -> pd.DataFrame:
    """Return the bins of some days as computed by EPA's package."""
    daily = pd.date_range("2025-07-01", periods=len(days), freq="D")
    hourly = pd.date_range("2025-07-01", periods=len(days) * HOURS, freq="h")
    outdoor = pd.Series([value for day in days for value in day.outdoor], hourly)
    thermostat = Thermostat(
        thermostat_id="home",
        equipment_type=HEAT_PUMP_WITH_AUX,
        zipcode="27401",
        station="723170",
        temperature_in=pd.Series(68.0, hourly),
        temperature_out=outdoor,
        cooling_setpoint=pd.Series(80.0, hourly),
        heating_setpoint=pd.Series(68.0, hourly),
        cool_runtime=pd.Series(0.0, daily),
        heat_runtime=pd.Series([day.heat_pump for day in days], daily),
        auxiliary_heat_runtime=pd.Series([value for day in days for value in day.aux], hourly),
        emergency_heat_runtime=pd.Series(
            [value for day in days for value in day.emergency], hourly
        ),
    )
    # The end of a bin is the first instant after it.
    season = CoreDaySet(
        "heating",
        pd.Series(True, daily),
        pd.Series(True, hourly),
        daily[0],
        daily[-1] + pd.Timedelta(days=1),
    )
    runtime = thermostat.get_resistance_heat_utilization_runtime(season)
    assert len(runtime) == len(days)
    return thermostat.get_resistance_heat_utilization_bins(
        runtime, bins, season, VAR_MIN_RHU_RUNTIME
    )


def assert_same_bin(ours: OutdoorBin, theirs: EpaRow) -> bool:
    """Assert that two bins are equal: amounts, score, and whether AUX exceeds HP."""
    amounts = [
        (ours.heat_pump, theirs.heat_runtime),
        (ours.aux, theirs.aux_runtime),
        (ours.emergency, theirs.emg_runtime),
    ]
    scores = isnan(theirs.rhu) if ours.rhu is None else abs(ours.rhu - theirs.rhu) <= TOLERANCE
    return (
        all(
            seconds / 60 == pytest.approx(minutes, rel=TOLERANCE, abs=TOLERANCE)
            for seconds, minutes in amounts
        )
        and scores
        and ours.is_aux_above_heat_pump == theirs.data_is_nonsense
    )


def assert_parity(days: list[Day]) -> list[OutdoorBin]:
    """Assert that the bins of 5 °F and of 30 to 45 °F are equal, and return them."""
    parts = [day.our_part for day in days]
    _, *inner, _, _ = bin_by_outdoor(parts)
    ours = [*inner, near_freezing_bin(parts)]
    theirs = [
        *epa_bins(days, RESISTANCE_HEAT_USE_BIN_FIRST).itertuples(),
        *epa_bins(days, [30, 45]).itertuples(),
    ]
    assert [
        (round(one.low * 1.8 + 32), round(one.high * 1.8 + 32))
        for one in ours
        if one.low is not None and one.high is not None
    ] == [(one.Index.left, one.Index.right) for one in theirs]
    assert [
        (one, two) for one, two in zip(ours, theirs, strict=True) if not assert_same_bin(one, two)
    ] == []
    return ours


def random_season(seed: int, quantum: Callable[[float], float]) -> list[Day]:
    """Return random days of a home. The mean of every third day is an edge of a bin."""
    chance = random.Random(seed)  # noqa: S311 (made-up days, no secrets)
    health = chance.choice([0.05, 0.5, 1.0])
    cold = chance.uniform(0, 1)

    def day() -> Day:
        mean = chance.choice(
            [
                chance.randrange(-10, 75, 5),
                round(chance.uniform(-15, 75) * 8) / 8,
                chance.gauss(35, 15),
            ]
        )
        swing = chance.choice([0, 0, 0.5, 8])
        half = [chance.choice([-swing, swing]) for _ in range(HOURS // 2)]
        aux = [quantum(chance.random() * 60 * cold * chance.random()) for _ in range(HOURS)]
        emergency = [quantum(chance.random() * 10 * cold) for _ in range(HOURS)]
        heat_pump = quantum(min(sum(aux) + chance.uniform(0, 600), 1440) * health)
        return Day(
            outdoor=[mean + one for one in half] + [mean - one for one in half],
            heat_pump=heat_pump,
            aux=aux,
            emergency=emergency,
        )

    return [day() for _ in range(chance.randrange(1, 250))]


def round_to_quarters(minutes: float) -> float:
    """Round to values that add up without an error."""
    return round(minutes * 4) / 4


def round_to_seconds(minutes: float) -> float:
    """Round to the resolution that thermostats report."""
    return round(minutes * 60) / 60


@pytest.mark.parametrize("quantum", [round_to_quarters, round_to_seconds])
@pytest.mark.parametrize("seed", SEEDS)
def test_random_seasons_match(seed: int, quantum: Callable[[float], float]) -> None:
    assert_parity(random_season(seed, quantum))


def test_the_seasons_hold_every_outcome() -> None:
    bins = [one for seed in SEEDS for one in assert_parity(random_season(seed, round_to_quarters))]
    assert sum(one.rhu is not None for one in bins) > 100
    assert sum(one.is_aux_above_heat_pump for one in bins) > 50
    assert sum(one.rhu is None and not one.is_aux_above_heat_pump for one in bins) > 50


def one_day(outdoor: float, heat_pump: float, aux: float, emergency: float) -> Day:
    return Day(
        outdoor=[outdoor] * HOURS,
        heat_pump=heat_pump,
        aux=[aux / HOURS] * HOURS,
        emergency=[emergency / HOURS] * HOURS,
    )


@pytest.mark.parametrize("edge", range(0, 65, 5))
def test_days_on_a_bin_edge_match(edge: int) -> None:
    assert_parity(
        [
            one_day(edge, 1200, 240, 24),
            one_day(edge, 1000, 480, 0),
            one_day(edge + 0.125, 900, 240, 0),
        ]
    )


@pytest.mark.parametrize(
    "days",
    [
        [one_day(33, 1200, 480, 120)],
        [one_day(33, 1200, 480, 119.25)],
        [one_day(33, 960, 960, 0)],
        [one_day(33, 960, 961.5, 0)],
        [one_day(33, 0, 0, 1440), one_day(33, 0, 0, 1440)],
        [one_day(33, 0, 0, 0)],
    ],
)
def test_runtimes_at_the_thresholds_match(days: list[Day]) -> None:
    assert_parity(days)


def test_the_minimum_runtime_matches_epa() -> None:
    assert VAR_MIN_RHU_RUNTIME * 60 == MIN_RHU_SECONDS
