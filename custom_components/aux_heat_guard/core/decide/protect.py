"""Composes what limits the heating setpoint, and says what the thermostat is to be told."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from ..model import Alert, Command, Grid, Limit, Mode, Switch
from ..number import EPSILON
from ..protect_settings import COMFORT_AHEAD, FREEZE_FLOOR, HORIZON, OVERRUN_STEP, PLAN_MISSED, RECURS_WITHIN, ProtectSettings
from ..sense.detector import CALLING
from . import cap as caps
from . import habit, hull, runtime
from . import leash as leashes
from . import lockout as lockouts
from . import overrun as overruns
from . import plan as plans
from . import setpoint as setpoints
from .decision import NOTHING, Decided, Decision, Habit, Holder, Protection, Scene
from .grid import down, up
from .hull import Haste
from .leash import Leash, Look
from .lockout import Switchover, Threshold
from .overrun import Overrun
from .plan import Course, Outdoors, Wanted
from .setpoint import Origin, Setpoint
from .situation import Advice, Situation

OFF = "off"
"""The thermostat does nothing."""


def scene(now: Situation, allowed_until: datetime | None = None) -> Scene:
    """Find what a decision goes by."""
    is_over = False
    if now.settings.mode is not Mode.MONITOR:
        # What was to be expected no setpoint spares, but one that leaves people in the cold.
        verdict = runtime.over_budget(now, now.settings.alerts.choices[Alert.OVERRUN].figures)
        is_over = bool(verdict.holds) and not verdict.quiet
    last_aux = None if now.ledger.run is None else now.ledger.run.last_seen
    return Scene(now.observation, now.settings, now.outdoor, now.room, now.setpoint, is_over, last_aux, allowed_until)


def recovering(protection: Protection, ready_by: datetime, temperature: float) -> Protection:
    """Take in that it is to be so warm, °C, by an instant. Where that is near, what somebody set by hand before holds no longer."""
    setpoint = protection.setpoint
    near = setpoint.held_until is not None and ready_by <= setpoint.held_until + HORIZON
    return replace(protection, recovery=(ready_by, temperature), setpoint=replace(setpoint, held_until=None) if near else setpoint)


def let_go(protection: Protection) -> Protection:
    """Take in that what was set by hand may be limited again."""
    return replace(protection, setpoint=replace(protection.setpoint, held_until=None, yields_until=None))


def restarted(protection: Protection) -> Protection:
    """Go on after a time in which nobody looked."""
    return replace(protection, leash=leashes.restarted(protection.leash))


def decided(protection: Protection, now: Scene) -> Decided:
    """Look at a situation."""
    switches, switched, due = _switched(protection.switches, now)
    decided = _on_setpoint(protection if switches is protection.switches else replace(protection, switches=switches), now)
    return replace(decided, switched=switched, due=_earliest(now.at, decided.due, due)) if switched or due else decided


def _switched(
    switches: Mapping[Switch, Switchover], now: Scene
) -> tuple[Mapping[Switch, Switchover], tuple[tuple[Switch, bool], ...], datetime | None]:
    """Follow the outdoor temperature by what is switched by it; where nobody protects, all of it goes off."""
    settings, protects = now.settings.protection, now.settings.mode is Mode.PROTECT
    thresholds = {Switch.FURNACE: (settings.furnace_below, True), Switch.LOCKOUT: (settings.lockout_above, False)}
    after: dict[Switch, Switchover] = {}
    dues = list[datetime | None]()
    for switch, (outdoor, is_cold) in thresholds.items():
        if protects and outdoor is not None:
            before = switches.get(switch, lockouts.OFF)
            after[switch], due = lockouts.followed(before, now.at, now.outdoor, Threshold(outdoor, is_cold))
            dues.append(due)
    were, are = ({switch for switch, one in which.items() if one.on} for which in (switches, after))
    moved = tuple((switch, switch in are) for switch in Switch if (switch in are) is not (switch in were))
    return switches if after == switches else after, moved, _earliest(now.at, *dues)


def _on_setpoint(protection: Protection, now: Scene) -> Decided:
    """Decide on the setpoint: where nothing is to be heated, nothing is decided."""
    if now.setpoint is not None:
        return _with_told(_on_heating(protection, now), now)
    resting = restarted(protection)
    mode = now.observation.thermostat.mode
    return Decided(resting if mode in {None, OFF} else replace(resting, setpoint=setpoints.unasked(resting.setpoint)))


def _with_told(decided: Decided, now: Scene) -> Decided:
    """Say as well what the thermostat is told by now, and whether what should hold is only proposed."""
    if decided.decision is None:
        return decided
    setpoint, last = decided.protection.setpoint, decided.protection.setpoint.told
    told = setpoint.shown if last is None or last.arrived else last.value
    is_proposed = now.settings.mode is Mode.ADVISE and _is_proposed(decided.decision, setpoint, now)
    return replace(decided, decision=replace(decided.decision, told=told, is_proposed=is_proposed))


def _is_proposed(decision: Decision, setpoint: Setpoint, now: Scene) -> bool:
    """Tell whether somebody is asked to set that: it is another setpoint than shows, for a reason, or because one is over that they agreed to."""
    if setpoints.is_answered(setpoint, decision.applied, now.observation.thermostat.grid.step):
        return False
    told, requested = setpoint.told, setpoint.requested
    goes_back = (
        decision.holding is Holder.NONE
        and told is not None
        and told.origin is Origin.ACCEPTED
        and requested is not None
        and abs(decision.applied - requested) < EPSILON
    )
    return goes_back or decision.holding in ADVISABLE


def _on_heating(protection: Protection, now: Scene) -> Decided:
    protection = _followed(protection, now)
    if now.settings.mode is Mode.MONITOR:
        # The limits begin anew when they may hold again.
        kept = replace(NOTHING, setpoint=protection.setpoint, switches=protection.switches, habit=protection.habit)
        return _given_back(kept, now)
    decision, composed_from, due = _composed(protection, now)
    if now.settings.mode is Mode.PROTECT:
        return _told(composed_from, now, decision, due, Haste.NONE if decision.held is None else Haste.AT_ONCE)
    # What a plan wants is only proposed: what was asked for is what shows.
    given_back = _given_back(replace(composed_from, setpoint=protection.setpoint), now)
    return replace(given_back, decision=decision, due=_earliest(now.at, given_back.due, due))


ADVISABLE = frozenset({Holder.CAP, Holder.OVERRUN, Holder.PLAN})


def advice(decided: Decided) -> Advice | None:
    """Tell what is proposed."""
    decision = decided.decision
    return Advice(decision.applied, decision.holding.value) if decision is not None and decision.is_proposed else None


def asked(protection: Protection, now: Scene, temperature: float) -> Decided:
    """Take in what somebody asks for through us, °C, and limit it; the command is what the thermostat is told in its place, which is now."""
    if now.settings.mode is not Mode.PROTECT:
        return Decided(
            replace(protection, setpoint=setpoints.handed_on(protection.setpoint, temperature, now.at)), command=Command(temperature)
        )
    if now.setpoint is None:
        off = replace(protection, setpoint=setpoints.asked_while_off(protection.setpoint, temperature), recovery=None)
        return Decided(off, command=Command(temperature))
    asked = setpoints.asked(protection.setpoint, temperature, now.at)
    decision, asking, _ = _composed(replace(protection, setpoint=asked, recovery=None), now)
    applied = decision.applied
    told = setpoints.told(asking.setpoint, applied, now.at, now.observation.thermostat.preset, origin=Origin.CALLED)
    return _with_told(Decided(replace(asking, setpoint=told), decision, Command(applied)), now)


def accepted(protection: Protection, now: Scene, temperature: float) -> tuple[Protection, Command | None]:
    """Take in that somebody agrees to a proposal, °C; tell also what the thermostat is told for it: nothing where it does not heat."""
    if now.setpoint is None:
        return protection, None
    setpoint, thermostat = protection.setpoint, now.observation.thermostat
    gives_back = setpoint.requested is not None and abs(temperature - setpoint.requested) < EPSILON
    command = _command(setpoint, now, temperature, gives_back=gives_back)
    told = setpoints.told(setpoint, temperature, now.at, thermostat.preset, resumes=command.goes_on, origin=Origin.ACCEPTED)
    return replace(protection, setpoint=told), command


def released(protection: Protection, now: Scene) -> Decided:
    """Give back what was asked for: nobody will look after it from now on."""
    switched = tuple((switch, False) for switch, one in protection.switches.items() if one.on)
    left = replace(protection, switches={})
    if now.setpoint is None:
        return Decided(left, switched=switched)
    given_back = _given_back(_followed(left, now), now, Haste.LAST)
    # Whoever looks after it next need not wait for that.
    setpoint = setpoints.with_nothing_left(replace(given_back.protection.setpoint, writes=left.setpoint.writes))
    return replace(given_back, protection=replace(given_back.protection, setpoint=setpoint), switched=switched)


def _followed(protection: Protection, now: Scene) -> Protection:
    """Take in what the thermostat shows."""
    thermostat, setpoint = now.observation.thermostat, now.setpoint
    assert setpoint is not None  # noqa: S101 -- who asks has looked
    own = now.settings.protection.own_schedule
    seen = setpoints.Seen(now.at, setpoint, thermostat.by_hand, thermostat.grid.step, now.settings.zone, own)
    followed = hull.trimmed(setpoints.followed(protection.setpoint, seen), now.at)
    if followed is protection.setpoint:
        return protection
    by_hand = followed.held_until != protection.setpoint.held_until and followed.held_until is not None
    # Who sets it by hand wants that, and not what was asked for before.
    return replace(protection, setpoint=followed, recovery=None if by_hand else protection.recovery)


def _given_back(protection: Protection, now: Scene, haste: Haste = Haste.AT_ONCE) -> Decided:
    """Have the thermostat show what was asked for, if it was told anything."""
    requested, told = protection.setpoint.requested, protection.setpoint.told
    if requested is None or told is None or told.origin.is_theirs:
        return Decided(protection)
    thermostat = now.observation.thermostat
    value = requested if thermostat.ceiling is None else min(requested, thermostat.ceiling)
    value = max(value, up(FREEZE_FLOOR, thermostat.grid), value if thermostat.floor is None else thermostat.floor)
    decision = Decision(value, value, requested=value)
    return replace(_told(protection, now, decision, None, haste), decision=None)


def _composed(protection: Protection, now: Scene) -> tuple[Decision, Protection, datetime | None]:
    """Tell what should hold."""
    setpoint, settings = protection.setpoint, now.settings.protection
    cap, cap_due = caps.followed(protection.cap, now.at, now.outdoor)
    held = _hold(setpoint, now)
    # Steps down are not saved up while nothing is limited.
    overrun, overrun_due = _overrun(protection.overrun, now, is_free=held is not None)
    protection = replace(protection, cap=cap, overrun=overrun, habit=_learnt(protection, now))
    if held is not None:
        decision, protection = _held(protection, now, held)
        return decision, protection, _earliest(now.at, held[1], cap_due, overrun_due)
    protection, wanted = _wanted(protection, now)
    outdoor = now.outdoor if now.outdoor is not None else cap.outdoor
    outdoors: Outdoors = (
        () if outdoor is None else [(now.at, outdoor), *(hour for hour in now.observation.forecast.hours if hour[0] > now.at)]
    )
    target, due = _target(now, wanted, outdoors)
    limits = _limits(protection, target, settings)
    # Over its budget AUX may still be needed: what people want is not less for it.
    wished = _limited(target, {limit: value for limit, value in limits.items() if limit is Limit.CAP}, now, wanted[0][1]).applied
    leash, leash_due = _leash(protection, now, wanted, wished)
    course = _course(protection.course, now, wanted, outdoors)
    protection = replace(protection, leash=leash, course=course)
    # It follows the room by the degree: no one is asked to do that.
    if leash.value is not None and now.settings.mode is Mode.PROTECT:
        limits[Limit.LEASH] = leash.value
    decision = replace(_limited(target, limits, now, wanted[0][1]), course=course)
    return decision, protection, _earliest(now.at, due, cap_due, overrun_due, leash_due)


def _hold(setpoint: Setpoint, now: Scene) -> tuple[Holder, datetime] | None:
    """Find what has nothing limited for the longest."""
    holds = {Holder.HAND: setpoint.held_until, Holder.YIELDS: setpoint.yields_until, Holder.ALLOWED: now.allowed_until}
    standing = [(holder, until) for holder, until in holds.items() if until is not None and until > now.at]
    return max(standing, key=lambda hold: hold[1], default=None)


def _held(protection: Protection, now: Scene, held: tuple[Holder, datetime]) -> tuple[Decision, Protection]:
    """Limit nothing. What a plan asks for meanwhile waits."""
    setpoint, plan = protection.setpoint, now.observation.plan
    if plan and now.settings.protection.plans:
        protection = replace(protection, setpoint=setpoints.noted(setpoint, plans.holding(plan, now.at)))
    requested = setpoint.requested
    assert requested is not None  # noqa: S101 -- it is followed
    applied = max(requested, up(FREEZE_FLOOR, now.observation.thermostat.grid))
    return Decision(requested, applied, requested=requested, held=held), restarted(protection)


def _learnt(protection: Protection, now: Scene) -> Habit:
    """Foretell what the thermostat's own schedule will do, once a day and after each change."""
    before, changes = protection.habit, protection.setpoint.changes
    if before.changes == changes and (not changes or (before.until is not None and now.at < before.until)):
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
        setpoint, recovery = (setpoint if is_missed else setpoints.recovered(setpoint, recovery[1])), None
    requested = setpoint.requested
    assert requested is not None  # noqa: S101 -- it is followed
    learnt = _foreseen(protection.habit, now, requested) if now.settings.protection.plans else []
    coming = [block for block in plan if block[0] > now.at] if plan else learnt
    # What its own schedule has begun may take some minutes to show.
    holding = max([requested, *(temperature for start, temperature in coming if start <= now.at)])
    later = sorted([*(block for block in coming if block[0] > now.at), *([recovery] if recovery is not None else [])])
    return replace(protection, setpoint=setpoint, recovery=recovery), ((now.at, holding), *later)


def _foreseen(learnt: Habit, now: Scene, requested: float) -> list[tuple[datetime, float]]:
    """List what its own schedule will raise it to, and has in the last minutes, up to a step under it: so its own change still shows."""
    step = now.observation.thermostat.grid.step
    coming = (change for change in learnt.expected if change.at > now.at - RECURS_WITHIN)
    return [(change.at, change.value - step) for change in coming if change.value - step > requested + EPSILON]


def _target(now: Scene, wanted: Wanted, outdoors: Outdoors) -> tuple[float, datetime | None]:
    """Find what should hold. Without an outdoor temperature nobody knows what the pump can do, and the schedule holds as it is."""
    settings = now.settings
    if not outdoors:
        coming = [start for start, _ in wanted if start > now.at]
        return plans.holding(wanted, now.at), min(coming, default=None)
    target, due = plans.target(now.at, wanted, outdoors, settings.protection.rate, settings.alerts.balance_point)
    ceiling = now.observation.thermostat.ceiling
    return (target if ceiling is None else max(min(target, ceiling), wanted[0][1])), due


def _course(before: Course, now: Scene, wanted: Wanted, outdoors: Outdoors) -> Course:
    """Foretell how what holds goes on, now and then."""
    if before.at is not None and plans.is_fresh(before, now.at, wanted):
        return before
    settings = now.settings
    return plans.course(now.at, wanted, outdoors, settings.protection.rate, settings.alerts.balance_point, before)


def _overrun(overrun: Overrun, now: Scene, *, is_free: bool) -> tuple[Overrun, datetime | None]:
    is_over = now.settings.protection.overruns and now.is_over and not is_free
    return overruns.followed(overrun, now.at, is_over=is_over, last_aux=now.last_aux)


def _limited(target: float, limits: Mapping[Limit, float], now: Scene, requested: float) -> Decision:
    thermostat = now.observation.thermostat
    decision = composed(target, limits, now.settings.protection, thermostat.grid, requested)
    lowest = thermostat.floor
    return decision if lowest is None or decision.applied >= lowest else replace(decision, applied=lowest)


def composed(
    target: float, limits: Mapping[Limit, float], settings: ProtectSettings, grid: Grid, requested: float | None = None
) -> Decision:
    """Tell what holds: the target, under all limits, and these over the comfort floor; nothing under the freeze floor.

    What was requested goes through as it was said, where nothing speaks against it.
    """
    wanted = target if target == requested else down(target, grid)
    floor = max(min(up(settings.comfort_floor, grid), wanted), up(FREEZE_FLOOR, grid))
    lowest = min(limits.values(), default=target)
    applied = max(wanted if lowest >= target - EPSILON else min(wanted, down(lowest, grid)), floor)
    # Of limits that say the same the first one holds; where the floor does, none of them.
    holder = next((limit for limit, value in limits.items() if value <= lowest + EPSILON), None) if applied < wanted - EPSILON else None
    return Decision(target, applied, limits, holder, requested)


def _leash(protection: Protection, now: Scene, wanted: Wanted, target: float) -> tuple[Leash, datetime | None]:
    room = now.room
    if room is None:
        return leashes.unseen(protection.leash, now.at)
    soon = (temperature for start, temperature in wanted if now.at < start <= now.at + COMFORT_AHEAD)
    comfort = min(target, max((wanted[0][1], *soon)))
    thermostat, told = now.observation.thermostat, protection.setpoint.told
    is_told = protection.setpoint.shown if told is None else told.value
    look = Look(now.at, room, target, comfort, thermostat.action in CALLING, is_told, thermostat.grid)
    return leashes.followed(protection.leash, look, now.settings.protection)


def _limits(protection: Protection, target: float, settings: ProtectSettings) -> dict[Limit, float]:
    limits: dict[Limit, float] = {}
    outdoor, curve = protection.cap.outdoor, settings.cap
    if curve is not None and outdoor is not None and caps.holds(outdoor, curve):
        limits[Limit.CAP] = caps.cap(outdoor, curve)
    # Comfort comes before saving: who has been left in the cold for long is not asked for more.
    if protection.overrun.lowered >= OVERRUN_STEP - EPSILON and not protection.leash.lets_go:
        limits[Limit.OVERRUN] = target - protection.overrun.lowered
    return limits


def _told(protection: Protection, now: Scene, decision: Decision, due: datetime | None, haste: Haste) -> Decided:
    """Have the thermostat told, where it shows something else."""
    setpoint, thermostat = protection.setpoint, now.observation.thermostat
    gives_back = decision.requested is not None and abs(decision.applied - decision.requested) < EPSILON
    passed = hull.passed(setpoint, hull.Wish(decision.applied, now.at, thermostat.grid.step, gives_back, haste))
    due = _earliest(now.at, due, passed.due)
    if not passed.writes:
        is_held = now.settings.mode is Mode.PROTECT and setpoints.is_answered(setpoint, decision.applied, thermostat.grid.step)
        return Decided(replace(protection, setpoint=setpoints.held_to(setpoint)) if is_held else protection, decision, due=due)
    command = _command(setpoint, now, decision.applied, gives_back=gives_back)
    origin = Origin.GIVEN_BACK if gives_back else Origin.DECIDED
    told = setpoints.told(setpoint, decision.applied, now.at, thermostat.preset, resumes=command.goes_on, origin=origin)
    return Decided(replace(protection, setpoint=told), decision, command, due=_earliest(now.at, due, told.awaited))


def _command(setpoint: Setpoint, now: Scene, temperature: float, *, gives_back: bool) -> Command:
    """Say what the thermostat is told; where that is what was asked for, it also goes on as before."""
    if not gives_back:
        return Command(temperature)
    if now.settings.protection.resumes:
        return Command(temperature, resumes=True)
    return Command(temperature, setpoint.preset if setpoint.preset != now.observation.thermostat.preset else None)


def _earliest(at: datetime, *dues: datetime | None) -> datetime | None:
    return min((due for due in dues if due is not None and due > at), default=None)
