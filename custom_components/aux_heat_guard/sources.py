"""The sources as entities of a registry: which thermostats can be guarded, and what to do when a source is renamed or moved."""

from collections.abc import Iterable
from typing import Any

from homeassistant.components.climate.const import ATTR_HVAC_MODES, ClimateEntityFeature, HVACMode
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import Event, HomeAssistant, State, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import async_track_entity_registry_updated_event

from .const import CONF_THERMOSTAT, DOMAIN
from .mirror import mirrored
from .options import Guarded, renamed

HEATING_MODES = frozenset({HVACMode.HEAT, HVACMode.HEAT_COOL, HVACMode.AUTO})
SETTABLE = ClimateEntityFeature.TARGET_TEMPERATURE | ClimateEntityFeature.TARGET_TEMPERATURE_RANGE


def unique_id_of(hass: HomeAssistant, thermostat: str) -> str:
    """Name a thermostat for good: its registry id outlives a renaming."""
    entry = er.async_get(hass).async_get(thermostat)
    return entry.id if entry else thermostat


def problem_with(hass: HomeAssistant, thermostat: str, entry: ConfigEntry[Any] | None = None) -> str | None:
    """Tell why a thermostat cannot be guarded (by this entry), as a translation key; None where it can."""
    registered = er.async_get(hass).async_get(thermostat)
    if is_ours(hass, thermostat):
        return "guards_itself"
    for other in hass.config_entries.async_entries(DOMAIN):
        if other is not entry and other.options.get(CONF_THERMOSTAT) == thermostat:
            return "already_guarded"
    state = hass.states.get(thermostat)
    if state is None:
        return "not_found"
    attributes = {**(registered.capabilities or {} if registered else {}), **state.attributes}
    if state.state == STATE_UNAVAILABLE and ATTR_HVAC_MODES not in attributes:
        return "not_available"
    can = mirrored(State(thermostat, state.state, attributes), hass.config.units.temperature_unit)
    if HEATING_MODES.isdisjoint(can.hvac_modes):
        return "cannot_heat"
    return None if can.supported_features & SETTABLE else "no_setpoint"


def problem_with_sign(hass: HomeAssistant, entity_id: str) -> str | None:
    """Tell why an entity cannot show AUX, as a translation key; None where it can."""
    if is_ours(hass, entity_id):
        return "guards_itself"
    return "not_found" if hass.states.get(entity_id) is None else None


def is_ours(hass: HomeAssistant, entity_id: str) -> bool:
    """Tell whether an entity belongs to a guard."""
    registered = er.async_get(hass).async_get(entity_id)
    return registered is not None and registered.platform == DOMAIN


@callback
def async_follow(hass: HomeAssistant, entry: ConfigEntry[Any], guarded: Guarded) -> None:
    """Follow sources that are renamed, and a thermostat that moves to another device."""

    @callback
    def registry_updated(event: Event[er.EventEntityRegistryUpdatedData]) -> None:
        data = event.data
        if data["action"] != "update":
            return
        if "entity_id" in data["changes"]:
            # The guard of the old name sees it go; it is over.
            entry.runtime_data.async_detach()
            options = renamed(entry.options, data["changes"]["entity_id"], data["entity_id"])
            hass.config_entries.async_update_entry(entry, options=options)
        elif "device_id" in data["changes"] and data["entity_id"] == guarded.thermostat:
            hass.config_entries.async_schedule_reload(entry.entry_id)

    entry.async_on_unload(async_track_entity_registry_updated_event(hass, guarded.watched, registry_updated))


def ours(hass: HomeAssistant, entity_ids: Iterable[str], translation_key: str | None) -> set[str]:
    """Find those of some entities that are a certain one of a guard."""
    registry = er.async_get(hass)
    found = ((entity_id, registry.async_get(entity_id)) for entity_id in entity_ids)
    return {entity_id for entity_id, entry in found if entry and (entry.platform, entry.translation_key) == (DOMAIN, translation_key)}
