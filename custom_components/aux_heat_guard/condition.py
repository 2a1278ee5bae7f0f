"""Conditions for automations. Plain state conditions can do the same."""

from typing import override

from homeassistant.components.binary_sensor.const import DOMAIN as BINARY_SENSOR_DOMAIN
from homeassistant.const import CONF_OPTIONS, STATE_ON
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.condition import (
    ENTITY_STATE_CONDITION_SCHEMA_ANY_ALL,
    Condition,
    ConditionConfig,
    EntityConditionBase,
    EntityStateConditionBase,
)
import probatio as vol

from .binary_sensor import ALERT, AUX_HEAT
from .sources.registry import filter_own_entities
from .trigger import ALERTS, CONF_ALERT

_CHOICE = {vol.Optional(CONF_ALERT, default=[]): vol.All(cv.ensure_list, [vol.In(ALERTS)])}


class AuxRunning(EntityStateConditionBase):
    """Condition that aux heat is on."""

    _domain_specs = {BINARY_SENSOR_DOMAIN: DomainSpec()}
    _states = {STATE_ON}

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        return filter_own_entities(
            self._hass, super().entity_filter(entities), AUX_HEAT.translation_key
        )


class AlertActive(EntityConditionBase):
    """Condition that an alert is raised."""

    _domain_specs = {BINARY_SENSOR_DOMAIN: DomainSpec()}
    _schema = ENTITY_STATE_CONDITION_SCHEMA_ANY_ALL.extend(
        {
            vol.Required(CONF_OPTIONS): ENTITY_STATE_CONDITION_SCHEMA_ANY_ALL.schema[CONF_OPTIONS]
            | _CHOICE
        }
    )

    def __init__(self, hass: HomeAssistant, config: ConditionConfig) -> None:
        super().__init__(hass, config)
        self._alerts = frozenset((config.options or {}).get(CONF_ALERT) or ALERTS)

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        return filter_own_entities(
            self._hass, super().entity_filter(entities), ALERT.translation_key
        )

    @override
    def is_valid_state(self, entity_state: State) -> bool:
        shown = (entity_state.attributes.get(name) or () for name in ("alerts", "expected"))
        return any(alert in self._alerts for alerts in shown for alert in alerts)


CONDITIONS: dict[str, type[Condition]] = {"aux_running": AuxRunning, "alert_active": AlertActive}


async def async_get_conditions(_hass: HomeAssistant) -> dict[str, type[Condition]]:
    """Return the conditions."""
    return CONDITIONS
