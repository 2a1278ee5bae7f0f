"""A protected thermostat in a real Home Assistant."""

from collections.abc import Callable
from typing import Any

from homeassistant.components.climate.const import ClimateEntityFeature
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.aux_heat_guard.core.model import Mode
from custom_components.aux_heat_guard.options.guard import INFERENCE
from tests.integration.home import add_guard, entity_id_of
from tests.integration.thermostats import OUTDOOR, SOURCE

SINGLE = (
    ClimateEntityFeature.TARGET_TEMPERATURE
    | ClimateEntityFeature.PRESET_MODE
    | ClimateEntityFeature.TURN_OFF
)
MINUTE, HOUR = 60, 3600
CAP_ONLY = {"leash_on": False, "overrun_on": False, "plan_on": False}
"""Only the cap of all limits: it moves with the outdoor temperature alone."""

type Setpoints = Callable[[], list[float]]


def set_outdoor(hass: HomeAssistant, degrees: float | str) -> None:
    """Set the outdoor temperature, °F."""
    hass.states.async_set(
        OUTDOOR,
        str(degrees),
        {"unit_of_measurement": "°F", "device_class": "temperature"},
        force_update=True,
    )


async def add_protected_guard(
    hass: HomeAssistant, mode: Mode = Mode.PROTECT, **protection: Any
) -> MockConfigEntry:
    """Set up a guard of the thermostat with only the cap."""
    outdoor = {"entity_id": OUTDOOR, "attribute": None}
    options = {"mode": mode.value, **CAP_ONLY, **protection}
    return await add_guard(
        hass, SOURCE, signals=[dict(INFERENCE)], outdoor=outdoor, protection=options
    )


async def choose_mode(hass: HomeAssistant, entry: MockConfigEntry, mode: Mode) -> None:
    """Choose a mode as a user would."""
    entity_id = entity_id_of(hass, entry, "mode")
    await hass.services.async_call(
        "select", "select_option", {"entity_id": entity_id, "option": mode.value}, blocking=True
    )
    await hass.async_block_till_done()
