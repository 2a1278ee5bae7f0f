"""Heat states of real integrations, read by a guard with the suggested signals.

The values are those of the integrations; see the catalogue.
"""

from dataclasses import dataclass, field
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.aux_heat_guard.sources.discovery import find_signals
from tests.integration.conftest import Wait
from tests.integration.home import THERMOSTAT, add_guard, read_state, set_thermostat

POWER = {"unit_of_measurement": "W", "device_class": "power"}
MINUTES = {"unit_of_measurement": "min"}


@dataclass(frozen=True)
class CatalogueCase:
    """Values of the thermostat or of an entity of its device, and the resulting heat states."""

    expected_states: list[tuple[Any, str]]
    attribute: str | None = None
    entity: str | None = None
    other_attributes: dict[str, Any] = field(default_factory=dict)
    action: str = "heating"


CASES = {
    "ecobee": CatalogueCase(
        attribute="equipment_running",
        expected_states=[
            ("", "off"),
            ("heatPump,fan", "heat_pump"),
            ("heatPump,auxHeat1,fan", "heat_pump_aux"),
            ("auxHeat1,fan,heatPump", "heat_pump_aux"),
            ("auxHeat1,fan", "emergency"),
            ("fan,humidifier", "off"),
            ("auxHotWater,fan", "off"),
            ("compHeat1,fan", "unknown"),
        ],
    ),
    "waterfurnace, mode": CatalogueCase(
        entity="sensor.geo_furnace_mode",
        expected_states=[
            ("Standby", "off"),
            ("Heating 1", "heat_pump"),
            ("Heating 2", "heat_pump"),
            ("Aux Heat", "heat_pump_aux"),
            ("E-Heat", "emergency"),
            ("Reheat", "off"),
            ("Lockout", "off"),
            ("Never seen", "unknown"),
        ],
    ),
    "waterfurnace, power": CatalogueCase(
        entity="sensor.geo_aux_power",
        other_attributes=POWER,
        expected_states=[("0", "heat_pump"), ("9600", "heat_pump_aux"), ("400", "heat_pump")],
    ),
    "sensi": CatalogueCase(
        attribute="hvac_aux_stage",
        action="idle",
        expected_states=[(0, "off"), (50, "heat_pump_aux"), (100, "heat_pump_aux"), (0, "off")],
    ),
    "lennoxs30": CatalogueCase(
        attribute="aux",
        expected_states=[
            (False, "heat_pump"),
            (True, "heat_pump_aux"),
            (None, "unknown"),
            (False, "heat_pump"),
        ],
    ),
    "neviweb130": CatalogueCase(
        attribute="heat_level_source_type",
        expected_states=[
            ("heating", "heat_pump"),
            ("auxHeating", "heat_pump_aux"),
            ("x", "unknown"),
        ],
    ),
    "infinitude_beyond": CatalogueCase(
        entity="sensor.carrier_furnace_status",
        expected_states=[
            ("off", "heat_pump"),
            ("stage_1", "heat_pump_aux"),
            ("stage_2", "heat_pump_aux"),
        ],
    ),
    "zwave_js, operating state": CatalogueCase(
        entity="sensor.thermostat_operating_state",
        expected_states=[
            ("Heating", "heat_pump"),
            ("Aux Heating", "heat_pump_aux"),
            ("3rd Stage Aux Heat", "heat_pump_aux"),
            ("Idle", "heat_pump"),
            ("12", "unknown"),
        ],
    ),
    "venstar": CatalogueCase(
        entity="sensor.hall_aux_stage_1_runtime",
        other_attributes=MINUTES,
        expected_states=[("7", "heat_pump"), ("8", "heat_pump_aux"), ("8", "heat_pump")],
    ),
    "esphome-econet": CatalogueCase(
        entity="binary_sensor.electric_heat_relay_1",
        expected_states=[("off", "heat_pump"), ("on", "heat_pump_aux")],
    ),
    "a contact on W2": CatalogueCase(
        entity="binary_sensor.w2",
        expected_states=[("off", "heat_pump"), ("on", "heat_pump_aux"), ("unavailable", "unknown")],
    ),
    "a clamp": CatalogueCase(
        entity="sensor.heat_strips",
        other_attributes=POWER,
        expected_states=[("3", "heat_pump"), ("4700", "heat_pump_aux")],
    ),
}


@pytest.fixture
def thermostat_device_id(hass: HomeAssistant) -> str:
    """Add a device for the thermostat, and return the id of the device."""
    owner = MockConfigEntry()
    owner.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=owner.entry_id, identifiers={("x", "1")}
    )
    er.async_get(hass).async_get_or_create(
        "climate", "x", "hallway", suggested_object_id="hallway", device_id=device.id
    )
    return device.id


def add_to_device(hass: HomeAssistant, device_id: str, entity_id: str) -> None:
    domain, name = entity_id.split(".")
    er.async_get(hass).async_get_or_create(
        domain, "x", name, suggested_object_id=name, device_id=device_id
    )


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
async def test_offered_signals_show_the_heat_state(
    hass: HomeAssistant, thermostat_device_id: str, pass_seconds: Wait, case: CatalogueCase
) -> None:
    def say(value: Any) -> None:
        running = {"equipment_running": ...} | ({case.attribute: value} if case.attribute else {})
        set_thermostat(hass, hvac_action=case.action, **running)
        if case.entity:
            hass.states.async_set(case.entity, value, case.other_attributes)

    if case.entity:
        add_to_device(hass, thermostat_device_id, case.entity)
    say(case.expected_states[0][0])
    guard = await add_guard(hass)
    await pass_seconds(120)
    for value, heats in case.expected_states:
        say(value)
        await hass.async_block_till_done()
        # Meters count after 20 s, and counters have stopped after 90 s.
        await pass_seconds(120 if value == "8" and heats == "heat_pump" else 20)
        assert read_state(hass, guard, "heat_source").state == heats, value


@pytest.mark.parametrize(
    "entity",
    [
        "switch.hall_emergency_heat",
        "binary_sensor.hall_emergency_heat_active",
        "switch.ecobee_aux_heat_only",
        "switch.hall_e_heat",
    ],
)
async def test_an_emergency_heat_switch(
    hass: HomeAssistant, thermostat_device_id: str, entity: str
) -> None:
    add_to_device(hass, thermostat_device_id, entity)
    set_thermostat(hass, hvac_action="heating", equipment_running="heatPump")
    hass.states.async_set(entity, "off")
    guard = await add_guard(hass)
    assert read_state(hass, guard, "emergency_heat").state == "off"
    set_thermostat(hass, hvac_action="heating", equipment_running="auxHeat1")
    hass.states.async_set(entity, "on")
    await hass.async_block_till_done()
    assert read_state(hass, guard, "emergency_heat").state == "on"
    assert read_state(hass, guard, "heat_source").state == "emergency"


@pytest.mark.parametrize(
    "entity",
    [
        "binary_sensor.hall_auxheat_hi_ambient_lockout",
        "switch.aux_heat",
        "sensor.aux_heat_setpoint",
        "sensor.aux_fan_stage",
        "switch.stuck_strip_relay",
        "binary_sensor.led_strip",
        "sensor.outdoor",
        "light.aux",
    ],
)
def test_entities_that_do_not_show_aux_are_not_offered(hass: HomeAssistant, entity: str) -> None:
    set_thermostat(hass, equipment_running=...)
    hass.states.async_set(entity, "on")
    assert find_signals(hass, THERMOSTAT) == []


async def test_entities_of_another_thermostat_are_not_offered(
    hass: HomeAssistant, thermostat_device_id: str
) -> None:
    add_to_device(hass, thermostat_device_id, "binary_sensor.aux_relay")
    set_thermostat(hass, "climate.upstairs", equipment_running=...)
    hass.states.async_set("binary_sensor.aux_relay", "on")
    assert find_signals(hass, "climate.upstairs") == []
