"""Suggests what AUX is in a home, by whether its thermostat shows a heat pump."""

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
"""Attributes of thermostats that say whether there is a heat pump."""

EQUIPMENT_ATTRIBUTE = "equipment_running"

ECOBEE = "ecobee"
ECOBEE_HEAT_PUMP_SUFFIXES = ("_aux_heat_only", "_compressor_protection_min_temp")
"""How the unique ids end of the entities that ecobee has for heat pumps only."""

LOOK_BACK = timedelta(days=10)
"""The recorder keeps no more by default."""

MIN_RECORDED = timedelta(days=1)
"""A thermostat that was recorded for less has not shown all that it can: the compressor may rest on a cold day."""


async def async_suggest_equipment(hass: HomeAssistant, draft: Mapping[str, Any]) -> Equipment:
    """Return a furnace if the thermostat shows AUX and no heat pump, else strips."""
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
    """Return what the thermostat says of itself; None if it says nothing."""
    state = hass.states.get(thermostat)
    said = [state.attributes.get(flag) for flag in HEAT_PUMP_FLAGS] if state else []
    return next((flag for flag in said if isinstance(flag, bool)), None)


def _has_ecobee_heat_pump(hass: HomeAssistant, thermostat: str) -> bool | None:
    """Return whether ecobee made the entities that it makes for heat pumps; None if it is no ecobee."""
    registry = er.async_get(hass)
    entry = registry.async_get(thermostat)
    if entry is None or entry.platform != ECOBEE or entry.device_id is None:
        return None
    others = er.async_entries_for_device(registry, entry.device_id, include_disabled_entities=True)
    of_ecobee = [
        other for other in others if other.platform == ECOBEE and other.entity_id != thermostat
    ]
    # Without any of the others, its other platforms are not set up yet.
    return (
        any(other.unique_id.endswith(ECOBEE_HEAT_PUMP_SUFFIXES) for other in of_ecobee)
        if of_ecobee
        else None
    )


async def _async_has_recorded_heat_pump(hass: HomeAssistant, thermostat: str) -> bool | None:
    """Return whether the thermostat was ever recorded to run a heat pump; None if that cannot be told."""
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
    # Of a thermostat each change of an attribute is significant.
    found: Mapping[str, list[State]] = get_significant_states(  # type: ignore[assignment]
        hass, since, None, [thermostat], include_start_time_state=False
    )
    return found.get(thermostat, [])


def _words(said: Iterable[object]) -> set[str]:
    """Return all words of some lists, each a text with commas or a list."""
    words: set[str] = set()
    for value in said:
        listed = value.split(",") if isinstance(value, str) else value
        if isinstance(listed, list | tuple):
            words |= {str(word).strip() for word in listed}
    return words
