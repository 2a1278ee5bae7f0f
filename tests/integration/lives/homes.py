"""Random kinds of thermostats for the lives, and the units of their homes."""

from dataclasses import dataclass
import math
from random import Random

from homeassistant.components.climate.const import HVACMode
from homeassistant.const import UnitOfTemperature
from homeassistant.util.unit_conversion import TemperatureConverter

from tests.integration.faulty_behaviors import (
    BecomesRange,
    ClampThenAdvertise,
    CoarserSteps,
    DefaultAfterOutage,
    DelayedClamp,
    GlitchAfterWrite,
    Group,
    HoldsAfterWrite,
    LosesCommands,
    ModeFirst,
    NothingAfterWrite,
    OldValueFirst,
    PolledDisplay,
    ProgramReturns,
    RefusesCommands,
    SilentClamp,
    SingleSetpointCooling,
)
from tests.integration.faulty_thermostats import Behavior, FaultyThermostat, ThermostatState

CELSIUS, FAHRENHEIT = UnitOfTemperature.CELSIUS, UnitOfTemperature.FAHRENHEIT
SHAPES = (*["single"] * 5, *["range"] * 2, "auto", "becomes", "ecobee", "preset")
"""Heat with one setpoint; heat_cool with two; auto with one; auto that turns one into two; heat
with presets, and with those of an ecobee."""

WITH_PRESETS = frozenset({"ecobee", "preset"})


@dataclass(frozen=True, slots=True)
class ThermostatKind:
    """The kind of thermostat of a life, and the units of its home."""

    shape: str
    home_unit: str
    unit: str
    """The thermostat's unit."""
    step: float
    """The step of requests, in the home's unit."""
    coarse_step: float
    """The thermostat's own step, in the home's unit."""

    def to_own_unit(self, value: float) -> float:
        """Convert to the thermostat's unit."""
        return TemperatureConverter.convert(value, self.home_unit, self.unit)

    def to_home_unit(self, value: float) -> float:
        """Convert to the home's unit."""
        return TemperatureConverter.convert(value, self.unit, self.home_unit)

    def own_setpoint_of(self, fahrenheit: float) -> float:
        """Convert a usual setpoint of this home to the thermostat's unit."""
        return self.to_own_unit(self.from_fahrenheit(fahrenheit))

    def from_celsius(self, value: float) -> float:
        """Convert to the home's unit."""
        return TemperatureConverter.convert(value, UnitOfTemperature.CELSIUS, self.home_unit)

    def from_fahrenheit(self, value: float) -> float:
        """Convert to the home's unit, rounded to the step of requests."""
        there = TemperatureConverter.convert(value, UnitOfTemperature.FAHRENHEIT, self.home_unit)
        return round(round(there / self.step) * self.step, 1)


def choose_kind(chance: Random) -> ThermostatKind:
    """Choose a home and the shape of a thermostat."""
    shape = chance.choice(SHAPES)
    is_fahrenheit = chance.random() < 0.6
    home = FAHRENHEIT if is_fahrenheit else CELSIUS
    is_coarse = is_fahrenheit and chance.random() < 0.25 and shape in {"single", "range"}
    own = CELSIUS if is_coarse or not is_fahrenheit else FAHRENHEIT
    step = 1.0 if is_fahrenheit else 0.5
    return ThermostatKind(shape, home, own, step, chance.choice([0.9, 1.8]) if is_coarse else step)


def make_thermostat(
    chance: Random, kind: ThermostatKind, name: str, loses: LosesCommands, refuses: RefusesCommands
) -> FaultyThermostat:
    """Choose a thermostat of a kind."""
    shape, own = kind.shape, kind.own_setpoint_of
    behaviors = [
        refuses,
        loses,
        *_choose_command_behavior(chance, kind),
        *_choose_display_behavior(chance, kind),
    ]
    presets = (
        {"home": own(71), "away": own(63), "sleep": own(67)} if shape in WITH_PRESETS else None
    )
    modes = {"range": HVACMode.HEAT_COOL, "auto": HVACMode.AUTO, "becomes": HVACMode.AUTO}
    limits = _choose_limits(chance, kind)
    heat = presets["home"] if presets else own(chance.choice([68, 70, 72, 74, 75]))
    spread = chance.choice([2, 4, 8])
    setting = ThermostatState(
        mode=modes.get(shape, HVACMode.HEAT),
        heat=heat,
        cool=min(heat + (spread if kind.unit == FAHRENHEIT else spread / 2), limits[1]),
        preset="home" if presets else None,
        is_range=shape in {"range", "becomes"},
    )
    step = 1 if kind.unit == FAHRENHEIT else 0.5
    return FaultyThermostat(
        name, setting, *behaviors, unit=kind.unit, step=step, limits=limits, presets=presets
    )


def _choose_limits(chance: Random, kind: ThermostatKind) -> tuple[float, float]:
    celsius = chance.choice([(7, 35), (7, 35), (16, 30), (16, 25), (10, 30)])
    low, high = (TemperatureConverter.convert(value, CELSIUS, kind.unit) for value in celsius)
    return (math.ceil(low), math.floor(high)) if kind.unit == FAHRENHEIT else (low, high)


def _choose_command_behavior(chance: Random, kind: ThermostatKind) -> list[Behavior]:
    """Choose what happens to commands."""
    shape = kind.shape
    low, high = (
        kind.own_setpoint_of(chance.choice([60, 64, 66])),
        kind.own_setpoint_of(chance.choice([72, 76, 80])),
    )
    clamps: list[Behavior | None] = [
        None,
        None,
        None,
        SilentClamp(low, high),
        DelayedClamp(low, high),
        ClampThenAdvertise(low, high),
    ]
    clamp = chance.choice(clamps) if shape in {"single", "range"} else None
    behaviors: list[Behavior] = [] if clamp is None else [clamp]
    if shape == "becomes":
        behaviors.append(BecomesRange(2))
    if shape == "auto":
        behaviors.append(SingleSetpointCooling())
    if kind.home_unit != kind.unit:
        behaviors.append(CoarserSteps(kind.coarse_step / 1.8, CELSIUS, kind.unit))
    if shape in WITH_PRESETS:
        behaviors.append(HoldsAfterWrite())
        if shape == "ecobee" or chance.random() < 0.5:
            behaviors.append(ProgramReturns("home", chance.choice([1800, 5400])))
    return behaviors


def _choose_display_behavior(chance: Random, kind: ThermostatKind) -> list[Behavior]:
    """Choose what the thermostat shows of a command, and when."""
    own = kind.own_setpoint_of
    timings: list[Behavior | None] = [
        None,
        Group(
            chance.choice([2, 3]), chance.choice([4, 10]), chance.choice(["mean", "mean", "first"])
        ),
        OldValueFirst(chance.choice([20, 60])),
        PolledDisplay(chance.choice([60, 180])),
        GlitchAfterWrite(own(chance.choice([50, 62, 64]))),
        NothingAfterWrite(),
    ]
    timing = PolledDisplay(180) if kind.shape == "ecobee" else chance.choice(timings)
    behaviors = [] if timing is None else [timing]
    if kind.shape == "single" and not isinstance(timing, PolledDisplay) and chance.random() < 0.5:
        behaviors.append(ModeFirst(chance.choice([3, 8])))
    if chance.random() < 0.5:
        default = None if chance.random() < 0.3 else own(chance.choice([50, 59, 69]))
        behaviors.append(DefaultAfterOutage(default, chance.choice([4, 12])))
    return behaviors
