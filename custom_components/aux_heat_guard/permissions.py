"""Which users may act on a guard, and which users may be told about a guard.

Home Assistant grants rights on entities. The guard's own climate entity stands for the guard: a
user who may control that entity may answer alerts and plan setpoints, and a user who may read
that entity may ask what the guard did. A call without a user comes from an automation or a
script, and needs no rights, as in Home Assistant itself.
"""

from collections.abc import Iterable

from homeassistant.auth.models import User
from homeassistant.auth.permissions.const import CAT_ENTITIES
from homeassistant.components.climate.const import DOMAIN as CLIMATE_DOMAIN
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.exceptions import Unauthorized, UnknownUser
from homeassistant.helpers import entity_registry as er

from .const import DOMAIN


@callback
def climate_entity_id(hass: HomeAssistant, entry_id: str) -> str | None:
    """Return the id of a guard's climate entity, even if it is disabled; None without one."""
    return er.async_get(hass).async_get_entity_id(CLIMATE_DOMAIN, DOMAIN, f"{entry_id}_thermostat")


@callback
def has_permission(hass: HomeAssistant, user: User, entry_id: str, permission: str) -> bool:
    """Return True if a user has a permission (POLICY_READ or POLICY_CONTROL) on a guard."""
    if user.is_admin:
        return True
    entity_id = climate_entity_id(hass, entry_id)
    if entity_id is None:
        # No policy can name an entity that is not there, so only rights on all entities count.
        return user.permissions.access_all_entities(permission)
    return user.permissions.check_entity(entity_id, permission)


async def async_check_permission(
    hass: HomeAssistant, context: Context, entry_ids: Iterable[str], permission: str
) -> None:
    """Check that the user of a context has a permission on each of some guards.

    Raises UnknownUser if the user was deleted, Unauthorized if the user lacks the permission on one
    of the guards.
    """
    if not context.user_id:
        return
    user = await hass.auth.async_get_user(context.user_id)
    if user is None:
        raise UnknownUser(context=context, permission=permission, user_id=context.user_id)
    for entry_id in entry_ids:
        if not has_permission(hass, user, entry_id, permission):
            raise Unauthorized(
                context=context,
                user_id=context.user_id,
                entity_id=climate_entity_id(hass, entry_id),
                config_entry_id=entry_id,
                perm_category=CAT_ENTITIES,
                permission=permission,
            )
