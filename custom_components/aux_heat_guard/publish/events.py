"""Fires an event for each setpoint command of a guard, with the reason."""

from enum import StrEnum
from typing import Any, Self

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

from ..const import EVENT_SETPOINT
from ..coordinator import GuardConfigEntry, GuardCoordinator
from ..core.protection.decision import Decision
from ..reporting.messages import Messages
from ..sources.units import home_temperature

ATTR_CHANGE = "change"
ATTR_REASON = "reason"


class SetpointChange(StrEnum):
    """The kind of a setpoint change."""

    LIMITED = "setpoint_limited"
    RAISED = "setpoint_raised"
    """Raised early, so that the heat pump alone is in time."""
    RESTORED = "setpoint_restored"

    @classmethod
    def from_decision(cls, decision: Decision) -> Self:
        """Return what a decision does to the setpoint."""
        if decision.requested is None or decision.is_as_requested:
            return cls(cls.RESTORED)
        return cls(cls.LIMITED if decision.applied < decision.requested else cls.RAISED)


@callback
def async_fire_setpoint_events(hass: HomeAssistant, entry: GuardConfigEntry) -> CALLBACK_TYPE:
    """Fire an event for each setpoint command."""
    coordinator = entry.runtime_data

    @callback
    def fire(decision: Decision) -> None:
        change = {
            ATTR_DEVICE_ID: coordinator.device.id,
            ATTR_CHANGE: SetpointChange.from_decision(decision).value,
        }
        hass.bus.async_fire(
            EVENT_SETPOINT, {**change, **describe_decision(hass, coordinator, decision)}
        )

    return coordinator.actuator.async_add_listener(fire)


def describe_decision(
    hass: HomeAssistant, coordinator: GuardCoordinator, decision: Decision
) -> dict[str, Any]:
    """Describe a decision, temperatures in the home's unit."""
    unit = hass.config.units.temperature_unit
    return {
        "name": coordinator.config_entry.title,
        "thermostat": coordinator.guard_config.thermostat,
        "requested": None
        if decision.requested is None
        else home_temperature(decision.requested, unit),
        "applied": home_temperature(decision.applied, unit),
        "unit": unit,
        "limit": decision.reason.value,
        ATTR_REASON: Messages(hass, coordinator.guard_config.settings.zone).limit_reason(decision),
    }
