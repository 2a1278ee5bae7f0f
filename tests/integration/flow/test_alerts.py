"""The forms for alerts and notifications, as a user goes through them."""

from dataclasses import replace
from datetime import time
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.util.unit_system import METRIC_SYSTEM, US_CUSTOMARY_SYSTEM, UnitSystem
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_mock_service

from custom_components.aux_heat_guard.core.alerts.rules import DEFAULT_CONFIGS, RULES
from custom_components.aux_heat_guard.core.model import Alert, Severity
from custom_components.aux_heat_guard.core.settings.alerts import (
    DEFAULT_ALERTS,
)
from custom_components.aux_heat_guard.core.units import celsius_from_fahrenheit
from custom_components.aux_heat_guard.flow.alerts import field_key
from custom_components.aux_heat_guard.options.alerts import (
    Channels,
    read_alert_settings,
    read_channels,
    read_forecast_entity,
)
from tests.integration.flow.driver import change_options, form_fields, proposed_default

ALL = {"balance_point": 25, "quiet_start": "22:00:00", "quiet_end": "07:00:00"}
"""What is proposed to an American."""


@pytest.fixture(autouse=True)
def _american(hass: HomeAssistant) -> None:
    hass.config.units = US_CUSTOMARY_SYSTEM


async def test_general_alert_options_are_set_in_one_step(
    hass: HomeAssistant, guard: MockConfigEntry
) -> None:
    coordinator = guard.runtime_data
    flow = await change_options(hass, guard, "alerts")
    assert {name: proposed_default(flow, name) for name in ALL} == ALL
    assert proposed_default(flow, "forecast") is None
    assert form_fields(flow)["balance_point"]["unit_of_measurement"] == "°F"

    hass.states.async_set("weather.home", "cloudy", {"supported_features": 1})
    answer = {
        "balance_point": 30,
        "quiet_start": "21:30:00",
        "quiet_end": "06:00:00",
        "forecast": "weather.home",
    }
    flow = await change_options(hass, guard, "alerts", answer)

    assert flow["type"] is FlowResultType.CREATE_ENTRY
    assert guard.runtime_data is coordinator
    settings = coordinator.guard_config.settings
    assert settings.alerts.balance_point == pytest.approx(celsius_from_fahrenheit(30))
    assert settings.alerts.quiet_hours == (time(21, 30), time(6))
    assert (coordinator.guard_config.forecast, settings.has_forecast) == ("weather.home", True)
    assert settings.alerts.configs == DEFAULT_CONFIGS
    flow = await change_options(hass, guard, "alerts")
    assert {name: proposed_default(flow, name) for name in answer} == answer


async def test_quiet_hours_and_the_forecast_can_be_left_out(
    hass: HomeAssistant, guard: MockConfigEntry
) -> None:
    await change_options(hass, guard, "alerts", {"balance_point": 25})

    assert guard.runtime_data.guard_config.settings.alerts.quiet_hours is None
    assert guard.runtime_data.guard_config.forecast is None
    flow = await change_options(hass, guard, "alerts")
    assert (proposed_default(flow, "quiet_start"), proposed_default(flow, "quiet_end")) == (
        None,
        None,
    )


async def test_a_weather_entity_that_tells_the_outdoor_temperature_tells_the_forecast(
    hass: HomeAssistant, guard: MockConfigEntry
) -> None:
    hass.states.async_set(
        "weather.home",
        "cloudy",
        {"temperature": 41, "temperature_unit": "°F", "supported_features": 2},
    )
    await change_options(hass, guard, "outdoor", {"outdoor": "weather.home"})
    assert guard.runtime_data.guard_config.forecast == "weather.home"
    assert (
        proposed_default(await change_options(hass, guard, "alerts"), "forecast") == "weather.home"
    )

    await change_options(hass, guard, "alerts", ALL)
    assert guard.runtime_data.guard_config.forecast is None


async def test_a_weather_entity_without_forecasts_tells_the_outdoor_temperature_only(
    hass: HomeAssistant, guard: MockConfigEntry
) -> None:
    hass.states.async_set("weather.home", "cloudy", {"temperature": 41, "temperature_unit": "°F"})
    await change_options(hass, guard, "outdoor", {"outdoor": "weather.home"})
    guarded = guard.runtime_data.guard_config
    assert (guarded.outdoor.entity_id, guarded.forecast, guarded.settings.has_forecast) == (
        "weather.home",
        None,
        False,
    )


@pytest.mark.parametrize(
    ("state", "features", "error"),
    [
        pytest.param("cloudy", {}, {"forecast": "no_forecast"}, id="none"),
        pytest.param(
            "cloudy", {"supported_features": 0}, {"forecast": "no_forecast"}, id="none, as a number"
        ),
        pytest.param("cloudy", {"supported_features": 4}, None, id="half days"),
        pytest.param("unavailable", {}, None, id="not available, so nobody knows"),
        pytest.param(None, {}, {"forecast": "not_found"}, id="not there"),
    ],
)
async def test_a_weather_entity_that_cannot_serve_is_refused(
    hass: HomeAssistant,
    guard: MockConfigEntry,
    state: str | None,
    features: dict[str, Any],
    error: dict[str, str] | None,
) -> None:
    if state is not None:
        hass.states.async_set("weather.home", state, features)
    flow = await change_options(
        hass, guard, "alerts", {"balance_point": 30, "forecast": "weather.home"}
    )
    assert flow.get("errors") == error
    if error is not None:
        assert proposed_default(flow, "forecast") == "weather.home"


@pytest.mark.parametrize("alert", Alert)
async def test_each_alert_form_has_its_own_figures(
    hass: HomeAssistant, guard: MockConfigEntry, alert: Alert
) -> None:
    flow = await change_options(hass, guard, "alerts", {**ALL, "alert": alert.value})
    assert flow["step_id"] == "alert"
    names = [field_key(alert, name) for name in RULES[alert].thresholds]
    assert list(form_fields(flow)) == ["enabled", *names, "severity"]
    assert proposed_default(flow, "severity") == DEFAULT_CONFIGS[alert].severity
    for name, number in RULES[alert].thresholds.items():
        shown = form_fields(flow)[field_key(alert, name)]
        assert shown["min"] <= proposed_default(flow, field_key(alert, name)) <= shown["max"]
        assert shown.get("unit_of_measurement") == {"°C": "°F", "K": "°F"}.get(
            number.unit or "", number.unit
        )
    placeholders = flow["description_placeholders"]
    assert placeholders is not None
    assert placeholders["alert"] not in {"", alert.value}

    proposed = {name: proposed_default(flow, name) for name in form_fields(flow)}
    flow = await hass.config_entries.options.async_configure(flow["flow_id"], proposed)
    await hass.async_block_till_done()

    assert flow["type"] is FlowResultType.CREATE_ENTRY
    choice = guard.runtime_data.guard_config.settings.alerts.configs[alert]
    assert (choice.enabled, choice.severity) == (True, DEFAULT_CONFIGS[alert].severity)
    assert choice.thresholds == pytest.approx(dict(DEFAULT_CONFIGS[alert].thresholds), abs=0.03)


@pytest.mark.parametrize(
    ("units", "entered", "kept"),
    [
        pytest.param(
            US_CUSTOMARY_SYSTEM,
            {"under": 2, "above_balance": 15},
            {"under": 10 / 9, "above_balance": 15 / 1.8},
            id="F",
        ),
        pytest.param(
            METRIC_SYSTEM,
            {"under": 2, "above_balance": 15},
            {"under": 2, "above_balance": 15},
            id="C",
        ),
    ],
)
async def test_temperature_differences_are_converted_as_differences(
    hass: HomeAssistant,
    guard: MockConfigEntry,
    units: UnitSystem,
    entered: dict[str, float],
    kept: dict[str, float],
) -> None:
    hass.config.units = units
    balance = proposed_default(await change_options(hass, guard, "alerts"), "balance_point")
    flow = await change_options(
        hass, guard, "alerts", {"balance_point": balance, "alert": "not_heating"}
    )
    proposed = {name: proposed_default(flow, name) for name in form_fields(flow)}
    answer = proposed | {
        field_key(Alert.NOT_HEATING, name): value for name, value in entered.items()
    }

    await hass.config_entries.options.async_configure(flow["flow_id"], answer)
    await hass.async_block_till_done()

    figures = guard.runtime_data.guard_config.settings.alerts.configs[Alert.NOT_HEATING].thresholds
    assert {name: figures[name] for name in kept} == pytest.approx(kept)


async def test_an_alert_that_is_switched_off_stays_so_when_another_one_is_changed(
    hass: HomeAssistant, guard: MockConfigEntry
) -> None:
    filter_off = {"enabled": False, "filter_hours": 300, "severity": "info"}
    await change_options(hass, guard, "alerts", {**ALL, "alert": "filter"}, filter_off)
    await change_options(
        hass,
        guard,
        "alerts",
        {**ALL, "alert": "long_run"},
        {"enabled": True, "long_run_longest": 45, "severity": "critical"},
    )

    choices = guard.runtime_data.guard_config.settings.alerts.configs
    assert (choices[Alert.FILTER].enabled, choices[Alert.FILTER].thresholds["hours"]) == (
        False,
        300,
    )
    assert (choices[Alert.LONG_RUN].severity, choices[Alert.LONG_RUN].thresholds["longest"]) == (
        Severity.CRITICAL,
        45,
    )
    assert choices[Alert.OVERRUN] == DEFAULT_CONFIGS[Alert.OVERRUN]


async def test_notification_channels_are_set(hass: HomeAssistant, guard: MockConfigEntry) -> None:
    async_mock_service(hass, "notify", "mobile_app_phone")
    async_mock_service(hass, "notify", "something_else")
    flow = await change_options(hass, guard, "notify")
    assert proposed_default(flow, "persistent") is True
    assert form_fields(flow)["phones"]["options"] == [
        {"value": "mobile_app_phone", "label": "Phone"}
    ]

    actions = [{"action": "light.turn_on", "target": {"entity_id": "light.hall"}}]
    answer = {
        "persistent": False,
        "phones": ["mobile_app_phone"],
        "entities": ["notify.tv"],
        "actions": actions,
    }
    flow = await change_options(hass, guard, "notify", answer)
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    channels = guard.runtime_data.guard_config.channels
    assert channels == Channels(
        persistent=False,
        phones=("mobile_app_phone",),
        entities=("notify.tv",),
        actions=tuple(actions),
    )

    # A phone that is currently missing stays selected.
    hass.services.async_remove("notify", "mobile_app_phone")
    flow = await change_options(hass, guard, "notify")
    assert {name: proposed_default(flow, name) for name in answer} == answer
    assert [option["value"] for option in form_fields(flow)["phones"]["options"]] == [
        "mobile_app_phone"
    ]


@pytest.mark.parametrize(
    "options",
    [
        {"alerts": 7, "balance_point": "cold", "quiet": 7, "notify": []},
        {
            "alerts": {"overrun": 7, "of_old": {}},
            "balance_point": 99,
            "notify": {"phones": 7, "actions": ["x"], "persistent": "yes"},
        },
        {
            "alerts": {
                "overrun": {"enabled": "yes", "severity": "dire", "budget": -1, "window": True}
            },
            "balance_point": None,
        },
    ],
    ids=["wholly", "one deeper", "in each figure"],
)
def test_unreadable_options_fall_back_to_defaults(options: dict[str, Any]) -> None:
    assert read_alert_settings(options) == replace(DEFAULT_ALERTS, configs=DEFAULT_CONFIGS)
    assert read_channels(options) == Channels()


@pytest.mark.parametrize(
    "quiet",
    [{}, {"start": "22:00"}, {"start": "x", "end": "07:00"}, {"start": "07:00", "end": "07:00"}],
)
def test_invalid_quiet_hours_are_rejected(quiet: dict[str, str]) -> None:
    assert read_alert_settings({"quiet": quiet}).quiet_hours is None


@pytest.mark.parametrize(
    ("options", "forecast"),
    [
        ({}, None),
        ({"outdoor": {"entity_id": "sensor.outdoor"}}, None),
        ({"outdoor": {"entity_id": "weather.home"}}, "weather.home"),
        ({"outdoor": {"entity_id": "weather.home"}, "forecast": None}, None),
        ({"forecast": "weather.other"}, "weather.other"),
        ({"forecast": 7}, None),
    ],
)
def test_the_chosen_forecast_entity_is_used(options: dict[str, Any], forecast: str | None) -> None:
    assert read_forecast_entity(options) == forecast
