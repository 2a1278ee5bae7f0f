"""The figures that people change most, in the home's units."""

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
from .core.model import Alert
from .core.settings import alerts as alert_settings
from .core.settings import protection as protect_settings
from .core.units import Number
from .entity import ShowingEntity
from .options.alerts import alerts_from, with_figure
from .options.guard import Guarded
from .options.protection import figures_from, with_protection
from .sources.units import kept, shown

PARALLEL_UPDATES = 0

STEPS = {UnitOfTemperature.FAHRENHEIT: 0.5, UnitOfTemperature.CELSIUS: 0.1}
"""In the home's unit."""


@dataclass(frozen=True, kw_only=True)
class FigureDescription(NumberEntityDescription):
    """A figure of the options: what it may be, how it is read, and how it is written."""

    figure: Number
    read: Callable[[Mapping[str, Any]], float]
    written: Callable[[Mapping[str, Any], float], dict[str, Any]]


def _of_protection(name: str, device_class: NumberDeviceClass) -> FigureDescription:
    return FigureDescription(
        key=name,
        translation_key=name,
        device_class=device_class,
        entity_category=EntityCategory.CONFIG,
        figure=protect_settings.FIGURES[name],
        read=lambda options: figures_from(options)[name],
        written=lambda options, value: with_protection(options, **{name: value}),
    )


def _of_alert(
    key: str, alert: Alert, name: str, device_class: NumberDeviceClass
) -> FigureDescription:
    return FigureDescription(
        key=key,
        translation_key=key,
        device_class=device_class,
        entity_category=EntityCategory.CONFIG,
        figure=alert_settings.FIGURES[alert][name],
        read=lambda options: alerts_from(options).choices[alert].figures[name],
        written=lambda options, value: with_figure(options, alert, name, value),
    )


FIGURES = (
    _of_protection("comfort_floor", NumberDeviceClass.TEMPERATURE),
    _of_protection("leash", NumberDeviceClass.TEMPERATURE_DELTA),
    _of_alert("aux_budget", Alert.OVERRUN, "budget", NumberDeviceClass.DURATION),
    _of_alert("near_freezing", Alert.NEAR_FREEZING, "outdoor", NumberDeviceClass.TEMPERATURE),
)


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: GuardConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the figures of a guard."""
    async_add_entities([FigureNumber(entry.runtime_data, description) for description in FIGURES])


class FigureNumber(ShowingEntity[Guarded, float], NumberEntity):
    """A figure of the options."""

    entity_description: FigureDescription
    _attr_mode = NumberMode.BOX

    def __init__(self, coordinator: GuardCoordinator, description: FigureDescription) -> None:
        self._unit = coordinator.hass.config.units.temperature_unit
        figure = description.figure
        is_warmth = description.device_class is not NumberDeviceClass.DURATION
        self._attr_native_unit_of_measurement = self._unit if is_warmth else UnitOfTime.MINUTES
        self._attr_native_step = STEPS[UnitOfTemperature(self._unit)] if is_warmth else figure.step
        self._attr_native_min_value, self._attr_native_max_value = (
            shown(figure, value, self._unit) for value in (figure.minimum, figure.maximum)
        )
        super().__init__(coordinator, description)

    def subject(self) -> Guarded:
        """Look at the settings."""
        return self.coordinator.guarded

    def part_of(self, _subject: Guarded) -> float:
        """Pick the figure."""
        description = self.entity_description
        return shown(
            description.figure, description.read(self.coordinator.config_entry.options), self._unit
        )

    def show(self, part: float) -> None:
        """Take it over."""
        self._attr_native_value = part

    async def async_set_native_value(self, value: float) -> None:
        """Write it into the options."""
        entry, description = self.coordinator.config_entry, self.entity_description
        changed = description.written(entry.options, kept(description.figure, value, self._unit))
        self.hass.config_entries.async_update_entry(entry, options=changed)
