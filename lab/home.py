"""House, equipment and thermostat as one frozen state, stepped by a pure function."""

from dataclasses import dataclass, field
from math import ceil, inf

from lab import heat_pump, house, thermostat
from lab.heat_pump import Equipment, Faults, PumpState
from lab.house import HeatFlow, House, HouseState
from lab.thermostat import Call, Order, Thermostat, ThermostatState
from lab.timers import has_ended
from lab.units import J_PER_KWH, S_PER_MIN

LONGEST_STEP_S = S_PER_MIN
"""How often the thermostat looks at the room, s: the benchmark steps by the minute. Between two
looks pump and strips together can move the air by 0.3 K, about the differential."""

_SOUND = Faults()


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """What a home is made of. A variant is another value of one of these."""

    house: House = field(default_factory=House)
    equipment: Equipment = field(default_factory=Equipment)
    thermostat: Thermostat = field(default_factory=Thermostat)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What acts on a home during a step: order, outdoor °C, sun on level ground W/m², faults."""

    order: Order
    outdoor_c: float
    sun_w_per_m2: float = 0.0
    faults: Faults = _SOUND
    misread_k: float = 0.0
    """By how much the thermostat's sensor reads the room too warm, K."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """What runs, whatever the reason, with the electric powers and the heat of the heat pump, W."""

    compressor: bool = False
    strips: bool = False
    defrost: bool = False
    pump_w: float = 0.0
    pump_heat_w: float = 0.0
    strips_w: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Meters:
    """Sums since the beginning: energies in J, run times in s."""

    pump_j: float = 0.0
    strips_j: float = 0.0
    pump_heat_j: float = 0.0
    gains_j: float = 0.0
    lost_j: float = 0.0
    compressor_s: float = 0.0
    strips_s: float = 0.0

    @property
    def pump_kwh(self) -> float:
        """Electricity of the heat pump, kWh."""
        return self.pump_j / J_PER_KWH

    @property
    def strips_kwh(self) -> float:
        """Electricity of the strips, kWh."""
        return self.strips_j / J_PER_KWH


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeState:
    """A home at an instant. `call` and `running` are what held up to it."""

    house: HouseState
    pump: PumpState
    thermostat: ThermostatState
    call: Call
    running: Running
    meters: Meters

    @property
    def room_c(self) -> float:
        """What a thermometer in the room reads, °C."""
        return self.house.air_c


def resting_home(room_c: float) -> HomeState:
    """Return a home that has long been at one temperature (°C) and switched off."""
    return HomeState(
        house=HouseState(room_c, room_c),
        pump=PumpState(),
        thermostat=ThermostatState(),
        call=Call(compressor=False, strips=False),
        running=Running(),
        meters=Meters(),
    )


def _compressor_starts(call: Call, faults: Faults) -> bool:
    """Return True if a call reaches the compressor."""
    return call.compressor and not faults.compressor_dead


def _decide(home: Home, state: HomeState, inputs: Inputs) -> HomeState:
    """Return the home after its thermostat, heat pump and defrost board have decided."""
    machines, outdoor_c, faults = home.equipment, inputs.outdoor_c, inputs.faults
    read_c = state.room_c + inputs.misread_k
    staged, call = thermostat.stage(
        home.thermostat, state.thermostat, inputs.order, room_c=read_c, outdoor_c=outdoor_c
    )
    pump = heat_pump.command(machines.pump, state.pump, call=_compressor_starts(call, faults))
    flow = heat_pump.pump_output(machines.pump, pump, outdoor_c, faults)
    strips = call.strips or pump.defrosting or faults.strips_stuck
    running = Running(
        compressor=pump.running,
        strips=strips,
        defrost=pump.defrosting,
        pump_w=flow.power_w,
        pump_heat_w=flow.heat_w,
        strips_w=machines.strips.power_w if strips else 0.0,
    )
    return HomeState(
        house=state.house,
        pump=pump,
        thermostat=staged,
        call=call,
        running=running,
        meters=state.meters,
    )


def _pending_s(home: Home, state: HomeState, inputs: Inputs) -> float:
    """Return how long a decision holds at the most, s."""
    return min(
        thermostat.pending_s(home.thermostat, state.thermostat),
        heat_pump.pending_s(
            home.equipment.pump,
            state.pump,
            inputs.outdoor_c,
            call=_compressor_starts(state.call, inputs.faults),
        ),
    )


def _add_to_meters(
    meters: Meters, running: Running, gains_w: float, lost_j: float, seconds: float
) -> Meters:
    return Meters(
        pump_j=meters.pump_j + running.pump_w * seconds,
        strips_j=meters.strips_j + running.strips_w * seconds,
        pump_heat_j=meters.pump_heat_j + running.pump_heat_w * seconds,
        gains_j=meters.gains_j + gains_w * seconds,
        lost_j=meters.lost_j + lost_j,
        compressor_s=meters.compressor_s + (seconds if running.compressor else 0.0),
        strips_s=meters.strips_s + (seconds if running.strips else 0.0),
    )


def _elapse(home: Home, state: HomeState, inputs: Inputs, seconds: float) -> HomeState:
    """Return the home after a time in which nothing is decided."""
    running, gains = state.running, house.gains(home.house, inputs.sun_w_per_m2)
    heat = HeatFlow(gains.air_w + running.pump_heat_w + running.strips_w, gains.mass_w)
    moved = house.advance(home.house, state.house, heat, inputs.outdoor_c, seconds)
    return HomeState(
        house=moved.state,
        pump=heat_pump.elapse(home.equipment.pump, state.pump, inputs.outdoor_c, seconds),
        thermostat=thermostat.elapse(state.thermostat, seconds),
        call=state.call,
        running=running,
        meters=_add_to_meters(
            state.meters, running, gains.air_w + gains.mass_w, moved.lost_j, seconds
        ),
    )


def step(home: Home, state: HomeState, inputs: Inputs, seconds: float) -> HomeState:
    """Return a home after some seconds under constant inputs.

    The thermostat reads the room at the start and whenever a timer of its own or of the heat pump
    ends, so no timer is overrun however long the step.
    """
    if not 0.0 <= seconds < inf:
        raise ValueError(f"a step takes a finite time that is not below zero, not {seconds} s")
    left = seconds
    while not has_ended(left):
        state = _decide(home, state, inputs)
        took = min(left, _pending_s(home, state, inputs))
        state = _elapse(home, state, inputs, took)
        left -= took
    return state


def divide_time(seconds: float, longest_s: float = LONGEST_STEP_S) -> tuple[int, float]:
    """Divide a time into equal steps of at most `longest_s`; return their number and length (s)."""
    count = ceil(seconds / longest_s)
    return count, seconds / count if count else 0.0
