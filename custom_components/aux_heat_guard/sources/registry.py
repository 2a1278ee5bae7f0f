"""The registries of Home Assistant: the guards' own entities, and entities and phones renamed.

The options of a guard name entities and actions. This module keeps the names current.
"""

from collections.abc import Callable, Iterable
from typing import Any

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
    ConfigEntryState,
)
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.util import slugify

from ..const import CONF_THERMOSTAT, DOMAIN
from ..options.references import NOTIFY, with_action, with_entity
from ..options.values import Options

PHONES_DOMAIN = "mobile_app"
PHONE_NAME = "device_name"
"""The key of the phone's name in the entry of a companion app. Its notify action has that name."""


def thermostat_unique_id(hass: HomeAssistant, thermostat: str) -> str:
    """Return a stable id of a thermostat: its registry id, or its entity id if it has none."""
    entry = er.async_get(hass).async_get(thermostat)
    return entry.id if entry else thermostat


def is_own_entity(hass: HomeAssistant, entity_id: str) -> bool:
    """Return True if an entity belongs to a guard."""
    entry = er.async_get(hass).async_get(entity_id)
    return entry is not None and entry.platform == DOMAIN


def filter_own_entities(
    hass: HomeAssistant, entity_ids: Iterable[str], translation_key: str | None
) -> set[str]:
    """Return those of some entities that belong to a guard and have a translation key."""
    registry = er.async_get(hass)
    entries = ((entity_id, registry.async_get(entity_id)) for entity_id in entity_ids)
    return {
        entity_id
        for entity_id, entry in entries
        if entry and (entry.platform, entry.translation_key) == (DOMAIN, translation_key)
    }


@callback
def async_track_renames(hass: HomeAssistant) -> None:
    """Keep the names of entities and phones current in the options of all guards.

    This includes guards that are not set up or that are being reloaded.
    """

    @callback
    def handle_entity_update(event: Event[er.EventEntityRegistryUpdatedData]) -> None:
        data = event.data
        if data["action"] != "update":
            return
        if "entity_id" in data["changes"]:
            old, new = data["changes"]["entity_id"], data["entity_id"]
            _update_guards(hass, lambda options: with_entity(options, old, new), old)
        elif "device_id" in data["changes"]:
            _reload_guards(hass, data["entity_id"])

    phones = _PhoneActions(hass)
    hass.bus.async_listen(er.EVENT_ENTITY_REGISTRY_UPDATED, handle_entity_update)
    async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, phones.async_handle_entry_change)


@callback
def _update_guards(
    hass: HomeAssistant, change: Callable[[Options], dict[str, Any]], old: str | None = None
) -> None:
    """Change the options of all guards.

    A guard that reads the entity with the old name stops until it is reloaded.
    """
    for entry in hass.config_entries.async_entries(DOMAIN):
        options = change(entry.options)
        if options == entry.options:
            continue
        if (
            entry.state is ConfigEntryState.LOADED
            and old in entry.runtime_data.guard_config.watched
        ):
            entry.runtime_data.async_detach()
        hass.config_entries.async_update_entry(entry, options=options)


@callback
def _reload_guards(hass: HomeAssistant, entity_id: str) -> None:
    """Reload the guards of a thermostat that moved to another device, which theirs is linked to."""
    for entry in hass.config_entries.async_loaded_entries(DOMAIN):
        if entry.options[CONF_THERMOSTAT] == entity_id:
            hass.config_entries.async_schedule_reload(entry.entry_id)


class _PhoneActions:
    """The notify actions of the companion apps, each named after its phone."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        self._actions = {
            entry.entry_id: _phone_action(entry)
            for entry in hass.config_entries.async_entries(PHONES_DOMAIN)
        }

    @callback
    def async_handle_entry_change(self, change: ConfigEntryChange, entry: ConfigEntry[Any]) -> None:
        """Rename the action of a phone that was renamed."""
        if entry.domain != PHONES_DOMAIN:
            return
        if change is ConfigEntryChange.REMOVED:
            self._actions.pop(entry.entry_id, None)
            return
        old, new = self._actions.get(entry.entry_id), _phone_action(entry)
        self._actions[entry.entry_id] = new
        # If another phone has the same name, the options may mean that one.
        if old is not None and new is not None and old not in self._actions.values():
            _update_guards(self._hass, lambda options: with_action(options, old, new))


def _phone_action(entry: ConfigEntry[Any]) -> str | None:
    name = entry.data.get(PHONE_NAME)
    return f"{NOTIFY}.{slugify(f'{PHONES_DOMAIN}_{name}')}" if isinstance(name, str) else None
