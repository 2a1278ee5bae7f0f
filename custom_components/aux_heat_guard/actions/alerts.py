"""The actions that snooze and acknowledge alerts, allow aux heat, and reset the filter."""

from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

from homeassistant.auth.permissions.const import POLICY_CONTROL
from homeassistant.core import HomeAssistant, ServiceCall, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
import probatio as vol

from ..const import DOMAIN
from ..coordinator import GuardCoordinator
from ..core.model import Alert
from ..core.settings.alerts import ALLOW_AUX_TIME, SNOOZE_TIME
from .targets import TARGET_SCHEMA, async_get_permitted_coordinators

SNOOZE_ACTION = "snooze"
ACKNOWLEDGE = "acknowledge"
ALLOW_AUX = "allow_aux"
CLEAR_FILTER = "clear_filter"

ATTR_ALERT = "alert"
ATTR_DURATION = "duration"
MAX_DURATION = timedelta(days=90)
"""The longest snooze. To silence an alert for a whole season, disable it instead."""


def _parse_duration(value: Any) -> timedelta:  # noqa: ANN401
    """Parse a duration. One that is too long to represent becomes the longest possible."""
    try:
        duration: timedelta = cv.positive_time_period(value)
    except OverflowError:
        return timedelta.max
    return duration


_ALERTS = vol.All(cv.ensure_list, [vol.Coerce(Alert)])
ACKNOWLEDGE_SCHEMA = TARGET_SCHEMA.extend({vol.Optional(ATTR_ALERT, default=[]): _ALERTS})
SNOOZE_SCHEMA = ACKNOWLEDGE_SCHEMA.extend(
    {vol.Optional(ATTR_DURATION, default=SNOOZE_TIME): _parse_duration}
)
ALLOW_AUX_SCHEMA = TARGET_SCHEMA.extend(
    {vol.Optional(ATTR_DURATION, default=ALLOW_AUX_TIME): _parse_duration}
)

type _AlertHandler = Callable[[GuardCoordinator, ServiceCall], None]


@callback
def async_register_alert_actions(hass: HomeAssistant) -> None:
    """Register the actions; they work for all guards that are set up."""
    for action, handler, schema in (
        (SNOOZE_ACTION, _snooze, SNOOZE_SCHEMA),
        (ACKNOWLEDGE, _acknowledge, ACKNOWLEDGE_SCHEMA),
        (ALLOW_AUX, _allow_aux, ALLOW_AUX_SCHEMA),
        (CLEAR_FILTER, _mark_filter_cleaned, TARGET_SCHEMA),
    ):
        hass.services.async_register(DOMAIN, action, _service_handler(handler), schema)


def _service_handler(handler: _AlertHandler) -> Callable[[ServiceCall], Coroutine[Any, Any, None]]:
    async def handle_call(call: ServiceCall) -> None:
        for coordinator in await async_get_permitted_coordinators(call, POLICY_CONTROL):
            handler(coordinator, call)

    return handle_call


def _selected_alerts(call: ServiceCall) -> frozenset[Alert]:
    return frozenset(call.data[ATTR_ALERT] or Alert)


def _read_duration(call: ServiceCall) -> timedelta:
    """Return the duration. Raises ServiceValidationError if it is too long."""
    duration: timedelta = call.data[ATTR_DURATION]
    if duration > MAX_DURATION:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="duration_too_long",
            translation_placeholders={"days": str(MAX_DURATION.days)},
        )
    return duration


def _snooze(coordinator: GuardCoordinator, call: ServiceCall) -> None:
    coordinator.commands.async_snooze(frozenset(call.data[ATTR_ALERT]), _read_duration(call))


def _acknowledge(coordinator: GuardCoordinator, call: ServiceCall) -> None:
    coordinator.commands.async_acknowledge(_selected_alerts(call))


def _allow_aux(coordinator: GuardCoordinator, call: ServiceCall) -> None:
    coordinator.commands.async_allow_aux(_read_duration(call))


def _mark_filter_cleaned(coordinator: GuardCoordinator, _call: ServiceCall) -> None:
    coordinator.commands.async_mark_filter_cleaned()
