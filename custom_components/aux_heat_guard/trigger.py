"""Triggers for automations. Plain state and event triggers can do the same."""

from typing import ClassVar, override

from homeassistant.components.binary_sensor.const import DOMAIN as BINARY_SENSOR_DOMAIN
from homeassistant.components.event.const import DOMAIN as EVENT_DOMAIN
from homeassistant.const import CONF_OPTIONS, STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.trigger import (
    ENTITY_STATE_TRIGGER_SCHEMA,
    EntityTransitionTriggerBase,
    NotTriggeredReasonReporter,
    StatelessEntityTriggerBase,
    Trigger,
    TriggerConfig,
)
import probatio as vol

from .binary_sensor import AUX_HEAT
from .core.model import Alert
from .event import ALERT, CLEARED
from .sources.registry import filter_own_entities

CONF_ALERT = "alert"
ALERTS = [alert.value for alert in Alert]

ALERT_SCHEMA = ENTITY_STATE_TRIGGER_SCHEMA.extend(
    {
        vol.Required(CONF_OPTIONS, default={}): {
            vol.Optional(CONF_ALERT, default=[]): vol.All(cv.ensure_list, [vol.In(ALERTS)])
        }
    }
)


class _AuxTrigger(EntityTransitionTriggerBase):
    """AUX turned on or off."""

    _domain_specs = {BINARY_SENSOR_DOMAIN: DomainSpec()}

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        return filter_own_entities(
            self._hass, super().entity_filter(entities), AUX_HEAT.translation_key
        )


class AuxStarted(_AuxTrigger):
    """AUX was off, and is on."""

    _from_states = {STATE_OFF}
    _to_states = {STATE_ON}


class AuxStopped(_AuxTrigger):
    """AUX was on, and is off."""

    _from_states = {STATE_ON}
    _to_states = {STATE_OFF}


class _AlertTrigger(StatelessEntityTriggerBase):
    """Something happened to an alert."""

    _domain_specs = {EVENT_DOMAIN: DomainSpec()}
    _schema = ALERT_SCHEMA
    _is_cleared: ClassVar[bool]

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        super().__init__(hass, config)
        self._alerts = frozenset(self._options.get(CONF_ALERT) or ALERTS)

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        return filter_own_entities(
            self._hass, super().entity_filter(entities), ALERT.translation_key
        )

    @override
    def is_valid_state(
        self, state: State, report_not_triggered: NotTriggeredReasonReporter
    ) -> bool:
        is_cleared = state.attributes.get("event_type") == CLEARED
        return is_cleared is self._is_cleared and state.attributes.get("alert") in self._alerts


class AlertRaised(_AlertTrigger):
    """An alert was raised."""

    _is_cleared = False


class AlertCleared(_AlertTrigger):
    """An alert was cleared."""

    _is_cleared = True


class NearFreezing(AlertRaised):
    """It is near freezing, or will be soon, and the setpoint is high."""

    _schema = ENTITY_STATE_TRIGGER_SCHEMA

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        super().__init__(hass, config)
        self._alerts = frozenset({Alert.NEAR_FREEZING.value})


TRIGGERS: dict[str, type[Trigger]] = {
    "aux_started": AuxStarted,
    "aux_stopped": AuxStopped,
    "alert_raised": AlertRaised,
    "alert_cleared": AlertCleared,
    "near_freezing": NearFreezing,
}


async def async_get_triggers(_hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """List the triggers."""
    return TRIGGERS
