"""The last check before a command: only what differs, not too often, not against a change that does not count yet."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto

from ..settings.protection import TRIES, TRY_AGAIN, WRITE_APART, WRITES_A_DAY, WRITES_AN_HOUR
from ..units import EPSILON
from . import attribution
from . import setpoint as setpoints
from .setpoint import Setpoint

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Haste(Enum):
    """Whether a wish can wait."""

    NONE = auto()
    AT_ONCE = auto()
    """Nothing may limit it any more: it waits for no turn."""
    LAST = auto()
    """Nobody will look after it: what has not been seen to arrive is told once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What should hold now."""

    value: float
    """°C"""
    at: datetime
    step: float
    """K, of the thermostat."""
    gives_back: bool
    """Whether it is what was asked for: that goes by no budget."""
    haste: Haste = Haste.NONE


@dataclass(frozen=True, slots=True)
class Passed:
    """What came of a wish."""

    writes: bool = False
    """Whether the thermostat is to be told now."""
    due: datetime | None = None
    """When to ask again."""


def check(setpoint: Setpoint, wish: Wish) -> Passed:
    """Return whether the thermostat is to be told something now, or when to ask again."""
    if setpoint.is_doubtful(wish.step) and not _is_settled_by(setpoint, wish):
        return Passed(due=attribution.due(setpoint))
    if wish.haste is Haste.LAST and (
        _is_on_its_way(setpoint, wish) or _is_settled_by(setpoint, wish)
    ):
        return Passed(writes=True)
    if setpoints.is_answered(setpoint, wish.value, wish.step):
        return Passed()
    again = _again(setpoint, wish)
    if again is not None and wish.at < again:
        return Passed(due=again)
    due = _allowed(setpoint, wish)
    return Passed(due=due) if due is not None and wish.at < due else Passed(writes=True)


def trimmed(setpoint: Setpoint, at: datetime) -> Setpoint:
    """Let go of writes that count no more."""
    if all(at - DAY < write <= at for write in setpoint.writes):
        return setpoint
    return replace(
        setpoint, writes=tuple(write for write in setpoint.writes if at - DAY < write <= at)
    )


def _is_on_its_way(setpoint: Setpoint, wish: Wish) -> bool:
    """Tell whether the thermostat may still come to show something else that it was told."""
    last = setpoint.told
    return last is not None and not last.arrived and abs(last.value - wish.value) >= EPSILON


def _is_settled_by(setpoint: Setpoint, wish: Wish) -> bool:
    """Return True for a last word that the thermostat shows already, but perhaps not for good."""
    is_doubtful, shown = setpoint.is_doubtful(wish.step), setpoint.shown
    return (
        wish.haste is Haste.LAST
        and is_doubtful
        and shown is not None
        and setpoints.alike(shown, wish.value, wish.step)
    )


def _again(setpoint: Setpoint, wish: Wish) -> datetime | None:
    """Return from when on the same may be told again; None: it is not the same, or nobody can wait."""
    last, awaited = setpoint.told, setpoint.awaited
    if last is None or awaited is None or abs(last.value - wish.value) >= EPSILON:
        return None
    if setpoint.skips_turn or wish.haste is Haste.LAST:
        return None
    return max(awaited, last.at + TRY_AGAIN) if last.tries >= TRIES else awaited


def _allowed(setpoint: Setpoint, wish: Wish) -> datetime | None:
    """Return from when on there may be another write; None: at once."""
    writes = setpoint.writes
    if wish.haste is not Haste.NONE or not writes or setpoint.skips_turn:
        return None
    waits = [writes[-1] + WRITE_APART]
    if len(writes) >= WRITES_AN_HOUR and not wish.gives_back:
        waits.append(writes[-WRITES_AN_HOUR] + HOUR)
    if len(writes) >= WRITES_A_DAY and not wish.gives_back:
        waits.append(writes[-WRITES_A_DAY] + DAY)
    return max(waits)
