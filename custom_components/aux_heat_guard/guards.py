"""Which guards an action is for."""

from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import ServiceCall
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.service import async_extract_config_entry_ids, async_get_config_entry
import probatio as vol

from .const import DOMAIN
from .coordinator import GuardConfigEntry, GuardCoordinator

TARGET_SCHEMA = vol.Schema({**cv.TARGET_SERVICE_FIELDS, vol.Optional(ATTR_CONFIG_ENTRY_ID): cv.string})


def named(call: ServiceCall) -> GuardCoordinator:
    """Find the guard that an action names; where there is only one, it need not be named. Raises ServiceValidationError."""
    entry_id = call.data.get(ATTR_CONFIG_ENTRY_ID)
    if entry_id is None and len(call.hass.config_entries.async_entries(DOMAIN, include_ignore=False, include_disabled=False)) > 1:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="which_guard")
    entry: GuardConfigEntry = async_get_config_entry(call.hass, DOMAIN, entry_id)
    return entry.runtime_data


async def async_meant(call: ServiceCall) -> list[GuardCoordinator]:
    """Find the guards that are meant: those of the target, or the one that is named, or the only one. Raises ServiceValidationError."""
    targeted = await async_extract_config_entry_ids(call)
    if not targeted or ATTR_CONFIG_ENTRY_ID in call.data:
        return [named(call)]
    loaded: list[GuardConfigEntry] = call.hass.config_entries.async_loaded_entries(DOMAIN)
    meant = [entry.runtime_data for entry in loaded if entry.entry_id in targeted]
    if not meant:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="no_guard_targeted")
    return meant
