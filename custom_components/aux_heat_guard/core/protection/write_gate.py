"""The last check before a command: it must differ, not come too often, and be settled."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from ..settings.protection import (
    FAST_TRIES,
    MAX_WRITES_PER_DAY,
    MAX_WRITES_PER_HOUR,
    MIN_WRITE_INTERVAL,
    RETRY_INTERVAL,
)
from ..units import EPSILON
from .setpoint import DAY, Setpoint, is_same_setpoint

HOUR = timedelta(hours=1)


class Urgency(Enum):
    """Whether a write can wait."""

    NORMAL = auto()
    IMMEDIATE = auto()
    """The setpoint is not limited any more: the write does not wait for the write interval."""
    FINAL = auto()
    """The guard is about to stop: a write that has not arrived is repeated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredWrite:
    """A setpoint that the thermostat should have."""

    value: float
    """The setpoint in °C."""
    at: datetime
    step: float
    """The step of the thermostat's setpoint, K."""
    is_restore: bool
    """Whether the value is the requested setpoint. Such writes are not counted against a budget."""
    urgency: Urgency = Urgency.NORMAL


@dataclass(frozen=True, slots=True)
class GateResult:
    """Whether a desired write may be sent."""

    should_write: bool = False
    """Whether to write to the thermostat now."""
    due: datetime | None = None
    """When to check again."""


def check(setpoint: Setpoint, desired: DesiredWrite) -> GateResult:
    """Return whether a desired write may be sent now, or when to check again."""
    if setpoint.is_unsettled(desired.step) and not _is_final_repeat(setpoint, desired):
        return GateResult(due=setpoint.settles_at)
    if desired.urgency is Urgency.FINAL and (
        _has_other_pending_write(setpoint, desired) or _is_final_repeat(setpoint, desired)
    ):
        return GateResult(should_write=True)
    if setpoint.has_reached(desired.value, desired.step):
        return GateResult()
    retry_at = _next_retry(setpoint, desired)
    if retry_at is not None and desired.at < retry_at:
        return GateResult(due=retry_at)
    due = _next_allowed_write(setpoint, desired)
    if due is not None and desired.at < due:
        return GateResult(due=due)
    return GateResult(should_write=True)


def _has_other_pending_write(setpoint: Setpoint, desired: DesiredWrite) -> bool:
    """Return True if a different write may still arrive."""
    last = setpoint.last_write
    return last is not None and not last.arrived and abs(last.value - desired.value) >= EPSILON


def _is_final_repeat(setpoint: Setpoint, desired: DesiredWrite) -> bool:
    """Return True for a final write of a setpoint that is reported, but has not settled."""
    reported = setpoint.reported
    return (
        desired.urgency is Urgency.FINAL
        and setpoint.is_unsettled(desired.step)
        and reported is not None
        and is_same_setpoint(reported, desired.value, desired.step)
    )


def _next_retry(setpoint: Setpoint, desired: DesiredWrite) -> datetime | None:
    """Return when the last write may be repeated, or None if there is nothing to wait for."""
    last, deadline = setpoint.last_write, setpoint.readback_deadline
    if last is None or deadline is None or abs(last.value - desired.value) >= EPSILON:
        return None
    if setpoint.skips_write_interval or desired.urgency is Urgency.FINAL:
        return None
    return max(deadline, last.at + RETRY_INTERVAL) if last.tries >= FAST_TRIES else deadline


def _next_allowed_write(setpoint: Setpoint, desired: DesiredWrite) -> datetime | None:
    """Return when the next write is allowed, or None if it is allowed at once."""
    writes = setpoint.write_times
    if desired.urgency is not Urgency.NORMAL or not writes or setpoint.skips_write_interval:
        return None
    waits = [writes[-1] + MIN_WRITE_INTERVAL]
    if len(writes) >= MAX_WRITES_PER_HOUR and not desired.is_restore:
        waits.append(writes[-MAX_WRITES_PER_HOUR] + HOUR)
    if len(writes) >= MAX_WRITES_PER_DAY and not desired.is_restore:
        waits.append(writes[-MAX_WRITES_PER_DAY] + DAY)
    return max(waits)
