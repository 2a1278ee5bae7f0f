"""Follows the entities and actions that the options name: renamed ones get their new names, missing ones a repair."""

from collections.abc import Callable, Mapping
from typing import Any

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
    ConfigEntryState,
)
from homeassistant.const import (
    ATTR_DOMAIN,
    ATTR_SERVICE,
    EVENT_SERVICE_REGISTERED,
    EVENT_SERVICE_REMOVED,
)
from homeassistant.core import (
    CALLBACK_TYPE,
    Event,
    EventStateChangedData,
    HassJob,
    HomeAssistant,
    callback,
)
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.event import async_call_later, async_track_state_change_event
from homeassistant.helpers.start import async_at_started
from homeassistant.util import slugify

from ..const import CONF_THERMOSTAT, DOMAIN
from ..options.references import (
    NOTIFY,
    referenced_actions,
    referenced_entities,
    with_action,
    with_entity,
)
from .issues import async_report_missing

PHONES_DOMAIN = "mobile_app"
PHONE_NAME = "device_name"
"""Where the entry of a companion app keeps the name that its notify action is made of."""

GRACE_SECONDS = 300
"""An action may come minutes after the start, or be away while its integration is reloaded."""

type Options = Mapping[str, Any]


@callback
def async_track_renames(hass: HomeAssistant) -> None:
    """Follow renamed entities and phones, also for guards that are not set up or are just being reloaded."""

    @callback
    def entity_updated(event: Event[er.EventEntityRegistryUpdatedData]) -> None:
        data = event.data
        if data["action"] != "update":
            return
        if "entity_id" in data["changes"]:
            old, new = data["changes"]["entity_id"], data["entity_id"]
            _update_guards(hass, lambda options: with_entity(options, old, new), old)
        elif "device_id" in data["changes"]:
            _reload_guards(hass, data["entity_id"])

    phones = _PhoneActions(hass)
    hass.bus.async_listen(er.EVENT_ENTITY_REGISTRY_UPDATED, entity_updated)
    async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, phones.async_entry_changed)


@callback
def _update_guards(
    hass: HomeAssistant, change: Callable[[Options], dict[str, Any]], old: str | None = None
) -> None:
    """Change the options of all guards; a guard that reads the entity of the old name takes no further step."""
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
    """Reload the guards of a thermostat that moved to another device: theirs hangs on it."""
    for entry in hass.config_entries.async_loaded_entries(DOMAIN):
        if entry.options[CONF_THERMOSTAT] == entity_id:
            hass.config_entries.async_schedule_reload(entry.entry_id)


class _PhoneActions:
    """Remembers the notify actions of the companion apps, each of which is named after its device."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        self._actions = {
            entry.entry_id: _phone_action(entry)
            for entry in hass.config_entries.async_entries(PHONES_DOMAIN)
        }

    @callback
    def async_entry_changed(self, change: ConfigEntryChange, entry: ConfigEntry[Any]) -> None:
        """Follow a phone that was renamed."""
        if entry.domain != PHONES_DOMAIN:
            return
        if change is ConfigEntryChange.REMOVED:
            self._actions.pop(entry.entry_id, None)
            return
        old, new = self._actions.get(entry.entry_id), _phone_action(entry)
        self._actions[entry.entry_id] = new
        # Of two phones with the same name the other one may be meant.
        if old is not None and new is not None and old not in self._actions.values():
            _update_guards(self._hass, lambda options: with_action(options, old, new))


def _phone_action(entry: ConfigEntry[Any]) -> str | None:
    name = entry.data.get(PHONE_NAME)
    return f"{NOTIFY}.{slugify(f'{PHONES_DOMAIN}_{name}')}" if isinstance(name, str) else None


@callback
def async_monitor_references(hass: HomeAssistant, entry: ConfigEntry[Any]) -> CALLBACK_TYPE:
    """Keep a repair for each entity and action that a guard uses and that does not exist.

    Until Home Assistant has started, they may still come. Return a function that follows a change
    of options.
    """
    monitor = _ReferenceMonitor(hass, entry)
    entry.async_on_unload(async_at_started(hass, monitor.async_start))
    return monitor.async_update_options


class _ReferenceMonitor:
    """Watches the entities and actions of one guard."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
        self._hass = hass
        self._entry = entry
        self._entities: frozenset[str] = frozenset()
        self._actions: frozenset[str] = frozenset()
        self._is_started = False
        self._unsub_states: CALLBACK_TYPE | None = None
        self._unsub_grace: CALLBACK_TYPE | None = None

    @callback
    def async_start(self, _hass: HomeAssistant) -> None:
        """Look now, and whenever something comes or goes."""
        self._entry.async_on_unload(self._stop)
        for event in (EVENT_SERVICE_REGISTERED, EVENT_SERVICE_REMOVED):
            self._entry.async_on_unload(self._hass.bus.async_listen(event, self._action_changed))
        self._is_started = True
        self.async_update_options()

    @callback
    def async_update_options(self) -> None:
        """Watch the entities and actions that the options name now."""
        if not self._is_started:
            return
        options = self._entry.options
        self._stop()
        self._entities, self._actions = referenced_entities(options), referenced_actions(options)
        self._unsub_states = async_track_state_change_event(
            self._hass, self._entities, self._entity_changed
        )
        self._report_entities()
        self._report_actions(is_grace_over=False)

    @callback
    def _entity_changed(self, event: Event[EventStateChangedData]) -> None:
        if event.data["old_state"] is None or event.data["new_state"] is None:
            self._report_entities()

    @callback
    def _action_changed(self, event: Event[Mapping[str, Any]]) -> None:
        if f"{event.data[ATTR_DOMAIN]}.{event.data[ATTR_SERVICE]}" in self._actions:
            self._report_actions(is_grace_over=False)

    @callback
    def _report_entities(self) -> None:
        missing = {
            entity_id for entity_id in self._entities if self._hass.states.get(entity_id) is None
        }
        async_report_missing(self._hass, self._entry, "source", missing)

    @callback
    def _report_actions(self, *, is_grace_over: bool) -> None:
        """Report the missing actions when the grace is over; those that are back at once."""
        missing = {
            action
            for action in self._actions
            if not self._hass.services.has_service(*action.split("."))
        }
        async_report_missing(self._hass, self._entry, "action", missing, is_news=is_grace_over)
        if missing and not is_grace_over and self._unsub_grace is None:
            self._unsub_grace = async_call_later(
                self._hass, GRACE_SECONDS, HassJob(self._grace_ended, cancel_on_shutdown=True)
            )

    @callback
    def _grace_ended(self, _now: object) -> None:
        self._unsub_grace = None
        self._report_actions(is_grace_over=True)

    @callback
    def _stop(self) -> None:
        for stop in (self._unsub_states, self._unsub_grace):
            if stop is not None:
                stop()
        self._unsub_states = self._unsub_grace = None
