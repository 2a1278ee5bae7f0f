"""Sources that are renamed, moved, removed, late or missing, and the repairs about them."""

from http import HTTPStatus
import logging
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.aux_heat_guard.const import DOMAIN
from tests.integration.conftest import Wait
from tests.integration.home import (
    THERMOSTAT,
    add_guard,
    entity_id_of,
    options_for,
    read_seconds,
    read_state,
    set_thermostat,
)

RELAY = "binary_sensor.w2_relay"
RELAY_SIGNAL = {
    "kind": "on_off",
    "role": "aux",
    "quality": "measured",
    "entity_id": RELAY,
    "attribute": None,
}


@pytest.fixture
def device(hass: HomeAssistant) -> dr.DeviceEntry:
    owner = MockConfigEntry()
    owner.add_to_hass(hass)
    return dr.async_get(hass).async_get_or_create(
        config_entry_id=owner.entry_id, identifiers={("x", "1")}, name="Ecobee"
    )


@pytest.fixture
def register_sources(hass: HomeAssistant, device: dr.DeviceEntry) -> er.RegistryEntry:
    """Register the thermostat and a relay, as integrations do."""
    registry = er.async_get(hass)
    registry.async_get_or_create("binary_sensor", "x", "relay", suggested_object_id="w2_relay")
    return registry.async_get_or_create(
        "climate", "x", "hallway", suggested_object_id="hallway", device_id=device.id
    )


@pytest.fixture
async def relay_guard(hass: HomeAssistant, register_sources: er.RegistryEntry) -> MockConfigEntry:
    assert register_sources.entity_id == THERMOSTAT
    set_thermostat(hass)
    hass.states.async_set(RELAY, "off")
    return await add_guard(hass, signals=[RELAY_SIGNAL])


def issues(hass: HomeAssistant) -> list[ir.IssueEntry]:
    return [issue for (domain, _), issue in ir.async_get(hass).issues.items() if domain == DOMAIN]


async def test_the_guard_device_links_to_the_thermostat_device(
    hass: HomeAssistant, relay_guard: MockConfigEntry, device: dr.DeviceEntry
) -> None:
    own = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, relay_guard.entry_id), relay_guard.entry_id
    )
    assert own is not None
    assert own.via_device_id == device.id
    assert own.name == "Hallway AUX Heat Guard"
    assert hass.states.get("climate.hallway_aux_heat_guard") is not None


async def test_a_renamed_source_is_followed(
    hass: HomeAssistant, relay_guard: MockConfigEntry, pass_seconds: Wait
) -> None:
    hass.states.async_set(RELAY, "on")
    await hass.async_block_till_done()
    await pass_seconds(60)
    er.async_get(hass).async_update_entity(RELAY, new_entity_id="binary_sensor.strips")
    hass.states.async_remove(RELAY)
    hass.states.async_set("binary_sensor.strips", "on")
    await hass.async_block_till_done()
    assert relay_guard.options["signals"][0]["entity_id"] == "binary_sensor.strips"
    await pass_seconds(60)
    assert read_seconds(hass, relay_guard, "aux_runtime_today") == pytest.approx(120, abs=0.5)
    assert issues(hass) == []


async def test_a_renamed_thermostat_is_followed(
    hass: HomeAssistant, relay_guard: MockConfigEntry
) -> None:
    er.async_get(hass).async_update_entity(THERMOSTAT, new_entity_id="climate.hall")
    set_thermostat(hass, "climate.hall", current_temperature=66)
    hass.states.async_remove(THERMOSTAT)
    await hass.async_block_till_done()
    assert relay_guard.options["thermostat"] == "climate.hall"
    assert read_state(hass, relay_guard, "thermostat").attributes["current_temperature"] == 66


async def test_the_guard_follows_a_moved_thermostat(
    hass: HomeAssistant, relay_guard: MockConfigEntry
) -> None:
    owner = MockConfigEntry()
    owner.add_to_hass(hass)
    other = dr.async_get(hass).async_get_or_create(
        config_entry_id=owner.entry_id, identifiers={("x", "2")}
    )
    er.async_get(hass).async_update_entity(THERMOSTAT, device_id=other.id)
    await hass.async_block_till_done()
    own = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, relay_guard.entry_id), relay_guard.entry_id
    )
    assert own is not None
    assert own.via_device_id == other.id


async def test_other_changes_of_a_source_change_nothing(
    hass: HomeAssistant, relay_guard: MockConfigEntry
) -> None:
    coordinator = relay_guard.runtime_data
    er.async_get(hass).async_update_entity(RELAY, icon="mdi:fire")
    await hass.async_block_till_done()
    assert relay_guard.runtime_data is coordinator


async def test_a_removed_source_raises_a_fixable_repair(
    hass: HomeAssistant, relay_guard: MockConfigEntry, hass_client: ClientSessionGenerator
) -> None:
    assert await async_setup_component(hass, "repairs", {})
    er.async_get(hass).async_remove(RELAY)
    hass.states.async_remove(RELAY)
    await hass.async_block_till_done()
    (issue,) = issues(hass)
    assert issue.translation_placeholders == {"name": "Hallway AUX Heat Guard", "entity": RELAY}
    assert read_state(hass, relay_guard, "aux_heat").state == "unknown"

    hass.states.async_set("binary_sensor.other_relay", "on")
    client = await hass_client()
    flow = await _post(
        client, "/api/repairs/issues/fix", {"handler": DOMAIN, "issue_id": issue.issue_id}
    )
    assert flow["step_id"] == "replace"
    flow = await _post(
        client,
        f"/api/repairs/issues/fix/{flow['flow_id']}",
        {"entity_id": "binary_sensor.other_relay"},
    )
    assert flow["type"] == "create_entry"
    await hass.async_block_till_done()
    assert issues(hass) == []
    assert read_state(hass, relay_guard, "aux_heat").state == "on"


async def test_a_removed_thermostat_is_replaced_only_by_one_that_can_be_guarded(
    hass: HomeAssistant, relay_guard: MockConfigEntry, hass_client: ClientSessionGenerator
) -> None:
    assert await async_setup_component(hass, "repairs", {})
    hass.states.async_remove(THERMOSTAT)
    await hass.async_block_till_done()
    assert read_state(hass, relay_guard, "thermostat").state == "unavailable"
    set_thermostat(hass, "climate.cooler", hvac_modes=["off", "cool"])
    set_thermostat(hass, "climate.new")
    client = await hass_client()
    (issue,) = issues(hass)
    flow = await _post(
        client, "/api/repairs/issues/fix", {"handler": DOMAIN, "issue_id": issue.issue_id}
    )
    flow = await _post(
        client, f"/api/repairs/issues/fix/{flow['flow_id']}", {"entity_id": "climate.cooler"}
    )
    assert flow["errors"] == {"entity_id": "cannot_heat"}
    await _post(client, f"/api/repairs/issues/fix/{flow['flow_id']}", {"entity_id": "climate.new"})
    await hass.async_block_till_done()
    assert relay_guard.options["thermostat"] == "climate.new"
    assert relay_guard.unique_id == "climate.new"
    assert read_state(hass, relay_guard, "thermostat").state == "heat"


@pytest.mark.parametrize("own", [True, False], ids=["the guard's own", "not there"])
async def test_a_replacement_that_cannot_show_aux_is_refused(
    hass: HomeAssistant,
    relay_guard: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    own: bool,
) -> None:
    assert await async_setup_component(hass, "repairs", {})
    hass.states.async_remove(RELAY)
    await hass.async_block_till_done()
    replacement, error = (
        (entity_id_of(hass, relay_guard, "aux_heat"), "guards_itself")
        if own
        else ("binary_sensor.no", "not_found")
    )
    client = await hass_client()
    (issue,) = issues(hass)
    flow = await _post(
        client, "/api/repairs/issues/fix", {"handler": DOMAIN, "issue_id": issue.issue_id}
    )
    flow = await _post(
        client, f"/api/repairs/issues/fix/{flow['flow_id']}", {"entity_id": replacement}
    )
    assert flow["errors"] == {"entity_id": error}
    assert relay_guard.options["signals"] == [RELAY_SIGNAL]


async def test_a_repair_that_was_ignored_stays_ignored(
    hass: HomeAssistant, relay_guard: MockConfigEntry
) -> None:
    hass.states.async_remove(RELAY)
    await hass.async_block_till_done()
    (issue,) = issues(hass)
    ir.async_ignore_issue(hass, DOMAIN, issue.issue_id, ignore=True)
    await hass.config_entries.async_reload(relay_guard.entry_id)
    await hass.async_block_till_done()
    assert [issue.dismissed_version is not None for issue in issues(hass)] == [True]


async def test_a_guard_that_is_renamed_or_gets_another_thermostat_takes_its_device_along(
    hass: HomeAssistant, relay_guard: MockConfigEntry
) -> None:
    set_thermostat(hass, "climate.alone")
    options = {**relay_guard.options, "thermostat": "climate.alone"}
    hass.config_entries.async_update_entry(relay_guard, title="Upstairs guard", options=options)
    await hass.async_block_till_done()
    own = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, relay_guard.entry_id), relay_guard.entry_id
    )
    assert own is not None
    assert (own.name, own.via_device_id) == ("Upstairs guard", None)


async def test_a_returning_source_clears_its_repair(
    hass: HomeAssistant, relay_guard: MockConfigEntry
) -> None:
    hass.states.async_remove(RELAY)
    await hass.async_block_till_done()
    assert len(issues(hass)) == 1
    hass.states.async_set(RELAY, "off")
    await hass.async_block_till_done()
    assert issues(hass) == []
    assert read_state(hass, relay_guard, "aux_heat").state == "off"


async def test_a_late_source_raises_no_repair(hass: HomeAssistant) -> None:
    hass.set_state(CoreState.starting)
    options = {**options_for(hass), "signals": [RELAY_SIGNAL]}
    entry = MockConfigEntry(domain=DOMAIN, title="Late", options=options, unique_id=THERMOSTAT)
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    assert read_state(hass, entry, "thermostat").state == "unavailable"

    set_thermostat(hass)
    await hass.async_block_till_done()
    assert read_state(hass, entry, "thermostat").state == "heat"
    assert issues(hass) == []

    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await hass.async_block_till_done()
    assert [
        issue.translation_placeholders["entity"]
        for issue in issues(hass)
        if issue.translation_placeholders
    ] == [RELAY]


async def test_removing_the_guard_removes_its_repairs(
    hass: HomeAssistant, relay_guard: MockConfigEntry
) -> None:
    hass.states.async_remove(RELAY)
    await hass.async_block_till_done()
    assert len(issues(hass)) == 1
    await hass.config_entries.async_remove(relay_guard.entry_id)
    await hass.async_block_till_done()
    assert issues(hass) == []


async def test_losing_and_regaining_a_source_is_logged_once_each(
    hass: HomeAssistant, relay_guard: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    caplog.clear()
    for state in ("unavailable", "unknown", "unavailable", "off"):
        hass.states.async_set(RELAY, state)
        await hass.async_block_till_done()
    messages = [
        record.message
        for record in caplog.records
        if record.name.startswith(f"custom_components.{DOMAIN}")
    ]
    assert messages == [
        f"{relay_guard.title}: {RELAY} is not available",
        f"{relay_guard.title}: {RELAY} is back",
    ]


async def _post(client: Any, url: str, data: dict[str, Any]) -> dict[str, Any]:
    response = await client.post(url, json=data)
    assert response.status == HTTPStatus.OK, await response.text()
    return dict(await response.json())
