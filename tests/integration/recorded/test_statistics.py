"""Each hour is written once to Home Assistant's long-term statistics."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.recorder.models import StatisticMetaData
from homeassistant.components.recorder.statistics import (
    StatisticsRow,
    async_add_external_statistics,
    get_metadata,
    statistics_during_period,
    valid_statistic_id,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import get_instance
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)
from sqlalchemy.exc import OperationalError

from custom_components.aux_heat_guard.const import DOMAIN
from custom_components.aux_heat_guard.publish import statistics as long_term
from custom_components.aux_heat_guard.publish.statistics import SERIES, statistic_id
from tests.integration.home import add_guard, set_thermostat

AUX, PUMP, EMERGENCY, OFF = "heatPump,auxHeat1", "heatPump", "auxHeat1", ""
HOUR = timedelta(hours=1)
RUNTIMES = {"aux_runtime", "emergency_runtime", "heat_pump_runtime"}
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)

type Rows = dict[str, list[tuple[datetime, float, float]]]
"""By key; rows of (start, state, sum)."""


class StatisticsHome:
    """A home with one state of the thermostat after the other."""

    def __init__(self, hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
        self.hass = hass
        self.freezer = freezer

    async def run_equipment(self, equipment: str, minutes: float) -> None:
        """Set the running equipment for a while, with timers every ten minutes."""
        set_thermostat(
            self.hass, equipment_running=equipment, hvac_action="heating" if equipment else "idle"
        )
        await self.hass.async_block_till_done()
        while minutes > 0:
            self.freezer.tick(timedelta(minutes=min(minutes, 10)))
            async_fire_time_changed(self.hass)
            await self.hass.async_block_till_done()
            minutes -= 10
        await self.settle()

    async def settle(self) -> None:
        """Let the second of the writer pass, and wait for the write."""
        await self.hass.async_block_till_done(wait_background_tasks=True)
        async_fire_time_changed(self.hass, dt_util.utcnow() + timedelta(seconds=59))
        await self.hass.async_block_till_done(wait_background_tasks=True)
        await async_wait_recording_done(self.hass)

    async def add_guard(self, **options: Any) -> MockConfigEntry:
        guard = await add_guard(self.hass, **options)
        await self.settle()
        return guard

    async def read_metadata(self) -> dict[str, StatisticMetaData]:
        """Return the metadata of the statistics by their ids."""
        known = await get_instance(self.hass).async_add_executor_job(
            lambda: get_metadata(self.hass, statistic_source=DOMAIN)
        )
        return {name: meta for name, (_, meta) in known.items()}

    async def read_statistics(self, guard: MockConfigEntry) -> Rows:
        """Return the rows of the recorder."""
        await async_wait_recording_done(self.hass)
        names = {statistic_id(guard.entry_id, series.key): series.key for series in SERIES}
        found: dict[str, list[StatisticsRow]] = await get_instance(
            self.hass
        ).async_add_executor_job(
            lambda: statistics_during_period(
                self.hass, EPOCH, None, set(names), "hour", None, {"state", "sum"}
            )
        )
        return {
            names[name]: [
                (
                    datetime.fromtimestamp(row["start"], UTC),
                    _exact(row["state"]),
                    _exact(row["sum"]),
                )
                for row in rows
            ]
            for name, rows in found.items()
        }


def _exact(value: float | None) -> float:
    assert value is not None
    return round(value, 3)


@pytest.fixture
def home(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> StatisticsHome:
    return StatisticsHome(hass, freezer)


def hour_start(hour: int, day: int = 15) -> datetime:
    """Return the start of an hour in New York's January."""
    return datetime(2027, 1, day, hour + 5, tzinfo=UTC)


def statistic_states(rows: Rows, key: str = "aux_runtime") -> list[float]:
    return [state for _, state, _ in rows[key]]


def check_sums(rows: Rows) -> None:
    """Check that the hours are consecutive, and that each sum adds its state."""
    for found in rows.values():
        assert all(later - earlier == HOUR for (earlier, _, _), (later, _, _) in pairwise(found))
        assert all(
            total == pytest.approx(before + own, abs=0.01)
            for (_, _, before), (_, own, total) in pairwise(found)
        )
        assert all(own >= 0 for _, own, _ in found)


async def test_each_hour_is_written_once_it_is_over(home: StatisticsHome) -> None:
    set_thermostat(home.hass)
    guard = await home.add_guard(price={"kind": "fixed", "price": 0.25})
    await home.run_equipment(AUX, 30)
    assert await home.read_statistics(guard) == {}
    await home.run_equipment(PUMP, 30)
    await home.run_equipment(EMERGENCY, 60)
    await home.run_equipment(OFF, 60)
    assert await home.read_statistics(guard) == {
        "aux_runtime": [
            (hour_start(12), 1800, 1800),
            (hour_start(13), 3600, 5400),
            (hour_start(14), 0, 5400),
        ],
        "emergency_runtime": [
            (hour_start(12), 0, 0),
            (hour_start(13), 3600, 3600),
            (hour_start(14), 0, 3600),
        ],
        "heat_pump_runtime": [
            (hour_start(12), 3600, 3600),
            (hour_start(13), 0, 3600),
            (hour_start(14), 0, 3600),
        ],
        "aux_energy": [(hour_start(12), 5, 5), (hour_start(13), 10, 15), (hour_start(14), 0, 15)],
        "aux_cost": [
            (hour_start(12), 1.25, 1.25),
            (hour_start(13), 2.5, 3.75),
            (hour_start(14), 0, 3.75),
        ],
    }


async def test_statistic_ids_follow_home_assistant_rules(home: StatisticsHome) -> None:
    set_thermostat(home.hass)
    await home.hass.config.async_update(currency="USD")
    guard = MockConfigEntry(entry_id="01JHABCDEFGHJKMNPQRSTVWXYZ")
    assert (
        statistic_id(guard.entry_id, "aux_runtime")
        == "aux_heat_guard:01jhabcdefghjkmnpqrstvwxyz_aux_runtime"
    )
    guard = await home.add_guard(price={"kind": "fixed", "price": 0.25})
    await home.run_equipment(AUX, 60)
    metadata = await home.read_metadata()
    assert all(map(valid_statistic_id, metadata))
    assert {
        name.rpartition("hallway_")[2]: (
            meta["name"],
            meta["unit_class"],
            meta["unit_of_measurement"],
        )
        for name, meta in metadata.items()
    } == {
        "aux_runtime": ("Hallway AUX Heat Guard AUX runtime", "duration", "s"),
        "emergency_runtime": ("Hallway AUX Heat Guard emergency runtime", "duration", "s"),
        "heat_pump_runtime": ("Hallway AUX Heat Guard heat pump runtime", "duration", "s"),
        "aux_energy": ("Hallway AUX Heat Guard AUX energy", "energy", "kWh"),
        "aux_cost": ("Hallway AUX Heat Guard AUX cost", None, "USD"),
    }
    assert all(meta["has_sum"] and not meta["mean_type"] for meta in metadata.values())


async def test_a_renamed_guard_renames_its_statistics(home: StatisticsHome) -> None:
    set_thermostat(home.hass)
    guard = await home.add_guard()
    await home.run_equipment(PUMP, 60)
    home.hass.config_entries.async_update_entry(guard, title="Upstairs")
    await home.run_equipment(PUMP, 60)
    names = {meta["name"] for meta in (await home.read_metadata()).values()}
    assert names == {
        "Upstairs AUX runtime",
        "Upstairs emergency runtime",
        "Upstairs heat pump runtime",
    }


async def test_homes_without_energy_get_no_energy_statistics(home: StatisticsHome) -> None:
    set_thermostat(home.hass)
    guard = await home.add_guard()
    await home.run_equipment(PUMP, 60)
    assert set(await home.read_statistics(guard)) == RUNTIMES
    await home.run_equipment(AUX, 60)
    rows = await home.read_statistics(guard)
    assert set(rows) == {*RUNTIMES, "aux_energy"}
    assert rows["aux_energy"] == [(hour_start(13), 10, 10)]
    home.hass.config_entries.async_update_entry(
        guard, options={**guard.options, "price": {"kind": "fixed", "price": 0.5}}
    )
    await home.run_equipment(AUX, 60)
    await home.run_equipment(OFF, 60)
    rows = await home.read_statistics(guard)
    assert rows["aux_cost"] == [(hour_start(14), 5, 5), (hour_start(15), 0, 5)]
    check_sums(rows)


async def test_a_second_run_writes_the_very_same_rows(
    home: StatisticsHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[tuple[str, datetime, float, float]] = []

    def spy(hass: HomeAssistant, metadata: Any, rows: list[Any]) -> None:
        written.extend(
            (metadata["statistic_id"], row["start"], row["state"], row["sum"]) for row in rows
        )
        async_add_external_statistics(hass, metadata, rows)

    monkeypatch.setattr(long_term, "async_add_external_statistics", spy)
    set_thermostat(home.hass)
    guard = await home.add_guard()
    for _ in range(5):
        await home.run_equipment(AUX, 17)
        await home.run_equipment(PUMP, 43)
    rows = await home.read_statistics(guard)
    for hour in {start for _, start, _, _ in written}:
        assert len({row for row in written if row[1] == hour}) == 4
    assert len(written) > len({(name, start) for name, start, _, _ in written})
    await clear_statistics(home, *RUNTIMES, "aux_energy")
    assert await home.read_statistics(guard) == {}
    await home.hass.config_entries.async_reload(guard.entry_id)
    await home.settle()
    assert await home.read_statistics(guard) == rows
    check_sums(rows)


async def test_a_restart_goes_on_where_it_stopped(home: StatisticsHome) -> None:
    set_thermostat(home.hass)
    guard = await home.add_guard()
    await home.run_equipment(AUX, 110)
    await home.hass.config_entries.async_unload(guard.entry_id)
    # The recorder continues to record.
    await home.run_equipment(PUMP, 100)
    await home.hass.config_entries.async_setup(guard.entry_id)
    await home.settle()
    rows = await home.read_statistics(guard)
    assert [start for start, _, _ in rows["aux_runtime"]] == [
        hour_start(12),
        hour_start(13),
        hour_start(14),
    ]
    assert statistic_states(rows) == [3600, 3000, 0]
    assert statistic_states(rows, "heat_pump_runtime") == [3600, 3600, 3600]
    await home.run_equipment(AUX, 30)
    rows = await home.read_statistics(guard)
    assert statistic_states(rows) == [3600, 3000, 0, 1800]
    check_sums(rows)


async def test_the_first_set_up_writes_all_the_recorder_has(home: StatisticsHome) -> None:
    await home.run_equipment(PUMP, 20)
    for _ in range(8):
        await home.run_equipment(AUX, 10)
        await home.run_equipment(PUMP, 50)
    guard = await home.add_guard()
    rows = await home.read_statistics(guard)
    assert statistic_states(rows) == [600] * 8
    assert statistic_states(rows, "heat_pump_runtime") == [3600] * 8
    assert statistic_states(rows, "aux_energy") == [pytest.approx(10 / 6, abs=0.001)] * 8
    check_sums(rows)


async def test_a_history_that_is_rebuilt_changes_the_sums(home: StatisticsHome) -> None:
    await home.run_equipment(PUMP, 60)
    guard = await home.add_guard(equipment="none")
    await home.run_equipment(AUX, 60)
    await home.run_equipment(PUMP, 60)
    assert statistic_states(await home.read_statistics(guard)) == [0, 0, 0]
    home.hass.config_entries.async_update_entry(
        guard, options={**guard.options, "equipment": "strips"}
    )
    await home.settle()
    await guard.runtime_data.persistence.async_rebuild()
    await home.settle()
    rows = await home.read_statistics(guard)
    assert [total for _, _, total in rows["aux_runtime"]] == [0, 3600, 3600]
    assert rows["aux_energy"] == [(hour_start(13), 10, 10), (hour_start(14), 0, 10)]
    home.hass.config_entries.async_update_entry(
        guard, options={**guard.options, "equipment": "none"}
    )
    await home.settle()
    await guard.runtime_data.persistence.async_rebuild()
    await home.run_equipment(PUMP, 60)
    rows = await home.read_statistics(guard)
    assert [total for _, _, total in rows["aux_runtime"]] == [0, 0, 0, 0]
    assert rows["aux_energy"] == [
        (hour_start(13), 0, 0),
        (hour_start(14), 0, 0),
        (hour_start(15), 0, 0),
    ]


async def test_no_statistics_are_written_during_a_rebuild(
    home: StatisticsHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_thermostat(home.hass)
    guard = await home.add_guard()
    await home.run_equipment(AUX, 30)
    with monkeypatch.context() as patched:
        patched.setattr(type(guard.runtime_data.persistence.backfill), "is_busy", True)
        await home.run_equipment(AUX, 60)
        assert await home.read_statistics(guard) == {}
    await home.run_equipment(AUX, 30)
    assert statistic_states(await home.read_statistics(guard)) == [3600, 3600]


async def test_interrupted_writes_and_adjusted_sums_are_repaired(home: StatisticsHome) -> None:
    set_thermostat(home.hass)
    guard = await home.add_guard()
    for _ in range(6):
        await home.run_equipment(AUX, 60)
    rows = await home.read_statistics(guard)
    name = statistic_id(guard.entry_id, "aux_energy")
    get_instance(home.hass).async_adjust_statistics(name, hour_start(13), 100.0, "kWh")
    await async_wait_recording_done(home.hass)
    assert await home.read_statistics(guard) != rows
    await home.run_equipment(AUX, 60)
    mended = await home.read_statistics(guard)
    assert {key: found[:-1] for key, found in mended.items()} == rows
    check_sums(mended)


async def test_statistics_that_were_deleted_come_back(home: StatisticsHome) -> None:
    set_thermostat(home.hass)
    guard = await home.add_guard()
    for _ in range(4):
        await home.run_equipment(AUX, 60)
    rows = await home.read_statistics(guard)
    await clear_statistics(home, "heat_pump_runtime")
    await home.run_equipment(AUX, 60)
    assert {key: found[:-1] for key, found in (await home.read_statistics(guard)).items()} == rows


async def test_hours_that_are_no_longer_at_hand_come_from_the_archive(
    home: StatisticsHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "custom_components.aux_heat_guard.core.account.ledger.RECENT_PERIOD", 5 * HOUR
    )
    monkeypatch.setattr("custom_components.aux_heat_guard.history.store.ARCHIVE_EVERY", HOUR)
    set_thermostat(home.hass)
    guard = await home.add_guard()
    for _ in range(16):
        await home.run_equipment(AUX, 60)
    assert guard.runtime_data.ledger().points[0].at > hour_start(16)
    rows = await home.read_statistics(guard)
    await clear_statistics(home, *rows)
    await home.run_equipment(OFF, 60)
    again = await home.read_statistics(guard)
    assert {key: found[:-1] for key, found in again.items()} == rows
    assert statistic_states(again) == [*[3600] * 16, 0]
    check_sums(again)


async def test_a_removed_guard_leaves_its_years_of_statistics(home: StatisticsHome) -> None:
    set_thermostat(home.hass)
    guard = await home.add_guard()
    await home.run_equipment(AUX, 60)
    rows = await home.read_statistics(guard)
    await home.hass.config_entries.async_remove(guard.entry_id)
    await home.run_equipment(PUMP, 120)
    assert await home.read_statistics(guard) == rows


async def test_two_guards_write_separate_statistics(home: StatisticsHome) -> None:
    set_thermostat(home.hass)
    set_thermostat(home.hass, "climate.upstairs", equipment_running=PUMP)
    downstairs = await home.add_guard()
    upstairs = await home.add_guard(thermostat="climate.upstairs")
    await home.run_equipment(AUX, 60)
    assert statistic_states(await home.read_statistics(downstairs)) == [3600]
    assert statistic_states(await home.read_statistics(upstairs)) == [0]


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "America/St_Johns"])
async def test_a_home_whose_clock_is_half_an_hour_off(home: StatisticsHome, zone: str) -> None:
    await home.hass.config.async_set_time_zone(zone)
    set_thermostat(home.hass)
    guard = await home.add_guard()
    for _ in range(14):
        await home.run_equipment(AUX, 30)
        await home.run_equipment(PUMP, 30)
    rows = await home.read_statistics(guard)
    assert rows["aux_runtime"] == [
        (hour_start(12) + hour * HOUR, 1800, 1800 * (hour + 1)) for hour in range(14)
    ]


@pytest.mark.parametrize("night", ["2027-03-14 00:00:00-05:00", "2027-11-07 00:00:00-04:00"])
async def test_the_nights_the_clock_changes(
    home: StatisticsHome, freezer: FrozenDateTimeFactory, night: str
) -> None:
    freezer.move_to(night)
    begin = dt_util.utcnow()
    set_thermostat(home.hass)
    guard = await home.add_guard()
    for _ in range(5):
        await home.run_equipment(AUX, 20)
        await home.run_equipment(PUMP, 40)
    rows = await home.read_statistics(guard)
    assert rows["aux_runtime"] == [
        (begin + hour * HOUR, 1200, 1200 * (hour + 1)) for hour in range(5)
    ]


async def test_a_clock_that_was_set_back_heals(
    home: StatisticsHome, freezer: FrozenDateTimeFactory
) -> None:
    set_thermostat(home.hass)
    guard = await home.add_guard()
    await home.run_equipment(AUX, 5 * 60 + 10)
    freezer.move_to("2027-01-15 14:10:00-05:00")
    await home.run_equipment(PUMP, 0)
    await home.run_equipment(AUX, 4 * 60 + 50)
    rows = await home.read_statistics(guard)
    assert [start for start, _, _ in rows["aux_runtime"]] == [
        hour_start(hour) for hour in range(12, 19)
    ]
    assert [total for _, _, total in rows["aux_runtime"]][-1] == 10 * 3600
    check_sums(rows)


async def test_a_recorder_that_cannot_be_read_is_tried_again(
    home: StatisticsHome, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_args: object) -> None:
        raise OperationalError("select", {}, Exception("disk image is malformed"))

    set_thermostat(home.hass)
    guard = await home.add_guard()
    with monkeypatch.context() as patched:
        patched.setattr(long_term, "statistics_during_period", fail)
        await home.run_equipment(AUX, 60)
    assert "could not be read" in caplog.text
    await home.run_equipment(AUX, 60)
    assert statistic_states(await home.read_statistics(guard)) == [3600, 3600]


async def test_a_recorder_without_a_database_is_left_alone(
    home: StatisticsHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_thermostat(home.hass)
    guard = await home.add_guard()
    never: asyncio.Future[bool] = asyncio.Future()
    never.set_result(False)
    with monkeypatch.context() as patched:
        patched.setattr(get_instance(home.hass), "async_db_ready", never)
        await home.run_equipment(AUX, 60)
        assert await home.read_statistics(guard) == {}
    await home.run_equipment(AUX, 60)
    assert statistic_states(await home.read_statistics(guard)) == [3600, 3600]


async def clear_statistics(home: StatisticsHome, *keys: str) -> None:
    get_instance(home.hass).async_clear_statistics(
        [statistic_id("guard_of_climate.hallway", key) for key in keys]
    )
    await async_wait_recording_done(home.hass)
