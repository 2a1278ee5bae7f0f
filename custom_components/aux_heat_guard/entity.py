"""Base classes of the entities of a guard."""

from homeassistant.core import callback
from homeassistant.helpers.entity import Entity, EntityDescription

from .coordinator import GuardCoordinator


class GuardEntity(Entity):
    """An entity of a guard."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, coordinator: GuardCoordinator, description: EntityDescription) -> None:
        self.coordinator = coordinator
        self.entity_description = description
        self._attr_unique_id = f"{coordinator.config_entry.entry_id}_{description.key}"
        self.device_entry = coordinator.device

    @callback
    def async_entity_id_changed(self, old_entity_id: str) -> None:
        """Allow renaming in place, from Home Assistant 2026.11 on: nothing uses the id."""


class ViewEntity[DataT, DisplayedT](GuardEntity):
    """An entity that shows a part of some data, and writes only changes of that part."""

    def __init__(self, coordinator: GuardCoordinator, description: EntityDescription) -> None:
        super().__init__(coordinator, description)
        # The entity itself stands for no data yet: it equals neither data nor a displayed value.
        self._last_data: object = self
        self._last_displayed: object = self
        self._update_from_view()

    async def async_added_to_hass(self) -> None:
        """Show the current data, then track their changes."""
        await super().async_added_to_hass()
        self._update_from_view()
        self.async_on_remove(self.coordinator.async_add_listener(self._handle_coordinator_update))

    def select_data(self) -> DataT:
        """Return the data of this entity; the same object means that nothing changed."""
        raise NotImplementedError

    def to_displayed(self, data: DataT) -> DisplayedT:
        """Return what this entity shows of its data, as a value that can be compared."""
        raise NotImplementedError

    def apply_displayed(self, displayed: DisplayedT) -> None:
        """Update the attributes of the entity."""
        raise NotImplementedError

    @callback
    def _handle_coordinator_update(self) -> None:
        if self._update_from_view():
            self.async_write_ha_state()

    def _update_from_view(self) -> bool:
        """Update from the current data; return True if the entity shows something else now."""
        data = self.select_data()
        if data is self._last_data:
            return False
        self._last_data = data
        displayed = self.to_displayed(data)
        if displayed == self._last_displayed:
            return False
        self._last_displayed = displayed
        self.apply_displayed(displayed)
        return True
