"""Composes what limits the heating setpoint, and says what the thermostat is to be told."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from ..model import Alert, Limit
from ..number import EPSILON
from ..protect_settings import COMFORT_AHEAD, FREEZE_FLOOR, OVERRUN_STEP, WRITE_APART, WRITES_A_DAY, WRITES_AN_HOUR, ProtectSettings
from ..sense.detector import CALLING
from . import cap as caps
from . import leash as leashes
from . import overrun as overruns
from . import plan as plans
from . import runtime
from .cap import Cap
from .grid import down, up
from .leash import Leash, Look
from .overrun import Overrun
from .situation import Situation

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Protection:
    """What is remembered."""

    cap: Cap = caps.FREE
    leash: Leash = leashes.LOOSE
    overrun: Overrun = overruns.WITHIN
    told: float | None = None
    """What the thermostat was told last, °C."""
    writes: tuple[datetime, ...] = ()
    """When it was told something in the last day."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What should hold, and why it is less. °C."""

    target: float
    applied: float
    limits: Mapping[Limit, float] = field(default_factory=dict)
    holder: Limit | None = None
    """Which of them holds; None: none does."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What came of a look."""

    protection: Protection
    decision: Decision | None = None
    command: float | None = None
    """What the thermostat is to be told now, °C."""
    due: datetime | None = None


NOTHING = Protection()


def restarted(protection: Protection) -> Protection:
    """Go on after a time in which nobody looked."""
    return replace(protection, leash=leashes.restarted(protection.leash))


def decided(protection: Protection, now: Situation) -> Decided:
    """Look at a situation: no setpoint is wanted, or nothing is to be heated, and nothing is decided."""
    settings, wanted = now.settings.protection, now.observation.plan
    if not wanted or not now.observation.thermostat.is_set_to_heat:
        return Decided(restarted(protection))
    cap, cap_due = caps.followed(protection.cap, now.at, now.outdoor)
    target, due = _target(now, now.outdoor if now.outdoor is not None else cap.outdoor)
    overrun, overrun_due = _overrun(protection.overrun, now)
    protection = replace(protection, cap=cap, overrun=overrun)
    limits = _limits(protection, target, settings)
    leash, leash_due = _leash(protection, now, composed(target, limits, settings).applied)
    protection = replace(protection, leash=leash)
    if leash.value is not None:
        limits[Limit.LEASH] = leash.value
    decision = composed(target, limits, settings)
    protection, command, write_due = _told(protection, decision, now.at)
    dues = [one for one in (due, cap_due, leash_due, overrun_due, write_due) if one is not None and one > now.at]
    return Decided(protection, decision, command, min(dues, default=None))


def _target(now: Situation, outdoor: float | None) -> tuple[float, datetime | None]:
    """Find what should hold. Without an outdoor temperature nobody knows what the pump can do, and the schedule holds as it is."""
    settings, wanted = now.settings, now.observation.plan
    if outdoor is None:
        coming = [start for start, _ in wanted if start > now.at]
        return plans.holding(wanted, now.at), min(coming, default=None)
    outdoors = [(now.at, outdoor), *(hour for hour in now.observation.forecast.hours if hour[0] > now.at)]
    return plans.target(now.at, wanted, outdoors, settings.protection.rate, settings.alerts.balance_point)


def _overrun(overrun: Overrun, now: Situation) -> tuple[Overrun, datetime | None]:
    # What was to be expected no setpoint spares, but one that leaves people in the cold.
    verdict = runtime.over_budget(now, now.settings.alerts.choices[Alert.OVERRUN].figures)
    is_over = now.settings.protection.overruns and bool(verdict.holds) and not verdict.quiet
    last_aux = None if now.ledger.run is None else now.ledger.run.last_seen
    return overruns.followed(overrun, now.at, is_over=is_over, last_aux=last_aux)


def composed(target: float, limits: Mapping[Limit, float], settings: ProtectSettings) -> Decision:
    """Tell what holds: the target, under all limits, and these over the comfort floor; nothing under the freeze floor."""
    grid = settings.grid
    wanted = down(target, grid)
    floor = max(min(up(settings.comfort_floor, grid), wanted), up(FREEZE_FLOOR, grid))
    holder = min(limits, key=limits.__getitem__, default=None)
    if holder is None or limits[holder] >= target - EPSILON:
        return Decision(target, max(wanted, floor), limits)
    return Decision(target, max(min(wanted, down(limits[holder], grid)), floor), limits, holder)


def _leash(protection: Protection, now: Situation, target: float) -> tuple[Leash, datetime | None]:
    room = now.room
    if room is None:
        return leashes.unseen(protection.leash, now.at)
    wanted = now.observation.plan
    soon = (temperature for start, temperature in wanted if now.at < start <= now.at + COMFORT_AHEAD)
    comfort = min(target, max((plans.holding(wanted, now.at), *soon)))
    look = Look(now.at, room, target, comfort, now.observation.thermostat.action in CALLING, protection.told)
    return leashes.followed(protection.leash, look, now.settings.protection)


def _limits(protection: Protection, target: float, settings: ProtectSettings) -> dict[Limit, float]:
    limits: dict[Limit, float] = {}
    if settings.cap is not None and protection.cap.outdoor is not None:
        limits[Limit.CAP] = caps.cap(protection.cap.outdoor, settings.cap)
    if protection.overrun.lowered >= OVERRUN_STEP - EPSILON:
        limits[Limit.OVERRUN] = target - protection.overrun.lowered
    return limits


def _told(protection: Protection, decision: Decision, at: datetime) -> tuple[Protection, float | None, datetime | None]:
    """Tell the thermostat, where that is something else, and not too often; what is given back waits for no budget."""
    applied = decision.applied
    if protection.told is not None and abs(applied - protection.told) < EPSILON:
        return protection, None, None
    writes = tuple(write for write in protection.writes if at - DAY < write <= at)
    due = _allowed(writes, gives_back=decision.holder is None)
    if due is not None and at < due:
        return replace(protection, writes=writes), None, due
    return replace(protection, told=applied, writes=(*writes, at)), applied, None


def _allowed(writes: tuple[datetime, ...], *, gives_back: bool) -> datetime | None:
    """Tell from when on there may be another write; None: at once."""
    waits = [writes[-1] + WRITE_APART] if writes else []
    if len(writes) >= WRITES_AN_HOUR and not gives_back:
        waits.append(writes[-WRITES_AN_HOUR] + HOUR)
    if len(writes) >= WRITES_A_DAY and not gives_back:
        waits.append(writes[-WRITES_A_DAY] + DAY)
    return max(waits, default=None)
