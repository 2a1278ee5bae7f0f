"""Alerts reach people by all channels, and replies of people reach the alerts."""

from datetime import timedelta
import json
from types import SimpleNamespace
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.persistent_notification import DOMAIN as PERSISTENT
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import Context, Event, HomeAssistant, ServiceCall
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.unit_system import METRIC_SYSTEM, US_CUSTOMARY_SYSTEM
import probatio as vol
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_mock_service,
)

from custom_components.aux_heat_guard import step_timer
from custom_components.aux_heat_guard.const import DOMAIN, EVENT_ALERT
from custom_components.aux_heat_guard.core.model import Alert
from custom_components.aux_heat_guard.core.persistence.alerts import decode_alerts
from custom_components.aux_heat_guard.publish.replies import EVENT_REPLY
from tests.integration.conftest import Wait
from tests.integration.home import (
    THERMOSTAT,
    add_guard,
    entity_id_of,
    pass_time,
    read_state,
    set_thermostat,
)

AUX: dict[str, Any] = {
    "hvac_action": "heating",
    "equipment_running": "heatPump,auxHeat1",
    "current_temperature": 68.8,
}
QUICK = {"long_run": {"longest": 10}}
"""An alert that is raised early: for a run of ten minutes."""
OUTDOOR = {"entity_id": "sensor.outdoor", "attribute": None}


@pytest.fixture(autouse=True)
async def _home(hass: HomeAssistant) -> None:
    hass.config.units = US_CUSTOMARY_SYSTEM
    hass.config.currency = "USD"
    assert await async_setup_component(hass, PERSISTENT, {})


@pytest.fixture
def phone(hass: HomeAssistant) -> list[ServiceCall]:
    """The calls of a companion app."""
    return async_mock_service(hass, "notify", "mobile_app_phone")


@pytest.fixture
def bus_events(hass: HomeAssistant) -> list[Event[Any]]:
    """The alert events on the bus."""
    return async_capture_events(hass, EVENT_ALERT)


async def add_cold_guard(hass: HomeAssistant, **options: Any) -> MockConfigEntry:
    """Guard a thermostat with 40 °F outdoors."""
    hass.states.async_set("sensor.outdoor", "40", {"unit_of_measurement": "°F"})
    set_thermostat(hass)
    defaults: dict[str, Any] = {
        "alerts": QUICK,
        "outdoor": OUTDOOR,
        "notify": {"phones": ["mobile_app_phone"]},
    }
    return await add_guard(hass, **{**defaults, **options})


async def raise_long_run(hass: HomeAssistant, wait: Wait) -> None:
    set_thermostat(hass, **AUX)
    await hass.async_block_till_done()
    await wait(660)
    await hass.async_block_till_done(wait_background_tasks=True)


async def press_button(hass: HomeAssistant, guard: MockConfigEntry, button: str) -> None:
    await hass.services.async_call(
        "button", "press", {"entity_id": read_state(hass, guard, button).entity_id}, blocking=True
    )
    await hass.async_block_till_done(wait_background_tasks=True)


async def end_run(hass: HomeAssistant) -> None:
    set_thermostat(hass)
    await hass.async_block_till_done(wait_background_tasks=True)


PERSON = Context()
"""The user of the phone."""


async def send_reply(hass: HomeAssistant, action: str) -> None:
    hass.bus.async_fire(EVENT_REPLY, {"action": action}, context=PERSON)
    await hass.async_block_till_done(wait_background_tasks=True)


def buttons(call: ServiceCall) -> dict[str, str]:
    """Return the actions of a notification's buttons by their titles."""
    return {button["title"]: button["action"] for button in call.data["data"]["actions"]}


async def test_a_phone_is_notified_once_with_reason_figures_and_buttons(
    hass: HomeAssistant, phone: list[ServiceCall], pass_seconds: Wait
) -> None:
    guard = await add_cold_guard(hass, price={"kind": "fixed", "price": 0.3})
    await raise_long_run(hass, pass_seconds)
    await pass_seconds(3600)
    (call,) = phone
    assert call.data["title"] == "AUX has been on for 10 min"
    assert call.data["message"].startswith(
        "The strips have been on for 10 min (1.7 kWh, 0.5 USD). Reason: "
    )
    data = call.data["data"]
    device = next(iter(dr.async_entries_for_config_entry(dr.async_get(hass), guard.entry_id)))
    assert data["tag"] == f"{DOMAIN}_{guard.entry_id}_long_run"
    assert data["group"] == DOMAIN
    assert data["url"] == data["clickAction"] == f"/config/devices/device/{device.id}"
    assert list(buttons(call)) == ["Lower to 68°", "Snooze 24 h", "Allow AUX 2 h", "Open"]


async def test_the_notification_is_removed_when_the_alert_clears(
    hass: HomeAssistant, phone: list[ServiceCall], pass_seconds: Wait
) -> None:
    await add_cold_guard(hass)
    await raise_long_run(hass, pass_seconds)
    tag = phone[-1].data["data"]["tag"]
    assert len(hass.data[PERSISTENT]) == 1
    await end_run(hass)
    assert dict(phone[-1].data) == {"message": "clear_notification", "data": {"tag": tag}}
    assert not hass.data[PERSISTENT]


@pytest.mark.usefixtures("all_entities", "phone")
async def test_event_entity_bus_and_binary_sensors_show_it(
    hass: HomeAssistant, bus_events: list[Event[Any]], pass_seconds: Wait
) -> None:
    guard = await add_cold_guard(hass)
    assert (
        read_state(hass, guard, "alert").state
        == read_state(hass, guard, "alert_long_run").state
        == "off"
    )
    await raise_long_run(hass, pass_seconds)
    event = read_state(hass, guard, "alert_event")
    assert (event.attributes["event_type"], event.attributes["severity"]) == ("long_run", "warning")
    assert read_state(hass, guard, "alert").attributes["alerts"] == ["long_run"]
    assert (
        read_state(hass, guard, "alert").state
        == read_state(hass, guard, "alert_long_run").state
        == "on"
    )
    assert read_state(hass, guard, "alert_overrun").state == "off"
    assert [one.data["notice"] for one in bus_events] == ["raised", "told"]
    assert bus_events[0].data["figures"]["run_seconds"] == pytest.approx(600, abs=1)
    assert bus_events[0].data["figures"]["outdoor_temperature"] == 40
    await end_run(hass)
    event = read_state(hass, guard, "alert_event")
    assert (event.attributes["event_type"], event.attributes["alert"]) == ("cleared", "long_run")
    assert (
        read_state(hass, guard, "alert").state
        == read_state(hass, guard, "alert_long_run").state
        == "off"
    )
    assert [one.data["notice"] for one in bus_events] == ["raised", "told", "cleared"]
    assert (bus_events[2].data["title"], event.attributes["title"]) == (
        "Over: AUX runs for long",
    ) * 2


async def test_notify_entities_and_custom_actions_are_notified(
    hass: HomeAssistant, pass_seconds: Wait
) -> None:
    sent = async_mock_service(hass, "notify", "send_message")
    spoken = async_mock_service(hass, "tts", "speak")
    speak = {"action": "tts.speak", "data": {"message": "{{ title }}: {{ alert }} {{ severity }}"}}
    await add_cold_guard(
        hass, notify={"persistent": False, "entities": ["notify.desk"], "actions": [speak]}
    )
    await raise_long_run(hass, pass_seconds)
    (call,) = sent
    assert call.data["entity_id"] == ["notify.desk"]
    assert call.data["title"] == "AUX has been on for 10 min"
    (call,) = spoken
    assert call.data["message"] == "AUX has been on for 10 min: long_run warning"
    assert not hass.data.get(PERSISTENT)


@pytest.mark.parametrize("error", [HomeAssistantError("no network"), ConnectionError("no network")])
async def test_an_unreachable_phone_does_not_block_other_notifications(
    hass: HomeAssistant, pass_seconds: Wait, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    async def fail(_call: ServiceCall) -> None:
        raise error

    hass.services.async_register("notify", "mobile_app_phone", fail)
    tablet = async_mock_service(hass, "notify", "mobile_app_tablet")
    await add_cold_guard(
        hass, notify={"phones": ["mobile_app_phone", "mobile_app_gone", "mobile_app_tablet"]}
    )
    await raise_long_run(hass, pass_seconds)
    assert len(tablet) == 1
    assert "could not be sent to mobile_app_phone: no network" in caplog.text
    assert "could not be sent to mobile_app_gone" in caplog.text


class TestReplies:
    async def test_the_lower_reply_sets_the_thermostat_once_as_the_replying_user(
        self, hass: HomeAssistant, phone: list[ServiceCall], pass_seconds: Wait
    ) -> None:
        await add_cold_guard(hass)
        calls = async_mock_service(hass, "climate", "set_temperature")
        await raise_long_run(hass, pass_seconds)
        action = buttons(phone[0])["Lower to 68°"]
        for _ in range(2):
            await send_reply(hass, action)
        (call,) = calls
        assert call.data == {"entity_id": THERMOSTAT, "temperature": 68}
        assert call.context is PERSON

    async def test_lowering_a_range_keeps_the_cooling_setpoint(
        self, hass: HomeAssistant, phone: list[ServiceCall], pass_seconds: Wait
    ) -> None:
        await add_cold_guard(hass)
        calls = async_mock_service(hass, "climate", "set_temperature")
        both: dict[str, Any] = {"temperature": None, "target_temp_low": 71, "target_temp_high": 76}
        set_thermostat(hass, state="heat_cool", **AUX, **both)
        await hass.async_block_till_done()
        await pass_seconds(660)
        await send_reply(hass, buttons(phone[0])["Lower to 69°"])
        assert calls[0].data == {
            "entity_id": THERMOSTAT,
            "target_temp_low": 69,
            "target_temp_high": 76,
        }

    @pytest.mark.parametrize(
        ("mode", "changes"),
        [("cool", {"temperature": 75}), ("off", {"temperature": 75, "hvac_action": "off"})],
    )
    async def test_a_thermostat_that_no_longer_heats_is_not_lowered(
        self,
        hass: HomeAssistant,
        phone: list[ServiceCall],
        pass_seconds: Wait,
        mode: str,
        changes: dict[str, Any],
    ) -> None:
        await add_cold_guard(hass, alerts={"overrun": {"budget": 10}})
        calls = async_mock_service(hass, "climate", "set_temperature")
        await raise_long_run(hass, pass_seconds)
        set_thermostat(hass, state=mode, **changes)
        await hass.async_block_till_done()
        await send_reply(hass, buttons(phone[0])["Lower to 68°"])
        assert not calls

    @pytest.mark.parametrize(
        ("setpoint", "step", "offered"),
        [
            (20, 0.5, "Lower to 18.5°"),
            (18.3, 0.5, "Lower to 17°"),
            (18, 1, None),
            (18, 0.1, "Lower to 16.9°"),
            (19, 1, "Lower to 17°"),
        ],
    )
    async def test_a_reply_never_lowers_below_the_comfort_floor(  # noqa: PLR0913, PLR0917
        self,
        hass: HomeAssistant,
        phone: list[ServiceCall],
        pass_seconds: Wait,
        setpoint: float,
        step: float,
        offered: str | None,
    ) -> None:
        hass.config.units = METRIC_SYSTEM
        await add_cold_guard(hass)
        set_thermostat(
            hass, **{**AUX, "current_temperature": 17}, temperature=setpoint, target_temp_step=step
        )
        await hass.async_block_till_done()
        await pass_seconds(660)
        titles = [title for title in buttons(phone[0]) if title.startswith("Lower")]
        assert titles == ([] if offered is None else [offered])

    async def test_a_reply_does_not_raise_a_setpoint_lowered_meanwhile(
        self, hass: HomeAssistant, phone: list[ServiceCall], pass_seconds: Wait
    ) -> None:
        await add_cold_guard(hass)
        calls = async_mock_service(hass, "climate", "set_temperature")
        await raise_long_run(hass, pass_seconds)
        set_thermostat(hass, **AUX, temperature=66)
        await hass.async_block_till_done()
        await send_reply(hass, buttons(phone[0])["Lower to 68°"])
        assert not calls

    @pytest.mark.parametrize("error", [HomeAssistantError("locked"), ConnectionError("locked")])
    async def test_a_rejected_reply_is_logged(
        self,
        hass: HomeAssistant,
        phone: list[ServiceCall],
        pass_seconds: Wait,
        caplog: pytest.LogCaptureFixture,
        error: Exception,
    ) -> None:
        await add_cold_guard(hass)
        async_mock_service(hass, "climate", "set_temperature", raise_exception=error)
        await raise_long_run(hass, pass_seconds)
        await send_reply(hass, buttons(phone[0])["Lower to 68°"])
        assert "the setpoint could not be lowered: locked" in caplog.text

    async def test_snooze_keeps_quiet_for_a_day(
        self, hass: HomeAssistant, phone: list[ServiceCall], pass_seconds: Wait
    ) -> None:
        guard = await add_cold_guard(hass)
        await raise_long_run(hass, pass_seconds)
        await send_reply(hass, buttons(phone[0])["Snooze 24 h"])
        assert phone[-1].data["message"] == "clear_notification"
        assert not hass.data[PERSISTENT]
        count = len(phone)
        await end_run(hass)
        await raise_long_run(hass, pass_seconds)
        assert read_state(hass, guard, "alert").state == "on"
        assert [
            call for call in phone[count:] if call.data["message"] != "clear_notification"
        ] == []

    async def test_allow_keeps_quiet_for_two_hours(
        self, hass: HomeAssistant, phone: list[ServiceCall], pass_seconds: Wait
    ) -> None:
        guard = await add_cold_guard(hass)
        await raise_long_run(hass, pass_seconds)
        await send_reply(hass, buttons(phone[0])["Allow AUX 2 h"])
        await end_run(hass)
        phone.clear()
        await raise_long_run(hass, pass_seconds)
        assert phone == []
        assert read_state(hass, guard, "alert").attributes["aux_allowed_until"] is not None

    async def test_stale_and_forged_replies_change_nothing(
        self,
        hass: HomeAssistant,
        phone: list[ServiceCall],
        pass_seconds: Wait,
        freezer: FrozenDateTimeFactory,
    ) -> None:
        await add_cold_guard(hass)
        calls = async_mock_service(hass, "climate", "set_temperature")
        await raise_long_run(hass, pass_seconds)
        action = buttons(phone[0])["Lower to 68°"]
        for forged in (
            action[:-6],
            action.replace(action.split("_")[3], "0" * 16),
            "AUX_HEAT_GUARD",
            "",
            "URI",
        ):
            await send_reply(hass, forged)
        hass.bus.async_fire(EVENT_REPLY, {})
        await end_run(hass)
        # The alert ends; then a new one is raised.
        await send_reply(hass, action)
        freezer.tick(timedelta(hours=2))
        await raise_long_run(hass, pass_seconds)
        await send_reply(hass, action)
        assert not calls
        await send_reply(
            hass,
            buttons(next(call for call in reversed(phone) if "actions" in call.data["data"]))[
                "Lower to 68°"
            ],
        )
        assert len(calls) == 1

    async def test_a_reply_counts_after_a_restart_and_for_the_guard_that_asked_only(
        self,
        hass: HomeAssistant,
        phone: list[ServiceCall],
        pass_seconds: Wait,
        hass_storage: dict[str, Any],
    ) -> None:
        set_thermostat(hass, "climate.attic", **AUX)
        guard = await add_cold_guard(hass)
        calls = async_mock_service(hass, "climate", "set_temperature")
        other = await add_guard(hass, "climate.attic", alerts=QUICK)
        await raise_long_run(hass, pass_seconds)
        action = next(actions["Lower to 68°"] for call in phone if (actions := buttons(call)))
        await hass.config_entries.async_unload(guard.entry_id)
        json.dumps(hass_storage[f"{DOMAIN}.{guard.entry_id}.replies"])
        await hass.config_entries.async_setup(guard.entry_id)
        await hass.async_block_till_done()
        await send_reply(hass, action)
        assert [call.data["entity_id"] for call in calls] == [THERMOSTAT]
        assert read_state(hass, other, "alert").state == "on"


class TestRestart:
    async def test_after_a_restart_alerts_show_without_a_new_notification(
        self,
        hass: HomeAssistant,
        phone: list[ServiceCall],
        bus_events: list[Event[Any]],
        pass_seconds: Wait,
    ) -> None:
        guard = await add_cold_guard(hass)
        await raise_long_run(hass, pass_seconds)
        assert len(phone) == 1
        await hass.config_entries.async_unload(guard.entry_id)
        hass.data[PERSISTENT].clear()
        bus_events.clear()
        await hass.config_entries.async_setup(guard.entry_id)
        await hass.async_block_till_done()
        await pass_seconds(120)
        assert len(phone) == 1
        assert bus_events == []
        assert len(hass.data[PERSISTENT]) == 1
        assert read_state(hass, guard, "alert").state == "on"
        await end_run(hass)
        assert read_state(hass, guard, "alert").state == "off"
        assert not hass.data[PERSISTENT]

    async def test_an_alert_is_saved_at_once(
        self,
        hass: HomeAssistant,
        phone: list[ServiceCall],
        pass_seconds: Wait,
        hass_storage: dict[str, Any],
    ) -> None:
        guard = await add_cold_guard(hass)
        await raise_long_run(hass, pass_seconds)
        kept = (
            decode_alerts(json.loads(hass_storage[f"{DOMAIN}.{guard.entry_id}"]["data"]["alerts"]))
            .states[Alert.LONG_RUN]
            .episode
        )
        assert kept is not None
        assert kept.notified_at is not None
        assert len(phone) == 1


class TestActions:
    async def call_action(self, hass: HomeAssistant, action: str, **data: Any) -> None:
        await hass.services.async_call(DOMAIN, action, data, blocking=True)
        await hass.async_block_till_done(wait_background_tasks=True)

    @pytest.mark.usefixtures("all_entities")
    async def test_acknowledging_removes_the_notification(
        self, hass: HomeAssistant, phone: list[ServiceCall], pass_seconds: Wait
    ) -> None:
        guard = await add_cold_guard(hass)
        await raise_long_run(hass, pass_seconds)
        device = next(iter(dr.async_entries_for_config_entry(dr.async_get(hass), guard.entry_id)))
        await self.call_action(hass, "acknowledge", device_id=device.id, alert="overrun")
        assert len(hass.data[PERSISTENT]) == 1
        await self.call_action(hass, "acknowledge", device_id=device.id, alert=["long_run"])
        assert not hass.data[PERSISTENT]
        assert phone[-1].data["message"] == "clear_notification"
        assert read_state(hass, guard, "alert_long_run").attributes["acknowledged"]

    @pytest.mark.usefixtures("all_entities")
    async def test_snooze_for_as_long_as_is_said(
        self, hass: HomeAssistant, phone: list[ServiceCall], pass_seconds: Wait
    ) -> None:
        guard = await add_cold_guard(hass)
        await self.call_action(
            hass, "snooze", entity_id=entity_id_of(hass, guard, "alert"), duration={"minutes": 30}
        )
        await raise_long_run(hass, pass_seconds)
        assert phone == []
        assert read_state(hass, guard, "alert_long_run").attributes["snoozed_until"] is not None
        await pass_seconds(1500)
        assert len(phone) == 1

    async def test_allow_aux_works_without_a_target(
        self, hass: HomeAssistant, phone: list[ServiceCall], pass_seconds: Wait
    ) -> None:
        await add_cold_guard(hass)
        await self.call_action(hass, "allow_aux", duration="00:30:00")
        await raise_long_run(hass, pass_seconds)
        assert phone == []
        await pass_seconds(1500)
        assert len(phone) == 1

    @pytest.mark.usefixtures("phone")
    async def test_the_filter(
        self,
        hass: HomeAssistant,
        pass_seconds: Wait,
        freezer: FrozenDateTimeFactory,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        awake = SimpleNamespace(monotonic=lambda: dt_util.utcnow().timestamp())
        monkeypatch.setattr(step_timer, "time", awake)
        guard = await add_cold_guard(
            hass,
            outdoor=None,
            alerts={
                "filter": {"hours": 50, "days": 0},
                "long_run": {"enabled": False},
                "overrun": {"enabled": False},
            },
        )
        set_thermostat(hass, hvac_action="heating", equipment_running="heatPump")
        await hass.async_block_till_done()
        for _ in range(3):
            freezer.tick(timedelta(hours=16, minutes=50))
            await pass_seconds(60)
        assert read_state(hass, guard, "alert").attributes["alerts"] == ["filter"]
        await self.call_action(hass, "clear_filter", config_entry_id=guard.entry_id)
        assert read_state(hass, guard, "alert").state == "off"

    async def test_a_target_that_is_no_guard_is_rejected(self, hass: HomeAssistant) -> None:
        await add_cold_guard(hass)
        other = MockConfigEntry(domain="other")
        other.add_to_hass(hass)
        device = dr.async_get(hass).async_get_or_create(
            config_entry_id=other.entry_id, identifiers={("other", "1")}
        )
        with pytest.raises(ServiceValidationError) as refused:
            await self.call_action(hass, "snooze", device_id=device.id)
        assert refused.value.translation_key == "no_guard_targeted"
        assert "{" not in str(refused.value)

    @pytest.mark.parametrize(
        ("action", "data"),
        [
            ("snooze", {"alert": "rain"}),
            ("allow_aux", {"duration": "long"}),
            ("acknowledge", {"alert": ["overrun", 7]}),
            ("clear_filter", {"alert": "filter"}),
        ],
    )
    async def test_invalid_action_data_is_rejected(
        self, hass: HomeAssistant, action: str, data: dict[str, Any]
    ) -> None:
        await add_cold_guard(hass)
        with pytest.raises(vol.Invalid):
            await self.call_action(hass, action, **data)

    @pytest.mark.parametrize("action", ["snooze", "allow_aux"])
    @pytest.mark.parametrize("days", [91, 10**12])
    async def test_a_duration_that_is_too_long_is_refused_in_words(
        self, hass: HomeAssistant, action: str, days: int
    ) -> None:
        guard = await add_cold_guard(hass)
        with pytest.raises(ServiceValidationError, match="at most 90 days") as refused:
            await self.call_action(hass, action, duration={"days": days})
        assert refused.value.translation_key == "duration_too_long"
        attributes = read_state(hass, guard, "alert").attributes
        assert (attributes["snoozed"], attributes["aux_allowed_until"]) == ({}, None)

    @pytest.mark.usefixtures("phone")
    @pytest.mark.parametrize("button", ["snooze", "acknowledge"])
    async def test_the_buttons_match_the_actions(
        self, hass: HomeAssistant, pass_seconds: Wait, button: str
    ) -> None:
        guard = await add_cold_guard(hass)
        await raise_long_run(hass, pass_seconds)
        assert len(hass.data[PERSISTENT]) == 1
        await press_button(hass, guard, button)
        assert not hass.data[PERSISTENT]

    async def test_a_snooze_is_shown_and_can_be_ended(
        self, hass: HomeAssistant, phone: list[ServiceCall], pass_seconds: Wait
    ) -> None:
        guard = await add_cold_guard(hass)
        await raise_long_run(hass, pass_seconds)
        await self.call_action(hass, "snooze", alert="long_run", duration={"hours": 5})
        assert read_state(hass, guard, "alert").attributes["snoozed"] == {
            "long_run": dt_util.utcnow() + timedelta(hours=5)
        }
        assert phone[-1].data["message"] == "clear_notification"
        await self.call_action(hass, "snooze", alert="long_run", duration=0)
        assert read_state(hass, guard, "alert").attributes["snoozed"] == {}
        assert [call.data["title"] for call in phone[2:]] == ["AUX has been on for 11 min"]

    async def test_an_allowance_expires(self, hass: HomeAssistant, pass_seconds: Wait) -> None:
        guard = await add_cold_guard(hass)
        await self.call_action(hass, "allow_aux", duration={"minutes": 10})
        assert read_state(hass, guard, "alert").attributes["aux_allowed_until"] is not None
        await pass_seconds(601)
        assert read_state(hass, guard, "alert").attributes["aux_allowed_until"] is None

    async def test_of_several_guards_one_must_be_named(self, hass: HomeAssistant) -> None:
        await add_cold_guard(hass)
        set_thermostat(hass, "climate.attic")
        attic = await add_guard(hass, "climate.attic")
        with pytest.raises(ServiceValidationError) as refused:
            await self.call_action(hass, "allow_aux")
        assert refused.value.translation_key == "which_guard"
        await self.call_action(hass, "allow_aux", config_entry_id=attic.entry_id)
        assert attic.runtime_data.alerts.allowed_until is not None
        await hass.config_entries.async_set_disabled_by(attic.entry_id, ConfigEntryDisabler.USER)
        await self.call_action(hass, "allow_aux")

    async def test_the_button_for_aux(
        self, hass: HomeAssistant, phone: list[ServiceCall], pass_seconds: Wait
    ) -> None:
        guard = await add_cold_guard(hass)
        await press_button(hass, guard, "allow_aux")
        assert read_state(hass, guard, "alert").attributes[
            "aux_allowed_until"
        ] == dt_util.utcnow() + timedelta(hours=2)
        await raise_long_run(hass, pass_seconds)
        assert read_state(hass, guard, "alert").state == "on"
        assert not phone

    async def test_the_button_for_the_filter(self, hass: HomeAssistant, pass_seconds: Wait) -> None:
        guard = await add_cold_guard(hass)
        await raise_long_run(hass, pass_seconds)
        assert guard.runtime_data.tracker.counters.airflow_seconds > 0
        await press_button(hass, guard, "filter_cleaned")
        assert guard.runtime_data.tracker.counters.airflow_seconds == 0

    async def test_critical_alerts_are_notified_while_all_are_snoozed(
        self, hass: HomeAssistant, phone: list[ServiceCall], pass_seconds: Wait
    ) -> None:
        hass.states.async_set("binary_sensor.w2", "off")
        relay = {
            "kind": "on_off",
            "role": "aux",
            "quality": "measured",
            "entity_id": "binary_sensor.w2",
            "attribute": None,
        }
        guard = await add_cold_guard(hass, signals=[relay])
        await press_button(hass, guard, "snooze")
        hass.states.async_set("binary_sensor.w2", "on")
        set_thermostat(hass, state="off", hvac_action="off")
        await hass.async_block_till_done()
        await pass_seconds(660)
        assert [call.data["title"] for call in phone] == ["The strips are on without a call"]


async def test_missing_sensor_data_is_a_repair_until_it_clears(
    hass: HomeAssistant, phone: list[ServiceCall], pass_seconds: Wait
) -> None:
    guard = await add_cold_guard(hass)
    hass.states.async_set("sensor.outdoor", "unavailable")
    await hass.async_block_till_done()
    await pass_seconds(1860)
    issues = ir.async_get(hass)
    assert issues.async_get_issue(DOMAIN, f"blind_{guard.entry_id}") is not None
    assert phone[-1].data["title"] == "The outdoor temperature is gone"
    hass.states.async_set("sensor.outdoor", "40", {"unit_of_measurement": "°F"})
    await hass.async_block_till_done()
    await pass_seconds(60)
    assert issues.async_get_issue(DOMAIN, f"blind_{guard.entry_id}") is None


async def test_the_forecast_is_fetched_and_used(
    hass: HomeAssistant, phone: list[ServiceCall], pass_seconds: Wait
) -> None:
    hours: list[Any] = [
        {"datetime": f"2027-01-15T{hour}:00:00-05:00", "temperature": 33} for hour in range(13, 20)
    ]
    hass.states.async_set(
        "weather.home",
        "sunny",
        {"temperature": 45, "temperature_unit": "°F", "supported_features": 2},
    )
    asked = async_mock_service(
        hass,
        "weather",
        "get_forecasts",
        response={"weather.home": {"forecast": [*hours, {"datetime": "?"}, None]}},
    )
    await add_cold_guard(hass, outdoor={"entity_id": "weather.home", "attribute": None})
    set_thermostat(hass, temperature=74)
    await hass.async_block_till_done()
    await pass_seconds(660)
    assert asked[0].data == {"entity_id": "weather.home", "type": "hourly"}
    assert phone[-1].data["title"] == "The setpoint is high for the coming cold"
    assert "33 °F" in phone[-1].data["message"]
    assert next(iter(buttons(phone[-1]))) == "Lower to 72°"


async def test_a_newly_chosen_forecast_is_fetched_at_once(hass: HomeAssistant) -> None:
    hass.states.async_set(
        "weather.home",
        "sunny",
        {"temperature": 45, "temperature_unit": "°F", "supported_features": 2},
    )
    asked = async_mock_service(
        hass, "weather", "get_forecasts", response={"weather.home": {"forecast": []}}
    )
    guard = await add_cold_guard(hass)
    assert not asked
    hass.config_entries.async_update_entry(
        guard, options={**guard.options, "forecast": "weather.home"}
    )
    await hass.async_block_till_done()
    assert len(asked) == 1


async def test_an_unsent_notification_is_not_removed(
    hass: HomeAssistant, phone: list[ServiceCall], pass_seconds: Wait
) -> None:
    await add_cold_guard(hass, balance_point=10)
    await raise_long_run(hass, pass_seconds)
    assert not phone
    await end_run(hass)
    assert not phone


async def test_notifications_of_two_guards_are_distinct(
    hass: HomeAssistant, phone: list[ServiceCall], pass_seconds: Wait
) -> None:
    set_thermostat(hass, "climate.attic")
    await add_cold_guard(hass)
    await add_guard(hass, "climate.attic")
    await raise_long_run(hass, pass_seconds)
    assert phone[0].data["title"] == "AUX has been on for 10 min · Hallway AUX Heat Guard"


@pytest.mark.usefixtures("phone")
async def test_a_guard_that_is_removed_leaves_nothing(
    hass: HomeAssistant, pass_seconds: Wait, hass_storage: dict[str, Any]
) -> None:
    guard = await add_cold_guard(hass)
    await raise_long_run(hass, pass_seconds)
    await hass.config_entries.async_remove(guard.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert not [key for key in hass_storage if guard.entry_id in key]
    assert not hass.data[PERSISTENT]


@pytest.mark.parametrize(
    ("language", "unit_system", "expected"),
    [
        ("en", "us_customary", "36 °F"),
        ("de", "metric", "2,2 °C"),
        ("fr", "metric", "2,2 °C"),
        ("es", "metric", "2,2 °C"),
        ("nl", "metric", "2,2 °C"),
    ],
)
async def test_in_the_users_language_and_units(  # noqa: PLR0913, PLR0917
    hass: HomeAssistant,
    phone: list[ServiceCall],
    freezer: FrozenDateTimeFactory,
    language: str,
    unit_system: str,
    expected: str,
) -> None:
    await hass.config.async_update(language=language, unit_system=unit_system)
    guard = await add_cold_guard(hass, alerts={"near_freezing": {"outdoor": 5}})
    hass.states.async_set("sensor.outdoor", "36", {"unit_of_measurement": "°F"})
    set_thermostat(hass, temperature=75 if unit_system == "us_customary" else 24)
    await hass.async_block_till_done()
    await pass_time(hass, freezer, 660)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert read_state(hass, guard, "alert").attributes["alerts"] == ["near_freezing"]
    assert expected in phone[-1].data["message"]
    assert "{" not in phone[-1].data["message"]


ESTIMATED: dict[str, tuple[str, str]] = {
    "en": ("Probably: AUX has been on", "estimate"),
    "de": ("Wahrscheinlich: AUX läuft", "geschätzt"),
    "es": ("Probablemente: AUX lleva", "estimación"),
    "fr": ("Probablement\N{NO-BREAK SPACE}: ", "estimation"),
    "nl": ("Waarschijnlijk: AUX is", "geschat"),
}


@pytest.mark.parametrize("language", ESTIMATED)
async def test_an_alert_from_an_estimate_says_probably(
    hass: HomeAssistant,
    phone: list[ServiceCall],
    bus_events: list[Event[Any]],
    pass_seconds: Wait,
    language: str,
) -> None:
    await hass.config.async_update(language=language)
    signals = [{"kind": "inference", "role": "aux", "quality": "inferred"}]
    await add_cold_guard(hass, signals=signals)
    hass.states.async_set("sensor.outdoor", "30", {"unit_of_measurement": "°F"})
    set_thermostat(hass, hvac_action="heating", current_temperature=64)
    await hass.async_block_till_done()
    await pass_seconds(1320)
    await hass.async_block_till_done(wait_background_tasks=True)

    title, word = ESTIMATED[language]
    assert phone[-1].data["title"].startswith(title)
    assert word in phone[-1].data["message"]
    assert bus_events[-1].data["figures"]["certainty"] == "estimated"


async def test_an_alert_from_a_sign_says_for_sure(
    hass: HomeAssistant,
    phone: list[ServiceCall],
    bus_events: list[Event[Any]],
    pass_seconds: Wait,
) -> None:
    await add_cold_guard(hass)
    await raise_long_run(hass, pass_seconds)

    assert phone[-1].data["title"] == "AUX has been on for 10 min"
    assert "certainty" not in bus_events[-1].data["figures"]
