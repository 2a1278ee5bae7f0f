"""Lets Home Assistant find the lab's thermostat, which lies outside its configuration."""

import importlib

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.loader import DATA_CUSTOM_COMPONENTS, Integration
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

FOLDER = "lab.home_assistant.custom_components"


@pytest.fixture(autouse=True)
def found(hass: HomeAssistant) -> None:
    integration = Integration.resolve_from_root(hass, importlib.import_module(FOLDER), "heat_lab")
    assert integration is not None
    hass.data[DATA_CUSTOM_COMPONENTS] = {"heat_lab": integration}


@pytest.fixture
async def entry(hass: HomeAssistant) -> MockConfigEntry:
    """Set up a lab thermostat that runs 60 times as fast as the clock."""
    entry = MockConfigEntry(domain="heat_lab", title="Lab thermostat", data={"speed": 60, "staging": "droop"})
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    return entry
