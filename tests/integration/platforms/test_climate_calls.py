"""The climate entity forwards all calls to the thermostat."""

import asyncio
from typing import Any

from homeassistant.components.climate.const import ClimateEntityFeature, HVACMode
from homeassistant.const import UnitOfTemperature
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceNotSupported, ServiceValidationError
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.util.unit_conversion import TemperatureConverter
from homeassistant.util.unit_system import METRIC_SYSTEM, US_CUSTOMARY_SYSTEM
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockUser

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

CELSIUS, FAHRENHEIT = UnitOfTemperature.CELSIUS, UnitOfTemperature.FAHRENHEIT
HOMES = {"celsius": METRIC_SYSTEM, "fahrenheit": US_CUSTOMARY_SYSTEM}

type ServiceCall = tuple[str, dict[str, Any]]
"""A service and its data."""

SERVICES: list[ServiceCall] = [
    ("set_temperature", {"temperature": 21.5}),
    ("set_temperature", {"temperature": 23, "hvac_mode": HVACMode.COOL}),
    ("set_temperature", {"target_temp_low": 19, "target_temp_high": 24.5}),
    (
        "set_temperature",
        {"target_temp_low": 18, "target_temp_high": 26, "hvac_mode": HVACMode.HEAT_COOL},
    ),
    ("set_hvac_mode", {"hvac_mode": HVACMode.DRY}),
    ("set_preset_mode", {"preset_mode": "Sleep 2"}),
    ("set_fan_mode", {"fan_mode": "high"}),
    ("set_swing_mode", {"swing_mode": "both"}),
    ("set_swing_horizontal_mode", {"swing_horizontal_mode": "wide"}),
    ("set_humidity", {"humidity": 55}),
    ("turn_off", {}),
    ("turn_on", {}),
    ("toggle", {}),
]
SETPOINTS = ("temperature", "target_temp_low", "target_temp_high")


@pytest.fixture
async def source(hass: HomeAssistant) -> RealThermostat:
    """Add a real thermostat in a metric home."""
    thermostat = RealThermostat()
    await add_thermostat(hass, thermostat)
    return thermostat


@pytest.fixture
async def wrapper(hass: HomeAssistant, source: RealThermostat) -> str:
    """Guard the thermostat."""
    assert source.entity_id == SOURCE
    return await guard_with_estimate(hass)


def _last_call(source: RealThermostat) -> dict[str, Any]:
    """Return the last call without its target."""
    return {name: value for name, value in source.calls[-1].data.items() if name != "entity_id"}


def _expected_call(data: dict[str, Any], home: str, unit: UnitOfTemperature) -> dict[str, Any]:
    """Convert a temperature of the home to the thermostat's unit."""
    return {
        name: TemperatureConverter.convert(value, HOMES[home].temperature_unit, unit)
        if name in SETPOINTS
        else value
        for name, value in data.items()
    }


@pytest.mark.parametrize("telling", SERVICES)
async def test_a_call_reaches_the_source(
    hass: HomeAssistant,
    source: RealThermostat,
    wrapper: str,
    hass_admin_user: MockUser,
    telling: ServiceCall,
) -> None:
    service, data = telling
    context = Context(user_id=hass_admin_user.id)
    await call_climate(hass, wrapper, service, context, **data)

    assert [call.service for call in source.calls] == [service]
    assert _last_call(source) == data
    assert source.calls[0].data.get("entity_id", [SOURCE]) == [SOURCE]
    told_by = source.calls[0].context
    assert told_by is not None
    assert (told_by.id, told_by.user_id) == (context.id, hass_admin_user.id)
    # The outcome shows as soon as the call ends.
    assert_faithful(hass, SOURCE, wrapper)
    assert state_of(hass, wrapper).context.id == context.id


async def test_every_service_is_tried() -> None:
    """Check that each feature of Home Assistant's climate has a call above."""
    tried = {service for service, _ in SERVICES}
    assert tried == {
        name.removeprefix("async_")
        for name in vars(RealThermostat)
        if name.startswith(("async_set_", "async_turn", "async_toggle"))
    }


@pytest.mark.parametrize("home", HOMES)
@pytest.mark.parametrize("unit", [CELSIUS, FAHRENHEIT])
@pytest.mark.parametrize("grain", [(0.1, 0.1), (0.5, 0.5), (1, 1), (0.1, 0.5), (1, 0.5)])
async def test_a_setpoint_round_trips_in_both_units(
    hass: HomeAssistant,
    source: RealThermostat,
    home: str,
    unit: UnitOfTemperature,
    grain: tuple[float, float],
) -> None:
    hass.config.units = HOMES[home]
    source.reconfigure(unit, *grain)
    source.change()
    wrapper = await guard_with_estimate(hass)
    for degrees in (21, 21.5, 23.3) if home == "celsius" else (70, 70.5, 68.9):
        setpoints: tuple[dict[str, Any], ...] = (
            {"temperature": degrees},
            {"target_temp_low": degrees - 2, "target_temp_high": degrees + 2},
        )
        for data in setpoints:
            await call_climate(hass, wrapper, "set_temperature", **data)
            assert _last_call(source) == _expected_call(data, home, unit)
            assert_faithful(hass, SOURCE, wrapper)


async def test_a_call_ends_when_the_source_has_finished(
    hass: HomeAssistant, source: RealThermostat, wrapper: str
) -> None:
    source.gate = asyncio.Event()
    calling = hass.async_create_task(call_climate(hass, wrapper, "set_temperature", temperature=22))
    for _ in range(20):
        await asyncio.sleep(0)
    assert not calling.done()
    assert not source.calls
    assert state_of(hass, wrapper).attributes["temperature"] == 20

    source.gate.set()
    await calling
    assert state_of(hass, wrapper).attributes["temperature"] == 22


async def test_each_call_keeps_its_own_context(
    hass: HomeAssistant, source: RealThermostat, wrapper: str, hass_admin_user: MockUser
) -> None:
    source.gate = asyncio.Event()
    first, second = Context(user_id=hass_admin_user.id), Context(parent_id="an automation's cause")
    calls = [
        hass.async_create_task(
            call_climate(hass, wrapper, "set_temperature", first, temperature=22)
        ),
        hass.async_create_task(call_climate(hass, wrapper, "set_fan_mode", second, fan_mode="low")),
    ]
    source.gate.set()
    await asyncio.gather(*calls)
    assert {call.service: call.context for call in source.calls} == {
        "set_temperature": first,
        "set_fan_mode": second,
    }


async def test_a_call_to_an_area_is_not_forwarded_to_the_area(
    hass: HomeAssistant, source: RealThermostat, wrapper: str
) -> None:
    area = ar.async_get(hass).async_create("Upstairs")
    registered = er.async_get(hass).async_get(wrapper)
    assert registered is not None
    assert registered.device_id is not None
    dr.async_get(hass).async_update_device(registered.device_id, area_id=area.id)
    data = {"area_id": area.id, "temperature": 22}
    await hass.services.async_call("climate", "set_temperature", data, blocking=True)
    assert [call.service for call in source.calls] == ["set_temperature"]
    assert _last_call(source) == {"temperature": 22}


@pytest.mark.parametrize(
    "error",
    [
        ServiceValidationError(
            "not while the window is open", translation_domain="maker", translation_key="window"
        ),
        HomeAssistantError("the maker's cloud does not answer"),
        TimeoutError("no answer"),
    ],
)
@pytest.mark.parametrize("telling", SERVICES)
async def test_an_error_of_the_source_reaches_the_caller(
    hass: HomeAssistant,
    source: RealThermostat,
    wrapper: str,
    error: Exception,
    telling: ServiceCall,
) -> None:
    service, data = telling
    source.error = error
    with pytest.raises(type(error)) as caught:
        await call_climate(hass, wrapper, service, **data)
    assert caught.value is error
    assert_faithful(hass, SOURCE, wrapper)

    source.error = None
    await call_climate(hass, wrapper, service, **data)
    assert _last_call(source) == data


@pytest.mark.parametrize(
    ("service", "data"),
    [
        ("set_temperature", {"temperature": 36}),
        ("set_temperature", {"temperature": 6.9}),
        ("set_temperature", {"target_temp_low": 5, "target_temp_high": 20}),
        ("set_temperature", {"target_temp_low": 22, "target_temp_high": 20}),
        ("set_humidity", {"humidity": 81}),
        ("set_humidity", {"humidity": 19}),
        ("set_preset_mode", {"preset_mode": "party"}),
        ("set_fan_mode", {"fan_mode": "storm"}),
        ("set_swing_mode", {"swing_mode": "dance"}),
        ("set_swing_horizontal_mode", {"swing_horizontal_mode": "dance"}),
    ],
)
async def test_calls_the_source_would_reject_are_rejected(
    hass: HomeAssistant, source: RealThermostat, wrapper: str, service: str, data: dict[str, Any]
) -> None:
    with pytest.raises(ServiceValidationError) as direct:
        await call_climate(hass, SOURCE, service, **data)
    with pytest.raises(ServiceValidationError) as wrapped:
        await call_climate(hass, wrapper, service, **data)
    assert wrapped.value.translation_key == direct.value.translation_key
    assert not source.calls


async def test_unsupported_calls_are_rejected(
    hass: HomeAssistant, source: RealThermostat, wrapper: str
) -> None:
    source.change(supported_features=ClimateEntityFeature(0))
    await hass.async_block_till_done()
    for service, data in SERVICES:
        if service == "set_hvac_mode":
            continue
        with pytest.raises(ServiceNotSupported):
            await call_climate(hass, wrapper, service, **data)
    assert not source.calls


async def test_a_call_to_a_source_that_is_gone_does_nothing(
    hass: HomeAssistant, source: RealThermostat, wrapper: str
) -> None:
    source.change(available=False)
    await hass.async_block_till_done()
    await call_climate(hass, wrapper, "set_temperature", temperature=22)
    assert not source.calls


REQUIRED_FEATURES = {
    "set_temperature": ClimateEntityFeature.TARGET_TEMPERATURE,
    "set_preset_mode": ClimateEntityFeature.PRESET_MODE,
    "set_fan_mode": ClimateEntityFeature.FAN_MODE,
    "set_swing_mode": ClimateEntityFeature.SWING_MODE,
    "set_swing_horizontal_mode": ClimateEntityFeature.SWING_HORIZONTAL_MODE,
    "set_humidity": ClimateEntityFeature.TARGET_HUMIDITY,
    "turn_on": ClimateEntityFeature.TURN_ON,
    "turn_off": ClimateEntityFeature.TURN_OFF,
}


@st.composite
def service_calls(draw: st.DrawFn, low: float, high: float) -> ServiceCall:
    """Choose a valid call of a thermostat."""
    setpoint = st.integers(round(low * 10), round(high * 10)).map(lambda tenths: tenths / 10)
    lowest, highest = sorted((draw(setpoint), draw(setpoint)))
    mode = draw(st.sampled_from(MODES))
    calls: list[ServiceCall] = [
        ("set_temperature", {"temperature": lowest}),
        ("set_temperature", {"temperature": highest, "hvac_mode": mode}),
        ("set_temperature", {"target_temp_low": lowest, "target_temp_high": highest}),
        ("set_hvac_mode", {"hvac_mode": mode}),
        ("set_humidity", {"humidity": draw(st.integers(20, 80))}),
        ("set_preset_mode", {"preset_mode": draw(st.sampled_from(["none", "away", "Sleep 2"]))}),
        ("set_fan_mode", {"fan_mode": draw(st.sampled_from(["auto", "low", "high"]))}),
        ("set_swing_mode", {"swing_mode": draw(st.sampled_from(["off", "both"]))}),
        (
            "set_swing_horizontal_mode",
            {"swing_horizontal_mode": draw(st.sampled_from(["off", "wide"]))},
        ),
        ("turn_on", {}),
        ("turn_off", {}),
        ("toggle", {}),
    ]
    chosen: ServiceCall = draw(st.sampled_from(calls))
    return chosen


def _is_supported(service: str, data: dict[str, Any], features: ClimateEntityFeature) -> bool:
    if service == "toggle":
        return bool(features & (ClimateEntityFeature.TURN_ON | ClimateEntityFeature.TURN_OFF))
    if "target_temp_low" in data:
        return ClimateEntityFeature.TARGET_TEMPERATURE_RANGE in features
    return REQUIRED_FEATURES.get(service, ClimateEntityFeature(0)) in features


@pytest.mark.parametrize("home", HOMES)
@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
async def test_round_trip(
    hass: HomeAssistant, source: RealThermostat, wrapper: str, home: str, data: st.DataObject
) -> None:
    hass.config.units = HOMES[home]
    unit = data.draw(st.sampled_from([CELSIUS, FAHRENHEIT]))
    source.reconfigure(
        unit, data.draw(st.sampled_from([0.1, 0.5, 1])), data.draw(st.sampled_from([0.1, 0.5, 1]))
    )
    bits = data.draw(st.sets(st.sampled_from(list(ClimateEntityFeature))))
    features = ClimateEntityFeature(sum(bits)) if data.draw(st.booleans()) else ALL_FEATURES
    source.change(
        supported_features=features,
        current_temperature=data.draw(st.sampled_from([None, 17.25, 71, 20.04])),
    )
    await hass.async_block_till_done()
    assert_faithful(hass, SOURCE, wrapper)

    low, high = (8.5, 33.5) if home == "celsius" else (47, 92)
    for service, call_data in data.draw(st.lists(service_calls(low, high), min_size=1, max_size=5)):
        source.calls.clear()
        if not _is_supported(service, call_data, features):
            with pytest.raises((ServiceNotSupported, ServiceValidationError)):
                await call_climate(hass, wrapper, service, **call_data)
            assert not source.calls
            continue
        await call_climate(hass, wrapper, service, **call_data)
        assert [call.service for call in source.calls] == [service]
        assert _last_call(source) == _expected_call(call_data, home, unit)
        assert_faithful(hass, SOURCE, wrapper)
