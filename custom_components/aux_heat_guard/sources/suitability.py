"""The sources as entities of a registry: which can be guarded, and which can show what."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from homeassistant.components.climate.const import ATTR_HVAC_MODES, ClimateEntityFeature, HVACMode
from homeassistant.components.weather.const import WeatherEntityFeature
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import ATTR_SUPPORTED_FEATURES, STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er

from ..const import CONF_THERMOSTAT, DOMAIN
from .mirror import build_mirror

GUARDABLE_MODES = frozenset({HVACMode.HEAT, HVACMode.HEAT_COOL, HVACMode.AUTO})
SETPOINT_FEATURES = (
    ClimateEntityFeature.TARGET_TEMPERATURE | ClimateEntityFeature.TARGET_TEMPERATURE_RANGE
)


class ForecastType(StrEnum):
    """The forecasts that Home Assistant knows, by the names of `weather.get_forecasts`."""

    HOURLY = "hourly"
    TWICE_DAILY = "twice_daily"
    DAILY = "daily"


FEATURES = {
    WeatherEntityFeature.FORECAST_HOURLY: ForecastType.HOURLY,
    WeatherEntityFeature.FORECAST_TWICE_DAILY: ForecastType.TWICE_DAILY,
    WeatherEntityFeature.FORECAST_DAILY: ForecastType.DAILY,
}
"""Which forecast each feature offers, the finest first."""


def forecast_type(state: State) -> ForecastType | None:
    """Return the finest forecast of a weather entity, or None if the entity has no forecast."""
    features = state.attributes.get(ATTR_SUPPORTED_FEATURES)
    if not isinstance(features, int):
        return None
    return next((offered for feature, offered in FEATURES.items() if features & feature), None)


def thermostat_unique_id(hass: HomeAssistant, thermostat: str) -> str:
    """Name a thermostat for good: its registry id outlives a renaming."""
    entry = er.async_get(hass).async_get(thermostat)
    return entry.id if entry else thermostat


def problem_with_thermostat(
    hass: HomeAssistant, thermostat: str, entry: ConfigEntry[Any] | None = None
) -> str | None:
    """Tell why a thermostat cannot be guarded (by this entry), as a translation key; None where it can."""
    registered = er.async_get(hass).async_get(thermostat)
    if is_own_entity(hass, thermostat):
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
    can = build_mirror(
        State(thermostat, state.state, attributes), hass.config.units.temperature_unit
    )
    if GUARDABLE_MODES.isdisjoint(can.hvac_modes):
        return "cannot_heat"
    return None if can.supported_features & SETPOINT_FEATURES else "no_setpoint"


def problem_with_entity(hass: HomeAssistant, entity_id: str) -> str | None:
    """Tell why an entity cannot show AUX, as a translation key; None where it can."""
    if is_own_entity(hass, entity_id):
        return "guards_itself"
    return "not_found" if hass.states.get(entity_id) is None else None


def is_own_entity(hass: HomeAssistant, entity_id: str) -> bool:
    """Tell whether an entity belongs to a guard."""
    registered = er.async_get(hass).async_get(entity_id)
    return registered is not None and registered.platform == DOMAIN


def problem_with_forecast(hass: HomeAssistant, entity_id: str) -> str | None:
    """Return why a weather entity cannot serve as forecast, as a translation key, or None if it can."""
    state = hass.states.get(entity_id)
    if state is None:
        return "not_found"
    if state.state == STATE_UNAVAILABLE:
        # What it can do shows when it is back.
        return None
    return "no_forecast" if forecast_type(state) is None else None


def filter_own_entities(
    hass: HomeAssistant, entity_ids: Iterable[str], translation_key: str | None
) -> set[str]:
    """Find those of some entities that are a certain one of a guard."""
    registry = er.async_get(hass)
    found = ((entity_id, registry.async_get(entity_id)) for entity_id in entity_ids)
    return {
        entity_id
        for entity_id, entry in found
        if entry and (entry.platform, entry.translation_key) == (DOMAIN, translation_key)
    }
