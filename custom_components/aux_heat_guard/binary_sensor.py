"""Binary sensors: aux heat, emergency heat, a limited setpoint, and alerts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from homeassistant.components.binary_sensor import BinarySensorEntity, BinarySensorEntityDescription
from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import GuardConfigEntry, GuardCoordinator
from .core.alerts.state import AlertsView
from .core.model import Alert, Heat, Mode, Role
from .core.protection.decision import Decision
from .entity import ViewEntity

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class HeatSensorDescription(BinarySensorEntityDescription):
    """A binary sensor, and how to read it from the heat state."""

    is_on_fn: Callable[[Heat], bool | None]


AUX_HEAT = HeatSensorDescription(
    key="aux_heat",
    translation_key="aux_heat",
    device_class=BinarySensorDeviceClass.RUNNING,
    is_on_fn=attrgetter("aux"),
)
EMERGENCY_HEAT = HeatSensorDescription(
    key="emergency_heat",
    translation_key="emergency_heat",
    is_on_fn=attrgetter("emergency_mode"),
)
LIMITED = BinarySensorEntityDescription(key="limited", translation_key="limited")
ALERT = BinarySensorEntityDescription(
    key="alert",
    translation_key="alert",
    device_class=BinarySensorDeviceClass.PROBLEM,
)


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: GuardConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the binary sensors of a guard."""
    coordinator = entry.runtime_data
    settings = coordinator.guard_config.settings
    has_mode_signal = any(signal.role is Role.EMERGENCY for signal in settings.signals)
    async_add_entities(
        [
            HeatSensor(coordinator, AUX_HEAT),
            HeatSensor(coordinator, EMERGENCY_HEAT, enabled=has_mode_signal),
            LimitedSensor(coordinator, LIMITED),
            AnyAlertSensor(coordinator, ALERT),
            *(AlertSensor(coordinator, alert) for alert in Alert),
        ]
    )


class HeatSensor(ViewEntity[Heat, bool | None], BinarySensorEntity):
    """A binary sensor of the heat state; unknown if no signal reports it."""

    entity_description: HeatSensorDescription

    def __init__(
        self,
        coordinator: GuardCoordinator,
        description: HeatSensorDescription,
        *,
        enabled: bool = True,
    ) -> None:
        super().__init__(coordinator, description)
        self._attr_entity_registry_enabled_default = enabled

    def select_data(self) -> Heat:
        """Return the heat state."""
        return self.coordinator.data.heat

    def to_displayed(self, data: Heat) -> bool | None:
        """Return the state."""
        return self.entity_description.is_on_fn(data)

    def apply_displayed(self, displayed: bool | None) -> None:
        """Update the state."""
        self._attr_is_on = displayed


class LimitedSensor(ViewEntity[Decision | None, bool], BinarySensorEntity):
    """On while the heating setpoint is limited."""

    def select_data(self) -> Decision | None:
        """Return the decision on the setpoint."""
        return self.coordinator.data.decision

    def to_displayed(self, data: Decision | None) -> bool:
        """Return True if the setpoint is below the requested one, and not only proposed."""
        is_protecting = self.coordinator.guard_config.settings.mode is Mode.PROTECT
        return is_protecting and data is not None and data.is_limited

    def apply_displayed(self, displayed: bool) -> None:
        """Update the state."""
        self._attr_is_on = displayed


@dataclass(frozen=True, slots=True)
class DisplayedAlerts:
    """The displayed part of the alerts."""

    is_on: bool
    attributes: Mapping[str, Any]


class AnyAlertSensor(ViewEntity[AlertsView, DisplayedAlerts], BinarySensorEntity):
    """On while any alert is raised; lists the alerts."""

    _unrecorded_attributes = frozenset({"alerts", "expected", "aux_allowed_until", "snoozed"})

    def select_data(self) -> AlertsView:
        """Return the state of all alerts."""
        return self.coordinator.data.alerts

    def to_displayed(self, data: AlertsView) -> DisplayedAlerts:
        """Return the raised alerts; the expected ones are listed apart, and are no problem."""
        unexpected = [raised.alert.value for raised in data.active if not raised.is_expected]
        expected = [raised.alert.value for raised in data.active if raised.is_expected]
        snoozed = {alert.value: until for alert, until in data.snoozes.items()}
        attributes = {
            "alerts": unexpected,
            "expected": expected,
            "aux_allowed_until": data.allowed_until,
            "snoozed": snoozed,
        }
        return DisplayedAlerts(bool(unexpected), attributes)

    def apply_displayed(self, displayed: DisplayedAlerts) -> None:
        """Update the state and the attributes."""
        self._attr_is_on = displayed.is_on
        self._attr_extra_state_attributes = dict(displayed.attributes)


class AlertSensor(ViewEntity[AlertsView, DisplayedAlerts], BinarySensorEntity):
    """On while one alert is raised."""

    _attr_entity_registry_enabled_default = False
    _attr_entity_category = EntityCategory.DIAGNOSTIC

    def __init__(self, coordinator: GuardCoordinator, alert: Alert) -> None:
        self._alert = alert
        key = f"alert_{alert.value}"
        description = BinarySensorEntityDescription(
            key=key, translation_key=key, device_class=BinarySensorDeviceClass.PROBLEM
        )
        super().__init__(coordinator, description)

    def select_data(self) -> AlertsView:
        """Return the state of all alerts."""
        return self.coordinator.data.alerts

    def to_displayed(self, data: AlertsView) -> DisplayedAlerts:
        """Return the state of the alert."""
        found = next((raised for raised in data.active if raised.alert is self._alert), None)
        if found is None:
            return DisplayedAlerts(is_on=False, attributes={})
        attributes = {
            "severity": found.severity.value,
            "since": found.since,
            "expected": found.is_expected,
            "acknowledged": found.is_acknowledged,
            "snoozed_until": found.snoozed_until,
        }
        return DisplayedAlerts(is_on=True, attributes=attributes)

    def apply_displayed(self, displayed: DisplayedAlerts) -> None:
        """Update the state and the attributes."""
        self._attr_is_on = displayed.is_on
        self._attr_extra_state_attributes = dict(displayed.attributes)
