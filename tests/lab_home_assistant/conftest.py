"""Let Home Assistant find the lab's thermostat and the guard."""

import importlib

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.loader import DATA_CUSTOM_COMPONENTS, Integration
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

import custom_components.aux_heat_guard  # noqa: F401  (or the test package's own custom_components is taken)

FOLDERS = {
    "heat_lab": "lab.home_assistant.custom_components",
    "aux_heat_guard": "custom_components",
}


@pytest.fixture(autouse=True)
def find_integrations(hass: HomeAssistant) -> None:
    integrations = {}
    for domain, folder in FOLDERS.items():
        integration = Integration.resolve_from_root(hass, importlib.import_module(folder), domain)
        assert integration is not None
        integrations[domain] = integration
    hass.data[DATA_CUSTOM_COMPONENTS] = integrations


@pytest.fixture
async def entry(hass: HomeAssistant) -> MockConfigEntry:
    """Set up a lab thermostat that runs 60 times as fast as the clock."""
    entry = MockConfigEntry(
        domain="heat_lab", title="Lab thermostat", data={"speed": 60, "staging": "droop"}
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    return entry
