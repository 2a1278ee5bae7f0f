"""The heat source, and the runtime of aux heat."""

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.integration.conftest import Wait
from tests.integration.home import read_seconds, read_state, set_thermostat


@pytest.mark.usefixtures("all_entities")
async def test_runtime_follows_the_strips_to_the_second(
    hass: HomeAssistant, guard: MockConfigEntry, pass_seconds: Wait
) -> None:
    await pass_seconds(100)
    set_thermostat(hass, hvac_action="heating", equipment_running="heatPump,auxHeat1,fan")
    await hass.async_block_till_done()
    assert read_state(hass, guard, "heat_source").state == "heat_pump_aux"
    assert read_state(hass, guard, "aux_heat").state == "on"

    await pass_seconds(1234)
    set_thermostat(hass, hvac_action="heating", equipment_running="heatPump,fan")
    await hass.async_block_till_done()
    assert read_state(hass, guard, "heat_source").state == "heat_pump"
    assert read_state(hass, guard, "aux_heat").state == "off"

    await pass_seconds(3600)
    for key in ("today", "24h", "month", "season", "total"):
        assert read_seconds(hass, guard, f"aux_runtime_{key}") == pytest.approx(1234, abs=0.5)
    assert read_seconds(hass, guard, "heat_pump_runtime_today") == pytest.approx(
        1234 + 3600, abs=0.5
    )
    assert read_state(hass, guard, "aux_cycles_today").state == "1"
