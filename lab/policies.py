"""Schedules of people, and the policies that are compared with the guard."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from lab.units import K_PER_F, S_PER_H, celsius

HOURS_PER_DAY = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A day that repeats. The default is the benchmark's: 70 °F from 6 to 22 h, 62 °F at night."""

    comfort_c: float = celsius(70.0)
    setback_c: float = celsius(62.0)
    from_h: float = 6.0
    until_h: float = 22.0

    def setpoint_at(self, at: datetime) -> float:
        """Return the scheduled setpoint at an instant, °C."""
        return self.comfort_c if self.from_h <= hour_of(at) < self.until_h else self.setback_c

    def hours_until_comfort(self, at: datetime) -> float:
        """Return the hours until the comfort setpoint starts; 0 while it holds."""
        hour = hour_of(at)
        return 0.0 if self.from_h <= hour < self.until_h else (self.from_h - hour) % HOURS_PER_DAY


def hour_of(at: datetime) -> float:
    """Return the hour of the day."""
    return (at - at.replace(hour=0, minute=0, second=0, microsecond=0)).total_seconds() / S_PER_H


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyView:
    """What a thermostat's owner sees at an instant; temperatures °C."""

    at: datetime
    room_c: float
    outdoor_c: float
    heating: bool
    """Whether the thermostat calls for heat."""
    strips: bool
    setpoint_c: float
    """What the thermostat shows."""
    forecast: tuple[tuple[datetime, float], ...]


class Policy(Protocol):
    """Decides on the setpoint, minute by minute."""

    def setpoint_c(self, seen: PolicyView) -> float:
        """Return the setpoint at an instant, °C."""


@dataclass(frozen=True, slots=True)
class ScheduledSetpoint:
    """The schedule as it is."""

    schedule: Schedule

    def setpoint_c(self, seen: PolicyView) -> float:
        """Return the scheduled setpoint."""
        return self.schedule.setpoint_at(seen.at)


@dataclass(frozen=True, slots=True)
class ConstantSetpoint:
    """No setback."""

    schedule: Schedule

    def setpoint_c(self, _seen: PolicyView) -> float:
        """Return the comfort setpoint."""
        return self.schedule.comfort_c


@dataclass(frozen=True, slots=True)
class RampedSetpoint:
    """Rises at a fixed rate, so that comfort is reached in time."""

    schedule: Schedule
    f_per_h: float

    def setpoint_c(self, seen: PolicyView) -> float:
        """Return the setpoint of the rise."""
        schedule, left_h = self.schedule, self.schedule.hours_until_comfort(seen.at)
        return max(
            schedule.setpoint_at(seen.at), schedule.comfort_c - self.f_per_h * K_PER_F * left_h
        )
