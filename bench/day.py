"""The day that is measured, as data.

One thermostat: an update each minute, the outdoor temperature each five minutes, and 20 runs of AUX of 12 minutes each. The room warms by
a tenth of a degree a minute while AUX runs, and loses that again until the next run: some 400 changes a day, as in a home that is heated
in swings of 1 °F. So that each update is an event, also where the room is as warm as before, the signal strength changes with each:
many thermostats tell such things, and nobody shows them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

MINUTE, HOUR, DAY = 60, 3600, 86_400
"""Seconds."""
CLIMATE_EACH, OUTDOOR_EACH = 60, 300
"""Seconds between two updates."""
RUNS = 20
RUN_SECONDS = 720
"""20 runs of 12 min are 4 h."""
RUN_EACH = DAY // RUNS
"""Seconds from the start of a run to that of the next: 72 min, so that each hour of the day is like any other."""
FIRST_RUN = 30 * MINUTE + 20
"""Seconds after midnight. No run goes over midnight, and none turns on or off together with an update."""
SETPOINT = 70.0
"""°F."""


class What(Enum):
    """What happens."""

    CLIMATE = "climate"
    OUTDOOR = "outdoor"
    TOGGLE = "toggle"
    OFF = "off"
    """Not on the day that is measured."""


@dataclass(frozen=True, slots=True)
class Happening:
    """Something a home's thermostat or outdoor sensor says."""

    at: int
    """Seconds since the midnight of the first day."""
    what: What


def happenings(begin: int, end: int) -> Iterator[Happening]:
    """Yield all that happens from one second up to another, in order."""
    for at in range(begin, end):
        if at % CLIMATE_EACH == 0:
            yield Happening(at, What.CLIMATE)
        if at % OUTDOOR_EACH == 0:
            yield Happening(at, What.OUTDOOR)
        if _since_run(at) in (0, RUN_SECONDS):
            yield Happening(at, What.TOGGLE)


def toggles(begin: int, end: int) -> Iterator[int]:
    """Yield the seconds at which AUX turns on or off."""
    return (each.at for each in happenings(begin, end) if each.what is What.TOGGLE)


def aux_runs(at: int) -> bool:
    """Tell whether AUX runs at a second."""
    return _since_run(at) < RUN_SECONDS


def aux_seconds(begin: int, end: int) -> int:
    """How long AUX runs from one second up to another."""
    return _aux_until(end) - _aux_until(begin)


def room(at: int) -> float:
    """Room temperature, °F, to a tenth as thermostats tell it."""
    since = _since_run(at)
    warmed = since / RUN_SECONDS
    cooled = (since - RUN_SECONDS) / (RUN_EACH - RUN_SECONDS)
    return round(SETPOINT - 0.5 + (warmed if since < RUN_SECONDS else 1 - cooled), 1)


def outdoor(at: int) -> float:
    """Outdoor temperature, °F: up and down between 20 and 34.4, another with each update."""
    step = at % DAY // OUTDOOR_EACH
    half = DAY // OUTDOOR_EACH // 2
    return round(20 + 0.1 * min(step, 2 * half - step), 1)


def climate_attributes(at: int) -> dict[str, Any]:
    """Tell what the thermostat says at a second: what an ecobee would."""
    running = aux_runs(at)
    return {
        "friendly_name": "Hallway",
        "hvac_modes": ["off", "heat", "cool", "heat_cool"],
        "hvac_action": "heating",
        "current_temperature": room(at),
        "temperature": SETPOINT,
        "min_temp": 45,
        "max_temp": 95,
        "supported_features": 385,
        "equipment_running": "heatPump,auxHeat1" if running else "heatPump",
        "signal_strength": -50 - at // CLIMATE_EACH % 2,
    }


def _since_run(at: int) -> int:
    return (at - FIRST_RUN) % RUN_EACH


def _aux_until(at: int) -> int:
    whole, rest = divmod(at - FIRST_RUN, RUN_EACH)
    return whole * RUN_SECONDS + min(rest, RUN_SECONDS)
