"""The forms for protection, as a user goes through them in a real Home Assistant."""

from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.aux_heat_guard.core.model import Mode
from custom_components.aux_heat_guard.core.settings.protection import DEFAULT_PROTECTION
from custom_components.aux_heat_guard.core.units import celsius_from_fahrenheit
from custom_components.aux_heat_guard.options.protection import (
    Schedule,
    read_mode,
    read_protection_settings,
    read_schedule,
)
from custom_components.aux_heat_guard.options.references import with_entity
from tests.integration.conftest import Wait
from tests.integration.home import entity_id_of, read_state
from tests.integration.protection import MINUTE, Setpoints, add_protected_guard, set_outdoor


class TestSettings:
    async def test_numbers_and_switches_write_the_options(
        self, hass: HomeAssistant, setpoint_writes: Setpoints, pass_seconds: Wait
    ) -> None:
        entry = await add_protected_guard(hass)
        set_outdoor(hass, 20)
        await pass_seconds(31 * MINUTE)
        floor = entity_id_of(hass, entry, "comfort_floor")
        assert float(read_state(hass, entry, "comfort_floor").state) == 62
        await hass.services.async_call(
            "number", "set_value", {"entity_id": floor, "value": 72}, blocking=True
        )
        await pass_seconds(6 * MINUTE)

        assert float(read_state(hass, entry, "comfort_floor").state) == 72
        assert setpoint_writes() == [70, 72]
        cap = {"entity_id": entity_id_of(hass, entry, "cap_on")}
        await hass.services.async_call("switch", "turn_off", cap, blocking=True)
        await pass_seconds(6 * MINUTE)
        assert setpoint_writes() == [70, 72, 74]
        assert read_state(hass, entry, "cap_on").state == "off"
        await hass.services.async_call("switch", "turn_on", cap, blocking=True)
        assert read_state(hass, entry, "cap_on").state == "on"

    @pytest.mark.parametrize(
        ("key", "value", "read"),
        [("aux_budget", 120, 120), ("near_freezing", 30, 30), ("leash", 1.4, 1.4)],
    )
    @pytest.mark.usefixtures("thermostat")
    async def test_each_number_is_read_as_it_was_written(
        self, hass: HomeAssistant, key: str, value: float, read: float
    ) -> None:
        entry = await add_protected_guard(hass)
        await hass.services.async_call(
            "number",
            "set_value",
            {"entity_id": entity_id_of(hass, entry, key), "value": value},
            blocking=True,
        )
        await hass.async_block_till_done()

        assert float(read_state(hass, entry, key).state) == read


class TestOptions:
    async def open_step(self, hass: HomeAssistant, entry: MockConfigEntry, step_id: str) -> str:
        """Open a form of the options."""
        flow: Any = await hass.config_entries.options.async_init(entry.entry_id)
        assert {"protection", "limits"} <= set(flow["menu_options"])
        form: Any = await hass.config_entries.options.async_configure(
            flow["flow_id"], {"next_step_id": step_id}
        )
        assert form["step_id"] == step_id
        return str(form["flow_id"])

    @pytest.mark.usefixtures("thermostat")
    async def test_mode_and_schedule_are_set_in_the_options(self, hass: HomeAssistant) -> None:
        entry = await add_protected_guard(hass, Mode.MONITOR, schedule="schedule.old")
        flow_id = await self.open_step(hass, entry, "protection")
        chosen = {
            "mode": "protect",
            "schedule": "schedule.heating",
            "comfort": 71,
            "setback": 63,
            "own_schedule": True,
        }
        form: Any = await hass.config_entries.options.async_configure(
            flow_id, {**chosen, "setback": 72}
        )
        assert form["errors"] == {"setback": "setback_above_comfort"}
        await hass.config_entries.options.async_configure(flow_id, chosen)
        await hass.async_block_till_done()

        guarded_now = entry.runtime_data.guard_config
        assert guarded_now.settings.mode is Mode.PROTECT
        assert guarded_now.settings.protection.has_own_schedule
        assert guarded_now.schedule == Schedule(
            "schedule.heating", celsius_from_fahrenheit(71), celsius_from_fahrenheit(63)
        )
        assert entry.options["protection"]["leash_on"] is False
        flow_id = await self.open_step(hass, entry, "protection")
        await hass.config_entries.options.async_configure(
            flow_id, {name: value for name, value in chosen.items() if name != "schedule"}
        )
        await hass.async_block_till_done()
        assert entry.runtime_data.guard_config.schedule is None

    @pytest.mark.usefixtures("thermostat")
    async def test_limit_figures_are_set_in_the_options(self, hass: HomeAssistant) -> None:
        entry = await add_protected_guard(hass)
        flow_id = await self.open_step(hass, entry, "limits")
        chosen = {
            "comfort_floor": 60,
            "cap_cold_outdoor": 45,
            "cap_cold": 68,
            "cap_mild_outdoor": 40,
            "cap_mild": 72,
            "leash": 1.2,
            "differential": 0.5,
            "droop": 3,
            "rate": 2,
        }
        form: Any = await hass.config_entries.options.async_configure(flow_id, chosen)
        assert form["errors"] == {"cap_mild_outdoor": "cap_upside_down"}
        form = await hass.config_entries.options.async_configure(
            flow_id, {**chosen, "cap_cold_outdoor": 20, "cap_cold": 73}
        )
        assert form["errors"] == {"cap_mild": "cap_upside_down"}
        form = await hass.config_entries.options.async_configure(
            flow_id, {**chosen, "cap_cold_outdoor": 20, "droop": 0.4}
        )
        assert form["errors"] == {"droop": "droop_too_small"}
        await hass.config_entries.options.async_configure(
            flow_id, {**chosen, "cap_cold_outdoor": 20}
        )
        await hass.async_block_till_done()

        protection, alerts = (
            entry.runtime_data.guard_config.settings.protection,
            entry.runtime_data.guard_config.settings.alerts,
        )
        assert (
            protection.cap
            == alerts.cap
            == (
                (celsius_from_fahrenheit(20), celsius_from_fahrenheit(68)),
                (celsius_from_fahrenheit(40), celsius_from_fahrenheit(72)),
            )
        )
        assert (
            protection.comfort_floor,
            protection.droop,
            protection.heat_up_rate,
        ) == pytest.approx((celsius_from_fahrenheit(60), 3 / 1.8, 2 / 1.8))

    @pytest.mark.parametrize(
        "protection",
        [
            pytest.param(None, id="nothing"),
            pytest.param("on", id="a word"),
            pytest.param(
                {
                    "mode": "heat",
                    "schedule": 7,
                    "leash": "long",
                    "comfort_floor": 900,
                    "cap_on": "yes",
                },
                id="nonsense",
            ),
        ],
    )
    def test_unreadable_options_are_ignored(self, protection: object) -> None:
        options = {"protection": protection}

        assert read_mode(options) is Mode.MONITOR
        assert read_protection_settings(options) == DEFAULT_PROTECTION
        assert read_schedule(options) is None

    def test_an_inverted_cap_is_rejected(self) -> None:
        assert (
            read_protection_settings(
                {"protection": {"cap_cold_outdoor": 10, "cap_mild_outdoor": 5}}
            ).cap
            is None
        )

    @pytest.mark.usefixtures("thermostat")
    async def test_a_schedule_that_was_renamed_is_followed(self, hass: HomeAssistant) -> None:
        entry = await add_protected_guard(hass, schedule="schedule.heating")
        scheduled = read_schedule(with_entity(entry.options, "schedule.heating", "schedule.warmth"))

        assert scheduled is not None
        assert scheduled.entity_id == "schedule.warmth"
