"""The one place that calls climate services."""

from typing import Any

from homeassistant.components.climate.const import ATTR_TARGET_TEMP_HIGH, ATTR_TARGET_TEMP_LOW, SERVICE_SET_TEMPERATURE
from homeassistant.components.climate.const import DOMAIN as CLIMATE_DOMAIN
from homeassistant.const import ATTR_ENTITY_ID, ATTR_TEMPERATURE
from homeassistant.core import Context, HomeAssistant, State
from homeassistant.helpers import config_validation as cv

from .core.model import HEATING_MODES


async def forward(hass: HomeAssistant, thermostat: str, service: str, data: dict[str, Any], context: Context | None) -> None:
    """Hand a call to the thermostat and wait for it; whatever it raises goes back to the caller."""
    # Some services leave in the data whom the call was for: an entity, or a whole area.
    told = {name: value for name, value in data.items() if name not in cv.ENTITY_SERVICE_FIELDS}
    await hass.services.async_call(CLIMATE_DOMAIN, service, {**told, ATTR_ENTITY_ID: thermostat}, blocking=True, context=context)


async def async_lower(hass: HomeAssistant, thermostat: str, state: State | None, temperature: float, context: Context) -> None:
    """Lower the heating setpoint to a temperature in the home's unit, where it is above it; of a range the other end stays.

    Where the thermostat is not set to heat, its setpoint is none to heat to, and stays.
    """
    if state is None or state.state not in HEATING_MODES:
        return
    attributes = state.attributes
    low, high = attributes.get(ATTR_TARGET_TEMP_LOW), attributes.get(ATTR_TARGET_TEMP_HIGH)
    now = attributes.get(ATTR_TEMPERATURE)
    is_range = now is None and low is not None and high is not None
    setpoint = low if is_range else now
    if not isinstance(setpoint, int | float) or setpoint <= temperature:
        return
    data = {ATTR_TARGET_TEMP_LOW: temperature, ATTR_TARGET_TEMP_HIGH: high} if is_range else {ATTR_TEMPERATURE: temperature}
    await forward(hass, thermostat, SERVICE_SET_TEMPERATURE, data, context)
