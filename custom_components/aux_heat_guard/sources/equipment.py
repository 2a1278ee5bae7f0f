"""Suggests the type of aux heat: a furnace if the thermostat shows no heat pump, else strips."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from homeassistant.components.recorder.history import get_significant_states
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.recorder import get_instance
from homeassistant.util import dt as dt_util
from sqlalchemy.exc import SQLAlchemyError

from ..const import CONF_SIGNALS, CONF_THERMOSTAT
from ..core.model import Equipment, Role
from .discovery import ECOBEE_AUX, ECOBEE_PUMP

HEAT_PUMP_FLAGS = ("has_heat_pump", "hasHeatPump", "has_heatpump")
"""The attributes of thermostats that state whether there is a heat pump."""

EQUIPMENT_ATTRIBUTE = "equipment_running"

ECOBEE = "ecobee"
ECOBEE_HEAT_PUMP_SUFFIXES = ("_aux_heat_only", "_compressor_protection_min_temp")
"""The endings of unique ids of entities that ecobee adds for heat pumps only."""

LOOK_BACK = timedelta(days=10)
"""By default, the recorder keeps no more."""

MIN_RECORDED = timedelta(days=1)
"""The shortest history that counts. The compressor may not run on a single cold day."""


async def async_suggest_equipment(hass: HomeAssistant, draft: Mapping[str, Any]) -> Equipment:
    """Return a furnace if the thermostat has aux heat and no heat pump, else strips."""
    thermostat = draft[CONF_THERMOSTAT]
    if any(
        signal["role"] == Role.COMPRESSOR and signal["entity_id"] != thermostat
        for signal in draft.get(CONF_SIGNALS) or []
    ):
        return Equipment.STRIPS
    has_heat_pump = _reports_heat_pump(hass, thermostat)
    if has_heat_pump is None:
        has_heat_pump = _has_ecobee_heat_pump(hass, thermostat)
    if has_heat_pump is None:
        has_heat_pump = await _async_has_recorded_heat_pump(hass, thermostat)
    return Equipment.FURNACE if has_heat_pump is False else Equipment.STRIPS


def _reports_heat_pump(hass: HomeAssistant, thermostat: str) -> bool | None:
    """Return whether the thermostat reports a heat pump, or None if it reports nothing."""
    state = hass.states.get(thermostat)
    values = [state.attributes.get(flag) for flag in HEAT_PUMP_FLAGS] if state else []
    return next((value for value in values if isinstance(value, bool)), None)


def _has_ecobee_heat_pump(hass: HomeAssistant, thermostat: str) -> bool | None:
    """Return whether ecobee added its heat pump entities, or None for another thermostat."""
    registry = er.async_get(hass)
    entry = registry.async_get(thermostat)
    if entry is None or entry.platform != ECOBEE or entry.device_id is None:
        return None
    siblings = [
        sibling
        for sibling in er.async_entries_for_device(
            registry, entry.device_id, include_disabled_entities=True
        )
        if sibling.platform == ECOBEE and sibling.entity_id != thermostat
    ]
    if not siblings:
        # The other platforms of ecobee are not set up yet.
        return None
    return any(sibling.unique_id.endswith(ECOBEE_HEAT_PUMP_SUFFIXES) for sibling in siblings)


async def _async_has_recorded_heat_pump(hass: HomeAssistant, thermostat: str) -> bool | None:
    """Return whether the recorder saw a heat pump run, or None if the history is too short."""
    if "recorder" not in hass.config.components:
        return None
    try:
        states = await get_instance(hass).async_add_executor_job(
            _read_recorded_states, hass, thermostat
        )
    except SQLAlchemyError:
        return None
    if not states or states[0].last_updated > dt_util.utcnow() - MIN_RECORDED:
        return None
    words = _words(state.attributes.get(EQUIPMENT_ATTRIBUTE) for state in states)
    if words & {*ECOBEE_PUMP}:
        return True
    return False if words & {*ECOBEE_AUX} else None


def _read_recorded_states(hass: HomeAssistant, thermostat: str) -> list[State]:
    since = dt_util.utcnow() - LOOK_BACK
    # Every attribute change of a thermostat is significant to the recorder.
    states: Mapping[str, list[State]] = get_significant_states(  # type: ignore[assignment]
        hass, since, None, [thermostat], include_start_time_state=False
    )
    return states.get(thermostat, [])


def _words(values: Iterable[object]) -> set[str]:
    """Return all words of some values, each a list or a text with commas."""
    words: set[str] = set()
    for value in values:
        listed = value.split(",") if isinstance(value, str) else value
        if isinstance(listed, list | tuple):
            words |= {str(word).strip() for word in listed}
    return words
