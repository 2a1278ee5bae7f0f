"""What heats, for how long the strips ran, what they drew, and what that cost."""

from dataclasses import replace

from homeassistant.components.sensor import SensorEntity
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import GuardConfigEntry, GuardCoordinator
from .core.account.figures import Window
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
    """Add the sensors of a guard; those about money as soon as there is any."""
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
        if costs and _counts_money(coordinator):
            async_add_entities([CostSensor(coordinator, description) for description in costs])
            costs.clear()

    add_costs()
    entry.async_on_unload(coordinator.async_add_listener(add_costs))


def _counts_money(coordinator: GuardCoordinator) -> bool:
    return coordinator.guard_config.price is not None or bool(
        coordinator.data.figures.total.amounts.cost
    )


class GuardSensor[SubjectT](ViewEntity[SubjectT, SensorValue], SensorEntity):
    """A sensor of a guard."""

    entity_description: GuardSensorDescription[SubjectT]
    _unrecorded_attributes = frozenset(
        {
            *(
                "coverage",
                "strange",
                "evidence_quality",
                "history_progress",
                "unmeasured_minutes",
                "unpriced_kwh",
            ),
            *("cause", "duration_seconds", "end", "running"),
            *(
                "requested",
                "target",
                "applied",
                "cap",
                "leash",
                "overrun",
                "held_until",
                "plan",
                "reason",
            ),
        },
    )

    def select_data(self) -> SubjectT:
        """Look at a part of the view."""
        return self.entity_description.data_fn(self.coordinator.data)

    def to_displayed(self, data: SubjectT) -> SensorValue:
        """Pick value and attributes."""
        return self.entity_description.value_fn(data)

    def apply_displayed(self, displayed: SensorValue) -> None:
        """Take over value and attributes."""
        self._attr_native_value = displayed.value
        self._attr_extra_state_attributes = dict(displayed.attributes or {})
        self._attr_last_reset = displayed.last_reset


class HistorySensor(GuardSensor[Window]):
    """A sensor that also tells, in %, how far the work on the history is, while there is any."""

    def select_data(self) -> Window:
        """Look at a part of the view; while the history is worked on, always with fresh eyes, as the progress is no part of it."""
        return (
            super().select_data()
            if self.coordinator.persistence.backfill.progress is None
            else replace(super().select_data())
        )

    def to_displayed(self, data: Window) -> SensorValue:
        """Pick value and attributes, and the progress."""
        part, progress = super().to_displayed(data), self.coordinator.persistence.backfill.progress
        return (
            part
            if progress is None
            else replace(part, attributes={**(part.attributes or {}), "history_progress": progress})
        )


class SetpointSensor(GuardSensor[Decision | None]):
    """A sensor in the home's unit: what is told as 70 shows as 70."""

    @property
    def native_unit_of_measurement(self) -> str:
        """The home's unit."""
        return self.coordinator.hass.config.units.temperature_unit

    def to_displayed(self, data: Decision | None) -> SensorValue:
        """Pick what the thermostat is told, or what is proposed."""
        return SensorValue(
            None
            if data is None
            else home_temperature(data.displayed_setpoint, self.native_unit_of_measurement)
        )


class LimitSensor(GuardSensor[Decision | None]):
    """A sensor that also says in words why it is so."""

    def to_displayed(self, data: Decision | None) -> SensorValue:
        """Pick value and attributes, temperatures in the home's unit."""
        part = super().to_displayed(data)
        if data is None:
            return part
        coordinator = self.coordinator
        unit = coordinator.hass.config.units.temperature_unit
        told = {
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
                for name, value in told.items()
                if value is not None
            },
            "held_until": None if data.hold is None else data.hold[1],
            "plan": [
                {"at": at, "temperature": home_temperature(value, unit)}
                for at, value in data.recovery_plan.points
            ],
        }
        return replace(part, attributes=attributes)


class EnergySensor(GuardSensor[Window]):
    """A sensor that is of no use where nothing tells the energy."""

    def __init__(
        self, coordinator: GuardCoordinator, description: GuardSensorDescription[Window]
    ) -> None:
        super().__init__(coordinator, description)
        settings = coordinator.guard_config.settings
        if settings.energy_source is EnergySource.RATED and not settings.strips_kw:
            self._attr_entity_registry_enabled_default = False


class CostSensor(GuardSensor[Window]):
    """A sensor in the home's currency, whichever that is by now."""

    @property
    def native_unit_of_measurement(self) -> str:
        """The home's currency."""
        return self.coordinator.hass.config.currency
