"""Tells the thermostat what the core decided, one thing after the other; what it was told is on disk before it is told."""

import asyncio
from collections.abc import Awaitable, Callable
import logging
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from ..const import DOMAIN
from ..core.model import Command
from ..core.settings.protection import ECHO_WITHIN
from ..options.protection import resume_from
from ..sources.observe import present
from ..sources.units import home_temperature
from .command_contexts import CommandContexts
from .service_calls import RELEASE_SECONDS, async_run_actions, async_set_heating, describe_error

_LOGGER = logging.getLogger(__name__)

LONGEST_SECONDS = ECHO_WITHIN.total_seconds()
"""How long a thermostat may take to be told: then it is told again, or something else."""


class Steering:
    """Tells one thermostat."""

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
        self._thermostat = thermostat
        self._write_down = write_down
        self._commands = commands
        self._turn = asyncio.Lock()
        self._is_failing = False

    async def async_tell(self, command: Command, is_wanted: Callable[[], bool]) -> None:
        """Tell it, unless something else is wanted by the time it is its turn; one that cannot be told is told again by the core."""
        async with self._turn:
            await self._write_down()
            if is_wanted():
                await self._is_told_within(LONGEST_SECONDS, command)

    async def async_agree(self, command: Command, context: Context) -> None:
        """Set what somebody agreed to, on their behalf, and wait for it. Raises HomeAssistantError."""
        try:
            async with self._turn, asyncio.timeout(LONGEST_SECONDS):
                is_set = await self._said(command, self._commands.remember(context))
        except TimeoutError as error:
            raise self._failure("thermostat_silent") from error
        if not is_set:
            raise self._failure("thermostat_not_heating")

    async def async_tell_last(self, command: Command) -> bool:
        """Tell it a last time, wait for that, and say whether it took it."""
        return await self._is_told_within(RELEASE_SECONDS, command)

    async def _is_told_within(self, seconds: float, command: Command) -> bool:
        try:
            async with asyncio.timeout(seconds):
                return await self._is_told(command)
        except TimeoutError:
            _LOGGER.warning(
                "%s: %s did not take its setpoint in time", self._entry.title, self._thermostat
            )
        return False

    async def _is_told(self, command: Command) -> bool:
        try:
            is_set = await self._said(command, self._commands.create())
        except HomeAssistantError as error:
            if not self._is_failing:
                temperature = self._temperature(command)
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

    async def _said(self, command: Command, context: Context) -> bool:
        state = present(self._hass, self._thermostat)
        temperature = self._temperature(command)
        is_set = await async_set_heating(
            self._hass,
            self._thermostat,
            state,
            temperature,
            command.preset,
            context,
            single=command.single,
            cooling=None if command.cooling is None else self._degrees(command.cooling),
        )
        if is_set and command.resumes:
            await async_run_actions(
                self._hass, f"{self._entry.title} resume", resume_from(self._entry.options)
            )
        return is_set

    def _failure(self, key: str) -> HomeAssistantError:
        """Return the error that tells a user why the thermostat is not set."""
        return HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key=key,
            translation_placeholders={"thermostat": self._thermostat},
        )

    def _temperature(self, command: Command) -> float:
        return self._degrees(command.setpoint)

    def _degrees(self, celsius: float) -> float:
        return home_temperature(celsius, self._hass.config.units.temperature_unit)
