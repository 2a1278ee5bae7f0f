"""The relay of the strips, as measured outside the thermostat."""

from typing import override

from homeassistant.components.binary_sensor import BinarySensorEntity
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import LabConfigEntry, LabCoordinator
from .entity import LabEntity

PARALLEL_UPDATES = 0


async def async_setup_entry(
    _hass: HomeAssistant, entry: LabConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the relay."""
    async_add_entities([AuxRelay(entry.runtime_data)])


class AuxRelay(LabEntity, BinarySensorEntity):
    """The relay, which the thermostat, the defrost board or a fault can close."""

    _attr_translation_key = "aux_relay"

    def __init__(self, coordinator: LabCoordinator) -> None:
        """Create the entity for the relay of a model home."""
        super().__init__(coordinator, "aux_relay")

    @property
    @override
    def is_on(self) -> bool:
        return self.coordinator.data.running.strips

    @property
    @override
    def shown_state(self) -> bool:
        return self.is_on
