"""Composes what limits the heating setpoint, and says what the thermostat is to be told."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from ..model import Limit
from ..number import EPSILON
from ..protect_settings import COMFORT_AHEAD, FREEZE_FLOOR, OVERRUN_STEP, WRITE_APART, WRITES_A_DAY, WRITES_AN_HOUR, ProtectSettings
from . import cap as caps
from . import leash as leashes
from . import overrun as overruns
from . import plan as plans
from .cap import Cap
from .grid import down, up
from .leash import Leash, Look
from .overrun import Overrun
from .situation import Situation

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CALLS = frozenset({"heating", "preheating", "defrosting"})


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


def decided(protection: Protection, now: Situation, *, is_over: bool) -> Decided:
    """Look at a situation: no setpoint is wanted, or nothing is to be heated, and nothing is decided."""
    settings, wanted = now.settings.protection, now.observation.plan
    if not wanted or not now.observation.thermostat.is_set_to_heat:
        return Decided(replace(protection, leash=leashes.LOOSE))
    outdoors = (
        [] if now.outdoor is None else [(now.at, now.outdoor), *(hour for hour in now.observation.forecast.hours if hour[0] > now.at)]
    )
    # Without an outdoor temperature nobody knows what the pump can do, and the schedule holds as it is.
    target, due = (
        plans.target(now.at, wanted, outdoors, settings.rate, now.settings.alerts.balance_point)
        if outdoors
        else (wanted[0][1], wanted[1][0] if len(wanted) > 1 else None)
    )
    cap, cap_due = caps.followed(protection.cap, now.at, now.outdoor)
    leash, leash_due = _leash(protection, now, target)
    overrun, overrun_due = overruns.followed(
        protection.overrun,
        now.at,
        is_over=is_over and settings.overruns,
        last_aux=None if now.ledger.run is None else now.ledger.run.last_seen,
    )
    protection = replace(protection, cap=cap, leash=leash, overrun=overrun)
    decision = composed(target, _limits(protection, target, settings), settings)
    protection, command, write_due = _told(protection, decision.applied, now.at)
    dues = [one for one in (due, cap_due, leash_due, overrun_due, write_due) if one is not None and one > now.at]
    return Decided(protection, decision, command, min(dues, default=None))


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
        return leashes.LOOSE, None
    ahead = now.at + COMFORT_AHEAD
    comfort = min(target, max(temperature for start, temperature in now.observation.plan if start <= ahead))
    look = Look(now.at, room, target, comfort, now.observation.thermostat.action in CALLS, protection.told)
    return leashes.followed(protection.leash, look, now.settings.protection)


def _limits(protection: Protection, target: float, settings: ProtectSettings) -> dict[Limit, float]:
    limits: dict[Limit, float] = {}
    if settings.cap is not None and protection.cap.outdoor is not None:
        limits[Limit.CAP] = caps.cap(protection.cap.outdoor, settings.cap)
    if protection.leash.value is not None:
        limits[Limit.LEASH] = protection.leash.value
    if protection.overrun.lowered >= OVERRUN_STEP - EPSILON:
        limits[Limit.OVERRUN] = target - protection.overrun.lowered
    return limits


def _told(protection: Protection, applied: float, at: datetime) -> tuple[Protection, float | None, datetime | None]:
    """Tell the thermostat, where that is something else, and not too often."""
    if protection.told is not None and abs(applied - protection.told) < EPSILON:
        return protection, None, None
    writes = tuple(write for write in protection.writes if at - DAY < write <= at)
    due = _allowed(writes)
    if due is not None and at < due:
        return replace(protection, writes=writes), None, due
    return replace(protection, told=applied, writes=(*writes, at)), applied, None


def _allowed(writes: tuple[datetime, ...]) -> datetime | None:
    """Tell from when on there may be another write; None: at once."""
    waits = [writes[-1] + WRITE_APART] if writes else []
    if len(writes) >= WRITES_AN_HOUR:
        waits.append(writes[-WRITES_AN_HOUR] + HOUR)
    if len(writes) >= WRITES_A_DAY:
        waits.append(writes[-WRITES_A_DAY] + DAY)
    return max(waits, default=None)
