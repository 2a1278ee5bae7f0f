"""Does what the core decides: tells the thermostat, switches, and says so to whoever listens."""

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
        """Have it told what the thermostat is told, and why."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @callback
    def async_apply_step(self, step: Step, is_wanted: Callable[[Command], bool]) -> None:
        """Do what a step decided, in the background; the thermostat is told only what is still wanted when its turn comes."""
        command = step.command
        if command is not None:
            self._notify_listeners(command, step.view.decision)
            self._start_task(
                "setpoint", self._setpoint_writer.async_write(command, lambda: is_wanted(command))
            )
        for switch, on in step.switch_changes:
            self._start_task(switch, self._switchover.async_switch(switch, on=on))

    @callback
    def async_notify_requested(self, outcome: ControlResult) -> None:
        """Say so where somebody who asked through us got something else."""
        decision, command = outcome.decision, outcome.command
        if decision is not None and command is not None and not decision.is_as_requested:
            self._notify_listeners(command, decision)

    @callback
    def async_apply_switch_options(self, on: AbstractSet[SwitchoverKind]) -> None:
        """Switch what is chosen now in the place of what was, where that is on."""
        self._start_task("choice", self._switchover.async_apply_options(on))

    async def async_write_accepted(
        self, command: Command, decision: Decision | None, context: Context
    ) -> None:
        """Send the thermostat the setpoint that somebody accepted, in their context, and wait for it. Raises HomeAssistantError."""
        await self._setpoint_writer.async_write_accepted(command, context)
        agreed = None if decision is None else replace(decision, applied=command.setpoint)
        self._notify_listeners(command, agreed)

    async def async_restore(
        self, restored: ControlResult
    ) -> tuple[bool, frozenset[SwitchoverKind]]:
        """Restore the setpoint and the switches at the end; return whether the thermostat took it, and the switches that failed."""
        # In parallel: Home Assistant does not wait for long.
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
    """Describe what the thermostat is told: what was asked for, where nothing limits it any more."""
    if decision is not None and abs(decision.applied - command.setpoint) < EPSILON:
        return replace(decision, is_proposed=False)
    return Decision(command.setpoint, command.setpoint, requested=command.setpoint)
