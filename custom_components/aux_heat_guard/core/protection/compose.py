"""Composes the decision: the wanted setpoint, raised for recovery, and lowered by the limits."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from ..grid import round_down, round_up
from ..model import Grid, Limit, Mode
from ..settings.protection import (
    FREEZE_FLOOR,
    RECOVERY_EXPIRES_AFTER,
    RECURRENCE_TIME_TOLERANCE,
    ProtectionSettings,
)
from ..units import EPSILON
from . import changeover
from .clamp import clamp, recovery_ceiling
from .context import ControlContext
from .decision import Decision, ProtectionState, SetpointReason
from .limits.base import LimitInputs, LimitState
from .limits.cap import Cap
from .recovery import (
    OutdoorForecast,
    RecoveryPlan,
    TemperatureSchedule,
    plan_recovery,
    recovery_target,
    scheduled_temperature,
)
from .schedule_learning import LearnedSchedule, next_midnight, predict_changes
from .setpoint import Setpoint


def compose_decision(
    protection: ProtectionState, context: ControlContext
) -> tuple[Decision, ProtectionState, datetime | None]:
    """Return the decision, the next state, and when to decide again."""
    hold = _active_hold(protection.setpoint, context)
    limits, limits_due = _advance_limits(
        protection.limits,
        context.at,
        lambda limit: limit.advance_always(context, is_held=hold is not None),
    )
    protection = replace(
        protection, limits=limits, learned_schedule=_learn_schedule(protection, context)
    )
    if hold is not None:
        decision, protection = _decide_in_hold(protection, context, hold)
        return decision, protection, earliest_after(context.at, hold[1], limits_due)
    protection, schedule = _resolve_schedule(protection, context)
    forecast = _outdoor_forecast(protection, context)
    target, target_due = _target(context, schedule, forecast)
    decision, limits, ramp_due = _decide_with_limits(protection, context, schedule, target)
    recovery_plan = _recovery_plan(protection.recovery_plan, context, schedule, forecast)
    protection = replace(protection, limits=limits, recovery_plan=recovery_plan)
    decision = replace(decision, recovery_plan=recovery_plan)
    if context.observation.thermostat.has_shared_setpoint:
        decision = changeover.prevent_cooling(
            decision,
            protection.setpoint,
            context,
            is_scheduled=_is_as_scheduled(protection.setpoint, context),
        )
    return decision, protection, earliest_after(context.at, target_due, limits_due, ramp_due)


def _advance_limits(
    limits: Mapping[Limit, LimitState],
    at: datetime,
    advance: Callable[[LimitState], tuple[LimitState, datetime | None]],
) -> tuple[dict[Limit, LimitState], datetime | None]:
    """Return the next state of every limit, and when to advance them again."""
    results = {limit: advance(state) for limit, state in limits.items()}
    states = {limit: state for limit, (state, _) in results.items()}
    return states, earliest_after(at, *(due for _, due in results.values()))


def _active_hold(
    setpoint: Setpoint, context: ControlContext
) -> tuple[SetpointReason, datetime] | None:
    """Return (reason, end) of the hold that ends last, or None."""
    holds = {
        SetpointReason.MANUAL_HOLD: setpoint.hold_until,
        SetpointReason.CONFLICT_PAUSE: setpoint.pause_until,
        SetpointReason.AUX_ALLOWED: context.aux_allowed_until,
    }
    active = [
        (reason, until)
        for reason, until in holds.items()
        if until is not None and until > context.at
    ]
    return max(active, key=lambda hold: hold[1], default=None)


def _decide_in_hold(
    protection: ProtectionState, context: ControlContext, hold: tuple[SetpointReason, datetime]
) -> tuple[Decision, ProtectionState]:
    """Return a decision without limits. A scheduled setpoint waits for the end of the hold."""
    setpoint, schedule = protection.setpoint, context.observation.schedule
    if schedule and context.settings.protection.has_recovery:
        scheduled = scheduled_temperature(schedule, context.at)
        protection = replace(protection, setpoint=setpoint.defer_schedule(scheduled))
    requested = setpoint.requested
    assert requested is not None  # noqa: S101 -- a report came before
    applied = clamp(requested, context.observation.thermostat, single=setpoint.single)
    decision = Decision(target=requested, applied=applied, requested=requested, hold=hold)
    return decision, protection.reset_limits()


def _learn_schedule(protection: ProtectionState, context: ControlContext) -> LearnedSchedule:
    """Return the thermostat's learned schedule, updated once a day and after each change."""
    previous, changes = protection.learned_schedule, protection.setpoint.changes
    if previous.learned_from == changes and (
        not changes or (previous.valid_until is not None and context.at < previous.valid_until)
    ):
        return previous
    is_declared = context.settings.protection.has_own_schedule
    zone = context.settings.zone
    expected = predict_changes(changes, context.at, zone, is_declared=is_declared)
    return LearnedSchedule(changes, next_midnight(context.at, zone), tuple(expected))


def _resolve_schedule(
    protection: ProtectionState, context: ControlContext
) -> tuple[ProtectionState, TemperatureSchedule]:
    """Return the next state, and the setpoints wanted now and later.

    They come from a known schedule, or else from the schedule learned from the thermostat.
    """
    setpoint, recovery = protection.setpoint, protection.recovery_request
    has_recovery = context.settings.protection.has_recovery
    schedule = context.observation.schedule if has_recovery else ()
    if schedule:
        setpoint = setpoint.apply_schedule(scheduled_temperature(schedule, context.at))
    if recovery is not None and recovery[0] <= context.at:
        if recovery[0] >= context.at - RECOVERY_EXPIRES_AFTER:
            setpoint = setpoint.apply_recovery(recovery[1])
        recovery = None
    requested = setpoint.requested
    assert requested is not None  # noqa: S101 -- a report came before
    if schedule:
        upcoming = [block for block in schedule if block[0] > context.at]
    elif has_recovery:
        upcoming = _expected_raises(protection.learned_schedule, context, requested)
    else:
        upcoming = []
    # The start of a block of the thermostat's own schedule may take some minutes to be reported.
    started = (temperature for start, temperature in upcoming if start <= context.at)
    current = max([requested, *started])
    later = [block for block in upcoming if block[0] > context.at]
    if recovery is not None:
        later.append(recovery)
    return (
        replace(protection, setpoint=setpoint, recovery_request=recovery),
        ((context.at, current), *sorted(later)),
    )


def _is_as_scheduled(setpoint: Setpoint, context: ControlContext) -> bool:
    """Return True if a known schedule requested the setpoint, and nobody changed it since."""
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
    """Return (start, °C) of the raises expected from the thermostat's schedule, with recent ones.

    Each is a step lower than learned, so that the thermostat's own change is still noticed.
    """
    step = context.observation.thermostat.grid.step
    upcoming = (
        change
        for change in learned.expected_changes
        if change.at > context.at - RECURRENCE_TIME_TOLERANCE
    )
    return [
        (change.at, change.value - step)
        for change in upcoming
        if change.value - step > requested + EPSILON
    ]


def _outdoor_forecast(protection: ProtectionState, context: ControlContext) -> OutdoorForecast:
    """Return the outdoor temperatures from now on, or nothing if the current one is unknown."""
    outdoor = context.outdoor
    if outdoor is None:
        # The cap remembers the last known temperature for some time.
        outdoor = Cap.of(protection.limits).outdoor
    if outdoor is None:
        return ()
    hours = (hour for hour in context.observation.forecast.hours if hour[0] > context.at)
    return [(context.at, outdoor), *hours]


def _target(
    context: ControlContext, schedule: TemperatureSchedule, forecast: OutdoorForecast
) -> tuple[float, datetime | None]:
    """Return the setpoint in °C without limits, and when to check again.

    Without a forecast, recovery cannot be planned, and the schedule applies as it is.
    """
    settings = context.settings
    if not forecast:
        upcoming = [start for start, _ in schedule if start > context.at]
        return scheduled_temperature(schedule, context.at), min(upcoming, default=None)
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
    """Return the previous recovery plan if it is fresh, or a new one."""
    if previous.is_fresh(context.at, schedule):
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


def _decide_with_limits(
    protection: ProtectionState,
    context: ControlContext,
    schedule: TemperatureSchedule,
    target: float,
) -> tuple[Decision, dict[Limit, LimitState], datetime | None]:
    """Return the decision, the next state of every limit, and when to check again."""
    last_write = protection.setpoint.last_write
    inputs = LimitInputs(
        context=context,
        states=protection.limits,
        schedule=schedule,
        target=target,
        comfort_target=target,
        current_setpoint=protection.setpoint.reported if last_write is None else last_write.value,
    )
    comfort_limits = {
        limit: state for limit, state in protection.limits.items() if state.LOWERS_COMFORT
    }
    comfort = _apply_limits_clamped(comfort_limits, inputs, protection.setpoint)
    inputs = replace(inputs, comfort_target=comfort.applied)
    limits, due = _advance_limits(
        protection.limits, context.at, lambda limit: limit.advance_to_target(inputs)
    )
    return _apply_limits_clamped(limits, inputs, protection.setpoint), limits, due


def _apply_limits_clamped(
    limits: Mapping[Limit, LimitState], inputs: LimitInputs, setpoint: Setpoint
) -> Decision:
    """Return the decision under some limits, within the range of the thermostat."""
    context = inputs.context
    is_protecting, thermostat = (
        context.settings.mode is Mode.PROTECT,
        context.observation.thermostat,
    )
    values = {
        limit: state.max_setpoint(inputs)
        for limit, state in limits.items()
        if is_protecting or state.IS_PROPOSABLE
    }
    decision = apply_limits(
        inputs.target,
        {limit: value for limit, value in values.items() if value is not None},
        context.settings.protection,
        thermostat.grid,
        inputs.schedule[0][1],
    )
    single = setpoint.single and decision.is_as_requested
    return replace(decision, applied=clamp(decision.applied, thermostat, single=single))


def apply_limits(
    target: float,
    limits: Mapping[Limit, float],
    settings: ProtectionSettings,
    grid: Grid,
    requested: float | None = None,
) -> Decision:
    """Return the decision for a target under some limits. Temperatures in °C.

    Limits do not go below the comfort floor, and nothing goes below the freeze floor. A requested
    setpoint that is not limited is not rounded.
    """
    unlimited = target if target == requested else round_down(target, grid)
    floor = max(
        min(round_up(settings.comfort_floor, grid), unlimited), round_up(FREEZE_FLOOR, grid)
    )
    lowest, applied = min(limits.values(), default=target), unlimited
    if lowest < target - EPSILON:
        applied = min(unlimited, round_down(lowest, grid))
    applied = max(applied, floor)
    active_limit = None
    if applied < unlimited - EPSILON:
        # If several limits allow the same setpoint, the first one is the active limit.
        active_limit = next(
            limit
            for limit, value in limits.items()
            if max(round_down(value, grid), floor) <= applied + EPSILON
        )
    return Decision(
        target=target,
        applied=applied,
        limits=limits,
        active_limit=active_limit,
        requested=requested,
    )


def earliest_after(at: datetime, *dues: datetime | None) -> datetime | None:
    """Return the first of some times that is later than `at`, or None."""
    return min((due for due in dues if due is not None and due > at), default=None)
