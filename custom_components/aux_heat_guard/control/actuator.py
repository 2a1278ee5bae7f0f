"""Carries out the steps of the core: writes setpoints, switches, and notifies listeners."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, Context, HomeAssistant, callback

from ..core.engine import Step
from ..core.model import Command, SwitchoverKind
from ..core.protection.decision import ControlResult, Decision
from ..core.units import EPSILON
from .command_contexts import CommandContexts
from .setpoint_writer import SetpointWriter
from .switchover import Switchover


class Actuator:
    """Carries out the commands of one guard."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        thermostat: str,
        async_save: Callable[[], Awaitable[None]],
        command_contexts: CommandContexts,
    ) -> None:
        self._hass = hass
        self._entry = entry
        self._setpoint_writer = SetpointWriter(
            hass, entry, thermostat, async_save, command_contexts
        )
        self._switchover = Switchover(hass, entry)
        self._listeners: list[Callable[[Decision], None]] = []

    @callback
    def async_add_listener(self, listener: Callable[[Decision], None]) -> CALLBACK_TYPE:
        """Register a listener for setpoint commands."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @callback
    def async_apply_step(self, step: Step, is_current: Callable[[Command], bool]) -> None:
        """Carry out a step in the background.

        A command is written only if it is still current when its turn comes.
        """
        command = step.command
        if command is not None:
            self._notify_listeners(command, step.view.decision)
            self._start_task(
                "setpoint", self._setpoint_writer.async_write(command, lambda: is_current(command))
            )
        for switch, on in step.switch_changes:
            self._start_task(switch, self._switchover.async_switch(switch, on=on))

    @callback
    def async_notify_requested(self, result: ControlResult) -> None:
        """Notify the listeners if a request through the climate entity was limited."""
        decision, command = result.decision, result.command
        if decision is not None and command is not None and not decision.is_as_requested:
            self._notify_listeners(command, decision)

    @callback
    def async_apply_switch_options(self, on: AbstractSet[SwitchoverKind]) -> None:
        """Apply changed options to the switchovers that are on."""
        self._start_task("choice", self._switchover.async_apply_options(on))

    async def async_write_accepted(
        self, command: Command, decision: Decision | None, context: Context
    ) -> None:
        """Write a setpoint in the context of the person who accepted it, and wait for it.

        Raises HomeAssistantError.
        """
        await self._setpoint_writer.async_write_accepted(command, context)
        accepted = None if decision is None else replace(decision, applied=command.setpoint)
        self._notify_listeners(command, accepted)

    async def async_restore(
        self, restored: ControlResult
    ) -> tuple[bool, frozenset[SwitchoverKind]]:
        """Restore the setpoint and the switchovers at the end of the guard.

        Return True if the thermostat took the setpoint, and the switchovers that failed.
        """
        # In parallel, because Home Assistant waits only a short time.
        return await asyncio.gather(
            self._restore_setpoint(restored.command),
            self._switchover.async_restore(switch for switch, _ in restored.switch_changes),
        )

    async def _restore_setpoint(self, command: Command | None) -> bool:
        if command is None:
            return True
        self._notify_listeners(command, None)
        return await self._setpoint_writer.async_restore(command)

    def _notify_listeners(self, command: Command, decision: Decision | None) -> None:
        for listener in self._listeners:
            listener(_published_decision(command, decision))

    def _start_task(self, name: str, work: Coroutine[Any, Any, object]) -> None:
        self._entry.async_create_background_task(self._hass, work, f"{self._entry.title} {name}")


def _published_decision(command: Command, decision: Decision | None) -> Decision:
    """Return the decision behind a command; the requested setpoint itself if nothing limits it."""
    if decision is not None and abs(decision.applied - command.setpoint) < EPSILON:
        return replace(decision, is_proposed=False)
    return Decision(target=command.setpoint, applied=command.setpoint, requested=command.setpoint)
