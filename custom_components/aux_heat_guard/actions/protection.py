"""The protection actions: plan a recovery, and explain the setpoint."""

from datetime import datetime

from homeassistant.auth.permissions.const import POLICY_CONTROL, POLICY_READ
from homeassistant.const import ATTR_CONFIG_ENTRY_ID, ATTR_TEMPERATURE
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util
import probatio as vol

from ..const import DOMAIN
from ..core.model import Mode
from ..core.settings.protection import PROTECTION_NUMBERS
from ..reporting.explanation import Explainer
from ..sources.units import celsius, to_home_unit
from .targets import (
    TARGET_SCHEMA,
    async_get_permitted_coordinator,
    async_get_permitted_coordinators,
)

PLAN_RECOVERY = "plan_recovery"
EXPLAIN = "explain"
ATTR_READY_BY = "ready_by"

PLAN_RECOVERY_SCHEMA = TARGET_SCHEMA.extend(
    {vol.Required(ATTR_TEMPERATURE): vol.Coerce(float), vol.Required(ATTR_READY_BY): cv.datetime}
)
EXPLAIN_SCHEMA = vol.Schema({vol.Optional(ATTR_CONFIG_ENTRY_ID): cv.string})


@callback
def async_register_protection_actions(hass: HomeAssistant) -> None:
    """Register the actions; they work for all guards that are set up."""
    hass.services.async_register(DOMAIN, PLAN_RECOVERY, _plan_recovery, PLAN_RECOVERY_SCHEMA)
    hass.services.async_register(DOMAIN, EXPLAIN, _explain, EXPLAIN_SCHEMA, SupportsResponse.ONLY)


async def _explain(call: ServiceCall) -> ServiceResponse:
    coordinator = await async_get_permitted_coordinator(call, POLICY_READ)
    explainer = Explainer(call.hass, coordinator.guard_config.settings.zone)
    steps = list(coordinator.trace)
    # The readback of a step is in the next step; that of the last step is the current one.
    readbacks = [*(later.context.setpoint for later in steps[1:]), coordinator.reported_setpoint]
    return {
        "mode": coordinator.guard_config.settings.mode.value,
        "steps": [explainer.explain_step(*pair) for pair in zip(steps, readbacks, strict=True)],
    }


async def _plan_recovery(call: ServiceCall) -> None:
    coordinators = await async_get_permitted_coordinators(call, POLICY_CONTROL)
    ready_by, temperature = _to_utc(call.data[ATTR_READY_BY]), _read_temperature(call)
    if ready_by <= dt_util.utcnow():
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="ready_in_the_past")
    for coordinator in coordinators:
        if coordinator.guard_config.settings.mode is not Mode.PROTECT:
            name = {"name": coordinator.config_entry.title}
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="not_protecting",
                translation_placeholders=name,
            )
    for coordinator in coordinators:
        coordinator.commands.async_plan_recovery(ready_by, temperature)


def _to_utc(at: datetime) -> datetime:
    """Return an instant in UTC; without a time zone it is local time.

    Raises ServiceValidationError.
    """
    try:
        return dt_util.as_utc(at)
    except OverflowError as error:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="no_such_time"
        ) from error


def _read_temperature(call: ServiceCall) -> float:
    unit, allowed = call.hass.config.units.temperature_unit, PROTECTION_NUMBERS["comfort"]
    temperature = celsius(call.data[ATTR_TEMPERATURE], unit)
    if temperature is None or not allowed.minimum <= temperature <= allowed.maximum:
        lowest, highest = (
            f"{to_home_unit(allowed, value, unit):g} {unit}"
            for value in (allowed.minimum, allowed.maximum)
        )
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="no_comfort",
            translation_placeholders={"lowest": lowest, "highest": highest},
        )
    return temperature
