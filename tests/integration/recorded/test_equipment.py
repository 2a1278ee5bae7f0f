"""The kind of aux heat is suggested from the recorded states of the thermostat."""

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.recorder import Recorder
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)
from sqlalchemy.exc import OperationalError

from custom_components.aux_heat_guard.sources import equipment
from custom_components.aux_heat_guard.sources.equipment import async_suggest_equipment
from tests.integration.home import THERMOSTAT, options_for, set_thermostat


@pytest.mark.parametrize(
    ("reported", "hours", "suggested"),
    [
        pytest.param(["auxHeat1,fan", "", "fan"], 24, "furnace", id="AUX and never a heat pump"),
        pytest.param([["auxHeat1"], []], 24, "furnace", id="as lists"),
        pytest.param(
            ["auxHeat1", "heatPump,auxHeat1", "auxHeat1"], 24, "strips", id="a heat pump once"
        ),
        pytest.param(["compCool1", "", "fan"], 24, "strips", id="a summer without either"),
        pytest.param(["auxHeat1", ""], 2, "strips", id="some hours of a cold day"),
        pytest.param([None, 7], 24, "strips", id="nothing that is a word"),
    ],
)
async def test_equipment_is_suggested_from_recorded_states(  # noqa: PLR0913, PLR0917
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    recorder_mock: Recorder,
    reported: list[object],
    hours: int,
    suggested: str,
) -> None:
    assert recorder_mock is not None
    for words in reported:
        set_thermostat(hass, equipment_running=words)
        await hass.async_block_till_done()
        freezer.tick(hours * 3600)
    await async_wait_recording_done(hass)
    assert await async_suggest_equipment(hass, options_for(hass)) == suggested


async def test_an_unreadable_recorder_keeps_the_default_suggestion(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OperationalError("select", {}, Exception("locked"))

    set_thermostat(hass, equipment_running="auxHeat1")
    monkeypatch.setattr(equipment, "get_significant_states", lambda *_, **__: fail())
    assert (
        await async_suggest_equipment(hass, {**options_for(hass), "thermostat": THERMOSTAT})
        == "strips"
    )
