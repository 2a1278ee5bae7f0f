"""A Home Assistant with a recorder on a database file: one in memory blocks readers on writes."""

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.recorder import Recorder
from homeassistant.core import HomeAssistant
import pytest


@pytest.fixture
def persistent_database() -> bool:
    return True


@pytest.fixture(autouse=True)
def _custom_integrations(recorder_mock: Recorder, enable_custom_integrations: None) -> None:
    """Set up the recorder before everything else."""


@pytest.fixture(autouse=True)
async def _start_of_a_day(
    _custom_integrations: None, hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    await hass.config.async_set_time_zone("America/New_York")
    freezer.move_to("2027-01-15 12:00:00-05:00")
