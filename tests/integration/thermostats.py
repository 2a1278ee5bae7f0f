"""Real climate entities as sources, which record and execute calls, and show the result."""

import asyncio
from dataclasses import dataclass
from typing import Any

from homeassistant.components.climate import ClimateEntity
from homeassistant.components.climate.const import DOMAIN as CLIMATE_DOMAIN
from homeassistant.components.climate.const import ClimateEntityFeature, HVACAction, HVACMode
from homeassistant.const import ATTR_ENTITY_ID, UnitOfTemperature
from homeassistant.core import Context, HomeAssistant, State
from homeassistant.helpers.entity_platform import AddEntitiesCallback
from homeassistant.helpers.typing import ConfigType, DiscoveryInfoType
from homeassistant.setup import async_setup_component
from homeassistant.util.unit_conversion import TemperatureConverter
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockModule,
    MockPlatform,
    mock_integration,
    mock_platform,
)

from custom_components.aux_heat_guard.options.guard import INFERENCE
from tests.integration.home import add_guard, entity_id_of

SOURCE = "climate.source"
OUTDOOR = "sensor.outdoor"
ALL_FEATURES = ClimateEntityFeature(sum(ClimateEntityFeature))
MODES = [
    HVACMode.OFF,
    HVACMode.HEAT,
    HVACMode.COOL,
    HVACMode.HEAT_COOL,
    HVACMode.AUTO,
    HVACMode.DRY,
    HVACMode.FAN_ONLY,
]
CAPABILITIES = (
    "hvac_modes",
    "min_temp",
    "max_temp",
    "target_temp_step",
    "min_humidity",
    "max_humidity",
    "target_humidity_step",
    "fan_modes",
    "preset_modes",
    "swing_modes",
    "swing_horizontal_modes",
    "supported_features",
)
STATE_ATTRIBUTES = (
    "current_temperature",
    "temperature",
    "target_temp_high",
    "target_temp_low",
    "current_humidity",
    "humidity",
    "hvac_action",
    "fan_mode",
    "preset_mode",
    "swing_mode",
    "swing_horizontal_mode",
)
ALWAYS_PRESENT = frozenset({"hvac_modes", "min_temp", "max_temp", "min_humidity", "max_humidity"})
"""The attributes for which Home Assistant has defaults."""


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """A call of a thermostat, and its context."""

    service: str
    data: dict[str, Any]
    context: Context | None


class RealThermostat(ClimateEntity):
    """A thermostat with all features, in a unit, step and precision of its own."""

    _attr_should_poll = False
    _attr_supported_features = ALL_FEATURES
    _attr_hvac_modes = MODES
    _attr_hvac_mode = HVACMode.HEAT
    _attr_hvac_action = HVACAction.IDLE
    _attr_current_humidity = 40
    _attr_target_humidity = 45
    _attr_target_humidity_step = 5
    _attr_min_humidity = 20
    _attr_max_humidity = 80
    _attr_fan_mode = "auto"
    _attr_preset_mode = "none"
    _attr_swing_mode = "off"
    _attr_swing_horizontal_mode = "off"

    def __init__(
        self,
        unit: str = UnitOfTemperature.CELSIUS,
        precision: float = 0.1,
        step: float = 0.5,
        name: str = "Source",
    ) -> None:
        self._attr_name = name
        self._attr_fan_modes = ["auto", "low", "high"]
        self._attr_preset_modes = ["none", "away", "Sleep 2"]
        self._attr_swing_modes = ["off", "both"]
        self._attr_swing_horizontal_modes = ["off", "wide"]
        self.reconfigure(unit, precision, step)
        self.calls: list[RecordedCall] = []
        self.error: Exception | None = None
        self.gate: asyncio.Event | None = None

    def reconfigure(self, unit: str, precision: float, step: float) -> None:
        """Change the unit, precision and step of the thermostat."""
        self._attr_temperature_unit = unit
        self._attr_precision = precision
        self._attr_target_temperature_step = step
        self._attr_min_temp = self._to_own_unit(7)
        self._attr_max_temp = self._to_own_unit(35)
        self._attr_current_temperature = self._to_own_unit(19.3)
        self._attr_target_temperature = self._to_own_unit(20)
        self._attr_target_temperature_low = self._to_own_unit(18)
        self._attr_target_temperature_high = self._to_own_unit(25)

    def change(self, **attributes: Any) -> None:
        """Change the thermostat itself, as at the wall."""
        for name, value in attributes.items():
            setattr(self, f"_attr_{name}", value)
        self.async_write_ha_state()

    def _to_own_unit(self, celsius: float) -> float:
        return round(
            TemperatureConverter.convert(
                celsius, UnitOfTemperature.CELSIUS, self._attr_temperature_unit
            ),
            1,
        )

    async def _record(self, service: str, data: dict[str, Any], **attributes: Any) -> None:
        context = self._context
        if self.gate is not None:
            await self.gate.wait()
        if self.error is not None:
            raise self.error
        self.calls.append(RecordedCall(service, data, context))
        self.change(**attributes)

    async def async_set_temperature(self, **kwargs: Any) -> None:
        names = {
            "temperature": "target_temperature",
            "target_temp_low": "target_temperature_low",
            "target_temp_high": "target_temperature_high",
        }
        await self._record(
            "set_temperature",
            kwargs,
            **{names.get(name, name): value for name, value in kwargs.items()},
        )

    async def async_set_humidity(self, humidity: int) -> None:
        await self._record("set_humidity", {"humidity": humidity}, target_humidity=humidity)

    async def async_set_fan_mode(self, fan_mode: str) -> None:
        await self._record("set_fan_mode", {"fan_mode": fan_mode}, fan_mode=fan_mode)

    async def async_set_hvac_mode(self, hvac_mode: HVACMode) -> None:
        await self._record("set_hvac_mode", {"hvac_mode": hvac_mode}, hvac_mode=hvac_mode)

    async def async_set_preset_mode(self, preset_mode: str) -> None:
        await self._record("set_preset_mode", {"preset_mode": preset_mode}, preset_mode=preset_mode)

    async def async_set_swing_mode(self, swing_mode: str) -> None:
        await self._record("set_swing_mode", {"swing_mode": swing_mode}, swing_mode=swing_mode)

    async def async_set_swing_horizontal_mode(self, swing_horizontal_mode: str) -> None:
        data = {"swing_horizontal_mode": swing_horizontal_mode}
        await self._record("set_swing_horizontal_mode", data, **data)

    async def async_turn_on(self) -> None:
        await self._record("turn_on", {}, hvac_mode=HVACMode.AUTO)

    async def async_turn_off(self) -> None:
        await self._record("turn_off", {}, hvac_mode=HVACMode.OFF)

    async def async_toggle(self) -> None:
        await self._record(
            "toggle",
            {},
            hvac_mode=HVACMode.AUTO if self._attr_hvac_mode is HVACMode.OFF else HVACMode.OFF,
        )


async def add_thermostat(hass: HomeAssistant, thermostat: RealThermostat) -> None:
    """Add a thermostat by the platform of a maker."""

    async def set_up(
        _hass: HomeAssistant,
        _config: ConfigType,
        async_add_entities: AddEntitiesCallback,
        _discovery_info: DiscoveryInfoType | None = None,
    ) -> None:
        async_add_entities([thermostat])

    mock_integration(hass, MockModule("maker"))
    mock_platform(hass, "maker.climate", MockPlatform(async_setup_platform=set_up))
    assert await async_setup_component(
        hass, CLIMATE_DOMAIN, {CLIMATE_DOMAIN: {"platform": "maker"}}
    )
    await hass.async_block_till_done()


async def guard_with_estimate(hass: HomeAssistant, thermostat: str = SOURCE) -> str:
    """Guard a thermostat without aux heat signals; return the id of the climate entity."""
    entry = await add_estimating_guard(hass, thermostat)
    return entity_id_of(hass, entry, "thermostat")


async def add_estimating_guard(hass: HomeAssistant, thermostat: str = SOURCE) -> MockConfigEntry:
    """Guard a thermostat without aux heat signals."""
    hass.states.async_set(
        OUTDOOR, "2", {"unit_of_measurement": "°C", "device_class": "temperature"}
    )
    return await add_guard(
        hass,
        thermostat,
        signals=[dict(INFERENCE)],
        outdoor={"entity_id": OUTDOOR, "attribute": None},
    )


async def call_climate(
    hass: HomeAssistant, entity_id: str, service: str, context: Context | None = None, **data: Any
) -> None:
    """Call a climate service, and wait for the call only."""
    await hass.services.async_call(
        CLIMATE_DOMAIN, service, {ATTR_ENTITY_ID: entity_id, **data}, blocking=True, context=context
    )


def state_of(hass: HomeAssistant, entity_id: str) -> State:
    """Return a state that must exist."""
    state = hass.states.get(entity_id)
    assert state is not None
    return state


def assert_faithful(hass: HomeAssistant, source: str, wrapper: str) -> None:
    """Compare the climate entity with its source: the state and all attributes."""
    original, shown = state_of(hass, source), state_of(hass, wrapper)
    assert shown.state == original.state
    for name in (*CAPABILITIES, *STATE_ATTRIBUTES):
        if name in ALWAYS_PRESENT and name not in original.attributes:
            continue
        expected, actual = original.attributes.get(name), shown.attributes.get(name)
        assert actual == expected, (
            f"{name}: {actual!r} is not {expected!r} of {dict(original.attributes)}"
        )
