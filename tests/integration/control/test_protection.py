"""Setpoints in a real Home Assistant: limited, restored, and never against a manual change."""

from collections.abc import Callable
from datetime import timedelta

from homeassistant.components.climate.const import ClimateEntityFeature, HVACAction, HVACMode
from homeassistant.core import Event, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events, async_mock_service

from custom_components.aux_heat_guard.const import DOMAIN, EVENT_SETPOINT
from custom_components.aux_heat_guard.core.model import Mode
from custom_components.aux_heat_guard.logbook import async_describe_events
from custom_components.aux_heat_guard.options.guard import INFERENCE
from tests.integration.conftest import Wait
from tests.integration.home import add_guard, entity_id_of, read_state
from tests.integration.protection import (
    HOUR,
    MINUTE,
    Setpoints,
    add_protected_guard,
    choose_mode,
    set_outdoor,
)
from tests.integration.thermostats import OUTDOOR, SOURCE, RealThermostat, call_climate, state_of


async def test_after_set_up_nothing_is_ever_written(
    hass: HomeAssistant, thermostat: RealThermostat, pass_seconds: Wait
) -> None:
    outdoor = {"entity_id": OUTDOOR, "attribute": None}
    entry = await add_guard(hass, SOURCE, signals=[dict(INFERENCE)], outdoor=outdoor)
    set_outdoor(hass, 10)
    await pass_seconds(3 * HOUR)

    assert thermostat.calls == []
    assert read_state(hass, entry, "mode").state == "monitor"
    assert read_state(hass, entry, "limit").state == "unknown"
    assert read_state(hass, entry, "limited").state == "off"


async def test_near_freezing_the_setpoint_is_limited_and_restored(
    hass: HomeAssistant, setpoint_writes: Setpoints, pass_seconds: Wait
) -> None:
    entry = await add_protected_guard(hass)
    events: list[Event] = async_capture_events(hass, EVENT_SETPOINT)
    set_outdoor(hass, 20)
    await pass_seconds(31 * MINUTE)

    assert setpoint_writes() == [70]
    assert read_state(hass, entry, "limit").state == "cap"
    assert "74 °F" in read_state(hass, entry, "limit").attributes["reason"]
    assert read_state(hass, entry, "limited").state == "on"
    assert float(read_state(hass, entry, "applied_setpoint").state) == 70
    wrapper = read_state(hass, entry, "thermostat")
    assert wrapper.attributes["temperature"] == 74
    assert {
        name: wrapper.attributes[name]
        for name in ("requested_temperature", "applied_temperature", "limited_by")
    } == {
        "requested_temperature": 74,
        "applied_temperature": 70,
        "limited_by": "cap",
    }

    set_outdoor(hass, 50)
    await pass_seconds(31 * MINUTE)

    assert setpoint_writes() == [70, 74]
    assert read_state(hass, entry, "limited").state == "off"
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
    assert read_state(hass, entry, "setpoint_event").attributes["event_type"] == "setpoint_restored"


async def test_leaving_protect_mode_restores_at_once(
    hass: HomeAssistant, setpoint_writes: Setpoints, pass_seconds: Wait
) -> None:
    entry = await add_protected_guard(hass)
    set_outdoor(hass, 20)
    await pass_seconds(31 * MINUTE)
    await choose_mode(hass, entry, Mode.MONITOR)

    assert setpoint_writes() == [70, 74]
    await pass_seconds(2 * HOUR)
    assert setpoint_writes() == [70, 74]


async def test_advice_is_shown_and_not_written(
    hass: HomeAssistant, thermostat: RealThermostat, pass_seconds: Wait
) -> None:
    entry = await add_protected_guard(hass, Mode.ADVISE)
    set_outdoor(hass, 20)
    await pass_seconds(31 * MINUTE)

    assert thermostat.calls == []
    assert float(read_state(hass, entry, "applied_setpoint").state) == 70
    assert read_state(hass, entry, "limited").state == "off"
    assert read_state(hass, entry, "limit").attributes["reason"].startswith("Proposed. It is cold")


async def test_a_limited_request_is_explained(
    hass: HomeAssistant, setpoint_writes: Setpoints, pass_seconds: Wait
) -> None:
    entry = await add_protected_guard(hass)
    set_outdoor(hass, 20)
    await pass_seconds(31 * MINUTE)
    events = async_capture_events(hass, EVENT_SETPOINT)
    wrapper = entity_id_of(hass, entry, "thermostat")
    await call_climate(hass, wrapper, "set_temperature", temperature=69)
    await call_climate(hass, wrapper, "set_temperature", temperature=78)

    assert setpoint_writes() == [70, 69, 70]
    assert [
        (event.data["change"], event.data["requested"], event.data["applied"]) for event in events
    ] == [("setpoint_limited", 78, 70)]


async def test_the_final_restore_is_logged(
    hass: HomeAssistant, setpoint_writes: Setpoints, pass_seconds: Wait
) -> None:
    entry = await add_protected_guard(hass)
    set_outdoor(hass, 20)
    await pass_seconds(31 * MINUTE)
    events = async_capture_events(hass, EVENT_SETPOINT)
    await hass.config_entries.async_unload(entry.entry_id)

    assert setpoint_writes() == [70, 74]
    assert [event.data["change"] for event in events] == ["setpoint_restored"]


async def test_a_request_while_off_is_no_manual_change_later(
    hass: HomeAssistant, thermostat: RealThermostat, setpoint_writes: Setpoints, pass_seconds: Wait
) -> None:
    entry = await add_protected_guard(hass)
    thermostat.change(hvac_mode=HVACMode.OFF)
    set_outdoor(hass, 20)
    await pass_seconds(31 * MINUTE)
    wrapper = entity_id_of(hass, entry, "thermostat")
    await call_climate(hass, wrapper, "set_temperature", temperature=72)
    await pass_seconds(2 * HOUR)
    await call_climate(hass, wrapper, "set_hvac_mode", hvac_mode="heat")
    await pass_seconds(6 * MINUTE)

    assert setpoint_writes() == [72, 70]
    assert read_state(hass, entry, "thermostat").attributes["requested_temperature"] == 72


async def test_a_cooling_request_made_while_off_is_not_heated_to(
    hass: HomeAssistant, thermostat: RealThermostat, setpoint_writes: Setpoints, pass_seconds: Wait
) -> None:
    entry = await add_protected_guard(hass)
    thermostat.change(hvac_mode=HVACMode.OFF)
    await pass_seconds(MINUTE)
    await call_climate(
        hass, entity_id_of(hass, entry, "thermostat"), "set_temperature", temperature=78
    )
    thermostat.change(hvac_mode=HVACMode.COOL)
    await pass_seconds(MINUTE)
    thermostat.change(hvac_mode=HVACMode.HEAT, target_temperature=74)
    await pass_seconds(HOUR)

    assert setpoint_writes() == [78]
    assert read_state(hass, entry, "thermostat").attributes["requested_temperature"] == 74


async def test_ending_an_aux_allowance_ends_its_hold(
    hass: HomeAssistant, thermostat: RealThermostat, pass_seconds: Wait
) -> None:
    entry = await add_protected_guard(hass)
    set_outdoor(hass, 20)
    await pass_seconds(31 * MINUTE)
    await pass_seconds(20 * MINUTE)
    thermostat.change(target_temperature=76)
    await pass_seconds(2 * MINUTE)
    assert read_state(hass, entry, "limit").state == "hand"
    await hass.services.async_call(DOMAIN, "allow_aux", {"duration": "01:00:00"}, blocking=True)
    await pass_seconds(MINUTE)
    assert read_state(hass, entry, "limit").state == "hand"
    await hass.services.async_call(DOMAIN, "allow_aux", {"duration": "00:00:00"}, blocking=True)
    await pass_seconds(MINUTE)

    assert read_state(hass, entry, "limit").state == "cap"


@pytest.mark.usefixtures("thermostat")
async def test_the_explanation_uses_the_current_request(
    hass: HomeAssistant, pass_seconds: Wait
) -> None:
    entry = await add_protected_guard(hass, plan_on=True, leash_on=True, cap_on=False)
    set_outdoor(hass, 38)
    await pass_seconds(MINUTE)
    at = dt_util.now() + timedelta(hours=1)
    await hass.services.async_call(
        DOMAIN, "plan_recovery", {"temperature": 75.5, "ready_by": at.isoformat()}, blocking=True
    )
    await pass_seconds(30 * MINUTE)
    limit = read_state(hass, entry, "limit")

    assert limit.state == "leash"
    assert f"On the way to {limit.attributes['target']:.3g} °F" in limit.attributes["reason"]
    assert limit.attributes["target"] > limit.attributes["requested"] == 74


async def test_a_manual_change_holds_for_two_hours(
    hass: HomeAssistant, thermostat: RealThermostat, setpoint_writes: Setpoints, pass_seconds: Wait
) -> None:
    entry = await add_protected_guard(hass)
    set_outdoor(hass, 20)
    await pass_seconds(31 * MINUTE)
    await pass_seconds(20 * MINUTE)
    thermostat.change(target_temperature=76)
    await pass_seconds(HOUR)

    assert setpoint_writes() == [70]
    assert read_state(hass, entry, "limit").state == "hand"
    assert read_state(hass, entry, "thermostat").attributes["requested_temperature"] == 76
    set_outdoor(hass, 20)
    await pass_seconds(62 * MINUTE)
    assert setpoint_writes() == [70, 70]


async def test_a_request_through_the_climate_entity_is_limited_at_once(
    hass: HomeAssistant, setpoint_writes: Setpoints, pass_seconds: Wait
) -> None:
    entry = await add_protected_guard(hass)
    set_outdoor(hass, 20)
    await pass_seconds(31 * MINUTE)
    wrapper = entity_id_of(hass, entry, "thermostat")
    await call_climate(hass, wrapper, "set_temperature", temperature=76)
    await pass_seconds(MINUTE)

    assert setpoint_writes() == [70, 70]
    assert state_of(hass, wrapper).attributes["temperature"] == 76
    await call_climate(hass, wrapper, "set_temperature", temperature=66)
    assert setpoint_writes() == [70, 70, 66]
    await pass_seconds(HOUR)
    assert setpoint_writes() == [70, 70, 66]
    assert read_state(hass, entry, "limit").state == "none"


async def test_a_request_the_thermostat_rejects_is_undone(
    hass: HomeAssistant, thermostat: RealThermostat, pass_seconds: Wait
) -> None:
    entry = await add_protected_guard(hass)
    wrapper = entity_id_of(hass, entry, "thermostat")
    thermostat.error = HomeAssistantError("The radio is silent")
    with pytest.raises(HomeAssistantError, match="silent"):
        await call_climate(hass, wrapper, "set_temperature", temperature=66)
    thermostat.error = None
    await pass_seconds(HOUR)

    assert thermostat.calls == []
    assert state_of(hass, wrapper).attributes["requested_temperature"] == 74


async def test_three_lost_writes_raise_a_repair(
    hass: HomeAssistant,
    thermostat: RealThermostat,
    pass_seconds: Wait,
    caplog: pytest.LogCaptureFixture,
) -> None:
    entry = await add_protected_guard(hass)
    thermostat.error = HomeAssistantError("The radio is silent")
    set_outdoor(hass, 20)
    await pass_seconds(35 * MINUTE)
    issue = (DOMAIN, f"unanswered_{entry.entry_id}")
    assert issue not in ir.async_get(hass).issues
    await pass_seconds(30 * MINUTE)

    assert issue in ir.async_get(hass).issues
    assert caplog.text.count("could not be set to 70.0") == 1
    thermostat.error = None
    thermostat.change(target_temperature=70)
    await pass_seconds(MINUTE)
    assert issue not in ir.async_get(hass).issues


@pytest.mark.parametrize("state", [HVACMode.OFF, HVACMode.COOL, HVACMode.DRY, HVACMode.FAN_ONLY])
async def test_a_thermostat_that_does_not_heat_is_not_written_to(
    hass: HomeAssistant, thermostat: RealThermostat, pass_seconds: Wait, state: HVACMode
) -> None:
    entry = await add_protected_guard(hass)
    thermostat.change(hvac_mode=state)
    set_outdoor(hass, 20)
    await pass_seconds(2 * HOUR)

    assert thermostat.calls == []
    assert read_state(hass, entry, "limit").state == "unknown"


async def test_only_the_heating_end_of_a_range_is_limited(
    hass: HomeAssistant, thermostat: RealThermostat, pass_seconds: Wait
) -> None:
    thermostat._attr_supported_features = ClimateEntityFeature.TARGET_TEMPERATURE_RANGE  # noqa: SLF001
    thermostat.change(
        hvac_mode=HVACMode.HEAT_COOL,
        target_temperature=None,
        target_temperature_low=74,
        target_temperature_high=80,
    )
    entry = await add_protected_guard(hass)
    set_outdoor(hass, 20)
    await pass_seconds(31 * MINUTE)

    assert [call.data for call in thermostat.calls] == [
        {"target_temp_low": 70, "target_temp_high": 80, "entity_id": [SOURCE]}
    ]
    assert read_state(hass, entry, "thermostat").attributes["target_temp_low"] == 74


async def test_a_preset_that_was_dropped_is_resumed(
    hass: HomeAssistant, thermostat: RealThermostat, pass_seconds: Wait
) -> None:
    # Like an ecobee: a write makes a hold, and the preset is gone.
    thermostat.change(preset_mode="away")
    await add_protected_guard(hass)
    set_outdoor(hass, 20)
    await pass_seconds(31 * MINUTE)
    thermostat.change(preset_mode="none")
    set_outdoor(hass, 50)
    await pass_seconds(31 * MINUTE)

    assert [
        (call.service, call.data.get("temperature", call.data.get("preset_mode")))
        for call in thermostat.calls
    ] == [
        ("set_temperature", 70),
        ("set_temperature", 74),
        ("set_preset_mode", "away"),
    ]


async def test_a_stale_outdoor_sensor_suspends_the_cap(
    hass: HomeAssistant, setpoint_writes: Setpoints, pass_seconds: Wait
) -> None:
    await add_protected_guard(hass)
    set_outdoor(hass, 20)
    await pass_seconds(31 * MINUTE)
    set_outdoor(hass, "unavailable")
    await pass_seconds(20 * MINUTE)
    assert setpoint_writes() == [70]
    await pass_seconds(12 * MINUTE)
    assert setpoint_writes() == [70, 74]


async def test_the_ramp_limit_rises_with_the_room(
    hass: HomeAssistant, thermostat: RealThermostat, setpoint_writes: Setpoints, pass_seconds: Wait
) -> None:
    thermostat.change(current_temperature=64, hvac_action=HVACAction.HEATING)
    entry = await add_protected_guard(hass, leash_on=True, cap_on=False)
    await pass_seconds(2 * MINUTE)
    assert read_state(hass, entry, "limit").state == "leash"
    for room in (65, 66, 67, 68, 69, 70, 71, 72):
        await pass_seconds(6 * MINUTE)
        thermostat.change(current_temperature=room)
    await pass_seconds(6 * MINUTE)

    setpoints = setpoint_writes()
    assert setpoints == sorted(setpoints)
    assert setpoints[0] == 65
    assert setpoints[-1] >= 73


async def test_the_logbook_says_why(hass: HomeAssistant) -> None:
    described: dict[str, Callable[[Event], dict[str, str | None]]] = {}
    async_describe_events(hass, lambda _domain, kind, describe: described.update({kind: describe}))
    data = {
        "name": "Guard",
        "thermostat": SOURCE,
        "applied": 70,
        "unit": "°F",
        "reason": "It is cold.",
    }

    assert described[EVENT_SETPOINT](Event(EVENT_SETPOINT, data)) == {
        "name": "Guard",
        "message": "It is cold.",
        "entity_id": SOURCE,
    }


async def test_the_preset_is_resumed_from_the_second_night_on(
    hass: HomeAssistant, thermostat: RealThermostat, pass_seconds: Wait
) -> None:
    thermostat.change(preset_mode="away")
    await add_protected_guard(hass)
    for _ in range(2):
        set_outdoor(hass, 20)
        await pass_seconds(31 * MINUTE)
        thermostat.change(preset_mode="none")
        set_outdoor(hass, 50)
        await pass_seconds(31 * MINUTE)

    assert [call.service for call in thermostat.calls].count("set_preset_mode") == 2


async def test_switching_to_advice_restores_the_setpoint_and_reports_it(
    hass: HomeAssistant, setpoint_writes: Setpoints, pass_seconds: Wait
) -> None:
    entry = await add_protected_guard(hass)
    set_outdoor(hass, 20)
    await pass_seconds(31 * MINUTE)
    events: list[Event] = async_capture_events(hass, EVENT_SETPOINT)
    await choose_mode(hass, entry, Mode.ADVISE)

    assert setpoint_writes() == [70, 74]
    assert [(event.data["change"], event.data["applied"]) for event in events] == [
        ("setpoint_restored", 74)
    ]


async def test_the_resume_actions_run_on_restore(
    hass: HomeAssistant, thermostat: RealThermostat, setpoint_writes: Setpoints, pass_seconds: Wait
) -> None:
    resumed = async_mock_service(hass, "ecobee", "resume_program")
    entry = await add_protected_guard(hass, resume=[{"action": "ecobee.resume_program"}])
    set_outdoor(hass, 20)
    await pass_seconds(31 * MINUTE)
    assert not resumed
    set_outdoor(hass, 50)
    await pass_seconds(31 * MINUTE)
    assert len(resumed) == 1
    # The program of the preset has another setpoint now: that is no manual change.
    thermostat.change(target_temperature=72)
    await pass_seconds(2 * MINUTE)

    assert setpoint_writes() == [70, 74]
    assert read_state(hass, entry, "limit").state == "none"
    assert read_state(hass, entry, "thermostat").attributes["requested_temperature"] == 72


@pytest.mark.parametrize(
    ("room", "applied", "limit", "reason"),
    [
        pytest.param(
            69,
            70,
            "cap",
            "It is cold, and the heat pump alone does not reach 74 °F: "
            "70 °F until it is warmer outdoors.",
            id="cap",
        ),
        pytest.param(
            66,
            67,
            "leash",
            "On the way to 70.5 °F in small steps, now 67 °F: a larger one would call AUX.",
            id="steps that end at the cap",
        ),
    ],
)
async def test_a_new_request_reports_the_limit_in_force(  # noqa: PLR0913, PLR0917
    hass: HomeAssistant,
    thermostat: RealThermostat,
    pass_seconds: Wait,
    room: float,
    applied: float,
    limit: str,
    reason: str,
) -> None:
    events = async_capture_events(hass, EVENT_SETPOINT)
    thermostat.change(current_temperature=room, target_temperature=66, hvac_action="heating")
    set_outdoor(hass, 27)
    entry = await add_protected_guard(hass, leash_on=True)
    await pass_seconds(MINUTE)
    await call_climate(
        hass, entity_id_of(hass, entry, "thermostat"), "set_temperature", temperature=74
    )
    await hass.async_block_till_done()

    assert state_of(hass, SOURCE).attributes["temperature"] == applied
    assert read_state(hass, entry, "limit").state == limit
    assert read_state(hass, entry, "limit").attributes["reason"] == reason
    assert [(event.data["limit"], event.data["reason"]) for event in events] == [(limit, reason)]
