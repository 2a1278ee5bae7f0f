"""Repairs for the entities and actions that a guard uses and that do not exist."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntry
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
from homeassistant.helpers.event import async_call_later, async_track_state_change_event
from homeassistant.helpers.start import async_at_started

from ..options.references import referenced_actions, referenced_entities
from .issues import async_report_missing

GRACE_SECONDS = 300
"""An action may come minutes after the start, or be away while its integration is reloaded."""


@callback
def async_monitor_references(hass: HomeAssistant, entry: ConfigEntry[Any]) -> CALLBACK_TYPE:
    """Keep a repair for each entity and action that a guard uses and that does not exist.

    The first check waits until Home Assistant has started, as they may still be added until then.
    Return a function that follows a change of the options.
    """
    monitor = _ReferenceMonitor(hass, entry)
    entry.async_on_unload(async_at_started(hass, monitor.async_start))
    return monitor.async_update_options


class _ReferenceMonitor:
    """Monitors the entities and actions of one guard."""

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
        """Check now, and whenever an entity or action is added or removed."""
        self._entry.async_on_unload(self._stop)
        for event in (EVENT_SERVICE_REGISTERED, EVENT_SERVICE_REMOVED):
            self._entry.async_on_unload(
                self._hass.bus.async_listen(event, self._handle_action_change)
            )
        self._is_started = True
        self.async_update_options()

    @callback
    def async_update_options(self) -> None:
        """Monitor the entities and actions that the options name now."""
        if not self._is_started:
            return
        options = self._entry.options
        self._stop()
        self._entities, self._actions = referenced_entities(options), referenced_actions(options)
        self._unsub_states = async_track_state_change_event(
            self._hass, self._entities, self._handle_entity_change
        )
        self._report_entities()
        self._report_actions(is_grace_over=False)

    @callback
    def _handle_entity_change(self, event: Event[EventStateChangedData]) -> None:
        if event.data["old_state"] is None or event.data["new_state"] is None:
            self._report_entities()

    @callback
    def _handle_action_change(self, event: Event[Mapping[str, Any]]) -> None:
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
        """Report missing actions after the grace period. End the repairs of the others at once."""
        missing = {
            action
            for action in self._actions
            if not self._hass.services.has_service(*action.split("."))
        }
        async_report_missing(self._hass, self._entry, "action", missing, is_news=is_grace_over)
        if missing and not is_grace_over and self._unsub_grace is None:
            self._unsub_grace = async_call_later(
                self._hass, GRACE_SECONDS, HassJob(self._handle_grace_end, cancel_on_shutdown=True)
            )

    @callback
    def _handle_grace_end(self, _now: object) -> None:
        self._unsub_grace = None
        self._report_actions(is_grace_over=True)

    @callback
    def _stop(self) -> None:
        for stop in (self._unsub_states, self._unsub_grace):
            if stop is not None:
                stop()
        self._unsub_states = self._unsub_grace = None
