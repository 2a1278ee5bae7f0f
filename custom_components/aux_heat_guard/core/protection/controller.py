"""Says what the thermostat is to be told, and what is switched: what should hold, what somebody asks for or agrees to, and giving it back."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from ..model import COOLING_ACTION, HEATING_MODES, Advice, Command, Mode, Request, SwitchoverKind
from ..sense.detector import CALLING_ACTIONS
from ..settings.protection import LONGEST_RECOVERY
from ..units import EPSILON
from . import attribution, write_gate
from .clamp import clamp
from .compose import compose_decision, earliest_after, reset_limits
from .decision import (
    INITIAL_PROTECTION_STATE,
    ControlContext,
    ControlResult,
    Decision,
    ProtectionState,
    SetpointReason,
)
from .readback import SetpointReport
from .setpoint import Setpoint, WriteOrigin
from .switchover import SWITCHOVER_OFF, SwitchoverState, Threshold
from .write_gate import Urgency

MODE_OFF = "off"
"""The thermostat does nothing."""


def request_recovery(
    protection: ProtectionState, ready_by: datetime, temperature: float
) -> ProtectionState:
    """Take in that it is to be so warm, °C, by an instant. Where that is near, what somebody set by hand before holds no longer."""
    setpoint = protection.setpoint
    near = setpoint.hold_until is not None and ready_by <= setpoint.hold_until + LONGEST_RECOVERY
    return replace(
        protection,
        recovery_request=(ready_by, temperature),
        setpoint=replace(setpoint, hold_until=None) if near else setpoint,
    )


def end_hold(protection: ProtectionState) -> ProtectionState:
    """Take in that what was set by hand may be limited again."""
    return replace(
        protection, setpoint=replace(protection.setpoint, hold_until=None, pause_until=None)
    )


def decide(protection: ProtectionState, context: ControlContext) -> ControlResult:
    """Look at a situation."""
    switches, switched, due = _advance_switchovers(protection.switchovers, context)
    decided = _decide_setpoint(
        protection
        if switches is protection.switchovers
        else replace(protection, switchovers=switches),
        context,
    )
    return (
        replace(decided, switch_changes=switched, due=earliest_after(context.at, decided.due, due))
        if switched or due
        else decided
    )


def _advance_switchovers(
    switches: Mapping[SwitchoverKind, SwitchoverState], context: ControlContext
) -> tuple[
    Mapping[SwitchoverKind, SwitchoverState],
    tuple[tuple[SwitchoverKind, bool], ...],
    datetime | None,
]:
    """Follow the outdoor temperature by what is switched by it; where nobody protects, all of it goes off."""
    settings, protects = context.settings.protection, context.settings.mode is Mode.PROTECT
    thresholds = {
        SwitchoverKind.FURNACE: (settings.furnace_below, True),
        SwitchoverKind.AUX_LOCKOUT: (settings.aux_lockout_above, False),
    }
    after: dict[SwitchoverKind, SwitchoverState] = {}
    dues = list[datetime | None]()
    for switch, (outdoor, is_cold) in thresholds.items():
        if protects and outdoor is not None:
            before = switches.get(switch, SWITCHOVER_OFF)
            after[switch], due = before.advance(
                context.at, context.outdoor, Threshold(outdoor, is_cold)
            )
            dues.append(due)
    were, are = (
        {switch for switch, one in which.items() if one.is_on} for which in (switches, after)
    )
    moved = tuple(
        (switch, switch in are)
        for switch in SwitchoverKind
        if (switch in are) is not (switch in were)
    )
    return switches if after == switches else after, moved, earliest_after(context.at, *dues)


def _decide_setpoint(protection: ProtectionState, context: ControlContext) -> ControlResult:
    """Decide on the setpoint: where nothing is to be heated, nothing is decided."""
    protection = _with_last_action(protection, context.observation.thermostat.hvac_action)
    if context.setpoint is not None:
        return _with_reported_setpoint(_decide_heating(protection, context), context)
    resting = reset_limits(protection)
    mode, setpoint = context.observation.thermostat.hvac_mode, resting.setpoint
    if mode is None or mode in HEATING_MODES:
        return ControlResult(replace(resting, setpoint=setpoint.mark_outage()))
    return ControlResult(
        resting
        if mode == MODE_OFF
        else replace(resting, setpoint=setpoint.clear_request_while_off())
    )


def _with_last_action(protection: ProtectionState, action: str | None) -> ProtectionState:
    """Record whether the thermostat was last heating or cooling."""
    last_cooled = action == COOLING_ACTION or (
        protection.setpoint.was_cooling_last and action not in CALLING_ACTIONS
    )
    if last_cooled is protection.setpoint.was_cooling_last:
        return protection
    return replace(protection, setpoint=replace(protection.setpoint, was_cooling_last=last_cooled))


def _with_reported_setpoint(result: ControlResult, context: ControlContext) -> ControlResult:
    """Return the decision with the setpoint that the thermostat shows, and whether it is only proposed."""
    if result.decision is None:
        return result
    setpoint = result.protection.setpoint
    is_proposed = context.settings.mode is Mode.ADVISE and _is_proposed(
        result.decision, setpoint, context
    )
    return replace(
        result,
        decision=replace(
            result.decision, reported_setpoint=setpoint.reported, is_proposed=is_proposed
        ),
    )


def _is_proposed(decision: Decision, setpoint: Setpoint, context: ControlContext) -> bool:
    """Tell whether somebody is asked to set that: it is another setpoint than shows, for a reason, or because one is over that they agreed to."""
    if setpoint.has_reached(decision.applied, context.observation.thermostat.grid.step):
        return False
    told, requested = setpoint.last_write, setpoint.requested
    goes_back = (
        decision.reason is SetpointReason.NONE
        and told is not None
        and told.origin is WriteOrigin.ACCEPTED_PROPOSAL
        and requested is not None
        and abs(decision.applied - requested) < EPSILON
    )
    return goes_back or decision.reason in PROPOSABLE_REASONS


def _decide_heating(protection: ProtectionState, context: ControlContext) -> ControlResult:
    protection = _record_report(protection, context)
    decided = _decide_by_mode(protection, _with_requested_cooling(context, protection.setpoint))
    return replace(
        decided,
        due=earliest_after(context.at, decided.due, decided.protection.setpoint.settles_at),
    )


def _decide_by_mode(protection: ProtectionState, context: ControlContext) -> ControlResult:
    if context.settings.mode is Mode.MONITOR:
        # The limits begin anew when they may hold again.
        kept = replace(
            INITIAL_PROTECTION_STATE,
            setpoint=protection.setpoint,
            switchovers=protection.switchovers,
            learned_schedule=protection.learned_schedule,
        )
        return _restore_requested(kept, context)
    decision, composed_from, due = compose_decision(protection, context)
    if context.settings.mode is Mode.PROTECT:
        return _write_if_needed(
            composed_from,
            context,
            decision,
            due,
            Urgency.NORMAL if decision.hold is None else Urgency.IMMEDIATE,
        )
    # What a plan wants is only proposed: what was asked for is what shows.
    given_back = _restore_requested(replace(composed_from, setpoint=protection.setpoint), context)
    return replace(
        given_back, decision=decision, due=earliest_after(context.at, given_back.due, due)
    )


PROPOSABLE_REASONS = frozenset(
    {SetpointReason.CAP, SetpointReason.BUDGET_SETBACK, SetpointReason.RECOVERY}
)
"""What there is a reason for that people can act on."""


def advice(result: ControlResult) -> Advice | None:
    """Tell what is proposed."""
    decision = result.decision
    return (
        Advice(decision.applied, decision.reason.value)
        if decision is not None and decision.is_proposed
        else None
    )


def request_setpoint(
    protection: ProtectionState, context: ControlContext, request: Request
) -> ControlResult:
    """Record a request that was made on the guard's climate entity.

    The command is the limited setpoint, to be sent to the thermostat now instead of the requested one.
    """
    temperature, heats = request.temperature, context.setpoint is not None
    mode = (
        context.observation.thermostat.hvac_mode if request.hvac_mode is None else request.hvac_mode
    )
    changes_mode = mode != context.observation.thermostat.hvac_mode
    if mode in HEATING_MODES and (not heats or changes_mode):
        context, heats = _with_mode(context, mode, temperature), True
    if mode in HEATING_MODES and changes_mode:
        # What the thermostat shows in that mode before it shows this is old.
        protection = replace(protection, setpoint=replace(protection.setpoint, reported=None))
    if not heats:
        off = replace(
            protection,
            setpoint=protection.setpoint.with_request_while_off(temperature),
            recovery_request=None,
        )
        return ControlResult(off, command=Command(temperature))
    if context.settings.mode is not Mode.PROTECT:
        setpoint = protection.setpoint.with_forwarded_request(
            request, context.at, context.observation.thermostat
        )
        return ControlResult(replace(protection, setpoint=setpoint), command=Command(temperature))
    thermostat = context.observation.thermostat
    asked = protection.setpoint.with_request(request, context.at, thermostat)
    context = _with_requested_cooling(context, asked)
    decision, asking, _ = compose_decision(
        replace(protection, setpoint=asked, recovery_request=None), context
    )
    applied = decision.applied
    told = asking.setpoint.with_write(
        applied,
        context.at,
        thermostat.preset,
        origin=WriteOrigin.REQUEST,
        as_range=not request.is_single,
        is_split=asked.single,
    )
    return _with_reported_setpoint(
        ControlResult(replace(asking, setpoint=told), decision, Command(applied)), context
    )


def _with_mode(context: ControlContext, mode: str | None, temperature: float) -> ControlContext:
    """Return the scene as it will be when the thermostat is in a mode, with a setpoint in °C."""
    thermostat = replace(
        context.observation.thermostat, hvac_mode=mode, hvac_action=None, setpoint=temperature
    )
    return replace(
        context,
        observation=replace(context.observation, thermostat=thermostat),
        setpoint=temperature,
    )


def _with_requested_cooling(context: ControlContext, setpoint: Setpoint) -> ControlContext:
    """Return the scene with the requested cooling setpoint, which the thermostat may not show yet."""
    if setpoint.requested_cooling is None:
        return context
    thermostat = replace(
        context.observation.thermostat, cooling_setpoint=setpoint.requested_cooling
    )
    return replace(context, observation=replace(context.observation, thermostat=thermostat))


def record_choice(
    protection: ProtectionState, at: datetime, preset: str | None, mode: str | None
) -> ProtectionState:
    """Record that somebody chose a preset or a mode on the guard's climate entity.

    The setpoint that results from it is a request. `mode` is the thermostat's mode before the choice.
    """
    return replace(
        protection,
        setpoint=protection.setpoint.with_choice(at, preset, mode),
        recovery_request=None,
    )


def accept_proposal(
    protection: ProtectionState, context: ControlContext, temperature: float
) -> tuple[ProtectionState, Command | None]:
    """Take in that somebody agrees to a proposal, °C; tell also what the thermostat is told for it: nothing where it does not heat."""
    if context.setpoint is None:
        return protection, None
    setpoint, thermostat = protection.setpoint, context.observation.thermostat
    gives_back = setpoint.requested is not None and abs(temperature - setpoint.requested) < EPSILON
    command = _build_command(setpoint, context, temperature, is_restore=gives_back)
    told = setpoint.with_write(
        command.setpoint,
        context.at,
        thermostat.preset,
        resumes=command.resumes_program,
        origin=WriteOrigin.ACCEPTED_PROPOSAL,
        as_range=thermostat.cooling_setpoint is not None and not command.is_single,
    )
    return replace(protection, setpoint=told), command


def restore_thermostat(protection: ProtectionState, context: ControlContext) -> ControlResult:
    """Give back what was asked for: nobody will look after it from now on."""
    switched = tuple((switch, False) for switch, one in protection.switchovers.items() if one.is_on)
    left = replace(protection, switchovers={})
    if context.setpoint is None:
        return ControlResult(left, switch_changes=switched)
    left = _record_report(left, context)
    given_back = _restore_requested(
        left, _with_requested_cooling(context, left.setpoint), Urgency.FINAL
    )
    # Whoever looks after it next need not wait for that.
    setpoint = replace(given_back.protection.setpoint, write_times=left.setpoint.write_times)
    is_doubtful = setpoint.is_unsettled(context.observation.thermostat.grid.step)
    setpoint = replace(
        setpoint, is_restore_unconfirmed=is_doubtful or given_back.command is not None
    )
    if not is_doubtful:
        setpoint = setpoint.mark_restored()
    return replace(
        given_back,
        protection=replace(given_back.protection, setpoint=setpoint),
        switch_changes=switched,
    )


def record_report(protection: ProtectionState, context: ControlContext) -> ProtectionState:
    """Update the record with the setpoint that the thermostat shows, without a decision."""
    return protection if context.setpoint is None else _record_report(protection, context)


def _record_report(protection: ProtectionState, context: ControlContext) -> ProtectionState:
    """Take in what the thermostat shows."""
    thermostat, setpoint = context.observation.thermostat, context.setpoint
    assert setpoint is not None  # noqa: S101 -- who asks has looked
    own = context.settings.protection.has_own_schedule
    seen = SetpointReport(
        at=context.at,
        setpoint=setpoint,
        thermostat=thermostat,
        zone=context.settings.zone,
        has_own_schedule=own,
    )
    followed = attribution.record_report(protection.setpoint, seen).trim_write_times(context.at)
    if followed is protection.setpoint:
        return protection
    by_hand = (
        followed.hold_until != protection.setpoint.hold_until and followed.hold_until is not None
    )
    # Who sets it by hand wants that, and not what was asked for before.
    return replace(
        protection,
        setpoint=followed,
        recovery_request=None if by_hand else protection.recovery_request,
    )


def _restore_requested(
    protection: ProtectionState, context: ControlContext, urgency: Urgency = Urgency.IMMEDIATE
) -> ControlResult:
    """Have the thermostat show what was asked for, if it was told anything."""
    requested, told = protection.setpoint.requested, protection.setpoint.last_write
    if requested is None or told is None or told.origin.is_user_owned:
        return ControlResult(protection)
    value = clamp(requested, context.observation.thermostat, single=protection.setpoint.single)
    return replace(
        _write_if_needed(
            protection, context, Decision(value, value, requested=value), None, urgency
        ),
        decision=None,
    )


def _write_if_needed(
    protection: ProtectionState,
    context: ControlContext,
    decision: Decision,
    due: datetime | None,
    urgency: Urgency,
) -> ControlResult:
    """Have the thermostat told, where it shows something else."""
    setpoint, thermostat = protection.setpoint, context.observation.thermostat
    gives_back = decision.is_as_requested
    wish = write_gate.DesiredWrite(
        value=decision.applied,
        at=context.at,
        step=thermostat.grid.step,
        is_restore=gives_back,
        urgency=urgency,
    )
    passed = write_gate.check(setpoint, wish)
    due = earliest_after(context.at, due, passed.due)
    if not passed.should_write:
        is_held = context.settings.mode is Mode.PROTECT and setpoint.has_reached(
            decision.applied, thermostat.grid.step
        )
        return ControlResult(
            replace(protection, setpoint=setpoint.adopt_last_write()) if is_held else protection,
            decision,
            due=due,
        )
    command = _build_command(setpoint, context, decision.applied, is_restore=gives_back)
    told = setpoint.with_write(
        command.setpoint,
        context.at,
        thermostat.preset,
        resumes=command.resumes_program,
        origin=WriteOrigin.RESTORE if gives_back else WriteOrigin.DECISION,
        as_range=thermostat.cooling_setpoint is not None and not command.is_single,
        is_split=command.is_single,
    )
    left = setpoint.reported if setpoint.is_restore_unconfirmed else None
    return ControlResult(
        replace(protection, setpoint=told),
        decision,
        command,
        due=earliest_after(context.at, due, told.readback_deadline),
        unrestored_setpoint=left,
    )


def _build_command(
    setpoint: Setpoint, context: ControlContext, temperature: float, *, is_restore: bool
) -> Command:
    """Say what the thermostat is told; where that is what was asked for, it also goes on as before."""
    thermostat, cooling = context.observation.thermostat, setpoint.requested_cooling
    single = is_restore and setpoint.single and thermostat.cooling_setpoint is not None
    command = Command(
        clamp(temperature, thermostat, single=single),
        is_single=single,
        cooling_setpoint=None if single else cooling,
    )
    if not is_restore:
        return command
    if context.settings.protection.has_resume_action:
        return replace(command, runs_resume_action=True)
    return replace(
        command,
        preset=setpoint.preset_to_restore
        if setpoint.preset_to_restore != thermostat.preset
        else None,
    )
