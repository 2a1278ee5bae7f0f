"""What all entities of a guard share."""

from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .const import DOMAIN
from .coordinator import GuardCoordinator
from .core.engine import View


class GuardEntity(CoordinatorEntity[GuardCoordinator]):
    """An entity that shows part of the view, and writes its state only where that part changed."""

    _attr_has_entity_name = True

    def __init__(self, coordinator: GuardCoordinator, description: EntityDescription) -> None:
        super().__init__(coordinator)
        self.entity_description = description
        entry = coordinator.config_entry
        self._attr_unique_id = f"{entry.entry_id}_{description.key}"
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, entry.entry_id)})
        self._take_over()

    async def async_added_to_hass(self) -> None:
        """Show what is known by now, then follow."""
        await super().async_added_to_hass()
        self._take_over()

    @callback
    def async_entity_id_changed(self, old_entity_id: str) -> None:
        """Let it be renamed in place, from Home Assistant 2026.11 on: nothing here goes by the entity id."""

    def part_of(self, view: View) -> object:
        """Pick what this entity shows, as a value to compare."""
        raise NotImplementedError

    def show(self, view: View) -> None:
        """Take it over into the entity."""
        raise NotImplementedError

    @callback
    def _handle_coordinator_update(self) -> None:
        if self.part_of(self.coordinator.data) != self._shown:
            self._take_over()
            self.async_write_ha_state()

    def _take_over(self) -> None:
        self._shown = self.part_of(self.coordinator.data)
        self.show(self.coordinator.data)
