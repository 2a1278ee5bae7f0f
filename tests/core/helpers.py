"""What the tests of the core share: a fixed instant, sources, observations, and a driver that wakes the engine on time."""

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
from custom_components.aux_heat_guard.core.sense.memory import Memory
from custom_components.aux_heat_guard.core.sense.signals import sense
from custom_components.aux_heat_guard.core.settings.guard import OnOffSignal, Settings, Signal

START = datetime(2026, 1, 14, 12, tzinfo=UTC)
"""A Wednesday noon in winter."""

RELAY = Source("binary_sensor.strips")
ATTRIBUTE = Source("climate.home", "equipment_running")

# Examples differ in how long they take on a busy machine; that is no fault.
thorough = hypothesis_settings(deadline=None, max_examples=120)
quick = hypothesis_settings(deadline=None, max_examples=40)
# Lives of days, with a step a minute.
long = hypothesis_settings(deadline=None, max_examples=50)


def after(seconds: float = 0, *, minutes: float = 0, hours: float = 0, days: float = 0) -> datetime:
    """Name an instant by how long after the start it is."""
    return START + timedelta(seconds=seconds, minutes=minutes, hours=hours, days=days)


def seen(
    at: datetime,
    *readings: Raw,
    action: str | None = None,
    mode: str | None = "heat",
    **more: float | None,
) -> Observation:
    """Make an observation. More: room, setpoint, outdoor, in °C."""
    thermostat = Thermostat(
        mode=mode, action=action, room=more.get("room"), setpoint=more.get("setpoint")
    )
    return Observation(at, readings, thermostat, outdoor=more.get("outdoor"))


def judged(signal: Signal, raw: Raw) -> Evidence:
    """Judge a reading as the first that was ever seen."""
    evidence, _ = sense(signal, raw, seen(START, raw), Memory())
    return evidence


def verdicts(signal: Signal, *readings: tuple[float, Raw]) -> list[bool | None]:
    """Judge readings one after the other, each (seconds after the start, raw)."""
    memory, said = Memory(), []
    for seconds, raw in readings:
        evidence, memory = sense(signal, raw, seen(after(seconds), raw), memory)
        said.append(evidence.verdict)
    return said


STRIPS_AND_COMPRESSOR = Settings(
    signals=(
        OnOffSignal(RELAY),
        OnOffSignal(Source("binary_sensor.compressor"), role=Role.COMPRESSOR),
    )
)

SITUATIONS: dict[HeatState | str, Observation] = {
    HeatState.OFF: seen(START, "off", "off", action="idle"),
    HeatState.HEAT_PUMP: seen(START, "off", "on", action="heating"),
    HeatState.HEAT_PUMP_AUX: seen(START, "on", "on", action="heating"),
    HeatState.EMERGENCY: seen(START, "on", "off", action="heating"),
    HeatState.DEFROST: seen(START, "off", "on", action="defrosting"),
    HeatState.UNKNOWN: seen(START, "unavailable", "unavailable", mode=None),
    "strips off, thermostat gone": seen(START, "off", "unavailable", mode=None),
}
"""With the settings STRIPS_AND_COMPRESSOR: what is seen in each heat state."""


def situation(state: HeatState | str, at: datetime) -> Observation:
    """See a heat state at an instant."""
    return replace(SITUATIONS[state], at=at)


def driven(
    state: engine.State,
    observation: Observation,
    settings: Settings,
    *,
    on_step: Callable[[engine.Step], None] | None = None,
) -> engine.State:
    """Take every step that falls due before an observation, at its time, then the observation's own."""
    while state.watch.seen is not None and state.wake < observation.at:
        assert state.wake > state.ledger.at, "the engine never asks for the past"
        woken = engine.step(state, replace(state.watch.seen, at=state.wake), settings)
        state = woken.state
        if on_step is not None:
            on_step(woken)
    last = engine.step(state, observation, settings)
    if on_step is not None:
        on_step(last)
    return last.state


def lived(
    *changes: tuple[float, HeatState | str], settings: Settings = STRIPS_AND_COMPRESSOR
) -> engine.State:
    """Live through heat states, each (seconds after the start, state), with every wake on time."""
    state = engine.begin(START, settings)
    for seconds, name in changes:
        state = driven(state, situation(name, after(seconds)), settings)
    return state
