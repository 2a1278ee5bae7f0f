"""The history survives reloads and restarts."""

import json
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE, EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.aux_heat_guard.const import DOMAIN
from custom_components.aux_heat_guard.core.persistence.history import decode
from tests.integration.conftest import Wait
from tests.integration.home import add_guard, read_seconds, read_state, set_thermostat


def stored_rows(hass_storage: dict[str, Any], file: str, key: str) -> list[Any]:
    """Decode the rows of a file, which are a string in it."""
    read: list[Any] = json.loads(hass_storage[f"{DOMAIN}.{file}"]["data"][key])
    return read


async def run_strips(hass: HomeAssistant, wait: Wait, length: float) -> None:
    set_thermostat(hass, equipment_running="heatPump,auxHeat1")
    await hass.async_block_till_done()
    await wait(length)


async def test_a_reload_in_the_middle_of_a_run(
    hass: HomeAssistant, guard: MockConfigEntry, pass_seconds: Wait
) -> None:
    await run_strips(hass, pass_seconds, 600)
    await hass.config_entries.async_reload(guard.entry_id)
    await hass.async_block_till_done()
    await pass_seconds(600)
    assert read_seconds(hass, guard, "aux_runtime_today") == pytest.approx(1200, abs=0.5)
    assert read_state(hass, guard, "aux_cycles_today").state == "1"
    assert read_state(hass, guard, "aux_runtime_today").attributes["coverage"] == 100


async def test_time_without_home_assistant_is_unknown(
    hass: HomeAssistant, guard: MockConfigEntry, pass_seconds: Wait, freezer: FrozenDateTimeFactory
) -> None:
    await run_strips(hass, pass_seconds, 600)
    await hass.config_entries.async_unload(guard.entry_id)
    freezer.tick(1800)
    await hass.config_entries.async_setup(guard.entry_id)
    await hass.async_block_till_done()
    await pass_seconds(600)
    assert read_seconds(hass, guard, "aux_runtime_today") == pytest.approx(1200, abs=0.5)
    assert read_state(hass, guard, "aux_cycles_today").state == "1"
    assert read_state(hass, guard, "aux_runtime_today").attributes["coverage"] == pytest.approx(
        40, abs=0.1
    )


def stored_run(hass_storage: dict[str, Any], guard: MockConfigEntry) -> dict[str, Any]:
    start, last_seen, length, running, *_ = hass_storage[f"{DOMAIN}.{guard.entry_id}"]["data"][
        "run"
    ]
    return {"start": start, "last_seen": last_seen, "seconds": length, "running": running}


async def test_the_history_is_saved_after_a_run_and_every_five_minutes(
    hass: HomeAssistant, guard: MockConfigEntry, pass_seconds: Wait, hass_storage: dict[str, Any]
) -> None:
    await run_strips(hass, pass_seconds, 2)
    assert stored_run(hass_storage, guard)["running"] is True
    await pass_seconds(600)
    assert stored_run(hass_storage, guard)["seconds"] >= 300
    set_thermostat(hass, equipment_running="")
    await hass.async_block_till_done()
    await pass_seconds(2)
    run = stored_run(hass_storage, guard)
    assert (run["seconds"], run["running"]) == (pytest.approx(602, abs=0.1), False)


async def test_a_clean_stop_writes_all(
    hass: HomeAssistant, guard: MockConfigEntry, pass_seconds: Wait, hass_storage: dict[str, Any]
) -> None:
    await run_strips(hass, pass_seconds, 100)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await hass.async_block_till_done()
    hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await hass.async_block_till_done()
    assert stored_run(hass_storage, guard)["seconds"] == pytest.approx(100, abs=0.1)


async def test_after_a_day_data_moves_to_the_archive(
    hass: HomeAssistant,
    guard: MockConfigEntry,
    pass_seconds: Wait,
    hass_storage: dict[str, Any],
    freezer: FrozenDateTimeFactory,
) -> None:
    await run_strips(hass, pass_seconds, 600)
    set_thermostat(hass, equipment_running="")
    await hass.async_block_till_done()
    before = len(stored_rows(hass_storage, guard.entry_id, "line"))
    for _ in range(25):
        freezer.tick(3600)
        async_fire_time_changed(hass)
        await hass.async_block_till_done(wait_background_tasks=True)
    season = f"{guard.entry_id}.2026"
    assert [run[2] for run in stored_rows(hass_storage, season, "runs")] == [
        pytest.approx(600, abs=0.1)
    ]
    assert len(stored_rows(hass_storage, season, "line")) >= 24
    assert len(stored_rows(hass_storage, guard.entry_id, "line")) < before

    await hass.config_entries.async_reload(guard.entry_id)
    await hass.async_block_till_done()
    assert read_seconds(hass, guard, "aux_runtime_month") == pytest.approx(600, abs=0.5)
    await hass.config_entries.async_remove(guard.entry_id)
    await hass.async_block_till_done()
    assert not [key for key in hass_storage if key.startswith(DOMAIN)]


async def test_a_removed_guard_leaves_nothing(
    hass: HomeAssistant, guard: MockConfigEntry, pass_seconds: Wait, hass_storage: dict[str, Any]
) -> None:
    await run_strips(hass, pass_seconds, 10)
    await hass.config_entries.async_remove(guard.entry_id)
    await hass.async_block_till_done()
    assert f"{DOMAIN}.{guard.entry_id}" not in hass_storage


@pytest.mark.usefixtures("all_entities")
async def test_the_day_ends_at_midnight_at_home(
    hass: HomeAssistant, guard: MockConfigEntry, pass_seconds: Wait, freezer: FrozenDateTimeFactory
) -> None:
    freezer.move_to("2027-01-15 23:50:00-05:00")
    await run_strips(hass, pass_seconds, 1200)
    assert read_seconds(hass, guard, "aux_runtime_today") == pytest.approx(600, abs=0.5)
    assert (
        read_state(hass, guard, "aux_energy_today").attributes["last_reset"]
        == "2027-01-16T05:00:00+00:00"
    )
    assert read_state(hass, guard, "aux_cycles_today").state == "0"
    assert read_seconds(hass, guard, "aux_runtime_24h") == pytest.approx(1200, abs=0.5)


@pytest.mark.usefixtures("all_entities")
async def test_a_home_that_changes_its_time_zone(
    hass: HomeAssistant, guard: MockConfigEntry, pass_seconds: Wait
) -> None:
    await run_strips(hass, pass_seconds, 1200)
    await hass.config.async_update(time_zone="Asia/Kolkata")
    await hass.async_block_till_done(wait_background_tasks=True)
    await pass_seconds(300)
    assert (
        read_state(hass, guard, "aux_energy_today").attributes["last_reset"]
        == "2027-01-14T18:30:00+00:00"
    )
    assert read_seconds(hass, guard, "aux_runtime_24h") == pytest.approx(1500, abs=0.5)


async def test_the_furnace_home(hass: HomeAssistant) -> None:
    set_thermostat(hass, hvac_action="heating", equipment_running="auxHeat1,fan")
    none = await add_guard(hass, equipment="none")
    assert read_state(hass, none, "aux_heat").state == "off"
    await hass.config_entries.async_remove(none.entry_id)
    furnace = await add_guard(hass, equipment="furnace")
    assert read_state(hass, furnace, "heat_source").state == "furnace"
    assert read_state(hass, furnace, "aux_heat").state == "on"


async def test_a_disabled_guard_stops_counting(
    hass: HomeAssistant, guard: MockConfigEntry, pass_seconds: Wait, hass_storage: dict[str, Any]
) -> None:
    await pass_seconds(10)
    unloading = hass.async_create_task(hass.config_entries.async_unload(guard.entry_id))
    set_thermostat(hass, equipment_running="auxHeat1")
    await unloading
    set_thermostat(hass, equipment_running="heatPump,auxHeat1")
    await hass.async_block_till_done()
    await pass_seconds(600)
    assert hass_storage[f"{DOMAIN}.{guard.entry_id}"]["data"]["run"] is None


async def test_a_flickering_source_does_not_delay_saving(
    hass: HomeAssistant,
    guard: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    hass_storage: dict[str, Any],
) -> None:
    for tenth in range(30):
        set_thermostat(hass, equipment_running="auxHeat1" if tenth % 2 else "")
        await hass.async_block_till_done()
        freezer.tick(0.4)
        async_fire_time_changed(hass)
        await hass.async_block_till_done()
    assert decode(hass_storage[f"{DOMAIN}.{guard.entry_id}"]["data"]).ledger.totals.cycles >= 10
