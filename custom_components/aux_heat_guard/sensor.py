"""What heats, for how long the strips ran, what they drew, and what that cost."""

from dataclasses import replace

from homeassistant.components.sensor import SensorEntity
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import GuardConfigEntry, GuardCoordinator
from .core.account.figures import Window
from .core.protection.decision import Decision
from .core.settings.guard import EnergyFrom
from .entity import ShowingEntity
from .reporting.messages import Texts
from .sensor_descriptions import (
    APPLIED_SETPOINT,
    COSTS,
    ENERGIES,
    LIMIT,
    PLANNED_START,
    RUNTIME_SEASON,
    SENSORS,
    GuardSensorDescription,
    Shown,
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
            *(EnergySensor(coordinator, description) for description in ENERGIES),
        ]
    )
    costs = list(COSTS)

    @callback
    def add_costs() -> None:
        if costs and _counts_money(coordinator):
            async_add_entities([CostSensor(coordinator, description) for description in costs])
            costs.clear()

    add_costs()
    entry.async_on_unload(coordinator.async_add_listener(add_costs))


def _counts_money(coordinator: GuardCoordinator) -> bool:
    return coordinator.guarded.price is not None or bool(
        coordinator.data.figures.total.amounts.cost
    )


class GuardSensor[SubjectT](ShowingEntity[SubjectT, Shown], SensorEntity):
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

    def subject(self) -> SubjectT:
        """Look at a part of the view."""
        return self.entity_description.subject(self.coordinator.data)

    def part_of(self, subject: SubjectT) -> Shown:
        """Pick value and attributes."""
        return self.entity_description.shown(subject)

    def show(self, part: Shown) -> None:
        """Take over value and attributes."""
        self._attr_native_value = part.value
        self._attr_extra_state_attributes = dict(part.attributes or {})
        self._attr_last_reset = part.last_reset


class HistorySensor(GuardSensor[Window]):
    """A sensor that also tells, in %, how far the work on the history is, while there is any."""

    def subject(self) -> Window:
        """Look at a part of the view; while the history is worked on, always with fresh eyes, as the progress is no part of it."""
        return (
            super().subject()
            if self.coordinator.recall.progress is None
            else replace(super().subject())
        )

    def part_of(self, subject: Window) -> Shown:
        """Pick value and attributes, and the progress."""
        part, progress = super().part_of(subject), self.coordinator.recall.progress
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

    def part_of(self, subject: Decision | None) -> Shown:
        """Pick what the thermostat is told, or what is proposed."""
        return Shown(
            None
            if subject is None
            else home_temperature(subject.shown, self.native_unit_of_measurement)
        )


class LimitSensor(GuardSensor[Decision | None]):
    """A sensor that also says in words why it is so."""

    def part_of(self, subject: Decision | None) -> Shown:
        """Pick value and attributes, temperatures in the home's unit."""
        part = super().part_of(subject)
        if subject is None:
            return part
        coordinator = self.coordinator
        unit = coordinator.hass.config.units.temperature_unit
        told = {
            "requested": subject.requested,
            "target": subject.target,
            "applied": subject.applied,
            **{limit.value: value for limit, value in subject.limits.items()},
        }
        attributes = {
            "reason": Texts(coordinator.hass, coordinator.guarded.settings.zone).reason(subject),
            **{
                name: home_temperature(value, unit)
                for name, value in told.items()
                if value is not None
            },
            "held_until": None if subject.held is None else subject.held[1],
            "plan": [
                {"at": at, "temperature": home_temperature(value, unit)}
                for at, value in subject.course.points
            ],
        }
        return replace(part, attributes=attributes)


class EnergySensor(GuardSensor[Window]):
    """A sensor that is of no use where nothing tells the energy."""

    def __init__(
        self, coordinator: GuardCoordinator, description: GuardSensorDescription[Window]
    ) -> None:
        super().__init__(coordinator, description)
        settings = coordinator.guarded.settings
        if settings.energy is EnergyFrom.RATED and not settings.strips_kw:
            self._attr_entity_registry_enabled_default = False


class CostSensor(GuardSensor[Window]):
    """A sensor in the home's currency, whichever that is by now."""

    @property
    def native_unit_of_measurement(self) -> str:
        """The home's currency."""
        return self.coordinator.hass.config.currency
