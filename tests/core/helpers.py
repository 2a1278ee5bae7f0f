"""Helpers for tests of the core.

A fixed instant, sources, observations, and a driver that wakes the engine on time.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import settings as hypothesis_settings

from custom_components.aux_heat_guard.core import engine
from custom_components.aux_heat_guard.core.model import (
    Evidence,
    HeatState,
    Observation,
    Raw,
    Role,
    Source,
    Thermostat,
)
from custom_components.aux_heat_guard.core.sense.kinds import OnOffSignal
from custom_components.aux_heat_guard.core.sense.signals import sense
from custom_components.aux_heat_guard.core.settings.guard import Settings
from custom_components.aux_heat_guard.core.settings.signal import Signal, SignalMemory

START = datetime(2026, 1, 14, 12, tzinfo=UTC)
"""A Wednesday noon in winter."""

RELAY = Source("binary_sensor.strips")
ATTRIBUTE = Source("climate.home", "equipment_running")

# Examples take longer on a busy machine, which is not a failure.
thorough = hypothesis_settings(deadline=None, max_examples=120)
quick = hypothesis_settings(deadline=None, max_examples=40)
# Lives that last for days, with one step a minute.
long = hypothesis_settings(deadline=None, max_examples=50)


def after(seconds: float = 0, *, minutes: float = 0, hours: float = 0, days: float = 0) -> datetime:
    """Return the instant that is some time after the start."""
    return START + timedelta(seconds=seconds, minutes=minutes, hours=hours, days=days)


def make_observation(
    at: datetime,
    *readings: Raw,
    action: str | None = None,
    mode: str | None = "heat",
    **more: float | None,
) -> Observation:
    """Return an observation. Optional: room, setpoint and outdoor, in °C."""
    thermostat = Thermostat(
        hvac_mode=mode, hvac_action=action, room=more.get("room"), setpoint=more.get("setpoint")
    )
    return Observation(at=at, readings=readings, thermostat=thermostat, outdoor=more.get("outdoor"))


def judge_reading(signal: Signal, raw: Raw) -> Evidence:
    """Return the verdict on the first reading ever."""
    evidence, _ = sense(signal, raw, make_observation(START, raw), SignalMemory())
    return evidence


def judge_readings(signal: Signal, *readings: tuple[float, Raw]) -> list[bool | None]:
    """Return the verdicts on successive readings, each (seconds after the start, raw)."""
    memory, verdicts = SignalMemory(), []
    for seconds, raw in readings:
        evidence, memory = sense(signal, raw, make_observation(after(seconds), raw), memory)
        verdicts.append(evidence.is_on)
    return verdicts


STRIPS_AND_COMPRESSOR = Settings(
    signals=(
        OnOffSignal(RELAY),
        OnOffSignal(Source("binary_sensor.compressor"), role=Role.COMPRESSOR),
    )
)

STATE_OBSERVATIONS: dict[HeatState | str, Observation] = {
    HeatState.OFF: make_observation(START, "off", "off", action="idle"),
    HeatState.HEAT_PUMP: make_observation(START, "off", "on", action="heating"),
    HeatState.HEAT_PUMP_AUX: make_observation(START, "on", "on", action="heating"),
    HeatState.EMERGENCY: make_observation(START, "on", "off", action="heating"),
    HeatState.DEFROST: make_observation(START, "off", "on", action="defrosting"),
    HeatState.UNKNOWN: make_observation(START, "unavailable", "unavailable", mode=None),
    "strips off, thermostat gone": make_observation(START, "off", "unavailable", mode=None),
}
"""The readings in each heat state, with the settings STRIPS_AND_COMPRESSOR."""


def observe_state(state: HeatState | str, at: datetime) -> Observation:
    """Return an observation of a heat state at an instant."""
    return replace(STATE_OBSERVATIONS[state], at=at)


def step_until(
    state: engine.State,
    observation: Observation,
    settings: Settings,
    *,
    on_step: Callable[[engine.Step], None] | None = None,
) -> engine.State:
    """Return the state after every step due before an observation, and the step for it."""
    while state.tracker.last_observation is not None and state.wake_at < observation.at:
        assert state.wake_at > state.ledger.at, "the engine never asks for the past"
        woken = engine.step(
            state, replace(state.tracker.last_observation, at=state.wake_at), settings
        )
        state = woken.state
        if on_step is not None:
            on_step(woken)
    last = engine.step(state, observation, settings)
    if on_step is not None:
        on_step(last)
    return last.state


def run_states(
    *changes: tuple[float, HeatState | str], settings: Settings = STRIPS_AND_COMPRESSOR
) -> engine.State:
    """Return the state after (seconds after the start, heat state), with every wake on time."""
    state = engine.start(START, settings)
    for seconds, name in changes:
        state = step_until(state, observe_state(name, after(seconds)), settings)
    return state
