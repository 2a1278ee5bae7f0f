"""The last bound of every heating setpoint: what a thermostat takes, and what pipes need."""

from dataclasses import replace

from ..grid import round_up
from ..model import Thermostat
from ..settings.protection import DEADBAND, FREEZE_FLOOR


def clamp(temperature: float, thermostat: Thermostat, *, single: bool = False) -> float:
    """Return the heating setpoint in °C nearest to a temperature that may be sent to a thermostat.

    Every command passes here, whatever its reason. The thermostat's own range wins over the freeze floor, since it refuses
    anything else. A range is never asked to heat to more than it cools to, unless it is told a single temperature, of which it
    makes both.
    """
    if single:
        thermostat = replace(thermostat, cooling_setpoint=None)
    value = max(temperature, round_up(FREEZE_FLOOR, thermostat.grid))
    highest = _highest_setpoint(thermostat)
    value = value if highest is None else min(value, highest)
    return value if thermostat.min_setpoint is None else max(value, thermostat.min_setpoint)


def recovery_ceiling(thermostat: Thermostat) -> float | None:
    """Return up to what setpoint in °C a plan may raise a thermostat: of a range, a deadband under what it cools to."""
    if thermostat.cooling_setpoint is None:
        return thermostat.max_setpoint
    below = thermostat.cooling_setpoint - DEADBAND
    return below if thermostat.max_setpoint is None else min(below, thermostat.max_setpoint)


def _highest_setpoint(thermostat: Thermostat) -> float | None:
    ends = [
        end for end in (thermostat.max_setpoint, thermostat.cooling_setpoint) if end is not None
    ]
    return min(ends, default=None)
