"""What all entities of the lab share."""

from abc import abstractmethod
from collections.abc import Hashable
from typing import override

from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .const import DOMAIN
from .coordinator import LabCoordinator


class LabEntity(CoordinatorEntity[LabCoordinator]):
    """Writes its state only when what it shows has changed."""

    _attr_has_entity_name = True

    def __init__(self, coordinator: LabCoordinator, key: str) -> None:
        """Belong to the device of the config entry."""
        super().__init__(coordinator)
        entry = coordinator.config_entry
        self._attr_unique_id = f"{entry.entry_id}_{key}"
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, entry.entry_id)}, name=entry.title, model="Benchmark house")
        self._last_shown: Hashable = None

    @property
    @abstractmethod
    def shown(self) -> Hashable:
        """All that the state is made of, to compare."""

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        if (shown := self.shown) != self._last_shown:
            self._last_shown = shown
            self.async_write_ha_state()
