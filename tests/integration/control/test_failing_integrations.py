"""Whatever other integrations raise, the guard goes on, logs once, retries and unloads."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
import gc
import logging
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, ServiceCall, SupportsResponse
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.aux_heat_guard.const import DOMAIN
from custom_components.aux_heat_guard.control.service_calls import (
    ServiceCallError,
    async_call,
    async_run_actions,
    describe_error,
)
from custom_components.aux_heat_guard.core.model import Mode
from tests.integration.conftest import Wait
from tests.integration.home import add_guard, entity_id_of, set_thermostat
from tests.integration.protection import (
    HOUR,
    MINUTE,
    Setpoints,
    add_protected_guard,
    choose_mode,
    set_outdoor,
)
from tests.integration.thermostats import RealThermostat, call_climate

NOTE = {"title": "Long", "message": "run"}
FURNACE: dict[str, Any] = {
    "furnace_on": True,
    "furnace_entity": "input_boolean.furnace",
    "cap_on": False,
}
WEATHER = "weather.home"


class WeirdError(Exception):
    """An exception class of a library."""


class MuteError(Exception):
    """An exception that fails to describe itself."""

    def __str__(self) -> str:
        raise WeirdError


ERRORS = [
    pytest.param(WeirdError("No radio"), id="a class of its own"),
    pytest.param(MuteError(), id="one that cannot be written"),
    pytest.param(KeyError("x"), id="a mistake"),
    pytest.param(ExceptionGroup("some", [WeirdError()]), id="a group"),
    pytest.param(HomeAssistantError("No radio"), id="an error of Home Assistant"),
]


class FaultyAction:
    """An action that raises until it is repaired."""

    def __init__(
        self,
        hass: HomeAssistant,
        domain: str,
        action: str,
        error: BaseException,
        response: Any = None,
    ) -> None:
        self.calls: list[ServiceCall] = []
        self.error: BaseException | None = error
        self.response = response
        supported = SupportsResponse.NONE if response is None else SupportsResponse.ONLY
        hass.services.async_register(domain, action, self._handle, supports_response=supported)

    async def _handle(self, call: ServiceCall) -> Any:
        self.calls.append(call)
        # An exception after a wait is raised in a task of its own.
        await asyncio.sleep(0)
        if self.error is not None:
            raise self.error
        return self.response


def records_of(caplog: pytest.LogCaptureFixture, level: int = logging.WARNING) -> list[str]:
    ours = f"custom_components.{DOMAIN}"
    return [
        record.getMessage()
        for record in caplog.records
        if record.levelno >= level and record.name.startswith(ours)
    ]


@pytest.fixture(autouse=True)
def _no_unretrieved_exceptions(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail if an exception is lost in a task, or logged with its traceback."""
    yield
    gc.collect()
    assert "never retrieved" not in caplog.text
    assert [
        record.getMessage()
        for record in caplog.records
        if record.exc_info and record.name.startswith("custom_components")
    ] == []


async def unload(hass: HomeAssistant, entry: MockConfigEntry) -> ConfigEntryState:
    await hass.config_entries.async_unload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    return entry.state


@pytest.mark.parametrize("error", ERRORS)
async def test_a_failing_furnace_is_retried(
    hass: HomeAssistant,
    thermostat: RealThermostat,
    pass_seconds: Wait,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    assert thermostat.calls == []
    assert await async_setup_component(
        hass, "input_boolean", {"input_boolean": {"furnace": {"initial": False}}}
    )
    furnace = FaultyAction(hass, "input_boolean", "turn_on", error)
    entry = await add_protected_guard(hass, **FURNACE)
    set_outdoor(hass, 20)
    await pass_seconds(12 * MINUTE)
    issue = (DOMAIN, f"unswitched_furnace_{entry.entry_id}")
    assert len(furnace.calls) == 3
    assert issue in ir.async_get(hass).issues
    assert [message for message in records_of(caplog) if "switched" in message] == [
        f"{entry.title}: furnace could not be switched: {describe_error(error)}"
    ]
    furnace.error = None
    await pass_seconds(6 * MINUTE)
    assert len(furnace.calls) == 4
    assert issue not in ir.async_get(hass).issues


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("way", ["entity", "actions"])
async def test_a_failing_furnace_does_not_block_unloading(
    hass: HomeAssistant, thermostat: RealThermostat, pass_seconds: Wait, error: Exception, way: str
) -> None:
    assert thermostat.calls == []
    assert await async_setup_component(
        hass, "input_boolean", {"input_boolean": {"furnace": {"initial": False}}}
    )
    back = FaultyAction(
        hass, *(("input_boolean", "turn_off") if way == "entity" else ("script", "back")), error
    )
    FaultyAction(hass, "script", "there", error).error = None
    actions = {
        "furnace_on": True,
        "furnace_actions": [{"action": "script.there"}],
        "furnace_back": [{"action": "script.back"}],
    }
    entry = await add_protected_guard(
        hass, **(FURNACE if way == "entity" else {**actions, "cap_on": False})
    )
    set_outdoor(hass, 20)
    await pass_seconds(MINUTE)

    assert await unload(hass, entry) is ConfigEntryState.NOT_LOADED
    assert len(back.calls) == 1


async def test_a_hanging_switch_does_not_block_the_other(
    hass: HomeAssistant, thermostat: RealThermostat, pass_seconds: Wait
) -> None:
    assert thermostat.calls == []
    helpers = {"furnace": {"initial": False}, "lockout": {"initial": False}}
    assert await async_setup_component(hass, "input_boolean", {"input_boolean": helpers})
    actions: dict[str, Any] = {
        "furnace_on": True,
        "furnace_actions": [{"action": "script.there"}],
        "furnace_back": [{"action": "script.back"}],
    }
    FaultyAction(hass, "script", "there", WeirdError()).error = None

    answered = asyncio.Event()

    async def hang(_call: ServiceCall) -> None:
        await answered.wait()

    hass.services.async_register("script", "back", hang)
    lockout: dict[str, Any] = {
        "lockout_on": True,
        "lockout_entity": "input_boolean.lockout",
        "lockout_above": -20.0,
        "cap_on": False,
    }
    entry = await add_protected_guard(hass, **actions, **lockout)
    set_outdoor(hass, 20)
    await pass_seconds(MINUTE)
    assert hass.states.is_state("input_boolean.lockout", "on")
    put_back = asyncio.Event()
    async_track_state_change_event(
        hass, "input_boolean.lockout", lambda _event: hass.loop.call_soon_threadsafe(put_back.set)
    )
    unloading = hass.async_create_task(hass.config_entries.async_unload(entry.entry_id))
    await put_back.wait()
    assert hass.states.is_state("input_boolean.lockout", "off")
    answered.set()
    assert await unloading


async def test_a_furnace_that_hangs_at_the_end_does_not_hold_up_an_unload(
    hass: HomeAssistant,
    thermostat: RealThermostat,
    pass_seconds: Wait,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert thermostat.calls == []
    assert await async_setup_component(
        hass, "input_boolean", {"input_boolean": {"furnace": {"initial": False}}}
    )
    answered = asyncio.Event()

    async def hang(_call: ServiceCall) -> None:
        await answered.wait()

    hass.services.async_register("input_boolean", "turn_off", hang)
    entry = await add_protected_guard(hass, **FURNACE)
    set_outdoor(hass, 20)
    await pass_seconds(MINUTE)
    monkeypatch.setattr("custom_components.aux_heat_guard.control.switchover.RELEASE_SECONDS", 0)
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert "what was switched was not put back in time" in caplog.text
    answered.set()


@pytest.mark.parametrize("error", ERRORS)
async def test_a_raising_thermostat_is_retried_and_can_be_unloaded(  # noqa: PLR0913, PLR0917
    hass: HomeAssistant,
    thermostat: RealThermostat,
    setpoint_writes: Setpoints,
    pass_seconds: Wait,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    entry = await add_protected_guard(hass)
    thermostat.error = error
    set_outdoor(hass, 20)
    await pass_seconds(40 * MINUTE)
    assert [message for message in records_of(caplog) if "could not be set" in message] == [
        f"{entry.title}: climate.source could not be set to 70.0: {describe_error(error)}"
    ]
    thermostat.error = None
    await pass_seconds(HOUR)
    assert setpoint_writes() == [70]
    thermostat.error = error
    assert await unload(hass, entry) is ConfigEntryState.NOT_LOADED


@pytest.mark.parametrize("error", ERRORS)
async def test_errors_of_forwarded_calls_reach_the_caller_unchanged(
    hass: HomeAssistant, thermostat: RealThermostat, error: Exception
) -> None:
    entry = await add_protected_guard(hass)
    thermostat.error = error
    for service, data in (
        ("set_temperature", {"temperature": 66}),
        ("set_hvac_mode", {"hvac_mode": "off"}),
        ("turn_off", {}),
    ):
        with pytest.raises(type(error)) as raised:
            await call_climate(hass, entity_id_of(hass, entry, "thermostat"), service, **data)
        assert raised.value is error


async def test_a_button_reports_the_thermostat_error(
    hass: HomeAssistant, thermostat: RealThermostat, pass_seconds: Wait
) -> None:
    entry = await add_protected_guard(hass, Mode.ADVISE)
    set_outdoor(hass, 20)
    await pass_seconds(45 * MINUTE)
    thermostat.error = WeirdError("No radio")
    with pytest.raises(HomeAssistantError, match="could not be set: No radio"):
        await hass.services.async_call(
            "button",
            "press",
            {"entity_id": entity_id_of(hass, entry, "take_advice")},
            blocking=True,
        )


@pytest.mark.parametrize(
    ("turn", "message"),
    [
        ("away", "climate.source does not heat at the moment, or cannot be reached"),
        ("silent", "climate.source did not take its setpoint in time"),
    ],
)
async def test_a_button_explains_why_the_thermostat_was_not_set(  # noqa: PLR0913, PLR0917
    hass: HomeAssistant,
    thermostat: RealThermostat,
    pass_seconds: Wait,
    monkeypatch: pytest.MonkeyPatch,
    turn: str,
    message: str,
) -> None:
    entry = await add_protected_guard(hass, Mode.ADVISE)
    set_outdoor(hass, 20)
    await pass_seconds(45 * MINUTE)
    if turn == "silent":
        thermostat.gate = asyncio.Event()
        monkeypatch.setattr(
            "custom_components.aux_heat_guard.control.setpoint_writer.WRITE_TIMEOUT_SECONDS", 0
        )
    else:
        monkeypatch.setattr(
            "custom_components.aux_heat_guard.control.setpoint_writer.get_available_state",
            lambda *_: None,
        )
    with pytest.raises(HomeAssistantError, match=message):
        await hass.services.async_call(
            "button",
            "press",
            {"entity_id": entity_id_of(hass, entry, "take_advice")},
            blocking=True,
        )


@pytest.mark.parametrize("error", ERRORS)
async def test_an_unreachable_recipient_is_logged_once(
    hass: HomeAssistant, pass_seconds: Wait, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    set_thermostat(hass)
    phone, desk = (
        FaultyAction(hass, "notify", "mobile_app_phone", error),
        FaultyAction(hass, "notify", "send_message", error),
    )
    spoken = FaultyAction(hass, "tts", "speak", error)
    notify = {
        "phones": ["mobile_app_phone"],
        "entities": ["notify.desk"],
        "actions": [{"action": "tts.speak"}],
    }
    entry = await add_guard(
        hass, alerts={"long_run": {"longest": 10}}, balance_point=-20.0, notify=notify
    )
    aux: dict[str, Any] = {
        "hvac_action": "heating",
        "equipment_running": "heatPump,auxHeat1",
        "current_temperature": 68,
    }
    set_thermostat(hass, **aux)
    await pass_seconds(11 * MINUTE)
    set_thermostat(hass)
    await pass_seconds(MINUTE)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert [call.data["message"] == "clear_notification" for call in phone.calls] == [False, True]
    assert len(desk.calls) == len(spoken.calls) == 1
    reported = [
        message.partition(": an alert could not be sent to ")[2].partition(": ")[0]
        for message in records_of(caplog)
    ]
    assert sorted(reported) == ["actions", "mobile_app_phone", "notify.desk"]
    assert await unload(hass, entry) is ConfigEntryState.NOT_LOADED


async def test_a_recipient_that_fails_again_is_logged_again(
    hass: HomeAssistant, pass_seconds: Wait, caplog: pytest.LogCaptureFixture
) -> None:
    set_thermostat(hass)
    error = WeirdError("No network")
    phone = FaultyAction(hass, "notify", "mobile_app_phone", error)
    notify, alerts = (
        {"phones": ["mobile_app_phone"]},
        {"long_run": {"longest": 10}, "short_cycling": {"enabled": False}},
    )
    await add_guard(hass, alerts=alerts, balance_point=-20.0, notify=notify)
    for cleared in (error, None, error):
        phone.error = error
        set_thermostat(
            hass,
            hvac_action="heating",
            equipment_running="heatPump,auxHeat1",
            current_temperature=68,
        )
        await pass_seconds(11 * MINUTE)
        phone.error = cleared
        set_thermostat(hass)
        await pass_seconds(26 * HOUR)
    assert len(phone.calls) == 6
    assert len([message for message in records_of(caplog) if "could not be sent" in message]) == 2


async def test_a_cancellation_passes(hass: HomeAssistant) -> None:
    FaultyAction(hass, "test", "act", asyncio.CancelledError())
    with pytest.raises(asyncio.CancelledError):
        await async_call(hass, "test", "act", {})
    with pytest.raises(ServiceCallError):
        await async_run_actions(hass, "none", [{"no": "action"}])


class TestForecasts:
    def add_weather(
        self, hass: HomeAssistant, features: int = 2, temperature: float = 33
    ) -> FaultyAction:
        """Set up a weather entity that forecasts the next ten hours."""
        hass.states.async_set(
            WEATHER,
            "sunny",
            {"temperature": 45, "temperature_unit": "°F", "supported_features": features},
        )
        return FaultyAction(
            hass, "weather", "get_forecasts", WeirdError("503"), self.hourly_rows(temperature)
        )

    def hourly_rows(self, temperature: float, day: int = 15, *more: Any) -> dict[str, Any]:
        """Return the forecast."""
        rows = [
            {"datetime": f"2027-01-{day}T{hour}:00:00-05:00", "temperature": temperature}
            for hour in range(12, 22)
        ]
        return {WEATHER: {"forecast": [*rows, *more]}}

    def forecast_hours(self, entry: MockConfigEntry) -> int:
        """Count the forecast hours of the guard."""
        return len(entry.runtime_data._feed_data.forecast.hours)  # noqa: SLF001 -- no entity shows it

    @pytest.mark.parametrize("error", ERRORS)
    async def test_a_forecast_that_cannot_be_fetched_expires(
        self,
        hass: HomeAssistant,
        pass_seconds: Wait,
        freezer: FrozenDateTimeFactory,
        caplog: pytest.LogCaptureFixture,
        error: Exception,
    ) -> None:
        weather_service = self.add_weather(hass)
        weather_service.error = None
        set_thermostat(hass)
        entry = await add_guard(hass, forecast=WEATHER)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert self.forecast_hours(entry) == 10
        weather_service.error = error
        await pass_seconds(5 * HOUR)
        assert self.forecast_hours(entry) == 10
        await pass_seconds(2 * HOUR)
        assert self.forecast_hours(entry) == 0
        assert records_of(caplog) == [
            f"{entry.title}: the forecast of {WEATHER} cannot be fetched: {describe_error(error)}"
        ]
        weather_service.error, weather_service.response = None, self.hourly_rows(33, 16)
        freezer.tick(timedelta(hours=12))
        await pass_seconds(HOUR)
        assert self.forecast_hours(entry) == 10
        assert (
            records_of(caplog, logging.INFO)[-1]
            == f"{entry.title}: the forecast of {WEATHER} is back"
        )
        assert await unload(hass, entry) is ConfigEntryState.NOT_LOADED

    async def test_the_forecast_of_another_entity_is_dropped(self, hass: HomeAssistant) -> None:
        self.add_weather(hass).error = None
        set_thermostat(hass)
        entry = await add_guard(hass, forecast=WEATHER)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert self.forecast_hours(entry) == 10
        hass.config_entries.async_update_entry(
            entry, options={**entry.options, "forecast": "weather.other"}
        )
        await hass.async_block_till_done(wait_background_tasks=True)
        assert self.forecast_hours(entry) == 0

    async def test_a_hanging_forecast_call_fails(
        self, hass: HomeAssistant, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def hang(_call: ServiceCall) -> None:
            await asyncio.Event().wait()

        monkeypatch.setattr(
            "custom_components.aux_heat_guard.feeds.forecast.FETCH_TIMEOUT_SECONDS", 0
        )
        self.add_weather(hass)
        hass.services.async_register(
            "weather", "get_forecasts", hang, supports_response=SupportsResponse.ONLY
        )
        set_thermostat(hass)
        await add_guard(hass, forecast=WEATHER)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert "cannot be fetched: no answer within" in caplog.text

    @pytest.mark.parametrize(
        "answer", [{}, {WEATHER: []}, {WEATHER: {"forecast": "sunny"}}, {WEATHER: {}}]
    )
    async def test_a_response_without_a_forecast_is_empty(
        self, hass: HomeAssistant, caplog: pytest.LogCaptureFixture, answer: Any
    ) -> None:
        weather_service = self.add_weather(hass)
        weather_service.error, weather_service.response = None, answer
        set_thermostat(hass)
        entry = await add_guard(hass, forecast=WEATHER)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert self.forecast_hours(entry) == 0
        assert len(records_of(caplog)) == 1

    @pytest.mark.parametrize(
        "row",
        [
            {"datetime": "2027-13-15T12:00:00-05:00", "temperature": 33},
            {"datetime": "2027-02-30T12:00:00-05:00", "temperature": 33},
            {"datetime": "2027-01-15T12:30:00+99:99", "temperature": 33},
            {"datetime": "9999-12-31T23:59:59-05:00", "temperature": 33},
            {"datetime": "0001-01-01T00:00:00+05:00", "temperature": 33},
            {"datetime": 10**5000, "temperature": 33},
            {"datetime": None, "temperature": 33},
            {"datetime": "2027-01-15T12:30:00-05:00", "temperature": float("nan")},
            {"datetime": "2027-01-15T12:30:00-05:00", "temperature": "mild"},
            {"datetime": "2027-01-15T12:30:00-05:00"},
            None,
            "cloudy",
            [],
        ],
    )
    async def test_an_invalid_forecast_row_is_skipped(
        self, hass: HomeAssistant, caplog: pytest.LogCaptureFixture, row: Any
    ) -> None:
        weather_service = self.add_weather(hass)
        weather_service.error, weather_service.response = None, self.hourly_rows(33, 15, row)
        set_thermostat(hass)
        entry = await add_guard(hass, forecast=WEATHER)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert self.forecast_hours(entry) == 10
        assert records_of(caplog) == []

    @pytest.mark.parametrize(
        ("features", "asked"), [(7, "hourly"), (2, "hourly"), (5, "twice_daily"), (1, "daily")]
    )
    async def test_the_finest_forecast_is_fetched(
        self, hass: HomeAssistant, features: int, asked: str
    ) -> None:
        weather_service = self.add_weather(hass, features)
        set_thermostat(hass)
        await add_guard(hass, forecast=WEATHER)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert [call.data["type"] for call in weather_service.calls] == [asked]

    async def test_no_forecast_is_fetched_where_none_is_offered(
        self, hass: HomeAssistant, caplog: pytest.LogCaptureFixture
    ) -> None:
        weather_service = self.add_weather(hass, 0)
        set_thermostat(hass)
        await add_guard(hass, forecast=WEATHER)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert weather_service.calls == []
        assert "it has no forecasts" in caplog.text


@pytest.mark.parametrize("error", ERRORS)
async def test_a_schedule_that_cannot_be_read_is_named_once(
    hass: HomeAssistant,
    thermostat: RealThermostat,
    pass_seconds: Wait,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    assert thermostat.calls == []
    read = FaultyAction(
        hass,
        "schedule",
        "get_schedule",
        error,
        {"schedule.heat": {"monday": ["x", {"from": "06:00:00"}], "friday": 3}},
    )
    hass.states.async_set("schedule.heat", "on")
    entry = await add_protected_guard(hass, schedule="schedule.heat")
    for state in ("off", "on"):
        hass.states.async_set("schedule.heat", state)
        await pass_seconds(MINUTE)
    assert len(read.calls) == 3
    assert records_of(caplog) == [
        f"{entry.title}: schedule.heat could not be read: {describe_error(error)}"
    ]
    read.error = None
    hass.states.async_set("schedule.heat", "off")
    await pass_seconds(MINUTE)
    await choose_mode(hass, entry, Mode.MONITOR)
    assert await unload(hass, entry) is ConfigEntryState.NOT_LOADED
