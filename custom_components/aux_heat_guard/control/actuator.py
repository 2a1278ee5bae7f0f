"""Does what the core decides: tells the thermostat, switches, and says so to whoever listens."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, Context, HomeAssistant, callback

from ..core.engine import Step
from ..core.model import Command, Switch
from ..core.protection.decision import Decided, Decision
from ..core.units import EPSILON
from .command_contexts import CommandContexts
from .setpoint_writer import Steering
from .switchover import Switching


class Actuator:
    """Carries out the commands of one guard."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        thermostat: str,
        write_down: Callable[[], Awaitable[None]],
        commands: CommandContexts,
    ) -> None:
        self._hass = hass
        self._entry = entry
        self._steering = Steering(hass, entry, thermostat, write_down, commands)
        self._switching = Switching(hass, entry)
        self._listeners: list[Callable[[Decision], None]] = []

    @callback
    def async_listen(self, listener: Callable[[Decision], None]) -> CALLBACK_TYPE:
        """Have it told what the thermostat is told, and why."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @callback
    def async_do(self, step: Step, is_wanted: Callable[[Command], bool]) -> None:
        """Do what a step decided, in the background; the thermostat is told only what is still wanted when its turn comes."""
        command = step.command
        if command is not None:
            self._tell_listeners(command, step.view.decision)
            self._run("setpoint", self._steering.async_tell(command, lambda: is_wanted(command)))
        for switch, on in step.switched:
            self._run(switch, self._switching.async_switch(switch, on=on))

    @callback
    def async_tell_asked(self, decided: Decided) -> None:
        """Say so where somebody who asked through us got something else."""
        decision, command = decided.decision, decided.command
        if decision is not None and command is not None and not decision.is_as_requested:
            self._tell_listeners(command, decision)

    @callback
    def async_choose(self, on: AbstractSet[Switch]) -> None:
        """Switch what is chosen now in the place of what was, where that is on."""
        self._run("choice", self._switching.async_choose(on))

    async def async_agree(
        self, command: Command, decision: Decision | None, context: Context
    ) -> None:
        """Send the thermostat the setpoint that somebody accepted, in their context, and wait for it. Raises HomeAssistantError."""
        await self._steering.async_agree(command, context)
        agreed = None if decision is None else replace(decision, applied=command.setpoint)
        self._tell_listeners(command, agreed)

    async def async_release(self, released: Decided) -> tuple[bool, frozenset[Switch]]:
        """Restore the setpoint and the switches at the end; return whether the thermostat took it, and the switches that failed."""
        # In parallel: Home Assistant does not wait for long.
        return await asyncio.gather(
            self._tell_last(released.command),
            self._switching.async_put_back(switch for switch, _ in released.switched),
        )

    async def _tell_last(self, command: Command | None) -> bool:
        if command is None:
            return True
        self._tell_listeners(command, None)
        return await self._steering.async_tell_last(command)

    def _tell_listeners(self, command: Command, decision: Decision | None) -> None:
        for listener in self._listeners:
            listener(_described(command, decision))

    def _run(self, what: str, work: Coroutine[Any, Any, object]) -> None:
        self._entry.async_create_background_task(self._hass, work, f"{self._entry.title} {what}")


def _described(command: Command, decision: Decision | None) -> Decision:
    """Describe what the thermostat is told: what was asked for, where nothing limits it any more."""
    if decision is not None and abs(decision.applied - command.setpoint) < EPSILON:
        return replace(decision, is_proposed=False)
    return Decision(command.setpoint, command.setpoint, requested=command.setpoint)
