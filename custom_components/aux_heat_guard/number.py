"""The settings that people change most, in the home's units."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from homeassistant.components.number import (
    NumberDeviceClass,
    NumberEntity,
    NumberEntityDescription,
    NumberMode,
)
from homeassistant.const import EntityCategory, UnitOfTemperature, UnitOfTime
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import GuardConfigEntry, GuardCoordinator
from .core.alerts.rules import RULES
from .core.model import Alert
from .core.settings.protection import PROTECTION_NUMBERS
from .core.units import NumberSpec
from .entity import ViewEntity
from .options.alerts import read_alert_settings, with_figure
from .options.guard import GuardConfig
from .options.protection import read_figures, with_protection
from .sources.units import from_home_unit, to_home_unit

PARALLEL_UPDATES = 0

STEPS = {UnitOfTemperature.FAHRENHEIT: 0.5, UnitOfTemperature.CELSIUS: 0.1}
"""By the home's temperature unit."""


@dataclass(frozen=True, kw_only=True)
class GuardNumberDescription(NumberEntityDescription):
    """A number of the options: its range, and how it is read and written."""

    spec: NumberSpec
    read_fn: Callable[[Mapping[str, Any]], float]
    write_fn: Callable[[Mapping[str, Any], float], dict[str, Any]]


def _protection_number(name: str, device_class: NumberDeviceClass) -> GuardNumberDescription:
    return GuardNumberDescription(
        key=name,
        translation_key=name,
        device_class=device_class,
        entity_category=EntityCategory.CONFIG,
        spec=PROTECTION_NUMBERS[name],
        read_fn=lambda options: read_figures(options)[name],
        write_fn=lambda options, value: with_protection(options, **{name: value}),
    )


def _alert_number(
    key: str, alert: Alert, name: str, device_class: NumberDeviceClass
) -> GuardNumberDescription:
    return GuardNumberDescription(
        key=key,
        translation_key=key,
        device_class=device_class,
        entity_category=EntityCategory.CONFIG,
        spec=RULES[alert].thresholds[name],
        read_fn=lambda options: read_alert_settings(options).configs[alert].thresholds[name],
        write_fn=lambda options, value: with_figure(options, alert, name, value),
    )


NUMBERS = (
    _protection_number("comfort_floor", NumberDeviceClass.TEMPERATURE),
    _protection_number("leash", NumberDeviceClass.TEMPERATURE_DELTA),
    _alert_number("aux_budget", Alert.OVERRUN, "budget", NumberDeviceClass.DURATION),
    _alert_number("near_freezing", Alert.NEAR_FREEZING, "outdoor", NumberDeviceClass.TEMPERATURE),
)


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: GuardConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the numbers of a guard."""
    async_add_entities([GuardNumber(entry.runtime_data, description) for description in NUMBERS])


class GuardNumber(ViewEntity[GuardConfig, float], NumberEntity):
    """A number of the options."""

    entity_description: GuardNumberDescription
    _attr_mode = NumberMode.BOX

    def __init__(self, coordinator: GuardCoordinator, description: GuardNumberDescription) -> None:
        self._unit = coordinator.hass.config.units.temperature_unit
        spec = description.spec
        is_temperature = description.device_class is not NumberDeviceClass.DURATION
        self._attr_native_unit_of_measurement = self._unit if is_temperature else UnitOfTime.MINUTES
        self._attr_native_step = (
            STEPS[UnitOfTemperature(self._unit)] if is_temperature else spec.step
        )
        self._attr_native_min_value, self._attr_native_max_value = (
            to_home_unit(spec, value, self._unit) for value in (spec.minimum, spec.maximum)
        )
        super().__init__(coordinator, description)

    def select_data(self) -> GuardConfig:
        """Return the configuration."""
        return self.coordinator.guard_config

    def to_displayed(self, _data: GuardConfig) -> float:
        """Return the number in the unit of the entity."""
        description = self.entity_description
        return to_home_unit(
            description.spec,
            description.read_fn(self.coordinator.config_entry.options),
            self._unit,
        )

    def apply_displayed(self, displayed: float) -> None:
        """Update the value."""
        self._attr_native_value = displayed

    async def async_set_native_value(self, value: float) -> None:
        """Write the number to the options."""
        entry, description = self.coordinator.config_entry, self.entity_description
        changed = description.write_fn(
            entry.options, from_home_unit(description.spec, value, self._unit)
        )
        self.hass.config_entries.async_update_entry(entry, options=changed)
