"""The diagnostics file that a user can attach to a bug report."""

from typing import Any

from homeassistant.components.diagnostics.const import REDACTED
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.aux_heat_guard.diagnostics import (
    MAX_RUNS,
    async_get_config_entry_diagnostics,
)
from tests.integration.conftest import Wait
from tests.integration.home import add_guard, set_thermostat

TARIFF = {"kind": "tariff", "entity_id": "select.tariff", "prices": {"peak": 0.4, "off_peak": 0.1}}


async def test_diagnostics_include_all_useful_data(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, pass_seconds: Wait
) -> None:
    set_thermostat(hass)
    hass.states.async_set("select.tariff", "peak", {"options": ["peak", "off_peak"]})
    guard = await add_guard(hass, price=TARIFF)
    set_thermostat(hass, hvac_action="heating", equipment_running="heatPump,auxHeat1")
    await hass.async_block_till_done()
    await pass_seconds(900)
    diagnostics: Any = await get_diagnostics_for_config_entry(hass, hass_client, guard)
    assert diagnostics["entry"]["options"]["thermostat"] == "climate.hallway"
    assert (
        diagnostics["guarded"]["settings"]["signals"][0]["source"]["entity_id"] == "climate.hallway"
    )
    assert diagnostics["guarded"]["price"]["prices"] == {"peak": 0.4, "off_peak": 0.1}
    assert diagnostics["guarded"]["watched"] == ["climate.hallway", "select.tariff"]
    assert diagnostics["view"]["heat"]["state"] == "heat_pump_aux"
    assert diagnostics["view"]["heat"]["quality"] == "reported"
    assert diagnostics["view"]["evidence"][0]["is_on"] is True
    assert set(diagnostics["figures"]) == {
        "today_at",
        "rest_at",
        "today",
        "day",
        "seven_days",
        "week",
        "month",
        "season",
        "total",
    }
    assert diagnostics["figures"]["season"]["totals"]["aux"] == 900
    assert diagnostics["figures"]["season"]["coverage"] == 100
    assert diagnostics["history"]["since"] == "2027-01-15T12:00:00"
    assert diagnostics["history"]["points"] >= 2
    assert diagnostics["history"]["runs"] == 0
    assert [run["reason"] for run in diagnostics["season"]["last_runs"]] == ["unknown"]
    assert diagnostics["season"]["total"]["aux_seconds"] == 900
    assert "resistance_heat_utilisation" in diagnostics["season"]["near_freezing"]
    assert diagnostics["home"]["recorder"] is False
    assert diagnostics["alerts"]["tally"]["airflow_seconds"] == 900
    assert diagnostics["alerts"]["circumstances"]["is_aux_only"] is False


async def test_diagnostics_include_alert_state(hass: HomeAssistant, pass_seconds: Wait) -> None:
    set_thermostat(hass, hvac_action="heating", equipment_running="heatPump,auxHeat1")
    guard = await add_guard(hass)
    await pass_seconds(91 * 60)
    diagnostics = await async_get_config_entry_diagnostics(hass, guard)
    episode = diagnostics["alerts"]["states"]["long_run"]["episode"]
    assert (episode["raised_at"], episode["severity"]) == ("2027-01-15T13:30:00", "warning")
    assert episode["notified_at"] == episode["raised_at"]
    assert set(diagnostics["alerts"]["states"]) == {"long_run"}


async def test_diagnostics_include_no_personal_data(
    hass: HomeAssistant, hass_client: ClientSessionGenerator
) -> None:
    set_thermostat(hass, friendly_name="Grandma's bedroom")
    notify = {
        "phones": ["mobile_app_grandmas_phone"],
        "entities": ["notify.grandma"],
        "actions": [{"event": "grandma"}],
    }
    guard = await add_guard(hass, notify=notify)
    hass.config_entries.async_update_entry(
        guard, title="Grandma's bedroom AUX Heat Guard", unique_id="serial 4711"
    )
    diagnostics: Any = await get_diagnostics_for_config_entry(hass, hass_client, guard)
    assert diagnostics["entry"]["title"] == diagnostics["entry"]["unique_id"] == REDACTED
    assert "grandma" not in str(diagnostics).lower()
    assert "4711" not in str(diagnostics)
    assert str(hass.config.latitude) not in str(diagnostics)


async def test_only_the_last_runs_are_listed(
    hass: HomeAssistant, guard: MockConfigEntry, pass_seconds: Wait
) -> None:
    for turn in range(2 * MAX_RUNS + 10):
        set_thermostat(hass, equipment_running="" if turn % 2 else "auxHeat1")
        await hass.async_block_till_done()
        await pass_seconds(60)
    diagnostics = await async_get_config_entry_diagnostics(hass, guard)
    assert diagnostics["history"]["runs"] == MAX_RUNS + 5
    assert len(diagnostics["season"]["last_runs"]) == MAX_RUNS
    assert diagnostics["season"]["last_runs"][-1]["start"] == "2027-01-15T13:48:00"
