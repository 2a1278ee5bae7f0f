"""The entities of a guard as Home Assistant lists them."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
from syrupy.assertion import SnapshotAssertion

from custom_components.aux_heat_guard.const import DOMAIN
from tests.integration.conftest import Wait
from tests.integration.home import add_guard, entity_id_of, read_seconds, read_state, set_thermostat

PRICE = {"kind": "fixed", "price": 0.3}


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(HomeAssistantSnapshotExtension)


@pytest.mark.usefixtures("all_entities")
async def test_all_entities_match_the_snapshot(
    hass: HomeAssistant, pass_seconds: Wait, snapshot: SnapshotAssertion
) -> None:
    hass.config.currency = "USD"
    set_thermostat(hass)
    hass.states.async_set("sensor.outdoor", "-8.33", {"unit_of_measurement": "°C"})
    guard = await add_guard(
        hass, price=PRICE, outdoor={"entity_id": "sensor.outdoor", "attribute": None}
    )
    set_thermostat(hass, hvac_action="heating", equipment_running="heatPump,auxHeat1")
    await hass.async_block_till_done()
    await pass_seconds(900)
    registry = er.async_get(hass)
    for entry in er.async_entries_for_config_entry(registry, guard.entry_id):
        assert entry == snapshot(name=f"{entry.entity_id}-entry")
        assert hass.states.get(entry.entity_id) == snapshot(name=f"{entry.entity_id}-state")


async def test_todays_runtime_is_at_most_a_minute_old(
    hass: HomeAssistant, guard: MockConfigEntry, pass_seconds: Wait
) -> None:
    set_thermostat(hass, equipment_running="auxHeat1")
    await hass.async_block_till_done()
    for minute in range(1, 12):
        await pass_seconds(60)
        assert float(read_state(hass, guard, "aux_runtime_today").state) == pytest.approx(
            minute, abs=0.02
        )
        assert float(read_state(hass, guard, "aux_runtime_24h").state) == pytest.approx(
            minute // 5 * 5, abs=0.02
        )


@pytest.mark.usefixtures("guard")
async def test_unchanged_states_are_not_written(hass: HomeAssistant, pass_seconds: Wait) -> None:
    written: list[str] = []
    hass.bus.async_listen("state_changed", lambda event: written.append(event.data["entity_id"]))
    for tenth in range(50):
        set_thermostat(hass, current_temperature=70 + tenth / 10)
        await pass_seconds(60)
    own = [entity_id for entity_id in written if "aux_heat_guard" in entity_id]
    assert set(own) == {"climate.hallway_aux_heat_guard"}
    assert len(own) == 49


async def test_emergency_heat_is_the_mode(hass: HomeAssistant) -> None:
    presets: dict[str, Any] = {"preset_modes": ["none", "Auxiliary"], "supported_features": 401}
    set_thermostat(hass, preset_mode="none", **presets)
    entry = await add_guard(hass)
    assert read_state(hass, entry, "emergency_heat").state == "off"
    set_thermostat(
        hass,
        hvac_action="heating",
        preset_mode="Auxiliary",
        equipment_running="auxHeat1",
        **presets,
    )
    await hass.async_block_till_done()
    assert read_state(hass, entry, "emergency_heat").state == "on"
    assert read_state(hass, entry, "heat_source").state == "emergency"


async def test_an_entity_that_is_renamed_goes_on(
    hass: HomeAssistant, guard: MockConfigEntry
) -> None:
    er.async_get(hass).async_update_entity(
        entity_id_of(hass, guard, "aux_heat"), new_entity_id="binary_sensor.strips"
    )
    await hass.async_block_till_done()
    set_thermostat(hass, equipment_running="auxHeat1")
    await hass.async_block_till_done()
    assert hass.states.get("binary_sensor.strips").state == "on"  # type: ignore[union-attr]


async def test_an_update_request_changes_nothing(
    hass: HomeAssistant, guard: MockConfigEntry
) -> None:
    assert await async_setup_component(hass, "homeassistant", {})
    entity_ids = [
        entity_id_of(hass, guard, key)
        for key in ("aux_heat", "heat_source", "aux_runtime_today", "thermostat")
    ]
    await hass.services.async_call(
        "homeassistant", "update_entity", {"entity_id": entity_ids}, blocking=True
    )
    set_thermostat(hass, equipment_running="auxHeat1")
    await hass.async_block_till_done()
    assert read_state(hass, guard, "aux_heat").state == "on"
    assert read_state(hass, guard, "heat_source").state == "emergency"


@pytest.mark.usefixtures("all_entities")
async def test_unknown_pump_time_is_reported_separately(
    hass: HomeAssistant, pass_seconds: Wait
) -> None:
    set_thermostat(hass, equipment_running=...)
    hass.states.async_set("binary_sensor.w2_relay", "off")
    relay = {
        "kind": "on_off",
        "role": "aux",
        "quality": "measured",
        "entity_id": "binary_sensor.w2_relay",
        "attribute": None,
    }
    guard = await add_guard(hass, signals=[relay])
    await pass_seconds(600)
    hass.states.async_set("climate.hallway", "unavailable")
    await hass.async_block_till_done()
    await pass_seconds(600)
    set_thermostat(hass, equipment_running=..., hvac_action="heating")
    await hass.async_block_till_done()
    assert read_state(hass, guard, "heat_pump_runtime_today").attributes[
        "coverage"
    ] == pytest.approx(50, abs=0.2)
    assert read_state(hass, guard, "aux_runtime_today").attributes["coverage"] == 100


async def test_energy_and_money_of_a_run(hass: HomeAssistant, pass_seconds: Wait) -> None:
    hass.config.currency = "USD"
    set_thermostat(hass)
    guard = await add_guard(hass, price=PRICE)
    set_thermostat(hass, equipment_running="auxHeat1")
    await hass.async_block_till_done()
    await pass_seconds(1800)
    # 10 kW for half an hour at 0.30 a kWh.
    energy = read_state(hass, guard, "aux_energy_total")
    assert energy.state == "5.0"
    assert energy.attributes["state_class"] == "total_increasing"
    for key in ("aux_cost_today", "aux_cost_month", "aux_cost_season"):
        cost = read_state(hass, guard, key)
        assert (cost.state, cost.attributes["unit_of_measurement"]) == ("1.5", "USD")
        assert "unpriced_kwh" not in cost.attributes
    # Without an outdoor temperature, the energy of the heat pump is unknown.
    assert read_state(hass, guard, "avoidable_cost_season").state == "unknown"


async def test_avoidable_energy_and_cost_are_shown(hass: HomeAssistant, pass_seconds: Wait) -> None:
    set_thermostat(hass)
    hass.states.async_set("sensor.outdoor", "-8.33", {"unit_of_measurement": "°C"})
    guard = await add_guard(
        hass, price=PRICE, outdoor={"entity_id": "sensor.outdoor", "attribute": None}
    )
    set_thermostat(hass, equipment_running="auxHeat1")
    await hass.async_block_till_done()
    await pass_seconds(1800)
    assert float(read_state(hass, guard, "avoidable_cost_season").state) == pytest.approx(
        1.5 * (1 - 1 / 2.3), abs=0.01
    )


async def test_a_tariff_without_a_price_is_logged_once(
    hass: HomeAssistant, pass_seconds: Wait, caplog: pytest.LogCaptureFixture
) -> None:
    set_thermostat(hass, equipment_running="auxHeat1")
    hass.states.async_set("select.tariff", "peak")
    guard = await add_guard(
        hass, price={"kind": "tariff", "entity_id": "select.tariff", "prices": {"peak": 0.4}}
    )
    for tariff in ("weekend", "peak", "weekend", "unavailable", "weekend"):
        hass.states.async_set("select.tariff", tariff)
        await hass.async_block_till_done()
        await pass_seconds(600)
    warning = (
        "Hallway AUX Heat Guard: the tariff 'weekend' has no price; "
        "while it holds no money is counted"
    )
    messages = [record.message for record in caplog.records]
    assert [message for message in messages if "has no price" in message] == [warning]
    assert read_state(hass, guard, "aux_cost_today").attributes["unpriced_kwh"] > 0


async def test_cost_entities_appear_with_a_price_and_stay(
    hass: HomeAssistant, pass_seconds: Wait
) -> None:
    set_thermostat(hass)
    guard = await add_guard(hass)
    set_thermostat(hass, equipment_running="auxHeat1")
    await hass.async_block_till_done()
    await pass_seconds(1800)
    registry = er.async_get(hass)
    assert (
        registry.async_get_entity_id("sensor", DOMAIN, f"{guard.entry_id}_aux_cost_today") is None
    )
    hass.config_entries.async_update_entry(guard, options={**guard.options, "price": PRICE})
    await hass.async_block_till_done()
    await pass_seconds(1800)
    assert float(read_state(hass, guard, "aux_cost_today").state) == pytest.approx(1.5, abs=0.01)
    assert read_state(hass, guard, "aux_cost_today").attributes["unpriced_kwh"] == pytest.approx(
        5, abs=0.02
    )
    hass.config_entries.async_update_entry(
        guard, options={key: value for key, value in guard.options.items() if key != "price"}
    )
    await hass.async_block_till_done()
    await hass.config_entries.async_reload(guard.entry_id)
    await hass.async_block_till_done()
    assert float(read_state(hass, guard, "aux_cost_today").state) == pytest.approx(1.5, abs=0.01)


async def test_entities_of_unknown_energy_are_disabled_by_default(hass: HomeAssistant) -> None:
    set_thermostat(hass)
    furnace = await add_guard(hass, equipment="furnace")
    entry = er.async_get(hass).async_get(entity_id_of(hass, furnace, "aux_energy_total"))
    assert entry is not None
    assert entry.disabled_by is er.RegistryEntryDisabler.INTEGRATION


async def test_unmeasured_time_is_shown(hass: HomeAssistant, pass_seconds: Wait) -> None:
    set_thermostat(hass)
    guard = await add_guard(
        hass, energy={"kind": "power", "entity_id": "sensor.strips_power", "attribute": None}
    )
    set_thermostat(hass, equipment_running="auxHeat1")
    await hass.async_block_till_done()
    await pass_seconds(1800)
    energy = read_state(hass, guard, "aux_energy_total")
    assert (energy.state, energy.attributes["unmeasured_minutes"]) == ("0.0", 30)


@pytest.mark.usefixtures("all_entities")
async def test_the_seven_days_roll(
    hass: HomeAssistant, pass_seconds: Wait, freezer: FrozenDateTimeFactory
) -> None:
    set_thermostat(hass)
    guard = await add_guard(hass)
    set_thermostat(hass, equipment_running="auxHeat1")
    await hass.async_block_till_done()
    await pass_seconds(1800)
    set_thermostat(hass, equipment_running="")
    await hass.async_block_till_done()
    for _ in range(7):
        freezer.tick(86400 - 900)
        await pass_seconds(60)
    assert read_seconds(hass, guard, "aux_runtime_7d") > 0
    freezer.tick(86400)
    await pass_seconds(60)
    assert read_seconds(hass, guard, "aux_runtime_7d") == 0
    assert read_seconds(hass, guard, "aux_runtime_total") == pytest.approx(1800, abs=1)


async def test_a_running_rebuild_is_shown(hass: HomeAssistant, guard: MockConfigEntry) -> None:
    coordinator = guard.runtime_data
    for progress in (0, 5, 45):
        coordinator.persistence.backfill.progress = progress
        coordinator.async_update_listeners()
        assert (
            read_state(hass, guard, "aux_runtime_season").attributes["history_progress"] == progress
        )
    coordinator.persistence.backfill.progress = None
    coordinator.async_update_listeners()
    assert "history_progress" not in read_state(hass, guard, "aux_runtime_season").attributes
    assert "history_progress" not in read_state(hass, guard, "aux_runtime_month").attributes


@pytest.mark.usefixtures("guard")
async def test_frequently_changing_attributes_are_not_recorded(
    hass: HomeAssistant, guard: MockConfigEntry
) -> None:
    info = read_state(hass, guard, "limit").state_info
    assert info is not None
    assert {"reason", "plan", "applied"} <= info["unrecorded_attributes"]
