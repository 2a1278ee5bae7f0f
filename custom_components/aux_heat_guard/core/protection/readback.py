"""Recognizes a thermostat's answer to a command: rounded, clamped, split into a range, or late."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from ..model import Author, Thermostat
from ..settings.protection import COARSER_STEP, SETTLE, SPLIT_WIDEST
from ..units import EPSILON
from .clamp import clamp
from .setpoint import Flight, Provisional, Setpoint, alike


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The setpoint a thermostat shows at one time."""

    at: datetime
    setpoint: float
    """The heating setpoint, °C."""
    thermostat: Thermostat
    zone: tzinfo
    own_schedule: bool = False
    """Whether the thermostat is said to change its setpoint by itself."""

    @property
    def step(self) -> float:
        """The step of the thermostat's setpoint, K."""
        return self.thermostat.grid.step

    @property
    def author(self) -> Author:
        """Who caused the thermostat's last state change."""
        return self.thermostat.author


def is_answer(setpoint: Setpoint, last: Flight, seen: Seen) -> bool:
    """Return True if the setpoint is the thermostat's answer to a command that it did not follow exactly."""
    is_near = abs(seen.setpoint - last.value) <= SPLIT_WIDEST
    has_turned = seen.thermostat.cooling is not None and not last.as_range and is_near
    # Ends are rounded as they are shown.
    end = clamp(last.value, seen.thermostat)
    is_clamped = abs(end - last.value) > EPSILON and abs(seen.setpoint - end) <= seen.step + EPSILON
    is_rounded = abs(seen.setpoint - last.value) < COARSER_STEP - EPSILON
    is_on_the_way = last.before is None or _is_between(last.before, seen.setpoint, last.value)
    goes_on = _is_between(last.answer, seen.setpoint, last.value)
    is_short_of_it = goes_on or (
        is_on_the_way and (seen.author is Author.GUARD or ended_there(setpoint, seen))
    )
    return has_turned or is_clamped or is_rounded or is_short_of_it


def ended_there(setpoint: Setpoint, seen: Seen) -> bool:
    """Return True if an earlier command ended at the same setpoint: two commands that do are clamped there."""
    return setpoint.ended is not None and alike(setpoint.ended, seen.setpoint, seen.step)


def is_earlier(setpoint: Setpoint, last: Flight, seen: Seen) -> bool:
    """Return True if the setpoint was shown or commanded before the last command."""
    earlier = (last.before, *(flight.value for flight in setpoint.flights[:-1]))
    return any(value is not None and alike(seen.setpoint, value, seen.step) for value in earlier)


def _is_between(before: float | None, value: float, told: float) -> bool:
    return before is not None and min(before, told) - EPSILON < value < max(before, told) + EPSILON


def may_still_answer(setpoint: Setpoint, last: Flight, seen: Seen) -> bool:
    """Return True if the setpoint may be on the way to the commanded one, or an old report of a slow thermostat."""
    if seen.at > last.at + setpoint.echo:
        return False
    if last.arrived:
        return is_earlier(setpoint, last, seen)
    return _is_between(last.before, seen.setpoint, last.value)


def may_be_late(setpoint: Setpoint, last: Flight, provisional: Provisional) -> bool:
    """Return True if the change began before the answer to a command was complete: a group answers member by member."""
    since = last.answered or last.at
    return provisional.first <= since + (SETTLE if last.arrived else setpoint.echo)
