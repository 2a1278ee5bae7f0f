"""What all entities of a guard share."""

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
        """Let it be renamed in place, from Home Assistant 2026.11 on: nothing here goes by the entity id."""


class ViewEntity[SubjectT, PartT](GuardEntity):
    """An entity that shows a part of its subject, and writes its state only where that part changed."""

    def __init__(self, coordinator: GuardCoordinator, description: EntityDescription) -> None:
        super().__init__(coordinator, description)
        self._last_data: object = self
        self._last_displayed: object = self
        self._update_from_view()

    async def async_added_to_hass(self) -> None:
        """Show what is known by now, then follow."""
        await super().async_added_to_hass()
        self._update_from_view()
        self.async_on_remove(self.coordinator.async_add_listener(self._handle_coordinator_update))

    def select_data(self) -> SubjectT:
        """Find what this entity looks at; where that is the very same as before, nothing is compared."""
        raise NotImplementedError

    def to_displayed(self, data: SubjectT) -> PartT:
        """Pick what this entity shows, as a value to compare."""
        raise NotImplementedError

    def apply_displayed(self, displayed: PartT) -> None:
        """Take it over into the entity."""
        raise NotImplementedError

    @callback
    def _handle_coordinator_update(self) -> None:
        if self._update_from_view():
            self.async_write_ha_state()

    def _update_from_view(self) -> bool:
        """Take over what is known by now, and tell whether that changes what is shown."""
        subject = self.select_data()
        if subject is self._last_data:
            return False
        self._last_data = subject
        part = self.to_displayed(subject)
        if part == self._last_displayed:
            return False
        self._last_displayed = part
        self.apply_displayed(part)
        return True
