from dataclasses import replace
import itertools

from hypothesis import given
from hypothesis import strategies as st
import pytest

from lab.house import HeatFlow, House, HouseState, advance, gains, stored_j
from lab.units import J_PER_BTU, K_PER_F, S_PER_H, celsius

CAPACITIES = st.floats(1e5, 1e8)
CONDUCTANCES = st.floats(1.0, 1e4)
HOUSES = st.builds(
    House,
    air_j_per_k=CAPACITIES,
    mass_j_per_k=CAPACITIES,
    loss_w_per_k=CONDUCTANCES,
    coupling_w_per_k=CONDUCTANCES,
)
STATES = st.builds(HouseState, st.floats(-30.0, 50.0), st.floats(-30.0, 50.0))
HEAT = st.builds(HeatFlow, st.floats(-2e4, 4e4), st.floats(-1e3, 1e4))
OUTDOOR = st.floats(-50.0, 40.0)
BENCHMARK = House()


@given(HOUSES, STATES, HEAT, OUTDOOR, st.floats(1e-3, 1e6))
def test_heat_in_less_heat_out_is_what_the_house_stores(
    house: House, state: HouseState, heat: HeatFlow, outdoor_c: float, seconds: float
) -> None:
    moved = advance(house, state, heat, outdoor_c, seconds)

    given_j = (heat.air_w + heat.mass_w) * seconds
    kept_j = stored_j(house, moved.state) - stored_j(house, state)
    # The resolution of a difference of stored heats, which are floating-point sums of up to
    # 1e10 J.
    resolution_j = 1e-9 * (house.air_j_per_k + house.mass_j_per_k)
    scale_j = max(abs(given_j), abs(moved.lost_j), abs(kept_j), resolution_j / 1e-6)
    assert abs(given_j - moved.lost_j - kept_j) <= 1e-6 * scale_j


@given(HOUSES, STATES, HEAT, OUTDOOR, st.integers(1, 60))
def test_many_short_steps_are_one_long_step(
    house: House, state: HouseState, heat: HeatFlow, outdoor_c: float, parts: int
) -> None:
    whole = advance(house, state, heat, outdoor_c, 600.0)
    lost_j = 0.0
    for _ in range(parts):
        part = advance(house, state, heat, outdoor_c, 600.0 / parts)
        state, lost_j = part.state, lost_j + part.lost_j

    assert state.air_c == pytest.approx(whole.state.air_c, abs=1e-7)
    assert state.mass_c == pytest.approx(whole.state.mass_c, abs=1e-7)
    assert lost_j == pytest.approx(whole.lost_j, rel=1e-7, abs=1.0)


@pytest.mark.parametrize("seconds", [1.0, 10.0, 60.0])
def test_steps_from_a_second_to_ten_minutes_agree_over_a_day(seconds: float) -> None:
    def day(length: float) -> HouseState:
        state = HouseState(21.0, 20.0)
        for _ in range(round(24 * S_PER_H / length)):
            state = advance(BENCHMARK, state, HeatFlow(5000.0, 300.0), -5.0, length).state
        return state

    assert day(seconds).air_c == pytest.approx(day(600.0).air_c, abs=1e-8)
    assert day(seconds).mass_c == pytest.approx(day(600.0).mass_c, abs=1e-8)


def test_the_house_follows_the_differential_equations() -> None:
    state, heat, outdoor_c, instant = HouseState(21.0, 18.0), HeatFlow(8000.0, 500.0), -3.0, 1e-2

    moved = advance(BENCHMARK, state, heat, outdoor_c, instant).state

    air_w = (
        BENCHMARK.loss_w_per_k * (outdoor_c - 21.0)
        + BENCHMARK.coupling_w_per_k * (18.0 - 21.0)
        + heat.air_w
    )
    mass_w = BENCHMARK.coupling_w_per_k * (21.0 - 18.0) + heat.mass_w
    assert (moved.air_c - state.air_c) / instant == pytest.approx(
        air_w / BENCHMARK.air_j_per_k, rel=1e-4
    )
    assert (moved.mass_c - state.mass_c) / instant == pytest.approx(
        mass_w / BENCHMARK.mass_j_per_k, rel=1e-4
    )


def test_in_the_end_losses_equal_heat() -> None:
    heat = HeatFlow(5000.0, 400.0)

    rest = advance(BENCHMARK, HouseState(10.0, 10.0), heat, 0.0, 1e8).state

    assert rest.air_c == pytest.approx(5400.0 / BENCHMARK.loss_w_per_k)
    assert rest.mass_c == pytest.approx(rest.air_c + 400.0 / BENCHMARK.coupling_w_per_k)


def test_the_defaults_are_the_benchmark_house() -> None:
    stored = BENCHMARK.air_j_per_k + BENCHMARK.mass_j_per_k
    assert stored * K_PER_F / J_PER_BTU == pytest.approx(13_000.0)
    assert BENCHMARK.loss_w_per_k * K_PER_F * S_PER_H / J_PER_BTU == pytest.approx(450.0)
    assert stored / BENCHMARK.loss_w_per_k / S_PER_H == pytest.approx(29.0, abs=0.2)


def test_an_unheated_house_cools_by_its_time_constant() -> None:
    """The slow time constant stays within the 15-55 h of real houses."""
    house = replace(BENCHMARK, gains_w=0.0)
    hours = [HouseState(celsius(70.0), celsius(70.0))]
    for _ in range(48):
        hours.append(advance(house, hours[-1], gains(house, 0.0), 0.0, S_PER_H).state)

    ratios = [later.air_c / earlier.air_c for earlier, later in itertools.pairwise(hours[12:])]
    assert all(28.0 < 1.0 / (1.0 - ratio) < 35.0 for ratio in ratios)


def test_the_air_settles_within_an_hour() -> None:
    moved = advance(BENCHMARK, HouseState(16.0, 20.0), HeatFlow(0.0, 0.0), 18.0, 3600.0).state
    assert moved.mass_c - moved.air_c < 4.0 * 0.37


def test_the_sun_comes_on_top_of_the_gains() -> None:
    night, noon = gains(BENCHMARK, 0.0), gains(BENCHMARK, 400.0)
    assert night.air_w + night.mass_w == pytest.approx(650.0)
    assert noon.air_w == night.air_w
    assert 1000.0 < noon.mass_w - night.mass_w < 3000.0


@pytest.mark.parametrize(
    "name", ["air_j_per_k", "mass_j_per_k", "loss_w_per_k", "coupling_w_per_k"]
)
def test_an_unsolvable_house_is_rejected(name: str) -> None:
    with pytest.raises(ValueError, match="above zero"):
        House(**{name: 0.0})
