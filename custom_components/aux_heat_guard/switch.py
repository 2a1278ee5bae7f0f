"""Switches that turn the limits of the heating setpoint on and off."""

from typing import Any

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import GuardConfigEntry
from .entity import ViewEntity
from .options.guard import GuardConfig
from .options.protection import LIMIT_SWITCHES, read_limit_switches, with_protection

PARALLEL_UPDATES = 0


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: GuardConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add a switch for each limit."""
    descriptions = (
        SwitchEntityDescription(
            key=name, translation_key=name, entity_category=EntityCategory.CONFIG
        )
        for name in LIMIT_SWITCHES
    )
    async_add_entities(
        [LimitSwitch(entry.runtime_data, description) for description in descriptions]
    )


class LimitSwitch(ViewEntity[GuardConfig, bool], SwitchEntity):
    """A switch that turns a limit on and off."""

    def select_data(self) -> GuardConfig:
        """Return the configuration."""
        return self.coordinator.guard_config

    def to_displayed(self, _data: GuardConfig) -> bool:
        """Return True if the limit is on."""
        return read_limit_switches(self.coordinator.config_entry.options)[
            self.entity_description.key
        ]

    def apply_displayed(self, displayed: bool) -> None:
        """Update the state."""
        self._attr_is_on = displayed

    async def async_turn_on(self, **_: Any) -> None:  # noqa: ANN401
        """Turn the limit on."""
        self._write(is_on=True)

    async def async_turn_off(self, **_: Any) -> None:  # noqa: ANN401
        """Turn the limit off."""
        self._write(is_on=False)

    def _write(self, *, is_on: bool) -> None:
        entry = self.coordinator.config_entry
        changed = with_protection(entry.options, **{self.entity_description.key: is_on})
        self.hass.config_entries.async_update_entry(entry, options=changed)
