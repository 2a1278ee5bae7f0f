"""Home Assistant users with the rights that a home may give them."""

from homeassistant.auth.const import GROUP_ID_ADMIN, GROUP_ID_READ_ONLY, GROUP_ID_USER
from homeassistant.auth.models import Group, User
from homeassistant.auth.permissions.models import PermissionLookup
from homeassistant.auth.permissions.types import PolicyType
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import ensure_auth_manager_loaded


async def add_user(hass: HomeAssistant, group_id: str) -> User:
    """Add a user of one group, beside the owner."""
    _load_users(hass)
    if not await hass.auth.async_get_users():
        # The first user owns the home, whatever the group.
        await hass.auth.async_create_user("Owner", group_ids=[GROUP_ID_ADMIN])
    return await hass.auth.async_create_user("Somebody", group_ids=[group_id])


async def add_limited_user(hass: HomeAssistant, policy: PolicyType) -> User:
    """Add a user whose only group has a policy of its own."""
    _load_users(hass)
    group = Group(name="Limited", policy=policy)
    # Home Assistant reads groups from its storage only, and has no call that adds one.
    hass.auth._store._groups[group.id] = group  # noqa: SLF001
    return await add_user(hass, group.id)


def _load_users(hass: HomeAssistant) -> None:
    """Start without users, and let policies look areas and devices up."""
    ensure_auth_manager_loaded(hass.auth)
    hass.auth._store._perm_lookup = PermissionLookup(er.async_get(hass), dr.async_get(hass))  # noqa: SLF001 -- as when it is read from disk


async def user_context(hass: HomeAssistant, who: str, thermostat: str) -> Context:
    """Return the context of a call by a user; some users may use the guard's climate entity."""
    match who:
        case "admin":
            user = await add_user(hass, GROUP_ID_ADMIN)
        case "user":
            user = await add_user(hass, GROUP_ID_USER)
        case "read_only":
            user = await add_user(hass, GROUP_ID_READ_ONLY)
        case "deleted":
            user = await add_user(hass, GROUP_ID_ADMIN)
            await hass.auth.async_remove_user(user)
        case "nobody":
            return Context()
        case "automation_after_read_only":
            # An action of an automation has the context of its trigger as its parent, and no user.
            return Context(parent_id=(await user_context(hass, "read_only", thermostat)).id)
        case _:
            user = await add_limited_user(
                hass, {"entities": {"entity_ids": _entity_policy(who, thermostat)}}
            )
    return Context(user_id=user.id)


def _entity_policy(who: str, thermostat: str) -> dict[str, bool | dict[str, bool]]:
    rights: dict[str, dict[str, bool | dict[str, bool]]] = {
        "lamp": {"light.lamp": True},
        "source_only": {"climate.hallway": True},
        "guard_read": {thermostat: {"read": True}},
        "guard_control": {thermostat: {"control": True}},
        "guard_all": {thermostat: True},
    }
    return rights[who]
