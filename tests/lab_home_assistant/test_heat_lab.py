from collections.abc import Callable
from datetime import timedelta
import json
from logging import WARNING
from pathlib import Path
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import SOURCE_USER, ConfigEntryState
from homeassistant.core import HomeAssistant, State
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.util.unit_system import US_CUSTOMARY_SYSTEM
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

CLIMATE = "climate.lab_thermostat"
RELAY = "binary_sensor.lab_thermostat_aux_relay"
STRIPS_POWER = "sensor.lab_thermostat_strips_power"
OUTDOOR = "sensor.lab_thermostat_outdoor_temperature"

type Tick = Callable[[int], Any]


def read_value(hass: HomeAssistant, entity_id: str = CLIMATE) -> State:
    state = hass.states.get(entity_id)
    assert state is not None
    return state


async def call(
    hass: HomeAssistant, domain: str, action: str, entity_id: str, **data: object
) -> None:
    await hass.services.async_call(domain, action, {"entity_id": entity_id, **data}, blocking=True)


@pytest.fixture
def tick_seconds(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Tick:
    """Let seconds pass, one by one."""

    async def tick(count: int) -> None:
        for _ in range(count):
            freezer.tick(1.0)
            async_fire_time_changed(hass)
        await hass.async_block_till_done()

    return tick


@pytest.fixture
async def cold(freezer: FrozenDateTimeFactory) -> None:
    freezer.move_to("2027-01-15 05:00:00-08:00")


@pytest.mark.usefixtures("entry")
async def test_it_shows_a_thermostat_at_rest(hass: HomeAssistant) -> None:
    state = read_value(hass)
    assert state.state == "heat"
    assert state.attributes["equipment_running"] == ""
    assert state.attributes["hvac_action"] == "idle"
    assert state.attributes["current_temperature"] == 20.0
    assert state.attributes["temperature"] == 20.0
    assert state.attributes["target_temp_step"] == 0.5
    assert (state.attributes["min_temp"], state.attributes["max_temp"]) == (7.0, 26.0)
    assert read_value(hass, RELAY).state == "off"
    assert read_value(hass, STRIPS_POWER).state == "0"


@pytest.mark.usefixtures("cold", "entry")
async def test_recovery_from_a_setback_brings_the_strips_until_the_setpoint(
    hass: HomeAssistant, tick_seconds: Tick
) -> None:
    await call(
        hass, "number", "set_value", "number.lab_thermostat_outdoor_mean", value=-15
    )  # too dry for a defrost
    await call(hass, "climate", "set_temperature", CLIMATE, temperature=17)
    await tick_seconds(600)
    setback = read_value(hass).attributes["current_temperature"]
    assert setback < 18.0
    before_kwh = float(read_value(hass, "sensor.lab_thermostat_strips_energy").state)

    await call(hass, "climate", "set_temperature", CLIMATE, temperature=21)
    assert read_value(hass).attributes["temperature"] == 21.0
    await tick_seconds(2)
    assert read_value(hass).attributes["equipment_running"] == "heatPump,auxHeat1,fan"
    assert read_value(hass).attributes["hvac_action"] == "heating"
    assert read_value(hass, RELAY).state == "on"
    assert read_value(hass, STRIPS_POWER).state == "10000"
    assert float(read_value(hass, "sensor.lab_thermostat_outdoor_unit_power").state) > 1500.0

    for _ in range(200):
        await tick_seconds(1)
        if read_value(hass, RELAY).state == "off":
            break
    assert read_value(hass).attributes["current_temperature"] >= 20.9
    assert read_value(hass).attributes["equipment_running"] == "heatPump,fan"
    assert float(read_value(hass, "sensor.lab_thermostat_strips_energy").state) > before_kwh + 2.0


@pytest.mark.usefixtures("cold", "entry")
async def test_modes_stop_and_start_the_equipment(hass: HomeAssistant, tick_seconds: Tick) -> None:
    await call(hass, "climate", "set_temperature", CLIMATE, temperature=22, hvac_mode="heat")
    await tick_seconds(2)
    assert "heatPump" in read_value(hass).attributes["equipment_running"]

    await call(hass, "climate", "set_hvac_mode", CLIMATE, hvac_mode="off")
    await tick_seconds(2)
    assert (read_value(hass).state, read_value(hass).attributes["hvac_action"]) == ("off", "off")
    assert read_value(hass).attributes["equipment_running"] == ""

    await call(hass, "climate", "turn_on", CLIMATE)
    await tick_seconds(2)
    assert read_value(hass).state == "heat"
    assert read_value(hass).attributes["equipment_running"] == "auxHeat1,fan", (
        "the compressor rests for 5 minutes"
    )
    await tick_seconds(5)
    assert read_value(hass).attributes["equipment_running"] == "heatPump,auxHeat1,fan"


@pytest.mark.usefixtures("cold", "entry")
async def test_emergency_heat_is_strips_alone(hass: HomeAssistant, tick_seconds: Tick) -> None:
    await call(hass, "switch", "turn_on", "switch.lab_thermostat_emergency_heat")
    await call(hass, "climate", "set_temperature", CLIMATE, temperature=21)
    await tick_seconds(2)
    assert read_value(hass).state == "heat"
    assert read_value(hass).attributes["equipment_running"] == "auxHeat1,fan"
    assert read_value(hass, "sensor.lab_thermostat_outdoor_unit_power").state == "0"

    await call(hass, "switch", "turn_off", "switch.lab_thermostat_emergency_heat")
    await tick_seconds(2)
    assert "heatPump" in read_value(hass).attributes["equipment_running"]


@pytest.mark.usefixtures("cold", "entry")
async def test_a_stuck_relay_heats_behind_the_thermostats_back(
    hass: HomeAssistant, tick_seconds: Tick
) -> None:
    await call(hass, "number", "set_value", "number.lab_thermostat_outdoor_mean", value=5)
    await call(hass, "climate", "turn_off", CLIMATE)
    await call(hass, "switch", "turn_on", "switch.lab_thermostat_stuck_strip_relay")
    await tick_seconds(30)
    assert read_value(hass, RELAY).state == "on"
    assert read_value(hass, STRIPS_POWER).state == "10000"
    assert read_value(hass).attributes["equipment_running"] == ""
    assert read_value(hass).attributes["current_temperature"] > 20.5

    await call(hass, "switch", "turn_off", "switch.lab_thermostat_stuck_strip_relay")
    await tick_seconds(1)
    assert read_value(hass, RELAY).state == "off"


@pytest.mark.usefixtures("cold", "entry")
@pytest.mark.parametrize("fault", ["pump_dead", "low_refrigerant"])
async def test_a_weak_pump_brings_the_strips_while_holding(
    hass: HomeAssistant, tick_seconds: Tick, fault: str
) -> None:
    await call(hass, "switch", "turn_on", f"switch.lab_thermostat_{fault}")
    await tick_seconds(240)
    assert float(read_value(hass, "sensor.lab_thermostat_strips_energy").state) > 1.0
    assert float(read_value(hass, "sensor.lab_thermostat_outdoor_unit_energy").state) > 5.0


@pytest.mark.usefixtures("cold", "entry")
async def test_a_defrost_shows_at_the_relay_and_not_as_a_call(
    hass: HomeAssistant, tick_seconds: Tick
) -> None:
    await call(hass, "number", "set_value", "number.lab_thermostat_outdoor_mean", value=-1)
    for _ in range(600):
        await tick_seconds(1)
        if read_value(hass).attributes["hvac_action"] == "defrosting":
            break
    assert read_value(hass).attributes["hvac_action"] == "defrosting"
    assert read_value(hass).attributes["equipment_running"] == "heatPump,fan"
    assert read_value(hass, RELAY).state == "on"


@pytest.mark.usefixtures("cold", "entry")
async def test_speed_and_cold_can_be_set(hass: HomeAssistant, tick_seconds: Tick) -> None:
    await call(hass, "number", "set_value", "number.lab_thermostat_outdoor_mean", value=-20)
    await tick_seconds(1)
    assert float(read_value(hass, OUTDOOR).state) == pytest.approx(-24.8, abs=0.3)

    await call(hass, "number", "set_value", "number.lab_thermostat_speed", value=600)
    await tick_seconds(78)
    assert float(read_value(hass, OUTDOOR).state) == pytest.approx(-15.0, abs=0.3), (
        "13 hours later it is 18 o'clock"
    )


@pytest.mark.usefixtures("entry")
async def test_nothing_is_written_that_has_not_changed(
    hass: HomeAssistant, tick_seconds: Tick
) -> None:
    await call(hass, "climate", "turn_off", CLIMATE)
    await call(hass, "number", "set_value", "number.lab_thermostat_speed", value=1)
    await tick_seconds(2)
    before = {state.entity_id: state.last_reported for state in hass.states.async_all()}
    await tick_seconds(60)
    after = {state.entity_id: state for state in hass.states.async_all()}
    assert all(
        state.last_reported in {before[entity_id], state.last_updated}
        for entity_id, state in after.items()
    )
    assert sum(state.last_reported != before[entity_id] for entity_id, state in after.items()) <= 2


@pytest.mark.usefixtures("cold", "entry")
async def test_unchanged_values_are_reported_regularly(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    await call(hass, "number", "set_value", "number.lab_thermostat_outdoor_swing", value=0)
    await call(hass, "number", "set_value", "number.lab_thermostat_speed", value=1)
    for _ in range(3600 // 10):
        freezer.tick(10.0)
        async_fire_time_changed(hass)
        await hass.async_block_till_done()
    state = read_value(hass, OUTDOOR)
    assert state.last_reported - state.last_changed >= timedelta(minutes=30)


@pytest.mark.usefixtures("cold", "entry")
async def test_a_dead_compressor_is_called_but_not_reported_as_running(
    hass: HomeAssistant, tick_seconds: Tick
) -> None:
    await call(hass, "switch", "turn_on", "switch.lab_thermostat_compressor_dead")
    await call(hass, "climate", "set_temperature", CLIMATE, temperature=20.5)
    await tick_seconds(3)
    assert read_value(hass).attributes["hvac_action"] == "heating"
    assert read_value(hass).attributes["equipment_running"] == ""
    assert read_value(hass, "sensor.lab_thermostat_outdoor_unit_power").state == "0"
    for _ in range(60):
        await tick_seconds(1)
        if read_value(hass, RELAY).state == "on":
            break
    assert read_value(hass).attributes["equipment_running"] == "auxHeat1,fan"

    await call(hass, "switch", "turn_off", "switch.lab_thermostat_compressor_dead")
    await tick_seconds(2)
    assert "heatPump" in read_value(hass).attributes["equipment_running"]


@pytest.mark.usefixtures("cold", "entry")
@pytest.mark.parametrize(("below", "strips"), [(21, True), (-15, False)])
async def test_strips_stay_off_where_it_is_too_warm_for_them(
    hass: HomeAssistant, tick_seconds: Tick, below: float, strips: bool
) -> None:
    await call(hass, "number", "set_value", "number.lab_thermostat_aux_only_below", value=below)
    await call(hass, "climate", "set_temperature", CLIMATE, temperature=22)
    await tick_seconds(2)
    assert ("auxHeat1" in read_value(hass).attributes["equipment_running"]) is strips


async def set_up_in_fahrenheit(hass: HomeAssistant) -> None:
    hass.config.units = US_CUSTOMARY_SYSTEM
    entry = MockConfigEntry(
        domain="heat_lab", title="Lab thermostat", data={"speed": 60, "staging": "timer"}
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()


async def test_a_fahrenheit_home(hass: HomeAssistant, tick_seconds: Tick) -> None:
    await set_up_in_fahrenheit(hass)
    state = read_value(hass)
    assert state.attributes["current_temperature"] == 68.0
    assert (
        state.attributes["min_temp"],
        state.attributes["max_temp"],
        state.attributes["target_temp_step"],
    ) == (45.0, 79.0, 1.0)

    await call(hass, "climate", "set_temperature", CLIMATE, temperature=73)
    assert read_value(hass).attributes["temperature"] == 73.0
    await tick_seconds(20)
    assert read_value(hass).attributes["equipment_running"] == "heatPump,fan"
    await tick_seconds(15)
    assert read_value(hass).attributes["equipment_running"] == "heatPump,auxHeat1,fan"

    await call(hass, "number", "set_value", "number.lab_thermostat_outdoor_mean", value=10)
    assert float(read_value(hass, "number.lab_thermostat_outdoor_mean").state) == pytest.approx(
        10.0, abs=0.1
    )
    assert read_value(hass, OUTDOOR).attributes["unit_of_measurement"] == "°F"


@pytest.mark.parametrize(
    ("number", "value"), [("outdoor_mean", 33.4), ("outdoor_swing", 9), ("aux_only_below", 35)]
)
async def test_values_set_in_the_home_unit_display_unchanged(
    hass: HomeAssistant, number: str, value: float
) -> None:
    await set_up_in_fahrenheit(hass)
    entity_id = f"number.lab_thermostat_{number}"
    await call(hass, "number", "set_value", entity_id, value=value)

    assert float(read_value(hass, entity_id).state) == value
    assert read_value(hass, entity_id).attributes["unit_of_measurement"] == "°F"


async def test_it_keeps_its_setpoint_while_home_assistant_is_down(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    await call(hass, "climate", "set_temperature", CLIMATE, temperature=17.5)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()

    assert read_value(hass).attributes["temperature"] == 17.5


async def test_it_is_added_in_one_step(hass: HomeAssistant) -> None:
    form = await hass.config_entries.flow.async_init("heat_lab", context={"source": SOURCE_USER})
    assert form["type"] is FlowResultType.FORM
    done = await hass.config_entries.flow.async_configure(
        form["flow_id"], {"name": "Attic", "speed": 600, "staging": "timer"}
    )
    await hass.async_block_till_done()

    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert done["title"] == "Attic"
    assert done["data"] == {"speed": 600, "staging": "timer"}
    assert read_value(hass, "climate.attic").state == "heat"


async def test_everything_is_one_device_and_goes_with_the_entry(
    hass: HomeAssistant, entry: MockConfigEntry, tick_seconds: Tick
) -> None:
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    (device,) = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    assert device.name == "Lab thermostat"
    assert {entity.device_id for entity in entities} == {device.id}
    assert len(entities) == 16

    assert await hass.config_entries.async_unload(entry.entry_id)
    await tick_seconds(3)
    assert entry.state is ConfigEntryState.NOT_LOADED
    assert read_value(hass).state == "unavailable"


async def test_every_name_is_translated(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    folder = Path(__file__).parents[2] / "lab/home_assistant/custom_components/heat_lab"
    texts = json.loads((folder / "translations/en.json").read_text(encoding="utf-8"))["entity"]
    wanted = {
        (entity.domain, entity.translation_key)
        for entity in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
        if entity.translation_key
    }
    assert wanted == {(domain, key) for domain, keys in texts.items() for key in keys}


@pytest.mark.usefixtures("cold", "entry")
async def test_nothing_is_logged(
    hass: HomeAssistant, tick_seconds: Tick, caplog: pytest.LogCaptureFixture
) -> None:
    await tick_seconds(120)
    await call(hass, "climate", "set_temperature", CLIMATE, temperature=23)
    await tick_seconds(120)
    loud = [
        record
        for record in caplog.records
        if record.levelno >= WARNING and "not been tested" not in record.message
    ]
    assert not [record for record in loud if record.name != "asyncio"], (
        "asyncio takes the frozen clock's leaps for slowness"
    )
