"""Numbers for the speed of time and the weather in the lab."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import override

from homeassistant.components.number import (
    NumberDeviceClass,
    NumberEntity,
    NumberEntityDescription,
    NumberMode,
)
from homeassistant.const import EntityCategory, UnitOfTemperature
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util.unit_conversion import (
    BaseUnitConverter,
    TemperatureConverter,
    TemperatureDeltaConverter,
)

from .const import FASTEST, SLOWEST
from .coordinator import LabConfigEntry, LabCoordinator, LabSettings
from .entity import LabEntity

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class LabNumberDescription(NumberEntityDescription):
    """A setting of the lab that is a number."""

    value_fn: Callable[[LabSettings], float]
    """The value, in °C if it is a temperature, in K if it is a difference."""
    change_fn: Callable[[LabSettings, float], LabSettings]
    converter: type[BaseUnitConverter] | None = None
    """The conversion from °C or K to the home's unit, or None if it is no temperature."""


NUMBERS = (
    LabNumberDescription(
        key="speed",
        translation_key="speed",
        entity_category=EntityCategory.CONFIG,
        mode=NumberMode.BOX,
        native_min_value=SLOWEST,
        native_max_value=FASTEST,
        native_step=1,
        native_unit_of_measurement="x",
        value_fn=lambda settings: settings.speed,
        change_fn=lambda settings, speed: replace(settings, speed=speed),
    ),
    LabNumberDescription(
        key="outdoor_mean",
        translation_key="outdoor_mean",
        device_class=NumberDeviceClass.TEMPERATURE,
        entity_category=EntityCategory.CONFIG,
        mode=NumberMode.BOX,
        # From the coldest nights of Minnesota to weather in which nobody heats.
        native_min_value=-35,
        native_max_value=20,
        native_step=0.1,
        converter=TemperatureConverter,
        value_fn=lambda settings: settings.day.mean_c,
        change_fn=lambda settings, mean_c: replace(
            settings, day=replace(settings.day, mean_c=mean_c)
        ),
    ),
    LabNumberDescription(
        key="outdoor_swing",
        translation_key="outdoor_swing",
        device_class=NumberDeviceClass.TEMPERATURE_DELTA,
        entity_category=EntityCategory.CONFIG,
        mode=NumberMode.BOX,
        # 0 is constant weather, for alerts whose condition must hold for an hour. 15 is a desert.
        native_min_value=0,
        native_max_value=15,
        native_step=0.1,
        converter=TemperatureDeltaConverter,
        value_fn=lambda settings: settings.day.swing_k,
        change_fn=lambda settings, swing_k: replace(
            settings, day=replace(settings.day, swing_k=swing_k)
        ),
    ),
    LabNumberDescription(
        key="aux_below",
        translation_key="aux_below",
        device_class=NumberDeviceClass.TEMPERATURE,
        entity_category=EntityCategory.CONFIG,
        mode=NumberMode.BOX,
        native_min_value=-18,
        native_max_value=21.2,
        native_step=0.1,
        converter=TemperatureConverter,
        value_fn=lambda settings: settings.aux_below_c,
        change_fn=lambda settings, aux_below_c: replace(settings, aux_below_c=aux_below_c),
    ),
)


async def async_setup_entry(
    _hass: HomeAssistant, entry: LabConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the numbers."""
    async_add_entities(LabNumber(entry.runtime_data, description) for description in NUMBERS)


class LabNumber(LabEntity, NumberEntity):
    """A number in the home's unit, so that a set value is displayed unchanged."""

    entity_description: LabNumberDescription

    def __init__(self, coordinator: LabCoordinator, description: LabNumberDescription) -> None:
        """Create the number for a description."""
        super().__init__(coordinator, description.key)
        self.entity_description = description
        if description.converter is not None:
            self._attr_native_unit_of_measurement = coordinator.hass.config.units.temperature_unit
            self._attr_native_min_value = self._to_display(description.native_min_value or 0)
            self._attr_native_max_value = self._to_display(description.native_max_value or 0)

    @property
    @override
    def native_value(self) -> float:
        return self._to_display(self.entity_description.value_fn(self.coordinator.settings))

    def _to_display(self, value: float) -> float:
        converter = self.entity_description.converter
        if converter is None:
            return value
        return round(
            converter.convert(
                value, UnitOfTemperature.CELSIUS, self._attr_native_unit_of_measurement
            ),
            1,
        )

    @property
    @override
    def shown_state(self) -> float:
        return self.native_value

    @override
    async def async_set_native_value(self, value: float) -> None:
        converter = self.entity_description.converter
        if converter is not None:
            value = converter.convert(
                value, self._attr_native_unit_of_measurement, UnitOfTemperature.CELSIUS
            )
        self.coordinator.async_change(
            self.entity_description.change_fn(self.coordinator.settings, value)
        )
