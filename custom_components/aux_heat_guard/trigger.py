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
    """Base of the triggers for aux heat turning on or off."""

    _domain_specs = {BINARY_SENSOR_DOMAIN: DomainSpec()}

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        return filter_own_entities(
            self._hass, super().entity_filter(entities), AUX_HEAT.translation_key
        )


class AuxStarted(_AuxTrigger):
    """Trigger for aux heat turning on."""

    _from_states = {STATE_OFF}
    _to_states = {STATE_ON}


class AuxStopped(_AuxTrigger):
    """Trigger for aux heat turning off."""

    _from_states = {STATE_ON}
    _to_states = {STATE_OFF}


class _AlertTrigger(StatelessEntityTriggerBase):
    """Base of the triggers for alert events."""

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
    """Trigger for a raised alert."""

    _is_cleared = False


class AlertCleared(_AlertTrigger):
    """Trigger for a cleared alert."""

    _is_cleared = True


class NearFreezing(AlertRaised):
    """Trigger for a high setpoint while it is near freezing, or will be soon."""

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
    """Return the triggers."""
    return TRIGGERS
