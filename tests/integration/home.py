"""Thermostats, guards and the passage of time for the tests."""

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.climate.const import ClimateEntityFeature
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.aux_heat_guard.const import DOMAIN
from custom_components.aux_heat_guard.sources.discovery import find_signals
from custom_components.aux_heat_guard.sources.registry import thermostat_unique_id

THERMOSTAT = "climate.hallway"
ATTRIBUTES: dict[str, Any] = {
    "friendly_name": "Hallway",
    "hvac_modes": ["off", "heat", "cool", "heat_cool"],
    "hvac_action": "idle",
    "current_temperature": 70,
    "temperature": 70,
    "min_temp": 45,
    "max_temp": 95,
    "supported_features": int(
        ClimateEntityFeature.TARGET_TEMPERATURE
        | ClimateEntityFeature.TURN_ON
        | ClimateEntityFeature.TURN_OFF
    ),
    "equipment_running": "",
}


def set_thermostat(
    hass: HomeAssistant, entity_id: str = THERMOSTAT, state: str = "heat", **changes: Any
) -> None:
    """Set the state of a thermostat; an attribute that is set to ... is left out."""
    attributes = {
        name: value for name, value in {**ATTRIBUTES, **changes}.items() if value is not ...
    }
    hass.states.async_set(entity_id, state, attributes)


def options_for(
    hass: HomeAssistant, thermostat: str = THERMOSTAT, **options: Any
) -> dict[str, Any]:
    """Return the options of a user who accepts all signals found on the thermostat."""
    found = [
        signal
        for candidate in find_signals(hass, thermostat)
        if candidate.on_thermostat
        for signal in candidate.signals
    ]
    return {
        "thermostat": thermostat,
        "signals": found,
        "outdoor": None,
        "equipment": "strips",
        "strips_kw": 10,
        **options,
    }


async def add_guard(
    hass: HomeAssistant, thermostat: str = THERMOSTAT, **options: Any
) -> MockConfigEntry:
    """Set up a guard."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Hallway AUX Heat Guard",
        options=options_for(hass, thermostat, **options),
        unique_id=thermostat_unique_id(hass, thermostat),
        entry_id=f"guard_of_{thermostat}",
    )
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return entry


def entity_id_of(hass: HomeAssistant, entry: MockConfigEntry, key: str) -> str:
    """Return the id of an entity of a guard by its key."""
    registry = er.async_get(hass)
    unique_id = f"{entry.entry_id}_{key}"
    return next(
        item.entity_id
        for item in er.async_entries_for_config_entry(registry, entry.entry_id)
        if item.unique_id == unique_id
    )


def read_state(hass: HomeAssistant, entry: MockConfigEntry, key: str) -> State:
    """Return the state of an entity of a guard."""
    state = hass.states.get(entity_id_of(hass, entry, key))
    assert state is not None
    return state


def read_seconds(hass: HomeAssistant, entry: MockConfigEntry, key: str) -> float:
    """Return a runtime in seconds, whatever its unit."""
    state = read_state(hass, entry, key)
    return (
        float(state.state) * {"s": 1, "min": 60, "h": 3600}[state.attributes["unit_of_measurement"]]
    )


async def pass_time(hass: HomeAssistant, freezer: FrozenDateTimeFactory, seconds: float) -> None:
    """Let time pass in steps of a minute, with all timers."""
    while seconds > 0:
        freezer.tick(timedelta(seconds=min(seconds, 60)))
        async_fire_time_changed(hass)
        await hass.async_block_till_done()
        seconds -= 60
