"""Drops what has expired from the record of a setpoint, also after the clock was set back."""

from dataclasses import replace
from datetime import datetime, timedelta

from ..settings.protection import ECHO_LONGEST, HOLD, OVERTURNED_WITHIN, SETTLE_AFTER_OUTAGE, YIELD
from .setpoint import Provisional, Setpoint


def drop_expired(setpoint: Setpoint, at: datetime) -> Setpoint:
    """Return the record without expired entries. Nothing lasts longer because the clock was set back."""
    if not _is_timed(setpoint, at):
        return setpoint
    changed = replace(
        setpoint,
        held_until=_bound_end(setpoint.held_until, at, HOLD),
        yields_until=_bound_end(setpoint.yields_until, at, YIELD),
        overturned=tuple(
            min(one, at) for one in setpoint.overturned if one > at - OVERTURNED_WITHIN
        ),
        flights=tuple(
            flight if flight.at <= at else replace(flight, at=at) for flight in setpoint.flights
        ),
        provisional=_restart_if_future(setpoint.provisional, at),
        choice_until=_bound_end(setpoint.choice_until, at, setpoint.echo),
        preset_at=_bound_start(setpoint.preset_at, at, ECHO_LONGEST),
        seen_again=_bound_start(setpoint.seen_again, at, SETTLE_AFTER_OUTAGE),
    )
    return setpoint if changed == setpoint else changed


def _is_timed(setpoint: Setpoint, at: datetime) -> bool:
    """Return True if any entry depends on the time. Checked at each event, and mostly False."""
    times = (
        setpoint.held_until,
        setpoint.yields_until,
        setpoint.choice_until,
        setpoint.preset_at,
        setpoint.seen_again,
    )
    if (
        setpoint.overturned
        or setpoint.provisional is not None
        or any(time is not None for time in times)
    ):
        return True
    return any(flight.at > at for flight in setpoint.flights)


def _bound_end(until: datetime | None, at: datetime, longest: timedelta) -> datetime | None:
    return None if until is None or until <= at else min(until, at + longest)


def _bound_start(when: datetime | None, at: datetime, longest: timedelta) -> datetime | None:
    return None if when is None or when <= at - longest else min(when, at)


def _restart_if_future(provisional: Provisional | None, at: datetime) -> Provisional | None:
    """Return the provisional change; if it began in the future, before the clock was set back, it begins now."""
    if provisional is None or provisional.began <= at:
        return provisional
    return Provisional(first=at, began=at, settles=at + SETTLE_AFTER_OUTAGE)
