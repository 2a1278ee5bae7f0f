"""The measured day, as data.

One thermostat has an update each minute, the outdoor temperature each five minutes, and 20 aux
heat runs of 12 minutes each. The room warms by a tenth of a degree a minute during a run, and cools
by as much until the next run. These are some 400 changes a day, as in a home heated in swings of
1 °F. The signal strength changes with each update, so that each update is an event even if the room
temperature is unchanged. Many thermostats report such values, and no entity shows them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from operator import attrgetter
from typing import Any

MINUTE, HOUR, DAY = 60, 3600, 86_400
"""Seconds."""
CLIMATE_EACH, OUTDOOR_EACH = 60, 300
"""Seconds between two updates."""
RUNS = 20
RUN_SECONDS = 720
"""20 runs of 12 min are 4 h."""
RUN_EACH = DAY // RUNS
"""Seconds from the start of a run to the start of the next: 72 min, so that all hours of the day
are alike."""
FIRST_RUN = 30 * MINUTE + 20
"""Seconds after midnight. No run goes over midnight, and none turns on or off together with an
update."""
DAILY_SHIFT = 24 * MINUTE
"""The delay of the runs on every other day. If all days were alike, figures of the last 24 hours
would never change."""
SETPOINT = 70.0
"""°F."""


class EventKind(Enum):
    """The kind of a report."""

    CLIMATE = "climate"
    OUTDOOR = "outdoor"
    TOGGLE = "toggle"


@dataclass(frozen=True, slots=True)
class SourceEvent:
    """A report of a home's thermostat or outdoor sensor."""

    at: int
    """Seconds since the midnight of the first day."""
    kind: EventKind


def list_events(begin: int, end: int) -> list[SourceEvent]:
    """Return all reports from one second up to another, in order."""
    said = [
        *(
            SourceEvent(at, EventKind.CLIMATE)
            for at in _multiples_between(CLIMATE_EACH, begin, end)
        ),
        *(
            SourceEvent(at, EventKind.OUTDOOR)
            for at in _multiples_between(OUTDOOR_EACH, begin, end)
        ),
        *(SourceEvent(at, EventKind.TOGGLE) for at in aux_toggles(begin, end)),
    ]
    return sorted(said, key=attrgetter("at"))


def aux_toggles(begin: int, end: int) -> Iterator[int]:
    """Yield the seconds at which aux heat turns on or off."""
    for number in range(begin // DAY, end // DAY + 1):
        first = number * DAY + _first_run(number)
        for start in range(first, first + DAY, RUN_EACH):
            yield from (at for at in (start, start + RUN_SECONDS) if begin <= at < end)


def is_aux_on(at: int) -> bool:
    """Return True if aux heat is on at a second."""
    return _seconds_since_run_start(at) < RUN_SECONDS


def aux_seconds(begin: int, end: int) -> int:
    """Return the seconds of aux heat from one second up to another."""
    return _aux_until(end) - _aux_until(begin)


def room_f(at: int) -> float:
    """Return the room temperature in °F, to a tenth as thermostats report it."""
    since = _seconds_since_run_start(at)
    warmed = since / RUN_SECONDS
    cooled = (since - RUN_SECONDS) / (RUN_EACH - RUN_SECONDS)
    return round(SETPOINT - 0.5 + (warmed if since < RUN_SECONDS else 1 - cooled), 1)


def outdoor_f(at: int) -> float:
    """Return the outdoor temperature in °F: between 20 and 34.4, new with each update."""
    step = at % DAY // OUTDOOR_EACH
    half = DAY // OUTDOOR_EACH // 2
    return round(20 + 0.1 * min(step, 2 * half - step), 1)


def climate_attributes(at: int) -> dict[str, Any]:
    """Return the state of the thermostat at a second, as an ecobee reports it."""
    running = is_aux_on(at)
    return {
        "friendly_name": "Hallway",
        "hvac_modes": ["off", "heat", "cool", "heat_cool"],
        "hvac_action": "heating",
        "current_temperature": room_f(at),
        "temperature": SETPOINT,
        "min_temp": 45,
        "max_temp": 95,
        "supported_features": 385,
        "equipment_running": "heatPump,auxHeat1" if running else "heatPump",
        "signal_strength": -50 - at // CLIMATE_EACH % 2,
    }


def _multiples_between(each: int, begin: int, end: int) -> range:
    return range(-(-begin // each) * each, end, each)


def _first_run(number: int) -> int:
    return FIRST_RUN + number % 2 * DAILY_SHIFT


def _seconds_since_run_start(at: int) -> int:
    number, second = divmod(at, DAY)
    return (second - _first_run(number)) % RUN_EACH


def _aux_until(at: int) -> int:
    number, second = divmod(at, DAY)
    runs, rest = divmod(max(second - _first_run(number), 0), RUN_EACH)
    return (number * RUNS + runs) * RUN_SECONDS + min(rest, RUN_SECONDS)
