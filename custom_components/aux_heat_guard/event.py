"""Event entities for alerts and for setpoint changes."""

from typing import Any

from homeassistant.components.event import EventEntity
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import GuardConfigEntry, GuardCoordinator
from .core.alerts.events import AlertEvent, EventType
from .core.model import Alert
from .core.protection.decision import Decision
from .entity import GuardEntity
from .publish.events import SetpointChange, describe_decision
from .reporting.messages import Messages, export_figures

PARALLEL_UPDATES = 0

CLEARED = "cleared"
ALERT = EntityDescription(key="alert_event", translation_key="alert")
SETPOINT = EntityDescription(key="setpoint_event", translation_key="setpoint")


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: GuardConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the event entities of a guard."""
    async_add_entities(
        [AlertEventEntity(entry.runtime_data), SetpointEventEntity(entry.runtime_data)]
    )


class AlertEventEntity(GuardEntity, EventEntity):
    """The last alert that was raised or cleared."""

    _unrecorded_attributes = frozenset({"message", "figures"})

    def __init__(self, coordinator: GuardCoordinator) -> None:
        super().__init__(coordinator, ALERT)
        self._attr_event_types = [*(alert.value for alert in Alert), CLEARED]

    async def async_added_to_hass(self) -> None:
        """Listen to the alerts."""
        await super().async_added_to_hass()
        self.async_on_remove(
            self.coordinator.alert_listeners.async_add(self._async_handle_alert_event)
        )

    @callback
    def _async_handle_alert_event(self, alert_event: AlertEvent) -> None:
        if alert_event.alert is None or alert_event.event_type not in {
            EventType.RAISED,
            EventType.CLEARED,
        }:
            return
        is_raised = alert_event.event_type is EventType.RAISED
        notification = Messages(
            self.hass, self.coordinator.guard_config.settings.zone
        ).alert_notification(alert_event)
        attributes: dict[str, Any] = {
            "alert": alert_event.alert.value,
            "severity": alert_event.severity.value,
            "title": notification.title,
            "message": notification.message,
            "figures": dict(
                export_figures(alert_event.facts, self.hass.config.units.temperature_unit)
            ),
        }
        self._trigger_event(alert_event.alert.value if is_raised else CLEARED, attributes)
        self.async_write_ha_state()


class SetpointEventEntity(GuardEntity, EventEntity):
    """The guard's last change of the heating setpoint, and its reason."""

    _unrecorded_attributes = frozenset({"reason"})

    def __init__(self, coordinator: GuardCoordinator) -> None:
        super().__init__(coordinator, SETPOINT)
        self._attr_event_types = [*SetpointChange]

    async def async_added_to_hass(self) -> None:
        """Listen to the setpoint commands."""
        await super().async_added_to_hass()
        self.async_on_remove(
            self.coordinator.actuator.async_add_listener(self._async_handle_decision)
        )

    @callback
    def _async_handle_decision(self, decision: Decision) -> None:
        self._trigger_event(
            SetpointChange.from_decision(decision).value,
            describe_decision(self.hass, self.coordinator, decision),
        )
        self.async_write_ha_state()
