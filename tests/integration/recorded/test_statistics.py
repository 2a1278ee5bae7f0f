"""Each hour goes into Home Assistant's long-term statistics, once and for ever."""

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
from custom_components.aux_heat_guard.core.account import ledger as ledgers
from custom_components.aux_heat_guard.publish import statistics as long_term
from custom_components.aux_heat_guard.publish.statistics import SERIES, statistic_id
from tests.integration.home import add_guard, set_thermostat

AUX, PUMP, EMERGENCY, OFF = "heatPump,auxHeat1", "heatPump", "auxHeat1", ""
HOUR = timedelta(hours=1)
RUNTIMES = {"aux_runtime", "emergency_runtime", "heat_pump_runtime"}
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)

type Rows = dict[str, list[tuple[datetime, float, float]]]
"""By key; each (start, state, sum)."""


class Home:
    """A home whose thermostat says one thing after the other."""

    def __init__(self, hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
        self.hass = hass
        self.freezer = freezer

    async def runs(self, equipment: str, minutes: float) -> None:
        """Have something run for a while, with timers every ten minutes."""
        set_thermostat(
            self.hass, equipment_running=equipment, hvac_action="heating" if equipment else "idle"
        )
        await self.hass.async_block_till_done()
        while minutes > 0:
            self.freezer.tick(timedelta(minutes=min(minutes, 10)))
            async_fire_time_changed(self.hass)
            await self.hass.async_block_till_done()
            minutes -= 10
        await self.settles()

    async def settles(self) -> None:
        """Let the writer's second of this minute come, and all that is under way end."""
        await self.hass.async_block_till_done(wait_background_tasks=True)
        async_fire_time_changed(self.hass, dt_util.utcnow() + timedelta(seconds=59))
        await self.hass.async_block_till_done(wait_background_tasks=True)
        await async_wait_recording_done(self.hass)

    async def has_a_guard(self, **options: Any) -> MockConfigEntry:
        guard = await add_guard(self.hass, **options)
        await self.settles()
        return guard

    async def metadata(self) -> dict[str, StatisticMetaData]:
        """Read how the recorder knows ours, by their ids."""
        known = await get_instance(self.hass).async_add_executor_job(
            lambda: get_metadata(self.hass, statistic_source=DOMAIN)
        )
        return {name: meta for name, (_, meta) in known.items()}

    async def wrote(self, guard: MockConfigEntry) -> Rows:
        """Read what the recorder has."""
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
def home(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Home:
    return Home(hass, freezer)


def at(hour: int, day: int = 15) -> datetime:
    """Name an hour in New York's January."""
    return datetime(2027, 1, day, hour + 5, tzinfo=UTC)


def states(rows: Rows, key: str = "aux_runtime") -> list[float]:
    return [state for _, state, _ in rows[key]]


def check_sums(rows: Rows) -> None:
    """The hours follow one another, and each sum is the one before and its own."""
    for found in rows.values():
        assert all(later - earlier == HOUR for (earlier, _, _), (later, _, _) in pairwise(found))
        assert all(
            total == pytest.approx(before + own, abs=0.01)
            for (_, _, before), (_, own, total) in pairwise(found)
        )
        assert all(own >= 0 for _, own, _ in found)


async def test_each_hour_is_written_once_it_is_over(home: Home) -> None:
    set_thermostat(home.hass)
    guard = await home.has_a_guard(price={"kind": "fixed", "price": 0.25})
    await home.runs(AUX, 30)
    assert await home.wrote(guard) == {}
    await home.runs(PUMP, 30)
    await home.runs(EMERGENCY, 60)
    await home.runs(OFF, 60)
    assert await home.wrote(guard) == {
        "aux_runtime": [(at(12), 1800, 1800), (at(13), 3600, 5400), (at(14), 0, 5400)],
        "emergency_runtime": [(at(12), 0, 0), (at(13), 3600, 3600), (at(14), 0, 3600)],
        "heat_pump_runtime": [(at(12), 3600, 3600), (at(13), 0, 3600), (at(14), 0, 3600)],
        "aux_energy": [(at(12), 5, 5), (at(13), 10, 15), (at(14), 0, 15)],
        "aux_cost": [(at(12), 1.25, 1.25), (at(13), 2.5, 3.75), (at(14), 0, 3.75)],
    }


async def test_they_are_named_as_home_assistant_wants_it(home: Home) -> None:
    set_thermostat(home.hass)
    await home.hass.config.async_update(currency="USD")
    guard = MockConfigEntry(entry_id="01JHABCDEFGHJKMNPQRSTVWXYZ")
    assert (
        statistic_id(guard.entry_id, "aux_runtime")
        == "aux_heat_guard:01jhabcdefghjkmnpqrstvwxyz_aux_runtime"
    )
    guard = await home.has_a_guard(price={"kind": "fixed", "price": 0.25})
    await home.runs(AUX, 60)
    metadata = await home.metadata()
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


async def test_a_renamed_guard_renames_them_with_the_next_hour(home: Home) -> None:
    set_thermostat(home.hass)
    guard = await home.has_a_guard()
    await home.runs(PUMP, 60)
    home.hass.config_entries.async_update_entry(guard, title="Upstairs")
    await home.runs(PUMP, 60)
    names = {meta["name"] for meta in (await home.metadata()).values()}
    assert names == {
        "Upstairs AUX runtime",
        "Upstairs emergency runtime",
        "Upstairs heat pump runtime",
    }


async def test_no_energy_and_no_cost_where_there_never_were_any(home: Home) -> None:
    set_thermostat(home.hass)
    guard = await home.has_a_guard()
    await home.runs(PUMP, 60)
    assert set(await home.wrote(guard)) == RUNTIMES
    await home.runs(AUX, 60)
    rows = await home.wrote(guard)
    assert set(rows) == {*RUNTIMES, "aux_energy"}
    assert rows["aux_energy"] == [(at(13), 10, 10)]
    home.hass.config_entries.async_update_entry(
        guard, options={**guard.options, "price": {"kind": "fixed", "price": 0.5}}
    )
    await home.runs(AUX, 60)
    await home.runs(OFF, 60)
    rows = await home.wrote(guard)
    assert rows["aux_cost"] == [(at(14), 5, 5), (at(15), 0, 5)]
    check_sums(rows)


async def test_a_second_run_writes_the_very_same_rows(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[tuple[str, datetime, float, float]] = []

    def spy(hass: HomeAssistant, metadata: Any, rows: list[Any]) -> None:
        written.extend(
            (metadata["statistic_id"], row["start"], row["state"], row["sum"]) for row in rows
        )
        async_add_external_statistics(hass, metadata, rows)

    monkeypatch.setattr(long_term, "async_add_external_statistics", spy)
    set_thermostat(home.hass)
    guard = await home.has_a_guard()
    for _ in range(5):
        await home.runs(AUX, 17)
        await home.runs(PUMP, 43)
    rows = await home.wrote(guard)
    for hour in {start for _, start, _, _ in written}:
        assert len({row for row in written if row[1] == hour}) == 4
    assert len(written) > len({(name, start) for name, start, _, _ in written})
    await clear(home, *RUNTIMES, "aux_energy")
    assert await home.wrote(guard) == {}
    await home.hass.config_entries.async_reload(guard.entry_id)
    await home.settles()
    assert await home.wrote(guard) == rows
    check_sums(rows)


async def test_a_restart_goes_on_where_it_stopped(home: Home) -> None:
    set_thermostat(home.hass)
    guard = await home.has_a_guard()
    await home.runs(AUX, 110)
    await home.hass.config_entries.async_unload(guard.entry_id)
    # The recorder goes on to see what heats.
    await home.runs(PUMP, 100)
    await home.hass.config_entries.async_setup(guard.entry_id)
    await home.settles()
    rows = await home.wrote(guard)
    assert [start for start, _, _ in rows["aux_runtime"]] == [at(12), at(13), at(14)]
    assert states(rows) == [3600, 3000, 0]
    assert states(rows, "heat_pump_runtime") == [3600, 3600, 3600]
    await home.runs(AUX, 30)
    rows = await home.wrote(guard)
    assert states(rows) == [3600, 3000, 0, 1800]
    check_sums(rows)


async def test_the_first_set_up_writes_all_the_recorder_has(home: Home) -> None:
    await home.runs(PUMP, 20)
    for _ in range(8):
        await home.runs(AUX, 10)
        await home.runs(PUMP, 50)
    guard = await home.has_a_guard()
    rows = await home.wrote(guard)
    assert states(rows) == [600] * 8
    assert states(rows, "heat_pump_runtime") == [3600] * 8
    assert states(rows, "aux_energy") == [pytest.approx(10 / 6, abs=0.001)] * 8
    check_sums(rows)


async def test_a_history_that_is_rebuilt_changes_the_sums(home: Home) -> None:
    await home.runs(PUMP, 60)
    guard = await home.has_a_guard(equipment="none")
    await home.runs(AUX, 60)
    await home.runs(PUMP, 60)
    assert states(await home.wrote(guard)) == [0, 0, 0]
    home.hass.config_entries.async_update_entry(
        guard, options={**guard.options, "equipment": "strips"}
    )
    await home.settles()
    await guard.runtime_data.async_rebuild()
    await home.settles()
    rows = await home.wrote(guard)
    assert [total for _, _, total in rows["aux_runtime"]] == [0, 3600, 3600]
    assert rows["aux_energy"] == [(at(13), 10, 10), (at(14), 0, 10)]
    home.hass.config_entries.async_update_entry(
        guard, options={**guard.options, "equipment": "none"}
    )
    await home.settles()
    await guard.runtime_data.async_rebuild()
    await home.runs(PUMP, 60)
    rows = await home.wrote(guard)
    assert [total for _, _, total in rows["aux_runtime"]] == [0, 0, 0, 0]
    assert rows["aux_energy"] == [(at(13), 0, 0), (at(14), 0, 0), (at(15), 0, 0)]


async def test_nothing_is_written_while_the_history_is_worked_on(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_thermostat(home.hass)
    guard = await home.has_a_guard()
    await home.runs(AUX, 30)
    with monkeypatch.context() as patched:
        patched.setattr(type(guard.runtime_data.recall), "is_busy", True)
        await home.runs(AUX, 60)
        assert await home.wrote(guard) == {}
    await home.runs(AUX, 30)
    assert states(await home.wrote(guard)) == [3600, 3600]


async def test_an_interrupted_rewriting_or_an_adjusted_sum_is_mended(home: Home) -> None:
    set_thermostat(home.hass)
    guard = await home.has_a_guard()
    for _ in range(6):
        await home.runs(AUX, 60)
    rows = await home.wrote(guard)
    name = statistic_id(guard.entry_id, "aux_energy")
    get_instance(home.hass).async_adjust_statistics(name, at(13), 100.0, "kWh")
    await async_wait_recording_done(home.hass)
    assert await home.wrote(guard) != rows
    await home.runs(AUX, 60)
    mended = await home.wrote(guard)
    assert {key: found[:-1] for key, found in mended.items()} == rows
    check_sums(mended)


async def test_statistics_that_were_deleted_come_back(home: Home) -> None:
    set_thermostat(home.hass)
    guard = await home.has_a_guard()
    for _ in range(4):
        await home.runs(AUX, 60)
    rows = await home.wrote(guard)
    await clear(home, "heat_pump_runtime")
    await home.runs(AUX, 60)
    assert {key: found[:-1] for key, found in (await home.wrote(guard)).items()} == rows


async def test_hours_that_are_no_longer_at_hand_come_from_the_archive(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledgers, "RECENT", 5 * HOUR)
    monkeypatch.setattr("custom_components.aux_heat_guard.history.store.ARCHIVE_EVERY", HOUR)
    set_thermostat(home.hass)
    guard = await home.has_a_guard()
    for _ in range(16):
        await home.runs(AUX, 60)
    assert guard.runtime_data.ledger().points[0].at > at(16)
    rows = await home.wrote(guard)
    await clear(home, *rows)
    await home.runs(OFF, 60)
    again = await home.wrote(guard)
    assert {key: found[:-1] for key, found in again.items()} == rows
    assert states(again) == [*[3600] * 16, 0]
    check_sums(again)


async def test_a_removed_guard_leaves_its_years_of_statistics(home: Home) -> None:
    set_thermostat(home.hass)
    guard = await home.has_a_guard()
    await home.runs(AUX, 60)
    rows = await home.wrote(guard)
    await home.hass.config_entries.async_remove(guard.entry_id)
    await home.runs(PUMP, 120)
    assert await home.wrote(guard) == rows


async def test_two_guards_keep_to_themselves(home: Home) -> None:
    set_thermostat(home.hass)
    set_thermostat(home.hass, "climate.upstairs", equipment_running=PUMP)
    downstairs = await home.has_a_guard()
    upstairs = await home.has_a_guard(thermostat="climate.upstairs")
    await home.runs(AUX, 60)
    assert states(await home.wrote(downstairs)) == [3600]
    assert states(await home.wrote(upstairs)) == [0]


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "America/St_Johns"])
async def test_a_home_whose_clock_is_half_an_hour_off(home: Home, zone: str) -> None:
    await home.hass.config.async_set_time_zone(zone)
    set_thermostat(home.hass)
    guard = await home.has_a_guard()
    for _ in range(14):
        await home.runs(AUX, 30)
        await home.runs(PUMP, 30)
    rows = await home.wrote(guard)
    assert rows["aux_runtime"] == [
        (at(12) + hour * HOUR, 1800, 1800 * (hour + 1)) for hour in range(14)
    ]


@pytest.mark.parametrize("night", ["2027-03-14 00:00:00-05:00", "2027-11-07 00:00:00-04:00"])
async def test_the_nights_the_clock_changes(
    home: Home, freezer: FrozenDateTimeFactory, night: str
) -> None:
    freezer.move_to(night)
    begin = dt_util.utcnow()
    set_thermostat(home.hass)
    guard = await home.has_a_guard()
    for _ in range(5):
        await home.runs(AUX, 20)
        await home.runs(PUMP, 40)
    rows = await home.wrote(guard)
    assert rows["aux_runtime"] == [
        (begin + hour * HOUR, 1200, 1200 * (hour + 1)) for hour in range(5)
    ]


async def test_a_clock_that_was_set_back_heals(home: Home, freezer: FrozenDateTimeFactory) -> None:
    set_thermostat(home.hass)
    guard = await home.has_a_guard()
    await home.runs(AUX, 5 * 60 + 10)
    freezer.move_to("2027-01-15 14:10:00-05:00")
    await home.runs(PUMP, 0)
    await home.runs(AUX, 4 * 60 + 50)
    rows = await home.wrote(guard)
    assert [start for start, _, _ in rows["aux_runtime"]] == [at(hour) for hour in range(12, 19)]
    assert [total for _, _, total in rows["aux_runtime"]][-1] == 10 * 3600
    check_sums(rows)


async def test_a_recorder_that_cannot_be_read_is_tried_again(
    home: Home, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_args: object) -> None:
        raise OperationalError("select", {}, Exception("disk image is malformed"))

    set_thermostat(home.hass)
    guard = await home.has_a_guard()
    with monkeypatch.context() as patched:
        patched.setattr(long_term, "statistics_during_period", broken)
        await home.runs(AUX, 60)
    assert "could not be read" in caplog.text
    await home.runs(AUX, 60)
    assert states(await home.wrote(guard)) == [3600, 3600]


async def test_a_recorder_without_a_database_is_left_alone(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_thermostat(home.hass)
    guard = await home.has_a_guard()
    never: asyncio.Future[bool] = asyncio.Future()
    never.set_result(False)
    with monkeypatch.context() as patched:
        patched.setattr(get_instance(home.hass), "async_db_ready", never)
        await home.runs(AUX, 60)
        assert await home.wrote(guard) == {}
    await home.runs(AUX, 60)
    assert states(await home.wrote(guard)) == [3600, 3600]


async def clear(home: Home, *keys: str) -> None:
    get_instance(home.hass).async_clear_statistics(
        [statistic_id("guard_of_climate.hallway", key) for key in keys]
    )
    await async_wait_recording_done(home.hass)
