"""Which entity can serve as what: thermostat, signal, forecast, meter or price.

A `problem_with_...` function returns the translation key of the problem, or None if there is none.
"""

from enum import StrEnum
from typing import Any

from homeassistant.components.climate.const import ATTR_HVAC_MODES, ClimateEntityFeature, HVACMode
from homeassistant.components.weather.const import WeatherEntityFeature
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import (
    ATTR_SUPPORTED_FEATURES,
    ATTR_UNIT_OF_MEASUREMENT,
    STATE_UNAVAILABLE,
)
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er

from ..const import CONF_THERMOSTAT, DOMAIN
from ..core.sense.values import UNAVAILABLE_STATES
from .mirror import build_mirror
from .registry import is_own_entity
from .units import currency_in, energy_scale, power_scale, price_per_kwh, price_scale

GUARDABLE_MODES = frozenset({HVACMode.HEAT, HVACMode.HEAT_COOL, HVACMode.AUTO})
SETPOINT_FEATURES = (
    ClimateEntityFeature.TARGET_TEMPERATURE | ClimateEntityFeature.TARGET_TEMPERATURE_RANGE
)


class ForecastType(StrEnum):
    """The types of forecasts, as the action `weather.get_forecasts` names them."""

    HOURLY = "hourly"
    TWICE_DAILY = "twice_daily"
    DAILY = "daily"


FEATURES = {
    WeatherEntityFeature.FORECAST_HOURLY: ForecastType.HOURLY,
    WeatherEntityFeature.FORECAST_TWICE_DAILY: ForecastType.TWICE_DAILY,
    WeatherEntityFeature.FORECAST_DAILY: ForecastType.DAILY,
}
"""The forecast that each feature of a weather entity offers, finest first."""

ON_OFF_STATES = ("on", "off")
ON_OFF_DOMAINS = frozenset({"binary_sensor", "calendar", "input_boolean", "schedule", "switch"})
"""The domains whose entities can switch between two tariffs."""


def forecast_type(state: State) -> ForecastType | None:
    """Return the finest forecast of a weather entity, or None if it has no forecast."""
    features = state.attributes.get(ATTR_SUPPORTED_FEATURES)
    if not isinstance(features, int):
        return None
    return next((offered for feature, offered in FEATURES.items() if features & feature), None)


def problem_with_thermostat(
    hass: HomeAssistant, thermostat: str, entry: ConfigEntry[Any] | None = None
) -> str | None:
    """Return why a thermostat cannot be guarded by an entry (None: by a new one)."""
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
    mirror = build_mirror(
        State(thermostat, state.state, attributes), hass.config.units.temperature_unit
    )
    if GUARDABLE_MODES.isdisjoint(mirror.hvac_modes):
        return "cannot_heat"
    return None if mirror.supported_features & SETPOINT_FEATURES else "no_setpoint"


def problem_with_entity(hass: HomeAssistant, entity_id: str) -> str | None:
    """Return why an entity cannot be a source of a guard."""
    if is_own_entity(hass, entity_id):
        return "guards_itself"
    return "not_found" if hass.states.get(entity_id) is None else None


def problem_with_forecast(hass: HomeAssistant, entity_id: str) -> str | None:
    """Return why a weather entity cannot serve as forecast."""
    state = hass.states.get(entity_id)
    if state is None:
        return "not_found"
    if state.state == STATE_UNAVAILABLE:
        # An unavailable entity does not show its features.
        return None
    return "no_forecast" if forecast_type(state) is None else None


def problem_with_power_sensor(state: State, _currency: str) -> str | None:
    """Return why an entity cannot measure the power."""
    return None if power_scale(state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)) else "not_power"


def problem_with_meter(state: State, _currency: str) -> str | None:
    """Return why an entity cannot count the energy."""
    return None if energy_scale(state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)) else "not_energy"


def problem_with_price(state: State, currency: str) -> str | None:
    """Return why an entity cannot be the price of energy in a currency."""
    unit = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)
    has_no_value = state.state in UNAVAILABLE_STATES
    if price_scale(unit) is None or (price_per_kwh(state.state, unit) is None and not has_no_value):
        return "not_a_price"
    return None if currency_in(unit) in {None, currency} else "other_currency"


def problem_with_tariff(state: State, _currency: str) -> str | None:
    """Return why an entity cannot name the current tariff."""
    return None if list_tariffs(state) else "no_tariffs"


def list_tariffs(state: State) -> list[str]:
    """Return the tariffs that an entity can name."""
    options = state.attributes.get("options")
    if isinstance(options, list | tuple) and options:
        return list({str(word).strip().casefold(): str(word) for word in options}.values())
    is_on_off = state.state in ON_OFF_STATES or state.domain in ON_OFF_DOMAINS
    return list(ON_OFF_STATES) if is_on_off else []
