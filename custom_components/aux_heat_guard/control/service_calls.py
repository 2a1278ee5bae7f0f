"""Calls the actions of other integrations; no other module of the package does."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from homeassistant.components.climate.const import (
    ATTR_PRESET_MODE,
    ATTR_PRESET_MODES,
    ATTR_TARGET_TEMP_HIGH,
    ATTR_TARGET_TEMP_LOW,
    SERVICE_SET_PRESET_MODE,
    SERVICE_SET_TEMPERATURE,
)
from homeassistant.components.climate.const import DOMAIN as CLIMATE_DOMAIN
from homeassistant.const import ATTR_ENTITY_ID, ATTR_TEMPERATURE
from homeassistant.core import Context, HomeAssistant, ServiceResponse, State
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.script import Script, async_validate_actions_config

from ..const import DOMAIN
from ..sources.mirror import heating_setpoint

RELEASE_SECONDS = 10
"""How long other integrations may take when a guard ends; Home Assistant waits no longer."""


class ServiceCallError(HomeAssistantError):
    """An action of another integration raised an error that is no HomeAssistantError."""


def describe_error(error: BaseException) -> str:
    """Return the text of an exception, or its name where it has none."""
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 -- an exception of another integration may fail to describe itself
        text = ""
    return text or f"{type(error).__name__}()"


@contextmanager
def _only_home_assistant_errors() -> Iterator[None]:
    """Raise a ServiceCallError in place of anything that is no HomeAssistantError.

    A cancellation is no Exception, and passes.
    """
    try:
        yield
    except HomeAssistantError:
        raise
    except Exception as error:
        # Integrations raise whatever their libraries raise, including their own classes. The
        # guard must go on, try again and unload in any case.
        raise ServiceCallError(describe_error(error)) from error


async def async_call(  # noqa: PLR0913 -- a call in full
    hass: HomeAssistant,
    domain: str,
    action: str,
    data: Mapping[str, Any],
    *,
    context: Context | None = None,
    return_response: bool = False,
) -> ServiceResponse:
    """Call an action, wait for it, and return its response. Raises HomeAssistantError."""
    with _only_home_assistant_errors():
        return await hass.services.async_call(
            domain,
            action,
            dict(data),
            blocking=True,
            context=context,
            return_response=return_response,
        )


async def async_run_actions(
    hass: HomeAssistant,
    name: str,
    actions: Sequence[Mapping[str, Any]],
    variables: Mapping[str, Any] | None = None,
) -> None:
    """Run actions that the user chose, and wait for them. Raises HomeAssistantError."""
    with _only_home_assistant_errors():
        config = cv.SCRIPT_SCHEMA([dict(action) for action in actions])
        sequence = await async_validate_actions_config(hass, config)
        await Script(hass, sequence, name, DOMAIN).async_run(dict(variables or {}), Context())


async def async_forward(
    hass: HomeAssistant,
    thermostat: str,
    service: str,
    data: dict[str, Any],
    context: Context | None,
) -> None:
    """Pass a caller's own call to the thermostat, and wait for it.

    Whatever the thermostat raises goes back to the caller unchanged.
    """
    # Some services leave the target in the data: an entity, or a whole area.
    forwarded = {
        name: value for name, value in data.items() if name not in cv.ENTITY_SERVICE_FIELDS
    }
    forwarded[ATTR_ENTITY_ID] = thermostat
    await hass.services.async_call(
        CLIMATE_DOMAIN, service, forwarded, blocking=True, context=context
    )


async def async_set_heating(  # noqa: PLR0913, PLR0917 -- a call in full
    hass: HomeAssistant,
    thermostat: str,
    state: State | None,
    temperature: float,
    preset: str | None,
    context: Context,
    *,
    single: bool = False,
    cooling: float | None = None,
) -> bool:
    """Set the heating setpoint to a temperature in the home's unit; return True if it was set.

    A thermostat that is not in a heating mode is not set. Of a range, the cooling setpoint stays
    unless `cooling` gives another one, in the home's unit; `single` sends one temperature instead
    of a range. The preset, if one is given, is resumed afterwards. Raises HomeAssistantError.
    """
    if state is None or not _can_set_heating(hass, state):
        return False
    data = {ATTR_TEMPERATURE: temperature} if single else heating_data(state, temperature, cooling)
    with _only_home_assistant_errors():
        await async_forward(hass, thermostat, SERVICE_SET_TEMPERATURE, data, context)
        if preset is not None and preset in (state.attributes.get(ATTR_PRESET_MODES) or ()):
            await async_forward(
                hass, thermostat, SERVICE_SET_PRESET_MODE, {ATTR_PRESET_MODE: preset}, context
            )
    return True


def heating_data(state: State, temperature: float, cooling: float | None = None) -> dict[str, Any]:
    """Return the data of a call that sets the heating setpoint."""
    if not has_range(state):
        return {ATTR_TEMPERATURE: temperature}
    high = state.attributes[ATTR_TARGET_TEMP_HIGH] if cooling is None else cooling
    return {ATTR_TARGET_TEMP_LOW: temperature, ATTR_TARGET_TEMP_HIGH: high}


def _can_set_heating(hass: HomeAssistant, state: State) -> bool:
    """Return True if a thermostat heats and shows a setpoint, or both ends of a range."""
    if heating_setpoint(state, hass.config.units.temperature_unit) is None:
        return False
    return has_range(state) or isinstance(state.attributes.get(ATTR_TEMPERATURE), int | float)


def has_range(state: State) -> bool:
    """Return True if a thermostat shows a heating and a cooling setpoint."""
    attributes = state.attributes
    ends = (attributes.get(ATTR_TARGET_TEMP_LOW), attributes.get(ATTR_TARGET_TEMP_HIGH))
    return attributes.get(ATTR_TEMPERATURE) is None and None not in ends
