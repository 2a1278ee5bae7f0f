"""The last bound of every heating setpoint: what a thermostat takes, and what pipes need."""

from dataclasses import replace

from ..grid import up
from ..model import Thermostat
from ..settings.protection import DEADBAND, FREEZE_FLOOR


def clamp(temperature: float, thermostat: Thermostat, *, single: bool = False) -> float:
    """Return the heating setpoint in °C nearest to a temperature that may be sent to a thermostat.

    Every command passes here, whatever its reason. The thermostat's own range wins over the freeze floor, since it refuses
    anything else. A range is never asked to heat to more than it cools to, unless it is told a single temperature, of which it
    makes both.
    """
    if single:
        thermostat = replace(thermostat, cooling=None)
    value = max(temperature, up(FREEZE_FLOOR, thermostat.grid))
    highest = _highest(thermostat)
    value = value if highest is None else min(value, highest)
    return value if thermostat.floor is None else max(value, thermostat.floor)


def highest_raise(thermostat: Thermostat) -> float | None:
    """Return up to what setpoint in °C a plan may raise a thermostat: of a range, a deadband under what it cools to."""
    if thermostat.cooling is None:
        return thermostat.ceiling
    below = thermostat.cooling - DEADBAND
    return below if thermostat.ceiling is None else min(below, thermostat.ceiling)


def _highest(thermostat: Thermostat) -> float | None:
    ends = [end for end in (thermostat.ceiling, thermostat.cooling) if end is not None]
    return min(ends, default=None)
