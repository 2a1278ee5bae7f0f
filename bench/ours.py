"""AUX Heat Guard with a config entry for each thermostat."""

import asyncio
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from custom_components.aux_heat_guard.const import DOMAIN
from custom_components.aux_heat_guard.sources.discovery import find_signals

from .home import BenchHome, outdoor_sensor, thermostat


async def set_up(home: BenchHome, indices: Iterable[int]) -> None:
    """Set up guards for the thermostats, all at once, as Home Assistant does at start."""
    entries = [
        await home.make_entry(
            DOMAIN,
            f"Hallway {index} AUX Heat Guard",
            _options(home, index),
            _entry_id(index),
            thermostat(index),
        )
        for index in indices
    ]
    await asyncio.gather(*(home.hass.config_entries.async_add(entry) for entry in entries))
    await home.hass.async_block_till_done()


def month_seconds(home: BenchHome) -> float:
    """Return this month's aux heat of thermostat 0, in seconds."""
    unique_id = f"{_entry_id(0)}_aux_runtime_month"
    entity_id = er.async_get(home.hass).async_get_entity_id("sensor", DOMAIN, unique_id)
    state = home.hass.states.get(entity_id or "")
    if state is None:
        raise RuntimeError(f"{unique_id} shows nothing")
    return (
        float(state.state) * {"s": 1, "min": 60, "h": 3600}[state.attributes["unit_of_measurement"]]
    )


def _options(home: BenchHome, index: int) -> dict[str, object]:
    """Return the options of a user who accepts all signals found on the thermostat.

    Finding the signals is part of the flow, so it is not measured.
    """
    return {
        "thermostat": thermostat(index),
        "signals": [
            {**signal, "entity_id": thermostat(index)} for signal in _find_signals(home.hass)
        ],
        "outdoor": {"entity_id": outdoor_sensor(index), "attribute": None},
        "equipment": "strips",
        "strips_kw": 10,
    }


@lru_cache
def _find_signals(hass: HomeAssistant) -> list[dict[str, Any]]:
    """Return the signals of the thermostats, which are all of the same make."""
    return [
        signal
        for candidate in find_signals(hass, thermostat(0))
        if candidate.on_thermostat
        for signal in candidate.signals
    ]


def _entry_id(index: int) -> str:
    return f"guard_{index}"
