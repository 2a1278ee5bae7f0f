"""The heating setpoint: who asked for what, and what the thermostat was told."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from ..number import EPSILON
from ..protect_settings import CHANGES_KEPT, ECHO_LAGS, ECHO_LONGEST, ECHO_MARGIN, ECHO_WITHIN, TRIES
from .habit import Change

HALF = 0.5
"""Of a step: nearer, two setpoints are the same one."""


class Origin(StrEnum):
    """Why the thermostat was told something."""

    DECIDED = "decided"
    GIVEN_BACK = "given_back"
    """What was asked for, or as much of it as the thermostat can be told."""
    CALLED = "called"
    """It went along with somebody's call: what comes of it then looks like theirs."""
    HANDED_ON = "handed_on"
    """As somebody said it, where nobody holds the thermostat to it."""
    ACCEPTED = "accepted"
    """As it was proposed, and somebody agreed. Nobody holds the thermostat to that either; what they had asked for is remembered."""

    @property
    def is_ours(self) -> bool:
        """Whether nobody called for it."""
        return self in {Origin.DECIDED, Origin.GIVEN_BACK}

    @property
    def is_theirs(self) -> bool:
        """Whether it is theirs to change again: nothing is told once more, or given back."""
        return self in {Origin.HANDED_ON, Origin.ACCEPTED}


@dataclass(frozen=True, slots=True)
class Flight:
    """Something the thermostat was told, °C."""

    value: float
    before: float | None
    """What it showed then."""
    at: datetime
    tries: int = 1
    arrived: bool = False
    answer: float | None = None
    """What it shows in the place of that: its steps are other ones."""
    resumes: bool = False
    """Whether it was also told to go on as before, with whatever setpoint that has."""
    origin: Origin = Origin.DECIDED


@dataclass(frozen=True, slots=True)
class Setpoint:
    """What is remembered of it. Temperatures °C."""

    requested: float | None = None
    """What people asked for, or their schedule did."""
    shown: float | None = None
    """What the thermostat showed last."""
    flights: tuple[Flight, ...] = ()
    """What it was told, the last one at the end; those before it only while an echo may come."""
    returned: datetime | None = None
    """Since when it shows again what it showed before the last write, though that had arrived: an old report, or a hand."""
    held_until: datetime | None = None
    """Until then nothing is limited: somebody changed it by hand."""
    yields_until: datetime | None = None
    """The same, for somebody did so again and again."""
    overturned: tuple[datetime, ...] = ()
    """When what was written a moment ago was changed by somebody else."""
    changes: tuple[Change, ...] = ()
    """What was changed, by whomever but us."""
    scheduled: float | None = None
    """What the plan asked for last."""
    planned: float | None = None
    """What the plan came to ask for while a hand held; that counts after it, unless somebody asks for something else."""
    pending: float | None = None
    """What was asked for while it was off: that counts when it heats again."""
    preset: str | None = None
    """Which preset held before the first write."""
    writes: tuple[datetime, ...] = ()
    """When it was told something in the last day that nobody called for."""
    lag: timedelta = timedelta(0)
    """How long it took to answer the last time."""

    @property
    def told(self) -> Flight | None:
        """What it was told last."""
        return self.flights[-1] if self.flights else None

    @property
    def left(self) -> float | None:
        """What the thermostat was left with, °C, where that is not what was asked for."""
        told = self.told
        if told is None or told.origin.is_theirs or is_given_back(self, told):
            return None
        return told.value

    @property
    def echo(self) -> timedelta:
        """How long an echo may take."""
        return min(max(ECHO_WITHIN, ECHO_LAGS * self.lag + ECHO_MARGIN), ECHO_LONGEST)

    @property
    def awaited(self) -> datetime | None:
        """Until when the answer to the last write is waited for; None: it has come, or nothing was written."""
        told = self.told
        return None if told is None or told.arrived else told.at + self.echo


UNKNOWN = Setpoint()


def is_ignored(setpoint: Setpoint, at: datetime) -> bool:
    """Tell whether the thermostat does not take what it was told again and again."""
    told, awaited = setpoint.told, setpoint.awaited
    if told is None or awaited is None or told.origin.is_theirs or told.tries < TRIES:
        return False
    return told.tries > TRIES or at >= awaited


def asked(setpoint: Setpoint, temperature: float, at: datetime) -> Setpoint:
    """Take in what somebody, or something, asks for through us; if it does so each day, that will be known."""
    changes = with_change(setpoint.changes, at, temperature)
    return replace(setpoint, requested=temperature, planned=None, pending=None, changes=changes)


def asked_while_off(setpoint: Setpoint, temperature: float) -> Setpoint:
    """Take in what somebody asks for while nothing is heated."""
    return replace(setpoint, pending=temperature)


def unasked(setpoint: Setpoint) -> Setpoint:
    """Take in that the thermostat does something else than heating: what was asked for while it was off was meant for that."""
    return setpoint if setpoint.pending is None else replace(setpoint, pending=None)


def handed_on(setpoint: Setpoint, temperature: float, at: datetime) -> Setpoint:
    """Take in that the thermostat is told just that, and that nobody holds it to it: when it shows, that is no change."""
    free = replace(setpoint, requested=temperature, planned=None, flights=())
    return replace(told(free, temperature, at, origin=Origin.HANDED_ON), preset=None)


def recovered(setpoint: Setpoint, temperature: float) -> Setpoint:
    """Take in that the time has come for which somebody asked for a temperature."""
    return replace(setpoint, requested=temperature)


def withdrawn(setpoint: Setpoint, before: Setpoint, after: Setpoint) -> Setpoint:
    """Take back what somebody asked for: the thermostat refused it. What was asked for since then stands."""
    if setpoint.requested != after.requested or setpoint.told != after.told:
        return setpoint
    return replace(
        setpoint,
        requested=before.requested,
        flights=before.flights,
        changes=before.changes,
        preset=before.preset,
        planned=before.planned,
        pending=before.pending,
    )


def untold(setpoint: Setpoint, before: Setpoint) -> Setpoint:
    """Take back that the thermostat was told something last: it refused. What showed meanwhile stands."""
    return replace(setpoint, flights=before.flights, preset=before.preset)


def held_to(setpoint: Setpoint) -> Setpoint:
    """Hold the thermostat to what it was told last, though that was somebody else's."""
    last = setpoint.told
    if last is None or not last.origin.is_theirs:
        return setpoint
    return replace(setpoint, flights=(*setpoint.flights[:-1], replace(last, origin=Origin.DECIDED)))


def with_nothing_left(setpoint: Setpoint) -> Setpoint:
    """Take in that the thermostat shows what was asked for, or as much of it as it can."""
    last = setpoint.told
    if last is None or not last.origin.is_ours:
        return setpoint
    return replace(setpoint, flights=(*setpoint.flights[:-1], replace(last, origin=Origin.GIVEN_BACK)))


def told(  # noqa: PLR0913 -- what a call says
    setpoint: Setpoint,
    value: float,
    at: datetime,
    preset: str | None = None,
    *,
    resumes: bool = False,
    origin: Origin = Origin.DECIDED,
) -> Setpoint:
    """Take in what the thermostat is told, and the preset that holds."""
    last = setpoint.told
    is_again = origin.is_ours and last is not None and not last.arrived and abs(last.value - value) < EPSILON
    tries = last.tries + 1 if last is not None and is_again else 1
    arrived = setpoint.shown is not None and abs(setpoint.shown - value) < EPSILON
    flight = Flight(value, setpoint.shown, at, tries, arrived, resumes=resumes, origin=origin)
    is_free = last is None or is_given_back(setpoint, last)
    remembered = preset if is_free and not resumes else setpoint.preset
    # Each may still be answered.
    flights = (*(one for one in setpoint.flights if one.at > at - setpoint.echo), flight)
    # How often somebody calls is their own matter: limits do not move more seldom for it.
    writes = setpoint.writes if not origin.is_ours else (*setpoint.writes, _second(at))
    return replace(setpoint, flights=flights, preset=remembered, returned=None, writes=writes)


def planned(setpoint: Setpoint, wanted: float) -> Setpoint:
    """Take in what a plan asks for: where that is something else than before, it is what is requested."""
    if setpoint.scheduled is not None and abs(setpoint.scheduled - wanted) < EPSILON:
        return setpoint if setpoint.planned is None else replace(setpoint, requested=setpoint.planned, planned=None)
    return replace(setpoint, requested=wanted, scheduled=wanted, planned=None)


def noted(setpoint: Setpoint, wanted: float) -> Setpoint:
    """Take in what a plan asks for while a hand holds: it waits until that is over."""
    if setpoint.scheduled is not None and abs(setpoint.scheduled - wanted) < EPSILON:
        return setpoint
    return replace(setpoint, scheduled=wanted, planned=wanted)


def is_given_back(setpoint: Setpoint, flight: Flight) -> bool:
    """Tell whether what the thermostat was told is what was asked for."""
    if flight.origin is Origin.GIVEN_BACK:
        return True
    return setpoint.requested is not None and abs(flight.value - setpoint.requested) < EPSILON


def is_answered(setpoint: Setpoint, value: float, step: float) -> bool:
    """Tell whether the thermostat shows a value, or what it makes of it."""
    shown, last = setpoint.shown, setpoint.told
    if shown is None:
        return False
    if alike(shown, value, step):
        return True
    return last is not None and last.answer is not None and abs(last.value - value) < EPSILON and alike(shown, last.answer, step)


def alike(one: float, other: float, step: float) -> bool:
    """Tell whether two setpoints are the same one for a thermostat of such steps."""
    return abs(one - other) < HALF * step + EPSILON


def with_change(changes: Sequence[Change], at: datetime, value: float) -> tuple[Change, ...]:
    """Keep a change beside those before, but not for ever."""
    return (*changes, Change(_second(at), value))[-CHANGES_KEPT:]


def _second(at: datetime) -> datetime:
    """Tell when something was that is kept for days: to the second, as it is written down."""
    return at.replace(microsecond=0)
