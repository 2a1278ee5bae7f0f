"""A thermostat whose integration fails in an update stays available with its last state."""

from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.aux_heat_guard.core.settings.guard import STALE_FLOOR
from tests.integration.home import add_guard, pass_time, read_seconds, read_state, set_thermostat

RELAY = {
    "kind": "on_off",
    "role": "aux",
    "quality": "measured",
    "entity_id": "binary_sensor.w2",
    "attribute": None,
}


async def report_every_third_minute(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, minutes: int, **says: str
) -> None:
    """Let the thermostat repeat its state every third minute."""
    for _ in range(minutes // 3):
        set_thermostat(hass, **says)
        await hass.async_block_till_done()
        await pass_time(hass, freezer, 180)


async def test_a_frozen_value_stops_counting(
    hass: HomeAssistant, guard: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    await report_every_third_minute(hass, freezer, 120)
    await report_every_third_minute(
        hass, freezer, 9, equipment_running="auxHeat1", hvac_action="heating"
    )
    await pass_time(hass, freezer, 3 * 3600)

    assert read_state(hass, guard, "heat_source").state == "unknown"
    # The thermostat reported for six minutes, and its last report is valid for some time.
    assert read_seconds(hass, guard, "aux_runtime_today") == pytest.approx(
        6 * 60 + STALE_FLOOR.total_seconds(), abs=5
    )

    set_thermostat(hass, equipment_running="", hvac_action="idle")
    await hass.async_block_till_done()
    assert read_state(hass, guard, "heat_source").state == "off"


async def test_a_relay_that_reports_changes_may_be_on_for_hours(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    set_thermostat(hass)
    hass.states.async_set("binary_sensor.w2", "off")
    guard = await add_guard(hass, signals=[RELAY])
    for state in ("on", "off") * 6:
        hass.states.async_set("binary_sensor.w2", state)
        await pass_time(hass, freezer, 600)
    hass.states.async_set("binary_sensor.w2", "on")
    before = read_seconds(hass, guard, "aux_runtime_today")
    freezer.tick(timedelta(seconds=1))
    async_fire_time_changed(hass)
    await pass_time(hass, freezer, 4 * 3600)

    assert read_state(hass, guard, "aux_heat").state == "on"
    assert read_seconds(hass, guard, "aux_runtime_today") == pytest.approx(
        before + 4 * 3600, abs=65
    )
