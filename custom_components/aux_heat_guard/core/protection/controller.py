"""Says what the thermostat is to be told, and what is switched: what should hold, what somebody asks for or agrees to, and giving it back."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from ..model import COOLING, HEATING_MODES, Advice, Command, Mode, Request, Switch
from ..sense.detector import CALLING
from ..settings.protection import HORIZON
from ..units import EPSILON
from . import attribution, write_gate
from . import setpoint as setpoints
from . import switchover as lockouts
from .clamp import clamp
from .compose import earliest, rested, what_holds
from .decision import NOTHING, Decided, Decision, Holder, Protection, Scene
from .readback import Seen
from .setpoint import Origin, Setpoint
from .switchover import Switchover, Threshold
from .write_gate import Haste

OFF = "off"
"""The thermostat does nothing."""


def recovering(protection: Protection, ready_by: datetime, temperature: float) -> Protection:
    """Take in that it is to be so warm, °C, by an instant. Where that is near, what somebody set by hand before holds no longer."""
    setpoint = protection.setpoint
    near = setpoint.held_until is not None and ready_by <= setpoint.held_until + HORIZON
    return replace(
        protection,
        recovery=(ready_by, temperature),
        setpoint=replace(setpoint, held_until=None) if near else setpoint,
    )


def let_go(protection: Protection) -> Protection:
    """Take in that what was set by hand may be limited again."""
    return replace(
        protection, setpoint=replace(protection.setpoint, held_until=None, yields_until=None)
    )


def decided(protection: Protection, now: Scene) -> Decided:
    """Look at a situation."""
    switches, switched, due = _switched(protection.switches, now)
    decided = _on_setpoint(
        protection if switches is protection.switches else replace(protection, switches=switches),
        now,
    )
    return (
        replace(decided, switched=switched, due=earliest(now.at, decided.due, due))
        if switched or due
        else decided
    )


def _switched(
    switches: Mapping[Switch, Switchover], now: Scene
) -> tuple[Mapping[Switch, Switchover], tuple[tuple[Switch, bool], ...], datetime | None]:
    """Follow the outdoor temperature by what is switched by it; where nobody protects, all of it goes off."""
    settings, protects = now.settings.protection, now.settings.mode is Mode.PROTECT
    thresholds = {
        Switch.FURNACE: (settings.furnace_below, True),
        Switch.LOCKOUT: (settings.lockout_above, False),
    }
    after: dict[Switch, Switchover] = {}
    dues = list[datetime | None]()
    for switch, (outdoor, is_cold) in thresholds.items():
        if protects and outdoor is not None:
            before = switches.get(switch, lockouts.OFF)
            after[switch], due = lockouts.followed(
                before, now.at, now.outdoor, Threshold(outdoor, is_cold)
            )
            dues.append(due)
    were, are = ({switch for switch, one in which.items() if one.on} for which in (switches, after))
    moved = tuple(
        (switch, switch in are) for switch in Switch if (switch in are) is not (switch in were)
    )
    return switches if after == switches else after, moved, earliest(now.at, *dues)


def _on_setpoint(protection: Protection, now: Scene) -> Decided:
    """Decide on the setpoint: where nothing is to be heated, nothing is decided."""
    protection = _with_action(protection, now.observation.thermostat.action)
    if now.setpoint is not None:
        return _with_shown(_on_heating(protection, now), now)
    resting = rested(protection)
    mode, setpoint = now.observation.thermostat.mode, resting.setpoint
    if mode is None or mode in HEATING_MODES:
        return Decided(replace(resting, setpoint=attribution.mark_unseen(setpoint)))
    return Decided(
        resting if mode == OFF else replace(resting, setpoint=setpoints.unasked(setpoint))
    )


def _with_action(protection: Protection, action: str | None) -> Protection:
    """Record whether the thermostat was last heating or cooling."""
    last_cooled = action == COOLING or (protection.setpoint.last_cooled and action not in CALLING)
    if last_cooled is protection.setpoint.last_cooled:
        return protection
    return replace(protection, setpoint=replace(protection.setpoint, last_cooled=last_cooled))


def _with_shown(decided: Decided, now: Scene) -> Decided:
    """Return the decision with the setpoint that the thermostat shows, and whether it is only proposed."""
    if decided.decision is None:
        return decided
    setpoint = decided.protection.setpoint
    is_proposed = now.settings.mode is Mode.ADVISE and _is_proposed(decided.decision, setpoint, now)
    return replace(
        decided,
        decision=replace(
            decided.decision, thermostat_shows=setpoint.shown, is_proposed=is_proposed
        ),
    )


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
    decided = _decided(protection, _with_cooling(now, protection.setpoint))
    return replace(
        decided, due=earliest(now.at, decided.due, attribution.due(decided.protection.setpoint))
    )


def _decided(protection: Protection, now: Scene) -> Decided:
    if now.settings.mode is Mode.MONITOR:
        # The limits begin anew when they may hold again.
        kept = replace(
            NOTHING,
            setpoint=protection.setpoint,
            switches=protection.switches,
            habit=protection.habit,
        )
        return _given_back(kept, now)
    decision, composed_from, due = what_holds(protection, now)
    if now.settings.mode is Mode.PROTECT:
        return _told(
            composed_from,
            now,
            decision,
            due,
            Haste.NONE if decision.held is None else Haste.AT_ONCE,
        )
    # What a plan wants is only proposed: what was asked for is what shows.
    given_back = _given_back(replace(composed_from, setpoint=protection.setpoint), now)
    return replace(given_back, decision=decision, due=earliest(now.at, given_back.due, due))


ADVISABLE = frozenset({Holder.CAP, Holder.OVERRUN, Holder.PLAN})
"""What there is a reason for that people can act on."""


def advice(decided: Decided) -> Advice | None:
    """Tell what is proposed."""
    decision = decided.decision
    return (
        Advice(decision.applied, decision.holding.value)
        if decision is not None and decision.is_proposed
        else None
    )


def asked(protection: Protection, now: Scene, request: Request) -> Decided:
    """Record a request that was made on the guard's climate entity.

    The command is the limited setpoint, to be sent to the thermostat now instead of the requested one.
    """
    temperature, heats = request.temperature, now.setpoint is not None
    mode = now.observation.thermostat.mode if request.mode is None else request.mode
    changes_mode = mode != now.observation.thermostat.mode
    if mode in HEATING_MODES and (not heats or changes_mode):
        now, heats = _in_mode(now, mode, temperature), True
    if mode in HEATING_MODES and changes_mode:
        # What the thermostat shows in that mode before it shows this is old.
        protection = replace(protection, setpoint=replace(protection.setpoint, shown=None))
    if not heats:
        off = replace(
            protection,
            setpoint=setpoints.asked_while_off(protection.setpoint, temperature),
            recovery=None,
        )
        return Decided(off, command=Command(temperature))
    if now.settings.mode is not Mode.PROTECT:
        setpoint = setpoints.handed_on(
            protection.setpoint, request, now.at, now.observation.thermostat
        )
        return Decided(replace(protection, setpoint=setpoint), command=Command(temperature))
    thermostat = now.observation.thermostat
    asked = setpoints.asked(protection.setpoint, request, now.at, thermostat)
    now = _with_cooling(now, asked)
    decision, asking, _ = what_holds(replace(protection, setpoint=asked, recovery=None), now)
    applied = decision.applied
    told = setpoints.told(
        asking.setpoint,
        applied,
        now.at,
        thermostat.preset,
        origin=Origin.CALLED,
        as_range=not request.single,
        is_split=asked.single,
    )
    return _with_shown(Decided(replace(asking, setpoint=told), decision, Command(applied)), now)


def _in_mode(now: Scene, mode: str | None, temperature: float) -> Scene:
    """Return the scene as it will be when the thermostat is in a mode, with a setpoint in °C."""
    thermostat = replace(now.observation.thermostat, mode=mode, action=None, setpoint=temperature)
    return replace(
        now, observation=replace(now.observation, thermostat=thermostat), setpoint=temperature
    )


def _with_cooling(now: Scene, setpoint: Setpoint) -> Scene:
    """Return the scene with the requested cooling setpoint, which the thermostat may not show yet."""
    if setpoint.cooling is None:
        return now
    thermostat = replace(now.observation.thermostat, cooling=setpoint.cooling)
    return replace(now, observation=replace(now.observation, thermostat=thermostat))


def chosen(
    protection: Protection, at: datetime, preset: str | None, mode: str | None
) -> Protection:
    """Record that somebody chose a preset or a mode on the guard's climate entity.

    The setpoint that results from it is a request. `mode` is the thermostat's mode before the choice.
    """
    return replace(
        protection,
        setpoint=setpoints.with_choice(protection.setpoint, at, preset, mode),
        recovery=None,
    )


def accepted(
    protection: Protection, now: Scene, temperature: float
) -> tuple[Protection, Command | None]:
    """Take in that somebody agrees to a proposal, °C; tell also what the thermostat is told for it: nothing where it does not heat."""
    if now.setpoint is None:
        return protection, None
    setpoint, thermostat = protection.setpoint, now.observation.thermostat
    gives_back = setpoint.requested is not None and abs(temperature - setpoint.requested) < EPSILON
    command = _command(setpoint, now, temperature, gives_back=gives_back)
    told = setpoints.told(
        setpoint,
        command.setpoint,
        now.at,
        thermostat.preset,
        resumes=command.goes_on,
        origin=Origin.ACCEPTED,
        as_range=thermostat.cooling is not None and not command.single,
    )
    return replace(protection, setpoint=told), command


def released(protection: Protection, now: Scene) -> Decided:
    """Give back what was asked for: nobody will look after it from now on."""
    switched = tuple((switch, False) for switch, one in protection.switches.items() if one.on)
    left = replace(protection, switches={})
    if now.setpoint is None:
        return Decided(left, switched=switched)
    left = _followed(left, now)
    given_back = _given_back(left, _with_cooling(now, left.setpoint), Haste.LAST)
    # Whoever looks after it next need not wait for that.
    setpoint = replace(given_back.protection.setpoint, writes=left.setpoint.writes)
    is_doubtful = setpoint.is_doubtful(now.observation.thermostat.grid.step)
    setpoint = replace(setpoint, left_behind=is_doubtful or given_back.command is not None)
    if not is_doubtful:
        setpoint = setpoints.with_nothing_left(setpoint)
    return replace(
        given_back, protection=replace(given_back.protection, setpoint=setpoint), switched=switched
    )


def followed(protection: Protection, now: Scene) -> Protection:
    """Update the record with the setpoint that the thermostat shows, without a decision."""
    return protection if now.setpoint is None else _followed(protection, now)


def _followed(protection: Protection, now: Scene) -> Protection:
    """Take in what the thermostat shows."""
    thermostat, setpoint = now.observation.thermostat, now.setpoint
    assert setpoint is not None  # noqa: S101 -- who asks has looked
    own = now.settings.protection.own_schedule
    seen = Seen(
        at=now.at,
        setpoint=setpoint,
        thermostat=thermostat,
        zone=now.settings.zone,
        own_schedule=own,
    )
    followed = write_gate.trimmed(attribution.follow(protection.setpoint, seen), now.at)
    if followed is protection.setpoint:
        return protection
    by_hand = (
        followed.held_until != protection.setpoint.held_until and followed.held_until is not None
    )
    # Who sets it by hand wants that, and not what was asked for before.
    return replace(protection, setpoint=followed, recovery=None if by_hand else protection.recovery)


def _given_back(protection: Protection, now: Scene, haste: Haste = Haste.AT_ONCE) -> Decided:
    """Have the thermostat show what was asked for, if it was told anything."""
    requested, told = protection.setpoint.requested, protection.setpoint.told
    if requested is None or told is None or told.origin.is_theirs:
        return Decided(protection)
    value = clamp(requested, now.observation.thermostat, single=protection.setpoint.single)
    return replace(
        _told(protection, now, Decision(value, value, requested=value), None, haste), decision=None
    )


def _told(
    protection: Protection, now: Scene, decision: Decision, due: datetime | None, haste: Haste
) -> Decided:
    """Have the thermostat told, where it shows something else."""
    setpoint, thermostat = protection.setpoint, now.observation.thermostat
    gives_back = decision.is_as_requested
    wish = write_gate.Wish(
        value=decision.applied,
        at=now.at,
        step=thermostat.grid.step,
        gives_back=gives_back,
        haste=haste,
    )
    passed = write_gate.check(setpoint, wish)
    due = earliest(now.at, due, passed.due)
    if not passed.writes:
        is_held = now.settings.mode is Mode.PROTECT and setpoints.is_answered(
            setpoint, decision.applied, thermostat.grid.step
        )
        return Decided(
            replace(protection, setpoint=setpoints.held_to(setpoint)) if is_held else protection,
            decision,
            due=due,
        )
    command = _command(setpoint, now, decision.applied, gives_back=gives_back)
    told = setpoints.told(
        setpoint,
        command.setpoint,
        now.at,
        thermostat.preset,
        resumes=command.goes_on,
        origin=Origin.GIVEN_BACK if gives_back else Origin.DECIDED,
        as_range=thermostat.cooling is not None and not command.single,
        is_split=command.single,
    )
    left = setpoint.shown if setpoint.left_behind else None
    return Decided(
        replace(protection, setpoint=told),
        decision,
        command,
        due=earliest(now.at, due, told.awaited),
        left=left,
    )


def _command(setpoint: Setpoint, now: Scene, temperature: float, *, gives_back: bool) -> Command:
    """Say what the thermostat is told; where that is what was asked for, it also goes on as before."""
    thermostat, cooling = now.observation.thermostat, setpoint.cooling
    single = gives_back and setpoint.single and thermostat.cooling is not None
    command = Command(
        clamp(temperature, thermostat, single=single),
        single=single,
        cooling=None if single else cooling,
    )
    if not gives_back:
        return command
    if now.settings.protection.resumes:
        return replace(command, resumes=True)
    return replace(
        command, preset=setpoint.preset if setpoint.preset != thermostat.preset else None
    )
