"""Reports a thermostat that did not return to the requested setpoint when its guard ended."""

from typing import Any

from homeassistant.components import persistent_notification
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import (
    CALLBACK_TYPE,
    Event,
    EventStateChangedData,
    HomeAssistant,
    State,
    callback,
)
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.util import dt as dt_util

from ..const import CONF_THERMOSTAT, DOMAIN
from ..coordinator import GuardConfigEntry, UnrestoredSetpoint
from ..core.protection.setpoint import Setpoint
from ..reporting.messages import Messages
from ..sources.mirror import heating_setpoint

ISSUE_PREFIX = "setpoint_left_"
"""The start of the ids of the repairs."""

REQUESTED = "requested"
"""The key under which a repair keeps the requested setpoint, °C."""

SETPOINT_TOLERANCE = 0.3
"""K. Half of the usual step of 1 °F: nearer setpoints count as equal."""


@callback
def async_notify_unrestored(hass: HomeAssistant, entry: GuardConfigEntry) -> CALLBACK_TYPE:
    """Notify in Home Assistant when a setpoint lost at the last stop is sent again."""
    thermostat = entry.options[CONF_THERMOSTAT]
    _delete_repairs(hass, thermostat)

    @callback
    def notify(unrestored: UnrestoredSetpoint) -> None:
        messages = Messages(hass, entry.runtime_data.guard_config.settings.zone)
        notification = messages.unrestored_notification(
            "setpoint_sent_again",
            entry.title,
            _name(hass, thermostat),
            unrestored.reported,
            unrestored.requested,
        )
        persistent_notification.async_create(
            hass, notification.message, notification.title, f"{DOMAIN}_{entry.entry_id}_left"
        )

    return entry.runtime_data.unrestored_listeners.async_add(notify)


@callback
def async_report_unrestored(
    hass: HomeAssistant, entry: ConfigEntry[Any], setpoint: Setpoint
) -> None:
    """Create a repair for a removed guard whose thermostat lacks the requested setpoint.

    The repair survives a restart. It ends when the thermostat shows the setpoint, or when another
    guard of the thermostat is set up. After a restart without any guard, only the user can dismiss
    it.
    """
    if setpoint.unrestored_setpoint is None or setpoint.requested is None:
        return
    thermostat = entry.options[CONF_THERMOSTAT]
    messages = Messages(hass, dt_util.get_default_time_zone())
    issue_id = f"{ISSUE_PREFIX}{entry.entry_id}"
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id,
        data={CONF_THERMOSTAT: thermostat, REQUESTED: setpoint.requested},
        is_fixable=False,
        is_persistent=True,
        severity=ir.IssueSeverity.WARNING,
        translation_key="setpoint_left",
        translation_placeholders={
            "name": entry.title,
            "thermostat": _name(hass, thermostat),
            "applied": messages.format_setpoint(setpoint.unrestored_setpoint),
            "requested": messages.format_setpoint(setpoint.requested),
        },
    )
    _end_when_reported(hass, thermostat, setpoint.requested, issue_id)


@callback
def async_track_unrestored(hass: HomeAssistant) -> None:
    """Delete the repairs from before a restart once their thermostats show the setpoint."""
    for issue_id, data in _repairs(hass):
        thermostat, requested = data.get(CONF_THERMOSTAT), data.get(REQUESTED)
        if isinstance(thermostat, str) and isinstance(requested, int | float):
            _end_when_reported(hass, thermostat, requested, issue_id)


@callback
def _end_when_reported(
    hass: HomeAssistant, thermostat: str, requested: float, issue_id: str
) -> None:
    def is_over(state: State | None) -> bool:
        reported = heating_setpoint(state, hass.config.units.temperature_unit)
        is_restored = reported is not None and abs(reported - requested) < SETPOINT_TOLERANCE
        if is_restored:
            ir.async_delete_issue(hass, DOMAIN, issue_id)
        return is_restored or ir.async_get(hass).async_get_issue(DOMAIN, issue_id) is None

    @callback
    def check(event: Event[EventStateChangedData]) -> None:
        if is_over(event.data["new_state"]):
            stop()

    stop = async_track_state_change_event(hass, thermostat, check)
    # The thermostat may have changed since the last step of the guard.
    if is_over(hass.states.get(thermostat)):
        stop()


def _delete_repairs(hass: HomeAssistant, thermostat: str) -> None:
    """Delete the repairs of earlier guards: a new guard controls the thermostat."""
    for issue_id, data in _repairs(hass):
        if data.get(CONF_THERMOSTAT) == thermostat:
            ir.async_delete_issue(hass, DOMAIN, issue_id)


def _repairs(hass: HomeAssistant) -> list[tuple[str, dict[str, Any]]]:
    issues = ir.async_get(hass).issues.items()
    return [
        (name, dict(issue.data or {}))
        for (domain, name), issue in issues
        if domain == DOMAIN and name.startswith(ISSUE_PREFIX)
    ]


def _name(hass: HomeAssistant, thermostat: str) -> str:
    state = hass.states.get(thermostat)
    return thermostat if state is None else state.name
