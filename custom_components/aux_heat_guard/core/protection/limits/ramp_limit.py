"""Never far over the room, so that a thermostat does not call the strips for a long way up.

It follows the room up, and down only while heat is called for: lowered while the thermostat rests, it would never start. Where the pump alone
leaves people in the cold for an hour, it lets go until the thermostat has had enough, or nobody wants the warmth any more.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from ...grid import down
from ...model import WHOLE_FAHRENHEIT, Grid
from ...settings.protection import (
    BACKSTOP_AFTER,
    BACKSTOP_OVER,
    BACKSTOP_UNDER,
    LEASH_OVER_DIFFERENTIAL,
    LEASH_UNDER_DROOP,
    UNSEEN_AFTER,
    WIDENED_AFTER,
    WIDENED_UNDER,
    ProtectSettings,
)
from ...units import EPSILON


@dataclass(frozen=True, slots=True)
class Leash:
    """What is remembered of it."""

    value: float | None = None
    """The highest setpoint, °C, on the thermostat's grid; None: none."""
    widened: float = 0.0
    """K by which it is longer than chosen, for this thermostat did not start on it."""
    resting_since: datetime | None = None
    """Since when the thermostat rests with the room under its target."""
    cold_since: datetime | None = None
    """Since when the room is far under its target."""
    lets_go: bool = False
    seen: datetime | None = None
    """When the room was last known."""


LOOSE = Leash()

MARGIN = 1.5
"""Steps."""


def length(leash: Leash, settings: ProtectSettings) -> float | None:
    """Tell how long it is, K; None where no length starts the pump and spares the strips."""
    shortest, longest = (
        settings.differential + LEASH_OVER_DIFFERENTIAL,
        settings.droop - LEASH_UNDER_DROOP,
    )
    if settings.leash is None or longest < shortest - EPSILON:
        return None
    return min(max(settings.leash, shortest) + leash.widened, longest)


@dataclass(frozen=True, slots=True)
class Look:
    """What it goes by. Temperatures °C."""

    at: datetime
    room: float
    target: float
    comfort: float
    """What the room must not be far under: what people want now, or soon."""
    calls: bool
    """Whether heat is called for."""
    told: float | None
    """What the thermostat is set to."""
    grid: Grid = WHOLE_FAHRENHEIT


def followed(leash: Leash, look: Look, settings: ProtectSettings) -> tuple[Leash, datetime | None]:
    """Follow the room; tell also when time alone may change it."""
    leash = _timed(leash, look)
    if leash.resting_since is not None and look.at >= leash.resting_since + WIDENED_AFTER:
        widened = min(leash.widened + look.grid.step, settings.droop)
        leash = replace(leash, widened=widened, resting_since=look.at)
    if leash.cold_since is not None and look.at >= leash.cold_since + BACKSTOP_AFTER:
        leash = replace(leash, lets_go=True)
    longest = length(leash, settings)
    value = (
        None
        if leash.lets_go
        else _raised(look, settings)
        if longest is None
        else _value(leash, look, look.room + longest)
    )
    dues = [
        *([leash.resting_since + WIDENED_AFTER] if leash.resting_since is not None else []),
        *(
            [leash.cold_since + BACKSTOP_AFTER]
            if leash.cold_since is not None and not leash.lets_go
            else []
        ),
    ]
    return replace(leash, value=value, seen=look.at), min(dues, default=None)


def unseen(leash: Leash, at: datetime) -> tuple[Leash, datetime | None]:
    """Stay for some minutes in which nobody tells how warm the room is; tell also when they are over."""
    lost = at if leash.seen is None else min(leash.seen, at) + UNSEEN_AFTER
    return (leash, lost) if at < lost else (restarted(leash), None)


def restarted(leash: Leash) -> Leash:
    """Start anew, after a time in which nobody looked; what was learnt of the thermostat stays."""
    return Leash(widened=leash.widened)


def _timed(leash: Leash, look: Look) -> Leash:
    under, short = look.target - look.room, look.comfort - look.room
    resting = (
        None
        if look.calls or under < WIDENED_UNDER - EPSILON
        else _since(leash.resting_since, look.at)
    )
    cold = None if short <= BACKSTOP_UNDER + EPSILON else _since(leash.cold_since, look.at)
    # The thermostat's own strips do it until that rests, or nobody wants it any more: let go for moments they would run as long.
    is_needed = short > -BACKSTOP_OVER and (look.calls or short > BACKSTOP_OVER + EPSILON)
    lets_go = leash.lets_go and is_needed
    return replace(leash, resting_since=resting, cold_since=cold, lets_go=lets_go)


def _since(before: datetime | None, at: datetime) -> datetime:
    return at if before is None else min(before, at)


def _raised(look: Look, settings: ProtectSettings) -> float | None:
    """Find how far the setpoint may be raised where no length fits: what it is set to stands, and a step more once the room is near enough."""
    if settings.leash is None or look.told is None:
        return None
    return max(look.told, down(look.room + settings.droop - LEASH_UNDER_DROOP, look.grid))


def _value(leash: Leash, look: Look, highest: float) -> float:
    """Follow the room in whole steps: up when there is one and a half, so that noise moves nothing, down at once.

    While the thermostat rests it is lowered only to what it is set to: under that it would not start.
    """
    grid, before, now = look.grid, leash.value, down(highest, look.grid)
    if before is None:
        return now
    if not look.calls:
        return max(now, before if look.told is None else min(before, look.told))
    if highest >= before + MARGIN * grid.step - EPSILON or highest < before - EPSILON:
        return now
    return before
