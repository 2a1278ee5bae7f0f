"""A Home Assistant with a recorder, on a database in a file, as at home: one in memory locks its readers out while it is written."""

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.recorder import Recorder
from homeassistant.core import HomeAssistant
import pytest


@pytest.fixture
def persistent_database() -> bool:
    return True


@pytest.fixture(autouse=True)
def _custom_integrations(recorder_mock: Recorder, enable_custom_integrations: None) -> None:
    """The recorder comes before all else."""


@pytest.fixture(autouse=True)
async def _start_of_a_day(
    _custom_integrations: None, hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    await hass.config.async_set_time_zone("America/New_York")
    freezer.move_to("2027-01-15 12:00:00-05:00")
