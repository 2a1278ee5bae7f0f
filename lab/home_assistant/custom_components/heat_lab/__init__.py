"""Heat Lab: the lab's model home as a Home Assistant thermostat, for development.

Never part of a release.
"""

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant

from .coordinator import LabConfigEntry, LabCoordinator

PLATFORMS = [
    Platform.BINARY_SENSOR,
    Platform.CLIMATE,
    Platform.NUMBER,
    Platform.SENSOR,
    Platform.SWITCH,
]


async def async_setup_entry(hass: HomeAssistant, entry: LabConfigEntry) -> bool:
    """Set up a model home and start its time."""
    entry.runtime_data = LabCoordinator(hass, entry)
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    entry.async_on_unload(entry.runtime_data.async_start())
    return True


async def async_unload_entry(hass: HomeAssistant, entry: LabConfigEntry) -> bool:
    """Unload the entities."""
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
