"""Builds every command: the guard's own within the thermostat's range and above the freeze floor.

A request that the guard does not limit is forwarded unchanged. No other module of the core
constructs a Command.
"""

from dataclasses import replace

from ..grid import round_up
from ..model import Command, Thermostat
from ..settings.protection import DEADBAND, FREEZE_FLOOR


def build_command(
    temperature: float,
    thermostat: Thermostat,
    *,
    single: bool = False,
    cooling_setpoint: float | None = None,
) -> Command:
    """Return the command for a heating setpoint in °C, clamped to what may be sent.

    `single` sends one temperature to a thermostat that has a range.
    """
    return Command(
        setpoint=clamp(temperature, thermostat, single=single),
        is_single=single,
        cooling_setpoint=None if single else cooling_setpoint,
    )


def forward_command(temperature: float) -> Command:
    """Return the command for a request in °C that the guard does not limit.

    The setpoint is the user's own: it is sent unchanged, and the thermostat may refuse it.
    """
    return Command(setpoint=temperature)


def clamp(temperature: float, thermostat: Thermostat, *, single: bool = False) -> float:
    """Return the heating setpoint in °C nearest to a temperature that may be sent.

    The thermostat's own range wins over the freeze floor, since the thermostat refuses anything
    else. The heating end of a range never exceeds its cooling end, unless `single` is set: then the
    thermostat makes both ends of one temperature.
    """
    if single:
        thermostat = replace(thermostat, cooling_setpoint=None)
    value = max(temperature, round_up(FREEZE_FLOOR, thermostat.grid))
    highest = _highest_setpoint(thermostat)
    value = value if highest is None else min(value, highest)
    return value if thermostat.min_setpoint is None else max(value, thermostat.min_setpoint)


def recovery_ceiling(thermostat: Thermostat) -> float | None:
    """Return the highest setpoint in °C for a recovery plan, or None if there is no limit.

    The heating end of a range stays a deadband below its cooling end.
    """
    if thermostat.cooling_setpoint is None:
        return thermostat.max_setpoint
    highest = thermostat.cooling_setpoint - DEADBAND
    return highest if thermostat.max_setpoint is None else min(highest, thermostat.max_setpoint)


def _highest_setpoint(thermostat: Thermostat) -> float | None:
    ends = [
        end for end in (thermostat.max_setpoint, thermostat.cooling_setpoint) if end is not None
    ]
    return min(ends, default=None)
