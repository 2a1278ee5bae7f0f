"""An air-source heat pump with electric strips: capacity, power, defrost, and what can break.

The caller advances the timers: `command` decides at an instant, `pump_output` returns what flows
until the next decision, `elapse` lets time pass, and `pending_s` returns when the next timer ends,
so that a step never runs past it.
"""

from dataclasses import dataclass, field, replace
from math import inf

from lab.timers import has_ended
from lab.units import S_PER_MIN, W_PER_BTU_H, celsius

_LEAST_COP = 1.0
"""A compressor's own electricity ends up as heat, so a straight line may not lead below 1."""


@dataclass(frozen=True, slots=True)
class RatedPoint:
    """One point of a data sheet: outdoor temperature °C, heating capacity W, and COP."""

    outdoor_c: float
    capacity_w: float
    cop: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Defrost:
    """Defrost by reversing the cycle, as timed boards do it."""

    every_s: float = 90.0 * S_PER_MIN
    """Compressor run time in frost weather between two defrosts, s: boards offer 30 to 120 min,
    factory setting 30 or 90."""
    longest_s: float = 10.0 * S_PER_MIN
    """The board ends a defrost after this at the latest, s."""
    melt_share: float = 0.058333
    """Time needed to melt the frost of a second's run, s/s: 3.5 min in the hour, the default of
    EnergyPlus for timed defrost."""
    house_heat_share: float = 0.5
    """Heat taken out of the house during a defrost, of the capacity at the warm rated point: 18
    kBtu/h for 3 tons, which is what the 5 kW of strips that are customarily wired to the board make
    up for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatPump:
    """What a pump's data sheet says. The defaults are the benchmark's 3 ton single stage pump.

    Between and beyond the two rated points everything is linear in the outdoor temperature.
    """

    warm: RatedPoint = RatedPoint(celsius(47.0), 36e3 * W_PER_BTU_H, 3.5)
    cold: RatedPoint = RatedPoint(celsius(17.0), 21.6e3 * W_PER_BTU_H, 2.3)
    frost_derating: float = 0.08
    """Share of the capacity that frost on the coil takes, between the two frost temperatures. The
    compressor draws the same power."""
    frost_above_c: float = celsius(17.0)
    """Colder air holds too little water to matter, °C."""
    frost_below_c: float = celsius(45.0)
    """In warmer air the coil stays above freezing, °C."""
    defrost: Defrost | None = None
    """None: defrost is contained in the derating alone."""
    min_off_s: float = 5.0 * S_PER_MIN
    """Rest of the compressor before it starts again, s: lets the pressures even out; ecobee's
    default, 240 to 900 s elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strips:
    """Electric resistance heat."""

    power_w: float = 10e3
    """Electricity drawn and heat given, W: the benchmark's 10 kW, of the usual 5, 10, 15, 20."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """What is broken."""

    pump_dead: bool = False
    """The compressor runs and draws power, and no heat comes in."""
    compressor_dead: bool = False
    """The compressor does not start, as with a tripped breaker: it draws nothing and gives nothing,
    and nothing frosts."""
    capacity_share: float = 1.0
    """What is left of the capacity; below 1 with too little refrigerant. The compressor draws the
    same power."""
    strips_stuck: bool = False
    """The relay of the strips has welded: they heat whatever the thermostat says."""


LOW_REFRIGERANT = Faults(capacity_share=0.5)
"""A charge so low that the balance point of the benchmark house moves from 19 to 34 °F: strips on
every winter's day, pump still heating."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PumpState:
    """Where a pump is: running, defrosting, and its timers (s)."""

    running: bool = False
    defrosting: bool = False
    off_s: float = inf
    """Time since the compressor stopped."""
    frost_s: float = 0.0
    """Run time in frost weather that has not been melted off."""
    defrost_s: float = 0.0
    """Time in the present defrost."""


@dataclass(frozen=True, slots=True)
class PumpOutput:
    """Heat into the house (W, below zero while defrosting) and electric power drawn (W)."""

    heat_w: float
    power_w: float


_NOTHING = PumpOutput(0.0, 0.0)


def _is_frosting(pump: HeatPump, outdoor_c: float) -> bool:
    return pump.frost_above_c < outdoor_c < pump.frost_below_c


def _frost_free_performance(pump: HeatPump, outdoor_c: float) -> tuple[float, float]:
    """Return capacity (W) and COP without frost."""
    warm, cold = pump.warm, pump.cold
    share = (outdoor_c - cold.outdoor_c) / (warm.outdoor_c - cold.outdoor_c)
    capacity = cold.capacity_w + share * (warm.capacity_w - cold.capacity_w)
    cop = cold.cop + share * (warm.cop - cold.cop)
    return max(0.0, capacity), max(_LEAST_COP, cop)


def capacity_w(pump: HeatPump, outdoor_c: float) -> float:
    """Return the heat a sound pump gives at an outdoor temperature (°C), frost included, W."""
    capacity, _ = _frost_free_performance(pump, outdoor_c)
    return capacity * (1.0 - pump.frost_derating) if _is_frosting(pump, outdoor_c) else capacity


def pump_output(pump: HeatPump, state: PumpState, outdoor_c: float, faults: Faults) -> PumpOutput:
    """Return what flows while a pump is in this state."""
    if not state.running:
        return _NOTHING
    capacity, cop = _frost_free_performance(pump, outdoor_c)
    if faults.pump_dead:
        heat = 0.0
    elif state.defrosting and pump.defrost is not None:
        heat = -pump.defrost.house_heat_share * pump.warm.capacity_w
    else:
        heat = capacity_w(pump, outdoor_c) * faults.capacity_share
    return PumpOutput(heat, capacity / cop)


def _defrost_left_s(defrost: Defrost, state: PumpState) -> float:
    return min(state.frost_s * defrost.melt_share, defrost.longest_s - state.defrost_s)


def _apply_defrost_board(defrost: Defrost, state: PumpState) -> PumpState:
    """Start or end a defrost."""
    if state.defrosting:
        if has_ended(_defrost_left_s(defrost, state)):
            return replace(state, defrosting=False, frost_s=0.0, defrost_s=0.0)
    elif has_ended(defrost.every_s - state.frost_s):
        return replace(state, defrosting=True, defrost_s=0.0)
    return state


def command(pump: HeatPump, state: PumpState, *, call: bool) -> PumpState:
    """Return a pump's state once it has seen whether the thermostat calls for the compressor."""
    if not call:
        return PumpState(off_s=0.0, frost_s=state.frost_s) if state.running else state
    if not state.running:
        if not has_ended(pump.min_off_s - state.off_s):
            return state
        state = PumpState(running=True, off_s=0.0, frost_s=state.frost_s)
    return state if pump.defrost is None else _apply_defrost_board(pump.defrost, state)


def pending_s(pump: HeatPump, state: PumpState, outdoor_c: float, *, call: bool) -> float:
    """Return the time until a timer changes what a heat pump does, s; infinite if none will."""
    if not state.running:
        return pump.min_off_s - state.off_s if call else inf
    if pump.defrost is None:
        return inf
    if state.defrosting:
        return _defrost_left_s(pump.defrost, state)
    return pump.defrost.every_s - state.frost_s if _is_frosting(pump, outdoor_c) else inf


def elapse(pump: HeatPump, state: PumpState, outdoor_c: float, seconds: float) -> PumpState:
    """Return a pump's state after some seconds in which nothing was decided."""
    if not state.running:
        return replace(state, off_s=state.off_s + seconds)
    if pump.defrost is None:
        return state
    if state.defrosting:
        melted = seconds / pump.defrost.melt_share
        return replace(
            state, frost_s=max(0.0, state.frost_s - melted), defrost_s=state.defrost_s + seconds
        )
    return (
        replace(state, frost_s=state.frost_s + seconds) if _is_frosting(pump, outdoor_c) else state
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Equipment:
    """The machines of a home."""

    pump: HeatPump = field(default_factory=HeatPump)
    strips: Strips = field(default_factory=Strips)
