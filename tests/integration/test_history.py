"""What was counted outlives reloads and restarts."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE, EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.aux_heat_guard.const import DOMAIN
from tests.integration.conftest import Wait
from tests.integration.home import add_guard, seconds, set_thermostat, shown


async def run_strips(hass: HomeAssistant, wait: Wait, length: float) -> None:
    set_thermostat(hass, equipment_running="heatPump,auxHeat1")
    await hass.async_block_till_done()
    await wait(length)


async def test_a_reload_in_the_middle_of_a_run(hass: HomeAssistant, guard: MockConfigEntry, wait: Wait) -> None:
    await run_strips(hass, wait, 600)
    await hass.config_entries.async_reload(guard.entry_id)
    await hass.async_block_till_done()
    await wait(600)
    assert seconds(hass, guard, "aux_runtime_today") == pytest.approx(1200, abs=0.5)
    assert shown(hass, guard, "aux_cycles_today").state == "1"
    assert shown(hass, guard, "aux_runtime_today").attributes["coverage"] == 100


async def test_time_without_home_assistant_is_unknown(
    hass: HomeAssistant, guard: MockConfigEntry, wait: Wait, freezer: FrozenDateTimeFactory
) -> None:
    await run_strips(hass, wait, 600)
    await hass.config_entries.async_unload(guard.entry_id)
    freezer.tick(1800)
    await hass.config_entries.async_setup(guard.entry_id)
    await hass.async_block_till_done()
    await wait(600)
    assert seconds(hass, guard, "aux_runtime_today") == pytest.approx(1200, abs=0.5)
    assert shown(hass, guard, "aux_cycles_today").state == "1"
    assert shown(hass, guard, "aux_runtime_today").attributes["coverage"] == pytest.approx(40, abs=0.1)


async def test_it_is_on_disk_soon_after_a_run_and_every_five_minutes(
    hass: HomeAssistant, guard: MockConfigEntry, wait: Wait, hass_storage: dict[str, Any]
) -> None:
    key = f"{DOMAIN}.{guard.entry_id}"
    await run_strips(hass, wait, 2)
    assert hass_storage[key]["data"]["run"]["running"] is True
    await wait(600)
    assert hass_storage[key]["data"]["run"]["seconds"] >= 300
    set_thermostat(hass, equipment_running="")
    await hass.async_block_till_done()
    await wait(2)
    assert hass_storage[key]["data"]["run"] | {"start": 0, "last_seen": 0} == {
        "start": 0,
        "last_seen": 0,
        "seconds": pytest.approx(602, abs=0.1),
        "running": False,
    }


async def test_a_clean_stop_writes_all(hass: HomeAssistant, guard: MockConfigEntry, wait: Wait, hass_storage: dict[str, Any]) -> None:
    await run_strips(hass, wait, 100)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await hass.async_block_till_done()
    hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await hass.async_block_till_done()
    assert hass_storage[f"{DOMAIN}.{guard.entry_id}"]["data"]["run"]["seconds"] == pytest.approx(100, abs=0.1)


async def test_the_history_of_a_later_version_is_left_alone(
    hass: HomeAssistant, guard: MockConfigEntry, hass_storage: dict[str, Any]
) -> None:
    await hass.config_entries.async_unload(guard.entry_id)
    stored = hass_storage[f"{DOMAIN}.{guard.entry_id}"]
    stored["data"] = {"version": 99, "secret": "of the future"}
    await hass.config_entries.async_setup(guard.entry_id)
    await hass.async_block_till_done()
    assert guard.state is ConfigEntryState.SETUP_ERROR
    assert guard.error_reason_translation_key == "newer_history"
    assert hass_storage[f"{DOMAIN}.{guard.entry_id}"]["data"] == {"version": 99, "secret": "of the future"}


async def test_a_removed_guard_leaves_nothing(
    hass: HomeAssistant, guard: MockConfigEntry, wait: Wait, hass_storage: dict[str, Any]
) -> None:
    await run_strips(hass, wait, 10)
    await hass.config_entries.async_remove(guard.entry_id)
    await hass.async_block_till_done()
    assert f"{DOMAIN}.{guard.entry_id}" not in hass_storage


async def test_the_day_ends_at_midnight_at_home(
    hass: HomeAssistant, guard: MockConfigEntry, wait: Wait, freezer: FrozenDateTimeFactory
) -> None:
    freezer.move_to("2027-01-15 23:50:00-05:00")
    await run_strips(hass, wait, 1200)
    assert seconds(hass, guard, "aux_runtime_today") == pytest.approx(600, abs=0.5)
    assert shown(hass, guard, "aux_runtime_today").attributes["last_reset"] == "2027-01-16T05:00:00+00:00"
    assert shown(hass, guard, "aux_cycles_today").state == "0"
    assert seconds(hass, guard, "aux_runtime_24h") == pytest.approx(1200, abs=0.5)


async def test_a_home_that_changes_its_time_zone(hass: HomeAssistant, guard: MockConfigEntry, wait: Wait) -> None:
    await run_strips(hass, wait, 1200)
    await hass.config.async_update(time_zone="Asia/Kolkata")
    await hass.async_block_till_done()
    await wait(300)
    assert shown(hass, guard, "aux_runtime_today").attributes["last_reset"] == "2027-01-14T18:30:00+00:00"
    assert seconds(hass, guard, "aux_runtime_24h") == pytest.approx(1500, abs=0.5)


async def test_the_furnace_home(hass: HomeAssistant) -> None:
    set_thermostat(hass, hvac_action="heating", equipment_running="auxHeat1,fan")
    none = await add_guard(hass, equipment="none")
    assert shown(hass, none, "aux_heat").state == "off"
    await hass.config_entries.async_remove(none.entry_id)
    furnace = await add_guard(hass, equipment="furnace")
    assert shown(hass, furnace, "heat_source").state == "furnace"
    assert shown(hass, furnace, "aux_heat").state == "on"


async def test_a_guard_that_is_switched_off_counts_no_further(
    hass: HomeAssistant, guard: MockConfigEntry, wait: Wait, hass_storage: dict[str, Any]
) -> None:
    await wait(10)
    unloading = hass.async_create_task(hass.config_entries.async_unload(guard.entry_id))
    set_thermostat(hass, equipment_running="auxHeat1")
    await unloading
    set_thermostat(hass, equipment_running="heatPump,auxHeat1")
    await hass.async_block_till_done()
    await wait(600)
    assert hass_storage[f"{DOMAIN}.{guard.entry_id}"]["data"]["run"] is None


async def test_a_source_that_flickers_does_not_put_off_the_writing(
    hass: HomeAssistant, guard: MockConfigEntry, freezer: FrozenDateTimeFactory, hass_storage: dict[str, Any]
) -> None:
    for tenth in range(30):
        set_thermostat(hass, equipment_running="auxHeat1" if tenth % 2 else "")
        await hass.async_block_till_done()
        freezer.tick(0.4)
        async_fire_time_changed(hass)
        await hass.async_block_till_done()
    points = hass_storage[f"{DOMAIN}.{guard.entry_id}"]["data"]["points"]
    assert points[-1][-1] >= 10
