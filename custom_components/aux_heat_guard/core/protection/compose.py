"""Composes what should hold: what is wanted now and later, as high as the pump alone can follow, under all limits."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from ..curve import interpolate
from ..grid import down, up
from ..model import Grid, Limit, Mode
from ..sense.detector import CALLING
from ..settings.protection import (
    COMFORT_AHEAD,
    FREEZE_FLOOR,
    OVERRUN_STEP,
    PLAN_MISSED,
    RECURS_WITHIN,
    ProtectSettings,
)
from ..units import EPSILON
from . import attribution, changeover
from . import recovery as plans
from . import schedule_learning as habit
from . import setpoint as setpoints
from .clamp import clamp, highest_raise
from .decision import Decision, Habit, Holder, Protection, Scene
from .limits import budget_setback as overruns
from .limits import cap as caps
from .limits import ramp_limit as leashes
from .limits.budget_setback import Overrun
from .limits.ramp_limit import Leash, Look
from .recovery import Course, Outdoors, Wanted
from .setpoint import Setpoint


def restarted(protection: Protection) -> Protection:
    """Go on after a time in which nobody looked."""
    return replace(rested(protection), setpoint=attribution.mark_restarted(protection.setpoint))


def rested(protection: Protection) -> Protection:
    """Return the protection with its limits reset, after a time in which nothing was limited."""
    return replace(protection, leash=leashes.restarted(protection.leash))


def what_holds(protection: Protection, now: Scene) -> tuple[Decision, Protection, datetime | None]:
    """Tell what should hold, what is remembered of how it came to that, and when to look again."""
    setpoint, settings = protection.setpoint, now.settings.protection
    cap, cap_due = caps.followed(protection.cap, now.at, now.outdoor)
    held = _hold(setpoint, now)
    # Steps down are not saved up while nothing is limited.
    overrun, overrun_due = _overrun(protection.overrun, now, is_free=held is not None)
    protection = replace(protection, cap=cap, overrun=overrun, habit=_learnt(protection, now))
    if held is not None:
        decision, protection = _held(protection, now, held)
        return decision, protection, earliest(now.at, held[1], cap_due, overrun_due)
    protection, wanted = _wanted(protection, now)
    outdoor = now.outdoor if now.outdoor is not None else cap.outdoor
    outdoors: Outdoors = (
        ()
        if outdoor is None
        else [
            (now.at, outdoor),
            *(hour for hour in now.observation.forecast.hours if hour[0] > now.at),
        ]
    )
    target, due = _target(now, wanted, outdoors)
    limits = _limits(protection, target, settings)
    # Over its budget AUX may still be needed: what people want is not less for it.
    capped: dict[Limit, float] = {
        limit: value for limit, value in limits.items() if limit is Limit.CAP
    }
    wished = _limited(target, capped, now, wanted[0][1], setpoint).applied
    leash, leash_due = _leash(protection, now, wanted, wished)
    course = _course(protection.course, now, wanted, outdoors)
    protection = replace(protection, leash=leash, course=course)
    # It follows the room by the degree: no one is asked to do that.
    if leash.value is not None and now.settings.mode is Mode.PROTECT:
        limits[Limit.LEASH] = leash.value
    decision = replace(
        _limited(target, limits, now, wanted[0][1], protection.setpoint), course=course
    )
    if now.observation.thermostat.may_cool_too:
        decision = changeover.without_cooling(
            decision, protection.setpoint, now, is_planned=_is_planned(protection.setpoint, now)
        )
    return decision, protection, earliest(now.at, due, cap_due, overrun_due, leash_due)


def _hold(setpoint: Setpoint, now: Scene) -> tuple[Holder, datetime] | None:
    """Find what has nothing limited for the longest."""
    holds = {
        Holder.HAND: setpoint.held_until,
        Holder.YIELDS: setpoint.yields_until,
        Holder.ALLOWED: now.allowed_until,
    }
    standing = [
        (holder, until) for holder, until in holds.items() if until is not None and until > now.at
    ]
    return max(standing, key=lambda hold: hold[1], default=None)


def _held(
    protection: Protection, now: Scene, held: tuple[Holder, datetime]
) -> tuple[Decision, Protection]:
    """Limit nothing. What a plan asks for meanwhile waits."""
    setpoint, plan = protection.setpoint, now.observation.plan
    if plan and now.settings.protection.plans:
        protection = replace(
            protection, setpoint=setpoints.noted(setpoint, plans.holding(plan, now.at))
        )
    requested = setpoint.requested
    assert requested is not None  # noqa: S101 -- it is followed
    applied = clamp(requested, now.observation.thermostat, single=setpoint.single)
    return Decision(requested, applied, requested=requested, held=held), rested(protection)


def _learnt(protection: Protection, now: Scene) -> Habit:
    """Foretell what the thermostat's own schedule will do, once a day and after each change."""
    before, changes = protection.habit, protection.setpoint.changes
    if before.changes == changes and (
        not changes or (before.until is not None and now.at < before.until)
    ):
        return before
    said = now.settings.protection.own_schedule
    expected = habit.learnt(changes, now.at, now.settings.zone, said=said)
    return Habit(changes, habit.day_ends(now.at, now.settings.zone), tuple(expected))


def _wanted(protection: Protection, now: Scene) -> tuple[Protection, Wanted]:
    """Find what is wanted now and later: by a schedule that is known, else by what the thermostat's own is known to do."""
    setpoint, recovery = protection.setpoint, protection.recovery
    plan = now.observation.plan if now.settings.protection.plans else ()
    if plan:
        setpoint = setpoints.planned(setpoint, plans.holding(plan, now.at))
    if recovery is not None and recovery[0] <= now.at:
        is_missed = recovery[0] < now.at - PLAN_MISSED
        setpoint, recovery = (
            (setpoint if is_missed else setpoints.recovered(setpoint, recovery[1])),
            None,
        )
    requested = setpoint.requested
    assert requested is not None  # noqa: S101 -- it is followed
    learnt = _foreseen(protection.habit, now, requested) if now.settings.protection.plans else []
    coming = [block for block in plan if block[0] > now.at] if plan else learnt
    # What its own schedule has begun may take some minutes to show.
    holding = max([requested, *(temperature for start, temperature in coming if start <= now.at)])
    later = sorted(
        [
            *(block for block in coming if block[0] > now.at),
            *([recovery] if recovery is not None else []),
        ]
    )
    return replace(protection, setpoint=setpoint, recovery=recovery), ((now.at, holding), *later)


def _is_planned(setpoint: Setpoint, now: Scene) -> bool:
    """Return True where a schedule that the guard is told of says what is wanted, and nobody has asked for something else since."""
    scheduled, requested = setpoint.scheduled, setpoint.requested
    if (
        not now.observation.plan
        or not now.settings.protection.plans
        or scheduled is None
        or requested is None
    ):
        return False
    return abs(scheduled - requested) < EPSILON


def _foreseen(learnt: Habit, now: Scene, requested: float) -> list[tuple[datetime, float]]:
    """List what its own schedule will raise it to, and has in the last minutes, up to a step under it: so its own change still shows."""
    step = now.observation.thermostat.grid.step
    coming = (change for change in learnt.expected if change.at > now.at - RECURS_WITHIN)
    return [
        (change.at, change.value - step)
        for change in coming
        if change.value - step > requested + EPSILON
    ]


def _target(now: Scene, wanted: Wanted, outdoors: Outdoors) -> tuple[float, datetime | None]:
    """Find what should hold. Without an outdoor temperature nobody knows what the pump can do, and the schedule holds as it is."""
    settings = now.settings
    if not outdoors:
        coming = [start for start, _ in wanted if start > now.at]
        return plans.holding(wanted, now.at), min(coming, default=None)
    target, due = plans.target(
        now.at, wanted, outdoors, settings.protection.rate, settings.alerts.balance_point
    )
    highest = highest_raise(now.observation.thermostat)
    return (target if highest is None else max(min(target, highest), wanted[0][1])), due


def _course(before: Course, now: Scene, wanted: Wanted, outdoors: Outdoors) -> Course:
    """Foretell how what holds goes on, now and then."""
    if before.at is not None and plans.is_fresh(before, now.at, wanted):
        return before
    settings = now.settings
    return plans.course(
        now.at, wanted, outdoors, settings.protection.rate, settings.alerts.balance_point, before
    )


def _overrun(overrun: Overrun, now: Scene, *, is_free: bool) -> tuple[Overrun, datetime | None]:
    is_over = now.settings.protection.overruns and now.is_over and not is_free
    return overruns.followed(overrun, now.at, is_over=is_over, last_aux=now.last_aux)


def _limits(protection: Protection, target: float, settings: ProtectSettings) -> dict[Limit, float]:
    limits: dict[Limit, float] = {}
    outdoor, curve = protection.cap.outdoor, settings.cap
    if curve is not None and outdoor is not None and caps.holds(outdoor, curve):
        limits[Limit.CAP] = interpolate(curve, outdoor)
    # Comfort comes before saving: who has been left in the cold for long is not asked for more.
    if protection.overrun.lowered >= OVERRUN_STEP - EPSILON and not protection.leash.lets_go:
        limits[Limit.OVERRUN] = target - protection.overrun.lowered
    return limits


def _limited(
    target: float, limits: Mapping[Limit, float], now: Scene, requested: float, setpoint: Setpoint
) -> Decision:
    thermostat = now.observation.thermostat
    decision = composed(target, limits, now.settings.protection, thermostat.grid, requested)
    single = setpoint.single and decision.is_as_requested
    return replace(decision, applied=clamp(decision.applied, thermostat, single=single))


def composed(
    target: float,
    limits: Mapping[Limit, float],
    settings: ProtectSettings,
    grid: Grid,
    requested: float | None = None,
) -> Decision:
    """Tell what holds: the target, under all limits, and these over the comfort floor; nothing under the freeze floor.

    What was requested goes through as it was said, where nothing speaks against it.
    """
    wanted = target if target == requested else down(target, grid)
    floor = max(min(up(settings.comfort_floor, grid), wanted), up(FREEZE_FLOOR, grid))
    lowest = min(limits.values(), default=target)
    applied = max(wanted if lowest >= target - EPSILON else min(wanted, down(lowest, grid)), floor)
    if applied >= wanted - EPSILON:
        return Decision(target, applied, limits, None, requested)
    # Of limits that come to the same setpoint of the thermostat the first one holds.
    holder = next(
        limit
        for limit, value in limits.items()
        if max(down(value, grid), floor) <= applied + EPSILON
    )
    return Decision(target, applied, limits, holder, requested)


def _leash(
    protection: Protection, now: Scene, wanted: Wanted, target: float
) -> tuple[Leash, datetime | None]:
    room = now.room
    if room is None:
        return leashes.unseen(protection.leash, now.at)
    soon = (
        temperature for start, temperature in wanted if now.at < start <= now.at + COMFORT_AHEAD
    )
    comfort = min(target, max((wanted[0][1], *soon)))
    thermostat, told = now.observation.thermostat, protection.setpoint.told
    is_told = protection.setpoint.shown if told is None else told.value
    look = Look(
        now.at, room, target, comfort, thermostat.action in CALLING, is_told, thermostat.grid
    )
    return leashes.followed(protection.leash, look, now.settings.protection)


def earliest(at: datetime, *dues: datetime | None) -> datetime | None:
    """Find the first that is yet to come."""
    return min((due for due in dues if due is not None and due > at), default=None)
