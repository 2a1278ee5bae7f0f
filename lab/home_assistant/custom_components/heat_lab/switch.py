"""Switches for emergency heat and for faults."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import LabConfigEntry, LabCoordinator, LabSettings
from .entity import LabEntity

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class LabSwitchDescription(SwitchEntityDescription):
    """A setting of the lab that is on or off."""

    value_fn: Callable[[LabSettings], bool]
    change_fn: Callable[[LabSettings, bool], LabSettings]


SWITCHES = (
    LabSwitchDescription(
        key="emergency_heat",
        translation_key="emergency_heat",
        value_fn=lambda settings: settings.emergency,
        change_fn=lambda settings, on: replace(settings, emergency=on),
    ),
    LabSwitchDescription(
        key="compressor_dead",
        translation_key="compressor_dead",
        entity_category=EntityCategory.CONFIG,
        value_fn=lambda settings: settings.compressor_dead,
        change_fn=lambda settings, on: replace(settings, compressor_dead=on),
    ),
    LabSwitchDescription(
        key="pump_dead",
        translation_key="pump_dead",
        entity_category=EntityCategory.CONFIG,
        value_fn=lambda settings: settings.pump_dead,
        change_fn=lambda settings, on: replace(settings, pump_dead=on),
    ),
    LabSwitchDescription(
        key="low_refrigerant",
        translation_key="low_refrigerant",
        entity_category=EntityCategory.CONFIG,
        value_fn=lambda settings: settings.low_refrigerant,
        change_fn=lambda settings, on: replace(settings, low_refrigerant=on),
    ),
    LabSwitchDescription(
        key="stuck_strip_relay",
        translation_key="stuck_strip_relay",
        entity_category=EntityCategory.CONFIG,
        value_fn=lambda settings: settings.strips_stuck,
        change_fn=lambda settings, on: replace(settings, strips_stuck=on),
    ),
)


async def async_setup_entry(
    _hass: HomeAssistant, entry: LabConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the switches."""
    async_add_entities(LabSwitch(entry.runtime_data, description) for description in SWITCHES)


class LabSwitch(LabEntity, SwitchEntity):
    """A setting to switch."""

    entity_description: LabSwitchDescription

    def __init__(self, coordinator: LabCoordinator, description: LabSwitchDescription) -> None:
        """Create the switch for a description."""
        super().__init__(coordinator, description.key)
        self.entity_description = description

    @property
    @override
    def is_on(self) -> bool:
        return self.entity_description.value_fn(self.coordinator.settings)

    @property
    @override
    def shown_state(self) -> bool:
        return self.is_on

    def _change(self, *, on: bool) -> None:
        self.coordinator.async_change(
            self.entity_description.change_fn(self.coordinator.settings, on)
        )

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        self._change(on=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        self._change(on=False)
