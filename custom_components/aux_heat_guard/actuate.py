"""How others are told what to do. Climate services are called from nowhere else."""

from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import ClientError
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
from homeassistant.core import Context, HomeAssistant, State
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.script import Script, async_validate_actions_config
import probatio as vol

from .const import DOMAIN
from .core.model import HEATING_MODES

REFUSALS = (
    HomeAssistantError,
    vol.Invalid,
    ClientError,
    OSError,
    TimeoutError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    RuntimeError,
)
"""What integrations of other makers raise when they cannot be told: not all of them wrap what their library raises, and whatever it is, the
guard goes on and unloads."""

LAST_WORD_SECONDS = 10
"""How long others may take when nobody will look after it any more: Home Assistant waits no longer either."""


def said(error: BaseException) -> str:
    """Say what was raised: some say nothing themselves."""
    return str(error) or repr(error)


async def async_run_actions(
    hass: HomeAssistant, name: str, actions: Sequence[Mapping[str, Any]], variables: Mapping[str, Any] | None = None
) -> None:
    """Do what the user chose, and wait for it. Raises vol.Invalid where that is nothing that can be done."""
    sequence = await async_validate_actions_config(hass, cv.SCRIPT_SCHEMA([dict(action) for action in actions]))
    await Script(hass, sequence, name, DOMAIN).async_run(dict(variables or {}), Context())


async def forward(hass: HomeAssistant, thermostat: str, service: str, data: dict[str, Any], context: Context | None) -> None:
    """Hand a call to the thermostat and wait for it; whatever it raises goes back to the caller."""
    # Some services leave in the data whom the call was for: an entity, or a whole area.
    told = {name: value for name, value in data.items() if name not in cv.ENTITY_SERVICE_FIELDS}
    await hass.services.async_call(CLIMATE_DOMAIN, service, {**told, ATTR_ENTITY_ID: thermostat}, blocking=True, context=context)


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
    """Set the heating setpoint to a temperature in the home's unit; of a range the other end stays. Then resume a preset, if one is given.

    Single: as one temperature also where there is a range. Cooling: another end of the range, in the home's unit.

    Where the thermostat is not set to heat, its setpoint is none to heat to, and stays; tells whether it was set.
    """
    if state is None or _heating_setpoint(state) is None:
        return False
    data = {ATTR_TEMPERATURE: temperature} if single else heating_data(state, temperature, cooling)
    await forward(hass, thermostat, SERVICE_SET_TEMPERATURE, data, context)
    if preset is not None and preset in (state.attributes.get(ATTR_PRESET_MODES) or ()):
        await forward(hass, thermostat, SERVICE_SET_PRESET_MODE, {ATTR_PRESET_MODE: preset}, context)
    return True


def heating_data(state: State, temperature: float, cooling: float | None = None) -> dict[str, Any]:
    """Say in a call's data what a thermostat is to heat to."""
    if not has_range(state):
        return {ATTR_TEMPERATURE: temperature}
    high = state.attributes[ATTR_TARGET_TEMP_HIGH] if cooling is None else cooling
    return {ATTR_TARGET_TEMP_LOW: temperature, ATTR_TARGET_TEMP_HIGH: high}


def _heating_setpoint(state: State) -> float | None:
    if state.state not in HEATING_MODES:
        return None
    setpoint = state.attributes.get(ATTR_TARGET_TEMP_LOW if has_range(state) else ATTR_TEMPERATURE)
    return setpoint if isinstance(setpoint, int | float) else None


def has_range(state: State) -> bool:
    """Return True if a thermostat shows a heating and a cooling setpoint."""
    attributes = state.attributes
    ends = (attributes.get(ATTR_TARGET_TEMP_LOW), attributes.get(ATTR_TARGET_TEMP_HIGH))
    return attributes.get(ATTR_TEMPERATURE) is None and None not in ends
