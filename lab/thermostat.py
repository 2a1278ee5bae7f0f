"""A thermostat with two stages: compressor first, strips when it falls behind.

`stage` is a pure function of state and inputs and decides at an instant; `elapse` lets its timers
run; `pending_s` tells when the next one ends.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from math import inf

from lab.timers import has_ended
from lab.units import K_PER_F, S_PER_MIN


class Mode(StrEnum):
    """What the thermostat is set to. Emergency heat is strips alone."""

    OFF = "off"
    HEAT = "heat"
    EMERGENCY_HEAT = "emergency_heat"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thermostat:
    """How a thermostat is configured.

    The defaults are the benchmark's: droop staging, no stage timer.
    """

    differential_k: float = 0.5 * K_PER_F
    """Heat starts this far under the setpoint and stops this far over it, K: ± 0.5 °F."""
    droop_k: float | None = 2.0 * K_PER_F
    """Strips start with the room this far under the setpoint, K: 2 °F; makers' defaults lie between
    1 and 3 °F. None: never for that."""
    stage_after_s: float | None = None
    """Strips start when heat has been called for this long, s. None: no stage timer. Lennox 20 min,
    Daikin 10-180 min, Honeywell 30 min and more."""
    aux_min_on_s: float = 5.0 * S_PER_MIN
    """Shortest run of the strips, s: spares the relay; ecobee and Daikin."""
    aux_lockout_c: float | None = None
    """Strips stay off while it is at least this warm outdoors, °C (emergency heat excepted). None:
    no lockout."""


@dataclass(frozen=True, slots=True)
class Order:
    """What the user has set: mode and setpoint (°C)."""

    mode: Mode
    setpoint_c: float


@dataclass(frozen=True, slots=True)
class Call:
    """What the thermostat calls for."""

    compressor: bool
    strips: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ThermostatState:
    """The state of a thermostat: heating and aux heat, and how long each has been so (s)."""

    heating: bool = False
    heating_s: float = 0.0
    aux: bool = False
    aux_s: float = 0.0


_IDLE = ThermostatState()
_NO_CALL = Call(compressor=False, strips=False)


def _should_heat(thermostat: Thermostat, state: ThermostatState, under_k: float) -> bool:
    """Compare how far the room is under the setpoint (K) with the differential."""
    if under_k >= thermostat.differential_k:
        return True
    return state.heating and under_k > -thermostat.differential_k


def _should_start_aux(thermostat: Thermostat, state: ThermostatState, under_k: float) -> bool:
    by_droop = thermostat.droop_k is not None and under_k >= thermostat.droop_k
    by_timer = thermostat.stage_after_s is not None and has_ended(
        thermostat.stage_after_s - state.heating_s
    )
    return under_k > 0.0 and (by_droop or by_timer)


def _should_run_aux(
    thermostat: Thermostat, state: ThermostatState, under_k: float, *, heating: bool
) -> bool:
    """Once on, strips are held until the room is at the setpoint and their shortest run is over."""
    if not state.aux:
        return heating and _should_start_aux(thermostat, state, under_k)
    return under_k > 0.0 or not has_ended(thermostat.aux_min_on_s - state.aux_s)


def _is_locked_out(thermostat: Thermostat, outdoor_c: float) -> bool:
    return thermostat.aux_lockout_c is not None and outdoor_c >= thermostat.aux_lockout_c


def _with_stages(state: ThermostatState, *, heating: bool, aux: bool) -> ThermostatState:
    """Set both stages; a stage that changes starts its timer anew."""
    if heating == state.heating and aux == state.aux:
        return state
    return ThermostatState(
        heating=heating,
        heating_s=state.heating_s if heating == state.heating else 0.0,
        aux=aux,
        aux_s=state.aux_s if aux == state.aux else 0.0,
    )


def stage(
    thermostat: Thermostat, state: ThermostatState, order: Order, *, room_c: float, outdoor_c: float
) -> tuple[ThermostatState, Call]:
    """Decide from the room and outdoor temperature (°C) what runs now."""
    if order.mode is Mode.OFF:
        return _IDLE, _NO_CALL
    under_k = order.setpoint_c - room_c
    heating = _should_heat(thermostat, state, under_k)
    if order.mode is Mode.EMERGENCY_HEAT:
        on = heating or (state.aux and not has_ended(thermostat.aux_min_on_s - state.aux_s))
        return _with_stages(state, heating=heating, aux=on), Call(compressor=False, strips=on)
    aux = not _is_locked_out(thermostat, outdoor_c) and _should_run_aux(
        thermostat, state, under_k, heating=heating
    )
    heating = heating or aux
    return _with_stages(state, heating=heating, aux=aux), Call(compressor=heating, strips=aux)


def pending_s(thermostat: Thermostat, state: ThermostatState) -> float:
    """Return the time until a timer may change a thermostat's call, s; infinite if none will."""
    waits = inf
    if state.aux and not has_ended(thermostat.aux_min_on_s - state.aux_s):
        waits = thermostat.aux_min_on_s - state.aux_s
    if (
        state.heating
        and thermostat.stage_after_s is not None
        and not has_ended(thermostat.stage_after_s - state.heating_s)
    ):
        waits = min(waits, thermostat.stage_after_s - state.heating_s)
    return waits


def elapse(state: ThermostatState, seconds: float) -> ThermostatState:
    """Return a thermostat's state after some seconds in which nothing was decided."""
    if not state.heating and not state.aux:
        return state
    return replace(state, heating_s=state.heating_s + seconds, aux_s=state.aux_s + seconds)
