"""What may be done about the strips."""

from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import GuardConfigEntry, GuardCoordinator
from .core.model import Mode
from .entity import ShowingEntity
from .options.guard import Guarded
from .options.protection import CONF_MODE, with_protection

PARALLEL_UPDATES = 0

MODE = SelectEntityDescription(
    key="mode", translation_key="mode", entity_category=EntityCategory.CONFIG, options=[*Mode]
)


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: GuardConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the mode of a guard."""
    async_add_entities([ModeSelect(entry.runtime_data)])


class ModeSelect(ShowingEntity[Guarded, Mode], SelectEntity):
    """Whether setpoints are left alone, proposed or changed."""

    def __init__(self, coordinator: GuardCoordinator) -> None:
        super().__init__(coordinator, MODE)

    def subject(self) -> Guarded:
        """Look at the settings."""
        return self.coordinator.guarded

    def part_of(self, subject: Guarded) -> Mode:
        """Pick the mode."""
        return subject.settings.mode

    def show(self, part: Mode) -> None:
        """Take it over."""
        self._attr_current_option = part.value

    async def async_select_option(self, option: str) -> None:
        """Write it into the options."""
        entry = self.coordinator.config_entry
        self.hass.config_entries.async_update_entry(
            entry, options=with_protection(entry.options, **{CONF_MODE: option})
        )
