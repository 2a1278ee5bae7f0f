"""A guard that ends, stops or crashes restores the requested setpoint."""

import asyncio
from collections.abc import Callable
from typing import Any

from homeassistant.components.climate.const import ClimateEntityFeature, HVACMode
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.aux_heat_guard.const import DOMAIN
from custom_components.aux_heat_guard.core.model import Mode
from custom_components.aux_heat_guard.options.protection import with_protection
from tests.integration.conftest import Wait
from tests.integration.home import entity_id_of, read_state
from tests.integration.protection import (
    HOUR,
    MINUTE,
    Setpoints,
    add_protected_guard,
    choose_mode,
    set_outdoor,
)
from tests.integration.thermostats import (
    SOURCE,
    RealThermostat,
    RecordedCall,
    call_climate,
    state_of,
)


class TestNoTrace:
    async def test_unloading_restores_the_setpoint(
        self, hass: HomeAssistant, setpoint_writes: Setpoints, pass_seconds: Wait
    ) -> None:
        entry = await add_protected_guard(hass)
        set_outdoor(hass, 20)
        await pass_seconds(31 * MINUTE)
        await hass.config_entries.async_unload(entry.entry_id)

        assert setpoint_writes() == [70, 74]

    async def test_removing_restores_the_setpoint(
        self, hass: HomeAssistant, setpoint_writes: Setpoints, pass_seconds: Wait
    ) -> None:
        entry = await add_protected_guard(hass)
        set_outdoor(hass, 20)
        await pass_seconds(31 * MINUTE)
        await hass.config_entries.async_remove(entry.entry_id)

        assert setpoint_writes() == [70, 74]

    async def test_stopping_restores_the_setpoint(
        self, hass: HomeAssistant, setpoint_writes: Setpoints, pass_seconds: Wait
    ) -> None:
        await add_protected_guard(hass)
        set_outdoor(hass, 20)
        await pass_seconds(31 * MINUTE)
        await hass.async_stop(force=True)

        assert setpoint_writes() == [70, 74]

    async def test_a_reloaded_guard_continues(
        self, hass: HomeAssistant, setpoint_writes: Setpoints, pass_seconds: Wait
    ) -> None:
        entry = await add_protected_guard(hass)
        set_outdoor(hass, 20)
        await pass_seconds(31 * MINUTE)
        await hass.config_entries.async_reload(entry.entry_id)
        await pass_seconds(10 * MINUTE)

        assert setpoint_writes() == [70, 74, 70]
        assert read_state(hass, entry, "thermostat").attributes["requested_temperature"] == 74

    async def test_a_reloaded_guard_limits_at_once(
        self, hass: HomeAssistant, setpoint_writes: Setpoints, pass_seconds: Wait
    ) -> None:
        entry = await add_protected_guard(hass)
        set_outdoor(hass, 20)
        await pass_seconds(40 * MINUTE)
        await hass.config_entries.async_reload(entry.entry_id)
        await pass_seconds(MINUTE)

        assert setpoint_writes() == [70, 74, 70]

    async def test_a_thermostat_that_hangs_does_not_hold_up_an_unload(
        self,
        hass: HomeAssistant,
        thermostat: RealThermostat,
        pass_seconds: Wait,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        monkeypatch.setattr(
            "custom_components.aux_heat_guard.control.setpoint_writer.RELEASE_SECONDS", 0
        )
        entry = await add_protected_guard(hass)
        set_outdoor(hass, 20)
        await pass_seconds(31 * MINUTE)
        thermostat.gate = asyncio.Event()
        await hass.config_entries.async_unload(entry.entry_id)
        thermostat.gate.set()
        await hass.async_block_till_done()

        assert entry.state is ConfigEntryState.NOT_LOADED
        assert "did not take its setpoint in time" in caplog.text


async def test_a_hanging_write_is_retried(
    hass: HomeAssistant,
    thermostat: RealThermostat,
    setpoint_writes: Setpoints,
    pass_seconds: Wait,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "custom_components.aux_heat_guard.control.setpoint_writer.WRITE_TIMEOUT_SECONDS", 0
    )
    await add_protected_guard(hass)
    thermostat.gate = asyncio.Event()
    set_outdoor(hass, 20)
    await pass_seconds(31 * MINUTE)
    assert setpoint_writes() == []
    monkeypatch.undo()
    thermostat.gate = None
    await pass_seconds(61 * MINUTE)

    assert setpoint_writes() == [70]


class TestLeftBehind:
    """A guard that is removed while its thermostat takes no setpoint."""

    async def remove_while_limited(
        self, hass: HomeAssistant, wait: Wait, before: Callable[[], None]
    ) -> list[dict[str, str]]:
        """Remove a guard that limits; return the placeholders of the repairs."""
        entry = await add_protected_guard(hass)
        set_outdoor(hass, 20)
        await wait(31 * MINUTE)
        before()
        await wait(2 * MINUTE)
        await hass.config_entries.async_remove(entry.entry_id)
        issues = ir.async_get(hass).issues
        return [
            issue.translation_placeholders or {}
            for (_, name), issue in issues.items()
            if name.startswith("setpoint_left")
        ]

    async def test_no_repair_when_the_restore_arrives(
        self, hass: HomeAssistant, setpoint_writes: Setpoints, pass_seconds: Wait
    ) -> None:
        assert await self.remove_while_limited(hass, pass_seconds, lambda: None) == []
        assert setpoint_writes() == [70, 74]

    async def test_no_repair_when_the_thermostat_is_at_its_maximum(
        self, hass: HomeAssistant, thermostat: RealThermostat, pass_seconds: Wait
    ) -> None:
        thermostat._attr_min_temp = 35  # noqa: SLF001 -- a thermostat's own
        thermostat.change(target_temperature=40)

        assert await self.remove_while_limited(hass, pass_seconds, lambda: None) == []
        assert [call.data["temperature"] for call in thermostat.calls] == [45]

    @pytest.mark.parametrize("how", ["off", "out of reach", "refuses"])
    async def test_a_missing_restore_raises_a_repair(
        self,
        hass: HomeAssistant,
        thermostat: RealThermostat,
        setpoint_writes: Setpoints,
        pass_seconds: Wait,
        how: str,
    ) -> None:
        def before() -> None:
            match how:
                case "off":
                    thermostat.change(hvac_mode=HVACMode.OFF)
                case "refuses":
                    thermostat.error = HomeAssistantError("The radio is silent")
                case _:
                    thermostat.change(available=False)

        (placeholders,) = await self.remove_while_limited(hass, pass_seconds, before)
        assert setpoint_writes() == [70]
        assert placeholders == {
            "name": "Hallway AUX Heat Guard",
            "thermostat": "Source",
            "applied": "70 °F",
            "requested": "74 °F",
        }
        assert hass.config_entries.async_entries(DOMAIN) == []
        # Somebody sets the thermostat, so the repair ends.
        thermostat.change(hvac_mode=HVACMode.HEAT, available=True, target_temperature=74)
        await pass_seconds(MINUTE)
        assert not ir.async_get(hass).issues

    async def test_a_rejected_restore_is_written_when_the_guard_returns(
        self,
        hass: HomeAssistant,
        thermostat: RealThermostat,
        setpoint_writes: Setpoints,
        pass_seconds: Wait,
    ) -> None:
        entry = await add_protected_guard(hass)
        set_outdoor(hass, 20)
        await pass_seconds(31 * MINUTE)
        thermostat.error = HomeAssistantError("The radio is silent")
        await hass.config_entries.async_unload(entry.entry_id)
        thermostat.error = None
        hass.config_entries.async_update_entry(
            entry, options=with_protection(entry.options, mode=Mode.MONITOR.value)
        )
        await hass.config_entries.async_setup(entry.entry_id)
        await pass_seconds(MINUTE)

        assert setpoint_writes() == [70, 74]


class TestCrash:
    @pytest.mark.usefixtures("thermostat")
    async def test_the_request_survives_a_crash(
        self, hass: HomeAssistant, pass_seconds: Wait, hass_storage: dict[str, Any]
    ) -> None:
        entry = await add_protected_guard(hass)
        set_outdoor(hass, 20)
        await pass_seconds(31 * MINUTE)
        kept = hass_storage[f"{DOMAIN}.{entry.entry_id}"]["data"]["protection"]["setpoint"]

        assert round(kept["requested"] * 1.8 + 32, 2) == 74
        assert round(kept["told"][-1]["value"] * 1.8 + 32, 2) == 70


class TestOnItsWay:
    """A write that has not arrived when another setpoint is requested."""

    async def limit_slow_thermostat(
        self,
        hass: HomeAssistant,
        thermostat: RealThermostat,
        wait: Wait,
        monkeypatch: pytest.MonkeyPatch,
    ) -> MockConfigEntry:
        """Simulate a cloud that takes a setpoint, and shows the old one for minutes."""

        async def take_setpoint(**data: Any) -> None:
            thermostat.calls.append(RecordedCall("set_temperature", data, None))

        monkeypatch.setattr(thermostat, "async_set_temperature", take_setpoint)
        entry = await add_protected_guard(hass)
        set_outdoor(hass, 20)
        await wait(31 * MINUTE)
        assert state_of(hass, SOURCE).attributes["temperature"] == 74
        return entry

    async def test_unloading_overtakes_a_pending_write(
        self,
        hass: HomeAssistant,
        thermostat: RealThermostat,
        setpoint_writes: Setpoints,
        pass_seconds: Wait,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        entry = await self.limit_slow_thermostat(hass, thermostat, pass_seconds, monkeypatch)
        await hass.config_entries.async_unload(entry.entry_id)

        assert setpoint_writes() == [70, 74]

    async def test_a_waiting_write_is_dropped_for_a_new_request(
        self, hass: HomeAssistant, setpoint_writes: Setpoints, pass_seconds: Wait
    ) -> None:
        entry = await add_protected_guard(hass)
        entry.runtime_data.persistence.backfill.start()
        set_outdoor(hass, 20)
        await pass_seconds(31 * MINUTE)
        assert setpoint_writes() == []
        await call_climate(
            hass, entity_id_of(hass, entry, "thermostat"), "set_temperature", temperature=65
        )
        entry.runtime_data.persistence.backfill._finish()  # noqa: SLF001 -- the backfill ends
        await pass_seconds(20 * MINUTE)

        assert setpoint_writes() == [65]
        assert read_state(hass, entry, "thermostat").attributes["requested_temperature"] == 65

    async def test_a_waiting_write_is_dropped_when_writing_ends(
        self, hass: HomeAssistant, setpoint_writes: Setpoints, pass_seconds: Wait
    ) -> None:
        entry = await add_protected_guard(hass)
        entry.runtime_data.persistence.backfill.start()
        set_outdoor(hass, 20)
        await pass_seconds(31 * MINUTE)
        await choose_mode(hass, entry, Mode.MONITOR)
        entry.runtime_data.persistence.backfill._finish()  # noqa: SLF001 -- the backfill ends
        await pass_seconds(40 * MINUTE)

        assert 70 not in setpoint_writes()


@pytest.mark.parametrize("end", ["stop", "unload"])
async def test_no_waiting_write_follows_the_final_restore(  # noqa: PLR0913, PLR0917 -- fixtures
    hass: HomeAssistant,
    thermostat: RealThermostat,
    setpoint_writes: Setpoints,
    pass_seconds: Wait,
    monkeypatch: pytest.MonkeyPatch,
    end: str,
) -> None:
    entry = await add_protected_guard(hass)
    await pass_seconds(MINUTE)
    store, written, told_last = (
        entry.runtime_data.persistence.store,
        asyncio.Event(),
        asyncio.Event(),
    )
    save, set_temperature = store.async_save, thermostat.async_set_temperature

    async def slowly() -> None:
        if entry.runtime_data.is_running:
            await written.wait()
        await save()

    async def answering_late(**setpoint: Any) -> None:
        await set_temperature(**setpoint)
        written.set()
        await told_last.wait()

    monkeypatch.setattr(store, "async_save", slowly)
    monkeypatch.setattr(thermostat, "async_set_temperature", answering_late)
    set_outdoor(hass, 20)
    await pass_seconds(31 * MINUTE)
    ending = hass.async_create_task(
        hass.async_stop(force=True)
        if end == "stop"
        else hass.config_entries.async_unload(entry.entry_id)
    )
    await written.wait()
    told_last.set()
    await ending
    await hass.async_block_till_done(wait_background_tasks=True)

    assert setpoint_writes() == [74]


@pytest.mark.usefixtures("setpoint_writes")
async def test_accepted_advice_is_saved_before_it_is_written(
    hass: HomeAssistant,
    thermostat: RealThermostat,
    pass_seconds: Wait,
    monkeypatch: pytest.MonkeyPatch,
    hass_storage: dict[str, Any],
) -> None:
    entry = await add_protected_guard(hass, Mode.ADVISE)
    set_outdoor(hass, 20)
    await pass_seconds(45 * MINUTE)
    kept = list[Any]()

    async def looking(**_setpoint: Any) -> None:
        kept.extend(
            hass_storage[f"{DOMAIN}.{entry.entry_id}"]["data"]["protection"]["setpoint"]["told"]
        )

    monkeypatch.setattr(thermostat, "async_set_temperature", looking)
    await hass.services.async_call(
        "button", "press", {"entity_id": entity_id_of(hass, entry, "take_advice")}, blocking=True
    )

    assert [flight["origin"] for flight in kept] == ["accepted"]


async def test_a_range_is_restored_as_far_as_it_has_room(
    hass: HomeAssistant, thermostat: RealThermostat, pass_seconds: Wait
) -> None:
    thermostat._attr_supported_features = ClimateEntityFeature.TARGET_TEMPERATURE_RANGE  # noqa: SLF001 -- a thermostat's own
    thermostat.change(
        hvac_mode=HVACMode.HEAT_COOL,
        target_temperature=None,
        target_temperature_low=74,
        target_temperature_high=78,
    )
    entry = await add_protected_guard(hass)
    set_outdoor(hass, 20)
    await pass_seconds(31 * MINUTE)
    assert state_of(hass, SOURCE).attributes["target_temp_low"] == 70
    thermostat.change(target_temperature_high=74)
    await pass_seconds(MINUTE)
    await choose_mode(hass, entry, Mode.MONITOR)
    await pass_seconds(HOUR)

    assert state_of(hass, SOURCE).attributes["target_temp_low"] == 74
    assert (DOMAIN, f"unanswered_{entry.entry_id}") not in ir.async_get(hass).issues


@pytest.mark.parametrize("error", [ConnectionError("gone"), ValueError("what?"), TimeoutError()])
async def test_whatever_a_thermostat_raises_the_guard_unloads(
    hass: HomeAssistant, thermostat: RealThermostat, pass_seconds: Wait, error: Exception
) -> None:
    entry = await add_protected_guard(hass)
    set_outdoor(hass, 20)
    await pass_seconds(31 * MINUTE)
    thermostat.error = error
    await hass.config_entries.async_unload(entry.entry_id)

    assert entry.state is ConfigEntryState.NOT_LOADED


async def test_a_restore_at_stop_is_saved(
    hass: HomeAssistant,
    setpoint_writes: Setpoints,
    pass_seconds: Wait,
    hass_storage: dict[str, Any],
) -> None:
    entry = await add_protected_guard(hass)
    set_outdoor(hass, 20)
    await pass_seconds(60 * MINUTE)
    await hass.async_stop(force=True)
    kept = hass_storage[f"{DOMAIN}.{entry.entry_id}"]["data"]["protection"]["setpoint"]

    assert setpoint_writes() == [70, 74]
    assert round(kept["told"][-1]["value"] * 1.8 + 32, 2) == 74
