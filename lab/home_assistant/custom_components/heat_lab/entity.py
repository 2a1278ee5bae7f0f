"""Base class for the entities of the lab."""

from abc import abstractmethod
from collections.abc import Hashable
from datetime import timedelta
from typing import override

from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.update_coordinator import CoordinatorEntity
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .coordinator import LabCoordinator

_REPORT = timedelta(minutes=30)
"""The interval of repeated reports. A source that is silent for hours counts as broken, so
thermometers also report unchanged values at intervals."""


class LabEntity(CoordinatorEntity[LabCoordinator]):
    """Base entity that writes its state at each change, and at intervals."""

    _attr_has_entity_name = True

    def __init__(self, coordinator: LabCoordinator, key: str) -> None:
        """Create the entity on the device of the config entry."""
        super().__init__(coordinator)
        entry = coordinator.config_entry
        self._attr_unique_id = f"{entry.entry_id}_{key}"
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, entry.entry_id)}, name=entry.title, model="Benchmark house"
        )
        self._last_shown: Hashable = None
        self._written = dt_util.utcnow()

    @property
    @abstractmethod
    def shown_state(self) -> Hashable:
        """All parts of the state, to compare with the last written state."""

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        now = dt_util.utcnow()
        if (shown := self.shown_state) != self._last_shown or now - self._written >= _REPORT:
            self._last_shown, self._written = shown, now
            self.async_write_ha_state()
