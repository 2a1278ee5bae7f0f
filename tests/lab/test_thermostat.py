from dataclasses import replace
from math import inf

import pytest

from lab.thermostat import Call, Mode, Order, Thermostat, ThermostatState, elapse, pending_s, stage
from lab.units import K_PER_F, celsius

IDLE = ThermostatState()
BOTH = Call(compressor=True, strips=True)
PUMP = Call(compressor=True, strips=False)
STRIPS = Call(compressor=False, strips=True)
NOTHING = Call(compressor=False, strips=False)
DROOP = Thermostat()
TIMER = Thermostat(droop_k=None, stage_after_s=1800.0)


def stage_at(
    thermostat: Thermostat,
    state: ThermostatState,
    room_f: float,
    *,
    mode: Mode = Mode.HEAT,
    outdoor_f: float = 30.0,
) -> tuple[ThermostatState, Call]:
    """Stage with a setpoint of 70 °F."""
    return stage(
        thermostat,
        state,
        Order(mode, celsius(70.0)),
        room_c=celsius(room_f),
        outdoor_c=celsius(outdoor_f),
    )


@pytest.mark.parametrize(
    ("state", "room_f", "call"),
    [
        (IDLE, 69.6, NOTHING),
        (IDLE, 69.49, PUMP),
        (ThermostatState(heating=True), 70.4, PUMP),
        (ThermostatState(heating=True), 70.51, NOTHING),
        (IDLE, 68.1, PUMP),
        (IDLE, 67.99, BOTH),
        (ThermostatState(heating=True, aux=True, aux_s=600.0), 69.9, BOTH),
        (ThermostatState(heating=True, aux=True, aux_s=600.0), 70.01, PUMP),
        (ThermostatState(heating=True, aux=True, aux_s=299.0), 70.01, BOTH),
        (ThermostatState(heating=True, aux=True, aux_s=299.0), 75.0, BOTH),
        (ThermostatState(heating=True, aux=True, aux_s=300.0), 75.0, NOTHING),
    ],
)
def test_droop_staging(state: ThermostatState, room_f: float, call: Call) -> None:
    assert stage_at(DROOP, state, room_f)[1] == call


def test_the_timer_stages_however_near_the_room_is() -> None:
    state, call = stage_at(TIMER, IDLE, 62.0)
    assert call == PUMP
    assert pending_s(TIMER, state) == 1800.0

    state, call = stage_at(TIMER, elapse(state, 1799.0), 69.9)
    assert call == PUMP

    state, call = stage_at(TIMER, elapse(state, 1.0), 69.9)
    assert call == BOTH
    assert pending_s(TIMER, state) == 300.0
    assert stage_at(TIMER, elapse(state, 300.0), 70.0)[1] == PUMP


def test_the_timer_starts_anew_with_each_call_for_heat() -> None:
    state = elapse(stage_at(TIMER, IDLE, 69.0)[0], 1700.0)
    state, call = stage_at(TIMER, state, 70.6)
    assert call == NOTHING
    assert pending_s(TIMER, state) == inf
    assert elapse(state, 3600.0).heating_s == 0.0
    assert pending_s(TIMER, stage_at(TIMER, state, 69.0)[0]) == 1800.0


def test_the_timer_does_not_stage_over_the_setpoint() -> None:
    state = elapse(stage_at(TIMER, IDLE, 69.0)[0], 3600.0)
    assert stage_at(TIMER, state, 70.2)[1] == PUMP


def test_without_droop_and_timer_strips_never_stage() -> None:
    assert (
        stage_at(Thermostat(droop_k=None), ThermostatState(heating=True, heating_s=1e6), 50.0)[1]
        == PUMP
    )


def test_off_stops_everything_at_once() -> None:
    running = ThermostatState(heating=True, aux=True, aux_s=1.0)
    assert stage_at(DROOP, running, 50.0, mode=Mode.OFF) == (IDLE, NOTHING)


def test_emergency_heat_is_strips_alone_within_the_differential() -> None:
    state, call = stage_at(DROOP, IDLE, 69.4, mode=Mode.EMERGENCY_HEAT)
    assert call == STRIPS
    state, call = stage_at(DROOP, elapse(state, 400.0), 70.4, mode=Mode.EMERGENCY_HEAT)
    assert call == STRIPS
    assert stage_at(DROOP, state, 70.6, mode=Mode.EMERGENCY_HEAT) == (IDLE, NOTHING)


def test_emergency_heat_keeps_the_strips_on_for_their_shortest_run() -> None:
    state, _ = stage_at(DROOP, IDLE, 69.4, mode=Mode.EMERGENCY_HEAT)
    state, call = stage_at(DROOP, elapse(state, 100.0), 71.0, mode=Mode.EMERGENCY_HEAT)
    assert call == STRIPS
    assert pending_s(DROOP, state) == 200.0
    assert stage_at(DROOP, elapse(state, 200.0), 71.0, mode=Mode.EMERGENCY_HEAT)[1] == NOTHING


def test_a_lockout_keeps_strips_off_in_mild_weather_but_for_emergency_heat() -> None:
    locked = replace(DROOP, aux_lockout_c=celsius(35.0))
    assert stage_at(locked, IDLE, 60.0, outdoor_f=35.0)[1] == PUMP
    assert stage_at(locked, IDLE, 60.0, outdoor_f=34.0)[1] == BOTH
    assert stage_at(locked, IDLE, 60.0, outdoor_f=40.0, mode=Mode.EMERGENCY_HEAT)[1] == STRIPS


def test_the_defaults_are_the_benchmark() -> None:
    assert pytest.approx(0.5 * K_PER_F) == DROOP.differential_k
    assert DROOP.droop_k == pytest.approx(2.0 * K_PER_F)
