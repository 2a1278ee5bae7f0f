"""The climate entity shows what the thermostat shows."""

import json
from pathlib import Path
from typing import Any

from homeassistant.components.climate.const import ClimateEntityFeature, HVACMode
from homeassistant.const import UnitOfTemperature
from homeassistant.core import Context, HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util.unit_system import METRIC_SYSTEM, US_CUSTOMARY_SYSTEM, UnitSystem
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
import pytest

from tests.integration.thermostats import (
    ALL_FEATURES,
    MODES,
    SOURCE,
    RealThermostat,
    add_thermostat,
    assert_faithful,
    call_climate,
    guard_with_estimate,
    state_of,
)

CORPUS = Path(__file__).parents[4] / "shared" / "corpus" / "climate_entities.json"
HOMES = [
    pytest.param(METRIC_SYSTEM, id="celsius"),
    pytest.param(US_CUSTOMARY_SYSTEM, id="fahrenheit"),
]
PLAIN: dict[str, Any] = {
    "hvac_modes": ["off", "heat"],
    "min_temp": 7,
    "max_temp": 35,
    "supported_features": 1,
    "temperature": 20,
}


@pytest.fixture(params=HOMES)
def home(request: pytest.FixtureRequest, hass: HomeAssistant) -> UnitSystem:
    """Use a home in either unit."""
    units: UnitSystem = request.param
    hass.config.units = units
    return units


@pytest.fixture
async def wrapper(hass: HomeAssistant, home: UnitSystem) -> str:
    """Guard a thermostat whose states the test sets."""
    assert home is hass.config.units
    hass.states.async_set(SOURCE, "heat", PLAIN)
    return await guard_with_estimate(hass)


@pytest.fixture
async def metric_wrapper(hass: HomeAssistant) -> str:
    """Guard the same thermostat in a metric home only."""
    hass.states.async_set(SOURCE, "heat", PLAIN)
    return await guard_with_estimate(hass)


def _is_representable(state: dict[str, Any], home: UnitSystem) -> bool:
    low, high = state["attributes"]["min_temp"], state["attributes"]["max_temp"]
    fahrenheit = low >= 40 and 80 <= high <= 95
    return bool(fahrenheit) == (home.temperature_unit == UnitOfTemperature.FAHRENHEIT)


@pytest.mark.skipif(
    not CORPUS.is_file(), reason="the recorded states of real integrations are not on this machine"
)
async def test_shows_every_recorded_thermostat(
    hass: HomeAssistant, home: UnitSystem, wrapper: str
) -> None:
    recorded = [state for state in json.loads(CORPUS.read_text()) if _is_representable(state, home)]
    assert recorded
    for state in recorded:
        hass.states.async_set(SOURCE, state["state"] or "unknown", state["attributes"])
        await hass.async_block_till_done()
        assert_faithful(hass, SOURCE, wrapper)


def _numbers(low: float, high: float) -> st.SearchStrategy[float]:
    """Return numbers of a climate state: whole, or rounded to tenths or halves."""
    tenths = st.integers(round(low * 10), round(high * 10)).map(lambda tenth: tenth / 10)
    return st.one_of(st.integers(round(low), round(high)), tenths)


NAMES = st.text(min_size=1, max_size=12)
LISTS = st.one_of(st.none(), st.lists(NAMES, max_size=4, unique=True))


@st.composite
def thermostats(draw: st.DrawFn, low: float, high: float) -> tuple[str, dict[str, Any]]:
    """Return states of a thermostat, as its climate entity writes them in the home's unit."""
    features = draw(
        st.sets(st.sampled_from(list(ClimateEntityFeature))).map(
            lambda chosen: ClimateEntityFeature(sum(chosen))
        )
    )
    values, humidity = _numbers(low, high), _numbers(0, 100)
    attributes: dict[str, Any] = {
        "hvac_modes": draw(st.lists(st.sampled_from([str(mode) for mode in MODES]), unique=True)),
        "supported_features": draw(st.sampled_from([features, int(features)])),
        "min_temp": draw(values),
        "max_temp": draw(values),
        "current_temperature": draw(st.one_of(st.none(), values)),
        "hvac_action": draw(
            st.sampled_from(
                ["heating", "idle", "defrosting", "preheating", "aux_heating", "Warten"]
            )
        ),
        "target_temp_step": draw(st.sampled_from([0.1, 0.5, 1, 1.0, 2])),
        "current_humidity": draw(humidity),
    }
    by_feature: dict[ClimateEntityFeature, dict[str, st.SearchStrategy[Any]]] = {
        ClimateEntityFeature.TARGET_TEMPERATURE: {"temperature": values},
        ClimateEntityFeature.TARGET_TEMPERATURE_RANGE: {
            "target_temp_low": values,
            "target_temp_high": values,
        },
        ClimateEntityFeature.TARGET_HUMIDITY: {
            "humidity": humidity,
            "min_humidity": humidity,
            "max_humidity": humidity,
            "target_humidity_step": st.integers(1, 10),
        },
        ClimateEntityFeature.FAN_MODE: {"fan_mode": NAMES, "fan_modes": LISTS},
        ClimateEntityFeature.PRESET_MODE: {"preset_mode": NAMES, "preset_modes": LISTS},
        ClimateEntityFeature.SWING_MODE: {"swing_mode": NAMES, "swing_modes": LISTS},
        ClimateEntityFeature.SWING_HORIZONTAL_MODE: {
            "swing_horizontal_mode": NAMES,
            "swing_horizontal_modes": LISTS,
        },
    }
    for feature, more in by_feature.items():
        if feature in features:
            attributes |= {
                name: draw(st.one_of(strategy, st.none())) for name, strategy in more.items()
            }
    for name in draw(
        st.sets(st.sampled_from(sorted(attributes.keys() - {"supported_features"})), max_size=3)
    ):
        del attributes[name]
    limits = ("min_temp", "max_temp", "min_humidity", "max_humidity")
    shown = {
        name: value for name, value in attributes.items() if value is not None or name not in limits
    }
    return draw(st.sampled_from([*map(str, MODES), "unknown"])), shown


@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
async def test_shows_any_thermostat(
    hass: HomeAssistant, home: UnitSystem, wrapper: str, data: st.DataObject
) -> None:
    limits = (40, 95) if home is US_CUSTOMARY_SYSTEM else (4, 35)
    state, attributes = data.draw(thermostats(*limits))
    hass.states.async_set(SOURCE, state, attributes)
    await hass.async_block_till_done()
    assert_faithful(hass, SOURCE, wrapper)


@pytest.mark.parametrize("gone", ["unavailable", "unknown"])
async def test_the_entity_is_as_unavailable_as_its_source(
    hass: HomeAssistant, metric_wrapper: str, gone: str
) -> None:
    hass.states.async_set(
        SOURCE, gone, {name: value for name, value in PLAIN.items() if name != "temperature"}
    )
    await hass.async_block_till_done()
    assert_faithful(hass, SOURCE, metric_wrapper)
    assert state_of(hass, metric_wrapper).state == gone

    hass.states.async_set(SOURCE, "heat", PLAIN)
    await hass.async_block_till_done()
    assert_faithful(hass, SOURCE, metric_wrapper)


async def test_is_unavailable_while_its_source_does_not_exist(
    hass: HomeAssistant, metric_wrapper: str
) -> None:
    hass.states.async_remove(SOURCE)
    await hass.async_block_till_done()
    assert state_of(hass, metric_wrapper).state == "unavailable"

    hass.states.async_set(SOURCE, "cool", PLAIN)
    await hass.async_block_till_done()
    assert_faithful(hass, SOURCE, metric_wrapper)


async def test_follows_what_the_source_can_do(hass: HomeAssistant, home: UnitSystem) -> None:
    source = RealThermostat()
    await add_thermostat(hass, source)
    wrapper = await guard_with_estimate(hass)
    assert home is hass.config.units
    for change in (
        {"preset_modes": ["none", "away", "vacation"], "preset_mode": "vacation"},
        {"supported_features": ClimateEntityFeature.TARGET_TEMPERATURE_RANGE},
        {"hvac_modes": [HVACMode.HEAT_COOL], "hvac_mode": HVACMode.HEAT_COOL},
        {"min_temp": 15, "max_temp": 22.5, "target_temperature_step": 1},
        {"supported_features": ClimateEntityFeature(0), "fan_modes": None},
        {"supported_features": ALL_FEATURES, "target_humidity_step": None, "min_humidity": 35},
        {
            "hvac_mode": None,
            "hvac_action": None,
            "current_temperature": None,
            "target_temperature": None,
        },
        {"available": False},
        {"available": True, "hvac_mode": HVACMode.OFF},
    ):
        source.change(**change)
        await hass.async_block_till_done()
        assert_faithful(hass, SOURCE, wrapper)


async def test_follows_a_home_that_changes_its_unit(hass: HomeAssistant) -> None:
    source = RealThermostat()
    await add_thermostat(hass, source)
    wrapper = await guard_with_estimate(hass)
    for units in ("us_customary", "metric"):
        await hass.config.async_update(unit_system=units)
        source.change(precision=0.5 if units == "metric" else 0.1)
        await hass.async_block_till_done()
        assert_faithful(hass, SOURCE, wrapper)
        minimum = state_of(hass, wrapper).attributes["min_temp"]
        await call_climate(hass, wrapper, "set_temperature", temperature=minimum + 10)
        assert_faithful(hass, SOURCE, wrapper)
        assert state_of(hass, SOURCE).attributes["temperature"] == pytest.approx(minimum + 10)


async def test_the_context_of_the_source_change_is_kept(
    hass: HomeAssistant, metric_wrapper: str
) -> None:
    for temperature, context in enumerate(
        (Context(user_id="somebody"), Context(parent_id="a cause"), Context()), start=15
    ):
        hass.states.async_set(
            SOURCE, "heat", {**PLAIN, "temperature": temperature}, context=context
        )
        await hass.async_block_till_done()
        shown = state_of(hass, metric_wrapper)
        assert (shown.attributes["temperature"], shown.context) == (temperature, context)


async def test_guards_a_generic_thermostat(hass: HomeAssistant, home: UnitSystem) -> None:
    room = "20" if home is METRIC_SYSTEM else "68"
    hass.states.async_set("sensor.room", room, {"unit_of_measurement": home.temperature_unit})
    assert await async_setup_component(hass, "homeassistant", {})
    assert await async_setup_component(hass, "input_boolean", {"input_boolean": {"heater": None}})
    generic = {
        "platform": "generic_thermostat",
        "name": "Source",
        "heater": "input_boolean.heater",
        "target_sensor": "sensor.room",
    }
    assert await async_setup_component(
        hass,
        "climate",
        {"climate": {**generic, "initial_hvac_mode": "off", "away_temp": 16, "home_temp": 21}},
    )
    await hass.async_block_till_done()
    wrapper = await guard_with_estimate(hass)
    assert_faithful(hass, SOURCE, wrapper)

    goal = float(room) + 3
    await call_climate(hass, wrapper, "set_temperature", temperature=goal, hvac_mode="heat")
    await hass.async_block_till_done()
    assert_faithful(hass, SOURCE, wrapper)
    assert state_of(hass, "input_boolean.heater").state == "on"
    shown = state_of(hass, wrapper)
    assert (shown.state, shown.attributes["temperature"], shown.attributes["hvac_action"]) == (
        "heat",
        goal,
        "heating",
    )

    hass.states.async_set(
        "sensor.room", str(goal + 1), {"unit_of_measurement": home.temperature_unit}
    )
    await hass.async_block_till_done()
    assert state_of(hass, wrapper).attributes["hvac_action"] == "idle"
    calls: list[tuple[str, dict[str, Any]]] = [
        ("set_preset_mode", {"preset_mode": "away"}),
        ("turn_off", {}),
        ("turn_on", {}),
        ("set_hvac_mode", {"hvac_mode": "off"}),
    ]
    for service, data in calls:
        await call_climate(hass, wrapper, service, **data)
        await hass.async_block_till_done()
        assert_faithful(hass, SOURCE, wrapper)
