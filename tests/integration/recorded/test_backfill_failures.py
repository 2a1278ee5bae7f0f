"""A failure during a backfill neither invents nor loses history."""

import asyncio
import copy
from datetime import timedelta
from itertools import pairwise
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util
from homeassistant.util.file import WriteError
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)

from custom_components.aux_heat_guard.const import DOMAIN
from custom_components.aux_heat_guard.history import recorder_reader as history
from custom_components.aux_heat_guard.history.backfill import HistoryBusyError
from custom_components.aux_heat_guard.history.store import LedgerStore
from tests.integration.home import add_guard, read_seconds, read_state, set_thermostat
from tests.integration.recorded.test_backfill import (
    AUX,
    PUMP,
    RecordedClock,
    clock,
    set_up_again,
    wait_settled,
)

__all__ = ["clock"]

RELAY = {
    "kind": "on_off",
    "role": "aux",
    "quality": "measured",
    "entity_id": "binary_sensor.w2",
    "attribute": None,
}
POWER = {"kind": "power", "entity_id": "sensor.strips", "attribute": None}
WATTS = {"unit_of_measurement": "W"}


async def test_a_relay_that_never_came_back_after_a_restart_is_not_revived(
    hass: HomeAssistant, clock: RecordedClock
) -> None:
    set_thermostat(hass, hvac_action="heating")
    hass.states.async_set("binary_sensor.w2", "on")
    await clock.pass_time(600)
    await clock.simulate_downtime(600, crashed=False)
    for hour in range(20):
        set_thermostat(hass, current_temperature=60 + hour)
        await hass.async_block_till_done()
        clock.freezer.tick(3600)
    hass.states.async_remove("binary_sensor.w2")
    await async_wait_recording_done(hass)
    guard = await add_guard(hass, signals=[RELAY])
    await wait_settled(hass)
    assert read_seconds(hass, guard, "aux_runtime_season") == pytest.approx(600, abs=1)


async def test_an_unchanged_power_is_read_from_the_recorder(
    hass: HomeAssistant, clock: RecordedClock
) -> None:
    hass.states.async_set("binary_sensor.w2", "on")
    hass.states.async_set("sensor.strips", "10000", WATTS)
    for minute in range(60):
        set_thermostat(hass, current_temperature=60 + minute % 5)
        await clock.pass_time(60)
    hass.states.async_set("binary_sensor.w2", "off")
    hass.states.async_set("sensor.strips", "0", WATTS)
    await clock.pass_time(60)
    guard = await add_guard(hass, signals=[RELAY], energy=POWER)
    await wait_settled(hass)
    assert float(read_state(hass, guard, "aux_energy_total").state) == pytest.approx(10, abs=0.01)


async def test_a_guard_that_is_removed_while_it_rebuilds_leaves_nothing(
    hass: HomeAssistant,
    clock: RecordedClock,
    hass_storage: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_thermostat(hass)
    guard = await add_guard(hass)
    await wait_settled(hass)
    await clock.report(AUX, 600)
    begun, gate, real = asyncio.Event(), asyncio.Event(), history.async_rebuild

    async def slow(*arguments: Any) -> history.ReplayResult:
        lived = await real(*arguments)
        begun.set()
        await gate.wait()
        return lived

    monkeypatch.setattr(history, "async_rebuild", slow)
    rebuilding = hass.async_create_task(guard.runtime_data.persistence.async_rebuild())
    await begun.wait()
    await hass.config_entries.async_remove(guard.entry_id)
    gate.set()
    with pytest.raises(HistoryBusyError):
        await rebuilding
    assert [key for key in hass_storage if key.startswith(DOMAIN)] == []


async def test_a_crash_between_archive_and_small_file(
    hass: HomeAssistant,
    clock: RecordedClock,
    hass_storage: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_thermostat(hass)
    guard = await add_guard(hass, equipment="none")
    await wait_settled(hass)
    await clock.report(AUX, 3600)
    await clock.report(PUMP, 600)
    hass.config_entries.async_update_entry(guard, options={**guard.options, "equipment": "strips"})
    await wait_settled(hass)
    store, disk, real = (
        guard.runtime_data.persistence.store,
        dict[str, Any](),
        LedgerStore.async_rewrite,
    )
    await store.async_archive(guard.runtime_data.ledger())
    await async_wait_recording_done(hass)

    async def rewrite(self: LedgerStore, *arguments: Any) -> None:
        await real(self, *arguments)
        disk.update(copy.deepcopy(dict(hass_storage)))

    monkeypatch.setattr(LedgerStore, "async_rewrite", rewrite)
    await guard.runtime_data.persistence.async_rebuild()
    await hass.config_entries.async_unload(guard.entry_id)
    hass_storage.update(disk)
    await set_up_again(hass, guard)
    assert read_seconds(hass, guard, "aux_runtime_season") == pytest.approx(3600, abs=1)
    line = (await guard.runtime_data.persistence.async_full_ledger()).points
    assert all(earlier.totals.aux <= later.totals.aux for earlier, later in pairwise(line))


async def test_changed_options_in_a_run_leave_no_second_unpriced(
    hass: HomeAssistant, clock: RecordedClock
) -> None:
    set_thermostat(hass, equipment_running=AUX, hvac_action="heating")
    guard = await add_guard(hass, price={"kind": "fixed", "price": 1.0})
    await wait_settled(hass)
    for month in range(1, 13):
        await clock.pass_time(55)
        hass.config_entries.async_update_entry(
            guard, options={**guard.options, "season_start_month": month}
        )
        await hass.async_block_till_done()
    await clock.report(PUMP, 60)
    assert "unpriced_kwh" not in read_state(hass, guard, "aux_cost_today").attributes
    assert float(read_state(hass, guard, "aux_cost_today").state) == pytest.approx(
        float(read_state(hass, guard, "aux_energy_total").state), abs=0.011
    )


async def test_an_archive_that_cannot_be_written_loses_nothing(
    hass: HomeAssistant, clock: RecordedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_thermostat(hass)
    guard = await add_guard(hass)
    await wait_settled(hass)
    begin = dt_util.utcnow()
    await clock.report(AUX, 3600)
    await clock.report(PUMP, 600)
    real = Store._async_write_data  # noqa: SLF001

    async def full(self: Store[Any], data: dict[str, Any]) -> None:
        if self.key.endswith(".2026"):
            raise WriteError("no space left")
        await real(self, data)

    monkeypatch.setattr(Store, "_async_write_data", full)
    await guard.runtime_data.persistence.store.async_archive(guard.runtime_data.ledger())
    monkeypatch.undo()
    await hass.config_entries.async_unload(guard.entry_id)
    await set_up_again(hass, guard)
    known = await guard.runtime_data.persistence.async_full_ledger()
    assert known.cumulative_at(begin + timedelta(seconds=1800))[0].aux - known.cumulative_at(begin)[
        0
    ].aux == pytest.approx(1800, abs=0.1)


async def test_an_unexpected_error_does_not_stop_saving(
    hass: HomeAssistant,
    clock: RecordedClock,
    hass_storage: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await clock.report(AUX, 60)

    async def fail(*_arguments: object) -> None:
        raise history.RecorderReadError

    monkeypatch.setattr(history, "async_rebuild", fail)
    guard = await add_guard(hass)
    await wait_settled(hass)
    await clock.pass_time(1200)
    assert not guard.runtime_data.persistence.backfill.is_busy
    assert hass_storage[f"{DOMAIN}.{guard.entry_id}"]["data"]["run"][2] > 800


async def test_a_full_disk_does_not_stop_the_catching_up(
    hass: HomeAssistant, clock: RecordedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_thermostat(hass)
    guard = await add_guard(hass)
    await wait_settled(hass)
    await hass.config_entries.async_unload(guard.entry_id)
    await clock.report(AUX, 600)
    set_thermostat(hass, equipment_running=PUMP)
    await hass.async_block_till_done()
    clock.freezer.tick(timedelta(days=9))
    real = Store._async_write_data  # noqa: SLF001

    async def full(self: Store[Any], data: dict[str, Any]) -> None:
        if self.key.endswith(".2026"):
            raise WriteError("no space left")
        await real(self, data)

    with monkeypatch.context() as full_disk:
        full_disk.setattr(Store, "_async_write_data", full)
        await set_up_again(hass, guard)
    assert read_seconds(hass, guard, "aux_runtime_season") == pytest.approx(600, abs=0.5)


async def test_a_full_disk_is_said_once_and_archiving_is_tried_again_each_hour(
    hass: HomeAssistant,
    clock: RecordedClock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    set_thermostat(hass)
    guard = await add_guard(hass)
    await wait_settled(hass)
    tried: list[str] = []
    real = Store._async_write_data  # noqa: SLF001

    async def full(self: Store[Any], data: dict[str, Any]) -> None:
        if not self.key.endswith(".2026"):
            await real(self, data)
            return
        tried.append(self.key)
        raise WriteError("no space left")

    async def hours_pass(hours: int) -> None:
        for quarter in range(4 * hours):
            clock.freezer.tick(timedelta(minutes=15))
            async_fire_time_changed(hass)
            set_thermostat(
                hass, equipment_running=AUX if quarter % 2 else PUMP, hvac_action="heating"
            )
            await wait_settled(hass)

    with monkeypatch.context() as full_disk:
        full_disk.setattr(Store, "_async_write_data", full)
        await hours_pass(31)

    # Since the small file was half full, a little before the day was over.
    assert 5 <= len(tried) <= 10
    assert caplog.text.count("could not be archived") == 1
    counted = guard.runtime_data.ledger().totals.aux
    await hours_pass(2)
    assert caplog.text.count("is archived") == 1
    await hass.config_entries.async_unload(guard.entry_id)
    await set_up_again(hass, guard)
    assert guard.runtime_data.ledger().totals.aux >= counted
    known = await guard.runtime_data.persistence.async_full_ledger()
    assert max(later.at - earlier.at for earlier, later in pairwise(known.points)) <= timedelta(
        hours=1
    )


async def test_a_clock_set_back_loses_nothing_with_a_recorder(
    hass: HomeAssistant, clock: RecordedClock
) -> None:
    set_thermostat(hass)
    guard = await add_guard(hass)
    await wait_settled(hass)
    await clock.report(AUX, 3 * 3600)
    clock.freezer.tick(timedelta(hours=-2))
    await clock.report(f"{AUX},fan", 600)
    await hass.config_entries.async_unload(guard.entry_id)
    clock.freezer.tick(timedelta(minutes=-30))
    await set_up_again(hass, guard)
    await clock.pass_time(600)
    assert guard.runtime_data.ledger().totals.aux == pytest.approx(3 * 3600 + 1200, abs=1)
