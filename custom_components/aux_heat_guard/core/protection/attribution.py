"""Attributes each change of the setpoint: a readback, the schedule, a request or a manual change.

The reported setpoint is compared with the last command. The commanded value is the readback, and so
is a value on the way there. A change that somebody made in Home Assistant counts at once. Any other
change is provisional until it has settled. Then it is the thermostat's own schedule if it recurs,
the result of a preset that was chosen on the guard's climate entity, or a manual change at the
thermostat.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum, auto

from ..model import Author
from ..settings.protection import (
    CONFLICT_PAUSE_TIME,
    MANUAL_HOLD_TIME,
    MAX_CONFLICTS,
    MAX_READBACK_WINDOW,
    SETTLE_TIME,
    SETTLE_TIME_AFTER_CHOICE,
    SETTLE_TIME_AFTER_OUTAGE,
)
from .expiry import drop_expired
from .readback import (
    SetpointReport,
    can_be_late_readback,
    can_still_arrive,
    is_earlier_value,
    is_readback,
    is_repeated_readback,
)
from .schedule_learning import is_recurring
from .setpoint import (
    PendingWrite,
    ProvisionalChange,
    Setpoint,
    WriteOrigin,
    append_change,
    is_same_setpoint,
)

MAX_PRESETS = 8
"""More presets than programs, holds and people use in a day."""


class _Attribution(Enum):
    """Where a newly reported setpoint comes from."""

    EXPECTED = auto()
    """The last command, or the requested setpoint if there was no command."""
    READBACK = auto()
    """The thermostat's answer to a command: rounded, clamped or split."""
    OLD = auto()
    """A report from before the last command."""
    FOREIGN = auto()
    """A change by a person or an automation in Home Assistant, not through the guard."""
    UNSETTLED = auto()
    """Not known until the setpoint has settled."""


def record_report(setpoint: Setpoint, report: SetpointReport) -> Setpoint:
    """Return the record updated with the setpoint that the thermostat reports."""
    setpoint = drop_expired(_end_outage(setpoint, report.at), report.at)
    setpoint = _with_cooling(_with_preset(_with_mode(setpoint, report), report), report)
    if setpoint.requested_while_off is not None:
        setpoint = _apply_request_while_off(setpoint, setpoint.requested_while_off, report)
    if setpoint.requested is None:
        return replace(setpoint, reported=report.setpoint, requested=report.setpoint)
    if not _is_unchanged(setpoint, report) or _has_arrived_lately(setpoint, report):
        setpoint = _RECORDERS[_attribute(setpoint, report)](setpoint, report)
    return _settle(setpoint, report)


def _has_arrived_lately(setpoint: Setpoint, report: SetpointReport) -> bool:
    """Return True if the thermostat reports the last command, which had not arrived yet."""
    last = setpoint.last_write
    if last is None or last.arrived or last.is_split or setpoint.outage_ended_at is not None:
        return False
    return is_same_setpoint(report.setpoint, last.value, report.step)


def _is_unchanged(setpoint: Setpoint, report: SetpointReport) -> bool:
    """Return True if the thermostat reports the same setpoint as before."""
    return setpoint.reported is not None and is_same_setpoint(
        report.setpoint, setpoint.reported, report.step
    )


def _end_outage(setpoint: Setpoint, at: datetime) -> Setpoint:
    """Return the record of a thermostat that reports a setpoint again after an outage.

    A provisional change has to settle anew.
    """
    if not setpoint.has_outage:
        return setpoint
    provisional = setpoint.provisional
    if provisional is not None:
        provisional = replace(provisional, began_at=at, settles_at=at + SETTLE_TIME_AFTER_OUTAGE)
    # The result of a preset or mode chosen before the outage may show only now.
    until = None if setpoint.choice_until is None else at + setpoint.readback_window
    return replace(
        setpoint, provisional=provisional, has_outage=False, outage_ended_at=at, choice_until=until
    )


def _with_mode(setpoint: Setpoint, report: SetpointReport) -> Setpoint:
    """Return the record after a chosen mode took effect: its setpoint follows within seconds."""
    until, mode_before = setpoint.choice_until, setpoint.mode_before_choice
    if (
        until is None
        or mode_before is None
        or setpoint.chosen_preset is not None
        or report.thermostat.hvac_mode == mode_before
    ):
        return setpoint
    return replace(
        setpoint, choice_until=min(until, report.at + SETTLE_TIME), mode_before_choice=None
    )


def _with_preset(setpoint: Setpoint, report: SetpointReport) -> Setpoint:
    """Return the record with the preset that the thermostat reports.

    A preset that was chosen is a request, even if the setpoint stays the same.
    """
    preset, before = report.thermostat.preset, setpoint.recent_presets
    if preset is None or before[-1:] == (preset,):
        return setpoint
    presets = (*(one for one in before if one != preset), preset)[-MAX_PRESETS:]
    changed = replace(
        setpoint,
        recent_presets=presets,
        preset_changed_at=report.at if before else None,
        is_previous_preset=preset in before,
    )
    if (
        setpoint.choice_until is None
        or preset != setpoint.chosen_preset
        or setpoint.provisional is not None
    ):
        return changed
    return replace(
        changed,
        provisional=ProvisionalChange(
            first_seen_at=report.at, began_at=report.at, settles_at=report.at + SETTLE_TIME
        ),
    )


def _with_cooling(setpoint: Setpoint, report: SetpointReport) -> Setpoint:
    """Return the record without the requested cooling setpoint once the reported one changed."""
    before, last = setpoint.cooling_before_request, setpoint.last_write
    reported = report.thermostat.cooling_setpoint
    if setpoint.requested_cooling is None or (
        last is not None and report.at <= last.at + setpoint.readback_window
    ):
        return setpoint
    if reported is None or (before is not None and is_same_setpoint(reported, before, report.step)):
        return setpoint
    return replace(setpoint, requested_cooling=None, cooling_before_request=None)


def _apply_request_while_off(
    setpoint: Setpoint, requested: float, report: SetpointReport
) -> Setpoint:
    """Return the record of a thermostat that heats again after a request while it was off."""
    # The command was sent while the thermostat was off. The readback arrives now: at once, late, or
    # rounded. The guard does not enforce the setpoint, unless it limited the setpoint before.
    last = setpoint.last_write
    is_limited = (
        last is not None and not last.origin.is_user_owned and not setpoint.is_restored_by(last)
    )
    command = PendingWrite(
        value=requested,
        at=report.at,
        reported_before=setpoint.reported,
        origin=WriteOrigin.REQUEST if is_limited else WriteOrigin.FORWARDED_REQUEST,
        as_range=report.thermostat.cooling_setpoint is not None,
    )
    writes = (*_unanswered_writes(setpoint, report), command)
    return replace(
        setpoint,
        requested=requested,
        single=False,
        requested_while_off=None,
        pending_writes=writes,
        preset_to_restore=None,
    )


def _attribute(setpoint: Setpoint, report: SetpointReport) -> _Attribution:
    """Return where a new setpoint comes from."""
    last = setpoint.last_write
    if setpoint.is_expected(report.setpoint, report.step) or _is_as_requested_after_outage(
        setpoint, report
    ):
        return _Attribution.EXPECTED
    if report.author.is_foreign:
        return _Attribution.FOREIGN
    if (
        last is not None
        and report.at <= last.at + setpoint.readback_window
        and not _is_change_expected(setpoint, report)
    ):
        return _attribute_after_write(setpoint, last, report)
    # A thermostat that never reported a heating setpoint reports the one it had.
    return (
        _Attribution.OLD if last is None and setpoint.reported is None else _Attribution.UNSETTLED
    )


def _is_as_requested_after_outage(setpoint: Setpoint, report: SetpointReport) -> bool:
    """Return True if the thermostat lost the last command in an outage and is back as requested."""
    requested = setpoint.requested
    return (
        setpoint.outage_ended_at is not None
        and requested is not None
        and is_same_setpoint(report.setpoint, requested, report.step)
    )


def _attribute_after_write(
    setpoint: Setpoint, last_write: PendingWrite, report: SetpointReport
) -> _Attribution:
    """Return where a new setpoint comes from within the readback window of a command."""
    if last_write.arrived:
        return (
            _Attribution.READBACK
            if is_repeated_readback(setpoint, report)
            else _Attribution.UNSETTLED
        )
    if (
        last_write.reported_before is None and setpoint.outage_ended_at is None
    ) or is_earlier_value(setpoint, last_write, report):
        return _Attribution.OLD
    # After an outage it may be a default, unless it carries the command's context.
    is_trusted = setpoint.outage_ended_at is None or report.author is Author.GUARD
    return (
        _Attribution.READBACK
        if is_trusted and is_readback(setpoint, last_write, report)
        else _Attribution.UNSETTLED
    )


def _with_expected(setpoint: Setpoint, report: SetpointReport) -> Setpoint:
    last = setpoint.last_write
    provisional = (
        _restart_settling(setpoint, report)
        if setpoint.is_expected(report.setpoint, report.step)
        else None
    )
    updated = replace(setpoint, reported=report.setpoint, provisional=provisional)
    if (
        last is None
        or last.is_split
        or not is_same_setpoint(report.setpoint, last.value, report.step)
    ):
        return updated
    if setpoint.outage_ended_at is not None and not last.arrived:
        # The setpoint may be a default that happens to be the same.
        return updated
    # The thermostat does follow commands exactly, so the deviating readback is outdated.
    deviating = setpoint.deviating_readback if last.readback is None else None
    arrived = _with_arrival(
        replace(updated, deviating_readback=deviating),
        replace(last, readback=None, readback_at=None),
        report,
    )
    # The lag is unknown if the thermostat reported the setpoint before.
    return replace(arrived, lag=setpoint.lag) if _is_unchanged(setpoint, report) else arrived


def _restart_settling(setpoint: Setpoint, report: SetpointReport) -> ProvisionalChange | None:
    """Return the provisional change with a new settle time: the reported value may flicker."""
    provisional = setpoint.provisional
    return None if provisional is None else replace(provisional, settles_at=report.at + SETTLE_TIME)


def _with_readback(setpoint: Setpoint, report: SetpointReport) -> Setpoint:
    last = setpoint.last_write
    assert last is not None  # noqa: S101 -- a readback follows a write
    answered = replace(last, readback=report.setpoint, readback_at=last.readback_at or report.at)
    # The lag ends when the readback began to show, even if it is attributed later.
    arrived = _with_arrival(setpoint, answered, report)
    return replace(
        arrived, reported=report.setpoint, deviating_readback=report.setpoint, provisional=None
    )


def _with_resumed_program(
    setpoint: Setpoint, last_write: PendingWrite, report: SetpointReport
) -> Setpoint:
    """Return the record of a thermostat that resumed its schedule, which is requested now."""
    return replace(
        _with_arrival(setpoint, last_write, report),
        requested=report.setpoint,
        single=False,
        provisional=None,
    )


def _with_old(setpoint: Setpoint, report: SetpointReport) -> Setpoint:
    last = setpoint.last_write
    old = replace(setpoint, reported=report.setpoint, provisional=None)
    if last is None or last.reported_before is not None:
        return old
    return old.with_last_write(replace(last, reported_before=report.setpoint))


def _with_choice_result(setpoint: Setpoint, report: SetpointReport) -> Setpoint:
    """Return the record with the result of a chosen preset or mode: limits apply at once."""
    return replace(
        setpoint,
        reported=report.setpoint,
        requested=report.setpoint,
        single=False,
        provisional=None,
        deferred_schedule=None,
        # The other thermostats of a group may follow.
        choice_until=report.at + SETTLE_TIME,
        preset_to_restore=None,
        pending_writes=_unanswered_writes(setpoint, report),
        changes=append_change(setpoint.changes, report.at, report.setpoint),
        skips_write_interval=True,
    )


def _with_foreign(setpoint: Setpoint, report: SetpointReport) -> Setpoint:
    updated = replace(setpoint, reported=report.setpoint)
    is_person = report.author is Author.PERSON
    return (
        _with_schedule_change(updated, report)
        if not is_person and _has_recurred(updated, report)
        else _with_manual_change(updated, report)
    )


def _with_unsettled(setpoint: Setpoint, report: SetpointReport) -> Setpoint:
    before, last = setpoint.provisional, setpoint.last_write
    settles = report.at + _settle_duration(setpoint, report)
    if (
        last is not None
        and not _is_change_expected(setpoint, report)
        and can_still_arrive(setpoint, last, report)
    ):
        settles = max(settles, (report.at if last.arrived else last.at) + setpoint.readback_window)
    first, began = (
        (_earliest_change_time(setpoint, report), report.at)
        if before is None
        else (before.first_seen_at, before.began_at)
    )
    return replace(
        setpoint,
        reported=report.setpoint,
        provisional=ProvisionalChange(first_seen_at=first, began_at=began, settles_at=settles),
    )


def _earliest_change_time(setpoint: Setpoint, report: SetpointReport) -> datetime:
    """Return the earliest time at which the setpoint may have changed.

    Right after an outage, that is the time of the last command.
    """
    last = setpoint.last_write
    return (
        last.at
        if last is not None and not last.arrived and setpoint.outage_ended_at == report.at
        else report.at
    )


def _settle_duration(setpoint: Setpoint, report: SetpointReport) -> timedelta:
    """Return how long a setpoint must stay the same before it counts."""
    if _is_change_expected(setpoint, report):
        return SETTLE_TIME_AFTER_CHOICE if report.author is Author.GUARD else SETTLE_TIME
    return SETTLE_TIME if setpoint.outage_ended_at is None else SETTLE_TIME_AFTER_OUTAGE


def _is_change_expected(setpoint: Setpoint, report: SetpointReport) -> bool:
    """Return True if a new setpoint is expected.

    That is after a preset or mode was chosen, or while the schedule is being resumed.
    """
    return setpoint.choice_until is not None or _is_resuming(setpoint, report)


def _is_resuming(setpoint: Setpoint, report: SetpointReport) -> bool:
    last = setpoint.last_write
    return (
        last is not None
        and last.resumes_program
        and report.at <= last.at + setpoint.readback_window
    )


_RECORDERS: dict[_Attribution, Callable[[Setpoint, SetpointReport], Setpoint]] = {
    _Attribution.EXPECTED: _with_expected,
    _Attribution.READBACK: _with_readback,
    _Attribution.OLD: _with_old,
    _Attribution.FOREIGN: _with_foreign,
    _Attribution.UNSETTLED: _with_unsettled,
}
"""How each kind of change is recorded."""


def _settle(setpoint: Setpoint, report: SetpointReport) -> Setpoint:
    """Return the record with the provisional change attributed if it has settled."""
    provisional, settles_at = setpoint.provisional, setpoint.settles_at
    if provisional is None or settles_at is None or report.at < settles_at:
        return setpoint
    is_expected = setpoint.is_expected(report.setpoint, report.step)
    if setpoint.choice_until is not None and (
        not is_expected or provisional.began_at == setpoint.preset_changed_at
    ):
        return _with_choice_result(setpoint, report)
    return (
        replace(setpoint, provisional=None)
        if is_expected
        else _attribute_settled(setpoint, provisional, report)
    )


def _attribute_settled(
    setpoint: Setpoint, provisional: ProvisionalChange, report: SetpointReport
) -> Setpoint:
    """Return the record with a settled change attributed to a readback, a schedule or a person."""
    last = setpoint.last_write
    if last is not None and _is_resuming(setpoint, report):
        return _with_resumed_program(setpoint, last, report)
    if (
        last is not None
        and can_be_late_readback(setpoint, last, provisional)
        and is_readback(setpoint, last, report)
    ):
        return _with_readback(setpoint, report)
    if _is_hold_expiry(setpoint, provisional) or _has_recurred(setpoint, report):
        return _with_schedule_change(setpoint, report)
    deviating = (
        report.setpoint if last is not None and not last.arrived else setpoint.deviating_readback
    )
    return replace(_with_manual_change(setpoint, report), deviating_readback=deviating)


def _is_hold_expiry(setpoint: Setpoint, provisional: ProvisionalChange) -> bool:
    """Return True if a hold ended by itself: the preset from before the hold is active again."""
    at, presets, last = setpoint.preset_changed_at, setpoint.recent_presets, setpoint.last_write
    if at is None or at < provisional.first_seen_at - SETTLE_TIME or len(presets) < 2:  # noqa: PLR2004 -- the previous and the current preset
        return False
    is_back = setpoint.is_previous_preset or presets[-1] == setpoint.preset_to_restore
    was_held = (
        last is not None and last.arrived and setpoint.preset_to_restore not in {None, presets[-2]}
    )
    return is_back or was_held


def _has_recurred(setpoint: Setpoint, report: SetpointReport) -> bool:
    began = report.at if setpoint.provisional is None else setpoint.provisional.began_at
    return is_recurring(
        setpoint.changes, began, report.setpoint, report.zone, is_declared=report.has_own_schedule
    )


def _with_arrival(setpoint: Setpoint, last_write: PendingWrite, report: SetpointReport) -> Setpoint:
    lag = (
        setpoint.lag
        if last_write.arrived
        else max(_change_start(setpoint, report) - last_write.at, timedelta(0))
    )
    # After the setpoint is restored, another preset may be active before the next limit.
    preset = (
        None
        if last_write.resumes_program or setpoint.is_restored_by(last_write)
        else setpoint.preset_to_restore
    )
    return replace(
        setpoint.with_last_write(replace(last_write, arrived=True)),
        preset_to_restore=preset,
        lag=min(lag, MAX_READBACK_WINDOW),
        is_restore_unconfirmed=False,
    )


def _with_schedule_change(setpoint: Setpoint, report: SetpointReport) -> Setpoint:
    """Return the record after the thermostat's own schedule changed the setpoint: limits go on."""
    return replace(
        setpoint,
        requested=report.setpoint,
        single=False,
        provisional=None,
        preset_to_restore=None,
        pending_writes=_unanswered_writes(setpoint, report),
        changes=append_change(setpoint.changes, _change_start(setpoint, report), report.setpoint),
    )


def _with_manual_change(setpoint: Setpoint, report: SetpointReport) -> Setpoint:
    """Return the record after a manual change: nothing is limited during the manual hold."""
    began, last = _change_start(setpoint, report), setpoint.last_write
    conflicts, pause_until = setpoint.conflicts, setpoint.pause_until
    if last is not None and began <= last.at + setpoint.readback_window:
        conflicts = (*conflicts, report.at)
        if len(conflicts) > MAX_CONFLICTS:
            conflicts, pause_until = (), report.at + CONFLICT_PAUSE_TIME
    return replace(
        setpoint,
        requested=report.setpoint,
        single=False,
        deferred_schedule=None,
        provisional=None,
        hold_until=report.at + MANUAL_HOLD_TIME,
        pause_until=pause_until,
        conflicts=conflicts,
        changes=append_change(setpoint.changes, began, report.setpoint),
        preset_to_restore=None,
        pending_writes=_unanswered_writes(setpoint, report),
    )


def _change_start(setpoint: Setpoint, report: SetpointReport) -> datetime:
    """Return when the change began that is being recorded."""
    return report.at if setpoint.provisional is None else setpoint.provisional.began_at


def _unanswered_writes(setpoint: Setpoint, report: SetpointReport) -> tuple[PendingWrite, ...]:
    """Return the commands that may still take effect after somebody changed the setpoint."""
    return tuple(
        replace(write, reported_before=report.setpoint)
        for write in setpoint.pending_writes
        if not write.arrived
        and not write.origin.is_user_owned
        and report.at <= write.at + setpoint.readback_window
    )
