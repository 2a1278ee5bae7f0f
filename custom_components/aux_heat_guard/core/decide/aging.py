"""What is remembered of a setpoint loses its meaning with time, and no sooner or later where the clock was set back."""

from dataclasses import replace
from datetime import datetime, timedelta

from ..protect_settings import ECHO_LONGEST, HOLD, OVERTURNED_WITHIN, SETTLE_AFTER_OUTAGE, YIELD
from .setpoint import Provisional, Setpoint


def bounded(setpoint: Setpoint, at: datetime) -> Setpoint:
    """Drop what is over. A clock that was set back makes nothing last longer."""
    if not _is_timed(setpoint, at):
        return setpoint
    changed = replace(
        setpoint,
        held_until=_until(setpoint.held_until, at, HOLD),
        yields_until=_until(setpoint.yields_until, at, YIELD),
        overturned=tuple(min(one, at) for one in setpoint.overturned if one > at - OVERTURNED_WITHIN),
        flights=tuple(flight if flight.at <= at else replace(flight, at=at) for flight in setpoint.flights),
        provisional=_earlier(setpoint.provisional, at),
        choice_until=_until(setpoint.choice_until, at, setpoint.echo),
        preset_at=_past(setpoint.preset_at, at, ECHO_LONGEST),
        seen_again=_past(setpoint.seen_again, at, SETTLE_AFTER_OUTAGE),
    )
    return setpoint if changed == setpoint else changed


def _is_timed(setpoint: Setpoint, at: datetime) -> bool:
    """Return True if anything depends on the time. Mostly nothing does, and this is asked at each event."""
    times = (setpoint.held_until, setpoint.yields_until, setpoint.choice_until, setpoint.preset_at, setpoint.seen_again)
    if setpoint.overturned or setpoint.provisional is not None or any(time is not None for time in times):
        return True
    return any(flight.at > at for flight in setpoint.flights)


def _until(until: datetime | None, at: datetime, longest: timedelta) -> datetime | None:
    return None if until is None or until <= at else min(until, at + longest)


def _past(when: datetime | None, at: datetime, longest: timedelta) -> datetime | None:
    return None if when is None or when <= at - longest else min(when, at)


def _earlier(provisional: Provisional | None, at: datetime) -> Provisional | None:
    """Return a provisional change as it is; one from before the clock was set back begins now."""
    if provisional is None or provisional.began <= at:
        return provisional
    return Provisional(first=at, began=at, settles=at + SETTLE_AFTER_OUTAGE)
