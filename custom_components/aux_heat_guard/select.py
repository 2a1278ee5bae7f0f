"""The mode of a guard: monitor, advise or protect."""

from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import GuardConfigEntry, GuardCoordinator
from .core.model import Mode
from .entity import ViewEntity
from .options.guard import GuardConfig
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


class ModeSelect(ViewEntity[GuardConfig, Mode], SelectEntity):
    """The mode: setpoints are left unchanged, proposed or changed."""

    def __init__(self, coordinator: GuardCoordinator) -> None:
        super().__init__(coordinator, MODE)

    def select_data(self) -> GuardConfig:
        """Return the configuration."""
        return self.coordinator.guard_config

    def to_displayed(self, data: GuardConfig) -> Mode:
        """Return the mode."""
        return data.settings.mode

    def apply_displayed(self, displayed: Mode) -> None:
        """Update the selected option."""
        self._attr_current_option = displayed.value

    async def async_select_option(self, option: str) -> None:
        """Write the mode to the options."""
        entry = self.coordinator.config_entry
        self.hass.config_entries.async_update_entry(
            entry, options=with_protection(entry.options, **{CONF_MODE: option})
        )
