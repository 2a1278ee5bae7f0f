"""The commands that people give a guard.

A button, an action, the climate entity, a phone reply and a notification all end here, so each
command is carried out in one way only.
"""

from collections import deque
from collections.abc import AsyncIterator
from collections.abc import Set as AbstractSet
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Protocol

from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.util import dt as dt_util

from .control.actuator import Actuator
from .control.command_contexts import CommandContexts
from .control.service_calls import async_set_heating, has_range
from .core import engine
from .core.engine import State as EngineState
from .core.model import Alert, Request
from .core.protection.trace import TraceStep
from .core.settings.alerts import ALLOW_AUX_TIME, SNOOZE_TIME
from .history.persistence import Persistence
from .options.guard import GuardConfig
from .sources.mirror import heating_setpoint
from .sources.observe import SourceSnapshot, get_available_state
from .sources.units import home_temperature

ALL_ALERTS = frozenset(Alert)


class CommandedGuard(Protocol):
    """The guard that carries out the commands."""

    hass: HomeAssistant
    guard_config: GuardConfig
    engine_state: EngineState
    trace: deque[TraceStep]
    actuator: Actuator
    command_contexts: CommandContexts
    persistence: Persistence

    def observe(self) -> SourceSnapshot:
        """Read the sources now."""

    def async_set_state(self, state: EngineState) -> None:
        """Continue from a changed state: take a step, publish, and save soon."""


class UserCommands:
    """Carries out the commands of people to one guard."""

    def __init__(self, guard: CommandedGuard) -> None:
        self._guard = guard

    @callback
    def async_snooze(
        self, alerts: AbstractSet[Alert] = frozenset(), duration: timedelta = SNOOZE_TIME
    ) -> None:
        """Snooze some alerts; if none are given, all alerts that may be snoozed together."""
        state = self._guard.engine_state
        targets = frozenset(alerts) or state.alerts.snooze_targets(
            self._guard.guard_config.settings.alerts
        )
        until = dt_util.utcnow() + duration
        self._guard.async_set_state(
            engine.with_alerts(state, state.alerts.with_snooze(targets, until))
        )

    @callback
    def async_acknowledge(self, alerts: AbstractSet[Alert] = ALL_ALERTS) -> None:
        """Acknowledge those of some alerts that are raised."""
        state = self._guard.engine_state
        self._guard.async_set_state(
            engine.with_alerts(state, state.alerts.with_acknowledgement(frozenset(alerts)))
        )

    @callback
    def async_allow_aux(self, duration: timedelta = ALLOW_AUX_TIME) -> None:
        """Allow aux heat for a while. A duration of zero withdraws that, and ends a manual hold."""
        state = self._guard.engine_state
        until = dt_util.utcnow() + duration
        self._guard.async_set_state(engine.with_alerts(state, state.alerts.with_aux_allowed(until)))
        if not duration:
            self.async_end_hold()

    @callback
    def async_end_hold(self) -> None:
        """End a manual hold: the setpoint may be limited again."""
        self._guard.async_set_state(engine.end_hold(self._guard.engine_state))

    @callback
    def async_mark_filter_cleaned(self) -> None:
        """Count the hours of the filter from zero."""
        self._guard.async_set_state(engine.record_filter_cleaned(self._guard.engine_state))

    @callback
    def async_plan_recovery(self, ready_by: datetime, temperature: float) -> None:
        """Request that the room reaches a temperature, °C, by an instant."""
        self._guard.async_set_state(
            engine.request_recovery(self._guard.engine_state, ready_by, temperature)
        )

    @asynccontextmanager
    async def async_request_setpoint(self, request: Request) -> AsyncIterator[float]:
        """Record a request while the caller sends the thermostat the setpoint that is yielded, °C.

        Withdraws the request if the caller raises.
        """
        guard = self._guard
        before = guard.engine_state
        state, trace_step = engine.request_setpoint(
            before, guard.observe().observation, guard.guard_config.settings, request
        )
        command = trace_step.result.command
        guard.trace.append(trace_step)
        async with self._transaction(before, state):
            yield request.temperature if command is None else command.setpoint
        guard.actuator.async_notify_requested(trace_step.result)

    @asynccontextmanager
    async def async_request_mode(self, preset: str | None) -> AsyncIterator[None]:
        """Record a chosen preset, or a mode if None, while the caller sends it to the thermostat.

        Withdraws the choice if the caller raises.
        """
        before, observation = self._guard.engine_state, self._guard.observe().observation
        after = engine.record_choice(
            before, observation.at, preset, observation.thermostat.hvac_mode
        )
        async with self._transaction(before, after):
            yield

    async def async_accept_setpoint(self, temperature: float, context: Context) -> None:
        """Set a proposed setpoint, °C, in the context of the person who accepted it.

        Withdraws the setpoint and raises HomeAssistantError if the thermostat refuses.
        """
        guard = self._guard
        before = guard.engine_state
        decision = before.view.decision
        state, command = engine.accept_proposal(
            before, guard.observe().observation, guard.guard_config.settings, temperature
        )
        if command is None:
            return
        async with self._transaction(before, state):
            await guard.actuator.async_write_accepted(command, decision, context)

    async def async_lower_setpoint(self, temperature: float, context: Context) -> None:
        """Request a lower setpoint, °C, in the context of a person.

        Does nothing if the setpoint is not above it. Raises HomeAssistantError if the thermostat
        refuses.
        """
        guard = self._guard
        hass, thermostat = guard.hass, guard.guard_config.thermostat
        unit = hass.config.units.temperature_unit
        state = get_available_state(hass, thermostat)
        reported = heating_setpoint(state, unit)
        if state is None or reported is None or reported <= temperature:
            return
        command_context = guard.command_contexts.remember(context)
        request = Request(temperature=temperature, is_single=not has_range(state))
        async with self.async_request_setpoint(request) as applied:
            await async_set_heating(
                hass, thermostat, state, home_temperature(applied, unit), None, command_context
            )

    @asynccontextmanager
    async def _transaction(self, before: EngineState, after: EngineState) -> AsyncIterator[None]:
        """Save a state before its command is sent, and withdraw the command if sending raises."""
        guard = self._guard
        is_sent = False
        guard.async_set_state(after)
        try:
            await guard.persistence.async_save()
            yield
            is_sent = True
        finally:
            if not is_sent:
                guard.async_set_state(engine.withdraw_request(guard.engine_state, before, after))
                # After a crash the command must not be requested again.
                await guard.persistence.async_save()
