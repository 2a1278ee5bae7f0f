"""Writes setpoints to the thermostat one after the other; each is saved before it is sent."""

import asyncio
from collections.abc import Awaitable, Callable
import logging
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from ..const import DOMAIN
from ..core.model import Command
from ..core.settings.protection import READBACK_WINDOW
from ..options.protection import read_resume_actions
from ..sources.observe import get_available_state
from ..sources.units import home_temperature
from .command_contexts import CommandContexts
from .service_calls import RELEASE_SECONDS, async_run_actions, async_set_heating, describe_error

_LOGGER = logging.getLogger(__name__)

WRITE_TIMEOUT_SECONDS = READBACK_WINDOW.total_seconds()
"""How long a write may take; afterwards the core writes again."""


class SetpointWriter:
    """Writes the setpoints of one thermostat."""

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
        self._thermostat = thermostat
        self._async_save = async_save
        self._command_contexts = command_contexts
        self._lock = asyncio.Lock()
        self._is_failing = False

    async def async_write(self, command: Command, is_current: Callable[[], bool]) -> None:
        """Write a setpoint, unless it is no longer current when its turn comes.

        The core repeats a write that fails.
        """
        async with self._lock:
            await self._async_save()
            if is_current():
                await self._async_write_within(WRITE_TIMEOUT_SECONDS, command)

    async def async_write_accepted(self, command: Command, context: Context) -> None:
        """Write a setpoint in the context of the person who accepted it, and wait for it.

        Raises HomeAssistantError.
        """
        try:
            async with self._lock, asyncio.timeout(WRITE_TIMEOUT_SECONDS):
                is_set = await self._async_write(command, self._command_contexts.remember(context))
        except TimeoutError as error:
            raise self._write_error("thermostat_silent") from error
        if not is_set:
            raise self._write_error("thermostat_not_heating")

    async def async_restore(self, command: Command) -> bool:
        """Write the last setpoint and wait for it; return True if the thermostat took it."""
        return await self._async_write_within(RELEASE_SECONDS, command)

    async def _async_write_within(self, seconds: float, command: Command) -> bool:
        try:
            async with asyncio.timeout(seconds):
                return await self._async_try_write(command)
        except TimeoutError:
            _LOGGER.warning(
                "%s: %s did not take its setpoint in time", self._entry.title, self._thermostat
            )
        return False

    async def _async_try_write(self, command: Command) -> bool:
        try:
            is_set = await self._async_write(command, self._command_contexts.create())
        except HomeAssistantError as error:
            if not self._is_failing:
                temperature = self._to_home_unit(command.setpoint)
                _LOGGER.warning(
                    "%s: %s could not be set to %s: %s",
                    self._entry.title,
                    self._thermostat,
                    temperature,
                    describe_error(error),
                )
            self._is_failing = True
            return False
        self._is_failing = False
        return is_set

    async def _async_write(self, command: Command, context: Context) -> bool:
        state = get_available_state(self._hass, self._thermostat)
        temperature = self._to_home_unit(command.setpoint)
        is_set = await async_set_heating(
            self._hass,
            self._thermostat,
            state,
            temperature,
            command.preset,
            context,
            single=command.is_single,
            cooling=None
            if command.cooling_setpoint is None
            else self._to_home_unit(command.cooling_setpoint),
        )
        if is_set and command.runs_resume_action:
            await async_run_actions(
                self._hass, f"{self._entry.title} resume", read_resume_actions(self._entry.options)
            )
        return is_set

    def _write_error(self, key: str) -> HomeAssistantError:
        """Return the error that explains to a user why the setpoint was not set."""
        return HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key=key,
            translation_placeholders={"thermostat": self._thermostat},
        )

    def _to_home_unit(self, celsius: float) -> float:
        return home_temperature(celsius, self._hass.config.units.temperature_unit)
