"""The real core as a policy: fed as Home Assistant would feed it, with no knowledge of the house beyond its settings."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from custom_components.aux_heat_guard.core import engine
from custom_components.aux_heat_guard.core.model import Forecast, Mode, Observation, Role, Source, Thermostat
from custom_components.aux_heat_guard.core.settings import OnOffSignal, Settings
from lab.policies import Schedule, Seen
from lab.units import celsius, fahrenheit

SETTINGS: Final = Settings(
    signals=(OnOffSignal(Source("binary_sensor.strips")), OnOffSignal(Source("binary_sensor.compressor"), role=Role.COMPRESSOR)),
    has_outdoor=True,
    has_forecast=True,
    mode=Mode.PROTECT,
)
ROOM_STEP_F: Final = 0.1
OUTDOOR_STEP_F: Final = 1.0
PLAN_DAYS: Final = 2


class Guard:
    """Steps the core with what can be seen, and does what it says."""

    def __init__(self, schedule: Schedule, begin: datetime, settings: Settings = SETTINGS, polled_every: int = 1) -> None:
        self._schedule = schedule
        self._settings = settings
        self._polled_every = polled_every
        self._state = engine.begin(begin, settings)
        self._setpoint = schedule.at(begin)
        self._minute = 0
        self._seen: Observation | None = None

    def setpoint_c(self, seen: Seen) -> float:
        """Decide."""
        if self._minute % self._polled_every == 0 or self._seen is None:
            self._seen = self._observed(seen)
        elif self._state.wake > seen.at:
            self._minute += 1
            return self._setpoint
        self._minute += 1
        step = engine.step(self._state, replace(self._seen, at=seen.at), self._settings)
        self._state = step.state
        if step.command is not None:
            self._setpoint = step.command.setpoint
        return self._setpoint

    def _observed(self, seen: Seen) -> Observation:
        return Observation(
            seen.at,
            ("on" if seen.strips else "off", "on" if seen.heating else "off"),
            Thermostat("heat", "heating" if seen.heating else "idle", _rounded(seen.room_c, ROOM_STEP_F), self._setpoint, reported=seen.at),
            outdoor=_rounded(seen.outdoor_c, OUTDOOR_STEP_F),
            outdoor_reported=seen.at,
            forecast=Forecast(seen.forecast),
            plan=tuple(self._plan(seen.at)),
        )

    def _plan(self, at: datetime) -> list[tuple[datetime, float]]:
        schedule = self._schedule
        midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
        blocks = [
            (midnight + timedelta(days=day, hours=hour), temperature)
            for day in range(PLAN_DAYS)
            for hour, temperature in ((schedule.from_h, schedule.comfort_c), (schedule.until_h, schedule.setback_c))
        ]
        return [(at, schedule.at(at)), *(block for block in blocks if block[0] > at)]


def _rounded(temperature_c: float, step_f: float) -> float:
    return celsius(round(fahrenheit(temperature_c) / step_f) * step_f)
