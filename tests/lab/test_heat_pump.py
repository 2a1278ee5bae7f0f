from math import inf

from hypothesis import given
from hypothesis import strategies as st
import pytest

from lab.heat_pump import (
    LOW_REFRIGERANT,
    Defrost,
    Faults,
    HeatPump,
    PumpState,
    capacity_w,
    command,
    elapse,
    pending_s,
    pump_output,
)
from lab.units import W_PER_BTU_H, celsius

PUMP = HeatPump()
DEFROSTING = HeatPump(defrost=Defrost())
SOUND = Faults()
RUNNING = PumpState(running=True, off_s=0.0)
FROSTY_C = celsius(32.0)


@pytest.mark.parametrize(
    ("outdoor_f", "btu_h", "cop"),
    [
        (47.0, 36_000.0, 3.5),
        (17.0, 21_600.0, 2.3),
        (7.0, 16_800.0, 1.9),
        (57.0, 40_800.0, 3.9),
        (32.0, 28_800.0 * 0.92, 2.9 * 0.92),
    ],
)
def test_capacity_and_cop_are_those_of_the_data_sheet(
    outdoor_f: float, btu_h: float, cop: float
) -> None:
    flow = pump_output(PUMP, RUNNING, celsius(outdoor_f), SOUND)
    assert flow.heat_w == pytest.approx(btu_h * W_PER_BTU_H)
    assert flow.heat_w / flow.power_w == pytest.approx(cop)


def test_capacity_falls_to_nothing_and_cop_to_one_never_below() -> None:
    assert capacity_w(PUMP, -60.0) == 0.0
    flow = pump_output(PUMP, RUNNING, celsius(-25.0), SOUND)
    assert flow.power_w > 0.0
    assert flow.heat_w == pytest.approx(flow.power_w)


def test_at_rest_nothing_flows() -> None:
    flow = pump_output(PUMP, PumpState(), 0.0, SOUND)
    assert (flow.heat_w, flow.power_w) == (0.0, 0.0)


def test_a_dead_pump_draws_power_and_gives_no_heat() -> None:
    dead = pump_output(PUMP, RUNNING, 0.0, Faults(pump_dead=True))
    assert dead.heat_w == 0.0
    assert dead.power_w == pump_output(PUMP, RUNNING, 0.0, SOUND).power_w > 0.0


def test_too_little_refrigerant_leaves_half_the_heat_for_the_same_power() -> None:
    sound, low = (
        pump_output(PUMP, RUNNING, 0.0, SOUND),
        pump_output(PUMP, RUNNING, 0.0, LOW_REFRIGERANT),
    )
    assert low.heat_w == pytest.approx(sound.heat_w / 2.0)
    assert low.power_w == sound.power_w


def test_the_compressor_rests_five_minutes() -> None:
    stopped = command(PUMP, RUNNING, call=False)
    assert stopped.off_s == 0.0

    waiting = elapse(PUMP, stopped, 0.0, 299.0)
    assert not command(PUMP, waiting, call=True).running
    assert pending_s(PUMP, waiting, 0.0, call=True) == pytest.approx(1.0)
    assert pending_s(PUMP, waiting, 0.0, call=False) == inf

    assert command(PUMP, elapse(PUMP, waiting, 0.0, 1.0), call=True).running


def test_a_new_pump_starts_at_once_and_runs_on() -> None:
    started = command(PUMP, PumpState(), call=True)
    assert started.running
    assert command(PUMP, elapse(PUMP, started, 0.0, 7200.0), call=True) == started
    assert pending_s(PUMP, started, 0.0, call=True) == inf


def test_defrost_comes_after_90_minutes_of_frost_and_takes_heat_out_of_the_house() -> None:
    before = elapse(DEFROSTING, RUNNING, FROSTY_C, 5399.0)
    assert not command(DEFROSTING, before, call=True).defrosting
    assert pending_s(DEFROSTING, before, FROSTY_C, call=True) == pytest.approx(1.0)

    due = command(DEFROSTING, elapse(DEFROSTING, before, FROSTY_C, 1.0), call=True)
    assert due.defrosting
    flow = pump_output(DEFROSTING, due, FROSTY_C, SOUND)
    assert flow.heat_w == pytest.approx(-18_000.0 * W_PER_BTU_H)
    assert flow.power_w > 0.0
    assert pump_output(DEFROSTING, due, FROSTY_C, Faults(pump_dead=True)).heat_w == 0.0


def test_defrost_melts_for_three_and_a_half_minutes_an_hour() -> None:
    due = command(DEFROSTING, elapse(DEFROSTING, RUNNING, FROSTY_C, 5400.0), call=True)
    takes_s = pending_s(DEFROSTING, due, FROSTY_C, call=True)
    assert takes_s == pytest.approx(1.5 * 3.5 * 60.0, rel=1e-4)

    clear = command(DEFROSTING, elapse(DEFROSTING, due, FROSTY_C, takes_s), call=True)
    assert (clear.running, clear.defrosting, clear.frost_s) == (True, False, 0.0)


@pytest.mark.parametrize("outdoor_f", [10.0, 50.0])
def test_no_frost_gathers_outside_frost_weather(outdoor_f: float) -> None:
    assert elapse(DEFROSTING, RUNNING, celsius(outdoor_f), 1e5).frost_s == 0.0
    assert pending_s(DEFROSTING, RUNNING, celsius(outdoor_f), call=True) == inf


def test_frost_stays_on_the_coil_while_the_compressor_rests() -> None:
    frosted = elapse(DEFROSTING, RUNNING, FROSTY_C, 3000.0)
    stopped = command(DEFROSTING, frosted, call=False)
    assert (
        command(DEFROSTING, elapse(DEFROSTING, stopped, FROSTY_C, 600.0), call=True).frost_s
        == 3000.0
    )


@given(
    every_s=st.floats(1800.0, 7200.0),
    melt_share=st.floats(0.001, 0.5),
    outdoor_c=st.floats(-15.0, 10.0),
)
def test_no_defrost_lasts_over_ten_minutes(
    every_s: float, melt_share: float, outdoor_c: float
) -> None:
    pump = HeatPump(defrost=Defrost(every_s=every_s, melt_share=melt_share))
    state, longest_s = RUNNING, 0.0
    for _ in range(12):
        state = command(pump, state, call=True)
        wait_s = min(1800.0, pending_s(pump, state, outdoor_c, call=True))
        state = elapse(pump, state, outdoor_c, wait_s)
        longest_s = max(longest_s, state.defrost_s)
    assert longest_s <= 600.0 + 1e-6
