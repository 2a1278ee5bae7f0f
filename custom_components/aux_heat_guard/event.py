"""Alerts as events: each kind has a type of its own."""

from typing import Any

from homeassistant.components.event import EventEntity
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import GuardConfigEntry, GuardCoordinator
from .core.alerts.lifecycle import Happening, Notice
from .core.model import Alert
from .core.protection.decision import Decision
from .entity import GuardEntity
from .publish.events import Change, described
from .reporting.messages import Texts, figures

PARALLEL_UPDATES = 0

CLEARED = "cleared"
ALERT = EntityDescription(key="alert_event", translation_key="alert")
SETPOINT = EntityDescription(key="setpoint_event", translation_key="setpoint")


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: GuardConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the event of a guard."""
    async_add_entities([AlertEvent(entry.runtime_data), SetpointEvent(entry.runtime_data)])


class AlertEvent(GuardEntity, EventEntity):
    """The last alert that was raised, or cleared."""

    _unrecorded_attributes = frozenset({"message", "figures"})

    def __init__(self, coordinator: GuardCoordinator) -> None:
        super().__init__(coordinator, ALERT)
        self._attr_event_types = [*(alert.value for alert in Alert), CLEARED]

    async def async_added_to_hass(self) -> None:
        """Follow the alerts."""
        await super().async_added_to_hass()
        self.async_on_remove(self.coordinator.async_listen_alerts(self._async_happened))

    @callback
    def _async_happened(self, happening: Happening) -> None:
        if happening.alert is None or happening.notice not in {Notice.RAISED, Notice.CLEARED}:
            return
        is_raised = happening.notice is Notice.RAISED
        told = Texts(self.hass, self.coordinator.guarded.settings.zone).told(happening)
        attributes: dict[str, Any] = {
            "alert": happening.alert.value,
            "severity": happening.severity.value,
            "title": told.title,
            "message": told.message,
            "figures": dict(figures(happening.facts, self.hass.config.units.temperature_unit)),
        }
        self._trigger_event(happening.alert.value if is_raised else CLEARED, attributes)
        self.async_write_ha_state()


class SetpointEvent(GuardEntity, EventEntity):
    """The last change of the heating setpoint that was made here, and why."""

    _unrecorded_attributes = frozenset({"reason"})

    def __init__(self, coordinator: GuardCoordinator) -> None:
        super().__init__(coordinator, SETPOINT)
        self._attr_event_types = [*Change]

    async def async_added_to_hass(self) -> None:
        """Follow what the thermostat is told."""
        await super().async_added_to_hass()
        self.async_on_remove(self.coordinator.actuator.async_listen(self._async_told))

    @callback
    def _async_told(self, decision: Decision) -> None:
        self._trigger_event(
            Change.of(decision).value, described(self.hass, self.coordinator, decision)
        )
        self.async_write_ha_state()
