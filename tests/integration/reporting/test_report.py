"""The action that returns the report of a period."""

import csv
from datetime import datetime
from io import StringIO
import json
from pathlib import Path
import re
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.setup import async_setup_component
from homeassistant.util.unit_system import METRIC_SYSTEM, US_CUSTOMARY_SYSTEM
from homeassistant.util.yaml import parse_yaml
import probatio as vol
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_mock_service
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.aux_heat_guard.const import DOMAIN
from tests.integration.conftest import Wait
from tests.integration.home import add_guard, set_thermostat

SECOND_THERMOSTAT = "climate.attic"


async def call_report(hass: HomeAssistant, action: str = "get_report", **data: Any) -> Any:
    return await hass.services.async_call(DOMAIN, action, data, blocking=True, return_response=True)


async def report_equipment(hass: HomeAssistant, wait: Wait, equipment: str, length: float) -> None:
    set_thermostat(
        hass, equipment_running=equipment, hvac_action="heating" if equipment else "idle"
    )
    await hass.async_block_till_done()
    await wait(length)


@pytest.fixture
async def heating_history(hass: HomeAssistant, pass_seconds: Wait) -> MockConfigEntry:
    """Guard a home with 30 min of pump and strips, 30 min of pump, 1 h of nothing, then strips.

    The outdoor temperature is 23 °F.
    """
    hass.config.units = US_CUSTOMARY_SYSTEM
    hass.config.currency = "USD"
    set_thermostat(hass)
    hass.states.async_set("sensor.outdoor", "-5", {"unit_of_measurement": "°C"})
    outdoor = {"entity_id": "sensor.outdoor", "attribute": None}
    guard = await add_guard(hass, outdoor=outdoor, price={"kind": "fixed", "price": 0.2})
    await report_equipment(hass, pass_seconds, "heatPump,auxHeat1", 1800)
    await report_equipment(hass, pass_seconds, "heatPump", 1800)
    await report_equipment(hass, pass_seconds, "", 3600)
    await report_equipment(hass, pass_seconds, "auxHeat1", 600)
    return guard


async def test_a_report_by_hours(hass: HomeAssistant, heating_history: MockConfigEntry) -> None:
    response = await call_report(
        hass,
        config_entry_id=heating_history.entry_id,
        resolution="hour",
        start="2027-01-15 12:00:00",
    )
    assert json.loads(json.dumps(response)) == response
    assert response["resolution"] == "hour"
    assert response["units"]["cost"] == "USD"
    assert response["units"]["outdoor_temperature"] == "°F"
    first, second, third = response["rows"]
    assert first == {
        "start": "2027-01-15T12:00:00-05:00",
        "end": "2027-01-15T13:00:00-05:00",
        "aux_seconds": 1800,
        "heat_pump_seconds": 3600,
        "emergency_seconds": 0,
        "furnace_seconds": 0,
        "defrost_seconds": 0,
        "cycles": 1,
        "energy_kwh": 5,
        "cost": 1,
        "avoidable_cost": pytest.approx(0.6, abs=0.1),
        "outdoor_temperature": 23,
        "coverage": 100,
        "heat_pump_coverage": 100,
        "unmeasured_seconds": 0,
        "unpriced_kwh": 0,
    }
    assert (second["aux_seconds"], second["heat_pump_seconds"], second["cycles"]) == (0, 0, 0)
    assert (third["start"], third["aux_seconds"], third["emergency_seconds"]) == (
        "2027-01-15T14:00:00-05:00",
        600,
        600,
    )
    assert response["total"]["aux_seconds"] == 2400
    assert response["total"]["cost"] == pytest.approx(4 / 3, abs=1e-4)


async def test_the_runs_and_the_temperatures(
    hass: HomeAssistant, heating_history: MockConfigEntry
) -> None:
    response = await call_report(hass, config_entry_id=heating_history.entry_id)
    assert response["runs"] == [
        {
            "start": "2027-01-15T12:00:00-05:00",
            "end": "2027-01-15T12:30:00-05:00",
            "seconds": 1800,
            "outdoor_temperature": 23,
            "energy_kwh": 5,
            "cost": 1,
            "reason": "cold",
        },
        {
            "start": "2027-01-15T14:00:00-05:00",
            "end": None,
            "seconds": 600,
            "outdoor_temperature": 23,
            "energy_kwh": pytest.approx(1.667),
            "cost": pytest.approx(0.3333),
            "reason": "emergency",
        },
    ]
    bins = response["by_outdoor_temperature"]
    assert [(one["above"], one["up_to"]) for one in bins][:3] == [(None, 0), (0, 5), (5, 10)]
    # No day is complete yet.
    assert sum(one["heat_pump_seconds"] for one in bins) == 0
    assert response["near_freezing"]["resistance_heat_utilisation"] is None
    assert set(response["excess_resistance"]) == {"1_h", "2_h", "3_h"}
    # The compressor ran for the whole first hour, so it had no spare capacity.
    assert response["excess_resistance"]["1_h"] == 0


async def test_the_default_report_is_the_season_by_days(
    hass: HomeAssistant, guard: MockConfigEntry, pass_seconds: Wait
) -> None:
    await pass_seconds(36 * 3600)
    response = await call_report(hass)
    assert response["resolution"] == "day"
    assert [row["start"] for row in response["rows"]] == [
        "2027-01-15T12:00:00-05:00",
        "2027-01-16T00:00:00-05:00",
    ]
    assert guard.entry_id == hass.config_entries.async_entries(DOMAIN)[0].entry_id
    (season,) = (await call_report(hass, resolution="season"))["rows"]
    assert (season["start"], season["end"]) == (
        "2027-01-15T12:00:00-05:00",
        "2027-01-17T00:00:00-05:00",
    )
    assert (await call_report(hass, end="2026-02-01 00:00:00"))["rows"] == []


async def test_a_home_in_celsius(hass: HomeAssistant, heating_history: MockConfigEntry) -> None:
    hass.config.units = METRIC_SYSTEM
    hass.config.currency = "EUR"
    response = await call_report(hass, config_entry_id=heating_history.entry_id)
    assert response["units"]["cost"] == "EUR"
    assert response["rows"][0]["outdoor_temperature"] == -5
    assert [one["above"] for one in response["by_outdoor_temperature"]][:3] == [None, -18, -15]


async def test_a_table_for_spreadsheets(
    hass: HomeAssistant, heating_history: MockConfigEntry
) -> None:
    response = await call_report(
        hass, config_entry_id=heating_history.entry_id, resolution="hour", format="csv"
    )
    assert set(response) == {"csv"}
    first, *rows = csv.DictReader(StringIO(response["csv"]))
    assert first["start"] == "2027-01-15T12:00:00-05:00"
    assert float(first["aux_seconds"]) == 1800
    assert (
        float(first["cost [USD]"]),
        float(first["outdoor_temperature [°F]"]),
        float(first["coverage [%]"]),
    ) == (1, 23, 100)
    assert len(rows) == 2


async def test_an_unknown_temperature_is_left_empty(
    hass: HomeAssistant, guard: MockConfigEntry, pass_seconds: Wait
) -> None:
    await pass_seconds(600)
    data = {"config_entry_id": guard.entry_id}
    assert (await call_report(hass, **data))["rows"][0]["outdoor_temperature"] is None
    (row,) = csv.DictReader(StringIO((await call_report(hass, **data, format="csv"))["csv"]))
    assert (
        row[
            "outdoor_temperature [°F]"
            if "outdoor_temperature [°F]" in row
            else "outdoor_temperature [°C]"
        ]
        == ""
    )


@pytest.mark.parametrize(
    ("data", "key"),
    [
        ({"start": "2027-01-15 13:00:00", "end": "2027-01-15 12:00:00"}, "period_empty"),
        ({"start": "2028-01-01 00:00:00"}, "period_empty"),
        ({"start": "2024-01-01 00:00:00", "resolution": "hour"}, "period_too_long"),
        ({"start": "0001-01-01T00:00:00+14:00"}, "no_such_time"),
        ({"end": "9999-12-31T23:59:59-05:00"}, "no_such_time"),
        ({"end": "0001-01-02T00:00:00"}, "no_such_time"),
    ],
)
async def test_an_invalid_period_is_rejected(
    hass: HomeAssistant, guard: MockConfigEntry, data: dict[str, Any], key: str
) -> None:
    with pytest.raises(ServiceValidationError) as refused:
        await call_report(hass, config_entry_id=guard.entry_id, **data)
    assert (refused.value.translation_domain, refused.value.translation_key) == (DOMAIN, key)
    assert "{" not in str(refused.value)


@pytest.mark.usefixtures("guard")
@pytest.mark.parametrize("data", [{"start": "soon"}, {"resolution": "minute"}, {"format": "pdf"}])
async def test_invalid_period_data_is_rejected(hass: HomeAssistant, data: dict[str, Any]) -> None:
    with pytest.raises(vol.Invalid):
        await call_report(hass, **data)


@pytest.mark.usefixtures("guard")
async def test_a_very_early_start_is_accepted(hass: HomeAssistant, pass_seconds: Wait) -> None:
    await pass_seconds(60)
    response = await call_report(hass, start=datetime(1, 1, 3), end=datetime(9999, 12, 29))  # noqa: DTZ001
    assert len(response["rows"]) == 1


@pytest.mark.parametrize("action", ["get_report", "rebuild_history"])
async def test_the_target_selects_the_guard(
    hass: HomeAssistant, guard: MockConfigEntry, action: str
) -> None:
    with pytest.raises(ServiceValidationError):
        await call_report(hass, action, config_entry_id="nobody")
    set_thermostat(hass, SECOND_THERMOSTAT)
    await add_guard(hass, SECOND_THERMOSTAT)
    with pytest.raises(ServiceValidationError):
        await call_report(hass, action)
    await hass.config_entries.async_unload(guard.entry_id)
    with pytest.raises(ServiceValidationError):
        await call_report(hass, action, config_entry_id=guard.entry_id)


async def test_a_rebuild_needs_a_recorder(hass: HomeAssistant, guard: MockConfigEntry) -> None:
    with pytest.raises(HomeAssistantError) as refused:
        await call_report(hass, "rebuild_history", config_entry_id=guard.entry_id)
    assert (refused.value.translation_domain, refused.value.translation_key) == (
        DOMAIN,
        "no_recorder",
    )


async def test_actions_exist_while_the_integration_is_loaded(
    hass: HomeAssistant, guard: MockConfigEntry
) -> None:
    await hass.config_entries.async_unload(guard.entry_id)
    assert hass.services.has_service(DOMAIN, "get_report")
    assert hass.services.has_service(DOMAIN, "rebuild_history")


async def test_the_script_in_the_readme_saves_the_table(
    hass: HomeAssistant, heating_history: MockConfigEntry
) -> None:
    assert heating_history.runtime_data.guard_config.price is not None
    blocks = re.findall(
        r"```yaml\n(.*?)```", (Path(__file__).parents[3] / "README.md").read_text(), re.DOTALL
    )
    (script,) = [block for block in blocks if block.startswith("script:")]
    sent = async_mock_service(hass, "notify", "send_message")
    config: Any = parse_yaml(script)
    assert await async_setup_component(hass, "script", config)
    await hass.services.async_call("script", "save_aux_report", blocking=True)
    (message,) = [call.data["message"] for call in sent]
    assert message.splitlines()[0].startswith("start,end,aux_seconds,")
    assert len(message.splitlines()) == 2


async def test_a_computer_can_fetch_the_table_as_the_readme_says(
    hass: HomeAssistant, guard: MockConfigEntry, hass_client: ClientSessionGenerator
) -> None:
    assert guard.title
    assert await async_setup_component(hass, "api", {})
    client = await hass_client()
    answer = await client.post(
        "/api/services/aux_heat_guard/get_report?return_response", data='{"format": "csv"}'
    )
    assert (await answer.json())["service_response"]["csv"].startswith("start,end,")
