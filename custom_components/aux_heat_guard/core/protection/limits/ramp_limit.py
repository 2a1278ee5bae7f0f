"""The ramp limit: the setpoint stays close to the room temperature.

Far above the room, the setpoint would make the thermostat call aux heat for the whole way up. The
limit rises with the room, and falls only while the thermostat calls for heat: if it were lowered
while the thermostat rests, heating would never start. If the heat pump alone leaves people in the
cold for an hour, the backstop lifts the limit until the thermostat rests or nobody wants the
warmth any more.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from ...grid import round_down
from ...model import FAHRENHEIT_GRID, Grid, Limit
from ...sense.detector import CALLING_ACTIONS
from ...settings.protection import (
    BACKSTOP_AFTER,
    BACKSTOP_OVER,
    BACKSTOP_UNDER,
    COMFORT_LOOK_AHEAD,
    RAMP_LIMIT_OVER_DIFFERENTIAL,
    RAMP_LIMIT_UNDER_DROOP,
    ROOM_STALE_AFTER,
    WIDEN_AFTER,
    WIDEN_UNDER,
    ProtectionSettings,
)
from ...units import EPSILON
from .base import LimitInputs, LimitState, StoredField, StoredKind

RAISE_MARGIN_STEPS = 1.5
"""The limit rises only by at least this many steps, so that sensor noise does not move it."""

MAX_WIDENING = 10.0
"""K. The limit is never widened beyond a thermostat's droop, which is at most that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RampInputs:
    """The inputs of the ramp limit. Temperatures in °C."""

    at: datetime
    room: float
    target: float
    comfort: float
    """The temperature that people want now or soon. The room must not stay far below it."""
    is_calling: bool
    """Whether the thermostat calls for heat."""
    current_setpoint: float | None
    """The setpoint the thermostat is set to."""
    grid: Grid = FAHRENHEIT_GRID

    @property
    def below_target(self) -> float:
        """How many K the room is below the target."""
        return self.target - self.room

    @property
    def below_comfort(self) -> float:
        """How many K the room is below the temperature that people want."""
        return self.comfort - self.room


@dataclass(frozen=True, slots=True, kw_only=True)
class RampLimit(LimitState):
    """The ramp limit and its timers."""

    value: float | None = None
    """The highest setpoint in °C on the thermostat's grid, or None if there is no limit."""
    widened_by: float = 0.0
    """How many K the limit was widened because the thermostat did not start heating."""
    resting_since: datetime | None = None
    """The time since which the thermostat rests with the room below its target."""
    cold_since: datetime | None = None
    """The time since which the room is far below the temperature that people want."""
    is_backstop_active: bool = False
    """Whether the limit is lifted because the room stayed too cold."""
    room_seen_at: datetime | None = None
    """The time at which the room temperature was last known."""

    LIMIT: ClassVar = Limit.RAMP_LIMIT
    STORED: ClassVar[Mapping[str, StoredField]] = {
        "value": StoredField(StoredKind.TEMPERATURE),
        "widened_by": StoredField(StoredKind.DIFFERENCE, key="widened", highest=MAX_WIDENING),
        "resting_since": StoredField(StoredKind.INSTANT),
        "cold_since": StoredField(StoredKind.INSTANT),
        "is_backstop_active": StoredField(StoredKind.FLAG, key="lets_go"),
        "room_seen_at": StoredField(StoredKind.INSTANT, key="seen"),
    }
    # The limit moves with the room, degree by degree, so nobody can set it manually.
    IS_PROPOSABLE: ClassVar = False

    def advance_to_target(self, inputs: LimitInputs) -> tuple[RampLimit, datetime | None]:
        """Follow the room toward the comfort target."""
        context, schedule, target = inputs.context, inputs.schedule, inputs.comfort_target
        if context.room is None:
            return self.advance_without_room(context.at)
        soon = (
            temperature
            for start, temperature in schedule
            if context.at < start <= context.at + COMFORT_LOOK_AHEAD
        )
        thermostat = context.observation.thermostat
        ramp_inputs = RampInputs(
            at=context.at,
            room=context.room,
            target=target,
            comfort=min(target, max((schedule[0][1], *soon))),
            is_calling=thermostat.hvac_action in CALLING_ACTIONS,
            current_setpoint=inputs.current_setpoint,
            grid=thermostat.grid,
        )
        return self.advance(ramp_inputs, context.settings.protection)

    def max_setpoint(self, inputs: LimitInputs) -> float | None:  # noqa: ARG002 -- in the state
        """Return the highest setpoint in °C, or None if there is no limit."""
        return self.value

    def reset(self) -> RampLimit:
        """Return the initial state, with what was learned about the thermostat."""
        return RampLimit(widened_by=self.widened_by)

    def advance(
        self, inputs: RampInputs, settings: ProtectionSettings
    ) -> tuple[RampLimit, datetime | None]:
        """Return the next state, and when it changes even if no input changes."""
        state = self._update_timers(inputs)
        if state.resting_since is not None and inputs.at >= state.resting_since + WIDEN_AFTER:
            widened_by = min(state.widened_by + inputs.grid.step, settings.droop)
            state = replace(state, widened_by=widened_by, resting_since=inputs.at)
        if state.cold_since is not None and inputs.at >= state.cold_since + BACKSTOP_AFTER:
            state = replace(state, is_backstop_active=True)
        dues = list[datetime]()
        if state.resting_since is not None:
            dues.append(state.resting_since + WIDEN_AFTER)
        if state.cold_since is not None and not state.is_backstop_active:
            dues.append(state.cold_since + BACKSTOP_AFTER)
        value = state._next_value(inputs, settings)  # noqa: SLF001 -- its own
        return replace(state, value=value, room_seen_at=inputs.at), min(dues, default=None)

    def advance_without_room(self, at: datetime) -> tuple[RampLimit, datetime | None]:
        """Return the same state for some minutes without room temperature, and their end."""
        if self.room_seen_at is None:
            return self.reset(), None
        stale_at = min(self.room_seen_at, at) + ROOM_STALE_AFTER
        return (self, stale_at) if at < stale_at else (self.reset(), None)

    def max_above_room(self, settings: ProtectionSettings) -> float | None:
        """Return how many K the setpoint may be above the room.

        None if there is no such limit, or if no distance starts the heat pump without aux heat.
        """
        shortest = settings.differential + RAMP_LIMIT_OVER_DIFFERENTIAL
        longest = settings.droop - RAMP_LIMIT_UNDER_DROOP
        if settings.ramp_limit is None or longest < shortest - EPSILON:
            return None
        return min(max(settings.ramp_limit, shortest) + self.widened_by, longest)

    def _update_timers(self, inputs: RampInputs) -> RampLimit:
        is_resting = not inputs.is_calling and inputs.below_target >= WIDEN_UNDER - EPSILON
        is_cold = inputs.below_comfort > BACKSTOP_UNDER + EPSILON
        # An active backstop stays until the thermostat rests, or the warmth is not wanted any more:
        # if it ended briefly, aux heat would still run just as long.
        is_needed = inputs.below_comfort > -BACKSTOP_OVER and (
            inputs.is_calling or inputs.below_comfort > BACKSTOP_OVER + EPSILON
        )
        return replace(
            self,
            resting_since=_timer_start(self.resting_since, inputs.at) if is_resting else None,
            cold_since=_timer_start(self.cold_since, inputs.at) if is_cold else None,
            is_backstop_active=self.is_backstop_active and is_needed,
        )

    def _next_value(self, inputs: RampInputs, settings: ProtectionSettings) -> float | None:
        if self.is_backstop_active:
            return None
        distance = self.max_above_room(settings)
        if distance is None:
            return _limit_below_droop(inputs, settings)
        return self._follow_room(inputs, inputs.room + distance)

    def _follow_room(self, inputs: RampInputs, highest: float) -> float:
        """Return the limit that follows the room in whole steps.

        It rises when the room has risen by one and a half steps, and falls at once. While the
        thermostat rests, it falls only to the current setpoint: below that, heating never starts.
        """
        grid, before, now = inputs.grid, self.value, round_down(highest, inputs.grid)
        if before is None:
            return now
        if not inputs.is_calling:
            setpoint = inputs.current_setpoint
            return max(now, before if setpoint is None else min(before, setpoint))
        is_risen = highest >= before + RAISE_MARGIN_STEPS * grid.step - EPSILON
        if is_risen or highest < before - EPSILON:
            return now
        return before


NO_RAMP_LIMIT = RampLimit()


def _timer_start(before: datetime | None, at: datetime) -> datetime:
    return at if before is None else min(before, at)


def _limit_below_droop(inputs: RampInputs, settings: ProtectionSettings) -> float | None:
    """Return the limit if no distance starts the heat pump without aux heat.

    The current setpoint stays, and rises by a step once the room is near enough.
    """
    if settings.ramp_limit is None or inputs.current_setpoint is None:
        return None
    return max(
        inputs.current_setpoint,
        round_down(inputs.room + settings.droop - RAMP_LIMIT_UNDER_DROOP, inputs.grid),
    )
