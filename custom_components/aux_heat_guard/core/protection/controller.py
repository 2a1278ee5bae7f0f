"""Controls the thermostat: decides, handles requests and proposals, and restores the setpoint."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from ..model import COOLING_ACTION, HEATING_MODES, Advice, Command, Mode, Request, SwitchoverKind
from ..sense.detector import CALLING_ACTIONS
from ..units import EPSILON
from . import attribution, write_gate
from .clamp import build_command, clamp, forward_command
from .compose import compose_decision, earliest_after
from .context import ControlContext
from .decision import ControlResult, Decision, ProtectionState, SetpointReason
from .limits.registry import LIMITS
from .readback import SetpointReport
from .setpoint import Setpoint, WriteOrigin
from .switchover import SWITCHOVER_OFF, SwitchoverState, Threshold
from .write_gate import Urgency

MODE_OFF = "off"
"""The thermostat's mode in which it neither heats nor cools."""

PROPOSABLE_REASONS = frozenset(
    {
        SetpointReason.RECOVERY,
        *(limit for limit, state in LIMITS.items() if state.IS_PROPOSABLE),
    }
)
"""The reasons for which a setpoint is proposed in Advise mode."""


def decide(protection: ProtectionState, context: ControlContext) -> ControlResult:
    """Return the decision for the current conditions, with the command and switches due now."""
    switchovers, changes, due = _advance_switchovers(protection.switchovers, context)
    if switchovers is not protection.switchovers:
        protection = replace(protection, switchovers=switchovers)
    result = _decide_setpoint(protection, context)
    if not changes and due is None:
        return result
    return replace(result, switch_changes=changes, due=earliest_after(context.at, result.due, due))


def _advance_switchovers(
    switchovers: Mapping[SwitchoverKind, SwitchoverState], context: ControlContext
) -> tuple[
    Mapping[SwitchoverKind, SwitchoverState],
    tuple[tuple[SwitchoverKind, bool], ...],
    datetime | None,
]:
    """Return the next switch states, their changes, and when to check again.

    Outside Protect mode every switch is off.
    """
    settings, is_protecting = context.settings.protection, context.settings.mode is Mode.PROTECT
    thresholds = {
        SwitchoverKind.FURNACE: (settings.furnace_below, True),
        SwitchoverKind.AUX_LOCKOUT: (settings.aux_lockout_above, False),
    }
    advanced: dict[SwitchoverKind, SwitchoverState] = {}
    dues = list[datetime | None]()
    for kind, (outdoor, is_on_when_cold) in thresholds.items():
        if is_protecting and outdoor is not None:
            advanced[kind], due = switchovers.get(kind, SWITCHOVER_OFF).advance(
                context.at, context.outdoor, Threshold(outdoor, is_on_when_cold)
            )
            dues.append(due)
    before_on = {kind for kind, one in switchovers.items() if one.is_on}
    now_on = {kind for kind, one in advanced.items() if one.is_on}
    changes = tuple(
        (kind, kind in now_on)
        for kind in SwitchoverKind
        if (kind in now_on) is not (kind in before_on)
    )
    next_states = switchovers if advanced == switchovers else advanced
    return next_states, changes, earliest_after(context.at, *dues)


def _decide_setpoint(protection: ProtectionState, context: ControlContext) -> ControlResult:
    """Return the decision on the setpoint. There is none while the thermostat does not heat."""
    protection = _with_last_action(protection, context.observation.thermostat.hvac_action)
    if context.setpoint is not None:
        return _with_reported_setpoint(_decide_heating(protection, context), context)
    reset = protection.reset_limits()
    mode = context.observation.thermostat.hvac_mode
    if mode is None or mode in HEATING_MODES:
        return ControlResult(protection=replace(reset, setpoint=reset.setpoint.mark_outage()))
    if mode == MODE_OFF:
        return ControlResult(protection=reset)
    return ControlResult(
        protection=replace(reset, setpoint=reset.setpoint.clear_request_while_off())
    )


def _with_last_action(protection: ProtectionState, action: str | None) -> ProtectionState:
    """Return the state that records whether the thermostat was last heating or cooling."""
    was_cooling_last = action == COOLING_ACTION or (
        protection.setpoint.was_cooling_last and action not in CALLING_ACTIONS
    )
    if was_cooling_last is protection.setpoint.was_cooling_last:
        return protection
    return replace(
        protection, setpoint=replace(protection.setpoint, was_cooling_last=was_cooling_last)
    )


def _with_reported_setpoint(result: ControlResult, context: ControlContext) -> ControlResult:
    """Return the result with the reported setpoint, and whether the decision is a proposal."""
    if result.decision is None:
        return result
    setpoint = result.protection.setpoint
    is_proposed = context.settings.mode is Mode.ADVISE and _is_proposed(
        result.decision, setpoint, context
    )
    decision = replace(
        result.decision, reported_setpoint=setpoint.reported, is_proposed=is_proposed
    )
    return replace(result, decision=decision)


def _is_proposed(decision: Decision, setpoint: Setpoint, context: ControlContext) -> bool:
    """Return True if the decision is proposed to the user.

    It must differ from the reported setpoint. Its reason is a limit or recovery, or it ends an
    earlier proposal that was accepted.
    """
    if setpoint.has_reached(decision.applied, context.observation.thermostat.grid.step):
        return False
    last_write, requested = setpoint.last_write, setpoint.requested
    ends_proposal = (
        decision.reason is SetpointReason.NONE
        and last_write is not None
        and last_write.origin is WriteOrigin.ACCEPTED_PROPOSAL
        and requested is not None
        and abs(decision.applied - requested) < EPSILON
    )
    return ends_proposal or decision.reason in PROPOSABLE_REASONS


def _decide_heating(protection: ProtectionState, context: ControlContext) -> ControlResult:
    protection = _record_report(protection, context)
    result = _decide_by_mode(protection, _with_requested_cooling(context, protection.setpoint))
    due = earliest_after(context.at, result.due, result.protection.setpoint.settles_at)
    return replace(result, due=due)


def _decide_by_mode(protection: ProtectionState, context: ControlContext) -> ControlResult:
    if context.settings.mode is Mode.MONITOR:
        # The limits start over when they are enabled again.
        return _restore_requested(protection.without_limits(), context)
    decision, state, due = compose_decision(protection, context)
    if context.settings.mode is Mode.PROTECT:
        urgency = Urgency.NORMAL if decision.hold is None else Urgency.IMMEDIATE
        return _write_if_needed(state, context, decision, due, urgency)
    # In Advise mode the schedule is only proposed: the thermostat keeps the requested setpoint.
    restored = _restore_requested(replace(state, setpoint=protection.setpoint), context)
    return replace(restored, decision=decision, due=earliest_after(context.at, restored.due, due))


def advice(result: ControlResult) -> Advice | None:
    """Return the proposed setpoint, or None if there is none."""
    decision = result.decision
    if decision is None or not decision.is_proposed:
        return None
    return Advice(decision.applied, decision.reason.value)


def request_setpoint(
    protection: ProtectionState, context: ControlContext, request: Request
) -> ControlResult:
    """Record a request that was made on the guard's climate entity.

    The command is the limited setpoint, to be sent to the thermostat instead of the requested one.
    """
    thermostat, temperature = context.observation.thermostat, request.temperature
    mode = thermostat.hvac_mode if request.hvac_mode is None else request.hvac_mode
    is_heating, changes_mode = context.setpoint is not None, mode != thermostat.hvac_mode
    if mode in HEATING_MODES and (not is_heating or changes_mode):
        context, is_heating = _with_mode(context, mode, temperature), True
    if mode in HEATING_MODES and changes_mode:
        # Reports that arrive in the new mode before this setpoint are outdated.
        protection = replace(protection, setpoint=replace(protection.setpoint, reported=None))
    if not is_heating:
        setpoint = protection.setpoint.with_request_while_off(temperature)
        return ControlResult(
            protection=replace(protection, setpoint=setpoint, recovery_request=None),
            command=forward_command(temperature),
        )
    thermostat = context.observation.thermostat
    if context.settings.mode is not Mode.PROTECT:
        setpoint = protection.setpoint.with_forwarded_request(request, context.at, thermostat)
        return ControlResult(
            protection=replace(protection, setpoint=setpoint), command=forward_command(temperature)
        )
    setpoint = protection.setpoint.with_request(request, context.at, thermostat)
    return _decide_request(
        replace(protection, setpoint=setpoint, recovery_request=None),
        _with_requested_cooling(context, setpoint),
        request,
    )


def _decide_request(
    protection: ProtectionState, context: ControlContext, request: Request
) -> ControlResult:
    """Return the decision on a request that is recorded already, with its command."""
    single, thermostat = protection.setpoint.single, context.observation.thermostat
    decision, state, _ = compose_decision(protection, context)
    # The caller sends the request with this setpoint: the command itself is no single temperature.
    command = replace(build_command(decision.applied, thermostat, single=single), is_single=False)
    setpoint = state.setpoint.with_write(
        command.setpoint,
        context.at,
        thermostat.preset,
        origin=WriteOrigin.REQUEST,
        as_range=not request.is_single,
        is_split=single,
    )
    result = ControlResult(
        protection=replace(state, setpoint=setpoint), decision=decision, command=command
    )
    return _with_reported_setpoint(result, context)


def _with_mode(context: ControlContext, mode: str | None, temperature: float) -> ControlContext:
    """Return the context once the thermostat is in a mode, with a setpoint in °C."""
    thermostat = replace(
        context.observation.thermostat, hvac_mode=mode, hvac_action=None, setpoint=temperature
    )
    observation = replace(context.observation, thermostat=thermostat)
    return replace(context, observation=observation, setpoint=temperature)


def _with_requested_cooling(context: ControlContext, setpoint: Setpoint) -> ControlContext:
    """Return the context with the requested cooling setpoint, even if it is not reported yet."""
    if setpoint.requested_cooling is None:
        return context
    thermostat = replace(
        context.observation.thermostat, cooling_setpoint=setpoint.requested_cooling
    )
    return replace(context, observation=replace(context.observation, thermostat=thermostat))


def accept_proposal(
    protection: ProtectionState, context: ControlContext, temperature: float
) -> tuple[ProtectionState, Command | None]:
    """Record that somebody accepted a proposed setpoint in °C. Return the command for it.

    There is no command while the thermostat does not heat.
    """
    if context.setpoint is None:
        return protection, None
    setpoint, thermostat = protection.setpoint, context.observation.thermostat
    is_restore = setpoint.requested is not None and abs(temperature - setpoint.requested) < EPSILON
    command = _command_for(setpoint, context, temperature, is_restore=is_restore)
    written = setpoint.with_write(
        command.setpoint,
        context.at,
        thermostat.preset,
        resumes=command.resumes_program,
        origin=WriteOrigin.ACCEPTED_PROPOSAL,
        as_range=thermostat.cooling_setpoint is not None and not command.is_single,
    )
    return replace(protection, setpoint=written), command


def restore_thermostat(protection: ProtectionState, context: ControlContext) -> ControlResult:
    """Restore the requested setpoint and the switches before the guard stops."""
    changes = tuple((kind, False) for kind, one in protection.switchovers.items() if one.is_on)
    state = replace(protection, switchovers={})
    if context.setpoint is None:
        return ControlResult(protection=state, switch_changes=changes)
    state = _record_report(state, context)
    restored = _restore_requested(
        state, _with_requested_cooling(context, state.setpoint), Urgency.FINAL
    )
    is_unsettled = restored.protection.setpoint.is_unsettled(
        context.observation.thermostat.grid.step
    )
    setpoint = replace(
        restored.protection.setpoint,
        # This write must not delay the first write after the next start.
        write_times=state.setpoint.write_times,
        is_restore_unconfirmed=is_unsettled or restored.command is not None,
    )
    if not is_unsettled:
        setpoint = setpoint.mark_restored()
    return replace(
        restored,
        protection=replace(restored.protection, setpoint=setpoint),
        switch_changes=changes,
    )


def record_report(protection: ProtectionState, context: ControlContext) -> ProtectionState:
    """Return the state with the setpoint that the thermostat reports, without a decision."""
    return protection if context.setpoint is None else _record_report(protection, context)


def _record_report(protection: ProtectionState, context: ControlContext) -> ProtectionState:
    assert context.setpoint is not None  # noqa: S101 -- the callers have checked it
    report = SetpointReport(
        at=context.at,
        setpoint=context.setpoint,
        thermostat=context.observation.thermostat,
        zone=context.settings.zone,
        has_own_schedule=context.settings.protection.has_own_schedule,
    )
    before = protection.setpoint
    setpoint = attribution.record_report(before, report).trim_write_times(context.at)
    if setpoint is before:
        return protection
    is_manual = setpoint.hold_until is not None and setpoint.hold_until != before.hold_until
    # A manual change replaces a recovery that was requested before.
    return replace(
        protection,
        setpoint=setpoint,
        recovery_request=None if is_manual else protection.recovery_request,
    )


def _restore_requested(
    protection: ProtectionState, context: ControlContext, urgency: Urgency = Urgency.IMMEDIATE
) -> ControlResult:
    """Restore the requested setpoint if the guard has written another one."""
    requested, last_write = protection.setpoint.requested, protection.setpoint.last_write
    if requested is None or last_write is None or last_write.origin.is_user_owned:
        return ControlResult(protection=protection)
    value = clamp(requested, context.observation.thermostat, single=protection.setpoint.single)
    decision = Decision(target=value, applied=value, requested=value)
    result = _write_if_needed(protection, context, decision, None, urgency)
    return replace(result, decision=None)


def _write_if_needed(
    protection: ProtectionState,
    context: ControlContext,
    decision: Decision,
    due: datetime | None,
    urgency: Urgency,
) -> ControlResult:
    """Return the result of a decision, with a command if the thermostat needs one now."""
    setpoint, thermostat = protection.setpoint, context.observation.thermostat
    is_restore, step = decision.is_as_requested, thermostat.grid.step
    desired = write_gate.DesiredWrite(
        value=decision.applied, at=context.at, step=step, is_restore=is_restore, urgency=urgency
    )
    gate = write_gate.check(setpoint, desired)
    due = earliest_after(context.at, due, gate.due)
    if not gate.should_write:
        is_protecting = context.settings.mode is Mode.PROTECT
        if is_protecting and setpoint.has_reached(decision.applied, step):
            protection = replace(protection, setpoint=setpoint.adopt_last_write())
        return ControlResult(protection=protection, decision=decision, due=due)
    command = _command_for(setpoint, context, decision.applied, is_restore=is_restore)
    written = setpoint.with_write(
        command.setpoint,
        context.at,
        thermostat.preset,
        resumes=command.resumes_program,
        origin=WriteOrigin.RESTORE if is_restore else WriteOrigin.DECISION,
        as_range=thermostat.cooling_setpoint is not None and not command.is_single,
        is_split=command.is_single,
    )
    return ControlResult(
        protection=replace(protection, setpoint=written),
        decision=decision,
        command=command,
        due=earliest_after(context.at, due, written.readback_deadline),
        unrestored_setpoint=setpoint.reported if setpoint.is_restore_unconfirmed else None,
    )


def _command_for(
    setpoint: Setpoint, context: ControlContext, temperature: float, *, is_restore: bool
) -> Command:
    """Return the command for a setpoint in °C. A restore also resumes the thermostat's program."""
    thermostat = context.observation.thermostat
    single = is_restore and setpoint.single and thermostat.cooling_setpoint is not None
    command = build_command(
        temperature, thermostat, single=single, cooling_setpoint=setpoint.requested_cooling
    )
    if not is_restore:
        return command
    if context.settings.protection.has_resume_action:
        return replace(command, runs_resume_action=True)
    preset = setpoint.preset_to_restore
    return replace(command, preset=None if preset == thermostat.preset else preset)
