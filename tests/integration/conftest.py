"""Fixtures: a real Home Assistant with a thermostat."""

from collections.abc import Callable, Coroutine
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import UnitOfTemperature
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity import Entity
from homeassistant.util.unit_system import US_CUSTOMARY_SYSTEM
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

import custom_components.aux_heat_guard  # noqa: F401  (or the test package's own custom_components is taken)
from tests.integration.home import THERMOSTAT, add_guard, set_thermostat
from tests.integration.protection import SINGLE, Setpoints, set_outdoor
from tests.integration.thermostats import RealThermostat, add_thermostat

type Wait = Callable[[float], Coroutine[Any, Any, None]]


@pytest.fixture(autouse=True)
def _custom_integrations(enable_custom_integrations: None) -> None:
    """Let Home Assistant find the integration."""


@pytest.fixture(autouse=True)
async def _start_of_a_day(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    await hass.config.async_set_time_zone("America/New_York")
    freezer.move_to("2027-01-15 12:00:00-05:00")


@pytest.fixture
def all_entities(monkeypatch: pytest.MonkeyPatch) -> None:
    """Enable all entities, including those disabled by default."""
    monkeypatch.setattr(Entity, "entity_registry_enabled_default", True)


@pytest.fixture
async def guard(hass: HomeAssistant) -> MockConfigEntry:
    """Guard an ecobee-like thermostat."""
    set_thermostat(hass, THERMOSTAT)
    return await add_guard(hass, THERMOSTAT)


@pytest.fixture
def pass_seconds(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Wait:
    """Let seconds pass, with every timer on the way."""
    from tests.integration.home import pass_time  # noqa: PLC0415

    async def passing(seconds: float) -> None:
        await pass_time(hass, freezer, seconds)

    return passing


@pytest.fixture
async def thermostat(hass: HomeAssistant) -> RealThermostat:
    """A thermostat with whole °F, set to 74 in a room of 68."""
    hass.config.units = US_CUSTOMARY_SYSTEM
    made = RealThermostat(UnitOfTemperature.FAHRENHEIT, 1, 1)
    made._attr_supported_features = SINGLE  # noqa: SLF001 -- a thermostat's own
    made._attr_current_temperature, made._attr_target_temperature = 68, 74  # noqa: SLF001
    await add_thermostat(hass, made)
    set_outdoor(hass, 50)
    return made


@pytest.fixture
def setpoint_writes(thermostat: RealThermostat) -> Setpoints:
    """Return a function that lists the setpoints written to the thermostat."""
    return lambda: [
        call.data["temperature"] for call in thermostat.calls if call.service == "set_temperature"
    ]
