"""The heating setpoint: who asked for what, and what the thermostat was told."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from ..model import Request, Thermostat
from ..settings.protection import (
    FAST_TRIES,
    MAX_CHANGES,
    MAX_READBACK_WINDOW,
    READBACK_LAG_FACTOR,
    READBACK_MARGIN,
    READBACK_WINDOW,
)
from ..units import EPSILON
from .schedule_learning import ObservedChange

TYPICAL_STEP = 0.5
"""K. As thermostats have them."""

SAME_SETPOINT_STEPS = 0.5
"""Of a step: nearer, two setpoints are the same one."""


class WriteOrigin(StrEnum):
    """Why the thermostat was told something."""

    DECISION = "decided"
    RESTORE = "given_back"
    """What was asked for, or as much of it as the thermostat can be told."""
    REQUEST = "called"
    """It went along with somebody's call: what comes of it then looks like theirs."""
    FORWARDED_REQUEST = "handed_on"
    """As somebody said it, where nobody holds the thermostat to it."""
    ACCEPTED_PROPOSAL = "accepted"
    """As it was proposed, and somebody agreed. Nobody holds the thermostat to that either; what they had asked for is remembered."""

    @property
    def is_automatic(self) -> bool:
        """Whether nobody called for it."""
        return self in {WriteOrigin.DECISION, WriteOrigin.RESTORE}

    @property
    def is_user_owned(self) -> bool:
        """Whether it is theirs to change again: nothing is told once more, or given back."""
        return self in {WriteOrigin.FORWARDED_REQUEST, WriteOrigin.ACCEPTED_PROPOSAL}


REQUEST_ORIGINS = frozenset({WriteOrigin.REQUEST, WriteOrigin.FORWARDED_REQUEST})
"""Somebody asked for a temperature: that is a hold of its own, and no preset comes after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingWrite:
    """Something the thermostat was told, °C."""

    value: float
    at: datetime
    reported_before: float | None = None
    """What it showed then; None: it showed no heating setpoint."""
    tries: int = 1
    arrived: bool = False
    """Whether the thermostat has shown it, or its answer to it."""
    readback: float | None = None
    """What it shows in the place of that: it rounds, or takes no such setpoint."""
    readback_at: datetime | None = None
    """When it came to show that."""
    resumes_program: bool = False
    """Whether it was also told to go on as before, with whatever setpoint that has."""
    origin: WriteOrigin = WriteOrigin.DECISION
    as_range: bool = False
    """Whether it was told as the heating end of a range."""
    is_split: bool = False
    """Whether it was told as one temperature to a thermostat that has a range: it makes both ends of that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvisionalChange:
    """A change at the thermostat that does not count yet: it may be a glitch, or a late answer."""

    first_seen_at: datetime
    """Since when the thermostat shows something unexpected, outages included."""
    began_at: datetime
    """The same since the last outage, flicker included."""
    settles_at: datetime
    """When the present value counts, if it stands until then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setpoint:
    """What is remembered of it. Temperatures °C."""

    requested: float | None = None
    """What people asked for, or their schedule did."""
    single: bool = False
    """Whether somebody asked for it as one temperature of a thermostat that has a range."""
    reported: float | None = None
    """What the thermostat showed last."""
    pending_writes: tuple[PendingWrite, ...] = ()
    """What it was told, the last one at the end; those before it only while an echo may come."""
    provisional: ProvisionalChange | None = None
    """Whether what it shows counts yet."""
    hold_until: datetime | None = None
    """Until then nothing is limited: somebody changed it by hand."""
    pause_until: datetime | None = None
    """The same, for somebody did so again and again."""
    conflicts: tuple[datetime, ...] = ()
    """When what was written a moment ago was changed by somebody else."""
    changes: tuple[ObservedChange, ...] = ()
    """What was changed, by whomever but us."""
    scheduled: float | None = None
    """What the plan asked for last."""
    deferred_schedule: float | None = None
    """What the plan came to ask for while a hand held; that counts after it, unless somebody asks for something else."""
    requested_while_off: float | None = None
    """What was asked for while it was off: that counts when it heats again."""
    requested_cooling: float | None = None
    """What somebody asked to be cooled to through us, as long as the thermostat does not show it."""
    cooling_before_request: float | None = None
    """What the thermostat cooled to when they asked for that."""
    choice_until: datetime | None = None
    """Until when a changed setpoint is what comes of a preset or mode that somebody chose through us."""
    chosen_preset: str | None = None
    """The preset that they chose; None: a mode."""
    mode_before_choice: str | None = None
    """The mode in which they chose it; None: the thermostat has left that."""
    preset_to_restore: str | None = None
    """Which preset held before the first write."""
    recent_presets: tuple[str, ...] = ()
    """Which presets the thermostat showed, each once, the present one at the end."""
    preset_changed_at: datetime | None = None
    """When it changed its preset lately."""
    is_previous_preset: bool = False
    """Whether that was to one that it had shown before."""
    write_times: tuple[datetime, ...] = ()
    """When it was told something in the last day that nobody called for."""
    lag: timedelta = timedelta(0)
    """How long it took to answer the last time."""
    deviating_readback: float | None = None
    """Where the last command ended that did not arrive."""
    has_outage: bool = False
    """Whether the thermostat shows no setpoint at the moment, or the guard has not looked yet."""
    outage_ended_at: datetime | None = None
    """Since when it shows one again: it may be a default for a while."""
    is_restore_unconfirmed: bool = False
    """Whether the guard ended before it saw the thermostat take back what was asked for."""
    skips_write_interval: bool = False
    """Whether the next write comes at once: the guard has just started, or somebody chose a preset or mode."""
    was_cooling_last: bool = False
    """Whether it cooled when it last did anything."""

    @property
    def last_write(self) -> PendingWrite | None:
        """What it was told last."""
        return self.pending_writes[-1] if self.pending_writes else None

    @property
    def unrestored_setpoint(self) -> float | None:
        """What the thermostat was left with, °C, where that is not what was asked for, as far as it shows."""
        told = self.last_write
        if told is None or told.origin.is_user_owned:
            return None
        if not is_restored_by(self, told):
            return told.value
        is_shown = self.reported is None or is_same_setpoint(
            self.reported, told.value, TYPICAL_STEP
        )
        return (
            self.reported
            if self.is_restore_unconfirmed and not told.arrived and not is_shown
            else None
        )

    @property
    def readback_window(self) -> timedelta:
        """How long an echo may take."""
        return min(
            max(READBACK_WINDOW, READBACK_LAG_FACTOR * self.lag + READBACK_MARGIN),
            MAX_READBACK_WINDOW,
        )

    @property
    def readback_deadline(self) -> datetime | None:
        """Until when the answer to the last write is waited for; None: it has come, or nothing was written."""
        told = self.last_write
        return None if told is None or told.arrived else told.at + self.readback_window

    @property
    def expected_values(self) -> tuple[float, ...]:
        """What the thermostat should show if nobody changed it, °C: what it was told last, or what it makes of that.

        Until that has arrived, it may as well show what it showed before.
        """
        told = self.last_write
        if told is None:
            return () if self.requested is None else (self.requested,)
        shown = (
            None if told.is_split else told.value,
            told.readback if told.arrived else told.reported_before,
        )
        return tuple(value for value in shown if value is not None)

    def is_expected(self, value: float, step: float) -> bool:
        """Return True if a setpoint in °C is what the thermostat should show."""
        return any(is_same_setpoint(value, expected, step) for expected in self.expected_values)

    def is_unsettled(self, step: float) -> bool:
        """Return True while the thermostat shows a change that does not count yet. Nothing may be written against it."""
        return (
            self.provisional is not None
            and self.reported is not None
            and not self.is_expected(self.reported, step)
        )


UNKNOWN_SETPOINT = Setpoint()


def is_write_ignored(setpoint: Setpoint, at: datetime) -> bool:
    """Tell whether the thermostat does not take what it was told again and again."""
    told, awaited = setpoint.last_write, setpoint.readback_deadline
    if told is None or awaited is None or told.origin.is_user_owned or told.tries < FAST_TRIES:
        return False
    return told.tries > FAST_TRIES or at >= awaited


def with_request(
    setpoint: Setpoint, request: Request, at: datetime, thermostat: Thermostat
) -> Setpoint:
    """Take in what somebody, or something, asks for through us; if it does so each day, that will be known."""
    changes = append_change(setpoint.changes, at, request.temperature)
    return replace(
        setpoint,
        requested=request.temperature,
        single=request.is_single and thermostat.cooling_setpoint is not None,
        requested_cooling=request.cooling_setpoint,
        cooling_before_request=thermostat.cooling_setpoint,
        deferred_schedule=None,
        requested_while_off=None,
        choice_until=None,
        provisional=None,
        changes=changes,
        # A temperature is a hold of its own: no preset goes with it.
        preset_to_restore=None,
    )


def with_request_while_off(setpoint: Setpoint, temperature: float) -> Setpoint:
    """Take in what somebody asks for while nothing is heated."""
    return replace(setpoint, requested_while_off=temperature)


def clear_request_while_off(setpoint: Setpoint) -> Setpoint:
    """Take in that the thermostat does something else than heating: what was asked for while it was off was meant for that."""
    return (
        setpoint
        if setpoint.requested_while_off is None
        else replace(setpoint, requested_while_off=None)
    )


def with_forwarded_request(
    setpoint: Setpoint, request: Request, at: datetime, thermostat: Thermostat
) -> Setpoint:
    """Take in that the thermostat is told just that, and that nobody holds it to it: when it shows, that is no change."""
    free = replace(
        with_request(setpoint, request, at, thermostat), changes=setpoint.changes, pending_writes=()
    )
    return with_write(
        free,
        request.temperature,
        at,
        origin=WriteOrigin.FORWARDED_REQUEST,
        as_range=not request.is_single,
        is_split=free.single,
    )


def with_choice(setpoint: Setpoint, at: datetime, preset: str | None, mode: str | None) -> Setpoint:
    """Return the setpoint after somebody chose a preset through us, or a mode: what the thermostat makes of it is their request.

    What they asked for while it was off still counts when they choose a mode, and no more when they choose a preset.
    """
    until = at + setpoint.readback_window
    pending = setpoint.requested_while_off if preset is None else None
    chosen = replace(setpoint, choice_until=until, chosen_preset=preset, mode_before_choice=mode)
    cooling = setpoint.requested_cooling if preset is None else None
    return replace(chosen, provisional=None, requested_while_off=pending, requested_cooling=cooling)


def apply_recovery(setpoint: Setpoint, temperature: float) -> Setpoint:
    """Take in that the time has come for which somebody asked for a temperature."""
    return replace(setpoint, requested=temperature, single=False)


def withdraw_request(setpoint: Setpoint, before: Setpoint, after: Setpoint) -> Setpoint:
    """Take back what somebody asked for: the thermostat refused it. What was asked for since then stands."""
    if _request_key(setpoint) != _request_key(after):
        return setpoint
    return replace(
        setpoint,
        requested=before.requested,
        single=before.single,
        requested_cooling=before.requested_cooling,
        cooling_before_request=before.cooling_before_request,
        pending_writes=before.pending_writes,
        provisional=setpoint.provisional or before.provisional,
        changes=before.changes,
        preset_to_restore=before.preset_to_restore,
        deferred_schedule=before.deferred_schedule,
        requested_while_off=before.requested_while_off,
        choice_until=before.choice_until,
        chosen_preset=before.chosen_preset,
        mode_before_choice=before.mode_before_choice,
    )


def _request_key(
    setpoint: Setpoint,
) -> tuple[float | None, float | None, datetime | None, datetime | None]:
    """Return what tells one request from the next. What the thermostat shows meanwhile does not."""
    last = setpoint.last_write
    return (
        setpoint.requested,
        setpoint.requested_while_off,
        None if last is None else last.at,
        setpoint.choice_until,
    )


def withdraw_write(setpoint: Setpoint, before: Setpoint) -> Setpoint:
    """Take back that the thermostat was told something last: it refused. What showed meanwhile stands."""
    return replace(
        setpoint, pending_writes=before.pending_writes, preset_to_restore=before.preset_to_restore
    )


def adopt_last_write(setpoint: Setpoint) -> Setpoint:
    """Hold the thermostat to what it was told last, though that was somebody else's."""
    last = setpoint.last_write
    if last is None or not last.origin.is_user_owned:
        return setpoint
    return replace(
        setpoint,
        pending_writes=(*setpoint.pending_writes[:-1], replace(last, origin=WriteOrigin.DECISION)),
    )


def mark_restored(setpoint: Setpoint) -> Setpoint:
    """Take in that the thermostat shows what was asked for, or as much of it as it can."""
    last = setpoint.last_write
    if last is None or not last.origin.is_automatic:
        return setpoint
    return replace(
        setpoint,
        pending_writes=(*setpoint.pending_writes[:-1], replace(last, origin=WriteOrigin.RESTORE)),
    )


def with_write(  # noqa: PLR0913 -- what a call says
    setpoint: Setpoint,
    value: float,
    at: datetime,
    preset: str | None = None,
    *,
    resumes: bool = False,
    origin: WriteOrigin = WriteOrigin.DECISION,
    as_range: bool = False,
    is_split: bool = False,
) -> Setpoint:
    """Take in what the thermostat is told, and the preset that holds."""
    last = setpoint.last_write
    is_again = (
        origin.is_automatic
        and last is not None
        and not last.arrived
        and abs(last.value - value) < EPSILON
    )
    tries = last.tries + 1 if last is not None and is_again else 1
    arrived = (
        setpoint.reported is not None and abs(setpoint.reported - value) < EPSILON and not is_split
    )
    flight = PendingWrite(
        value=value,
        at=at,
        reported_before=setpoint.reported,
        tries=tries,
        arrived=arrived,
        resumes_program=resumes,
        origin=origin,
        as_range=as_range,
        is_split=is_split,
    )
    is_free = last is None or is_restored_by(setpoint, last)
    remembered = (
        preset
        if is_free and not resumes and origin not in REQUEST_ORIGINS
        else setpoint.preset_to_restore
    )
    # Each may still be answered.
    flights = (
        *(one for one in setpoint.pending_writes if one.at > at - setpoint.readback_window),
        flight,
    )
    # How often somebody calls is their own matter: limits do not move more seldom for it.
    told_now = replace(
        setpoint,
        pending_writes=flights,
        preset_to_restore=remembered,
        provisional=None,
        is_restore_unconfirmed=False,
        skips_write_interval=False,
    )
    # What comes now is the answer to this, and not to what was chosen before.
    return (
        replace(
            told_now, write_times=(*setpoint.write_times, truncate_to_second(at)), choice_until=None
        )
        if origin.is_automatic
        else told_now
    )


def apply_schedule(setpoint: Setpoint, scheduled: float) -> Setpoint:
    """Take in what a plan asks for: where that is something else than before, it is what is requested."""
    if setpoint.scheduled is not None and abs(setpoint.scheduled - scheduled) < EPSILON:
        return (
            setpoint
            if setpoint.deferred_schedule is None
            else replace(
                setpoint, requested=setpoint.deferred_schedule, single=False, deferred_schedule=None
            )
        )
    return replace(
        setpoint, requested=scheduled, single=False, scheduled=scheduled, deferred_schedule=None
    )


def defer_schedule(setpoint: Setpoint, scheduled: float) -> Setpoint:
    """Take in what a plan asks for while a hand holds: it waits until that is over."""
    if setpoint.scheduled is not None and abs(setpoint.scheduled - scheduled) < EPSILON:
        return setpoint
    return replace(setpoint, scheduled=scheduled, deferred_schedule=scheduled)


def is_restored_by(setpoint: Setpoint, write: PendingWrite) -> bool:
    """Tell whether what the thermostat was told is what was asked for."""
    if write.origin is WriteOrigin.RESTORE:
        return True
    return setpoint.requested is not None and abs(write.value - setpoint.requested) < EPSILON


def has_reached(setpoint: Setpoint, value: float, step: float) -> bool:
    """Tell whether the thermostat shows a value, or what it makes of it."""
    shown, last = setpoint.reported, setpoint.last_write
    if shown is None:
        return False
    if is_same_setpoint(shown, value, step):
        return True
    return (
        last is not None
        and last.readback is not None
        and abs(last.value - value) < EPSILON
        and is_same_setpoint(shown, last.readback, step)
    )


def is_same_setpoint(one: float, other: float, step: float) -> bool:
    """Tell whether two setpoints are the same one for a thermostat of such steps."""
    return abs(one - other) < SAME_SETPOINT_STEPS * step + EPSILON


def append_change(
    changes: Sequence[ObservedChange], at: datetime, value: float
) -> tuple[ObservedChange, ...]:
    """Keep a change beside those before, but not for ever."""
    return (*changes, ObservedChange(truncate_to_second(at), value))[-MAX_CHANGES:]


def truncate_to_second(at: datetime) -> datetime:
    """Return an instant that is kept for days as it is written down: to the second."""
    return at.replace(microsecond=0)
