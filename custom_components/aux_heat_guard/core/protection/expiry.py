"""Drops expired entries from the record of a setpoint, also after the clock was set back."""

from dataclasses import replace
from datetime import datetime, timedelta

from ..settings.protection import (
    CONFLICT_PAUSE_TIME,
    CONFLICT_WINDOW,
    MANUAL_HOLD_TIME,
    MAX_READBACK_WINDOW,
    SETTLE_TIME_AFTER_OUTAGE,
)
from .setpoint import ProvisionalChange, Setpoint


def drop_expired(setpoint: Setpoint, at: datetime) -> Setpoint:
    """Return the record without expired entries.

    Nothing lasts longer because the clock was set back.
    """
    if not _is_timed(setpoint, at):
        return setpoint
    changed = replace(
        setpoint,
        hold_until=_bound_end(setpoint.hold_until, at, MANUAL_HOLD_TIME),
        pause_until=_bound_end(setpoint.pause_until, at, CONFLICT_PAUSE_TIME),
        conflicts=tuple(min(one, at) for one in setpoint.conflicts if one > at - CONFLICT_WINDOW),
        pending_writes=tuple(
            write if write.at <= at else replace(write, at=at) for write in setpoint.pending_writes
        ),
        provisional=_restart_if_future(setpoint.provisional, at),
        choice_until=_bound_end(setpoint.choice_until, at, setpoint.readback_window),
        preset_changed_at=_bound_start(setpoint.preset_changed_at, at, MAX_READBACK_WINDOW),
        outage_ended_at=_bound_start(setpoint.outage_ended_at, at, SETTLE_TIME_AFTER_OUTAGE),
    )
    return setpoint if changed == setpoint else changed


def _is_timed(setpoint: Setpoint, at: datetime) -> bool:
    """Return True if any entry depends on the time. Checked at each step, and mostly False."""
    times = (
        setpoint.hold_until,
        setpoint.pause_until,
        setpoint.choice_until,
        setpoint.preset_changed_at,
        setpoint.outage_ended_at,
    )
    if (
        setpoint.conflicts
        or setpoint.provisional is not None
        or any(time is not None for time in times)
    ):
        return True
    return any(write.at > at for write in setpoint.pending_writes)


def _bound_end(until: datetime | None, at: datetime, longest: timedelta) -> datetime | None:
    return None if until is None or until <= at else min(until, at + longest)


def _bound_start(when: datetime | None, at: datetime, longest: timedelta) -> datetime | None:
    return None if when is None or when <= at - longest else min(when, at)


def _restart_if_future(
    provisional: ProvisionalChange | None, at: datetime
) -> ProvisionalChange | None:
    """Return the provisional change, restarted if it began in the future of a clock set back."""
    if provisional is None or provisional.began_at <= at:
        return provisional
    return ProvisionalChange(
        first_seen_at=at, began_at=at, settles_at=at + SETTLE_TIME_AFTER_OUTAGE
    )
