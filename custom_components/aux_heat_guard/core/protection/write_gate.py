"""The last check before a command: only what differs, not too often, not against a change that does not count yet."""

from dataclasses import dataclass, replace
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
from . import attribution
from . import setpoint as setpoints
from .setpoint import Setpoint

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Urgency(Enum):
    """Whether a wish can wait."""

    NORMAL = auto()
    IMMEDIATE = auto()
    """Nothing may limit it any more: it waits for no turn."""
    FINAL = auto()
    """Nobody will look after it: what has not been seen to arrive is told once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredWrite:
    """What should hold now."""

    value: float
    """°C"""
    at: datetime
    step: float
    """K, of the thermostat."""
    is_restore: bool
    """Whether it is what was asked for: that goes by no budget."""
    urgency: Urgency = Urgency.NORMAL


@dataclass(frozen=True, slots=True)
class GateResult:
    """What came of a wish."""

    should_write: bool = False
    """Whether the thermostat is to be told now."""
    due: datetime | None = None
    """When to ask again."""


def check(setpoint: Setpoint, desired: DesiredWrite) -> GateResult:
    """Return whether the thermostat is to be told something now, or when to ask again."""
    if setpoint.is_unsettled(desired.step) and not _is_final_repeat(setpoint, desired):
        return GateResult(due=attribution.due(setpoint))
    if desired.urgency is Urgency.FINAL and (
        _has_other_pending_write(setpoint, desired) or _is_final_repeat(setpoint, desired)
    ):
        return GateResult(should_write=True)
    if setpoints.has_reached(setpoint, desired.value, desired.step):
        return GateResult()
    again = _next_retry(setpoint, desired)
    if again is not None and desired.at < again:
        return GateResult(due=again)
    due = _next_allowed_write(setpoint, desired)
    return (
        GateResult(due=due)
        if due is not None and desired.at < due
        else GateResult(should_write=True)
    )


def trim_write_times(setpoint: Setpoint, at: datetime) -> Setpoint:
    """Let go of writes that count no more."""
    if all(at - DAY < write <= at for write in setpoint.write_times):
        return setpoint
    return replace(
        setpoint,
        write_times=tuple(write for write in setpoint.write_times if at - DAY < write <= at),
    )


def _has_other_pending_write(setpoint: Setpoint, desired: DesiredWrite) -> bool:
    """Tell whether the thermostat may still come to show something else that it was told."""
    last = setpoint.last_write
    return last is not None and not last.arrived and abs(last.value - desired.value) >= EPSILON


def _is_final_repeat(setpoint: Setpoint, desired: DesiredWrite) -> bool:
    """Return True for a last word that the thermostat shows already, but perhaps not for good."""
    is_doubtful, shown = setpoint.is_unsettled(desired.step), setpoint.reported
    return (
        desired.urgency is Urgency.FINAL
        and is_doubtful
        and shown is not None
        and setpoints.is_same_setpoint(shown, desired.value, desired.step)
    )


def _next_retry(setpoint: Setpoint, desired: DesiredWrite) -> datetime | None:
    """Return from when on the same may be told again; None: it is not the same, or nobody can wait."""
    last, awaited = setpoint.last_write, setpoint.readback_deadline
    if last is None or awaited is None or abs(last.value - desired.value) >= EPSILON:
        return None
    if setpoint.skips_write_interval or desired.urgency is Urgency.FINAL:
        return None
    return max(awaited, last.at + RETRY_INTERVAL) if last.tries >= FAST_TRIES else awaited


def _next_allowed_write(setpoint: Setpoint, desired: DesiredWrite) -> datetime | None:
    """Return from when on there may be another write; None: at once."""
    writes = setpoint.write_times
    if desired.urgency is not Urgency.NORMAL or not writes or setpoint.skips_write_interval:
        return None
    waits = [writes[-1] + MIN_WRITE_INTERVAL]
    if len(writes) >= MAX_WRITES_PER_HOUR and not desired.is_restore:
        waits.append(writes[-MAX_WRITES_PER_HOUR] + HOUR)
    if len(writes) >= MAX_WRITES_PER_DAY and not desired.is_restore:
        waits.append(writes[-MAX_WRITES_PER_DAY] + DAY)
    return max(waits)
