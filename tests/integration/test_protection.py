"""Setpoints in a real Home Assistant: limited, given back, and never against somebody's hand."""

import asyncio
from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.climate.const import ClimateEntityFeature, HVACAction, HVACMode
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import UnitOfTemperature
from homeassistant.core import Event, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.unit_system import US_CUSTOMARY_SYSTEM
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events, async_mock_service

from custom_components.aux_heat_guard.const import DOMAIN, EVENT_SETPOINT
from custom_components.aux_heat_guard.core.model import Mode
from custom_components.aux_heat_guard.core.number import fahrenheit
from custom_components.aux_heat_guard.core.protect_settings import PROTECTION
from custom_components.aux_heat_guard.logbook import async_describe_events
from custom_components.aux_heat_guard.options import INFERENCE, renamed
from custom_components.aux_heat_guard.protect_options import Schedule, mode_from, protection_from, schedule_from
from custom_components.aux_heat_guard.replies import EVENT_REPLY
from custom_components.aux_heat_guard.schedule import plan_of
from tests.integration.conftest import Wait
from tests.integration.home import add_guard, entity_id_of, shown
from tests.integration.thermostats import OUTDOOR, SOURCE, Call, RealThermostat, add_thermostat, call, state_of

SINGLE = ClimateEntityFeature.TARGET_TEMPERATURE | ClimateEntityFeature.PRESET_MODE | ClimateEntityFeature.TURN_OFF
MINUTE, HOUR = 60, 3600
ALONE = {"leash_on": False, "overrun_on": False, "plan_on": False}
"""Of the limits only the cap, which moves when it is told to."""

DAYS = {"name": "Heating", **{day: [{"from": "06:00:00", "to": "22:00:00"}] for day in ("saturday", "sunday")}}
"""When it is wanted warm."""

type Setpoints = Callable[[], list[float]]


@pytest.fixture
async def thermostat(hass: HomeAssistant) -> RealThermostat:
    """Have a thermostat of whole °F, set to 74 at 68."""
    hass.config.units = US_CUSTOMARY_SYSTEM
    made = RealThermostat(UnitOfTemperature.FAHRENHEIT, 1, 1)
    made._attr_supported_features = SINGLE  # noqa: SLF001 -- a thermostat's own
    made._attr_current_temperature, made._attr_target_temperature = 68, 74  # noqa: SLF001
    await add_thermostat(hass, made)
    weather(hass, 50)
    return made


def weather(hass: HomeAssistant, degrees: float | str) -> None:
    """Let it be so warm outdoors."""
    hass.states.async_set(OUTDOOR, str(degrees), {"unit_of_measurement": "°F", "device_class": "temperature"}, force_update=True)


async def guarded(hass: HomeAssistant, mode: Mode = Mode.PROTECT, **protection: Any) -> MockConfigEntry:  # noqa: ANN401
    """Guard it."""
    outdoor = {"entity_id": OUTDOOR, "attribute": None}
    options = {"mode": mode.value, **ALONE, **protection}
    return await add_guard(hass, SOURCE, signals=[dict(INFERENCE)], outdoor=outdoor, protection=options)


@pytest.fixture
def told(thermostat: RealThermostat) -> Setpoints:
    """List the setpoints it was told."""
    return lambda: [call.data["temperature"] for call in thermostat.calls if call.service == "set_temperature"]


async def choose(hass: HomeAssistant, entry: MockConfigEntry, mode: Mode) -> None:
    """Choose a mode as a user would."""
    entity_id = entity_id_of(hass, entry, "mode")
    await hass.services.async_call("select", "select_option", {"entity_id": entity_id, "option": mode.value}, blocking=True)
    await hass.async_block_till_done()


async def test_after_set_up_nothing_is_ever_written(hass: HomeAssistant, thermostat: RealThermostat, wait: Wait) -> None:
    outdoor = {"entity_id": OUTDOOR, "attribute": None}
    entry = await add_guard(hass, SOURCE, signals=[dict(INFERENCE)], outdoor=outdoor)
    weather(hass, 10)
    await wait(3 * HOUR)

    assert thermostat.calls == []
    assert shown(hass, entry, "mode").state == "monitor"
    assert shown(hass, entry, "limit").state == "unknown"
    assert shown(hass, entry, "limited").state == "off"


async def test_near_freezing_the_setpoint_is_held_down_and_given_back(hass: HomeAssistant, told: Setpoints, wait: Wait) -> None:
    entry = await guarded(hass)
    events: list[Event] = async_capture_events(hass, EVENT_SETPOINT)
    weather(hass, 20)
    await wait(31 * MINUTE)

    assert told() == [70]
    assert shown(hass, entry, "limit").state == "cap"
    assert "74 °F" in shown(hass, entry, "limit").attributes["reason"]
    assert shown(hass, entry, "limited").state == "on"
    assert float(shown(hass, entry, "applied_setpoint").state) == 70
    wrapper = shown(hass, entry, "thermostat")
    assert wrapper.attributes["temperature"] == 74
    assert {name: wrapper.attributes[name] for name in ("requested_temperature", "applied_temperature", "limited_by")} == {
        "requested_temperature": 74,
        "applied_temperature": 70,
        "limited_by": "cap",
    }

    weather(hass, 50)
    await wait(31 * MINUTE)

    assert told() == [70, 74]
    assert shown(hass, entry, "limited").state == "off"
    assert [event.data["change"] for event in events] == ["setpoint_limited", "setpoint_restored"]
    assert {**events[0].data, "device_id": "", "reason": ""} == {
        "device_id": "",
        "change": "setpoint_limited",
        "name": "Hallway AUX Heat Guard",
        "thermostat": SOURCE,
        "requested": 74,
        "applied": 70,
        "unit": "°F",
        "limit": "cap",
        "reason": "",
    }
    assert shown(hass, entry, "setpoint_event").attributes["event_type"] == "setpoint_restored"


async def test_the_mode_gives_back_within_a_step(hass: HomeAssistant, told: Setpoints, wait: Wait) -> None:
    entry = await guarded(hass)
    weather(hass, 20)
    await wait(31 * MINUTE)
    await choose(hass, entry, Mode.MONITOR)

    assert told() == [70, 74]
    await wait(2 * HOUR)
    assert told() == [70, 74]


async def test_advice_is_shown_and_not_written(hass: HomeAssistant, thermostat: RealThermostat, wait: Wait) -> None:
    entry = await guarded(hass, Mode.ADVISE)
    weather(hass, 20)
    await wait(31 * MINUTE)

    assert thermostat.calls == []
    assert float(shown(hass, entry, "applied_setpoint").state) == 70
    assert shown(hass, entry, "limited").state == "off"


async def test_a_hand_at_the_wall_holds_for_two_hours(hass: HomeAssistant, thermostat: RealThermostat, told: Setpoints, wait: Wait) -> None:
    entry = await guarded(hass)
    weather(hass, 20)
    await wait(31 * MINUTE)
    await wait(20 * MINUTE)
    thermostat.say(target_temperature=76)
    await wait(HOUR)

    assert told() == [70]
    assert shown(hass, entry, "limit").state == "hand"
    assert shown(hass, entry, "thermostat").attributes["requested_temperature"] == 76
    weather(hass, 20)
    await wait(61 * MINUTE)
    assert told() == [70, 70]


async def test_who_asks_through_the_wrapper_is_limited_at_once(hass: HomeAssistant, told: Setpoints, wait: Wait) -> None:
    entry = await guarded(hass)
    weather(hass, 20)
    await wait(31 * MINUTE)
    wrapper = entity_id_of(hass, entry, "thermostat")
    await call(hass, wrapper, "set_temperature", temperature=76)
    await wait(MINUTE)

    assert told() == [70, 70]
    assert state_of(hass, wrapper).attributes["temperature"] == 76
    await call(hass, wrapper, "set_temperature", temperature=66)
    assert told() == [70, 70, 66]
    await wait(HOUR)
    assert told() == [70, 70, 66]
    assert shown(hass, entry, "limit").state == "none"


async def test_what_the_thermostat_refuses_was_not_asked_for(hass: HomeAssistant, thermostat: RealThermostat, wait: Wait) -> None:
    entry = await guarded(hass)
    wrapper = entity_id_of(hass, entry, "thermostat")
    thermostat.error = HomeAssistantError("The radio is silent")
    with pytest.raises(HomeAssistantError, match="silent"):
        await call(hass, wrapper, "set_temperature", temperature=66)
    thermostat.error = None
    await wait(HOUR)

    assert thermostat.calls == []
    assert state_of(hass, wrapper).attributes["requested_temperature"] == 74


async def test_a_thermostat_that_does_not_answer_is_told_thrice_then_the_user(
    hass: HomeAssistant, thermostat: RealThermostat, wait: Wait, caplog: pytest.LogCaptureFixture
) -> None:
    entry = await guarded(hass)
    thermostat.error = HomeAssistantError("The radio is silent")
    weather(hass, 20)
    await wait(35 * MINUTE)
    issue = (DOMAIN, f"unanswered_{entry.entry_id}")
    assert issue not in ir.async_get(hass).issues
    await wait(30 * MINUTE)

    assert issue in ir.async_get(hass).issues
    assert caplog.text.count("could not be set to 70.0") == 1
    thermostat.error = None
    thermostat.say(target_temperature=70)
    await wait(MINUTE)
    assert issue not in ir.async_get(hass).issues


@pytest.mark.parametrize("state", [HVACMode.OFF, HVACMode.COOL, HVACMode.DRY, HVACMode.FAN_ONLY])
async def test_what_does_not_heat_is_left_alone(hass: HomeAssistant, thermostat: RealThermostat, wait: Wait, state: HVACMode) -> None:
    entry = await guarded(hass)
    thermostat.say(hvac_mode=state)
    weather(hass, 20)
    await wait(2 * HOUR)

    assert thermostat.calls == []
    assert shown(hass, entry, "limit").state == "unknown"


async def test_of_a_range_only_the_heating_end_is_moved(hass: HomeAssistant, thermostat: RealThermostat, wait: Wait) -> None:
    thermostat._attr_supported_features = ClimateEntityFeature.TARGET_TEMPERATURE_RANGE  # noqa: SLF001
    thermostat.say(hvac_mode=HVACMode.HEAT_COOL, target_temperature=None, target_temperature_low=74, target_temperature_high=80)
    entry = await guarded(hass)
    weather(hass, 20)
    await wait(31 * MINUTE)

    assert [call.data for call in thermostat.calls] == [{"target_temp_low": 70, "target_temp_high": 80, "entity_id": [SOURCE]}]
    assert shown(hass, entry, "thermostat").attributes["target_temp_low"] == 74


async def test_a_preset_that_was_dropped_is_resumed(hass: HomeAssistant, thermostat: RealThermostat, wait: Wait) -> None:
    # As an ecobee does: what is written makes a hold, and the preset is gone.
    thermostat.say(preset_mode="away")
    await guarded(hass)
    weather(hass, 20)
    await wait(31 * MINUTE)
    thermostat.say(preset_mode="none")
    weather(hass, 50)
    await wait(31 * MINUTE)

    assert [(call.service, call.data.get("temperature", call.data.get("preset_mode"))) for call in thermostat.calls] == [
        ("set_temperature", 70),
        ("set_temperature", 74),
        ("set_preset_mode", "away"),
    ]


async def test_without_the_weather_the_cap_is_given_up(hass: HomeAssistant, told: Setpoints, wait: Wait) -> None:
    await guarded(hass)
    weather(hass, 20)
    await wait(31 * MINUTE)
    weather(hass, "unavailable")
    await wait(20 * MINUTE)
    assert told() == [70]
    await wait(12 * MINUTE)
    assert told() == [70, 74]


class TestNoTrace:
    async def test_unloading_gives_back(self, hass: HomeAssistant, told: Setpoints, wait: Wait) -> None:
        entry = await guarded(hass)
        weather(hass, 20)
        await wait(31 * MINUTE)
        await hass.config_entries.async_unload(entry.entry_id)

        assert told() == [70, 74]

    async def test_removing_gives_back(self, hass: HomeAssistant, told: Setpoints, wait: Wait) -> None:
        entry = await guarded(hass)
        weather(hass, 20)
        await wait(31 * MINUTE)
        await hass.config_entries.async_remove(entry.entry_id)

        assert told() == [70, 74]

    async def test_stopping_gives_back(self, hass: HomeAssistant, told: Setpoints, wait: Wait) -> None:
        await guarded(hass)
        weather(hass, 20)
        await wait(31 * MINUTE)
        await hass.async_stop(force=True)

        assert told() == [70, 74]

    async def test_a_guard_that_is_loaded_again_goes_on(self, hass: HomeAssistant, told: Setpoints, wait: Wait) -> None:
        entry = await guarded(hass)
        weather(hass, 20)
        await wait(31 * MINUTE)
        await hass.config_entries.async_reload(entry.entry_id)
        await wait(10 * MINUTE)

        assert told() == [70, 74, 70]
        assert shown(hass, entry, "thermostat").attributes["requested_temperature"] == 74

    async def test_a_thermostat_that_hangs_does_not_hold_up_an_unload(
        self,
        hass: HomeAssistant,
        thermostat: RealThermostat,
        wait: Wait,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        monkeypatch.setattr("custom_components.aux_heat_guard.steer.LAST_WORD_SECONDS", 0)
        entry = await guarded(hass)
        weather(hass, 20)
        await wait(31 * MINUTE)
        thermostat.gate = asyncio.Event()
        await hass.config_entries.async_unload(entry.entry_id)
        thermostat.gate.set()
        await hass.async_block_till_done()

        assert entry.state is ConfigEntryState.NOT_LOADED
        assert "did not take back its setpoint in time" in caplog.text


class TestCrash:
    @pytest.mark.usefixtures("thermostat")
    async def test_what_was_asked_for_is_known_after_a_crash(self, hass: HomeAssistant, wait: Wait, hass_storage: dict[str, Any]) -> None:
        entry = await guarded(hass)
        weather(hass, 20)
        await wait(31 * MINUTE)
        kept = hass_storage[f"{DOMAIN}.{entry.entry_id}"]["data"]["protection"]["setpoint"]

        assert round(kept["requested"] * 1.8 + 32, 2) == 74
        assert round(kept["told"][-1][0] * 1.8 + 32, 2) == 70


class TestSchedule:
    @pytest.mark.parametrize("expected_lingering_timers", [True])
    async def test_a_helper_tells_what_is_wanted_and_it_is_warm_in_time(
        self, hass: HomeAssistant, thermostat: RealThermostat, told: Setpoints, wait: Wait, freezer: FrozenDateTimeFactory
    ) -> None:
        # A Friday: nothing is wanted until Saturday at 6.
        assert await async_setup_component(hass, "schedule", {"schedule": {"heating": DAYS}})
        thermostat.say(current_temperature=62, target_temperature=62)
        weather(hass, 36)
        entry = await guarded(hass, schedule="schedule.heating", plan_on=True, cap_on=False)
        await wait(MINUTE)
        assert told() == []
        freezer.move_to("2027-01-16 03:30:00-05:00")
        weather(hass, 36)
        await wait(2 * MINUTE)

        assert told()[-1] == 66
        assert shown(hass, entry, "limit").state == "plan"
        plan = shown(hass, entry, "limit").attributes["plan"]
        assert max(point["temperature"] for point in plan) == 70
        freezer.move_to("2027-01-16 06:01:00-05:00")
        weather(hass, 36)
        await wait(6 * MINUTE)
        assert told()[-1] == 70
        assert shown(hass, entry, "limit").state == "none"
        freezer.move_to("2027-01-16 22:01:00-05:00")
        weather(hass, 36)
        await wait(2 * MINUTE)
        assert told()[-1] <= 64

    async def test_one_that_does_not_exist_plans_nothing(self, hass: HomeAssistant, thermostat: RealThermostat, wait: Wait) -> None:
        entry = await guarded(hass, schedule="schedule.gone", plan_on=True, cap_on=False)
        await wait(HOUR)

        assert thermostat.calls == []
        assert shown(hass, entry, "limit").state == "none"


class TestRecovery:
    async def test_it_is_warm_by_the_time_somebody_names(
        self, hass: HomeAssistant, thermostat: RealThermostat, told: Setpoints, wait: Wait
    ) -> None:
        thermostat.say(current_temperature=62, target_temperature=62)
        weather(hass, 36)
        entry = await guarded(hass, cap_on=False)
        ready_by = dt_util.now() + timedelta(hours=6)
        await hass.services.async_call(DOMAIN, "plan_recovery", {"temperature": 68, "ready_by": ready_by.isoformat()}, blocking=True)
        await wait(MINUTE)

        start = dt_util.parse_datetime(shown(hass, entry, "planned_start").state)
        assert start is not None
        assert timedelta(hours=4) < ready_by - start < timedelta(hours=5)
        for _ in range(3):
            await wait(1.96 * HOUR)
            weather(hass, 36)
        assert told()[-1] == 67
        await wait(0.3 * HOUR)
        assert told()[-1] == 68
        assert shown(hass, entry, "thermostat").attributes["temperature"] == 68

    @pytest.mark.parametrize(
        ("data", "key"),
        [
            pytest.param({"temperature": 68, "ready_by": "2020-01-01 06:00:00"}, "ready_in_the_past", id="over"),
            pytest.param({"temperature": 200, "ready_by": "2030-01-01 06:00:00"}, "no_comfort", id="too hot"),
        ],
    )
    @pytest.mark.usefixtures("thermostat")
    async def test_what_cannot_be_is_refused(self, hass: HomeAssistant, data: dict[str, Any], key: str) -> None:
        await guarded(hass)
        with pytest.raises(ServiceValidationError) as error:
            await hass.services.async_call(DOMAIN, "plan_recovery", data, blocking=True)
        assert error.value.translation_key == key

    @pytest.mark.usefixtures("thermostat")
    async def test_who_only_watches_recovers_nothing(self, hass: HomeAssistant) -> None:
        await guarded(hass, Mode.MONITOR)
        with pytest.raises(ServiceValidationError) as error:
            await hass.services.async_call(DOMAIN, "plan_recovery", {"temperature": 68, "ready_by": "2030-01-01 06:00:00"}, blocking=True)
        assert error.value.translation_key == "not_protecting"


class TestSettings:
    async def test_numbers_and_switches_write_the_options(self, hass: HomeAssistant, told: Setpoints, wait: Wait) -> None:
        entry = await guarded(hass)
        weather(hass, 20)
        await wait(31 * MINUTE)
        floor = entity_id_of(hass, entry, "comfort_floor")
        assert float(shown(hass, entry, "comfort_floor").state) == 62
        await hass.services.async_call("number", "set_value", {"entity_id": floor, "value": 72}, blocking=True)
        await wait(6 * MINUTE)

        assert float(shown(hass, entry, "comfort_floor").state) == 72
        assert told() == [70, 72]
        cap = {"entity_id": entity_id_of(hass, entry, "cap_on")}
        await hass.services.async_call("switch", "turn_off", cap, blocking=True)
        await wait(6 * MINUTE)
        assert told() == [70, 72, 74]
        assert shown(hass, entry, "cap_on").state == "off"
        await hass.services.async_call("switch", "turn_on", cap, blocking=True)
        assert shown(hass, entry, "cap_on").state == "on"

    @pytest.mark.parametrize(("key", "value", "read"), [("aux_budget", 120, 120), ("near_freezing", 30, 30), ("leash", 1.4, 1.4)])
    @pytest.mark.usefixtures("thermostat")
    async def test_each_number_is_read_as_it_was_written(self, hass: HomeAssistant, key: str, value: float, read: float) -> None:
        entry = await guarded(hass)
        await hass.services.async_call("number", "set_value", {"entity_id": entity_id_of(hass, entry, key), "value": value}, blocking=True)
        await hass.async_block_till_done()

        assert float(shown(hass, entry, key).state) == read


async def test_while_the_room_follows_the_leash_lets_it_up_in_steps(
    hass: HomeAssistant, thermostat: RealThermostat, told: Setpoints, wait: Wait
) -> None:
    thermostat.say(current_temperature=64, hvac_action=HVACAction.HEATING)
    entry = await guarded(hass, leash_on=True, cap_on=False)
    await wait(2 * MINUTE)
    assert shown(hass, entry, "limit").state == "leash"
    for room in (65, 66, 67, 68, 69, 70, 71, 72):
        await wait(6 * MINUTE)
        thermostat.say(current_temperature=room)
    await wait(6 * MINUTE)

    setpoints = told()
    assert setpoints == sorted(setpoints)
    assert setpoints[0] == 65
    assert setpoints[-1] >= 73


class TestOptions:
    async def step(self, hass: HomeAssistant, entry: MockConfigEntry, step_id: str) -> str:
        """Open a form of the options."""
        flow: Any = await hass.config_entries.options.async_init(entry.entry_id)
        assert {"protection", "limits"} <= set(flow["menu_options"])
        form: Any = await hass.config_entries.options.async_configure(flow["flow_id"], {"next_step_id": step_id})
        assert form["step_id"] == step_id
        return str(form["flow_id"])

    @pytest.mark.usefixtures("thermostat")
    async def test_what_may_be_done_and_what_is_wanted(self, hass: HomeAssistant) -> None:
        entry = await guarded(hass, Mode.MONITOR, schedule="schedule.old")
        flow_id = await self.step(hass, entry, "protection")
        chosen = {"mode": "protect", "schedule": "schedule.heating", "comfort": 71, "setback": 63, "own_schedule": True}
        await hass.config_entries.options.async_configure(flow_id, chosen)
        await hass.async_block_till_done()

        guarded_now = entry.runtime_data.guarded
        assert guarded_now.settings.mode is Mode.PROTECT
        assert guarded_now.settings.protection.own_schedule
        assert guarded_now.schedule == Schedule("schedule.heating", fahrenheit(71), fahrenheit(63))
        assert entry.options["protection"]["leash_on"] is False
        flow_id = await self.step(hass, entry, "protection")
        await hass.config_entries.options.async_configure(flow_id, {name: value for name, value in chosen.items() if name != "schedule"})
        await hass.async_block_till_done()
        assert entry.runtime_data.guarded.schedule is None

    @pytest.mark.usefixtures("thermostat")
    async def test_the_figures_of_the_limits(self, hass: HomeAssistant) -> None:
        entry = await guarded(hass)
        flow_id = await self.step(hass, entry, "limits")
        chosen = {
            "comfort_floor": 60,
            "cap_cold_outdoor": 45,
            "cap_cold": 68,
            "cap_mild_outdoor": 40,
            "cap_mild": 72,
            "leash": 1.2,
            "differential": 0.5,
            "droop": 3,
            "rate": 2,
        }
        form: Any = await hass.config_entries.options.async_configure(flow_id, chosen)
        assert form["errors"] == {"cap_mild_outdoor": "cap_upside_down"}
        await hass.config_entries.options.async_configure(flow_id, {**chosen, "cap_cold_outdoor": 20})
        await hass.async_block_till_done()

        protection, alerts = entry.runtime_data.guarded.settings.protection, entry.runtime_data.guarded.settings.alerts
        assert protection.cap == alerts.cap == ((fahrenheit(20), fahrenheit(68)), (fahrenheit(40), fahrenheit(72)))
        assert (protection.comfort_floor, protection.droop, protection.rate) == pytest.approx((fahrenheit(60), 3 / 1.8, 2 / 1.8))

    @pytest.mark.parametrize(
        "protection",
        [
            pytest.param(None, id="nothing"),
            pytest.param("on", id="a word"),
            pytest.param({"mode": "heat", "schedule": 7, "leash": "long", "comfort_floor": 900, "cap_on": "yes"}, id="nonsense"),
        ],
    )
    def test_what_cannot_be_read_is_taken_for_not_given(self, protection: object) -> None:
        options = {"protection": protection}

        assert mode_from(options) is Mode.MONITOR
        assert protection_from(options) == PROTECTION
        assert schedule_from(options) is None

    def test_a_cap_upside_down_is_none(self) -> None:
        assert protection_from({"protection": {"cap_cold_outdoor": 10, "cap_mild_outdoor": 5}}).cap is None

    @pytest.mark.usefixtures("thermostat")
    async def test_a_schedule_that_was_renamed_is_followed(self, hass: HomeAssistant) -> None:
        entry = await guarded(hass, schedule="schedule.heating")
        scheduled = schedule_from(renamed(entry.options, "schedule.heating", "schedule.warmth"))

        assert scheduled is not None
        assert scheduled.entity_id == "schedule.warmth"


async def test_the_logbook_says_why(hass: HomeAssistant) -> None:
    described: dict[str, Callable[[Event], dict[str, str | None]]] = {}
    async_describe_events(hass, lambda _domain, kind, describe: described.update({kind: describe}))
    data = {"name": "Guard", "thermostat": SOURCE, "applied": 70, "unit": "°F", "reason": "It is cold."}

    assert described[EVENT_SETPOINT](Event(EVENT_SETPOINT, data)) == {
        "name": "Guard",
        "message": "70 °F: It is cold.",
        "entity_id": SOURCE,
    }


NIGHT = Schedule("schedule.heating", 21.0, 17.0)
ZONE = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("week", "now", "plan"),
    [
        pytest.param({}, "2027-01-15T12:00:00-05:00", [("2027-01-15T12:00:00-05:00", 17)], id="an empty week"),
        pytest.param(
            {"friday": [{"from": time(6), "to": time(8), "data": {"temperature": 72}}, {"from": "08:00:00", "to": time.max}]},
            "2027-01-15T07:00:00-05:00",
            [
                ("2027-01-15T06:00:00-05:00", 22.22),
                ("2027-01-15T08:00:00-05:00", 21),
                ("2027-01-16T00:00:00-05:00", 17),
            ],
            id="blocks that touch, one with a temperature of its own, one up to midnight",
        ),
        pytest.param(
            {"saturday": [{"from": "06:00:00", "to": "nonsense"}, {"from": "07:00:00", "to": "09:00:00"}]},
            "2027-01-15T07:00:00-05:00",
            [("2027-01-15T07:00:00-05:00", 17), ("2027-01-16T07:00:00-05:00", 21), ("2027-01-16T09:00:00-05:00", 17)],
            id="a block that makes no sense",
        ),
    ],
)
def test_a_week_is_read_as_what_is_wanted_from_when_on(week: dict[str, Any], now: str, plan: list[tuple[str, float]]) -> None:
    read = plan_of(week, NIGHT, datetime.fromisoformat(now), ZONE, "°F")

    assert [(at, round(degrees, 2)) for at, degrees in read] == [(datetime.fromisoformat(at), degrees) for at, degrees in plan]


class TestAdvice:
    @pytest.fixture(autouse=True)
    def _quiet(self, hass: HomeAssistant) -> None:
        self.phone = async_mock_service(hass, "notify", "mobile_app_phone")

    async def advised(self, hass: HomeAssistant) -> MockConfigEntry:
        """Guard it, with advice to a phone."""
        outdoor = {"entity_id": OUTDOOR, "attribute": None}
        protection = {"mode": "advise", **ALONE}
        notify = {"phones": ["mobile_app_phone"]}
        return await add_guard(hass, SOURCE, signals=[dict(INFERENCE)], outdoor=outdoor, protection=protection, notify=notify)

    async def test_one_tap_does_what_is_proposed(
        self, hass: HomeAssistant, thermostat: RealThermostat, told: Setpoints, wait: Wait
    ) -> None:
        entry = await self.advised(hass)
        weather(hass, 20)
        await wait(45 * MINUTE)

        (notice,) = self.phone
        assert notice.data["title"] == "It is cold: 70 °F would spare AUX"
        assert "74 °F" in notice.data["message"]
        actions = {button["title"]: button["action"] for button in notice.data["data"]["actions"]}
        assert list(actions) == ["Set 70°", "Snooze 24 h", "Open"]
        assert thermostat.calls == []
        hass.bus.async_fire(EVENT_REPLY, {"action": actions["Set 70°"]})
        await hass.async_block_till_done()
        await wait(20 * MINUTE)

        assert told() == [70]
        assert self.phone[-1].data["message"] == "clear_notification"
        assert shown(hass, entry, "thermostat").attributes["temperature"] == 70
        assert shown(hass, entry, "limit").state == "none"

    async def test_what_is_done_already_is_not_proposed(self, hass: HomeAssistant, thermostat: RealThermostat, wait: Wait) -> None:
        await self.advised(hass)
        thermostat.say(target_temperature=69)
        weather(hass, 20)
        await wait(2 * HOUR)

        assert self.phone == []

    @pytest.mark.parametrize("error", [HomeAssistantError("The radio is silent"), ConnectionError("The radio is silent")])
    async def test_a_thermostat_that_refuses_is_told_of(
        self, hass: HomeAssistant, thermostat: RealThermostat, wait: Wait, caplog: pytest.LogCaptureFixture, error: Exception
    ) -> None:
        await self.advised(hass)
        weather(hass, 20)
        await wait(45 * MINUTE)
        thermostat.error = error
        action = next(button["action"] for button in self.phone[0].data["data"]["actions"] if button["title"].startswith("Set"))
        hass.bus.async_fire(EVENT_REPLY, {"action": action})
        await hass.async_block_till_done()

        assert "the setpoint could not be set: The radio is silent" in caplog.text


class TestOnItsWay:
    """What was told, and has not arrived when something else is wanted."""

    async def limited_slowly(
        self, hass: HomeAssistant, thermostat: RealThermostat, wait: Wait, monkeypatch: pytest.MonkeyPatch
    ) -> MockConfigEntry:
        """Have a cloud that takes a setpoint, and shows the old one for minutes."""

        async def taken(**told: Any) -> None:  # noqa: ANN401
            thermostat.calls.append(Call("set_temperature", told, None))

        monkeypatch.setattr(thermostat, "async_set_temperature", taken)
        entry = await guarded(hass)
        weather(hass, 20)
        await wait(31 * MINUTE)
        assert state_of(hass, SOURCE).attributes["temperature"] == 74
        return entry

    async def test_unloading_overtakes_it(
        self, hass: HomeAssistant, thermostat: RealThermostat, told: Setpoints, wait: Wait, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        entry = await self.limited_slowly(hass, thermostat, wait, monkeypatch)
        await hass.config_entries.async_unload(entry.entry_id)

        assert told() == [70, 74]

    async def test_what_waits_for_the_history_is_dropped_when_somebody_asks_for_something_else(
        self, hass: HomeAssistant, told: Setpoints, wait: Wait
    ) -> None:
        entry = await guarded(hass)
        entry.runtime_data.recall.begin()
        weather(hass, 20)
        await wait(31 * MINUTE)
        assert told() == []
        await call(hass, entity_id_of(hass, entry, "thermostat"), "set_temperature", temperature=65)
        entry.runtime_data.recall._rest()  # noqa: SLF001 -- the work ends
        await wait(20 * MINUTE)

        assert told() == [65]
        assert shown(hass, entry, "thermostat").attributes["requested_temperature"] == 65

    async def test_or_when_nothing_may_be_written_any_more(self, hass: HomeAssistant, told: Setpoints, wait: Wait) -> None:
        entry = await guarded(hass)
        entry.runtime_data.recall.begin()
        weather(hass, 20)
        await wait(31 * MINUTE)
        await choose(hass, entry, Mode.MONITOR)
        entry.runtime_data.recall._rest()  # noqa: SLF001 -- the work ends
        await wait(40 * MINUTE)

        assert 70 not in told()


@pytest.mark.parametrize("error", [ConnectionError("gone"), ValueError("what?"), TimeoutError()])
async def test_whatever_a_thermostat_raises_the_guard_unloads(
    hass: HomeAssistant, thermostat: RealThermostat, wait: Wait, error: Exception
) -> None:
    entry = await guarded(hass)
    weather(hass, 20)
    await wait(31 * MINUTE)
    thermostat.error = error
    await hass.config_entries.async_unload(entry.entry_id)

    assert entry.state is ConfigEntryState.NOT_LOADED


async def test_what_was_given_back_at_a_stop_is_written_down(
    hass: HomeAssistant, told: Setpoints, wait: Wait, hass_storage: dict[str, Any]
) -> None:
    entry = await guarded(hass)
    weather(hass, 20)
    await wait(60 * MINUTE)
    await hass.async_stop(force=True)
    kept = hass_storage[f"{DOMAIN}.{entry.entry_id}"]["data"]["protection"]["setpoint"]

    assert told() == [70, 74]
    assert round(kept["told"][-1][0] * 1.8 + 32, 2) == 74


async def test_from_the_second_night_on_the_preset_is_resumed_as_well(hass: HomeAssistant, thermostat: RealThermostat, wait: Wait) -> None:
    thermostat.say(preset_mode="away")
    await guarded(hass)
    for _ in range(2):
        weather(hass, 20)
        await wait(31 * MINUTE)
        thermostat.say(preset_mode="none")
        weather(hass, 50)
        await wait(31 * MINUTE)

    assert [call.service for call in thermostat.calls].count("set_preset_mode") == 2


async def test_going_over_to_advice_is_told_as_what_it_is(hass: HomeAssistant, told: Setpoints, wait: Wait) -> None:
    entry = await guarded(hass)
    weather(hass, 20)
    await wait(31 * MINUTE)
    events: list[Event] = async_capture_events(hass, EVENT_SETPOINT)
    await choose(hass, entry, Mode.ADVISE)

    assert told() == [70, 74]
    assert [(event.data["change"], event.data["applied"]) for event in events] == [("setpoint_restored", 74)]


class TestRecoveryAndHand:
    async def test_a_hand_drops_what_was_planned_before(
        self, hass: HomeAssistant, thermostat: RealThermostat, told: Setpoints, wait: Wait
    ) -> None:
        await guarded(hass, cap_on=False)
        ready_by = (dt_util.now() + timedelta(hours=1)).isoformat()
        await hass.services.async_call(DOMAIN, "plan_recovery", {"temperature": 76, "ready_by": ready_by}, blocking=True)
        await wait(30 * MINUTE)
        thermostat.say(target_temperature=66)
        for _ in range(4):
            await wait(HOUR)
            weather(hass, 50)

        assert 76 not in told()


async def test_what_the_user_chose_to_resume_is_done_when_it_is_given_back(
    hass: HomeAssistant, thermostat: RealThermostat, told: Setpoints, wait: Wait
) -> None:
    resumed = async_mock_service(hass, "ecobee", "resume_program")
    entry = await guarded(hass, resume=[{"action": "ecobee.resume_program"}])
    weather(hass, 20)
    await wait(31 * MINUTE)
    assert not resumed
    weather(hass, 50)
    await wait(31 * MINUTE)
    assert len(resumed) == 1
    # Its program has another setpoint by now: that is no hand.
    thermostat.say(target_temperature=72)
    await wait(MINUTE)

    assert told() == [70, 74]
    assert shown(hass, entry, "limit").state == "none"
    assert shown(hass, entry, "thermostat").attributes["requested_temperature"] == 72
