"""Which guard an action is for."""

from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import ServiceCall
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.service import async_get_config_entry

from .const import DOMAIN
from .coordinator import GuardConfigEntry, GuardCoordinator


def named(call: ServiceCall) -> GuardCoordinator:
    """Find the guard that an action names; where there is only one, it need not be named. Raises ServiceValidationError."""
    entry_id = call.data.get(ATTR_CONFIG_ENTRY_ID)
    if entry_id is None and len(call.hass.config_entries.async_entries(DOMAIN, include_ignore=False, include_disabled=False)) > 1:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="which_guard")
    entry: GuardConfigEntry = async_get_config_entry(call.hass, DOMAIN, entry_id)
    return entry.runtime_data
