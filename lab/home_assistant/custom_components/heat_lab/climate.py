"""The thermostat, which reports running equipment like an ecobee."""

from collections.abc import Hashable
from dataclasses import replace
from typing import Any, override

from homeassistant.components.climate import ClimateEntity
from homeassistant.components.climate.const import (
    ATTR_HVAC_MODE,
    ClimateEntityFeature,
    HVACAction,
    HVACMode,
)
from homeassistant.const import ATTR_TEMPERATURE, PRECISION_TENTHS, UnitOfTemperature
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.restore_state import RestoreEntity
from homeassistant.util.unit_conversion import TemperatureConverter

from .coordinator import LabConfigEntry, LabCoordinator
from .entity import LabEntity

PARALLEL_UPDATES = 0

# The lowest and highest setpoint and the step, in the unit of the home, as ecobee offers them.
_RANGES = {
    UnitOfTemperature.CELSIUS: (7.0, 26.0, 0.5),
    UnitOfTemperature.FAHRENHEIT: (45.0, 79.0, 1.0),
}


async def async_setup_entry(
    _hass: HomeAssistant, entry: LabConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the thermostat."""
    async_add_entities([LabClimate(entry.runtime_data)])


class LabClimate(LabEntity, ClimateEntity, RestoreEntity):
    """A heating thermostat in the unit of the home.

    Like any thermostat, it keeps its setpoint while Home Assistant is down.
    """

    _attr_name = None
    _attr_supported_features = (
        ClimateEntityFeature.TARGET_TEMPERATURE
        | ClimateEntityFeature.TURN_OFF
        | ClimateEntityFeature.TURN_ON
    )
    _attr_precision = PRECISION_TENTHS

    def __init__(self, coordinator: LabCoordinator) -> None:
        """Create the thermostat of a model home."""
        super().__init__(coordinator, "thermostat")
        self._attr_hvac_modes = [HVACMode.OFF, HVACMode.HEAT]

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        last = await self.async_get_last_state()
        setpoint = None if last is None else last.attributes.get(ATTR_TEMPERATURE)
        if isinstance(setpoint, int | float):
            await self.async_set_temperature(temperature=setpoint)

    @property
    def _unit(self) -> UnitOfTemperature:
        return self.hass.config.units.temperature_unit

    def _to_home_unit(self, celsius: float) -> float:
        """Convert a temperature to the unit of the home, with the precision of the state."""
        return round(
            TemperatureConverter.convert(celsius, UnitOfTemperature.CELSIUS, self._unit), 1
        )

    @property
    def native_temperature_unit(self) -> str:
        """The unit of the home."""
        return self._unit

    temperature_unit = native_temperature_unit

    @property
    def native_current_temperature(self) -> float:
        """The temperature of the thermometer."""
        return self._to_home_unit(self.coordinator.data.room_c)

    current_temperature = native_current_temperature

    @property
    def native_target_temperature(self) -> float:
        """The setpoint."""
        return self._to_home_unit(self.coordinator.settings.setpoint_c)

    target_temperature = native_target_temperature

    @property
    @override
    def min_temp(self) -> float:
        return _RANGES[self._unit][0]

    @property
    @override
    def max_temp(self) -> float:
        return _RANGES[self._unit][1]

    @property
    @override
    def target_temperature_step(self) -> float:
        return _RANGES[self._unit][2]

    @property
    @override
    def hvac_mode(self) -> HVACMode:
        return HVACMode.HEAT if self.coordinator.settings.heat else HVACMode.OFF

    @property
    @override
    def hvac_action(self) -> HVACAction:
        home = self.coordinator.data
        if not self.coordinator.settings.heat:
            return HVACAction.OFF
        if home.running.defrost:
            return HVACAction.DEFROSTING
        return HVACAction.HEATING if home.call.strips or home.call.compressor else HVACAction.IDLE

    @property
    def _equipment_running(self) -> str:
        """The equipment that the thermostat runs, without a compressor that does not start.

        The thermostat knows neither the state of the defrost board nor a stuck relay.
        """
        home = self.coordinator.data
        running = {"heatPump": home.running.compressor, "auxHeat1": home.call.strips}
        tokens = [token for token, on in running.items() if on]
        return ",".join([*tokens, "fan"]) if tokens else ""

    @property
    @override
    def extra_state_attributes(self) -> dict[str, str]:
        return {"equipment_running": self._equipment_running}

    @property
    @override
    def shown_state(self) -> Hashable:
        return (
            self.native_current_temperature,
            self.native_target_temperature,
            self.hvac_mode,
            self.hvac_action,
            self._equipment_running,
        )

    @override
    async def async_set_temperature(self, **kwargs: Any) -> None:
        setpoint_c = TemperatureConverter.convert(
            kwargs[ATTR_TEMPERATURE], self._unit, UnitOfTemperature.CELSIUS
        )
        if ATTR_HVAC_MODE in kwargs:
            await self.async_set_hvac_mode(kwargs[ATTR_HVAC_MODE])
        self.coordinator.async_change(replace(self.coordinator.settings, setpoint_c=setpoint_c))

    @override
    async def async_set_hvac_mode(self, hvac_mode: HVACMode) -> None:
        self.coordinator.async_change(
            replace(self.coordinator.settings, heat=hvac_mode is HVACMode.HEAT)
        )
