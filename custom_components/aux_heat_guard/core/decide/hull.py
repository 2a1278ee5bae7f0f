"""The last gate before a thermostat: only what differs, not too often, and again where it does not arrive."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto

from ..number import EPSILON
from ..protect_settings import TRIES, TRY_AGAIN, WRITE_APART, WRITES_A_DAY, WRITES_AN_HOUR
from . import setpoint as setpoints
from .setpoint import Setpoint

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Haste(Enum):
    """Whether a wish can wait."""

    NONE = auto()
    AT_ONCE = auto()
    """Nothing may limit it any more: it waits for no turn."""
    LAST = auto()
    """Nobody will look after it: what is still on its way is overtaken as well, and doubts are not waited out."""


@dataclass(frozen=True, slots=True)
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


def passed(setpoint: Setpoint, wish: Wish) -> Passed:
    """Tell whether the thermostat is to be told something."""
    if wish.haste is Haste.LAST and (setpoint.returned is not None or _is_on_its_way(setpoint, wish)):
        return Passed(writes=True)
    if setpoint.returned is not None:
        # Until it is clear whose that is.
        return Passed(due=setpoint.returned + setpoint.echo)
    if setpoints.is_answered(setpoint, wish.value, wish.step):
        return Passed()
    last, awaited = setpoint.told, setpoint.awaited
    if last is not None and awaited is not None and abs(last.value - wish.value) < EPSILON:
        if wish.at < awaited:
            return Passed(due=awaited)
        slowly = last.at + TRY_AGAIN
        if last.tries >= TRIES and wish.at < slowly:
            return Passed(due=slowly)
    due = _allowed(setpoint.writes, wish)
    return Passed(due=due) if due is not None and wish.at < due else Passed(writes=True)


def _is_on_its_way(setpoint: Setpoint, wish: Wish) -> bool:
    """Tell whether the thermostat may still come to show something else that it was told."""
    last = setpoint.told
    return last is not None and not last.arrived and abs(last.value - wish.value) >= EPSILON


def trimmed(setpoint: Setpoint, at: datetime) -> Setpoint:
    """Let go of writes that count no more."""
    if all(at - DAY < write <= at for write in setpoint.writes):
        return setpoint
    return replace(setpoint, writes=tuple(write for write in setpoint.writes if at - DAY < write <= at))


def _allowed(writes: tuple[datetime, ...], wish: Wish) -> datetime | None:
    """Tell from when on there may be another write; None: at once."""
    if wish.haste is not Haste.NONE or not writes:
        return None
    waits = [writes[-1] + WRITE_APART]
    if len(writes) >= WRITES_AN_HOUR and not wish.gives_back:
        waits.append(writes[-WRITES_AN_HOUR] + HOUR)
    if len(writes) >= WRITES_A_DAY and not wish.gives_back:
        waits.append(writes[-WRITES_A_DAY] + DAY)
    return max(waits)
