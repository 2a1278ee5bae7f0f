"""The heating setpoint: who asked for what, and what the thermostat was told."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from ..model import Request, Thermostat
from ..settings.protection import (
    CHANGES_KEPT,
    ECHO_LAGS,
    ECHO_LONGEST,
    ECHO_MARGIN,
    ECHO_WITHIN,
    TRIES,
)
from ..units import EPSILON
from .schedule_learning import Change

USUAL_STEP = 0.5
"""K. As thermostats have them."""

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


ASKED = frozenset({Origin.CALLED, Origin.HANDED_ON})
"""Somebody asked for a temperature: that is a hold of its own, and no preset comes after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flight:
    """Something the thermostat was told, °C."""

    value: float
    at: datetime
    before: float | None = None
    """What it showed then; None: it showed no heating setpoint."""
    tries: int = 1
    arrived: bool = False
    """Whether the thermostat has shown it, or its answer to it."""
    answer: float | None = None
    """What it shows in the place of that: it rounds, or takes no such setpoint."""
    answered: datetime | None = None
    """When it came to show that."""
    resumes: bool = False
    """Whether it was also told to go on as before, with whatever setpoint that has."""
    origin: Origin = Origin.DECIDED
    as_range: bool = False
    """Whether it was told as the heating end of a range."""
    is_split: bool = False
    """Whether it was told as one temperature to a thermostat that has a range: it makes both ends of that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provisional:
    """A change at the thermostat that does not count yet: it may be a glitch, or a late answer."""

    first: datetime
    """Since when the thermostat shows something unexpected, outages included."""
    began: datetime
    """The same since the last outage, flicker included."""
    settles: datetime
    """When the present value counts, if it stands until then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setpoint:
    """What is remembered of it. Temperatures °C."""

    requested: float | None = None
    """What people asked for, or their schedule did."""
    single: bool = False
    """Whether somebody asked for it as one temperature of a thermostat that has a range."""
    shown: float | None = None
    """What the thermostat showed last."""
    flights: tuple[Flight, ...] = ()
    """What it was told, the last one at the end; those before it only while an echo may come."""
    provisional: Provisional | None = None
    """Whether what it shows counts yet."""
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
    cooling: float | None = None
    """What somebody asked to be cooled to through us, as long as the thermostat does not show it."""
    cooling_before: float | None = None
    """What the thermostat cooled to when they asked for that."""
    choice_until: datetime | None = None
    """Until when a changed setpoint is what comes of a preset or mode that somebody chose through us."""
    chosen_preset: str | None = None
    """The preset that they chose; None: a mode."""
    chosen_in: str | None = None
    """The mode in which they chose it; None: the thermostat has left that."""
    preset: str | None = None
    """Which preset held before the first write."""
    presets: tuple[str, ...] = ()
    """Which presets the thermostat showed, each once, the present one at the end."""
    preset_at: datetime | None = None
    """When it changed its preset lately."""
    is_preset_back: bool = False
    """Whether that was to one that it had shown before."""
    writes: tuple[datetime, ...] = ()
    """When it was told something in the last day that nobody called for."""
    lag: timedelta = timedelta(0)
    """How long it took to answer the last time."""
    ended: float | None = None
    """Where the last command ended that did not arrive."""
    is_unseen: bool = False
    """Whether the thermostat shows no setpoint at the moment, or the guard has not looked yet."""
    seen_again: datetime | None = None
    """Since when it shows one again: it may be a default for a while."""
    left_behind: bool = False
    """Whether the guard ended before it saw the thermostat take back what was asked for."""
    skips_turn: bool = False
    """Whether the next write comes at once: the guard has just started, or somebody chose a preset or mode."""
    last_cooled: bool = False
    """Whether it cooled when it last did anything."""

    @property
    def told(self) -> Flight | None:
        """What it was told last."""
        return self.flights[-1] if self.flights else None

    @property
    def left(self) -> float | None:
        """What the thermostat was left with, °C, where that is not what was asked for, as far as it shows."""
        told = self.told
        if told is None or told.origin.is_theirs:
            return None
        if not is_given_back(self, told):
            return told.value
        is_shown = self.shown is None or alike(self.shown, told.value, USUAL_STEP)
        return self.shown if self.left_behind and not told.arrived and not is_shown else None

    @property
    def echo(self) -> timedelta:
        """How long an echo may take."""
        return min(max(ECHO_WITHIN, ECHO_LAGS * self.lag + ECHO_MARGIN), ECHO_LONGEST)

    @property
    def awaited(self) -> datetime | None:
        """Until when the answer to the last write is waited for; None: it has come, or nothing was written."""
        told = self.told
        return None if told is None or told.arrived else told.at + self.echo

    @property
    def expected(self) -> tuple[float, ...]:
        """What the thermostat should show if nobody changed it, °C: what it was told last, or what it makes of that.

        Until that has arrived, it may as well show what it showed before.
        """
        told = self.told
        if told is None:
            return () if self.requested is None else (self.requested,)
        shown = (
            None if told.is_split else told.value,
            told.answer if told.arrived else told.before,
        )
        return tuple(value for value in shown if value is not None)

    def is_expected(self, value: float, step: float) -> bool:
        """Return True if a setpoint in °C is what the thermostat should show."""
        return any(alike(value, expected, step) for expected in self.expected)

    def is_doubtful(self, step: float) -> bool:
        """Return True while the thermostat shows a change that does not count yet. Nothing may be written against it."""
        return (
            self.provisional is not None
            and self.shown is not None
            and not self.is_expected(self.shown, step)
        )


UNKNOWN = Setpoint()


def is_ignored(setpoint: Setpoint, at: datetime) -> bool:
    """Tell whether the thermostat does not take what it was told again and again."""
    told, awaited = setpoint.told, setpoint.awaited
    if told is None or awaited is None or told.origin.is_theirs or told.tries < TRIES:
        return False
    return told.tries > TRIES or at >= awaited


def asked(setpoint: Setpoint, request: Request, at: datetime, thermostat: Thermostat) -> Setpoint:
    """Take in what somebody, or something, asks for through us; if it does so each day, that will be known."""
    changes = with_change(setpoint.changes, at, request.temperature)
    return replace(
        setpoint,
        requested=request.temperature,
        single=request.single and thermostat.cooling is not None,
        cooling=request.cooling,
        cooling_before=thermostat.cooling,
        planned=None,
        pending=None,
        choice_until=None,
        provisional=None,
        changes=changes,
        # A temperature is a hold of its own: no preset goes with it.
        preset=None,
    )


def asked_while_off(setpoint: Setpoint, temperature: float) -> Setpoint:
    """Take in what somebody asks for while nothing is heated."""
    return replace(setpoint, pending=temperature)


def unasked(setpoint: Setpoint) -> Setpoint:
    """Take in that the thermostat does something else than heating: what was asked for while it was off was meant for that."""
    return setpoint if setpoint.pending is None else replace(setpoint, pending=None)


def handed_on(
    setpoint: Setpoint, request: Request, at: datetime, thermostat: Thermostat
) -> Setpoint:
    """Take in that the thermostat is told just that, and that nobody holds it to it: when it shows, that is no change."""
    free = replace(asked(setpoint, request, at, thermostat), changes=setpoint.changes, flights=())
    return told(
        free,
        request.temperature,
        at,
        origin=Origin.HANDED_ON,
        as_range=not request.single,
        is_split=free.single,
    )


def with_choice(setpoint: Setpoint, at: datetime, preset: str | None, mode: str | None) -> Setpoint:
    """Return the setpoint after somebody chose a preset through us, or a mode: what the thermostat makes of it is their request.

    What they asked for while it was off still counts when they choose a mode, and no more when they choose a preset.
    """
    until = at + setpoint.echo
    pending = setpoint.pending if preset is None else None
    chosen = replace(setpoint, choice_until=until, chosen_preset=preset, chosen_in=mode)
    cooling = setpoint.cooling if preset is None else None
    return replace(chosen, provisional=None, pending=pending, cooling=cooling)


def recovered(setpoint: Setpoint, temperature: float) -> Setpoint:
    """Take in that the time has come for which somebody asked for a temperature."""
    return replace(setpoint, requested=temperature, single=False)


def withdrawn(setpoint: Setpoint, before: Setpoint, after: Setpoint) -> Setpoint:
    """Take back what somebody asked for: the thermostat refused it. What was asked for since then stands."""
    if _last_asked(setpoint) != _last_asked(after):
        return setpoint
    return replace(
        setpoint,
        requested=before.requested,
        single=before.single,
        cooling=before.cooling,
        cooling_before=before.cooling_before,
        flights=before.flights,
        provisional=setpoint.provisional or before.provisional,
        changes=before.changes,
        preset=before.preset,
        planned=before.planned,
        pending=before.pending,
        choice_until=before.choice_until,
        chosen_preset=before.chosen_preset,
        chosen_in=before.chosen_in,
    )


def _last_asked(
    setpoint: Setpoint,
) -> tuple[float | None, float | None, datetime | None, datetime | None]:
    """Return what tells one request from the next. What the thermostat shows meanwhile does not."""
    last = setpoint.told
    return (
        setpoint.requested,
        setpoint.pending,
        None if last is None else last.at,
        setpoint.choice_until,
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
    return replace(
        setpoint, flights=(*setpoint.flights[:-1], replace(last, origin=Origin.GIVEN_BACK))
    )


def told(  # noqa: PLR0913 -- what a call says
    setpoint: Setpoint,
    value: float,
    at: datetime,
    preset: str | None = None,
    *,
    resumes: bool = False,
    origin: Origin = Origin.DECIDED,
    as_range: bool = False,
    is_split: bool = False,
) -> Setpoint:
    """Take in what the thermostat is told, and the preset that holds."""
    last = setpoint.told
    is_again = (
        origin.is_ours
        and last is not None
        and not last.arrived
        and abs(last.value - value) < EPSILON
    )
    tries = last.tries + 1 if last is not None and is_again else 1
    arrived = setpoint.shown is not None and abs(setpoint.shown - value) < EPSILON and not is_split
    flight = Flight(
        value=value,
        at=at,
        before=setpoint.shown,
        tries=tries,
        arrived=arrived,
        resumes=resumes,
        origin=origin,
        as_range=as_range,
        is_split=is_split,
    )
    is_free = last is None or is_given_back(setpoint, last)
    remembered = preset if is_free and not resumes and origin not in ASKED else setpoint.preset
    # Each may still be answered.
    flights = (*(one for one in setpoint.flights if one.at > at - setpoint.echo), flight)
    # How often somebody calls is their own matter: limits do not move more seldom for it.
    told_now = replace(
        setpoint,
        flights=flights,
        preset=remembered,
        provisional=None,
        left_behind=False,
        skips_turn=False,
    )
    # What comes now is the answer to this, and not to what was chosen before.
    return (
        replace(told_now, writes=(*setpoint.writes, to_the_second(at)), choice_until=None)
        if origin.is_ours
        else told_now
    )


def planned(setpoint: Setpoint, wanted: float) -> Setpoint:
    """Take in what a plan asks for: where that is something else than before, it is what is requested."""
    if setpoint.scheduled is not None and abs(setpoint.scheduled - wanted) < EPSILON:
        return (
            setpoint
            if setpoint.planned is None
            else replace(setpoint, requested=setpoint.planned, single=False, planned=None)
        )
    return replace(setpoint, requested=wanted, single=False, scheduled=wanted, planned=None)


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
    return (
        last is not None
        and last.answer is not None
        and abs(last.value - value) < EPSILON
        and alike(shown, last.answer, step)
    )


def alike(one: float, other: float, step: float) -> bool:
    """Tell whether two setpoints are the same one for a thermostat of such steps."""
    return abs(one - other) < HALF * step + EPSILON


def with_change(changes: Sequence[Change], at: datetime, value: float) -> tuple[Change, ...]:
    """Keep a change beside those before, but not for ever."""
    return (*changes, Change(to_the_second(at), value))[-CHANGES_KEPT:]


def to_the_second(at: datetime) -> datetime:
    """Return an instant that is kept for days as it is written down: to the second."""
    return at.replace(microsecond=0)
