"""The real core as a policy, which knows only what Home Assistant would tell it."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from custom_components.aux_heat_guard.core import engine
from custom_components.aux_heat_guard.core.grid import round_up
from custom_components.aux_heat_guard.core.model import (
    Forecast,
    Mode,
    Observation,
    Role,
    Source,
    Thermostat,
)
from custom_components.aux_heat_guard.core.sense.kinds import OnOffSignal
from custom_components.aux_heat_guard.core.settings.guard import Settings
from custom_components.aux_heat_guard.core.settings.protection import FREEZE_FLOOR
from custom_components.aux_heat_guard.core.units import EPSILON
from lab.policies import PolicyView, Schedule
from lab.units import celsius, fahrenheit

SETTINGS: Final = Settings(
    signals=(
        OnOffSignal(Source("binary_sensor.strips")),
        OnOffSignal(Source("binary_sensor.compressor"), role=Role.COMPRESSOR),
    ),
    has_outdoor=True,
    has_forecast=True,
    mode=Mode.PROTECT,
)
ROOM_STEP_F: Final = 0.1
OUTDOOR_STEP_F: Final = 1.0
PLAN_DAYS: Final = range(-1, 3)
"""From yesterday's, of which one may hold, to the day after tomorrow's."""

type ScheduleBlocks = tuple[tuple[datetime, float], ...]


class GuardPolicy:
    """Steps the core with observations and applies its commands."""

    def __init__(
        self,
        schedule: Schedule | None,
        begin: datetime,
        settings: Settings = SETTINGS,
        polled_every: int = 1,
    ) -> None:
        """Start with the schedule that the guard follows, if any."""
        self._schedule = schedule
        self._settings = settings
        self._polled_every = polled_every
        self._state = engine.start(begin, settings)
        self._plan: ScheduleBlocks = ()
        self._minute = 0
        self._last_observation: Observation | None = None

    def setpoint_c(self, seen: PolicyView) -> float:
        """Return the setpoint that the guard writes."""
        is_polled = self._last_observation is None or self._minute % self._polled_every == 0
        self._minute += 1
        if self._last_observation is None or is_polled:
            self._last_observation = self._observe(seen)
        elif self._state.wake_at > seen.at:
            return seen.setpoint_c
        step = engine.step(self._state, replace(self._last_observation, at=seen.at), self._settings)
        self._state = step.state
        check_safety(step, self._settings)
        return seen.setpoint_c if step.command is None else step.command.setpoint

    def _observe(self, seen: PolicyView) -> Observation:
        return Observation(
            at=seen.at,
            readings=("on" if seen.strips else "off", "on" if seen.heating else "off"),
            thermostat=Thermostat(
                hvac_mode="heat",
                hvac_action="heating" if seen.heating else "idle",
                room=_round_to_step(seen.room_c, ROOM_STEP_F),
                setpoint=seen.setpoint_c,
                last_reported=seen.at,
            ),
            outdoor=_round_to_step(seen.outdoor_c, OUTDOOR_STEP_F),
            outdoor_last_reported=seen.at,
            forecast=Forecast(seen.forecast),
            schedule=self._schedule_blocks(seen.at),
        )

    def _schedule_blocks(self, at: datetime) -> ScheduleBlocks:
        """Return the schedule, read again whenever its next block starts."""
        if self._schedule is not None and (not self._plan or at >= self._plan[1][0]):
            self._plan = schedule_blocks(self._schedule, at)
        return self._plan


class UnsafeError(Exception):
    """The guard decided something that is never allowed."""


def check_safety(step: engine.Step, settings: Settings) -> None:
    """Raise UnsafeError if a step breaks one of the safety rules."""
    decision, grid = step.view.decision, Thermostat().grid
    if decision is None or decision.requested is None:
        return
    freezing, floor = (
        round_up(FREEZE_FLOOR, grid),
        round_up(settings.protection.comfort_floor, grid),
    )
    if decision.applied > max(decision.target, freezing) + EPSILON:
        raise UnsafeError(f"more than the target: {decision}")
    if decision.applied < max(min(decision.target - grid.step, floor), FREEZE_FLOOR) - EPSILON:
        raise UnsafeError(f"under the floor: {decision}")
    if decision.hold is not None and decision.applied > max(decision.requested, freezing) + EPSILON:
        raise UnsafeError(f"raised over a hand: {decision}")


def schedule_blocks(schedule: Schedule, at: datetime) -> ScheduleBlocks:
    """Return the scheduled setpoints, °C, with their starts; the first one holds now."""
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    blocks = [
        (midnight + timedelta(days=day, hours=hour), temperature)
        for day in PLAN_DAYS
        for hour, temperature in (
            (schedule.from_h, schedule.comfort_c),
            (schedule.until_h, schedule.setback_c),
        )
    ]
    begun = sum(start <= at for start, _ in blocks)
    return tuple(blocks[begun - 1 :])


def _round_to_step(temperature_c: float, step_f: float) -> float:
    return celsius(round(fahrenheit(temperature_c) / step_f) * step_f)
