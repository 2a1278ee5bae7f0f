"""Sensors for the measurements in the model home."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import UnitOfEnergy, UnitOfPower, UnitOfTemperature
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import LabConfigEntry, LabCoordinator
from .entity import LabEntity

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class LabSensorDescription(SensorEntityDescription):
    """A value of the lab, with the precision of its meter."""

    value_fn: Callable[[LabCoordinator], float]


def _temperature(key: str, value_fn: Callable[[LabCoordinator], float]) -> LabSensorDescription:
    return LabSensorDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.TEMPERATURE,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
        value_fn=lambda lab: round(value_fn(lab), 1),
    )


def _power(key: str, value_fn: Callable[[LabCoordinator], float]) -> LabSensorDescription:
    return LabSensorDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.POWER,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfPower.WATT,
        value_fn=lambda lab: round(value_fn(lab)),
    )


def _energy(key: str, value_fn: Callable[[LabCoordinator], float]) -> LabSensorDescription:
    return LabSensorDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.ENERGY,
        state_class=SensorStateClass.TOTAL_INCREASING,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        value_fn=lambda lab: round(value_fn(lab), 2),
    )


SENSORS = (
    _temperature("outdoor_temperature", lambda lab: lab.outdoor_c),
    _power("strips_power", lambda lab: lab.data.running.strips_w),
    _power("outdoor_unit_power", lambda lab: lab.data.running.pump_w),
    _energy("strips_energy", lambda lab: lab.data.meters.strips_kwh),
    _energy("outdoor_unit_energy", lambda lab: lab.data.meters.pump_kwh),
)


async def async_setup_entry(
    _hass: HomeAssistant, entry: LabConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the sensors."""
    async_add_entities(LabSensor(entry.runtime_data, description) for description in SENSORS)


class LabSensor(LabEntity, SensorEntity):
    """A measured value."""

    entity_description: LabSensorDescription

    def __init__(self, coordinator: LabCoordinator, description: LabSensorDescription) -> None:
        """Create the sensor for a description."""
        super().__init__(coordinator, description.key)
        self.entity_description = description

    @property
    @override
    def native_value(self) -> float:
        return self.entity_description.value_fn(self.coordinator)

    @property
    @override
    def shown_state(self) -> float:
        return self.native_value
