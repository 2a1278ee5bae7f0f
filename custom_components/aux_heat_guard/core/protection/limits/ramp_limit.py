"""Never far over the room, so that a thermostat does not call the strips for a long way up.

It follows the room up, and down only while heat is called for: lowered while the thermostat rests, it would never start. Where the pump alone
leaves people in the cold for an hour, it lets go until the thermostat has had enough, or nobody wants the warmth any more.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from ...grid import round_down
from ...model import FAHRENHEIT_GRID, Grid
from ...settings.protection import (
    BACKSTOP_AFTER,
    BACKSTOP_OVER,
    BACKSTOP_UNDER,
    RAMP_LIMIT_OVER_DIFFERENTIAL,
    RAMP_LIMIT_UNDER_DROOP,
    ROOM_STALE_AFTER,
    WIDEN_AFTER,
    WIDEN_UNDER,
    ProtectionSettings,
)
from ...units import EPSILON


@dataclass(frozen=True, slots=True)
class RampLimit:
    """What is remembered of it."""

    value: float | None = None
    """The highest setpoint, °C, on the thermostat's grid; None: none."""
    widened_by: float = 0.0
    """K by which it is longer than chosen, for this thermostat did not start on it."""
    resting_since: datetime | None = None
    """Since when the thermostat rests with the room under its target."""
    cold_since: datetime | None = None
    """Since when the room is far under its target."""
    is_backstop_active: bool = False
    room_seen_at: datetime | None = None
    """When the room was last known."""


NO_RAMP_LIMIT = RampLimit()

RAISE_MARGIN_STEPS = 1.5
"""Steps."""


def max_above_room(ramp_limit: RampLimit, settings: ProtectionSettings) -> float | None:
    """Tell how long it is, K; None where no length starts the pump and spares the strips."""
    shortest, longest = (
        settings.differential + RAMP_LIMIT_OVER_DIFFERENTIAL,
        settings.droop - RAMP_LIMIT_UNDER_DROOP,
    )
    if settings.ramp_limit is None or longest < shortest - EPSILON:
        return None
    return min(max(settings.ramp_limit, shortest) + ramp_limit.widened_by, longest)


@dataclass(frozen=True, slots=True)
class RampInputs:
    """What it goes by. Temperatures °C."""

    at: datetime
    room: float
    target: float
    comfort: float
    """What the room must not be far under: what people want now, or soon."""
    is_calling: bool
    """Whether heat is called for."""
    current_setpoint: float | None
    """What the thermostat is set to."""
    grid: Grid = FAHRENHEIT_GRID


def advance(
    ramp_limit: RampLimit, inputs: RampInputs, settings: ProtectionSettings
) -> tuple[RampLimit, datetime | None]:
    """Follow the room; tell also when time alone may change it."""
    ramp_limit = _update_timers(ramp_limit, inputs)
    if ramp_limit.resting_since is not None and inputs.at >= ramp_limit.resting_since + WIDEN_AFTER:
        widened = min(ramp_limit.widened_by + inputs.grid.step, settings.droop)
        ramp_limit = replace(ramp_limit, widened_by=widened, resting_since=inputs.at)
    if ramp_limit.cold_since is not None and inputs.at >= ramp_limit.cold_since + BACKSTOP_AFTER:
        ramp_limit = replace(ramp_limit, is_backstop_active=True)
    longest = max_above_room(ramp_limit, settings)
    value = (
        None
        if ramp_limit.is_backstop_active
        else _limit_below_droop(inputs, settings)
        if longest is None
        else _next_value(ramp_limit, inputs, inputs.room + longest)
    )
    dues = [
        *([ramp_limit.resting_since + WIDEN_AFTER] if ramp_limit.resting_since is not None else []),
        *(
            [ramp_limit.cold_since + BACKSTOP_AFTER]
            if ramp_limit.cold_since is not None and not ramp_limit.is_backstop_active
            else []
        ),
    ]
    return replace(ramp_limit, value=value, room_seen_at=inputs.at), min(dues, default=None)


def advance_without_room(ramp_limit: RampLimit, at: datetime) -> tuple[RampLimit, datetime | None]:
    """Stay for some minutes in which nobody tells how warm the room is; tell also when they are over."""
    lost = (
        at
        if ramp_limit.room_seen_at is None
        else min(ramp_limit.room_seen_at, at) + ROOM_STALE_AFTER
    )
    return (ramp_limit, lost) if at < lost else (reset(ramp_limit), None)


def reset(ramp_limit: RampLimit) -> RampLimit:
    """Start anew, after a time in which nobody looked; what was learnt of the thermostat stays."""
    return RampLimit(widened_by=ramp_limit.widened_by)


def _update_timers(ramp_limit: RampLimit, inputs: RampInputs) -> RampLimit:
    under, short = inputs.target - inputs.room, inputs.comfort - inputs.room
    resting = (
        None
        if inputs.is_calling or under < WIDEN_UNDER - EPSILON
        else _timer_start(ramp_limit.resting_since, inputs.at)
    )
    cold = (
        None
        if short <= BACKSTOP_UNDER + EPSILON
        else _timer_start(ramp_limit.cold_since, inputs.at)
    )
    # The thermostat's own strips do it until that rests, or nobody wants it any more: let go for moments they would run as long.
    is_needed = short > -BACKSTOP_OVER and (inputs.is_calling or short > BACKSTOP_OVER + EPSILON)
    lets_go = ramp_limit.is_backstop_active and is_needed
    return replace(ramp_limit, resting_since=resting, cold_since=cold, is_backstop_active=lets_go)


def _timer_start(before: datetime | None, at: datetime) -> datetime:
    return at if before is None else min(before, at)


def _limit_below_droop(inputs: RampInputs, settings: ProtectionSettings) -> float | None:
    """Find how far the setpoint may be raised where no length fits: what it is set to stands, and a step more once the room is near enough."""
    if settings.ramp_limit is None or inputs.current_setpoint is None:
        return None
    return max(
        inputs.current_setpoint,
        round_down(inputs.room + settings.droop - RAMP_LIMIT_UNDER_DROOP, inputs.grid),
    )


def _next_value(ramp_limit: RampLimit, inputs: RampInputs, highest: float) -> float:
    """Follow the room in whole steps: up when there is one and a half, so that noise moves nothing, down at once.

    While the thermostat rests it is lowered only to what it is set to: under that it would not start.
    """
    grid, before, now = inputs.grid, ramp_limit.value, round_down(highest, inputs.grid)
    if before is None:
        return now
    if not inputs.is_calling:
        return max(
            now, before if inputs.current_setpoint is None else min(before, inputs.current_setpoint)
        )
    if highest >= before + RAISE_MARGIN_STEPS * grid.step - EPSILON or highest < before - EPSILON:
        return now
    return before
