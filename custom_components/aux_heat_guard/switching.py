"""Switches what the user chose by the outdoor temperature, and puts it back exactly as it was; what was is on disk before it is switched."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
import logging
from typing import Any

from homeassistant.components.number import ATTR_MAX, ATTR_MIN
from homeassistant.components.select import ATTR_OPTION, ATTR_OPTIONS
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import ATTR_ENTITY_ID, SERVICE_TURN_OFF, SERVICE_TURN_ON, STATE_OFF, STATE_ON
from homeassistant.core import CALLBACK_TYPE, Context, HomeAssistant, State, callback, split_entity_id
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.storage import Store

from .actuate import LAST_WORD_SECONDS, REFUSALS, async_run_actions, said
from .const import DOMAIN
from .core.model import Switch
from .core.protect_settings import SWITCH_DWELL
from .core.sense.signals import number
from .observe import present
from .protect_options import Switched, switched_from
from .repairs import async_report_unswitched

_LOGGER = logging.getLogger(__name__)

STORAGE_VERSION = 1

type Remembered = dict[str, list[str]]
"""By switch: the entity that was switched, and its state before."""

NOTHING = Switched(None, "", (), ())
"""What is switched where nothing is chosen."""

SELECTS = frozenset({"select", "input_select"})
NUMBERS = frozenset({"number", "input_number"})
LONGEST_SECONDS = SWITCH_DWELL.total_seconds()
"""How long it may take, with the pauses that actions make: before, nothing else comes to be wanted."""

RETRY_SECONDS = 300
"""Radios are back in minutes."""


def can_be(state: State, value: str) -> bool:
    """Tell whether an entity can be switched to a value."""
    domain, attributes = split_entity_id(state.entity_id)[0], state.attributes
    if domain in SELECTS:
        return value in (attributes.get(ATTR_OPTIONS) or ())
    if domain in NUMBERS:
        figure, lowest, highest = number(value), number(attributes.get(ATTR_MIN)), number(attributes.get(ATTR_MAX))
        return figure is not None and (lowest is None or figure >= lowest) and (highest is None or figure <= highest)
    return value.lower() in {STATE_ON, STATE_OFF}


class Switching:
    """Switches for one guard."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
        self._hass = hass
        self._entry = entry
        self._store: Store[Remembered] = _store(hass, entry.entry_id)
        self._turn = asyncio.Lock()
        self._wanted: dict[Switch, bool] = {}
        self._done: dict[Switch, Switched] = {}
        """By what those were switched that are on."""
        self._retries: dict[Switch, CALLBACK_TYPE] = {}

    async def async_switch(self, switch: Switch, *, on: bool) -> None:
        """Switch one on, or put it back; where that fails it is told, and tried again until it works or something else is wanted."""
        self._wanted[switch] = on
        self._forget_retry(switch)
        async with self._turn:
            if self._wanted[switch] is not on:
                return
            try:
                async with asyncio.timeout(LONGEST_SECONDS):
                    await (self._async_on(switch) if on else self._async_back(switch))
            except REFUSALS as error:
                _LOGGER.warning("%s: %s could not be switched: %s", self._entry.title, switch.value, said(error))
                async_report_unswitched(self._hass, self._entry, switch.value, self._named(switch))
                self._retries[switch] = async_call_later(self._hass, RETRY_SECONDS, self._again(switch, on=on))
            else:
                async_report_unswitched(self._hass, self._entry, switch.value, None)

    async def async_choose(self) -> None:
        """Take over what is chosen now: where something else is on, it is put back, and this is switched."""
        for switch, done in list(self._done.items()):
            if self._chosen(switch) != done:
                await self.async_switch(switch, on=self._wanted[switch])

    async def async_put_back(self, switches: Iterable[Switch]) -> None:
        """Put some back a last time: nobody will look after them."""
        try:
            async with asyncio.timeout(LAST_WORD_SECONDS):
                for switch in switches:
                    await self.async_switch(switch, on=False)
        except TimeoutError:
            _LOGGER.warning("%s: what was switched was not put back in time", self._entry.title)
        for switch in Switch:
            self._forget_retry(switch)

    def _again(self, switch: Switch, *, on: bool) -> Callable[[datetime], None]:
        @callback
        def again(_now: datetime) -> None:
            self._retries.pop(switch, None)
            self._entry.async_create_background_task(self._hass, self.async_switch(switch, on=on), f"{self._entry.title} {switch}")

        return again

    def _forget_retry(self, switch: Switch) -> None:
        if (cancel := self._retries.pop(switch, None)) is not None:
            cancel()

    async def _async_on(self, switch: Switch) -> None:
        chosen = self._chosen(switch)
        if self._done.get(switch, chosen) != chosen:
            await self._async_back(switch)
        if chosen.entity_id is None:
            await self._async_do(chosen.actions)
        else:
            state = self._available(chosen.entity_id)
            if not can_be(state, chosen.value):
                raise HomeAssistantError(f"{chosen.entity_id} cannot be {chosen.value}")
            remembered = await self._store.async_load() or {}
            # After a crash it may be on already: what it was before that counts.
            await self._store.async_save({switch.value: [chosen.entity_id, state.state], **remembered})
            await self._async_set(chosen.entity_id, chosen.value)
        self._done[switch] = chosen

    async def _async_back(self, switch: Switch) -> None:
        remembered = await self._store.async_load() or {}
        was = remembered.pop(switch.value, None)
        if was is not None:
            if not self._is_gone(switch, was[0]):
                self._available(was[0])
                await self._async_set(*was)
            await self._store.async_save(remembered)
        else:
            done = self._done.get(switch) or self._chosen(switch)
            await self._async_do(() if done.entity_id else done.back)
        self._done.pop(switch, None)

    def _named(self, switch: Switch) -> str:
        """Name what is switched: an entity, or else the guard whose actions do it."""
        return (self._done.get(switch) or self._chosen(switch)).entity_id or self._entry.title

    def _is_gone(self, switch: Switch, entity_id: str) -> bool:
        """Tell whether an entity is no more, and something else was chosen in its place."""
        is_replaced = switch in self._done and self._chosen(switch) != self._done[switch]
        return is_replaced and self._hass.states.get(entity_id) is None

    def _chosen(self, switch: Switch) -> Switched:
        return switched_from(self._entry.options, switch) or NOTHING

    def _available(self, entity_id: str) -> State:
        state = present(self._hass, entity_id)
        if state is None:
            raise HomeAssistantError(f"{entity_id} is not available")
        return state

    async def _async_set(self, entity_id: str, value: str) -> None:
        domain, _ = split_entity_id(entity_id)
        data: dict[str, Any] = {ATTR_ENTITY_ID: entity_id}
        if domain in SELECTS:
            await self._async_call(domain, "select_option", {**data, ATTR_OPTION: value})
        elif domain in NUMBERS:
            await self._async_call(domain, "set_value", {**data, "value": value})
        else:
            await self._async_call(domain, SERVICE_TURN_ON if value.lower() == STATE_ON else SERVICE_TURN_OFF, data)

    async def _async_call(self, domain: str, action: str, data: Mapping[str, Any]) -> None:
        await self._hass.services.async_call(domain, action, dict(data), blocking=True, context=Context())

    async def _async_do(self, actions: Sequence[Mapping[str, Any]]) -> None:
        await async_run_actions(self._hass, f"{self._entry.title} switch", actions)


async def async_forget_switches(hass: HomeAssistant, entry_id: str) -> None:
    """Delete what a guard that is no more remembered."""
    await _store(hass, entry_id).async_remove()


def _store(hass: HomeAssistant, entry_id: str) -> Store[Remembered]:
    return Store(hass, STORAGE_VERSION, f"{DOMAIN}.{entry_id}.switches", atomic_writes=True)
