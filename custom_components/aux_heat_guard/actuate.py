"""The one place that calls climate services."""

from typing import Any

from homeassistant.components.climate.const import DOMAIN as CLIMATE_DOMAIN
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import Context, HomeAssistant


async def forward(hass: HomeAssistant, thermostat: str, service: str, data: dict[str, Any], context: Context | None) -> None:
    """Hand a call to the thermostat and wait for it; whatever it raises goes back to the caller."""
    await hass.services.async_call(CLIMATE_DOMAIN, service, {ATTR_ENTITY_ID: thermostat, **data}, blocking=True, context=context)
