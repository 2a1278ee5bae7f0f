"""Recognizes a thermostat's answer to a command: rounded, clamped, split into a range, or late."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from ..model import Author, Thermostat
from ..settings.protection import COARSEST_STEP, MAX_RANGE_SPLIT, SETTLE_TIME
from ..units import EPSILON
from .clamp import clamp
from .setpoint import PendingWrite, ProvisionalChange, Setpoint, is_same_setpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class SetpointReport:
    """The setpoint a thermostat reports at one time."""

    at: datetime
    setpoint: float
    """The heating setpoint, °C."""
    thermostat: Thermostat
    zone: tzinfo
    has_own_schedule: bool = False
    """Whether the user declared that the thermostat runs a schedule of its own."""

    @property
    def step(self) -> float:
        """The step of the thermostat's setpoint, K."""
        return self.thermostat.grid.step

    @property
    def author(self) -> Author:
        """Who caused the thermostat's last state change."""
        return self.thermostat.author


def is_readback(setpoint: Setpoint, last_write: PendingWrite, report: SetpointReport) -> bool:
    """Return True if the setpoint answers a command that the thermostat did not follow exactly."""
    is_near = abs(report.setpoint - last_write.value) <= MAX_RANGE_SPLIT
    is_range_split = (
        report.thermostat.cooling_setpoint is not None and not last_write.as_range and is_near
    )
    # Thermostats round the ends of their range when they report them.
    end = clamp(last_write.value, report.thermostat)
    is_clamped = (
        abs(end - last_write.value) > EPSILON
        and abs(report.setpoint - end) <= report.step + EPSILON
    )
    is_rounded = abs(report.setpoint - last_write.value) < COARSEST_STEP - EPSILON
    is_on_the_way = last_write.reported_before is None or _is_between(
        last_write.reported_before, report.setpoint, last_write.value
    )
    continues = _is_between(last_write.readback, report.setpoint, last_write.value)
    is_partial = continues or (
        is_on_the_way and (report.author is Author.GUARD or is_repeated_readback(setpoint, report))
    )
    return is_range_split or is_clamped or is_rounded or is_partial


def is_repeated_readback(setpoint: Setpoint, report: SetpointReport) -> bool:
    """Return True if an earlier command ended at the same setpoint: the thermostat clamps there."""
    return setpoint.deviating_readback is not None and is_same_setpoint(
        setpoint.deviating_readback, report.setpoint, report.step
    )


def is_earlier_value(setpoint: Setpoint, last_write: PendingWrite, report: SetpointReport) -> bool:
    """Return True if the setpoint was reported or written before the last command."""
    earlier = (
        last_write.reported_before,
        *(write.value for write in setpoint.pending_writes[:-1]),
    )
    return any(
        value is not None and is_same_setpoint(report.setpoint, value, report.step)
        for value in earlier
    )


def _is_between(previous: float | None, value: float, written: float) -> bool:
    return (
        previous is not None
        and min(previous, written) - EPSILON < value < max(previous, written) + EPSILON
    )


def can_still_arrive(setpoint: Setpoint, last_write: PendingWrite, report: SetpointReport) -> bool:
    """Return True if the written setpoint, or an outdated report, may still arrive."""
    if report.at > last_write.at + setpoint.readback_window:
        return False
    if last_write.arrived:
        return is_earlier_value(setpoint, last_write, report)
    return _is_between(last_write.reported_before, report.setpoint, last_write.value)


def can_be_late_readback(
    setpoint: Setpoint, last_write: PendingWrite, provisional: ProvisionalChange
) -> bool:
    """Return True if the change began before the readback of a command was complete.

    The members of a thermostat group answer one by one.
    """
    since = last_write.readback_at or last_write.at
    return provisional.first_seen_at <= since + (
        SETTLE_TIME if last_write.arrived else setpoint.readback_window
    )
