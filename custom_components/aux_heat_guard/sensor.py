"""Sensors: heat source, runtime, energy and cost of aux heat, and the applied setpoint."""

from dataclasses import replace

from homeassistant.components.sensor import SensorEntity
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import GuardConfigEntry, GuardCoordinator
from .core.account.figures import Window
from .core.model import Limit
from .core.protection.decision import Decision
from .core.settings.guard import EnergySource
from .entity import ViewEntity
from .reporting.messages import Messages
from .sensor_descriptions import (
    APPLIED_SETPOINT,
    COST_SENSORS,
    ENERGY_SENSORS,
    LIMIT,
    PLANNED_START,
    RUNTIME_SEASON,
    SENSORS,
    GuardSensorDescription,
    SensorValue,
)
from .sources.units import home_temperature

PARALLEL_UPDATES = 0


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: GuardConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors of a guard; the cost sensors as soon as there is a price or a cost."""
    coordinator = entry.runtime_data
    async_add_entities(
        [
            *(GuardSensor(coordinator, description) for description in SENSORS),
            HistorySensor(coordinator, RUNTIME_SEASON),
            SetpointSensor(coordinator, APPLIED_SETPOINT),
            GuardSensor(coordinator, PLANNED_START),
            LimitSensor(coordinator, LIMIT),
            *(EnergySensor(coordinator, description) for description in ENERGY_SENSORS),
        ]
    )
    costs = list(COST_SENSORS)

    @callback
    def add_costs() -> None:
        if costs and _has_cost(coordinator):
            async_add_entities([CostSensor(coordinator, description) for description in costs])
            costs.clear()

    add_costs()
    entry.async_on_unload(coordinator.async_add_listener(add_costs))


def _has_cost(coordinator: GuardCoordinator) -> bool:
    return coordinator.guard_config.price is not None or bool(
        coordinator.data.figures.total.amounts.cost
    )


class GuardSensor[DataT](ViewEntity[DataT, SensorValue], SensorEntity):
    """A sensor of a guard."""

    entity_description: GuardSensorDescription[DataT]
    _unrecorded_attributes = frozenset(
        {
            *("coverage", "strange", "evidence_quality", "history_progress"),
            *("unmeasured_minutes", "unpriced_kwh"),
            *("cause", "duration_seconds", "end", "running"),
            *("requested", "target", "applied", "held_until", "plan", "reason"),
            *(limit.value for limit in Limit),
        },
    )

    def select_data(self) -> DataT:
        """Return the part of the view that the sensor shows."""
        return self.entity_description.data_fn(self.coordinator.data)

    def to_displayed(self, data: DataT) -> SensorValue:
        """Return the value and the attributes."""
        return self.entity_description.value_fn(data)

    def apply_displayed(self, displayed: SensorValue) -> None:
        """Update the value and the attributes."""
        self._attr_native_value = displayed.value
        self._attr_extra_state_attributes = dict(displayed.attributes or {})
        self._attr_last_reset = displayed.last_reset


class HistorySensor(GuardSensor[Window]):
    """A sensor with the progress of a backfill, in percent, as an attribute."""

    def select_data(self) -> Window:
        """Return the part of the view; a copy during a backfill, as the view lacks the progress."""
        return (
            super().select_data()
            if self.coordinator.persistence.backfill.progress is None
            else replace(super().select_data())
        )

    def to_displayed(self, data: Window) -> SensorValue:
        """Return the value and the attributes, with the progress of a backfill."""
        shown = super().to_displayed(data)
        progress = self.coordinator.persistence.backfill.progress
        if progress is None:
            return shown
        return replace(shown, attributes={**(shown.attributes or {}), "history_progress": progress})


class SetpointSensor(GuardSensor[Decision | None]):
    """A temperature in the home's unit: a setpoint sent as 70 shows as 70."""

    @property
    def native_unit_of_measurement(self) -> str:
        """The home's unit."""
        return self.coordinator.hass.config.units.temperature_unit

    def to_displayed(self, data: Decision | None) -> SensorValue:
        """Return the applied setpoint, or the proposed one."""
        return SensorValue(
            None
            if data is None
            else home_temperature(data.displayed_setpoint, self.native_unit_of_measurement)
        )


class LimitSensor(GuardSensor[Decision | None]):
    """The active limit, with the reason in words."""

    def to_displayed(self, data: Decision | None) -> SensorValue:
        """Return the limit and its attributes, with temperatures in the home's unit."""
        shown = super().to_displayed(data)
        if data is None:
            return shown
        coordinator = self.coordinator
        unit = coordinator.hass.config.units.temperature_unit
        temperatures = {
            "requested": data.requested,
            "target": data.target,
            "applied": data.applied,
            **{limit.value: value for limit, value in data.limits.items()},
        }
        attributes = {
            "reason": Messages(
                coordinator.hass, coordinator.guard_config.settings.zone
            ).limit_reason(data),
            **{
                name: home_temperature(value, unit)
                for name, value in temperatures.items()
                if value is not None
            },
            "held_until": None if data.hold is None else data.hold[1],
            "plan": [
                {"at": at, "temperature": home_temperature(value, unit)}
                for at, value in data.recovery_plan.points
            ],
        }
        return replace(shown, attributes=attributes)


class EnergySensor(GuardSensor[Window]):
    """An energy sensor; disabled at first if neither a signal nor a rating gives the energy."""

    def __init__(
        self, coordinator: GuardCoordinator, description: GuardSensorDescription[Window]
    ) -> None:
        super().__init__(coordinator, description)
        settings = coordinator.guard_config.settings
        if settings.energy_source is EnergySource.RATED and not settings.strips_kw:
            self._attr_entity_registry_enabled_default = False


class CostSensor(GuardSensor[Window]):
    """A cost sensor in the home's present currency."""

    @property
    def native_unit_of_measurement(self) -> str:
        """The home's currency."""
        return self.coordinator.hass.config.currency
