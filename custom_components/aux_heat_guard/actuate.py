"""The one place that calls climate services."""

from typing import Any

from homeassistant.components.climate.const import DOMAIN as CLIMATE_DOMAIN
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import config_validation as cv


async def forward(hass: HomeAssistant, thermostat: str, service: str, data: dict[str, Any], context: Context | None) -> None:
    """Hand a call to the thermostat and wait for it; whatever it raises goes back to the caller."""
    # Some services leave in the data whom the call was for: an entity, or a whole area.
    told = {name: value for name, value in data.items() if name not in cv.ENTITY_SERVICE_FIELDS}
    await hass.services.async_call(CLIMATE_DOMAIN, service, {**told, ATTR_ENTITY_ID: thermostat}, blocking=True, context=context)
