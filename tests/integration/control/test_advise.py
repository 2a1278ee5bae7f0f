"""Proposed setpoints in a real Home Assistant, and the tap that accepts them."""

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_mock_service,
)

from custom_components.aux_heat_guard.const import EVENT_SETPOINT
from custom_components.aux_heat_guard.options.guard import INFERENCE
from custom_components.aux_heat_guard.publish.replies import EVENT_REPLY
from tests.integration.conftest import Wait
from tests.integration.home import add_guard, entity_id_of, read_state
from tests.integration.protection import CAP_ONLY, HOUR, MINUTE, Setpoints, set_outdoor
from tests.integration.thermostats import OUTDOOR, SOURCE, RealThermostat


class TestAdvice:
    @pytest.fixture(autouse=True)
    def _quiet(self, hass: HomeAssistant) -> None:
        self.phone = async_mock_service(hass, "notify", "mobile_app_phone")

    async def add_advising_guard(self, hass: HomeAssistant) -> MockConfigEntry:
        """Guard the thermostat, with advice to a phone."""
        outdoor = {"entity_id": OUTDOOR, "attribute": None}
        protection = {"mode": "advise", **CAP_ONLY, "leash_on": True}
        notify = {"phones": ["mobile_app_phone"]}
        return await add_guard(
            hass,
            SOURCE,
            signals=[dict(INFERENCE)],
            outdoor=outdoor,
            protection=protection,
            notify=notify,
        )

    async def test_one_tap_applies_the_advice(
        self,
        hass: HomeAssistant,
        thermostat: RealThermostat,
        setpoint_writes: Setpoints,
        pass_seconds: Wait,
    ) -> None:
        entry = await self.add_advising_guard(hass)
        set_outdoor(hass, 20)
        await pass_seconds(45 * MINUTE)

        (notice,) = self.phone
        assert notice.data["title"] == "It is cold: 70 °F would spare AUX"
        assert "74 °F" in notice.data["message"]
        actions = {button["title"]: button["action"] for button in notice.data["data"]["actions"]}
        assert list(actions) == ["Set 70°", "Snooze 24 h", "Open"]
        assert thermostat.calls == []
        hass.bus.async_fire(EVENT_REPLY, {"action": actions["Set 70°"]})
        await hass.async_block_till_done()
        await pass_seconds(20 * MINUTE)

        assert setpoint_writes() == [70]
        assert self.phone[-1].data["message"] == "clear_notification"
        assert read_state(hass, entry, "thermostat").attributes["temperature"] == 70
        assert read_state(hass, entry, "limit").state == "cap"
        assert read_state(hass, entry, "limited").state == "off"

    async def test_the_reversal_is_advised_when_the_reason_ends(
        self, hass: HomeAssistant, setpoint_writes: Setpoints, pass_seconds: Wait
    ) -> None:
        entry = await self.add_advising_guard(hass)
        set_outdoor(hass, 20)
        await pass_seconds(45 * MINUTE)
        await self.press_advice_button(hass, entry)
        set_outdoor(hass, 50)
        await pass_seconds(2 * HOUR)

        assert self.phone[-1].data["title"] == "74 °F again: the reason is over"
        assert setpoint_writes() == [70]
        action = next(
            button["action"]
            for button in self.phone[-1].data["data"]["actions"]
            if button["title"] == "Set 74°"
        )
        hass.bus.async_fire(EVENT_REPLY, {"action": action})
        await hass.async_block_till_done()
        await pass_seconds(HOUR)
        assert setpoint_writes() == [70, 74]

    async def press_advice_button(self, hass: HomeAssistant, entry: MockConfigEntry) -> None:
        """Accept a proposal without a phone."""
        await hass.services.async_call(
            "button",
            "press",
            {"entity_id": entity_id_of(hass, entry, "take_advice")},
            blocking=True,
        )
        await hass.async_block_till_done()

    async def test_a_late_tap_is_logged_correctly(
        self, hass: HomeAssistant, setpoint_writes: Setpoints, pass_seconds: Wait
    ) -> None:
        changes = async_capture_events(hass, EVENT_SETPOINT)
        await self.add_advising_guard(hass)
        set_outdoor(hass, 32)
        await pass_seconds(45 * MINUTE)
        action = next(
            button["action"]
            for button in self.phone[0].data["data"]["actions"]
            if button["title"] == "Set 71°"
        )
        set_outdoor(hass, 20)
        await pass_seconds(31 * MINUTE)
        hass.bus.async_fire(EVENT_REPLY, {"action": action})
        await hass.async_block_till_done()

        assert setpoint_writes() == [71]
        assert [
            (change.data["change"], change.data["requested"], change.data["applied"])
            for change in changes
        ] == [("setpoint_limited", 74, 71)]

    async def test_the_button_applies_advice_and_the_logbook_explains_it(
        self, hass: HomeAssistant, setpoint_writes: Setpoints, pass_seconds: Wait
    ) -> None:
        changes = async_capture_events(hass, EVENT_SETPOINT)
        entry = await self.add_advising_guard(hass)
        set_outdoor(hass, 20)
        await pass_seconds(45 * MINUTE)
        await self.press_advice_button(hass, entry)

        assert setpoint_writes() == [70]
        assert [(change.data["change"], change.data["limit"]) for change in changes] == [
            ("setpoint_limited", "cap")
        ]

    @pytest.mark.usefixtures("thermostat")
    async def test_the_button_reports_missing_advice(
        self, hass: HomeAssistant, pass_seconds: Wait
    ) -> None:
        entry = await self.add_advising_guard(hass)
        await pass_seconds(MINUTE)
        with pytest.raises(ServiceValidationError, match="Nothing is advised"):
            await self.press_advice_button(hass, entry)

    async def test_the_button_reports_a_rejection(
        self, hass: HomeAssistant, thermostat: RealThermostat, pass_seconds: Wait
    ) -> None:
        entry = await self.add_advising_guard(hass)
        set_outdoor(hass, 20)
        await pass_seconds(45 * MINUTE)
        thermostat.error = ConnectionError("The radio is silent")
        with pytest.raises(HomeAssistantError, match="could not be set: The radio is silent"):
            await self.press_advice_button(hass, entry)

    async def test_a_setpoint_already_set_is_not_advised(
        self, hass: HomeAssistant, thermostat: RealThermostat, pass_seconds: Wait
    ) -> None:
        await self.add_advising_guard(hass)
        thermostat.change(target_temperature=69)
        set_outdoor(hass, 20)
        await pass_seconds(2 * HOUR)

        assert self.phone == []

    @pytest.mark.parametrize(
        "error", [HomeAssistantError("The radio is silent"), ConnectionError("The radio is silent")]
    )
    async def test_a_rejected_tap_is_reported(
        self,
        hass: HomeAssistant,
        thermostat: RealThermostat,
        pass_seconds: Wait,
        caplog: pytest.LogCaptureFixture,
        error: Exception,
    ) -> None:
        await self.add_advising_guard(hass)
        set_outdoor(hass, 20)
        await pass_seconds(45 * MINUTE)
        thermostat.error = error
        action = next(
            button["action"]
            for button in self.phone[0].data["data"]["actions"]
            if button["title"].startswith("Set")
        )
        hass.bus.async_fire(EVENT_REPLY, {"action": action})
        await hass.async_block_till_done()

        assert "the setpoint could not be set: The radio is silent" in caplog.text
