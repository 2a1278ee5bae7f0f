"""Finds the guards of an action, and checks that the caller has the permission on them."""

from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import ServiceCall
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.service import async_extract_config_entry_ids, async_get_config_entry
import probatio as vol

from ..const import DOMAIN
from ..coordinator import GuardConfigEntry, GuardCoordinator
from ..permissions import async_check_permission

TARGET_SCHEMA = vol.Schema(
    {**cv.TARGET_SERVICE_FIELDS, vol.Optional(ATTR_CONFIG_ENTRY_ID): cv.string}
)


def get_coordinator(call: ServiceCall) -> GuardCoordinator:
    """Return the guard that an action names, or the only one. Raises ServiceValidationError.

    The caller's rights are not checked: use this for actions that only administrators may call.
    """
    entry_id = call.data.get(ATTR_CONFIG_ENTRY_ID)
    if (
        entry_id is None
        and len(
            call.hass.config_entries.async_entries(
                DOMAIN, include_ignore=False, include_disabled=False
            )
        )
        > 1
    ):
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="which_guard")
    entry: GuardConfigEntry = async_get_config_entry(call.hass, DOMAIN, entry_id)
    return entry.runtime_data


async def async_get_permitted_coordinator(call: ServiceCall, permission: str) -> GuardCoordinator:
    """Return the guard that an action names, or the only one.

    Raises ServiceValidationError if no single guard is named, Unauthorized if the caller lacks the
    permission on that guard.
    """
    coordinator = get_coordinator(call)
    await async_check_permission(
        call.hass, call.context, [coordinator.config_entry.entry_id], permission
    )
    return coordinator


async def async_get_permitted_coordinators(
    call: ServiceCall, permission: str
) -> list[GuardCoordinator]:
    """Return the guards of an action's target, or the one that is named, or the only one.

    Raises ServiceValidationError if the target has no guard, Unauthorized if the caller lacks the
    permission on one of the guards: then none of them may be changed.
    """
    coordinators = await _async_extract_coordinators(call)
    await async_check_permission(
        call.hass,
        call.context,
        [coordinator.config_entry.entry_id for coordinator in coordinators],
        permission,
    )
    return coordinators


async def _async_extract_coordinators(call: ServiceCall) -> list[GuardCoordinator]:
    targeted = await async_extract_config_entry_ids(call)
    if not targeted or ATTR_CONFIG_ENTRY_ID in call.data:
        return [get_coordinator(call)]
    loaded: list[GuardConfigEntry] = call.hass.config_entries.async_loaded_entries(DOMAIN)
    coordinators = [entry.runtime_data for entry in loaded if entry.entry_id in targeted]
    if not coordinators:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="no_guard_targeted")
    return coordinators
