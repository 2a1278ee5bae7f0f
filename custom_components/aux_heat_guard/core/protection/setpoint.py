"""The heating setpoint: the requested value, the writes to the thermostat, and its reports."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from ..model import Request, Thermostat
from ..settings.protection import (
    FAST_TRIES,
    MAX_CHANGES,
    MAX_PROVISIONAL_TIME,
    MAX_READBACK_WINDOW,
    READBACK_LAG_FACTOR,
    READBACK_MARGIN,
    READBACK_WINDOW,
)
from ..units import EPSILON
from .schedule_learning import ObservedChange

DAY = timedelta(days=1)

TYPICAL_STEP = 0.5
"""K. The setpoint step of a typical thermostat."""

SAME_SETPOINT_STEPS = 0.5
"""Setpoints that differ by less than this fraction of a step are the same setpoint."""


class WriteOrigin(StrEnum):
    """Why a setpoint was written to the thermostat."""

    DECISION = "decided"
    RESTORE = "given_back"
    """The guard restored the requested setpoint, or the nearest one that may be written."""
    REQUEST = "called"
    """Somebody requested a setpoint on the guard's climate entity, and the guard limits it."""
    FORWARDED_REQUEST = "handed_on"
    """A request was forwarded unchanged. The guard does not enforce it."""
    ACCEPTED_PROPOSAL = "accepted"
    """Somebody accepted a proposed setpoint. The guard does not enforce it, but remembers the
    setpoint that was requested before."""

    @property
    def is_automatic(self) -> bool:
        """Whether the guard wrote the setpoint without a request."""
        return self in {WriteOrigin.DECISION, WriteOrigin.RESTORE}

    @property
    def is_user_owned(self) -> bool:
        """Whether the setpoint belongs to the user: the guard neither repeats nor restores it."""
        return self in {WriteOrigin.FORWARDED_REQUEST, WriteOrigin.ACCEPTED_PROPOSAL}


REQUEST_ORIGINS = frozenset({WriteOrigin.REQUEST, WriteOrigin.FORWARDED_REQUEST})
"""Origins that start a hold of their own on the thermostat: no preset is restored afterwards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingWrite:
    """A setpoint written to the thermostat, in °C."""

    value: float
    at: datetime
    reported_before: float | None = None
    """The setpoint reported at the time of the write, or None if there was no heating setpoint."""
    tries: int = 1
    arrived: bool = False
    """Whether the thermostat has reported the written setpoint, or its readback of it."""
    readback: float | None = None
    """The setpoint reported instead of the written one: the thermostat rounds or clamps."""
    readback_at: datetime | None = None
    """The time of that readback."""
    resumes_program: bool = False
    """Whether the command also resumed the thermostat's program, with its own setpoint."""
    origin: WriteOrigin = WriteOrigin.DECISION
    as_range: bool = False
    """Whether the setpoint was written as the heating end of a range."""
    is_split: bool = False
    """Whether a single temperature was written to a thermostat that makes a range of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvisionalChange:
    """A reported change that does not count yet: it may be a glitch or a late readback."""

    first_seen_at: datetime
    """The time of the first unexpected report, including reports before an outage."""
    began_at: datetime
    """The start of the change since the last outage, including flicker."""
    settles_at: datetime
    """The time at which the reported value counts if it stays the same until then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setpoint:
    """Everything remembered about the heating setpoint. Temperatures in °C."""

    requested: float | None = None
    """The setpoint that people or their schedule requested."""
    single: bool = False
    """Whether it was requested as a single temperature on a thermostat that has a range."""
    reported: float | None = None
    """The setpoint that the thermostat reported last."""
    pending_writes: tuple[PendingWrite, ...] = ()
    """The writes, the last one at the end. Earlier ones are kept while a readback may arrive."""
    provisional: ProvisionalChange | None = None
    """The reported change that does not count yet."""
    hold_until: datetime | None = None
    """The end of the manual hold, during which nothing is limited."""
    pause_until: datetime | None = None
    """The end of the conflict pause: the guard pauses after repeated manual changes."""
    conflicts: tuple[datetime, ...] = ()
    """The times at which somebody changed a setpoint that the guard had just written."""
    changes: tuple[ObservedChange, ...] = ()
    """The setpoint changes that the guard did not make."""
    scheduled: float | None = None
    """The setpoint that the schedule requested last."""
    deferred_schedule: float | None = None
    """The scheduled setpoint that waits for the end of a hold, unless another one is requested."""
    requested_while_off: float | None = None
    """The setpoint requested while the thermostat was off. It counts when heating is on again."""
    requested_cooling: float | None = None
    """The requested cooling setpoint, until the thermostat reports it."""
    cooling_before_request: float | None = None
    """The cooling setpoint at the time of that request."""
    choice_until: datetime | None = None
    """Until this time, a changed setpoint is the result of a chosen preset or mode."""
    chosen_preset: str | None = None
    """The chosen preset, or None if a mode was chosen."""
    mode_before_choice: str | None = None
    """The mode at the time of the choice, or None once the thermostat has left it."""
    preset_to_restore: str | None = None
    """The preset that was active before the first write."""
    recent_presets: tuple[str, ...] = ()
    """The presets the thermostat reported, each once, the current one at the end."""
    preset_changed_at: datetime | None = None
    """The time of the last preset change, if it was recent."""
    is_previous_preset: bool = False
    """Whether that change went back to a preset reported before."""
    write_times: tuple[datetime, ...] = ()
    """The times of the automatic writes during the last day."""
    lag: timedelta = timedelta(0)
    """The time from the last write to its readback."""
    deviating_readback: float | None = None
    """The setpoint at which the last write ended that the thermostat did not follow exactly."""
    has_outage: bool = False
    """Whether the thermostat reports no setpoint, or the guard has not read it since a restart."""
    outage_ended_at: datetime | None = None
    """The end of the last outage: the reported setpoint may be a default for a while."""
    is_restore_unconfirmed: bool = False
    """Whether the guard stopped before the thermostat reported the restored setpoint."""
    skips_write_interval: bool = False
    """Whether the next write need not wait: after a restart, or after a preset or mode choice."""
    was_cooling_last: bool = False
    """Whether the thermostat was cooling when it was last active."""

    @property
    def last_write(self) -> PendingWrite | None:
        """The last write, or None if there was none."""
        return self.pending_writes[-1] if self.pending_writes else None

    @property
    def unrestored_setpoint(self) -> float | None:
        """The setpoint in °C the thermostat was left at, if that is not the requested one."""
        last_write = self.last_write
        if last_write is None or last_write.origin.is_user_owned:
            return None
        if not self.is_restored_by(last_write):
            return last_write.value
        is_reported = self.reported is None or is_same_setpoint(
            self.reported, last_write.value, TYPICAL_STEP
        )
        is_lost = self.is_restore_unconfirmed and not last_write.arrived and not is_reported
        return self.reported if is_lost else None

    @property
    def readback_window(self) -> timedelta:
        """The longest time a readback may take."""
        return min(
            max(READBACK_WINDOW, READBACK_LAG_FACTOR * self.lag + READBACK_MARGIN),
            MAX_READBACK_WINDOW,
        )

    @property
    def readback_deadline(self) -> datetime | None:
        """The end of the wait for the last write's readback, or None if none is awaited."""
        last_write = self.last_write
        if last_write is None or last_write.arrived:
            return None
        return last_write.at + self.readback_window

    @property
    def settles_at(self) -> datetime | None:
        """The time at which the provisional change settles, or None if there is none."""
        if self.provisional is None:
            return None
        return min(
            self.provisional.settles_at,
            self.provisional.began_at + max(MAX_PROVISIONAL_TIME, self.readback_window),
        )

    @property
    def expected_values(self) -> tuple[float, ...]:
        """The setpoints in °C the thermostat should report if nobody changed it.

        These are the last written value and its readback. Until the write has arrived, the setpoint
        from before it is expected as well.
        """
        last_write = self.last_write
        if last_write is None:
            return () if self.requested is None else (self.requested,)
        values = (
            None if last_write.is_split else last_write.value,
            last_write.readback if last_write.arrived else last_write.reported_before,
        )
        return tuple(value for value in values if value is not None)

    def is_expected(self, value: float, step: float) -> bool:
        """Return True if the thermostat should report a setpoint in °C."""
        return any(is_same_setpoint(value, expected, step) for expected in self.expected_values)

    def is_unsettled(self, step: float) -> bool:
        """Return True while a reported change does not count yet. Nothing is written against it."""
        return (
            self.provisional is not None
            and self.reported is not None
            and not self.is_expected(self.reported, step)
        )

    def is_write_ignored(self, at: datetime) -> bool:
        """Return True if the thermostat repeatedly ignored the last write."""
        last_write, deadline = self.last_write, self.readback_deadline
        if last_write is None or deadline is None or last_write.origin.is_user_owned:
            return False
        if last_write.tries < FAST_TRIES:
            return False
        return last_write.tries > FAST_TRIES or at >= deadline

    def is_restored_by(self, write: PendingWrite) -> bool:
        """Return True if a write set the thermostat to the requested setpoint."""
        if write.origin is WriteOrigin.RESTORE:
            return True
        return self.requested is not None and abs(write.value - self.requested) < EPSILON

    def has_reached(self, value: float, step: float) -> bool:
        """Return True if the thermostat reports a value in °C, or its readback of that value."""
        reported, last_write = self.reported, self.last_write
        if reported is None:
            return False
        if is_same_setpoint(reported, value, step):
            return True
        return (
            last_write is not None
            and last_write.readback is not None
            and abs(last_write.value - value) < EPSILON
            and is_same_setpoint(reported, last_write.readback, step)
        )

    def with_request(self, request: Request, at: datetime, thermostat: Thermostat) -> Setpoint:
        """Return the record after a request. The change may reveal a daily schedule."""
        return replace(
            self,
            requested=request.temperature,
            single=request.is_single and thermostat.cooling_setpoint is not None,
            requested_cooling=request.cooling_setpoint,
            cooling_before_request=thermostat.cooling_setpoint,
            deferred_schedule=None,
            requested_while_off=None,
            choice_until=None,
            provisional=None,
            changes=append_change(self.changes, at, request.temperature),
            # A requested temperature is a hold of its own: no preset goes with it.
            preset_to_restore=None,
        )

    def with_forwarded_request(
        self, request: Request, at: datetime, thermostat: Thermostat
    ) -> Setpoint:
        """Return the record after a request that is sent unchanged and not enforced."""
        requested = replace(
            self.with_request(request, at, thermostat), changes=self.changes, pending_writes=()
        )
        return requested.with_write(
            request.temperature,
            at,
            origin=WriteOrigin.FORWARDED_REQUEST,
            as_range=not request.is_single,
            is_split=requested.single,
        )

    def with_request_while_off(self, temperature: float) -> Setpoint:
        """Return the record after a request in °C that was made while the thermostat was off."""
        return replace(self, requested_while_off=temperature)

    def clear_request_while_off(self) -> Setpoint:
        """Return the record of a thermostat in a mode other than heating.

        A request made while the thermostat was off was meant for that mode.
        """
        if self.requested_while_off is None:
            return self
        return replace(self, requested_while_off=None)

    def with_choice(self, at: datetime, preset: str | None, mode: str | None) -> Setpoint:
        """Return the record after somebody chose a preset or a mode on the guard's climate entity.

        The setpoint that results from the choice is a request. A request made while the thermostat
        was off still counts after a mode was chosen, but not after a preset was chosen.
        """
        is_mode = preset is None
        return replace(
            self,
            choice_until=at + self.readback_window,
            chosen_preset=preset,
            mode_before_choice=mode,
            provisional=None,
            requested_while_off=self.requested_while_off if is_mode else None,
            requested_cooling=self.requested_cooling if is_mode else None,
        )

    def withdraw_request(self, before: Setpoint, after: Setpoint) -> Setpoint:
        """Return the record without a request that the thermostat refused.

        `before` and `after` are the records around the request. A newer request stays.
        """
        if _request_key(self) != _request_key(after):
            return self
        return replace(
            self,
            requested=before.requested,
            single=before.single,
            requested_cooling=before.requested_cooling,
            cooling_before_request=before.cooling_before_request,
            pending_writes=before.pending_writes,
            provisional=self.provisional or before.provisional,
            changes=before.changes,
            preset_to_restore=before.preset_to_restore,
            deferred_schedule=before.deferred_schedule,
            requested_while_off=before.requested_while_off,
            choice_until=before.choice_until,
            chosen_preset=before.chosen_preset,
            mode_before_choice=before.mode_before_choice,
        )

    def apply_schedule(self, scheduled: float) -> Setpoint:
        """Return the record with the scheduled setpoint in °C. If that is new, it is requested."""
        if not self._is_scheduled(scheduled):
            return replace(
                self, requested=scheduled, single=False, scheduled=scheduled, deferred_schedule=None
            )
        if self.deferred_schedule is None:
            return self
        return replace(self, requested=self.deferred_schedule, single=False, deferred_schedule=None)

    def defer_schedule(self, scheduled: float) -> Setpoint:
        """Return the record with a scheduled setpoint in °C that waits for the end of a hold."""
        if self._is_scheduled(scheduled):
            return self
        return replace(self, scheduled=scheduled, deferred_schedule=scheduled)

    def _is_scheduled(self, scheduled: float) -> bool:
        return self.scheduled is not None and abs(self.scheduled - scheduled) < EPSILON

    def apply_recovery(self, temperature: float) -> Setpoint:
        """Return the record when a requested recovery to a temperature in °C is due."""
        return replace(self, requested=temperature, single=False)

    def with_write(  # noqa: PLR0913 -- the parts of a command
        self,
        value: float,
        at: datetime,
        preset: str | None = None,
        *,
        resumes: bool = False,
        origin: WriteOrigin = WriteOrigin.DECISION,
        as_range: bool = False,
        is_split: bool = False,
    ) -> Setpoint:
        """Return the record after a write in °C. `preset` is the preset the thermostat reports."""
        last_write = self.last_write
        is_retry = (
            origin.is_automatic
            and last_write is not None
            and not last_write.arrived
            and abs(last_write.value - value) < EPSILON
        )
        write = PendingWrite(
            value=value,
            at=at,
            reported_before=self.reported,
            tries=last_write.tries + 1 if last_write is not None and is_retry else 1,
            arrived=self.reported is not None
            and abs(self.reported - value) < EPSILON
            and not is_split,
            resumes_program=resumes,
            origin=origin,
            as_range=as_range,
            is_split=is_split,
        )
        is_unlimited = last_write is None or self.is_restored_by(last_write)
        saves_preset = is_unlimited and not resumes and origin not in REQUEST_ORIGINS
        # Each recent write may still be answered.
        recent = (one for one in self.pending_writes if one.at > at - self.readback_window)
        written = replace(
            self,
            pending_writes=(*recent, write),
            preset_to_restore=preset if saves_preset else self.preset_to_restore,
            provisional=None,
            is_restore_unconfirmed=False,
            skips_write_interval=False,
        )
        if not origin.is_automatic:
            # Requests do not count: frequent requests must not delay the limits.
            return written
        # From now on a changed setpoint is the readback of this write, not the result of a choice.
        return replace(
            written, write_times=(*self.write_times, truncate_to_second(at)), choice_until=None
        )

    def withdraw_write(self, before: Setpoint) -> Setpoint:
        """Return the record without the last write, which the thermostat refused.

        Reports that arrived since then stay.
        """
        return replace(
            self, pending_writes=before.pending_writes, preset_to_restore=before.preset_to_restore
        )

    def adopt_last_write(self) -> Setpoint:
        """Return the record with a user's last write taken over as a decision of the guard."""
        last_write = self.last_write
        if last_write is None or not last_write.origin.is_user_owned:
            return self
        return self.with_last_write(replace(last_write, origin=WriteOrigin.DECISION))

    def mark_restored(self) -> Setpoint:
        """Return the record of a thermostat that reports the requested setpoint."""
        last_write = self.last_write
        if last_write is None or not last_write.origin.is_automatic:
            return self
        return self.with_last_write(replace(last_write, origin=WriteOrigin.RESTORE))

    def with_last_write(self, write: PendingWrite) -> Setpoint:
        """Return the record with the last write replaced."""
        return replace(self, pending_writes=(*self.pending_writes[:-1], write))

    def trim_write_times(self, at: datetime) -> Setpoint:
        """Return the record without write times that are older than a day or in the future."""
        if all(at - DAY < write <= at for write in self.write_times):
            return self
        return replace(
            self, write_times=tuple(write for write in self.write_times if at - DAY < write <= at)
        )

    def mark_outage(self) -> Setpoint:
        """Return the record of a thermostat that reports no setpoint.

        The first setpoint afterwards may be a default.
        """
        return self if self.has_outage else replace(self, has_outage=True)

    def mark_restarted(self) -> Setpoint:
        """Return the record after a time in which the guard did not run."""
        return replace(self, has_outage=True, skips_write_interval=True)


UNKNOWN_SETPOINT = Setpoint()


def is_same_setpoint(one: float, other: float, step: float) -> bool:
    """Return True if a thermostat with this step in K treats two temperatures as one setpoint."""
    return abs(one - other) < SAME_SETPOINT_STEPS * step + EPSILON


def append_change(
    changes: Sequence[ObservedChange], at: datetime, value: float
) -> tuple[ObservedChange, ...]:
    """Return the last changes with one more, at most MAX_CHANGES of them."""
    return (*changes, ObservedChange(truncate_to_second(at), value))[-MAX_CHANGES:]


def truncate_to_second(at: datetime) -> datetime:
    """Return a time without its fraction of a second, as it is stored."""
    return at.replace(microsecond=0)


def _request_key(
    setpoint: Setpoint,
) -> tuple[float | None, float | None, datetime | None, datetime | None]:
    """Return what distinguishes one request from the next. Reports do not change it."""
    last_write = setpoint.last_write
    return (
        setpoint.requested,
        setpoint.requested_while_off,
        None if last_write is None else last_write.at,
        setpoint.choice_until,
    )
