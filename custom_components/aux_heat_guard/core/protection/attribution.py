"""Attributes each change of the setpoint: readback of a command, schedule, request or manual change.

The setpoint a thermostat shows is compared with the last command. The commanded value is the readback, and so is a value on the
way there. A change that somebody made in Home Assistant counts at once. Any other change is provisional until it has settled.
Then it is the thermostat's own schedule if it recurs, the result of a preset that was chosen on the guard's climate entity, or
a manual change at the thermostat.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum, auto

from ..model import Author
from ..settings.protection import (
    ECHO_LONGEST,
    HOLD,
    OVERTURNED_MOST,
    PROVISIONAL_MOST,
    SETTLE,
    SETTLE_AFTER_OUTAGE,
    SETTLE_ON_COMMAND,
    YIELD,
)
from . import schedule_learning as habit
from .aging import drop_expired
from .readback import Seen, ended_there, is_answer, is_earlier, may_be_late, may_still_answer
from .setpoint import Flight, Origin, Provisional, Setpoint, alike, is_given_back, with_change

PRESETS_KEPT = 8
"""More than programs, holds and people use in a day."""


class _Attribution(Enum):
    """Where a setpoint comes from that the thermostat did not show before."""

    EXPECTED = auto()
    """The last command, or the requested setpoint if there was no command."""
    ANSWER = auto()
    """The thermostat's answer to a command: rounded, clamped or split."""
    OLD = auto()
    """A report from before the last command."""
    FOREIGN = auto()
    """A change by a person or an automation in Home Assistant, not through the guard."""
    UNSETTLED = auto()
    """Not known until the setpoint has settled."""


def follow(setpoint: Setpoint, seen: Seen) -> Setpoint:
    """Return the record updated with the setpoint that the thermostat shows."""
    setpoint = drop_expired(_with_return(setpoint, seen.at), seen.at)
    setpoint = _with_cooling(_with_preset(_with_mode(setpoint, seen), seen), seen)
    if setpoint.pending is not None:
        setpoint = _with_pending(setpoint, setpoint.pending, seen)
    if setpoint.requested is None:
        return replace(setpoint, shown=seen.setpoint, requested=seen.setpoint)
    if not _shows(setpoint, seen) or _has_arrived_lately(setpoint, seen):
        setpoint = _RECORD[_attribute(setpoint, seen)](setpoint, seen)
    return _settle(setpoint, seen)


def _has_arrived_lately(setpoint: Setpoint, seen: Seen) -> bool:
    """Return True if the thermostat still shows the last command after an outage."""
    last = setpoint.told
    if last is None or last.arrived or last.is_split or setpoint.seen_again is not None:
        return False
    return alike(seen.setpoint, last.value, seen.step)


def _shows(setpoint: Setpoint, seen: Seen) -> bool:
    """Return True if the thermostat shows the same setpoint as before."""
    return setpoint.shown is not None and alike(seen.setpoint, setpoint.shown, seen.step)


def mark_unseen(setpoint: Setpoint) -> Setpoint:
    """Return the record of a thermostat that shows no setpoint. The first setpoint afterwards may be a default."""
    return setpoint if setpoint.is_unseen else replace(setpoint, is_unseen=True)


def mark_restarted(setpoint: Setpoint) -> Setpoint:
    """Return the record after a restart of the guard, when nobody watched the thermostat for a while."""
    return replace(setpoint, is_unseen=True, skips_turn=True)


def _with_return(setpoint: Setpoint, at: datetime) -> Setpoint:
    """Return the record of a thermostat that shows a setpoint again. A provisional change has to settle anew."""
    if not setpoint.is_unseen:
        return setpoint
    provisional = setpoint.provisional
    if provisional is not None:
        provisional = replace(provisional, began=at, settles=at + SETTLE_AFTER_OUTAGE)
    # What somebody chose before it went may show only now.
    until = None if setpoint.choice_until is None else at + setpoint.echo
    return replace(
        setpoint, provisional=provisional, is_unseen=False, seen_again=at, choice_until=until
    )


def due(setpoint: Setpoint) -> datetime | None:
    """Return when the provisional change settles, or None if there is none."""
    return None if setpoint.provisional is None else _settle_at(setpoint, setpoint.provisional)


def _with_mode(setpoint: Setpoint, seen: Seen) -> Setpoint:
    """Return the record after a chosen mode took effect: its setpoint shows within seconds."""
    until, chosen_in = setpoint.choice_until, setpoint.chosen_in
    if (
        until is None
        or chosen_in is None
        or setpoint.chosen_preset is not None
        or seen.thermostat.mode == chosen_in
    ):
        return setpoint
    return replace(setpoint, choice_until=min(until, seen.at + SETTLE), chosen_in=None)


def _with_preset(setpoint: Setpoint, seen: Seen) -> Setpoint:
    """Return the record with the preset that the thermostat shows. A chosen preset is a request even if the setpoint stays the same."""
    preset, before = seen.thermostat.preset, setpoint.presets
    if preset is None or preset == (before[-1] if before else None):
        return setpoint
    presets = (*(one for one in before if one != preset), preset)[-PRESETS_KEPT:]
    changed = replace(
        setpoint,
        presets=presets,
        preset_at=seen.at if before else None,
        is_preset_back=preset in before,
    )
    if (
        setpoint.choice_until is None
        or preset != setpoint.chosen_preset
        or setpoint.provisional is not None
    ):
        return changed
    return replace(
        changed, provisional=Provisional(first=seen.at, began=seen.at, settles=seen.at + SETTLE)
    )


def _with_cooling(setpoint: Setpoint, seen: Seen) -> Setpoint:
    """Return the record without the requested cooling setpoint once the thermostat shows it, or shows another one for good."""
    before, shown, last = setpoint.cooling_before, seen.thermostat.cooling, setpoint.told
    if setpoint.cooling is None or (last is not None and seen.at <= last.at + setpoint.echo):
        return setpoint
    if shown is None or (before is not None and alike(shown, before, seen.step)):
        return setpoint
    return replace(setpoint, cooling=None, cooling_before=None)


def _with_pending(setpoint: Setpoint, pending: float, seen: Seen) -> Setpoint:
    """Return the record of a thermostat that heats again, with the setpoint that was requested while it was off."""
    # The command was sent while the thermostat was off. It answers now: at once, late, or rounded. Nobody holds the
    # thermostat to it, unless the guard limited the setpoint before.
    last = setpoint.told
    is_limited = (
        last is not None and not last.origin.is_theirs and not is_given_back(setpoint, last)
    )
    command = Flight(
        value=pending,
        at=seen.at,
        before=setpoint.shown,
        origin=Origin.CALLED if is_limited else Origin.HANDED_ON,
        as_range=seen.thermostat.cooling is not None,
    )
    flights = (*_pending_flights(setpoint, seen), command)
    return replace(
        setpoint, requested=pending, single=False, pending=None, flights=flights, preset=None
    )


def _attribute(setpoint: Setpoint, seen: Seen) -> _Attribution:
    """Return where a new setpoint comes from."""
    last = setpoint.told
    if setpoint.is_expected(seen.setpoint, seen.step) or _is_as_requested_after_outage(
        setpoint, seen
    ):
        return _Attribution.EXPECTED
    if seen.author.is_foreign:
        return _Attribution.FOREIGN
    if last is not None and seen.at <= last.at + setpoint.echo and not _is_awaited(setpoint, seen):
        return _attribute_after_write(setpoint, last, seen)
    # A thermostat that never showed a heating setpoint still shows what it had.
    return _Attribution.OLD if last is None and setpoint.shown is None else _Attribution.UNSETTLED


def _is_as_requested_after_outage(setpoint: Setpoint, seen: Seen) -> bool:
    """Return True if the thermostat is back at the requested setpoint after a restart: it has lost the last command."""
    requested = setpoint.requested
    return (
        setpoint.seen_again is not None
        and requested is not None
        and alike(seen.setpoint, requested, seen.step)
    )


def _attribute_after_write(setpoint: Setpoint, last: Flight, seen: Seen) -> _Attribution:
    """Return where a new setpoint comes from within the readback window of a command."""
    if last.arrived:
        return _Attribution.ANSWER if ended_there(setpoint, seen) else _Attribution.UNSETTLED
    if (last.before is None and setpoint.seen_again is None) or is_earlier(setpoint, last, seen):
        return _Attribution.OLD
    # After an outage it may be a default, unless it carries the command's context.
    is_no_default = setpoint.seen_again is None or seen.author is Author.GUARD
    return (
        _Attribution.ANSWER
        if is_no_default and is_answer(setpoint, last, seen)
        else _Attribution.UNSETTLED
    )


def _with_expected(setpoint: Setpoint, seen: Seen) -> Setpoint:
    last = setpoint.told
    provisional = (
        _restart_settling(setpoint, seen)
        if setpoint.is_expected(seen.setpoint, seen.step)
        else None
    )
    shown = replace(setpoint, shown=seen.setpoint, provisional=provisional)
    if last is None or last.is_split or not alike(seen.setpoint, last.value, seen.step):
        return shown
    if setpoint.seen_again is not None and not last.arrived:
        # It may be a default that happens to be the same.
        return shown
    # It does follow commands to the letter.
    ended = setpoint.ended if last.answer is None else None
    arrived = _with_arrival(
        replace(shown, ended=ended), replace(last, answer=None, answered=None), seen
    )
    # Nobody knows how long it took, where it shows that already.
    return replace(arrived, lag=setpoint.lag) if _shows(setpoint, seen) else arrived


def _restart_settling(setpoint: Setpoint, seen: Seen) -> Provisional | None:
    """Return the provisional change with a new settle time after the expected value came back: the value may flicker."""
    provisional = setpoint.provisional
    return None if provisional is None else replace(provisional, settles=seen.at + SETTLE)


def _with_answer(setpoint: Setpoint, seen: Seen) -> Setpoint:
    last = setpoint.told
    assert last is not None  # noqa: S101 -- it is the answer to something
    answered = replace(last, answer=seen.setpoint, answered=last.answered or seen.at)
    # It took until it began to show, and no longer for being judged later.
    arrived = _with_arrival(setpoint, answered, seen)
    return replace(arrived, shown=seen.setpoint, ended=seen.setpoint, provisional=None)


def _with_resumed(setpoint: Setpoint, last: Flight, seen: Seen) -> Setpoint:
    """Return the record of a thermostat that resumed its schedule: the scheduled setpoint is the requested one."""
    return replace(
        _with_arrival(setpoint, last, seen), requested=seen.setpoint, single=False, provisional=None
    )


def _with_old(setpoint: Setpoint, seen: Seen) -> Setpoint:
    last = setpoint.told
    old = replace(setpoint, shown=seen.setpoint, provisional=None)
    if last is None or last.before is not None:
        return old
    return replace(old, flights=(*setpoint.flights[:-1], replace(last, before=seen.setpoint)))


def _with_request(setpoint: Setpoint, seen: Seen) -> Setpoint:
    """Return the record after somebody chose a preset or mode on the guard's climate entity: limits apply at once."""
    return replace(
        setpoint,
        shown=seen.setpoint,
        requested=seen.setpoint,
        single=False,
        provisional=None,
        planned=None,
        # The rest of a group may follow.
        choice_until=seen.at + SETTLE,
        preset=None,
        flights=_pending_flights(setpoint, seen),
        changes=with_change(setpoint.changes, seen.at, seen.setpoint),
        skips_turn=True,
    )


def _with_foreign(setpoint: Setpoint, seen: Seen) -> Setpoint:
    shown = replace(setpoint, shown=seen.setpoint)
    is_person = seen.author is Author.PERSON
    return (
        _with_schedule_change(shown, seen)
        if not is_person and _recurs(shown, seen)
        else _with_manual_change(shown, seen)
    )


def _with_unsettled(setpoint: Setpoint, seen: Seen) -> Setpoint:
    before, last = setpoint.provisional, setpoint.told
    settles = seen.at + _settle_time(setpoint, seen)
    if (
        last is not None
        and not _is_awaited(setpoint, seen)
        and may_still_answer(setpoint, last, seen)
    ):
        settles = max(settles, (seen.at if last.arrived else last.at) + setpoint.echo)
    first, began = (
        (_shown_since(setpoint, seen), seen.at) if before is None else (before.first, before.began)
    )
    return replace(
        setpoint,
        shown=seen.setpoint,
        provisional=Provisional(first=first, began=began, settles=settles),
    )


def _shown_since(setpoint: Setpoint, seen: Seen) -> datetime:
    """Return the earliest time at which the setpoint may have changed. Right after an outage, that is the last command."""
    last = setpoint.told
    return (
        last.at
        if last is not None and not last.arrived and setpoint.seen_again == seen.at
        else seen.at
    )


def _settle_time(setpoint: Setpoint, seen: Seen) -> timedelta:
    """Return how long a setpoint must stay the same before it counts."""
    if _is_awaited(setpoint, seen):
        return SETTLE_ON_COMMAND if seen.author is Author.GUARD else SETTLE
    return SETTLE if setpoint.seen_again is None else SETTLE_AFTER_OUTAGE


def _is_awaited(setpoint: Setpoint, seen: Seen) -> bool:
    """Return True if a new setpoint is expected: a preset or mode was chosen, or the schedule is being resumed."""
    return setpoint.choice_until is not None or _is_resuming(setpoint, seen)


def _is_resuming(setpoint: Setpoint, seen: Seen) -> bool:
    last = setpoint.told
    return last is not None and last.resumes and seen.at <= last.at + setpoint.echo


_RECORD: dict[_Attribution, Callable[[Setpoint, Seen], Setpoint]] = {
    _Attribution.EXPECTED: _with_expected,
    _Attribution.ANSWER: _with_answer,
    _Attribution.OLD: _with_old,
    _Attribution.FOREIGN: _with_foreign,
    _Attribution.UNSETTLED: _with_unsettled,
}
"""How each kind of change is recorded."""


def _settle_at(setpoint: Setpoint, provisional: Provisional) -> datetime:
    return min(provisional.settles, provisional.began + max(PROVISIONAL_MOST, setpoint.echo))


def _settle(setpoint: Setpoint, seen: Seen) -> Setpoint:
    """Return the record with the provisional change attributed if it has settled."""
    provisional = setpoint.provisional
    if provisional is None or seen.at < _settle_at(setpoint, provisional):
        return setpoint
    is_expected = setpoint.is_expected(seen.setpoint, seen.step)
    if setpoint.choice_until is not None and (
        not is_expected or provisional.began == setpoint.preset_at
    ):
        return _with_request(setpoint, seen)
    return (
        replace(setpoint, provisional=None) if is_expected else _judge(setpoint, provisional, seen)
    )


def _judge(setpoint: Setpoint, provisional: Provisional, seen: Seen) -> Setpoint:
    """Return the record with a settled change attributed to the thermostat's answer, its schedule or a person."""
    last = setpoint.told
    if last is not None and _is_resuming(setpoint, seen):
        return _with_resumed(setpoint, last, seen)
    if (
        last is not None
        and may_be_late(setpoint, last, provisional)
        and is_answer(setpoint, last, seen)
    ):
        return _with_answer(setpoint, seen)
    if _is_by_program(setpoint, provisional) or _recurs(setpoint, seen):
        return _with_schedule_change(setpoint, seen)
    ended = seen.setpoint if last is not None and not last.arrived else setpoint.ended
    return replace(_with_manual_change(setpoint, seen), ended=ended)


def _is_by_program(setpoint: Setpoint, provisional: Provisional) -> bool:
    """Return True if a hold ended by itself: the thermostat went back to the preset from before the hold."""
    at, presets, last = setpoint.preset_at, setpoint.presets, setpoint.told
    if at is None or at < provisional.first - SETTLE or len(presets) < 2:  # noqa: PLR2004 -- the one it left, and the present one
        return False
    is_back = setpoint.is_preset_back or presets[-1] == setpoint.preset
    had_held = last is not None and last.arrived and setpoint.preset not in {None, presets[-2]}
    return is_back or had_held


def _recurs(setpoint: Setpoint, seen: Seen) -> bool:
    began = seen.at if setpoint.provisional is None else setpoint.provisional.began
    return habit.recurs(setpoint.changes, began, seen.setpoint, seen.zone, said=seen.own_schedule)


def _with_arrival(setpoint: Setpoint, last: Flight, seen: Seen) -> Setpoint:
    lag = (
        setpoint.lag if last.arrived else max(_change_start(setpoint, seen) - last.at, timedelta(0))
    )
    flights = (*setpoint.flights[:-1], replace(last, arrived=True))
    # Once it is given back, another preset may hold before the next limit.
    preset = None if last.resumes or is_given_back(setpoint, last) else setpoint.preset
    return replace(
        setpoint, flights=flights, preset=preset, lag=min(lag, ECHO_LONGEST), left_behind=False
    )


def _with_schedule_change(setpoint: Setpoint, seen: Seen) -> Setpoint:
    """Return the record after the thermostat's own schedule changed the setpoint: limits go on."""
    return replace(
        setpoint,
        requested=seen.setpoint,
        single=False,
        provisional=None,
        preset=None,
        flights=_pending_flights(setpoint, seen),
        changes=with_change(setpoint.changes, _change_start(setpoint, seen), seen.setpoint),
    )


def _with_manual_change(setpoint: Setpoint, seen: Seen) -> Setpoint:
    """Return the record after a manual change: nothing is limited during the manual hold."""
    began, last = _change_start(setpoint, seen), setpoint.told
    overturned, yields = setpoint.overturned, setpoint.yields_until
    if last is not None and began <= last.at + setpoint.echo:
        overturned = (*overturned, seen.at)
        if len(overturned) > OVERTURNED_MOST:
            overturned, yields = (), seen.at + YIELD
    return replace(
        setpoint,
        requested=seen.setpoint,
        single=False,
        planned=None,
        provisional=None,
        held_until=seen.at + HOLD,
        yields_until=yields,
        overturned=overturned,
        changes=with_change(setpoint.changes, began, seen.setpoint),
        preset=None,
        flights=_pending_flights(setpoint, seen),
    )


def _change_start(setpoint: Setpoint, seen: Seen) -> datetime:
    """Return when the change began that is being recorded."""
    return seen.at if setpoint.provisional is None else setpoint.provisional.began


def _pending_flights(setpoint: Setpoint, seen: Seen) -> tuple[Flight, ...]:
    """Return the commands that may still take effect after somebody changed the setpoint."""
    return tuple(
        replace(flight, before=seen.setpoint)
        for flight in setpoint.flights
        if not flight.arrived
        and not flight.origin.is_theirs
        and seen.at <= flight.at + setpoint.echo
    )
