"""The recorder fills the gaps of the history; what it did not record stays unknown."""

import asyncio
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.recorder.db_schema import RecorderRuns
from homeassistant.components.recorder.util import session_scope
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.recorder import get_instance
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)

from custom_components.aux_heat_guard import step_timer
from custom_components.aux_heat_guard.const import DOMAIN
from custom_components.aux_heat_guard.history import recorder_reader as history
from tests.integration.history.test_restarts import stored_rows
from tests.integration.home import THERMOSTAT, add_guard, read_seconds, read_state, set_thermostat

pytestmark = pytest.mark.usefixtures("all_entities")

AUX = "heatPump,auxHeat1"
PUMP = "heatPump"


class RecordedClock:
    """Lets time pass with one state of the thermostat after the other."""

    def __init__(self, hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
        self.hass = hass
        self.freezer = freezer

    async def report(self, equipment: str | None, length: float) -> None:
        """Set the state of the thermostat for a while; None removes it."""
        if equipment is None:
            self.hass.states.async_set(THERMOSTAT, "unavailable")
        else:
            set_thermostat(
                self.hass,
                equipment_running=equipment,
                hvac_action="heating" if equipment else "idle",
            )
        await self.hass.async_block_till_done()
        await self.pass_time(length)

    async def pass_time(self, length: float) -> None:
        """Let time pass, with timers every minute."""
        while length > 0:
            self.freezer.tick(timedelta(seconds=min(length, 60)))
            async_fire_time_changed(self.hass)
            await self.hass.async_block_till_done()
            length -= 60

    async def simulate_downtime(self, length: float, *, crashed: bool) -> None:
        """Record that Home Assistant did not run for a while, up to now."""
        await async_wait_recording_done(self.hass)
        stopped = dt_util.utcnow()
        self.freezer.tick(length)
        now = dt_util.utcnow()

        def end_recording() -> None:
            with session_scope(hass=self.hass) as session:
                for run in session.query(RecorderRuns).filter(RecorderRuns.end.is_(None)):
                    run.start, run.end, run.closed_incorrect = (
                        stopped - timedelta(days=9),
                        now if crashed else stopped,
                        crashed,
                    )
                session.add(RecorderRuns(start=now, created=now))

        await get_instance(self.hass).async_add_executor_job(end_recording)


@pytest.fixture
def clock(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> RecordedClock:
    return RecordedClock(hass, freezer)


async def wait_settled(hass: HomeAssistant) -> None:
    await hass.async_block_till_done(wait_background_tasks=True)


async def set_up_again(hass: HomeAssistant, guard: MockConfigEntry) -> None:
    await hass.config_entries.async_setup(guard.entry_id)
    await wait_settled(hass)


def coverage(hass: HomeAssistant, guard: MockConfigEntry, key: str = "aux_runtime_total") -> float:
    return float(read_state(hass, guard, key).attributes["coverage"])


async def test_the_first_set_up_counts_all_the_recorder_has(
    hass: HomeAssistant, clock: RecordedClock
) -> None:
    await clock.report(PUMP, 3600)
    for _ in range(3):
        await clock.report(AUX, 600)
        await clock.report(PUMP, 1200)
    guard = await add_guard(hass)
    await wait_settled(hass)
    assert read_seconds(hass, guard, "aux_runtime_total") == pytest.approx(1800, abs=0.5)
    assert read_seconds(hass, guard, "heat_pump_runtime_today") == pytest.approx(9000, abs=1)
    assert read_state(hass, guard, "aux_cycles_today").state == "3"
    assert coverage(hass, guard) == 100


async def test_events_during_the_backfill_are_counted(
    hass: HomeAssistant, clock: RecordedClock
) -> None:
    await clock.report(AUX, 600)
    guard = await add_guard(hass)
    # The backfill continues in the background.
    await clock.report(PUMP, 60)
    await clock.report(AUX, 120)
    await wait_settled(hass)
    await clock.report(PUMP, 60)
    assert read_seconds(hass, guard, "aux_runtime_total") == pytest.approx(720, abs=0.5)
    assert read_state(hass, guard, "aux_cycles_today").state == "2"


async def test_a_suspend_during_the_backfill_is_unknown(
    hass: HomeAssistant, clock: RecordedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, real, awake = asyncio.Event(), history.async_rebuild, dt_util.utcnow()
    slept = timedelta(0)

    async def slow(*arguments: Any) -> history.ReplayResult:
        lived = await real(*arguments)
        await gate.wait()
        return lived

    def monotonic() -> float:
        return (dt_util.utcnow() - awake - slept).total_seconds()

    monkeypatch.setattr(history, "async_rebuild", slow)
    monkeypatch.setattr(step_timer, "time", SimpleNamespace(monotonic=monotonic))
    await clock.report(AUX, 600)
    guard = await add_guard(hass)
    await clock.pass_time(600)
    slept = timedelta(hours=1)
    clock.freezer.tick(slept)
    await clock.pass_time(600)
    gate.set()
    await wait_settled(hass)
    await clock.report(PUMP, 60)
    assert read_seconds(hass, guard, "aux_runtime_total") == pytest.approx(1800, abs=1)
    assert coverage(hass, guard) == pytest.approx(100 * 1800 / 5400, abs=0.2)


async def test_a_disabled_guard_catches_up_when_enabled(
    hass: HomeAssistant, clock: RecordedClock
) -> None:
    set_thermostat(hass)
    guard = await add_guard(hass)
    await wait_settled(hass)
    await clock.report(AUX, 600)
    await hass.config_entries.async_unload(guard.entry_id)
    await clock.pass_time(600)
    await clock.report(PUMP, 300)
    await clock.report(AUX, 300)
    await set_up_again(hass, guard)
    await clock.pass_time(60)
    assert read_seconds(hass, guard, "aux_runtime_today") == pytest.approx(1560, abs=0.5)
    assert read_state(hass, guard, "aux_cycles_today").state == "2"
    assert coverage(hass, guard) == 100


@pytest.mark.parametrize("crashed", [False, True])
async def test_downtime_of_home_assistant_stays_unknown(
    hass: HomeAssistant, clock: RecordedClock, crashed: bool
) -> None:
    set_thermostat(hass)
    guard = await add_guard(hass)
    await wait_settled(hass)
    await clock.report(AUX, 600)
    await hass.config_entries.async_unload(guard.entry_id)
    # Aux heat went on, and the recorder recorded 300 s more of it.
    await clock.report(f"{AUX},fan", 300)
    if crashed:
        hass.states.async_set("sensor.of_another_integration", "1")
    await clock.simulate_downtime(1800, crashed=crashed)
    await clock.report(AUX, 0)
    await set_up_again(hass, guard)
    await clock.pass_time(120)
    assert read_seconds(hass, guard, "aux_runtime_today") == pytest.approx(600 + 300 + 120, abs=0.5)
    assert read_state(hass, guard, "aux_cycles_today").state == "1"
    assert coverage(hass, guard, "aux_runtime_today") == pytest.approx(100 * 1020 / 2820, abs=0.1)


async def test_a_silent_source_stays_unknown(hass: HomeAssistant, clock: RecordedClock) -> None:
    await clock.report(AUX, 300)
    await clock.report(None, 300)
    await clock.report(AUX, 300)
    guard = await add_guard(hass)
    await wait_settled(hass)
    assert read_seconds(hass, guard, "aux_runtime_total") == pytest.approx(600, abs=0.5)
    assert read_state(hass, guard, "aux_cycles_today").state == "1"
    assert coverage(hass, guard) == pytest.approx(66.7, abs=0.1)


async def test_a_rebuild_uses_the_current_signals(
    hass: HomeAssistant, clock: RecordedClock
) -> None:
    await clock.report(PUMP, 60)
    none = await add_guard(hass, equipment="none")
    await wait_settled(hass)
    await clock.report(AUX, 600)
    await clock.report(PUMP, 600)
    assert read_seconds(hass, none, "aux_runtime_total") == 0
    hass.config_entries.async_update_entry(none, options={**none.options, "equipment": "strips"})
    await wait_settled(hass)
    since = await none.runtime_data.persistence.async_rebuild()
    await wait_settled(hass)
    assert read_seconds(hass, none, "aux_runtime_total") == pytest.approx(600, abs=0.5)
    assert since == dt_util.utcnow() - timedelta(seconds=1260)


async def test_a_rebuild_keeps_purged_history(hass: HomeAssistant, clock: RecordedClock) -> None:
    set_thermostat(hass)
    guard = await add_guard(hass)
    await wait_settled(hass)
    await clock.report(AUX, 600)
    await clock.report(PUMP, 600)
    await async_wait_recording_done(hass)
    await hass.services.async_call(
        "recorder", "purge_entities", {"entity_id": [THERMOSTAT], "keep_days": 0}, blocking=True
    )
    await async_wait_recording_done(hass)
    await clock.report(AUX, 300)
    await clock.report(PUMP, 300)
    await guard.runtime_data.persistence.async_rebuild()
    await wait_settled(hass)
    assert read_seconds(hass, guard, "aux_runtime_total") == pytest.approx(900, abs=0.5)
    assert read_state(hass, guard, "aux_cycles_today").state == "2"


@pytest.mark.parametrize(
    "damaged",
    [{"version": 99, "secret": "of the future"}, {"version": 2, "line": [[1, 2]]}, ["foreign"]],
    ids=["newer", "damaged", "foreign"],
)
async def test_a_file_that_cannot_be_read_is_set_aside_and_the_history_rebuilt(
    hass: HomeAssistant, clock: RecordedClock, hass_storage: dict[str, Any], damaged: object
) -> None:
    await clock.report(PUMP, 60)
    guard = await add_guard(hass)
    await wait_settled(hass)
    await clock.report(AUX, 600)
    await clock.report(PUMP, 60)
    await hass.config_entries.async_unload(guard.entry_id)
    hass_storage[f"{DOMAIN}.{guard.entry_id}"]["data"] = damaged
    await set_up_again(hass, guard)
    assert read_seconds(hass, guard, "aux_runtime_total") == pytest.approx(600, abs=0.5)
    issue = ir.async_get(hass).async_get_issue(DOMAIN, f"history_set_aside_{guard.entry_id}")
    assert issue is not None
    assert issue.translation_placeholders is not None
    assert f"{DOMAIN}.{guard.entry_id}.set_aside" in issue.translation_placeholders["files"]


async def test_a_year_of_recorded_history_is_read_in_chunks_and_goes_to_the_archive(
    hass: HomeAssistant,
    clock: RecordedClock,
    hass_storage: dict[str, Any],
    freezer: FrozenDateTimeFactory,
) -> None:
    for _ in range(20):
        await clock.report(AUX, 60)
        set_thermostat(hass, equipment_running=PUMP)
        await hass.async_block_till_done()
        freezer.tick(timedelta(days=1) - timedelta(seconds=60))
    guard = await add_guard(hass)
    await wait_settled(hass)
    assert read_seconds(hass, guard, "aux_runtime_total") == pytest.approx(1200, abs=0.5)
    assert read_seconds(hass, guard, "aux_runtime_month") == pytest.approx(3 * 60, abs=0.5)
    assert len(stored_rows(hass_storage, f"{guard.entry_id}.2026", "runs")) == 20


async def test_a_guard_that_was_away_for_weeks_has_all_of_them_in_its_archive(
    hass: HomeAssistant, clock: RecordedClock, freezer: FrozenDateTimeFactory
) -> None:
    set_thermostat(hass)
    guard = await add_guard(hass)
    await wait_settled(hass)
    await hass.config_entries.async_unload(guard.entry_id)
    begin = dt_util.utcnow()
    for _ in range(12):
        await clock.report(AUX, 60)
        set_thermostat(hass, equipment_running=PUMP)
        await hass.async_block_till_done()
        freezer.tick(timedelta(days=1) - timedelta(seconds=60))
    await set_up_again(hass, guard)
    history = await guard.runtime_data.persistence.async_full_ledger()
    for day in range(12):
        # Older than eight days, the history has a point for each hour.
        assert history.cumulative_at(begin + timedelta(days=day, hours=1))[0].aux == pytest.approx(
            60 * (day + 1), abs=0.1
        )
    assert [round(run.seconds) for run in history.runs] == [60] * 12


@pytest.mark.parametrize("first", [True, False], ids=["at the first set-up", "after a while away"])
async def test_an_interrupted_backfill_is_repeated(
    hass: HomeAssistant, clock: RecordedClock, first: bool
) -> None:
    await clock.report(PUMP, 60)
    guard = await add_guard(hass)
    if not first:
        await wait_settled(hass)
        await hass.config_entries.async_unload(guard.entry_id)
    await clock.report(AUX, 600)
    # Two starts without time for the backfill.
    for _ in range(2):
        await hass.config_entries.async_reload(guard.entry_id)
    await clock.pass_time(60)
    await wait_settled(hass)
    await clock.pass_time(60)
    assert read_seconds(hass, guard, "aux_runtime_today") == pytest.approx(720, abs=0.5)
    assert read_state(hass, guard, "aux_cycles_today").state == "1"


@pytest.mark.usefixtures("broken_database")
async def test_the_guard_runs_without_a_readable_database(
    hass: HomeAssistant, clock: RecordedClock, caplog: pytest.LogCaptureFixture
) -> None:
    await clock.report(PUMP, 60)
    guard = await add_guard(hass)
    await wait_settled(hass)
    await clock.report(AUX, 120)
    assert read_seconds(hass, guard, "aux_runtime_today") == pytest.approx(120, abs=0.5)
    assert "could not be read" in caplog.text


@pytest.fixture
def broken_database(monkeypatch: pytest.MonkeyPatch) -> None:
    from homeassistant.components.recorder import history  # noqa: PLC0415
    from sqlalchemy.exc import OperationalError  # noqa: PLC0415

    def fail(*_args: object, **_more: object) -> None:
        raise OperationalError("select", {}, Exception("disk image is malformed"))

    monkeypatch.setattr(history, "get_significant_states", fail)
