"""Composes what should hold: what is wanted now and later, as high as the pump alone can follow, under all limits."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from ..curve import interpolate
from ..grid import round_down, round_up
from ..model import Grid, Limit, Mode
from ..sense.detector import CALLING_ACTIONS
from ..settings.protection import (
    BUDGET_SETBACK_STEP,
    COMFORT_LOOK_AHEAD,
    FREEZE_FLOOR,
    RECOVERY_EXPIRES_AFTER,
    RECURRENCE_TIME_TOLERANCE,
    ProtectionSettings,
)
from ..units import EPSILON
from . import changeover
from .clamp import clamp, recovery_ceiling
from .decision import ControlContext, Decision, LearnedSchedule, ProtectionState, SetpointReason
from .limits import budget_setback as overruns
from .limits import cap as caps
from .limits import ramp_limit as leashes
from .limits.budget_setback import BudgetSetback
from .limits.ramp_limit import RampInputs, RampLimit
from .recovery import (
    OutdoorForecast,
    RecoveryPlan,
    TemperatureSchedule,
    plan_recovery,
    recovery_target,
    scheduled_temperature,
)
from .schedule_learning import next_midnight, predict_changes
from .setpoint import Setpoint


def mark_restarted(protection: ProtectionState) -> ProtectionState:
    """Go on after a time in which nobody looked."""
    return replace(reset_limits(protection), setpoint=protection.setpoint.mark_restarted())


def reset_limits(protection: ProtectionState) -> ProtectionState:
    """Return the protection with its limits reset, after a time in which nothing was limited."""
    return replace(protection, ramp_limit=leashes.reset(protection.ramp_limit))


def compose_decision(
    protection: ProtectionState, context: ControlContext
) -> tuple[Decision, ProtectionState, datetime | None]:
    """Tell what should hold, what is remembered of how it came to that, and when to look again."""
    setpoint, settings = protection.setpoint, context.settings.protection
    cap, cap_due = caps.advance(protection.cap, context.at, context.outdoor)
    held = _active_hold(setpoint, context)
    # Steps down are not saved up while nothing is limited.
    overrun, overrun_due = _advance_budget_setback(
        protection.budget_setback, context, is_held=held is not None
    )
    protection = replace(
        protection,
        cap=cap,
        budget_setback=overrun,
        learned_schedule=_learn_schedule(protection, context),
    )
    if held is not None:
        decision, protection = _decide_in_hold(protection, context, held)
        return decision, protection, earliest_after(context.at, held[1], cap_due, overrun_due)
    protection, wanted = _resolve_schedule(protection, context)
    outdoor = context.outdoor if context.outdoor is not None else cap.outdoor
    outdoors: OutdoorForecast = (
        ()
        if outdoor is None
        else [
            (context.at, outdoor),
            *(hour for hour in context.observation.forecast.hours if hour[0] > context.at),
        ]
    )
    target, due = _target(context, wanted, outdoors)
    limits = _active_limits(protection, target, settings)
    # Over its budget AUX may still be needed: what people want is not less for it.
    capped: dict[Limit, float] = {
        limit: value for limit, value in limits.items() if limit is Limit.CAP
    }
    wished = _decide_with_limits(target, capped, context, wanted[0][1], setpoint).applied
    leash, leash_due = _advance_ramp_limit(protection, context, wanted, wished)
    course = _recovery_plan(protection.recovery_plan, context, wanted, outdoors)
    protection = replace(protection, ramp_limit=leash, recovery_plan=course)
    # It follows the room by the degree: no one is asked to do that.
    if leash.value is not None and context.settings.mode is Mode.PROTECT:
        limits[Limit.RAMP_LIMIT] = leash.value
    decision = replace(
        _decide_with_limits(target, limits, context, wanted[0][1], protection.setpoint),
        recovery_plan=course,
    )
    if context.observation.thermostat.has_shared_setpoint:
        decision = changeover.prevent_cooling(
            decision,
            protection.setpoint,
            context,
            is_scheduled=_is_as_scheduled(protection.setpoint, context),
        )
    return decision, protection, earliest_after(context.at, due, cap_due, overrun_due, leash_due)


def _active_hold(
    setpoint: Setpoint, context: ControlContext
) -> tuple[SetpointReason, datetime] | None:
    """Find what has nothing limited for the longest."""
    holds = {
        SetpointReason.MANUAL_HOLD: setpoint.hold_until,
        SetpointReason.CONFLICT_PAUSE: setpoint.pause_until,
        SetpointReason.AUX_ALLOWED: context.aux_allowed_until,
    }
    standing = [
        (holder, until)
        for holder, until in holds.items()
        if until is not None and until > context.at
    ]
    return max(standing, key=lambda hold: hold[1], default=None)


def _decide_in_hold(
    protection: ProtectionState, context: ControlContext, hold: tuple[SetpointReason, datetime]
) -> tuple[Decision, ProtectionState]:
    """Limit nothing. What a plan asks for meanwhile waits."""
    setpoint, plan = protection.setpoint, context.observation.schedule
    if plan and context.settings.protection.has_recovery:
        protection = replace(
            protection,
            setpoint=setpoint.defer_schedule(scheduled_temperature(plan, context.at)),
        )
    requested = setpoint.requested
    assert requested is not None  # noqa: S101 -- it is followed
    applied = clamp(requested, context.observation.thermostat, single=setpoint.single)
    return Decision(requested, applied, requested=requested, hold=hold), reset_limits(protection)


def _learn_schedule(protection: ProtectionState, context: ControlContext) -> LearnedSchedule:
    """Foretell what the thermostat's own schedule will do, once a day and after each change."""
    before, changes = protection.learned_schedule, protection.setpoint.changes
    if before.learned_from == changes and (
        not changes or (before.valid_until is not None and context.at < before.valid_until)
    ):
        return before
    said = context.settings.protection.has_own_schedule
    expected = predict_changes(changes, context.at, context.settings.zone, is_declared=said)
    return LearnedSchedule(
        changes, next_midnight(context.at, context.settings.zone), tuple(expected)
    )


def _resolve_schedule(
    protection: ProtectionState, context: ControlContext
) -> tuple[ProtectionState, TemperatureSchedule]:
    """Find what is wanted now and later: by a schedule that is known, else by what the thermostat's own is known to do."""
    setpoint, recovery = protection.setpoint, protection.recovery_request
    plan = context.observation.schedule if context.settings.protection.has_recovery else ()
    if plan:
        setpoint = setpoint.apply_schedule(scheduled_temperature(plan, context.at))
    if recovery is not None and recovery[0] <= context.at:
        is_missed = recovery[0] < context.at - RECOVERY_EXPIRES_AFTER
        setpoint, recovery = (
            (setpoint if is_missed else setpoint.apply_recovery(recovery[1])),
            None,
        )
    requested = setpoint.requested
    assert requested is not None  # noqa: S101 -- it is followed
    learnt = (
        _expected_raises(protection.learned_schedule, context, requested)
        if context.settings.protection.has_recovery
        else []
    )
    coming = [block for block in plan if block[0] > context.at] if plan else learnt
    # What its own schedule has begun may take some minutes to show.
    holding = max(
        [requested, *(temperature for start, temperature in coming if start <= context.at)]
    )
    later = sorted(
        [
            *(block for block in coming if block[0] > context.at),
            *([recovery] if recovery is not None else []),
        ]
    )
    return replace(protection, setpoint=setpoint, recovery_request=recovery), (
        (context.at, holding),
        *later,
    )


def _is_as_scheduled(setpoint: Setpoint, context: ControlContext) -> bool:
    """Return True where a schedule that the guard is told of says what is wanted, and nobody has asked for something else since."""
    scheduled, requested = setpoint.scheduled, setpoint.requested
    if (
        not context.observation.schedule
        or not context.settings.protection.has_recovery
        or scheduled is None
        or requested is None
    ):
        return False
    return abs(scheduled - requested) < EPSILON


def _expected_raises(
    learned: LearnedSchedule, context: ControlContext, requested: float
) -> list[tuple[datetime, float]]:
    """List what its own schedule will raise it to, and has in the last minutes, up to a step under it: so its own change still shows."""
    step = context.observation.thermostat.grid.step
    coming = (
        change
        for change in learned.expected_changes
        if change.at > context.at - RECURRENCE_TIME_TOLERANCE
    )
    return [
        (change.at, change.value - step)
        for change in coming
        if change.value - step > requested + EPSILON
    ]


def _target(
    context: ControlContext, schedule: TemperatureSchedule, forecast: OutdoorForecast
) -> tuple[float, datetime | None]:
    """Find what should hold. Without an outdoor temperature nobody knows what the pump can do, and the schedule holds as it is."""
    settings = context.settings
    if not forecast:
        coming = [start for start, _ in schedule if start > context.at]
        return scheduled_temperature(schedule, context.at), min(coming, default=None)
    target, due = recovery_target(
        context.at,
        schedule,
        forecast,
        settings.protection.heat_up_rate,
        settings.alerts.balance_point,
    )
    highest = recovery_ceiling(context.observation.thermostat)
    return (target if highest is None else max(min(target, highest), schedule[0][1])), due


def _recovery_plan(
    previous: RecoveryPlan,
    context: ControlContext,
    schedule: TemperatureSchedule,
    forecast: OutdoorForecast,
) -> RecoveryPlan:
    """Foretell how what holds goes on, now and then."""
    if previous.at is not None and previous.is_fresh(context.at, schedule):
        return previous
    settings = context.settings
    return plan_recovery(
        context.at,
        schedule,
        forecast,
        settings.protection.heat_up_rate,
        settings.alerts.balance_point,
        previous,
    )


def _advance_budget_setback(
    setback: BudgetSetback, context: ControlContext, *, is_held: bool
) -> tuple[BudgetSetback, datetime | None]:
    is_over = (
        context.settings.protection.has_budget_setback and context.is_over_budget and not is_held
    )
    return overruns.advance(
        setback, context.at, is_over_budget=is_over, aux_last_seen=context.aux_last_seen
    )


def _active_limits(
    protection: ProtectionState, target: float, settings: ProtectionSettings
) -> dict[Limit, float]:
    limits: dict[Limit, float] = {}
    outdoor, curve = protection.cap.outdoor, settings.cap
    if curve is not None and outdoor is not None and caps.is_cold_enough(outdoor, curve):
        limits[Limit.CAP] = interpolate(curve, outdoor)
    # Comfort comes before saving: who has been left in the cold for long is not asked for more.
    if (
        protection.budget_setback.lowered_by >= BUDGET_SETBACK_STEP - EPSILON
        and not protection.ramp_limit.is_backstop_active
    ):
        limits[Limit.BUDGET_SETBACK] = target - protection.budget_setback.lowered_by
    return limits


def _decide_with_limits(
    target: float,
    limits: Mapping[Limit, float],
    context: ControlContext,
    requested: float,
    setpoint: Setpoint,
) -> Decision:
    thermostat = context.observation.thermostat
    decision = apply_limits(target, limits, context.settings.protection, thermostat.grid, requested)
    single = setpoint.single and decision.is_as_requested
    return replace(decision, applied=clamp(decision.applied, thermostat, single=single))


def apply_limits(
    target: float,
    limits: Mapping[Limit, float],
    settings: ProtectionSettings,
    grid: Grid,
    requested: float | None = None,
) -> Decision:
    """Tell what holds: the target, under all limits, and these over the comfort floor; nothing under the freeze floor.

    What was requested goes through as it was said, where nothing speaks against it.
    """
    wanted = target if target == requested else round_down(target, grid)
    floor = max(min(round_up(settings.comfort_floor, grid), wanted), round_up(FREEZE_FLOOR, grid))
    lowest = min(limits.values(), default=target)
    applied = max(
        wanted if lowest >= target - EPSILON else min(wanted, round_down(lowest, grid)), floor
    )
    if applied >= wanted - EPSILON:
        return Decision(target, applied, limits, None, requested)
    # Of limits that come to the same setpoint of the thermostat the first one holds.
    holder = next(
        limit
        for limit, value in limits.items()
        if max(round_down(value, grid), floor) <= applied + EPSILON
    )
    return Decision(target, applied, limits, holder, requested)


def _advance_ramp_limit(
    protection: ProtectionState,
    context: ControlContext,
    schedule: TemperatureSchedule,
    target: float,
) -> tuple[RampLimit, datetime | None]:
    room = context.room
    if room is None:
        return leashes.advance_without_room(protection.ramp_limit, context.at)
    soon = (
        temperature
        for start, temperature in schedule
        if context.at < start <= context.at + COMFORT_LOOK_AHEAD
    )
    comfort = min(target, max((schedule[0][1], *soon)))
    thermostat, told = context.observation.thermostat, protection.setpoint.last_write
    is_told = protection.setpoint.reported if told is None else told.value
    look = RampInputs(
        context.at,
        room,
        target,
        comfort,
        thermostat.hvac_action in CALLING_ACTIONS,
        is_told,
        thermostat.grid,
    )
    return leashes.advance(protection.ramp_limit, look, context.settings.protection)


def earliest_after(at: datetime, *dues: datetime | None) -> datetime | None:
    """Find the first that is yet to come."""
    return min((due for due in dues if due is not None and due > at), default=None)
