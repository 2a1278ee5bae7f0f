"""Counts of signals that are not recorded, and of frozen sources, survive a rebuild."""

from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)

from custom_components.aux_heat_guard.core.settings.guard import STALE_FLOOR
from tests.integration.conftest import Wait
from tests.integration.home import THERMOSTAT, add_guard, read_seconds, read_state, set_thermostat
from tests.integration.recorded.test_rebuild import rebuild

pytestmark = pytest.mark.usefixtures("all_entities")

W2, COMPRESSOR = "binary_sensor.w2", "binary_sensor.compressor"
RELAY = {"kind": "on_off", "role": "aux", "quality": "measured", "entity_id": W2, "attribute": None}
RUNNING = {
    "kind": "on_off",
    "role": "compressor",
    "quality": "measured",
    "entity_id": COMPRESSOR,
    "attribute": None,
}
REPORTED = {
    "kind": "token",
    "role": "aux",
    "quality": "reported",
    "entity_id": THERMOSTAT,
    "attribute": "equipment_running",
    "values": ["auxHeat1"],
    "others": ["heatPump", "fan"],
}


@pytest.fixture
def unrecorded_relay() -> list[str]:
    """Exclude the relay from the recorder."""
    return [W2]


@pytest.fixture
def recorder_config(unrecorded_relay: list[str]) -> dict[str, Any]:
    return {"exclude": {"entities": unrecorded_relay}}


async def record_aux_run(
    hass: HomeAssistant, wait: Wait, *, signals: list[dict[str, Any]], relay: str = "on"
) -> MockConfigEntry:
    """Turn the relay on for twenty minutes between two quarters of an hour."""
    set_thermostat(hass, equipment_running="heatPump", hvac_action="heating")
    hass.states.async_set(W2, "off")
    hass.states.async_set(COMPRESSOR, "off")
    guard = await add_guard(hass, signals=signals)
    await hass.async_block_till_done(wait_background_tasks=True)
    for state, length in ((relay, 1200), ("off", 900)):
        hass.states.async_set(W2, state)
        await hass.async_block_till_done()
        await wait(length)
    await async_wait_recording_done(hass)
    return guard


def totals(guard: MockConfigEntry) -> tuple[float, ...]:
    counted = guard.runtime_data.ledger().totals
    return (
        counted.aux,
        counted.heat_pump,
        counted.emergency,
        counted.aux_unknown,
        counted.heat_pump_unknown,
    )


async def test_aux_seen_only_by_an_unrecorded_relay_is_kept(
    hass: HomeAssistant, pass_seconds: Wait
) -> None:
    guard = await record_aux_run(hass, pass_seconds, signals=[RELAY, REPORTED])
    before = totals(guard)
    kwh = guard.runtime_data.ledger().amounts.kwh
    assert before[0] == pytest.approx(1200, abs=61)

    await rebuild(hass)
    assert totals(guard) == pytest.approx(before, abs=1)
    assert guard.runtime_data.ledger().amounts.kwh == pytest.approx(kwh, abs=0.01)
    # A second rebuild keeps the counts too.
    await rebuild(hass)
    assert totals(guard) == pytest.approx(before, abs=1)


async def test_a_recorded_signal_counts_beside_an_unrecorded_one(
    hass: HomeAssistant, pass_seconds: Wait
) -> None:
    guard = await record_aux_run(hass, pass_seconds, signals=[RELAY], relay="off")
    set_thermostat(hass, equipment_running="auxHeat1", hvac_action="heating")
    await hass.async_block_till_done()
    await pass_seconds(600)
    set_thermostat(hass, equipment_running="heatPump", hvac_action="heating")
    await hass.async_block_till_done()
    await async_wait_recording_done(hass)
    hass.config_entries.async_update_entry(
        guard, options={**guard.options, "signals": [RELAY, REPORTED]}
    )
    await hass.async_block_till_done(wait_background_tasks=True)
    assert read_seconds(hass, guard, "aux_runtime_season") == 0

    await rebuild(hass)
    assert read_seconds(hass, guard, "aux_runtime_season") == pytest.approx(600, abs=1)


@pytest.mark.parametrize("unrecorded_relay", [[COMPRESSOR], [THERMOSTAT], [COMPRESSOR, THERMOSTAT]])
async def test_other_heat_is_kept(hass: HomeAssistant, pass_seconds: Wait) -> None:
    guard = await record_aux_run(hass, pass_seconds, signals=[RELAY, RUNNING])
    before = totals(guard)
    assert before[2] == pytest.approx(1200, abs=61)

    await rebuild(hass)
    assert totals(guard) == pytest.approx(before, abs=1)


@pytest.mark.parametrize("unrecorded_relay", [[THERMOSTAT]])
async def test_aux_reported_only_by_the_thermostat_is_kept(
    hass: HomeAssistant, pass_seconds: Wait
) -> None:
    guard = await record_aux_run(hass, pass_seconds, signals=[RELAY])
    before = totals(guard)
    assert before[1] == pytest.approx(2100, abs=61)

    await rebuild(hass)
    assert totals(guard) == pytest.approx(before, abs=1)


@pytest.mark.parametrize("unrecorded_relay", [[]])
async def test_recorded_signals_are_recounted(hass: HomeAssistant, pass_seconds: Wait) -> None:
    guard = await record_aux_run(hass, pass_seconds, signals=[RELAY, REPORTED])
    hass.config_entries.async_update_entry(guard, options={**guard.options, "signals": [REPORTED]})
    await hass.async_block_till_done(wait_background_tasks=True)

    await rebuild(hass)
    assert read_seconds(hass, guard, "aux_runtime_season") == 0


@pytest.mark.parametrize("thaws", [True, False])
async def test_frozen_time_is_not_counted_by_a_rebuild(
    hass: HomeAssistant, pass_seconds: Wait, thaws: bool
) -> None:
    set_thermostat(hass)
    guard = await add_guard(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    for running in [""] * 40 + ["auxHeat1"] * 3:
        set_thermostat(hass, equipment_running=running)
        await hass.async_block_till_done()
        await pass_seconds(180)
    await pass_seconds(7200)
    if thaws:
        set_thermostat(hass)
        await hass.async_block_till_done()
        await pass_seconds(300)
    await async_wait_recording_done(hass)
    before = totals(guard)
    assert before[0] == pytest.approx(360 + STALE_FLOOR.total_seconds(), abs=61)

    await rebuild(hass)
    assert totals(guard) == pytest.approx(before, abs=61)
    assert read_state(hass, guard, "heat_source").state == ("off" if thaws else "unknown")
