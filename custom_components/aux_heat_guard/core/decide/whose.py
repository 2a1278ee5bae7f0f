"""Whose hand changed the setpoint.

What shows is compared with what was told: the value of a write, or what showed before it, is its echo. Any other change is the thermostat's
own schedule where it recurs, and else somebody's hand.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from enum import Enum, auto

from ..number import EPSILON
from ..protect_settings import ECHO_LONGEST, HOLD, OVERTURNED_MOST, OVERTURNED_WITHIN, YIELD
from . import habit
from .setpoint import Flight, Setpoint, alike, is_given_back, with_change


@dataclass(frozen=True, slots=True)
class Seen:
    """What shows at an instant."""

    at: datetime
    setpoint: float
    """°C"""
    by_hand: bool
    """Whether somebody is known to have made it show that."""
    step: float
    """K"""
    zone: tzinfo
    own_schedule: bool = False
    """Whether the thermostat is said to change its setpoint by itself."""


def followed(setpoint: Setpoint, seen: Seen) -> Setpoint:
    """Take in what shows."""
    setpoint = _timed(setpoint, seen.at)
    if setpoint.pending is not None:
        shown = seen.setpoint if alike(seen.setpoint, setpoint.pending, seen.step) else setpoint.shown
        setpoint = replace(setpoint, requested=setpoint.pending, shown=shown, pending=None)
    if setpoint.shown is None or setpoint.requested is None:
        requested = seen.setpoint if setpoint.requested is None else setpoint.requested
        return replace(setpoint, shown=seen.setpoint, requested=requested)
    if not alike(seen.setpoint, setpoint.shown, seen.step):
        return _changed(setpoint, seen)
    if setpoint.returned is not None and seen.at >= setpoint.returned + setpoint.echo:
        return _by_hand(setpoint, seen)
    return setpoint


def _timed(setpoint: Setpoint, at: datetime) -> Setpoint:
    """Let go of what is over; a clock that was set back makes nothing last longer."""
    held, yields = (None if until is None or until <= at else until for until in (setpoint.held_until, setpoint.yields_until))
    held = None if held is None else min(held, at + HOLD)
    yields = None if yields is None else min(yields, at + YIELD)
    overturned = setpoint.overturned
    if overturned and overturned[0] <= at - OVERTURNED_WITHIN:
        overturned = tuple(one for one in overturned if one > at - OVERTURNED_WITHIN)
    if (held, yields, overturned) == (setpoint.held_until, setpoint.yields_until, setpoint.overturned):
        return setpoint
    return replace(setpoint, held_until=held, yields_until=yields, overturned=overturned)


def _changed(setpoint: Setpoint, seen: Seen) -> Setpoint:
    """Take in that it shows something else."""
    whose, last = _whose(setpoint, seen), setpoint.told
    setpoint = replace(setpoint, shown=seen.setpoint, returned=seen.at if whose is _Whose.DOUBTFUL else None)
    if last is None or whose is _Whose.OTHERS:
        return _foreign(setpoint, seen)
    match whose:
        case _Whose.ECHO:
            return _arrived(setpoint, last, seen)
        case _Whose.ANSWER:
            return _arrived(setpoint, replace(last, answer=seen.setpoint), seen)
        case _Whose.RESUMED:
            return replace(_arrived(setpoint, last, seen), requested=seen.setpoint)
        case _:
            return setpoint


class _Whose(Enum):
    """Whose a change is."""

    ECHO = auto()
    """Of the last write."""
    ANSWER = auto()
    """To the last write, by a thermostat with other steps."""
    RESUMED = auto()
    """What a thermostat went back to that was told to go on as before."""
    OLD = auto()
    """A late report of what it was before."""
    DOUBTFUL = auto()
    """A late report, unless it stays."""
    OTHERS = auto()


def _whose(setpoint: Setpoint, seen: Seen) -> _Whose:
    last = setpoint.told
    if last is None:
        return _Whose.OTHERS
    in_time = seen.at <= last.at + setpoint.echo
    if alike(seen.setpoint, last.value, seen.step) and (in_time or not last.arrived):
        return _Whose.ECHO
    is_theirs = seen.by_hand and (last.origin.is_ours or last.arrived)
    return _Whose.OTHERS if is_theirs or not in_time else _in_time(setpoint.flights, last, seen)


def _in_time(flights: Sequence[Flight], last: Flight, seen: Seen) -> _Whose:
    """Tell whose a change is that comes soon after a write, and by nobody in Home Assistant."""
    if last.resumes:
        return _Whose.RESUMED
    earlier = (last.before, *(flight.value for flight in flights[:-1]))
    if any(value is not None and alike(seen.setpoint, value, seen.step) for value in earlier):
        return _Whose.DOUBTFUL if last.arrived else _Whose.OLD
    is_near = abs(seen.setpoint - last.value) <= seen.step + EPSILON
    return _Whose.ANSWER if is_near and not last.arrived else _Whose.OTHERS


def _arrived(setpoint: Setpoint, last: Flight, seen: Seen) -> Setpoint:
    lag = setpoint.lag if last.arrived else max(seen.at - last.at, timedelta(0))
    flights = (*setpoint.flights[:-1], replace(last, arrived=True))
    # Once it is given back, another preset may hold before the next limit.
    preset = None if last.resumes or is_given_back(setpoint, last) else setpoint.preset
    return replace(setpoint, flights=flights, preset=preset, lag=min(lag, ECHO_LONGEST))


def _foreign(setpoint: Setpoint, seen: Seen) -> Setpoint:
    """Take in a change that is not ours."""
    recurs = not seen.by_hand and habit.recurs(setpoint.changes, seen.at, seen.setpoint, seen.zone, said=seen.own_schedule)
    if not recurs:
        return _by_hand(setpoint, seen)
    # What they had asked for before they agreed to a proposal is over with that.
    flights = tuple(flight for flight in setpoint.flights if not flight.origin.is_theirs)
    return replace(setpoint, requested=seen.setpoint, flights=flights, changes=with_change(setpoint.changes, seen.at, seen.setpoint))


def _by_hand(setpoint: Setpoint, seen: Seen) -> Setpoint:
    last = setpoint.told
    overturned, yields = setpoint.overturned, setpoint.yields_until
    if last is not None and seen.at <= last.at + setpoint.echo:
        overturned = (*overturned, seen.at)
        if len(overturned) > OVERTURNED_MOST:
            overturned, yields = (), seen.at + YIELD
    return replace(
        setpoint,
        requested=seen.setpoint,
        planned=None,
        returned=None,
        held_until=seen.at + HOLD,
        yields_until=yields,
        overturned=overturned,
        changes=with_change(setpoint.changes, seen.at, seen.setpoint),
        preset=None,
        # What has not arrived yet may still come, over what somebody has set.
        flights=tuple(flight for flight in setpoint.flights if _may_arrive(flight, setpoint, seen)),
    )


def _may_arrive(flight: Flight, setpoint: Setpoint, seen: Seen) -> bool:
    return not flight.arrived and not flight.origin.is_theirs and seen.at <= flight.at + setpoint.echo
